"""A program's story in words: what `reprolint trace` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reprolint.model import FAMILIES
from reprolint.trace.lattice import FLAGS
from reprolint.trace.story import Event, Place, Story, Verdict

_STATES = {
    "none": "never drawn from",
    "benign": "drawn from, but to no effect",
    "seeded": "seeded before every draw",
    "unseeded": "drawn from, never seeded",
    "optional": "seeded only if the user passes an option",
    "late": "drawn from before it is seeded",
    "varying": "seeded with a value that differs from run to run",
    "child": "seeded in the parent, but not in the spawned process that draws",
    "unclear": "not certain, so nothing is reported",
}
_DRAWN = {"seeded": "seeded", "unseeded": "NOT SEEDED", "varying": "seed varies", "unclear": "may be seeded"}


def narrate(story: Story, describe: Callable[[Place], str]) -> str:
    """The events of a program in order, then the state of each generator and why.

    :param describe: a place as ``path:line``.
    """
    lines = [f"{story.entry.shown}: {len(story.modules)} files, {len(story.events)} events", ""]
    lines += [line for number, event in enumerate(story.events, 1) for line in _event(number, event, describe)]
    if story.events:
        lines.append("")
    for draw in story.own.values():
        seeded = draw.generator is not None and draw.source is None and story.seeds(draw.generator)
        state = "seeded" if seeded else "NOT SEEDED" if draw.source is None else "seed varies"
        lines.append(f"own generator: {draw.row.name} at {describe(draw.place)}, {state}")
    for family in FAMILIES:
        lines += _verdict(family, story.verdict(family), describe)
    end = story.end()
    for name in FLAGS:
        states = sorted(end.flag(name))
        if states != ["unset"]:
            lines.append(f"{name}: {' or '.join(states)} at the end")
    if story.on_cuda is not None:
        lines.append(f"CUDA: spoken of at {describe(story.on_cuda[-1].place)}")
    return "\n".join(lines) + "\n"


def _event(number: int, event: Event, describe: Callable[[Place], str]) -> Iterator[str]:
    families = ", ".join(event.families)
    note = {
        "draw": f"draws from {families}: " + ", ".join(_DRAWN[verdict] for verdict in event.verdicts),
        "seed": f"seeds {families}" + (f", but {event.detail}" if event.detail else ""),
        "skipped": f"would seed {families}, but {event.detail}",
        "flag": f"sets {event.name} {event.detail}",
        "worker": f"is how a DataLoader's worker seeds {families}: {event.detail}",
        "unresolved": f"cannot be followed and may seed {families}",
    }.get(event.kind, event.kind)
    marks = [mark for mark, holds in (("may not run", not event.certain), ("in a child process", event.process > 0),
                                      ("in a DataLoader worker", event.worker)) if holds]  # fmt: skip
    yield f"{number:4}. {describe(event.place)}  {event.chain[-1].text}  {note}{f' ({chr(44).join(marks)})' if marks else ''}"
    for link in event.chain[:-1]:
        yield f"        from {describe(link.place)}  {link.text}"


def _verdict(family: str, verdict: Verdict, describe: Callable[[Place], str]) -> Iterator[str]:
    yield f"{family}: {verdict.outcome}, {_STATES[verdict.outcome]}"
    if verdict.draw is not None:
        yield f"    draw: {verdict.draw.name} at {describe(verdict.draw.place)}"
    if verdict.seed is not None:
        yield f"    seed: {verdict.seed.name} at {describe(verdict.seed.place)}" + (
            f" ({verdict.seed.detail})" if verdict.seed.detail else ""
        )
    if verdict.why:
        yield f"    why: {verdict.why}"
