"""How messages name generators and the calls that seed them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reprolint.model import Family
    from reprolint.trace.story import Event

GENERATOR: Final[dict[Family, str]] = {
    "python": "Python's `random`",
    "numpy": "NumPy's global generator",
    "torch": "torch's generator",
}
"""In the order of `model.FAMILIES`, which is that of the last digits of codes."""

SEED_CALL: Final[dict[Family, str]] = {"python": "random.seed", "numpy": "np.random.seed", "torch": "torch.manual_seed"}
EXAMPLE_DRAW: Final[dict[Family, str]] = {
    "python": "random.shuffle(samples)",
    "numpy": "np.random.permutation(len(x))",
    "torch": "nn.Linear(16, 1)",
}
SOURCE: Final[dict[Family, str]] = {
    "python": "https://docs.python.org/3/library/random.html#random.seed",
    "numpy": "https://numpy.org/doc/stable/reference/random/generated/numpy.random.seed.html",
    "torch": "https://docs.pytorch.org/docs/stable/notes/randomness.html",
}
IMPORT: Final[dict[Family, str]] = {
    "python": "import random",
    "numpy": "import numpy as np",
    "torch": "import torch\nfrom torch import nn",
}


SEEDED_FIX: Final = (
    "Safe. The program's own seed (an option, a constant) is used where it has one. A block of plain seed calls that forgets a generator "
    "is replaced by `set_seed`, which gives the same numbers and seeds all three; otherwise the call is inserted before the first draw."
)


def switching(event: Event) -> str:
    """The setting of a switch as the program writes it; a call of ``use_deterministic_algorithms`` with its argument."""
    text = event.chain[-1].text
    return f"{text[:-1]}{event.detail == 'on'})" if text.endswith("deterministic_algorithms()") else text


def page_of(family: Family, summary: str, what: str, why: str, bad: str, good: str, quiet: str, fix: str) -> str:
    """The page of a rule about one global generator, with the source of what it says."""
    return page(summary, what, f"{why} See {SOURCE[family]}.", bad, good, quiet, fix)


def page(summary: str, what: str, why: str, bad: str, good: str, quiet: str, fix: str) -> str:
    """A rule's page under the headings that all pages share."""
    return f"""{summary}

## What it does
{what}

## Why is this bad?
{why}

## Example
```python
{bad}
```

Use instead:
```python
{good}
```

## When it stays quiet
{quiet}

## Fix
{fix}
"""
