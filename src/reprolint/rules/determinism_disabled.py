"""RPL303: a program switches determinism on and, later on, off again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from reprolint.rules.rule import Problem, Rule, witness
from reprolint.rules.wording import page, switching

if TYPE_CHECKING:
    from reprolint.trace.story import Story

_CONSEQUENCE: Final = {
    "cudnn.deterministic": "from here on cuDNN may pick algorithms whose results differ between runs",
    "deterministic_algorithms": "from here on operations may run whose results differ between runs",
}


def check(story: Story) -> Iterable[Problem]:
    if story.gave_up:
        return
    end = story.end()
    for number in sorted(story.felt):
        event = story.events[number - 1]
        consequence = _CONSEQUENCE.get(event.name)
        if not event.certain or consequence is None:
            continue
        if end.flag(event.name) & {"on", "unknown"}:
            continue
        if event.name == "cudnn.deterministic" and end.flag("deterministic_algorithms") & {"on", "unknown"}:
            continue  # that switch alone makes cuDNN deterministic, too
        on = next(
            one
            for one in reversed(story.events[: number - 1])
            if one.kind == "flag" and one.name == event.name and one.detail == "on"
        )
        yield Problem(
            f"`{switching(event)}` switches off what `{switching(on)}` ({{on}}) switched on: {consequence}, whatever the"
            " seeds are. Leave it on, or drop the line that promises otherwise.",
            event.place, witness(on, event), named={"on": on.place},
        )  # fmt: skip


RULES = (
    Rule(
        "RPL303",
        "determinism-disabled",
        "warning",
        page(
            "A program switches determinism on and then off again.",
            "Reports `torch.backends.cudnn.deterministic = False`, `torch.use_deterministic_algorithms(False)`,\n"
            "`Trainer(deterministic=False)` and the like after the same switch was turned on, by the program's own line or by a function\n"
            "that it calls (`set_seed`, `seed_everything`), where it is still off when the program ends.",
            "Two lines contradict each other, and the later one wins. Whoever reads the first one believes that the run can be\n"
            "repeated; it runs the algorithms that differ from run to run. The second line is often a leftover from a hunt for speed. See\n"
            "https://docs.pytorch.org/docs/stable/notes/randomness.html.",
            "set_seed(42)  # makes cuDNN deterministic\ntorch.backends.cudnn.deterministic = False",
            "set_seed(42)",
            "Where the switch was never on before: that is RPL301's. Where the line runs only under an option that is off by default, or\n"
            "under a condition that no default decides. Where the switch is put back: by a later line, a `finally`, a value saved before\n"
            "(`torch.use_deterministic_algorithms(previous)`), or by `with torch.backends.cudnn.flags(...)`. Where torch does nothing more after\n"
            "the line, which only leaves things as they were found. Where\n"
            "`torch.use_deterministic_algorithms(True)` stays on, which makes cuDNN deterministic by itself.",
            "Unsafe, because the program may get slower, or meet an operation that has no deterministic variant: False becomes True. A value\n"
            "that is not written out is left alone.",
        ),
        check,
        fix="unsafe",
        per_line=True,
    ),
)
