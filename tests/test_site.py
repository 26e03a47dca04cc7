"""The documentation: pages that the site needs, hooks and the action as their users read them."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from conftest import ROOT

from reprolint.rules import ALL


def site() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_builder", ROOT / "tools/site.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_of_the_navigation_is_there(tmp_path: Path) -> None:
    builder = site()
    builder.lay_out(tmp_path)
    assert [page for _, page in builder.NAVIGATION if not (tmp_path / page).is_file()] == []
    assert [rule.code for rule in ALL if not (tmp_path / f"rules/{rule.code}.md").is_file()] == []
    known = {page for _, page in builder.NAVIGATION} | {f"rules/{rule.code}.md" for rule in ALL}
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")} == known


def test_the_knowledge_page_says_how_each_row_is_known() -> None:
    rows = [line for line in site().knowledge_page().splitlines() if line.startswith("| `")]
    assert len(rows) > 500
    assert all(re.search(r"\| (measured|source|docs) ?[^|]*\|$", row) for row in rows)


def test_the_story_on_the_page_is_what_trace_prints() -> None:
    page = (ROOT / "docs/why.md").read_text("utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "reprolint", "trace", "--isolated", "examples/spirals/train.py"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() in page


def hooks() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_a_hook_takes_the_names_that_pre_commit_passes(hook: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import random\n\nrandom.seed(0)\nprint(random.random())\n", "utf-8")
    command = [sys.executable, "-m", *hook["entry"].split(), "train.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "train.py").write_text("import random\n\nprint(random.random())\n", "utf-8")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).returncode == 1
    assert hook["require_serial"] and hook["types_or"] == ["python", "pyi", "jupyter"]


def test_the_action_uses_only_its_own_inputs() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    action = yaml.safe_load(text)
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(action["inputs"])
    for step in action["runs"]["steps"]:
        # What a user passes must not become part of a script.
        assert "inputs." not in step.get("run", "")
        assert "run" not in step or step["shell"] == "bash"
