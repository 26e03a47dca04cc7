"""Small programs in Markdown (``tests/cases``): what is to be reported stands in the code, and nothing else may be.

A file holds several cases, each under a ``##`` heading. A case is one or several fenced code blocks; the line above a block
may name its file (```path.py```, `main.py` where there is none). Blocks with the same ``.ipynb`` path are the cells of one
notebook. ``# error: [RPL103]`` at the end of a line says what is reported there; several codes are separated by commas. For
RPL1xx the markers are the whole truth, other codes are looked for only where they are marked, or in all cases of a file that names
them above its first case (``Rules: RPL303, RPL304``), which also switches them on. A heading that ends in
``(known gap)`` is a case that the tool still gets wrong: it must fail, and shows up once it no longer does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reprolint.config import Settings
from reprolint.engine import check

CASES = Path(__file__).resolve().parent / "cases"
GAP = " (known gap)"

_MARKER = re.compile(r"# error: \[([A-Z0-9, ]+)\]\s*$")
_PATH = re.compile(r"^`([^`]+)`\s*$")

Expected = tuple[str, int | None, int, str]
"""Path, notebook cell, line, code."""


@dataclass
class Case:
    name: str
    line: int
    files: dict[str, list[str]] = field(default_factory=dict)
    """The blocks of each file; more than one only for the cells of a notebook."""
    rules: frozenset[str] = frozenset()
    """What the file that holds the case is about."""

    @property
    def gap(self) -> bool:
        return self.name.endswith(GAP)

    def expected(self) -> set[Expected]:
        found: set[Expected] = set()
        for path, blocks in self.files.items():
            for number, block in enumerate(blocks, 1):
                cell = number if path.endswith(".ipynb") else None
                for line, text in enumerate(block.split("\n"), 1):
                    marker = _MARKER.search(text)
                    if marker is not None:
                        found |= {(path, cell, line, code.strip()) for code in marker[1].split(",")}
        return found

    def write(self, folder: Path) -> None:
        for path, blocks in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.endswith(".ipynb"):
                target.write_text(_notebook(blocks), encoding="utf-8")
            else:
                target.write_text(blocks[0], encoding="utf-8")


def _notebook(cells: list[str]) -> str:
    shown: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": cell.rstrip("\n").splitlines(keepends=True),
        }
        for cell in cells
    ]
    return json.dumps({"cells": shown, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5})


def read(path: Path) -> list[Case]:
    cases: list[Case] = []
    name = ""
    rules: frozenset[str] = frozenset()
    block: list[str] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if block is not None:
            if line == "```":
                cases[-1].files.setdefault(name or "main.py", []).append("".join(f"{one}\n" for one in block))
                name, block = "", None
            else:
                block.append(line)
        elif line.startswith("## "):
            cases.append(Case(line[3:].strip(), number, rules=rules))
        elif line.startswith("Rules: ") and not cases:
            rules = frozenset(line.removeprefix("Rules: ").split(", "))
        elif line.startswith("```"):
            block = []
        elif named := _PATH.match(line):
            name = named[1]
    assert block is None, f"{path.name}: a code block is not closed"
    return cases


def parameters() -> list[object]:
    found: list[object] = []
    for path in sorted(CASES.glob("*.md")):
        for case in read(path):
            marks = (
                [pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"{path.name}:{case.line}")] if case.gap else []
            )
            found.append(pytest.param(case, id=f"{path.stem}: {case.name.removesuffix(GAP)}", marks=marks))
    return found


@pytest.mark.parametrize("case", parameters())
def test_case(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path)
    report = check([tmp_path], Settings(extend_select=tuple(case.rules)), cwd=tmp_path)
    expected = case.expected()
    others = {code for *_, code in expected if not code.startswith("RPL1")} | case.rules
    found = {
        (one.path, one.cell, one.span.line, one.code)
        for one in report.findings
        if one.code.startswith("RPL1") or one.code in others
    }
    told = "\n".join(f"{one.path}:{one.cell or ''}:{one.span.line} {one.code} {one.message}" for one in report.findings)
    assert found == expected, told


def test_every_case_has_code_and_its_own_name() -> None:
    names = [(path.name, case.name) for path in CASES.glob("*.md") for case in read(path)]
    assert len(names) == len(set(names))
    for path in CASES.glob("*.md"):
        for case in read(path):
            assert case.files, f"{path.name}:{case.line}"
            assert all(len(blocks) == 1 or file.endswith(".ipynb") for file, blocks in case.files.items()), (
                f"{path.name}:{case.line}"
            )
