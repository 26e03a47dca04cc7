"""RPL502: the same seed is set again and again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Node, around, calls, names_in, walk
from reprolint.rules.rule import Problem, Rule, family_of, witness
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.trace.story import Event, Link, Story

_REPEATED: Final = frozenset({"__getitem__", "forward", "__call__", "training_step", "validation_step", "collate_fn"})
"""Methods that run once for each sample or batch."""


def check(story: Story) -> Iterable[Problem]:
    for event in story.events:
        if event.kind == "seed" and event.certain and not event.detail and _is_constant(event):
            link = next((link for link in event.chain if _repeats(link)), None)
            if link is not None:
                yield Problem(
                    f"`{event.chain[-1].text}` sets the same seed again in every round ({{loop}}): what is drawn after it repeats itself"
                    " each time. Seed once, before the loop.",
                    event.place, witness(event), family_of(event), {"loop": link.place},
                )  # fmt: skip


def _is_constant(event: Event) -> bool:
    return event.value is not None and isinstance(getattr(event.value, "value", None), int)


def _repeats(link: Link) -> bool:
    """Whether a call stands in a loop, or in a method that runs for each sample, and is given the same there each time."""
    inside = around(link.place.module.body, link.place.site)
    function = max((number for number, node in enumerate(inside) if node[0] in (s.DEF, s.LAMBDA)), default=-1)
    if function >= 0 and inside[function][0] == s.DEF and inside[function][2] in _REPEATED:
        return True
    loops = [node for node in inside[function + 1 :] if node[0] in (s.FOR, s.WHILE, s.COMP)]
    if not loops:
        return False
    made = next((call for call in calls(loops[0]) if call[1] == link.place.site), None)
    changing = _bound(loops)
    return made is not None and changing.isdisjoint(names_in(tuple(value for _, _, value in made[3])))


def _bound(loops: Sequence[Node]) -> set[str]:
    """Names that some loops bind, in their heads or bodies."""
    names: set[str] = set()
    for node in walk(tuple(loops), definitions=True):
        if node[0] in (s.FOR, s.AUGMENT, s.ASSIGN):
            names.update(names_in(node[2]))
        elif node[0] == s.COMP:
            names.update(name for target, _, _ in node[4] for name in names_in(target))
    return names


RULES = (
    Rule(
        "RPL502",
        "reseed-in-loop",
        "warning",
        page(
            "The same seed is set again in every round of a loop, or for every sample.",
            "Reports a seed call with a constant inside a loop, a `__getitem__`, a `forward` or the like.",
            "Each round then draws the same numbers: the same augmentation for every sample, the same dropout mask for every batch. Runs are repeatable, but what "
            "looks random is not. See https://docs.python.org/3/library/random.html#random.seed.",
            "for epoch in range(epochs):\n    torch.manual_seed(42)\n    train_one_epoch(model, loader)",
            "torch.manual_seed(42)\nfor epoch in range(epochs):\n    train_one_epoch(model, loader)",
            "Where the seed depends on the round (`seed + epoch`), or is not known. Off by default, since repeated experiments and evaluations are seeded alike "
            "on purpose.",
            "None: whether the rounds are meant to be alike, the author knows.",
        ),
        check,
        on=False,
        per_line=True,
    ),
)
