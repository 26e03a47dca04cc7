"""RPL501: a program sets PYTHONHASHSEED for itself, which is too late."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from reprolint.rules.rule import Problem, Rule, witness

if TYPE_CHECKING:
    from reprolint.trace.story import Event, Story

_EXEC: Final = re.compile(rb"\bexec[lv]p?e?\(")


def check(story: Story) -> Iterable[Problem]:
    for event in story.events:
        if event.kind == "environment" and event.name == "PYTHONHASHSEED" and event.certain and not _starts_over(event):
            yield Problem(
                "Setting `PYTHONHASHSEED` here does not fix the hashes of this interpreter, which were settled when it started; only"
                " processes that start from now on see it. Set it before Python starts, or call `reprolint.runtime.ensure_hash_seed()` first"
                " in the program.",
                event.place, witness(event),
            )  # fmt: skip


def _starts_over(event: Event) -> bool:
    """Whether the file replaces the process, so that a new interpreter sees the variable."""
    return _EXEC.search(event.place.module.text) is not None


RULES = (
    Rule(
        "RPL501",
        "hashseed-in-process",
        "warning",
        """`PYTHONHASHSEED` is set by the program itself.

## What it does
Reports `os.environ["PYTHONHASHSEED"] = …`, `os.environ.setdefault(…)`, `os.environ.update(…)` and `os.putenv(…)` of it in a program.

## Why is this bad?
The variable is read once, when Python starts. Set later, it changes nothing in the running interpreter: the order of a set of strings
still differs from run to run, and the line only looks as if it helped. Only processes that are started afterwards see it. See
https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED.

## Example
```python
os.environ["PYTHONHASHSEED"] = "0"
```

Use instead:
```python
from reprolint.runtime import ensure_hash_seed

ensure_hash_seed(0)  # first in the program: starts it over once, with the variable set
```

or `PYTHONHASHSEED=0 python train.py`, or sort the sets whose order matters.

## When it stays quiet
In code that no program reaches; in a file that starts the interpreter over (`os.execv`), and where an environment for another process is put together (`dict(os.environ, PYTHONHASHSEED="0")`).

## Fix
None: what works depends on how the program is started.
""",
        check,
        per_line=True,
    ),
)
