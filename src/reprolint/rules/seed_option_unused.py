"""RPL503: a program has an option for its seed and never reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Body, inside, is_node, show
from reprolint.rules.rule import Problem, Rule, where_it_starts

if TYPE_CHECKING:
    from reprolint.trace.story import SeedOption, Story

_READS_ALL: Final = re.compile(
    rb"\bvars\(|\b__dict__\b|\basdict\(|\bfrom_argparse_args\b|\bgetattr\(|\bload_from_|\binstantiate\(|\bto_container\(|\*\*\w*(?:args|opts?|cfg|conf)"
)
"""A program that hands on all of its options may hand on this one."""

_DECLARES: Final = ("add_argument", "option", "Option", "DEFINE_integer", "DEFINE_int")


def check(story: Story) -> Iterable[Problem]:
    if story.gave_up:
        return
    for option in story.seed_options:
        if not _used(story, option):
            yield Problem(
                f"`{option.option}` is parsed and never read: whoever passes it gets the same result as without it. Seed with it:"
                f" `set_seed({option.read})`.",
                where_it_starts(story, option.chain), option.chain,
            )  # fmt: skip
            return


def _used(story: Story, option: SeedOption) -> bool:
    """Whether anything in the program's files reads the option."""
    word = option.name.encode()
    for module in story.modules:
        if _READS_ALL.search(module.text):
            return True
        if word in module.text and _reads(module.body, option.name):
            return True
    return False


def _reads(body: Body, name: str) -> bool:
    """Whether code reads a variable, an attribute or a key of a name; its declarations and what it is set to do not count."""
    stack: list[Any] = [body]
    while stack:
        node = stack.pop()
        if not isinstance(node, tuple) or not node:
            continue
        if not is_node(node):
            stack += node
        elif node in ((s.NAME, name), (s.CONST, name)) or (node[0] == s.ATTR and node[2] == name):
            return True
        elif node[0] == s.CALL:
            if show(node[2]).rpartition(".")[2] not in _DECLARES:
                # `random.seed(…)` calls a method of that name.
                stack += [node[2][1] if node[2][0] == s.ATTR else node[2], *(value for _, _, value in node[3])]
        elif node[0] == s.ASSIGN:
            # The names that it binds are not read; a field's name neither.
            stack += [*(target for target in node[2] if target[0] not in (s.NAME, s.ATTR)), node[3]]
        else:
            stack += inside(node)
    return False


RULES = (
    Rule(
        "RPL503",
        "seed-option-unused",
        "warning",
        """A program has an option for its seed that it never reads.

## What it does
Reports an option such as `--seed` (argparse, click, typer, fire), a field of a dataclass that the command line fills, or an entry of hydra's
configuration, whose value nothing in the program's files reads.

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
Where all options are handed on at once (`vars(args)`, `**`, `instantiate(cfg)`), since this one may be among them; where another entry of a
configuration refers to it (`${seed}`); fields of records that are derived from a library's.

## Fix
Safe, together with RPL1xx: the seed that is inserted is that of the option.
""",
        check,
        fix="safe",
    ),
)
