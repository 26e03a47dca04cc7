"""Imports go one way, and what is dear is imported only where it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Run

from reprolint.rules import MODULES

PACKAGE = ROOT / "src" / "reprolint"

LAYERS = [
    {"", "model", "errors", "runtime", "versions", "usage", "console", "spread"},
    {"sources", "knowledge"},
    {"vendor"},
    {"facts"},
    {"program"},
    {"trace"},
    {"order"},
    {"rules"},
    {"fixes"},
    {"reports"},
    {"config"},
    {"suppression", "baseline", "results"},
    {"run"},
    {"engine"},
    {"fixer"},
    {"ignoring"},
    {"server", "verify"},
    {"commands"},
    {"cli"},
    {"__main__"},
]
"""From the bottom up; "" is the package itself. Parts of one layer do not know each other."""

RANK = {part: rank for rank, layer in enumerate(LAYERS) for part in layer}


def part_of(module: str) -> str:
    """``facts`` for ``reprolint.facts.parse``."""
    return module.partition(".")[2].partition(".")[0]


def modules() -> list[str]:
    out = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("reprolint", *path.relative_to(PACKAGE).with_suffix("").parts)
        out.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return out


def file_of(module: str) -> Path:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imports(module: str) -> Iterator[str]:
    """Every module that a module imports, wherever in it; ``from package import submodule`` as the submodule."""
    known = set(modules())
    for node in ast.walk(ast.parse(file_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative import"
            assert node.module is not None
            for alias in node.names:
                dotted = f"{node.module}.{alias.name}"
                yield dotted if dotted in known else node.module


@pytest.mark.parametrize("module", modules())
def test_imports_go_down(module: str) -> None:
    part = part_of(module)
    assert part in RANK, f"{part} has no layer yet"
    for target in imports(module):
        if target.partition(".")[0] != "reprolint":
            continue
        other = part_of(target)
        if part == "reports":
            assert other in ("reports", "model"), f"{module} imports {target}: reports know only findings"
        elif other != part:
            assert RANK[other] < RANK[part], f"{module} imports {target}"


def test_the_runtime_imports_nothing_of_ours() -> None:
    assert not [target for target in imports("reprolint.runtime") if target.partition(".")[0] == "reprolint"]


@pytest.mark.parametrize("module", modules())
def test_only_facts_know_libcst(module: str) -> None:
    if part_of(module) != "facts":
        assert not [target for target in imports(module) if target.partition(".")[0] == "libcst"]


@pytest.mark.parametrize("module", modules())
def test_only_the_server_knows_its_protocol(module: str) -> None:
    if part_of(module) != "server":
        assert not [target for target in imports(module) if target.partition(".")[0] in ("pygls", "lsprotocol")]


def imported(run: Run, *arguments: str) -> set[str]:
    done = run(*arguments, python=("-X", "importtime"))
    assert done.returncode == 0, done.stderr[-2000:]
    return named(done.stderr)


def named(times: str) -> set[str]:
    """The modules of which ``-X importtime`` says how long they took."""
    return {line.rpartition("|")[2].strip() for line in times.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["rules"], ["rule", "RPL103"]])
def test_what_needs_no_analysis_starts_quickly(reprolint: Run, arguments: list[str]) -> None:
    names = imported(reprolint, *arguments)
    assert "reprolint.cli" in names
    dear = {
        "libcst",
        "yaml",
        "tomllib",
        "tomli",
        "reprolint.knowledge",
        "reprolint.facts.extract",
        "reprolint.engine",
        "pygls",
        "lsprotocol",
        "reprolint.verify",
    }
    assert not names & dear


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["verify", "--help"]])
def test_what_only_describes_the_command_line_imports_little(reprolint: Run, arguments: list[str]) -> None:
    """Neither rules nor findings; and of the standard library nothing dear that click does without."""
    names = imported(reprolint, *arguments)
    formats = {"reprolint.reports", "reprolint.reports.formats"} if arguments[0] == "check" else set()
    expected = {"reprolint", "reprolint.cli", "reprolint.console", "reprolint.errors", "reprolint.usage"} | formats
    assert {name for name in names if name.partition(".")[0] == "reprolint"} == expected
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import click"], capture_output=True, text=True, check=True
    )
    assert not (names - named(done.stderr)) & {"dataclasses", "pathlib", "json"}


@pytest.mark.parametrize("code", ["RPL103", "RPL301", "RPL901"])
def test_the_page_of_a_rule_needs_the_module_of_that_rule(reprolint: Run, code: str) -> None:
    names = {name for name in imported(reprolint, "rule", code) if name.partition(".")[0] == "reprolint"}
    assert {name for name in names if part_of(name) == "rules"} <= {
        "reprolint.rules",
        "reprolint.rules.rule",
        "reprolint.rules.wording",
        f"reprolint.rules.{MODULES[code]}",
    }
    assert {part_of(name) for name in names} <= {"", "cli", "console", "errors", "rules", "usage"}


@pytest.mark.parametrize("arguments", [["rule", "--all"], ["config"], ["check", "--show-files"]])
def test_what_reads_no_programs_parses_none(reprolint: Run, arguments: list[str]) -> None:
    names = imported(reprolint, *arguments)
    assert "reprolint.rules" in names
    assert not names & {"libcst", "yaml", "reprolint.knowledge", "reprolint.facts.extract", "reprolint.engine"}


@pytest.mark.parametrize("arguments", [["check", "."], ["trace", "train.py"]])
def test_the_programs_under_analysis_are_never_imported(reprolint: Run, arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("raise SystemExit('imported')\n")
    for name in ("torch", "numpy", "click", "random"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')\n")
    done = reprolint(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
