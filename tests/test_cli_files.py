"""Which files the command line looks at: named and walked, excluded and ignored, changed ones, and what stands on stdin."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from fixing import as_bytes

from reprolint import cli

UNSEEDED = "import random\n\nprint(random.random())\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def tree(root: Path, *names: str, **texts: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(UNSEEDED)
    for name, text in texts.items():
        (root / f"{name}.py").write_text(text)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    return (code, *capsys.readouterr())


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The files with findings."""
    found = json.loads(run(capsys, "check", "--output-format=json", *arguments)[1])
    return sorted({one["path"] for one in found})


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def piped(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], data: bytes, *arguments: str
) -> tuple[int, bytes, str]:
    monkeypatch.setattr("sys.stdin", Stdin(data))
    code = cli.main(arguments)
    out, err = capfdbinary.readouterr()
    return code, out, err.decode()


# Excluded


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ([], ["a b/c d.py", "a b/e.py", "f.py"]),
        (["--exclude", "a b"], ["build/g.py", "f.py"]),
        (["--exclude", "a b/c d.py,f.py"], ["a b/e.py", "build/g.py"]),
        (["--extend-exclude", "c d.py", "--extend-exclude=f.py"], ["a b/e.py"]),
        (["--extend-exclude", "*/e.py"], ["a b/c d.py", "f.py"]),
        (["--per-file-ignores", "a b/*:RPL1"], ["f.py"]),
        (["--per-file-ignores", "c d.py:RPL101,RPL3,f.py:unseeded-python"], ["a b/e.py"]),
        (["build", "f.py"], ["build/g.py", "f.py"]),
        (["build/g.py", "f.py", "--force-exclude"], ["f.py"]),
        (["build", "f.py", "--force-exclude"], ["f.py"]),
        (["build/g.py", "--force-exclude", "--no-force-exclude"], ["build/g.py"]),
        (["f.py", "--force-exclude", "--extend-exclude=f.py"], []),
    ],
)
def test_options_select_files(project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], left: list[str]) -> None:
    tree(project, "a b/c d.py", "a b/e.py", "f.py", "build/g.py")
    assert checked(capsys, *arguments) == left


def test_the_way_to_the_project_excludes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(tmp_path, "build/p/a.py", "build/p/build/b.py")
    (tmp_path / "build/p/pyproject.toml").write_text("[tool.reprolint]\nforce-exclude = true\n")
    top = tmp_path / "build/p"
    assert checked(capsys, str(top / "a.py")) == [str(top / "a.py")]
    assert checked(capsys, str(top / "build/b.py")) == []
    assert checked(capsys, str(top / "build/b.py"), "--no-force-exclude") == [str(top / "build/b.py")]
    (tmp_path / "settings.toml").write_text("force-exclude = true\n")
    settings = f"--config={tmp_path}/settings.toml"
    assert checked(capsys, str(top / "a.py"), settings) == [str(top / "a.py")], "settings that lie elsewhere"
    assert checked(capsys, str(top / "build/b.py"), settings) == []


