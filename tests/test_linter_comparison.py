"""docs/comparison.md says of reprolint what is measured here; the other columns need linters that the tests do without."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import ROOT

SCRIPT = ROOT / "tools" / "compare_linters.py"
DOCUMENT = ROOT / "docs" / "comparison.md"
LIGHT = {"numpy"}
"""Libraries that take no time to import: programs with others are run by hand, with the whole table."""

pytestmark = pytest.mark.skipif(not (SCRIPT.exists() and DOCUMENT.exists()), reason="a source distribution has neither of them")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare_linters", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["compare_linters"] = module  # dataclasses look there for their annotations
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def document(tool: Any) -> Any:
    return tool.read_table(DOCUMENT.read_text(encoding="utf-8"))


def test_our_column_is_current() -> None:
    """A process for each program and feature: about a minute."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--no-runs", "--check", str(DOCUMENT)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )
    assert done.stderr == ""
    differing = done.stdout.splitlines()
    if importlib.util.find_spec("pygls") is None:
        differing = [line for line in differing if not line.startswith("reprolint, language server")]
    if importlib.util.find_spec("numpy") is None:
        differing = [line for line in differing if not line.startswith("reprolint, programs above that its fix")]
    assert differing == [], "python tools/compare_linters.py --no-runs --no-times --write docs/comparison.md"


def test_two_runs_are_as_the_document_says(tool: Any, document: Any) -> None:
    """What the marks claim, shown by running; for the programs that need no more than NumPy."""
    light = [one for one in tool.PROGRAMS if set(one.libraries()) <= LIGHT]
    assert len(light) > 15
    found = {one.title: tool.two_runs(one, [sys.executable]) for one in light}
    for title, cell in found.items():
        assert cell in (None, document[tool.RUNS][title]), title


def test_marks_and_runs_agree(tool: Any, document: Any) -> None:
    """A program that gives two results has a mark. Without a mark, it gives one."""
    repeats = {"`worker_init_fn` gives each worker the same seed, in each epoch", "`--seed` is an option that nothing reads"}
    for one in tool.PROGRAMS:
        cell = document[tool.RUNS][one.title]
        if one.hardware:
            assert cell == f"not run: needs {one.hardware}"
        else:
            assert cell == ("differ" if one.marks() and one.title not in repeats else "same"), one.title


def test_programs_are_well_formed(tool: Any, tmp_path: Path) -> None:
    titles = [one.title for one in tool.PROGRAMS]
    assert len(titles) == len(set(titles))
    for one in (*tool.PROGRAMS, tool.SCATTERED):
        files = one.files()
        assert files and not any("#!" in text for text in files.values()), one.title
        for path, text in files.items():
            if path.endswith(".py"):
                ast.parse(text)
        for path, _, _ in one.marks():
            assert path in files


def test_every_cell_of_the_document_is_filled(tool: Any, document: Any) -> None:
    programs = [row.title for row in tool.PROGRAMS]
    features = [row.title for row in tool.FEATURES]
    assert set(document) == {tool.RUNS, *(one.name for one in tool.TOOLS)}
    for name, column in document.items():
        assert list(column) == (programs if name == tool.RUNS else programs + features), name
        assert all(column.values()), name
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"{tool.START}\n\n{tool.table(document)}\n\n{tool.END}" in text
    assert not any(folder in text for folder in ("/work/", "/home/", "/root/", "/tmp/"))


def test_differences_are_named(tool: Any, document: Any) -> None:
    ours = dict(document["reprolint"])
    assert list(tool.differences(document, {"reprolint": ours})) == []
    title = tool.PROGRAMS[0].title
    ours[title] = "no"
    ours["version"] = "another one"
    assert [line.partition(":")[0] for line in tool.differences(document, {"reprolint": ours})] == [f"reprolint, {title}"]
    strange = {**document, "nobody": {"nothing": "yes"}}
    assert list(tool.differences(strange, {})) == [
        "nobody: a column that nothing measures",
        "nothing: a row that nothing measures",
    ]


@pytest.mark.parametrize(
    ("findings", "cell"),
    [
        ([("R1", "train.py", 6)], "line: `R1`"),
        ([("R1", "train.py", 6), ("R1", "train.py", 2), ("R2", "train.py", 6)], "line: `R1`"),
        ([("R1", "train.py", None)], "file: `R1`"),
        ([("R1", None, None)], "folder: `R1`"),
        ([("R1", "train.py", 2)], "other line: `R1`"),
        ([("R1", "model.py", 6)], "other file: `R1`"),
        ([("R2", "train.py", 6), ("R9", "train.py", 6)], "no (`R2`)"),
        ([("R9", "train.py", 6)], "no"),
        ([], "no"),
    ],
)
def test_where_a_finding_counts(findings: list[tuple[str, str | None, int | None]], cell: str, tool: Any) -> None:
    known = {"R1": frozenset({"python"}), "R2": frozenset({"cuda"})}

    class Fake:
        tool = type("Rules", (), {"topics": staticmethod(known.get)})

        def findings(self, folder: Path) -> list[Any]:
            return [module.Finding(*one) for one in findings]

    module = tool
    assert {line for _, _, line in tool.PROGRAMS[0].marks()} == {6, 11}
    assert tool.verdict(Fake(), tool.PROGRAMS[0]) == cell


def test_a_finding_about_a_clean_program_is_a_false_alarm(tool: Any) -> None:
    clean = next(one for one in tool.PROGRAMS if not one.marks())
    assert tool.right("quiet (`R2`)", clean) and not tool.right("false alarm: `R1`", clean)
    problem = tool.PROGRAMS[0]
    assert tool.right("folder: `R1`", problem) and not tool.right("other line: `R1`", problem)


@pytest.mark.parametrize(
    ("reader", "output", "found"),
    [
        ("read_mlcheck", "# a.py\n[WARNING] MISSING_SEED (line 3): text\n[INFO] REPRO_OK: text\n# b.py\n[WARNING] MISSING_TORCH_SEED: text\n",
         [("MISSING_SEED", "a.py", 3), ("REPRO_OK", "a.py", None), ("MISSING_TORCH_SEED", "b.py", None)]),
        ("read_other", "│ Check │ Category │ Result │ Score │\n│ Random seeds    │ Stochasticity  │ FAIL   │  0/25 │\n"
         "│ Hardcoded paths │ Code Quality   │ PASS   │ 15/15 │\n", [("Random seeds", None, None)]),
        ("read_semgrep", '{"results": [{"check_id": "a.b.rule-name", "path": "./a.py", "start": {"line": 2}, "end": {"line": 2}}]}',
         [("rule-name", "a.py", 2)]),
        ("read_pylint", '[{"message-id": "W5511", "path": "a.py", "line": 1, "column": 0, "obj": ""},'
         ' {"message-id": "W5509", "path": "a.py", "line": 3, "column": 0, "obj": ""}]', [("W5511", "a.py", None), ("W5509", "a.py", 3)]),
    ],
)  # fmt: skip
def test_what_other_tools_print(reader: str, output: str, found: list[tuple[str, str | None, int | None]], tool: Any) -> None:
    assert [(one.code, one.path, one.line) for one in getattr(tool, reader)(output)] == found
