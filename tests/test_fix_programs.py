"""What ``reprolint fix`` makes of the programs under ``tests/programs``, each run twice afterwards."""

from __future__ import annotations

import codecs
import functools
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from running import NAMES, PROGRAMS, Digests, case_of, digests, missing, reprolint

from reprolint.config import Settings
from reprolint.engine import check
from reprolint.fixer import fix
from reprolint.rules import ALL

VARYING, LOCAL = "varying-seed", "local-generator-unseeded"

SEEDED_FROM_A_DRAW: Final = frozenset({"dcgan_manual_seed"})
"""Programs whose varying seed is drawn from a generator that only has to be seeded first, which is safe."""

ODD_MODE: Final = 0o754

Files = dict[str, bytes]


def local_generators_are_fixed() -> bool:
    return {"RPL201", "RPL202"} <= {rule.code for rule in ALL}


def has_category(name: str, category: str) -> bool:
    return category in case_of(name)["categories"]


def is_clean(name: str) -> bool:
    clean: bool = case_of(name)["clean"]
    return clean


def needs_unsafe(name: str) -> bool:
    return has_category(name, VARYING) and name not in SEEDED_FROM_A_DRAW


def is_left_alone(name: str) -> bool:
    """Whether nothing can be done yet, or only what its author has to decide."""
    return not case_of(name)["fix_expected"] or (has_category(name, LOCAL) and not local_generators_are_fixed())


NOT_CLEAN: Final = [name for name in NAMES if not is_clean(name)]
FIXED: Final = [name for name in NOT_CLEAN if not is_left_alone(name)]


def files_of(folder: Path) -> Files:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@dataclass(frozen=True)
class Outcome:
    """One program after a fix.

    :ivar before: all its files, by path; ``after`` the same.
    :ivar modes: files whose permissions differ from those that they had.
    :ivar left: what the fix says is left; ``again`` what another one would change.
    """

    folder: Path
    before: Files
    after: Files
    modes: tuple[str, ...]
    left: tuple[dict[str, Any], ...]
    again: tuple[str, ...]

    @property
    def changed(self) -> list[str]:
        return sorted(path for path in self.before.keys() | self.after.keys() if self.before.get(path) != self.after.get(path))


def outcome_in(folder: Path, name: str, unsafe: bool) -> Outcome:
    case = case_of(name)
    shutil.copytree(PROGRAMS / name, folder, ignore=shutil.ignore_patterns("case.json", "__pycache__"))
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(ODD_MODE)
    before = files_of(folder)
    home = folder / case["cwd"]
    left = reprolint(home, "fix", *(["--unsafe-fixes"] if unsafe else []))
    after = files_of(folder)
    modes = [path for path in after if (folder / path).stat().st_mode & 0o777 != ODD_MODE]
    again = fix([home], Settings(), home, unsafe=unsafe)
    return Outcome(folder, before, after, tuple(modes), tuple(left), tuple(one.shown for one in again.changed))


Fix = Callable[[str, bool], Outcome]


@pytest.fixture(scope="session")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Fix:
    """A program after a fix, safe or with all fixes; each is made once."""

    @functools.cache
    def outcome(name: str, unsafe: bool) -> Outcome:
        return outcome_in(tmp_path_factory.mktemp(name) / "program", name, unsafe)

    return outcome


@pytest.fixture(scope="session")
def runs(fixed: Fix) -> Callable[[str, bool], Digests]:
    """What two runs of a fixed program give; each program is run twice in all."""

    @functools.cache
    def both(name: str, unsafe: bool) -> Digests:
        return digests(name, fixed(name, unsafe).folder)

    return both


def concerns(name: str, code: str, entry: str | None) -> bool:
    """Whether a finding is one of those that a program's fix is about: helpers may be programs of their own."""
    about_program = code.startswith("RPL1") and entry == case_of(name)["entry"]
    return about_program or (code.startswith("RPL2") and has_category(name, LOCAL))


@pytest.mark.parametrize("name", [name for name in NAMES if is_clean(name)])
def test_a_clean_program_is_not_touched(name: str, fixed: Fix) -> None:
    outcome = fixed(name, True)
    assert outcome.changed == []
    assert outcome.again == ()


@pytest.mark.parametrize("name", [name for name in NOT_CLEAN if is_left_alone(name) or needs_unsafe(name)])
def test_safe_fixes_leave_alone_what_they_cannot_settle(name: str, fixed: Fix) -> None:
    assert fixed(name, False).changed == []


@pytest.mark.parametrize("name", FIXED)
def test_a_fixed_program_checks_clean(name: str, fixed: Fix) -> None:
    outcome = fixed(name, needs_unsafe(name))
    assert outcome.changed
    assert [one["message"] for one in outcome.left if concerns(name, one["code"], one["entry"])] == []
    home = outcome.folder / case_of(name)["cwd"]
    found = check([home], Settings(), home).findings
    assert [one.message for one in found if concerns(name, one.code, one.entry)] == []


