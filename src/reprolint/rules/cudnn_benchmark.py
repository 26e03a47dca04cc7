"""RPL302: cuDNN times its algorithms and picks the fastest, which may be another one in the next run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from reprolint.rules.rule import Problem, Rule, where_it_starts, witness

if TYPE_CHECKING:
    from reprolint.trace.story import Story


def check(story: Story) -> Iterable[Problem]:
    if story.gave_up:
        return
    end = story.end().flag("cudnn.benchmark")
    if "on" not in end or end & {"off", "unknown"}:
        return
    event = next(
        (
            event
            for event in reversed(story.events)
            if event.kind == "flag" and event.name == "cudnn.benchmark" and event.detail == "on"
        ),
        None,
    )
    if event is not None:
        yield Problem(
            f"`{event.chain[-1].text}` ({{here}}) lets cuDNN time its algorithms and take the fastest, which may be another one in the"
            " next run. Set it to False.",
            where_it_starts(story, event.chain), witness(event), named={"here": event.place},
        )  # fmt: skip


RULES = (
    Rule(
        "RPL302",
        "cudnn-benchmark",
        "warning",
        """cuDNN chooses its algorithms by timing them.

## What it does
Reports `torch.backends.cudnn.benchmark = True`, and library options that set it (`Trainer(benchmark=True)`), where it is still on when
the program, run with its defaults, ends.

## Why is this bad?
The fastest algorithm of this run need not be the fastest of the next one, and different algorithms round differently. See
https://docs.pytorch.org/docs/stable/notes/randomness.html#cuda-convolution-benchmarking.

## Example
```python
torch.backends.cudnn.benchmark = True
```

Use instead:
```python
torch.backends.cudnn.benchmark = False
torch.backends.cudnn.deterministic = True
```

## When it stays quiet
Where the switch is set under an option that is off by default, or set back to False.

## Fix
Safe: True becomes False. A value that is not written out is left alone.
""",
        check,
        fix="safe",
    ),
)
