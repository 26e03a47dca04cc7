"""RPL131-133: the seed itself differs from run to run."""

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
        if verdict.outcome == "varying" and verdict.draw is not None and verdict.seed is not None:
            draw, seed = verdict.draw, verdict.seed
            yield Problem(
                f"`{seed.name}` ({{seed}}) seeds {GENERATOR[family]}, but {seed.detail}; `{draw.name}` ({{draw}}) then draws other values"
                " in every run. Seed with a constant.",
                where_it_starts(story, seed.chain), witness(seed, draw), family, {"draw": draw.place, "seed": seed.place},
            )  # fmt: skip

    return check


RULES = tuple(
    Rule(
        f"RPL13{number}",
        f"varying-seed-{family}",
        "error",
        page_of(
            family,
            f"{GENERATOR[family]} is seeded with a value that differs from run to run.",
            "Follows the seed's value back to where it comes from: a clock, a process id, fresh entropy, a draw from a generator that "
            "nothing seeds, `hash()` of a string, or a call without any seed.",
            "A seed that nobody knows afterwards is no seed. If a fresh one is wanted by default, draw it, log it, and let an option set it.",
            f"{IMPORT[family]}\nimport time\n\n{SEED_CALL[family]}(int(time.time()))\nx = {EXAMPLE_DRAW[family]}",
            f"{IMPORT[family]}\n\n{SEED_CALL[family]}(42)\nx = {EXAMPLE_DRAW[family]}",
            "`args.seed + rank` and other sums of values that do not vary; values whose origin is not known.",
            "Unsafe: what varies is replaced by a constant, and perhaps it varies on purpose. Safe where the seed is drawn from a generator that only has to be seeded first.",
        ),
        _check(family),
        fix="unsafe",
    )
    for number, family in enumerate(GENERATOR, 1)
)
