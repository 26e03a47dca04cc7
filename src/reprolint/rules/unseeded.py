"""RPL101-103: a program draws from a global generator that nothing seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from reprolint.rules.rule import Problem, Rule, where_it_starts, witness
from reprolint.rules.wording import EXAMPLE_DRAW, GENERATOR, IMPORT, SEED_CALL, SEEDED_FIX, page_of

if TYPE_CHECKING:
    from reprolint.model import Family
    from reprolint.trace.story import Story


def _check(family: Family) -> Callable[[Story], Iterable[Problem]]:
    def check(story: Story) -> Iterable[Problem]:
        verdict = story.verdict(family)
        if verdict.outcome == "unseeded" and verdict.draw is not None:
            draw = verdict.draw
            if draw.worker and family != "torch":
                message = (
                    f"`{draw.name}` ({{draw}}) draws in a DataLoader worker, whose generators take their seeds from torch's, which nothing"
                    " in this program seeds. Call `torch.manual_seed` with a constant before this line."
                )
            else:
                message = (
                    f"`{draw.name}` ({{draw}}) draws from {GENERATOR[family]}, which nothing in this program seeds: every run gives another"
                    f" result. Call `{SEED_CALL[family]}` with a constant before this line."
                )
            yield Problem(message, where_it_starts(story, draw.chain), witness(draw), family, {"draw": draw.place})

    return check


RULES = tuple(
    Rule(
        f"RPL10{number}",
        f"unseeded-{family}",
        "error",
        page_of(
            family,
            f"A program draws from {GENERATOR[family]} and nothing seeds it.",
            "Follows the program from its entry point, through the project's modules and in the order of execution, and reports the first "
            f"draw from {GENERATOR[family]} if no seed of it runs anywhere.",
            "An unseeded generator starts from fresh entropy, so two runs of the same code give two results, and nobody can tell a change "
            "of the code from a change of luck.",
            f"{IMPORT[family]}\n\nx = {EXAMPLE_DRAW[family]}",
            f"{IMPORT[family]}\n\n{SEED_CALL[family]}(42)\nx = {EXAMPLE_DRAW[family]}",
            "Library modules that no program runs; draws from a generator of the program's own (`generator=`, `random_state=`); programs "
            "in which a call that cannot be followed may be the seed (`reprolint trace` says which).",
            SEEDED_FIX,
        ),
        _check(family),
        fix="safe",
    )
    for number, family in enumerate(GENERATOR, 1)
)
