"""RPL304: an operation that PyTorch documents as nondeterministic on CUDA."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from reprolint.rules.rule import Problem, Rule
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.knowledge import Operation
    from reprolint.trace.story import Story

_TRAINS: Final = (b".backward(", b"autograd.grad(", b".fit(", b".train_model(", b".manual_backward(")
"""What a program says whose gradients are computed, by itself or by a framework."""


def check(story: Story) -> Iterable[Problem]:
    if story.gave_up or story.on_cuda is None or not story.operations:
        return
    if story.end().flag("deterministic_algorithms") & {"on", "unknown"}:
        return
    trains = any(sign in module.text for module in story.modules for sign in _TRAINS)
    for event, row in story.operations.values():
        if event.certain and (trains or not row.backward):
            yield Problem(_message(event.name, row), event.place, event.chain)


def _message(name: str, row: Operation) -> str:
    what = f"The gradient of `{name}`" if row.backward else f"`{name}`"
    provided = f", if {row.provided}" if row.provided else ""
    if row.raises:
        remedy = (
            "PyTorch has no deterministic variant of it, and raises under `torch.use_deterministic_algorithms(True)`: use another"
            " operation, or accept that runs differ."
        )
    else:
        remedy = "Call `torch.use_deterministic_algorithms(True)`, which selects a deterministic variant."
    return f"{what} differs from run to run on CUDA{provided}, and seeds do not change that. {remedy}"


RULES = (
    Rule(
        "RPL304",
        "nondeterministic-op",
        "warning",
        page(
            "An operation gives other results in every run on CUDA.",
            "Reports operations that PyTorch documents as nondeterministic on CUDA (`scatter_add_`, `index_add`, `nn.AdaptiveAvgPool2d`,\n"
            "`F.interpolate` with linear modes, `nn.CTCLoss`, …), in a program that can run on CUDA and never calls\n"
            "`torch.use_deterministic_algorithms(True)`. The list is that of PyTorch's documentation; arguments that decide count\n"
            '(`mode=`, `reduce=`, `accumulate=`, `weights=`, `dim=`). `target-torch = "2.4"` in the settings chooses the version; without it,\n'
            "a version that the project's requirements pin counts, else the newest. The message says whether there is a deterministic\n"
            "variant.",
            "Many threads add up numbers in the order in which they happen to be done, and rounding depends on the order. Seeds and\n"
            "cuDNN's switches do not change that. See\n"
            "https://docs.pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html.\n\n"
            "`torch.use_deterministic_algorithms(True)` selects deterministic variants and raises where there is none (or warns, with\n"
            '`warn_only=True`). `reprolint.runtime.set_seed(seed, deterministic="strict")` calls it, too.\n\n'
            "The switch changes results on the CPU, too. Measured with torch 2.13 on two threads: `index_put(…, accumulate=True)`,\n"
            "`put_(…, accumulate=True)` and the gradient of `weight[index]`, with two million indices into a thousand places, gave twenty\n"
            "results in twenty calls, and one result with the switch.",
            'weight = torch.zeros(n, device="cuda")\nweight.scatter_add_(0, index, values)',
            'torch.use_deterministic_algorithms(True)\nweight = torch.zeros(n, device="cuda")\nweight.scatter_add_(0, index, values)',
            "Off by default: that an operation is in the list does not mean that its differences reach a result that matters, and whether\n"
            "a tensor is on the GPU, or needs a gradient, is often not written in the program. Quiet in programs that never speak of CUDA,\n"
            "under `torch.no_grad()` where only the gradient differs, in programs that compute no gradients, and where an argument decides\n"
            "that is not written out. Convolutions are RPL301's.",
            "None. The switch makes some programs raise, and a deterministic variant may be slower.",
        ),
        check,
        on=False,
        per_line=True,
    ),
)
