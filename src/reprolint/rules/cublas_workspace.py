"""RPL305: deterministic algorithms without the variable that cuBLAS needs for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from reprolint.rules.rule import Problem, Rule, where_it_starts, witness
from reprolint.rules.wording import page, switching

if TYPE_CHECKING:
    from reprolint.trace.story import Event, Story
    from reprolint.versions import Version

NOT_NEEDED_FROM: Final[Version] = (2, 10)
"""The first torch that does not check for the variable any more: https://github.com/pytorch/pytorch/pull/161749."""

_VARIABLE: Final = b"CUBLAS_WORKSPACE_CONFIG"


def check(story: Story) -> Iterable[Problem]:
    if story.torch is None or story.torch >= NOT_NEEDED_FROM:
        return
    if story.gave_up or story.on_cuda is None or not story.runs_networks:
        return
    end = story.end()
    if "on" not in end.flag("deterministic_algorithms") or end.flag("deterministic_algorithms") & {"off", "unknown"}:
        return
    if end.flag("cublas_workspace") & {"on", "unknown"}:
        return
    wrong = last(story, "cublas_workspace", "off")
    if wrong is None and any(_VARIABLE in module.text for module in story.modules):
        return  # set for another process, asked for, or left to the shell: whoever wrote this knows of it
    switch = last(story, "deterministic_algorithms", "on")
    if switch is None:
        return
    version = ".".join(map(str, story.torch))
    lacks = "sets it to another value ({wrong})" if wrong is not None else "does not set it"
    yield Problem(
        f"`{switching(switch)}` ({{on}}) needs `CUBLAS_WORKSPACE_CONFIG` to be `:4096:8` or `:16:8` with torch {version}, and the"
        f" program {lacks}: its first matrix product on CUDA raises an error, or only warns and may differ between runs with"
        ' `warn_only=True`. Set `os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"` first, or set it in the shell before starting Python.',
        where_it_starts(story, switch.chain), witness(switch),
        named={"on": switch.place} | ({"wrong": wrong.place} if wrong is not None else {}),
    )  # fmt: skip


def last(story: Story, flag: str, state: str) -> Event | None:
    """The last event that set a switch."""
    return next(
        (event for event in reversed(story.events) if event.kind == "flag" and event.name == flag and event.detail == state),
        None,
    )


RULES = (
    Rule(
        "RPL305",
        "cublas-workspace",
        "warning",
        page(
            "Deterministic algorithms are asked for without the variable that cuBLAS needs for them.",
            "Reports a program that can run networks on CUDA and ends with `torch.use_deterministic_algorithms(True)` in force, where\n"
            "nothing in it sets the environment variable `CUBLAS_WORKSPACE_CONFIG` to `:4096:8` or `:16:8`. Only where the project runs on a\n"
            'torch before 2.10: that is what `target-torch = "2.4"` in the settings says, or the requirements of the project\n'
            "(`torch==2.4.1`, `torch<2.6`).",
            "Without the variable, cuBLAS may choose its workspaces differently in every run. PyTorch before 2.10 therefore checks for it: the\n"
            "first matrix product on CUDA raises a RuntimeError, or warns and goes on with `warn_only=True`. PyTorch 2.10 dropped the check, since\n"
            "it gives cuBLAS a workspace for each handle and stream itself (https://github.com/pytorch/pytorch/pull/161749). See\n"
            "https://docs.nvidia.com/cuda/cublas/index.html#results-reproducibility.",
            'import torch\n\ntorch.use_deterministic_algorithms(True)\nmodel = torch.nn.Linear(16, 1).to("cuda")',
            'import os\n\nimport torch\n\nos.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"\ntorch.use_deterministic_algorithms(True)\n'
            'model = torch.nn.Linear(16, 1).to("cuda")',
            "Where no torch before 2.10 is asked for. Where the program, or a library that it calls (`Trainer(deterministic=True)`,\n"
            '`enable_full_determinism`, `reprolint.runtime.set_seed(deterministic="strict")`), sets the variable, however late: PyTorch reads\n'
            "it at the first matrix product on CUDA, not when CUDA starts. Where the program's text speaks of the variable at all, in a check\n"
            "or a comment, which is how programs say that the shell sets it. A shell script that sets it is not read.",
            'Safe: `os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")` directly above the statement that switches the algorithms on. A\n'
            "value from the shell keeps the last word.",
        ),
        check,
        fix="safe",
    ),
)