def test_ignored_files_are_passed_over(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(project, "a.py", "gen/b.py", "gen/keep.py", "sub/c.py")
    (project / ".gitignore").write_text("gen/*\n!keep.py\n")
    (project / "sub/.gitignore").write_text("c.py\n")
    assert checked(capsys) == ["a.py", "gen/keep.py"]
    assert checked(capsys, "--no-respect-gitignore") == ["a.py", "gen/b.py", "gen/keep.py", "sub/c.py"]
    assert checked(capsys, "gen/b.py", "sub") == ["gen/b.py"]
    (project / "pyproject.toml").write_text("[tool.reprolint]\nrespect-gitignore = false\n")
    assert checked(capsys) == ["a.py", "gen/b.py", "gen/keep.py", "sub/c.py"]
    assert checked(capsys, "--respect-gitignore") == ["a.py", "gen/keep.py"]


def test_files_are_listed(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tree(project, "a b.py", "sub/c.py", "build/d.py", "e.txt", "ignored.py")
    (project / ".gitignore").write_text("ignored.py\n")
    assert run(capsys, "check", "--show-files") == (0, "a b.py\nsub/c.py\n", "")
    assert run(capsys, "fix", "--show-files", "sub", "e.txt") == (0, "e.txt\nsub/c.py\n", "")
    assert run(capsys, "check", "--show-files", "nope.py")[0] == 2
    monkeypatch.setattr("sys.stdin", Stdin(b""))
    assert run(capsys, "check", "--show-files", "--stdin-filename=x.py") == (0, "x.py\n", "")


# Changed files only


HELPER = "import random\n\n\ndef draw():\n    return random.random()\n"


def test_a_change_in_a_helper_is_reported_where_the_program_uses_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(
        project,
        "alone.py",
        helper=HELPER,
        train="import helper\n\nprint(helper.draw())\nprint(hash('a') % 7)\n",
        other="import helper\n\nhelper.draw()\n",
        library="def unused():\n    pass\n",
    )
    code, out, _ = run(capsys, "check", "--output-format=json", "helper.py")
    found = [(one["path"], one["line"], one["code"], one["entry"]) for one in json.loads(out)]
    assert code == 1
    assert ("train.py", 3, "RPL101", "train.py") in found
    assert {path for path, *_ in found} == {"train.py", "other.py"}, "every program that reaches it, and no other one"
    assert all(code == "RPL101" for _, _, code, _ in found), "what is about a line of its own is reported if its file is named"
    _, out, _ = run(capsys, "check", "helper.py")
    assert "helper.py:5:12  random.random()" in out
    assert run(capsys, "check", "library.py")[:2] == (0, "All checks passed (0 programs, 1 file checked).\n")
    assert checked(capsys, "train.py") == ["train.py"]


def test_a_change_in_a_helper_that_seeds_again_is_no_finding(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(project, helper=HELPER + "\n\nrandom.seed(0)\n", train="import helper\n\nprint(helper.draw())\n")
    assert checked(capsys, "helper.py") == []


# Stdin


def test_stdin_takes_the_place_of_a_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    tree(project, helper=HELPER, train="import helper\n\nprint(helper.draw())\n")
    seeded = b"import random\n\n\ndef draw():\n    return 4\n"
    name = "--stdin-filename=helper.py"
    assert piped(monkeypatch, capfdbinary, HELPER.encode(), "check", "-q", name, "-")[0] == 1
    assert piped(monkeypatch, capfdbinary, seeded, "check", "-q", name, "-")[0] == 0
    assert piped(monkeypatch, capfdbinary, seeded, "check", "-q", name)[0] == 0, "- may be left out"
    code, out, _ = piped(monkeypatch, capfdbinary, HELPER.encode(), "check", "--output-format=concise", name)
    assert (code, out.startswith(b"train.py:3:7: RPL101")) == (1, True)


def test_stdin_needs_no_file(project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (project / "helper.py").write_text(HELPER)
    (project / "new").mkdir()
    (project / "new/reprolint.toml").write_text('output-format = "concise"\n')
    text = b"import helper\n\nprint(helper.draw())\n"
    code, out, _ = piped(monkeypatch, capfdbinary, text, "check", "--stdin-filename=train.py")
    assert (code, out.startswith(b"train.py:3:7 RPL101")) == (1, True)
    code, out, _ = piped(monkeypatch, capfdbinary, UNSEEDED.encode(), "check", "--stdin-filename=new/deep/er.py")
    assert (code, out.startswith(b"new/deep/er.py:3:7: RPL101")) == (1, True), "with the settings that hold there"
    code, out, _ = piped(monkeypatch, capfdbinary, UNSEEDED.encode(), "check", "-", "--output-format=concise")
    assert (code, out.startswith(b"-:3:7: RPL101")) == (1, True)
    assert sorted(path.name for path in project.iterdir()) == ["helper.py", "new", "pyproject.toml"]


@pytest.mark.parametrize("command", [["fix"], ["check", "--fix"]])
@pytest.mark.parametrize(
    ("text", "head"),
    [
        (UNSEEDED.encode(), b"import random\n"),
        (UNSEEDED.replace("\n", "\r\n").encode(), b"import random\r\n"),
        (b"\xef\xbb\xbf" + UNSEEDED.encode(), b"\xef\xbb\xbfimport random\n"),
        (b"# coding: latin-1\n" + UNSEEDED.encode() + b"'\xe9'", b"# coding: latin-1\nimport random\n"),
    ],
)
def test_what_is_fixed_goes_to_stdout(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    command: list[str],
    text: bytes,
    head: bytes,
) -> None:
    (project / "x.py").write_text("on disk\n")
    code, out, err = piped(monkeypatch, capfdbinary, text, *command, "--stdin-filename", "x.py", "-")
    assert code == 0
    assert out.startswith(head)
    assert b"set_seed(42)" in out
    assert out.endswith(text[-12:])
    assert err == "All checks passed (1 program, 1 file checked).\nFixed 1 problem in 1 file.\n"
    assert (project / "x.py").read_text() == "on disk\n"
    again = piped(monkeypatch, capfdbinary, out, *command, "--stdin-filename", "x.py", "-", "-q")
    assert again == (0, out, "")


def test_a_notebook_on_stdin(project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    data = as_bytes("n.ipynb", ["import random", "random.random()"])
    code, out, _ = piped(monkeypatch, capfdbinary, data, "check", "--stdin-filename=n.ipynb", "--output-format=concise")
    assert (code, out.startswith(b"n.ipynb:cell 2:1:1: RPL101")) == (1, True)
    code, out, _ = piped(monkeypatch, capfdbinary, data, "fix", "--stdin-filename=n.ipynb")
    assert code == 0
    assert "set_seed(42)" in "".join(json.loads(out)["cells"][0]["source"]) + "".join(json.loads(out)["cells"][1]["source"])
    code, out, _ = piped(monkeypatch, capfdbinary, b"{", "fix", "--stdin-filename=n.ipynb")
    assert (code, out) == (1, b"{")
    assert not (project / "n.ipynb").exists()


def test_a_diff_of_stdin(project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, err = piped(monkeypatch, capfdbinary, UNSEEDED.encode(), "fix", "--diff", "--stdin-filename=x.py")
    assert (code, err) == (1, "reprolint: would fix 1 problem in 1 file\n")
    assert out.startswith(b"--- x.py\n+++ x.py\n")


def test_a_fix_that_changes_other_files_is_not_made_by_halves(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    tree(project, helper=HELPER, train="import helper\n\nprint(helper.draw())\n")
    code, out, _ = piped(monkeypatch, capfdbinary, HELPER.encode(), "fix", "--stdin-filename=helper.py")
    assert (code, out) == (1, HELPER.encode())
    (project / "pyproject.toml").write_text('[tool.reprolint]\nruntime = "vendor"\n')
    code, out, _ = piped(monkeypatch, capfdbinary, UNSEEDED.encode(), "fix", "--stdin-filename=x.py")
    assert (code, out) == (1, UNSEEDED.encode()), "the copy of the runtime would be a new file"
    assert sorted(path.name for path in project.iterdir()) == ["helper.py", "pyproject.toml", "train.py"]


def test_stdin_may_be_excluded(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    arguments = ["--stdin-filename=build/x.py", "--force-exclude", "-q"]
    assert piped(monkeypatch, capfdbinary, UNSEEDED.encode(), "check", *arguments) == (0, b"", "")
    assert piped(monkeypatch, capfdbinary, UNSEEDED.encode(), "fix", *arguments) == (0, UNSEEDED.encode(), "")
    assert piped(monkeypatch, capfdbinary, UNSEEDED.encode(), "check", "--stdin-filename=build/x.py", "-q")[0] == 1


def test_a_file_whose_name_is_that_of_stdin(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    tree(project, "-")
    assert piped(monkeypatch, capfdbinary, b"", "check", "-q", "./-")[0] == 1
    assert piped(monkeypatch, capfdbinary, b"", "check", "-q", "-")[0] == 0
    assert piped(monkeypatch, capfdbinary, b"", "fix", "-q", "-") == (0, b"", "")
    assert (project / "-").read_text() == UNSEEDED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "-", "a.py"], "stdin is checked alone"),
        (["check", "-", "-"], "stdin is checked alone"),
        (["check", "a.py", "--stdin-filename=b.py"], "stdin is checked alone"),
        (["check", "--stdin-filename=."], "--stdin-filename: . is a folder; name a file"),
        (["check", "--add-ignore", "-"], "--add-ignore needs files, not stdin"),
        (["check", "--update-baseline", "--baseline=b.json", "-"], "--update-baseline needs files, not stdin"),
        (["check", "--fix", "--add-ignore"], "exclude each other"),
        (["check", "--show-files", "--diff"], "exclude each other"),
        (["check", "--per-file-ignores", "a.py"], 'expected PATTERN:RULES, not "a.py"'),
        (["check", "--add-ignored"], "--add-ignore"),
    ],
)
def test_what_goes_with_nothing_else(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    tree(project, "a.py")
    code, out, err = run(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_too_much_on_stdin(project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    monkeypatch.setattr("reprolint.sources.source.MAX_BYTES", 4)
    code, out, err = piped(monkeypatch, capfdbinary, b"12345", "check", "-")
    assert (code, out, err) == (2, b"", "reprolint: stdin is larger than 0 MB\n")
    monkeypatch.setattr("sys.stdin", None)
    assert cli.main(["check", "-"]) == 2
    assert capfdbinary.readouterr().err == b"reprolint: stdin is closed\n"
