"""RPL503: a program has an option for its seed and never reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from reprolint.rules.rule import Problem, Rule, where_it_starts

if TYPE_CHECKING:
    from reprolint.trace.story import SeedOption, Story

_READS_ALL: Final = re.compile(
    rb"\bvars\(|\b__dict__\b|\basdict\(|\bfrom_argparse_args\b|\bgetattr\(|\bload_from_|\*\*\w*(?:args|opts?|cfg|conf)"
)
"""A program that hands on all of its options may hand on this one."""


def check(story: Story) -> Iterable[Problem]:
    if story.gave_up:
        return
    for option in story.seed_options:
        if not _used(story, option):
            yield Problem(
                f"`{option.option}` is parsed and never read: whoever passes it gets the same result as without it. Seed with it, as in"
                f" `set_seed(args.{option.name})`.",
                where_it_starts(story, option.chain), option.chain,
            )  # fmt: skip
            return


def _used(story: Story, option: SeedOption) -> bool:
    """Whether the name stands anywhere in the program's code but where the option is declared."""
    word = option.name.encode()
    reading = re.compile(rb"[.\"']" + word + rb"\b(?!\()|(?<!\.)\b" + word + rb"\b(?![\"'])")
    for module in story.modules:
        if _READS_ALL.search(module.text):
            return True
        for line in module.text.split(b"\n"):
            code = line.partition(b"#")[0]
            if reading.search(code) and b"--" not in code and b"add_argument" not in code and b"help" not in code:
                return True
    return False


RULES = (
    Rule(
        "RPL503",
        "seed-option-unused",
        "warning",
        """A program has an option for its seed that it never reads.

## What it does
Reports an argparse option such as `--seed` whose value nothing in the program's files reads.

## Why is this bad?
The option promises that the run can be repeated. Whoever passes it believes that, and reports five seeds that were one. See
https://docs.python.org/3/library/argparse.html#argparse.ArgumentParser.parse_args for where the value goes.

## Example
```python
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
model = nn.Linear(16, 1)
```

Use instead:
```python
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
set_seed(args.seed)
model = nn.Linear(16, 1)
```

## When it stays quiet
Where all options are handed on at once (`vars(args)`, `**`), since this one may be among them.

## Fix
Safe, together with RPL1xx: the seed that is inserted is that of the option.
""",
        check,
        fix="safe",
    ),
)
