"""RPL504: importing a module seeds the global generators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from reprolint.rules.rule import Problem, Rule, family_of, witness
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.trace.story import Event, Story


def check(story: Story) -> Iterable[Problem]:
    for event in story.events:
        if event.kind == "seed" and event.certain and not event.process:
            number = _imported(event)
            if number is not None and event.chain[number].place.module is not story.entry:
                link = event.chain[number]
                yield Problem(
                    f"`{link.text}` seeds the global generators of whoever imports this module, and whenever that happens: the importer's own"
                    " seed is overwritten, or draws before the import are not covered. Seed in the program instead.",
                    link.place, witness(event), family_of(event),
                )  # fmt: skip


def _imported(event: Event) -> int | None:
    """The number of the link at the top level of the module whose import seeds; None where it is no import that does."""
    imports = [number for number, link in enumerate(event.chain[:-1]) if link.text.startswith(("import ", "from "))]
    return imports[-1] + 1 if imports else None


RULES = (
    Rule(
        "RPL504",
        "seed-on-import",
        "warning",
        page(
            "A module seeds the global generators when it is imported.",
            "Reports a seed call at the top level of a module that a program imports.",
            "Import order decides whether it comes before or after the program's own seed, and it takes effect in every program that imports the module, for whatever "
            "reason. See https://docs.python.org/3/library/random.html#random.seed.",
            "# augment.py\nimport random\n\nrandom.seed(0)",
            "# train.py\nimport random\n\nfrom augment import crop\n\nrandom.seed(0)",
            "In the module that is run itself; in modules that no program imports. Off by default, since a module made for one program may well seed it.",
            "None: which programs rely on it cannot be told from the module.",
        ),
        check,
        on=False,
        per_line=True,
    ),
)
