"""RPL121-123: the seed comes after the first draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from reprolint.rules.rule import Problem, Rule, where_it_starts, witness
from reprolint.rules.wording import EXAMPLE_DRAW, GENERATOR, IMPORT, SEED_CALL, page_of

if TYPE_CHECKING:
    from reprolint.model import Family
    from reprolint.trace.story import Story


def _check(family: Family) -> Callable[[Story], Iterable[Problem]]:
    def check(story: Story) -> Iterable[Problem]:
        verdict = story.verdict(family)
        if verdict.outcome == "late" and verdict.draw is not None and verdict.seed is not None:
            draw, seed = verdict.draw, verdict.seed
            yield Problem(
                f"`{draw.name}` ({{draw}}) draws from {GENERATOR[family]} before `{seed.name}` ({{seed}}) seeds it: what is drawn up to"
                " there differs in every run. Seed before this line.",
                where_it_starts(story, draw.chain), witness(draw, seed), family, {"draw": draw.place, "seed": seed.place},
            )  # fmt: skip

    return check


RULES = tuple(
    Rule(
        f"RPL12{number}",
        f"late-seed-{family}",
        "error",
        page_of(
            family,
            f"{GENERATOR[family]} is drawn from before it is seeded.",
            "Follows the program in the order of execution, imports included, and reports a draw that comes before the seed.",
            "A seed fixes what is drawn after it. A model that was built before it starts from other weights in every run, and a split that "
            "was made before it holds other samples.",
            f"{IMPORT[family]}\n\nx = {EXAMPLE_DRAW[family]}\n{SEED_CALL[family]}(42)",
            f"{IMPORT[family]}\n\n{SEED_CALL[family]}(42)\nx = {EXAMPLE_DRAW[family]}",
            "Draws on paths that may never run, such as an exception handler.",
            "Safe: the seed is moved up where nothing between depends on it; otherwise `set_seed` is inserted before the first draw. A draw that happens while a module is imported gets the call above that import.",
        ),
        _check(family),
        fix="safe",
    )
    for number, family in enumerate(GENERATOR, 1)
)
