"""The programs under ``tests/programs``: how they are run, copied, checked and fixed."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PROGRAMS: Final = Path(__file__).resolve().parent / "programs"
NAMES: Final = sorted(path.parent.name for path in PROGRAMS.glob("*/case.json"))

FILESYSTEM: Final = Path(__file__).resolve().parent / "filesystem"
"""On the path of programs under test: lists folders in another order for each run."""

RUN_TIMEOUT: Final = 180

LIBRARIES: Final = ("numpy", "pandas", "scipy", "sklearn", "torch")
"""What any program may import without saying so in ``needs``."""

NOTEBOOK_RUNNER: Final = """
import json, sys
path, *sys.argv[1:] = sys.argv[1:]
with open(path, encoding="utf-8-sig") as file:
    document = json.load(file)
namespace = {"__name__": "__main__"}
for cell in document.get("cells") or document["worksheets"][0]["cells"]:
    if cell["cell_type"] != "code":
        continue
    source = cell.get("source", cell.get("input", ""))
    lines = ("".join(source) if isinstance(source, list) else source).split("\\n")
    code = "\\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)
    exec(compile(code, "<cell>", "exec"), namespace)
"""
"""Runs the code cells of a notebook one after the other, without magics and shell commands."""

Digests = tuple[str, str]


def case_of(name: str) -> dict[str, Any]:
    """What ``case.json`` says of a program."""
    case: dict[str, Any] = json.loads((PROGRAMS / name / "case.json").read_text(encoding="utf-8"))
    return case


def environment(hash_seed: int) -> dict[str, str]:
    """The variables that a program runs with: each number stands for another hash seed and another order of folders' files."""
    env = dict(os.environ)
    env.update(
        HF_HUB_OFFLINE="1",
        LISTING_ORDER=str(hash_seed),
        OMP_NUM_THREADS="1",
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONHASHSEED=str(hash_seed),
        PYTHONPATH=os.pathsep.join([str(ROOT / "src"), str(FILESYSTEM), *filter(None, [os.environ.get("PYTHONPATH")])]),
    )
    return env


def sources(folder: Path) -> Iterator[str]:
    """The text of the Python files and notebooks of a folder."""
    for path in sorted(folder.rglob("*.py")):
        with tokenize.open(path) as file:
            yield file.read()
    for path in sorted(folder.rglob("*.ipynb")):
        yield path.read_text(encoding="utf-8-sig")


@functools.cache
def missing(name: str) -> str:
    """Why a program cannot be run here: the packages that it needs and that are not installed; empty if it can."""
    source = "\n".join(sources(PROGRAMS / name))
    used = [package for package in LIBRARIES if f"import {package}" in source or f"from {package}" in source]
    absent = [package for package in (*case_of(name).get("needs", ()), *used) if importlib.util.find_spec(package) is None]
    return f"needs {', '.join(absent)}" if absent else ""


def digest(name: str, folder: Path, hash_seed: int) -> str:
    """Run a program in a process of its own and give its last line.

    :raises AssertionError: if it fails, or ends with something else than a digest.
    """
    case = case_of(name)
    runner = ["-c", NOTEBOOK_RUNNER] if case["entry"].endswith(".ipynb") else []
    done = subprocess.run(
        [sys.executable, *runner, case["entry"], *case["args"]],
        cwd=folder / case["cwd"],
        env=environment(hash_seed),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=RUN_TIMEOUT,
    )
    assert done.returncode == 0, f"{name} failed:\n{done.stderr[-2000:]}"
    last = (done.stdout.strip().splitlines() or [""])[-1]
    assert last.startswith("DIGEST "), f"{name} ends with {last!r}"
    return last


def digests(name: str, folder: Path) -> Digests:
    """What two runs give, each with its own hash seed."""
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(functools.partial(digest, name, folder), (1, 2))
    return first, second


def reprolint(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run the command line in a folder, in a process of its own.

    :param arguments: a command that writes findings as JSON, without that option.
    :returns: the findings that are left.
    """
    done = subprocess.run(
        [sys.executable, "-m", "reprolint", *arguments, "--isolated", "--no-cache", "--output-format", "json", "."],
        cwd=folder,
        env=environment(0),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=RUN_TIMEOUT,
    )
    assert done.returncode in (0, 1) and done.stdout, f"exit {done.returncode}: {done.stderr[-2000:]}"
    payload = json.loads(done.stdout)
    findings: list[dict[str, Any]] = payload if isinstance(payload, list) else payload["findings"]
    return findings
