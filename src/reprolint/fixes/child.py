"""Seeding a child process, which the parent's seed does not reach."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reprolint.fixes.draft import Draft
from reprolint.fixes.insert import Spot, insert
from reprolint.fixes.names import Target
from reprolint.fixes.numbered import numbering_parameter
from reprolint.fixes.place import Container, Layouts, body_of, top
from reprolint.fixes.value import seed_expression
from reprolint.trace.story import Event, Link, Story

_RANK: Final = re.compile(
    r"^(?:(?:local_|global_|worker_|process_|proc_|task_|chunk_|job_|node_)?(?:rank|id|index|idx|num|number|no|nr|i)"
    r"|i|j|k|n|gpu|gpu_?id|device_?id|rank|worker|wid|pid|fold|trial|replica|run|chain|shard|split)$",
    re.IGNORECASE,
)
"""Parameters that by their name number the processes or tasks."""

_SEED: Final = re.compile(r"^(?:\w+_)?seed$", re.IGNORECASE)


def seed_child(
    layouts: Layouts, story: Story, draws: Sequence[Event], level: int, target: Target, fallback: int
) -> Draft | None:
    """Call the seeding function at the top of the function that a child process runs.

    :param draws: what the process draws.
    :param level: the number of the link of their chains that stands in that function.
    :returns: None where there is no one function. Not safe where nothing tells one process from another: all would draw the
        same numbers.
    """
    started = draws[0].chain[level - 1]
    chains: list[tuple[Link, ...]] = [draw.chain for draw in draws]
    place = body_of(layouts, chains, level)
    if place is None or place.function is None:
        return None
    before = min(story.events.index(draw) for draw in draws) + 1
    parameters = [name for name in place.function.parameters if name not in ("self", "cls")]
    given = next((name for name in parameters if _SEED.match(name)), None)
    if _gives_rank(started) and parameters:
        rank: str | None = parameters[0]
    else:
        rank = numbering_parameter(started.place.module, place.function.name, tuple(parameters))
    rank = rank or next((name for name in parameters if _RANK.match(name)), None)
    seed, earliest = seed_expression(layouts, story, place, before, fallback)
    if earliest > place.first:
        seed, earliest = str(fallback), 0
    if given is not None:
        seed = given
    elif rank is not None:
        seed = f"({seed}) + {rank}" if " " in seed else f"{seed} + {rank}"
    draft = insert(_spot(place, earliest), target, seed)
    draft.message = f"Call `set_seed({seed})` in the child process, which the parent's seed does not reach"
    if given is None and rank is None:
        draft.applicability = "unsafe"
    return draft


def _spot(place: Container, earliest: int) -> Spot:
    return Spot(place, min(max(top(place), earliest), place.first))


def _gives_rank(link: Link) -> bool:
    """Whether a call that starts processes hands each its number first: ``torch.multiprocessing.spawn(main, args)``."""
    return link.text.rstrip("()").rpartition(".")[2] == "spawn"
