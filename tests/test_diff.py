"""What a fix changes, as unified diffs that the usual tools take."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprolint.reports.diff import render


def test_a_change_is_shown_with_three_lines_around() -> None:
    before = "".join(f"line {number}\n" for number in range(1, 10))
    after = before.replace("line 5\n", "line five\nline 5.5\n")
    assert render([("src/x.py", before, after)], color=False) == (
        "--- src/x.py\n"
        "+++ src/x.py\n"
        "@@ -2,7 +2,8 @@\n"
        " line 2\n line 3\n line 4\n"
        "-line 5\n"
        "+line five\n"
        "+line 5.5\n"
        " line 6\n line 7\n line 8\n"
    )


def test_pieces_follow_one_another_and_a_cell_is_named() -> None:
    got = render([("n.ipynb:cell 3", "", "a\n"), ("n.ipynb:cell 4", "b\n", "b\n"), ("x.py", "a\n", "")], color=False)
    assert got == (
        "--- n.ipynb:cell 3\n+++ n.ipynb:cell 3\n@@ -0,0 +1 @@\n+a\n"  # nothing of cell 4: it is as it was
        "--- x.py\n+++ x.py\n@@ -1 +0,0 @@\n-a\n"
    )
    assert render([], color=False) == ""


def test_a_missing_newline_is_said() -> None:
    got = render([("x.py", "a\nb", "a\nc")], color=False)
    assert got.endswith("-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n")


def test_colours_are_those_of_git_and_nothing_else_steers_the_terminal() -> None:
    got = render([("x\x1b.py", "-- a\r\n\x1b[2J\n\tb", "\x1b[2J\n\tb\n")], color=True)
    assert got == (
        "\x1b[1m--- x\N{REPLACEMENT CHARACTER}.py\x1b[0m\n"
        "\x1b[1m+++ x\N{REPLACEMENT CHARACTER}.py\x1b[0m\n"
        "\x1b[36m@@ -1,3 +1,2 @@\x1b[0m\n"
        "\x1b[31m--- a\x1b[0m\n"
        " \N{REPLACEMENT CHARACTER}[2J\n"
        "\x1b[31m-\tb\x1b[0m\n"
        "\\ No newline at end of file\n"
        "\x1b[32m+\tb\x1b[0m\n"
    )


@given(st.text(), st.text(), st.text())
def test_a_coloured_diff_says_what_the_plain_one_says(label: str, before: str, after: str) -> None:
    piece = (label, before, after)
    plain, coloured = render([piece], color=False), render([piece], color=True)
    assert len(re.findall("\n", plain)) == len(re.findall("\n", coloured))
    assert not re.search(r"\x1b(?!\[(?:0|1|3[126])m)", coloured)


PATCH = ["patch", "-p0", "--quiet"]
GIT = ["git", "apply", "-p0", "--whitespace=nowarn"]


def applied(tool: list[str], folder: Path, name: str, before: str, diff: str) -> str:
    """What a tool makes of a file."""
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(before.encode())
    done = subprocess.run(tool, cwd=folder, input=diff.encode(), capture_output=True)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return file.read_bytes().decode()


@pytest.fixture(params=[PATCH, GIT], ids=["patch", "git"])
def tool(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    command: list[str] = request.param
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))  # a repository around would be looked at
    return command


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\n", "a\nx\nb\n"),
        ("a\nb", "a\nb\nx"),
        ("a\nb", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        ("a\r\nb\r\n", "a\r\nx\r\nb\r\n"),
        ("a\r\nb\n", "a\r\nb\nc\r\nd"),
        ("a\rb\rc\n", "a\rx\rc\n"),
        ("\ufeffa\nb\n", "\ufeffx\na\nb\n"),
        ("a\x0cb\u2028c\x1c\x85é\n", "a\x0cb\u2028c\x1c\x85è\n"),
        ("-- a\n++ b\n\\ c\n@@ d\n", "++ b\n\\ c\n@@ -1 +1 @@\n--- e\n"),
        (" \n\n\t\nx\n", " \n\ny\n\t\n"),
        ("", "a\n"),
    ],
)
@pytest.mark.parametrize("name", ["x.py", "src/deep.py", "with two blanks.py", "ü.py"])
def test_tools_take_the_diff(tool: list[str], tmp_path: Path, name: str, before: str, after: str) -> None:
    assert applied(tool, tmp_path, name, before, render([(name, before, after)], color=False)) == after


LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "d\re\n", " \n", "-- f\n", "é\x0c\n"]), max_size=12)


@given(LINES, LINES, st.sampled_from(["", "x", "x\r"]), st.sampled_from(["", "x", "x\r"]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tools_take_any_diff(
    tool: list[str], tmp_path: Path, before: list[str], after: list[str], old_end: str, new_end: str
) -> None:
    old, new = f"start\n{''.join(before)}{old_end}", f"start\n{''.join(after)}{new_end}"
    if old != new:
        assert applied(tool, tmp_path, "x.py", old, render([("x.py", old, new)], color=False)) == new
