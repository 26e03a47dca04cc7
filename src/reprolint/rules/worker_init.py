"""RPL411: what a DataLoader's workers start with gives them a bad seed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from reprolint.rules.rule import Problem, Rule, family_of, witness
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.trace.story import Event, Link, Story

_WHY: Final = {
    "constant": "every worker gets the same seed, so all of them draw the same numbers, again in every epoch",
    "number": "the seed depends on the worker's number alone, so every epoch draws the same numbers again",
}


def check(story: Story) -> Iterable[Problem]:
    for event in story.events:
        if event.kind == "worker" and event.certain:
            link = first_inside(event)
            why = _WHY.get(event.detail, f"workers get another seed in every run: {event.detail}")
            yield Problem(
                f"`{link.text}` seeds a DataLoader's worker, and {why}. Seed it with `torch.initial_seed() % 2**32`, which"
                " torch derives from its own seed for each worker and epoch, or leave `worker_init_fn` out: torch seeds `random` and NumPy in"
                " its workers by itself.",
                link.place, witness(event), family_of(event),
            )  # fmt: skip


def first_inside(event: Event) -> Link:
    """The link of a worker's seed that stands in the function with which the worker starts."""
    start = max((number for number, link in enumerate(event.chain) if link.text == "worker_init_fn()"), default=-1)
    return event.chain[min(start + 1, len(event.chain) - 1)]


RULES = (
    Rule(
        "RPL411",
        "worker-init",
        "error",
        page(
            "A DataLoader's `worker_init_fn` gives its workers a seed that repeats itself, or one that varies.",
            "Reports a `worker_init_fn` that seeds with a constant, with nothing but the worker's number (unless `persistent_workers=True`), or with "
            "something that differs from run to run.",
            "Workers with one seed augment their samples alike, and those of a constant or of `worker_id` alone start over with the same numbers in "
            "every epoch: the model sees far fewer variants than its author thinks. A clock or fresh entropy makes every run another one. torch seeds `random`, NumPy and "
            "itself in each worker from its own seed, another one in every epoch. See "
            "https://docs.pytorch.org/docs/stable/notes/randomness.html#dataloader.",
            "def init(worker_id):\n    np.random.seed(worker_id)\n\n\nloader = DataLoader(dataset, num_workers=4, worker_init_fn=init)",
            "def init(worker_id):\n    np.random.seed(torch.initial_seed() % 2**32)\n\n\nloader = DataLoader(dataset, num_workers=4, "
            "worker_init_fn=init)",
            "Where no program goes through the loader, or it has no workers; where the seed is not known.",
            "Unsafe, since the numbers change: the seed becomes `torch.initial_seed() % 2**32`.",
        ),
        check,
        fix="unsafe",
        per_line=True,
    ),
)
