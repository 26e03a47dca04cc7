"""RPL141-143: seeded in the parent, drawn in a child process that does not seed."""

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
        if verdict.outcome == "child" and verdict.draw is not None and verdict.seed is not None:
            draw, seed = verdict.draw, verdict.seed
            yield Problem(
                f"`{draw.name}` ({{draw}}) draws from {GENERATOR[family]} in a child process, which `{seed.name}` ({{seed}}) in the"
                f" parent does not reach. Call `{SEED_CALL[family]}` in the child, for example with the seed plus its rank.",
                where_it_starts(story, draw.chain), witness(draw, seed), family, {"draw": draw.place, "seed": seed.place},
            )  # fmt: skip

    return check


RULES = tuple(
    Rule(
        f"RPL14{number}",
        f"seed-not-in-child-{family}",
        "error",
        page_of(
            family,
            f"{GENERATOR[family]} is seeded in the parent but not in the child process that draws from it.",
            "Follows `torch.multiprocessing.spawn`, `Process`, pools and executors whose start method is spawn into the child, where the "
            "main module is imported again and every generator starts afresh.",
            "A spawned process is a new interpreter. Only what the main module does when it is imported, and what the child itself does, "
            "seeds its generators.",
            f"{IMPORT[family]}\nimport torch.multiprocessing as mp\n\n\ndef work(rank):\n    x = {EXAMPLE_DRAW[family]}\n\n\n"
            f'if __name__ == "__main__":\n    {SEED_CALL[family]}(42)\n    mp.spawn(work, nprocs=2)',
            f"{IMPORT[family]}\nimport torch.multiprocessing as mp\n\n\ndef work(rank):\n    {SEED_CALL[family]}(42 + rank)\n"
            f'    x = {EXAMPLE_DRAW[family]}\n\n\nif __name__ == "__main__":\n    mp.spawn(work, nprocs=2)',
            "NumPy and torch in forked processes, which start with the parent's generators (`random` does not: CPython gives it fresh "
            "entropy in every forked child); DataLoader workers, whose generators torch seeds; threads.",
            "Safe where the child knows its number: `set_seed(seed + rank)` at the top of the function that it runs. Unsafe where nothing tells one process from another, since all would then draw the same numbers.",
        ),
        _check(family),
        fix="safe",
    )
    for number, family in enumerate(GENERATOR, 1)
)
