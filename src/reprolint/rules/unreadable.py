"""RPL900 and RPL902: files that cannot be read as Python. The engine reports them while it reads."""

from __future__ import annotations

from reprolint.rules.rule import Rule

RULES = (
    Rule(
        "RPL900",
        "cannot-parse",
        "error",
        """A file cannot be parsed.

## What it does
Reports a file that is no Python 3: a syntax error, an encoding that does not fit, brackets nested deeper than Python accepts, or a file
that cannot be opened. The rest of the project is checked all the same.

## Why is this bad?
What a file that cannot be read seeds or draws is not known, so programs that import it are judged without it.

## When it stays quiet
Files that the settings exclude.
""",
    ),
    Rule(
        "RPL902",
        "invalid-notebook",
        "warning",
        """A notebook is broken.

## What it does
Reports an `.ipynb` file that is not valid JSON, or that has no cells where a notebook has them.

## Why is this bad?
Neither Jupyter nor reprolint can read it.

## When it stays quiet
Notebooks in other languages than Python, which have nothing to check.
""",
    ),
)
