"""RPL301: networks run on CUDA and cuDNN may choose algorithms that do not repeat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from reprolint.rules.rule import Problem, Rule, where_it_starts

if TYPE_CHECKING:
    from reprolint.trace.story import Story


def check(story: Story) -> Iterable[Problem]:
    if story.on_cuda is None or not story.runs_networks or story.gave_up:
        return
    if story.deterministic_blocks:
        return  # which of the networks run inside such a block is not known
    end = story.end()
    if "on" in end.flag("cudnn.deterministic") | end.flag("deterministic_algorithms"):
        return
    if "unknown" in end.flag("cudnn.deterministic") | end.flag("deterministic_algorithms"):
        return
    yield Problem(
        "This program can run a network on CUDA ({cuda}) and never sets `torch.backends.cudnn.deterministic = True`: cuDNN may pick"
        " algorithms whose results differ between runs, whatever the seeds are.",
        where_it_starts(story, story.on_cuda), story.on_cuda, named={"cuda": story.on_cuda[-1].place},
    )  # fmt: skip


RULES = (
    Rule(
        "RPL301",
        "cudnn-not-deterministic",
        "warning",
        """A program runs networks on CUDA without telling cuDNN to be deterministic.

## What it does
Reports a program that can use CUDA, runs a network, and sets neither `torch.backends.cudnn.deterministic = True` nor
`torch.use_deterministic_algorithms(True)` when it is run with its defaults.

## Why is this bad?
Several of cuDNN's algorithms for convolutions add up in an order that differs from run to run. Seeds do not change that. See
https://docs.pytorch.org/docs/stable/notes/randomness.html#cuda-convolution-determinism.

## Example
```python
import torch

torch.manual_seed(42)
model = torch.nn.Conv2d(3, 8, 3).to("cuda")
```

Use instead:
```python
import torch

torch.manual_seed(42)
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False
model = torch.nn.Conv2d(3, 8, 3).to("cuda")
```

## When it stays quiet
Programs that never speak of CUDA, or that run no network; programs that set the switch under a condition which no default decides, or
for a block (`with torch.backends.cudnn.flags(deterministic=True):`).

## Fix
Safe: `set_seed`, which sets both switches. Plain seed calls are replaced by it; otherwise it is inserted above the program's own seeds, which
keep the last word, so the numbers stay the same.
""",
        check,
        fix="safe",
    ),
)