@pytest.mark.parametrize("name", FIXED)
def test_fixing_again_changes_nothing(name: str, fixed: Fix) -> None:
    assert fixed(name, needs_unsafe(name)).again == ()


@pytest.mark.parametrize("name", FIXED)
def test_two_runs_of_a_fixed_program_are_the_same(name: str, runs: Callable[[str, bool], Digests]) -> None:
    if missing(name):
        pytest.skip(missing(name))
    first, second = runs(name, needs_unsafe(name))
    assert first == second


def test_safe_fixes_settle_all_that_they_are_meant_to(runs: Callable[[str, bool], Digests]) -> None:
    """The share of the programs that differ and that safe fixes make repeatable."""
    meant = [
        name
        for name in NOT_CLEAN
        if case_of(name)["fix_expected"] and not has_category(name, VARYING) and not has_category(name, LOCAL)
    ]
    runnable = [name for name in meant if not missing(name)]
    if not runnable:
        pytest.skip("none of the programs can be run here")
    differing = []
    for name in runnable:
        try:
            first, second = runs(name, False)
        except AssertionError as error:
            differing.append(f"{name}: {error}")
            continue
        if first != second:
            differing.append(name)
    share = 1 - len(differing) / len(runnable)
    assert share == 1.0, differing


# What a fix keeps of a file.


@pytest.mark.parametrize("name", FIXED)
def test_a_fix_keeps_mode_encoding_and_line_ends(name: str, fixed: Fix) -> None:
    outcome = fixed(name, needs_unsafe(name))
    assert outcome.modes == ()
    assert outcome.before.keys() == outcome.after.keys()
    for path in outcome.changed:
        before, after = outcome.before[path], outcome.after[path]
        assert after.startswith(codecs.BOM_UTF8) == before.startswith(codecs.BOM_UTF8), path
        assert line_ends(after) == line_ends(before), path
        assert after.endswith(b"\n") == before.endswith(b"\n"), path
        cookie = coding_of(before)
        assert coding_of(after) == cookie, path
        after.decode(cookie or "utf-8-sig")
        if not path.endswith(".ipynb"):
            # Nothing was decoded in one way and encoded in another.
            odd = [line for line in before.splitlines() if not line.isascii()]
            assert [line for line in after.splitlines() if not line.isascii()] == odd, path


def line_ends(data: bytes) -> set[bytes]:
    return set(re.findall(rb"\r\n|\r|\n", data))


def coding_of(data: bytes) -> str | None:
    found = re.search(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", b"\n".join(data.splitlines()[:2]), re.MULTILINE)
    return found[1].decode() if found else None


@pytest.mark.parametrize("name", [name for name in FIXED if case_of(name)["entry"].endswith(".ipynb")])
def test_a_fix_keeps_a_notebook_outside_of_the_cells_that_it_changes(name: str, fixed: Fix) -> None:
    outcome = fixed(name, needs_unsafe(name))
    assert outcome.changed == [case_of(name)["entry"]]
    before, after = (files[case_of(name)["entry"]].decode("utf-8-sig") for files in (outcome.before, outcome.after))
    old, new = json.loads(before), json.loads(after)
    assert len(old["cells"]) == len(new["cells"])
    touched = [number for number, cell in enumerate(old["cells"]) if cell != new["cells"][number]]
    assert touched
    for number in touched:
        assert old["cells"][number]["cell_type"] == "code"
        assert type(old["cells"][number]["source"]) is type(new["cells"][number]["source"])
        assert {**old["cells"][number], "source": ""} == {**new["cells"][number], "source": ""}
    assert {**old, "cells": []} == {**new, "cells": []}
    assert list(keys_of(old)) == list(keys_of(new))
    # The same text around the cells: indents, escapes, order.
    first, last = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for document, lines in (
        (old, [line for line in first if line not in last]),
        (new, [line for line in last if line not in first]),
    ):
        cells = [document["cells"][number] for number in touched]
        written = [json.dumps(text, ensure_ascii=False)[1:-1] for cell in cells for text in texts(cell)]
        assert all(any(text in line for text in written) for line in lines), lines


def keys_of(value: Any) -> list[str]:
    """All keys of a document in the order in which they are written."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in (key, *keys_of(inner))]
    return [found for inner in value for found in keys_of(inner)] if isinstance(value, list) else []


def texts(cell: dict[str, Any]) -> list[str]:
    source = cell["source"]
    return [source] if isinstance(source, str) else source


def test_the_programs_have_what_a_fix_must_keep() -> None:
    """The tests above would say nothing without these."""
    data = {name: files_of(PROGRAMS / name) for name in FIXED}
    held = [content for files in data.values() for path, content in files.items() if path.endswith(".py")]
    assert any(content.startswith(codecs.BOM_UTF8) for content in held)
    assert any(line_ends(content) == {b"\r\n"} for content in held)
    assert any(coding_of(content) == "latin-1" and not content.isascii() for content in held)
    assert any(b"\n\t" in content for content in held)
    assert len([name for name in FIXED if case_of(name)["entry"].endswith(".ipynb")]) >= 2
