"""The edits of ``check --output-format json``, put in by somebody who knows only lines and columns, are what ``fix`` does."""

from __future__ import annotations

import io
import json
import shutil
import tokenize
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from reprolint import engine, fixer
from reprolint.config import Settings
from reprolint.reports import json as report

PROGRAMS = sorted(path.parent for path in (ROOT / "tests" / "programs").glob("*/case.json"))
ROUNDS = 10

Edit = dict[str, Any]


def texts_of(folder: Path) -> dict[str, Any]:
    """What every file says: the text of a Python file with its own line ends, the sources of a notebook's cells."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".py":
            data = path.read_bytes()
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            found[path.relative_to(folder).as_posix()] = data.decode(encoding.replace("-sig", ""))
        elif path.suffix == ".ipynb":
            cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
            found[path.relative_to(folder).as_posix()] = ["".join(cell["source"]) for cell in cells]
    return found


def edited(text: str, edits: list[Edit], is_cell: bool) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] != "":
        lines.append("")
    starts = [sum(len(one) + 1 for one in lines[:number]) for number in range(len(lines) + 1)]
    whole = "\n".join(lines)
    places = [
        (starts[one["line"] - 1] + one["column"] - 1, starts[one["end_line"] - 1] + one["end_column"] - 1, one["replacement"])
        for one in edits
    ]
    # What is put in at one place stays in the order given.
    for begin, end, replacement in sorted(places, key=lambda place: place[:2])[::-1]:
        whole = whole[:begin] + replacement + whole[end:]
    if (text and not text.endswith(("\n", "\r\n"))) or (is_cell and not text):
        whole = whole.removesuffix("\n")
    return whole.replace("\n", newline)


def put_in(folder: Path, fixes: list[list[Edit]]) -> None:
    by_place: dict[tuple[str, int | None], list[Edit]] = {}
    for edits in fixes:
        for edit in edits:
            held = by_place.setdefault((edit["path"], edit["cell"]), [])
            if edit not in held:
                held.append(edit)
    for (name, cell), edits in by_place.items():
        path = folder / name
        if cell is None:
            data = path.read_bytes()
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            encoding = encoding.replace("-sig", "")
            path.write_bytes(edited(data.decode(encoding), edits, is_cell=False).encode(encoding))
        else:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
            source = "".join(document["cells"][cell - 1]["source"])
            document["cells"][cell - 1]["source"] = edited(source, edits, is_cell=True)
            path.write_text(json.dumps(document), encoding="utf-8")


def next_fixes(folder: Path) -> list[list[Edit]]:
    """A safe fix, if there is one: that of the most widely used file, as in `fixer`."""
    findings = [report.as_object(one) for one in engine.check([folder], Settings(), folder, fixes=True).findings]
    safe = [finding for finding in findings if finding["fix"] is not None and finding["fix"]["applicability"] == "safe"]
    if not safe:
        return []
    used = {(finding["entry"], step["path"]) for finding in findings for step in finding["trace"]}
    uses = Counter(path for _, path in used)
    first = min(safe, key=lambda finding: -max(uses[edit["path"]] for edit in finding["fix"]["edits"]))
    return [first["fix"]["edits"]]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_edits_by_hand(program: Path, tmp_path: Path) -> None:
    by_hand, by_fix = tmp_path / "hand", tmp_path / "fix"
    for folder in (by_hand, by_fix):
        shutil.copytree(program, folder, ignore=shutil.ignore_patterns("__pycache__", "outputs"))
    fixer.write(fixer.fix([by_fix], Settings(), by_fix).changed)
    for _ in range(ROUNDS):
        fixes = next_fixes(by_hand)
        if not fixes:
            break
        put_in(by_hand, fixes)
    assert texts_of(by_hand) == texts_of(by_fix)
