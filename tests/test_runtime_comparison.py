"""docs/runtime-comparison.md says of our runtime what is measured here; the other columns need libraries that the tests do without."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from conftest import ROOT

SCRIPT = ROOT / "tools" / "compare_runtimes.py"
DOCUMENT = ROOT / "docs" / "runtime-comparison.md"

pytestmark = pytest.mark.skipif(not (SCRIPT.exists() and DOCUMENT.exists()), reason="a source distribution has neither of them")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare_runtimes", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["compare_runtimes"] = module  # dataclasses look there for their annotations
    spec.loader.exec_module(module)
    return module


def test_our_column_is_current() -> None:
    """A process for each question: some twenty seconds."""
    pytest.importorskip("numpy")
    pytest.importorskip("torch")
    try:
        importlib.metadata.version("reprolint-seeding")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("reprolint is not installed here")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--tool", "reprolint.runtime", "--check", str(DOCUMENT)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    assert done.stderr == ""
    differing = [line for line in done.stdout.splitlines() if not line.startswith("reprolint.runtime, version")]
    assert differing == [], "python tools/compare_runtimes.py --tool reprolint.runtime --write docs/runtime-comparison.md"
    assert done.returncode in (0, 1)


def test_every_cell_of_the_document_is_filled(tool: Any) -> None:
    cells = tool.read_table(DOCUMENT.read_text(encoding="utf-8"))
    titles = [row.title for row in tool.ROWS]
    assert list(cells) == [one.name for one in tool.TOOLS]
    for name, column in cells.items():
        assert list(column) == titles, name
        assert all(column.values()), name
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"{tool.START}\n\n{tool.table(cells)}\n\n{tool.END}" in text
    assert not any(folder in text for folder in ("/work/", "/home/", "/root/", "/tmp/"))


def test_differences_are_named(tool: Any) -> None:
    document = tool.read_table(DOCUMENT.read_text(encoding="utf-8"))
    ours = dict(document["reprolint.runtime"])
    assert list(tool.differences(document, {"reprolint.runtime": ours})) == []
    ours["ranks"] = "none"
    assert [line.partition(":")[0] for line in tool.differences(document, {"reprolint.runtime": ours})] == [
        "reprolint.runtime, ranks"
    ]
    ours = {title: text for title, text in document["reprolint.runtime"].items() if "not checked" not in title}
    assert list(tool.differences(document, {"reprolint.runtime": ours})) == [], "what is noisy is not measured for a check"


@pytest.mark.parametrize(
    ("words", "result", "text"),
    [
        ("xla", {"installed": True, "imported": True}, "yes"),
        ("xla", {"installed": False, "imported": True}, "yes, once the program has started it"),
        ("xla", {"installed": False, "imported": False}, "no"),
        ("named", {"": "differ", "`a`": "differ"}, "differ"),
        ("named", {"": "same", "`a`": "differ"}, "same; `a`: differ"),
        ("named", {"": "same"}, "same"),
    ],
)
def test_words(words: str, result: Any, text: str, tool: Any) -> None:
    in_words: Callable[[Any], str] = getattr(tool, words)
    assert in_words(result) == text
