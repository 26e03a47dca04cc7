"""RPL111-113: the seed runs only if the user asks for it."""

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
        if verdict.outcome == "optional" and verdict.draw is not None and verdict.seed is not None:
            draw, seed = verdict.draw, verdict.seed
            yield Problem(
                f"`{draw.name}` ({{draw}}) draws from {GENERATOR[family]}, and `{seed.name}` ({{seed}}) does not run: {seed.detail}. Give"
                " the option a constant default, or seed in either case.",
                where_it_starts(story, draw.chain), witness(seed, draw), family, {"draw": draw.place, "seed": seed.place},
            )  # fmt: skip

    return check


RULES = tuple(
    Rule(
        f"RPL11{number}",
        f"optional-seed-{family}",
        "error",
        page_of(
            family,
            f"{GENERATOR[family]} is seeded only if the user passes an option.",
            "Decides conditions where defaults decide them (argparse, click, typer, dataclasses, hydra configuration, constants) and reports "
            "a program whose seed is skipped when it is run as it stands.",
            "Whoever runs the program without the option, which is what people do, gets a result that nobody can get again.",
            f'{IMPORT[family]}\n\nparser.add_argument("--seed", type=int)\nargs = parser.parse_args()\nif args.seed is not None:\n'
            f"    {SEED_CALL[family]}(args.seed)\nx = {EXAMPLE_DRAW[family]}",
            f'{IMPORT[family]}\n\nparser.add_argument("--seed", type=int, default=42)\nargs = parser.parse_args()\n'
            f"{SEED_CALL[family]}(args.seed)\nx = {EXAMPLE_DRAW[family]}",
            "Conditions that no default decides (a file that may exist, a device that may be there).",
            "Safe: an unconditional `set_seed` with the option's value, or with a constant where the option is not given. What the program does with the option stays as it is.",
        ),
        _check(family),
        fix="safe",
    )
    for number, family in enumerate(GENERATOR, 1)
)
