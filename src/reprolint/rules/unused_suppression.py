"""RPL901: a comment suppresses what nothing reports. The engine knows that once every program has been followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from reprolint.errors import hint
from reprolint.rules.rule import Rule

if TYPE_CHECKING:
    from reprolint.sources.suppressions import Suppression

CODE: Final = "RPL901"


def message(suppression: Suppression, unused: Sequence[str], unknown: Sequence[str], rules: Sequence[Rule]) -> str:
    """What is wrong with a comment.

    :param unused: the words in it that suppress nothing; ``unknown``: those that stand for none of the ``rules``.
    """
    if suppression.misplaced:
        if suppression.kind == "ignore-file":
            return "`reprolint: ignore-file` suppresses nothing after code. Put it on a line of its own."
        return "A comment on a line of its own suppresses nothing. Put it at the end of the line that it is about."
    in_file = suppression.kind == "ignore-file"
    where = "in this file" if in_file else "on this line"
    if suppression.words is None:
        return f"Everything is suppressed here, but nothing is reported {where}. Remove the comment."
    if not suppression.words:
        return "No rule is named between the brackets, so nothing is suppressed. Name one, or remove the comment."
    sentences = []
    if unused:
        verb, them = ("is", "it") if len(unused) == 1 else ("are", "them")
        sentences.append(f"{_listed(unused)} {verb} suppressed here, but nothing {where} reports {them}.")
    if unknown:
        known = [*(rule.code for rule in rules), *(rule.name for rule in rules)]
        meant = hint(unknown[0], known) if len(unknown) == 1 else ""
        what = "is no rule" if len(unknown) == 1 else "are no rules"
        sentences.append(f"{_listed(unknown)} {what}{meant.rstrip('?')}{'?' if meant else '.'}")
    return " ".join(sentences)


def _listed(words: Sequence[str]) -> str:
    quoted = [f"`{word}`" for word in dict.fromkeys(words)]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


RULES = (
    Rule(
        CODE,
        "unused-suppression",
        "warning",
        """A comment suppresses a rule that reports nothing there.

## What it does
Reports codes and names in `# reprolint: ignore[…]`, `# noqa: RPL…` and `# reprolint: ignore-file[…]` that keep nothing from being reported,
those that are no rule, and comments that stand where they cannot act. A comment acts on what is reported on its own line; at the end of a
statement that goes over several lines, on all of it. `ignore-file` stands on a line of its own and acts on the whole file or notebook.

## Why is this bad?
The comment says that something is wrong with the line and known. Once that is no longer so, it misleads whoever reads it, and hides
the next problem of the same kind.

## Example
```python
import random

random.seed(0)
print(random.random())  # reprolint: ignore[RPL101]
```

Use instead:
```python
import random

random.seed(0)
print(random.random())
```

## When it stays quiet
On rules that are not selected, and in files that cannot be parsed or that a program reaches which could not be followed to its end: there it
is not known what the comment suppresses. Codes of other tools, a bare `# noqa` and a bare `# reprolint: ignore-file` are never reported.
`ignore[RPL103, RPL901]` keeps a comment that is needed now and then.

## Fix
Safe. Takes the unused codes out, and the whole comment with its reason where no code is left; other comments on the line stay. Where a
comment only stands in the wrong place, taking it out is unsafe: it was meant to suppress something.
""",
        fix="safe",
        per_line=True,
    ),
)
