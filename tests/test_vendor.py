"""The runtime as a file in somebody's project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Run

from reprolint import __version__, vendor

RUNTIME = (ROOT / "src" / "reprolint" / "runtime.py").read_text(encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "seeding.py"
    assert vendor.write(path) == "written"
    return path


def checked(run: Run, path: Path | str, cwd: Path = ROOT) -> tuple[int, str, str]:
    done = run("runtime", "--check", str(path), cwd=cwd)
    return done.returncode, done.stdout, done.stderr


def test_print(reprolint: Run) -> None:
    done = reprolint("runtime", "--print")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == vendor.text()
    first, second, *_ = done.stdout.splitlines()
    assert first == f"# reprolint.runtime {__version__}, a copy made by `reprolint runtime --write`."
    assert "--check" in second
    assert done.stdout.endswith(RUNTIME)
    assert "\r" not in done.stdout


def test_the_licence_is_the_one_of_the_project() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8") == vendor.LICENCE
    commented = re.search(r"^# MIT License$.*?^$", vendor.text(), re.M | re.S)
    assert commented is not None
    assert re.sub(r"^# ?", "", commented[0], flags=re.M) == vendor.LICENCE


def test_write_and_check(reprolint: Run, tmp_path: Path) -> None:
    done = reprolint("runtime", "--write", "seeding.py", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "reprolint: seeding.py written\n")
    assert (tmp_path / "seeding.py").read_bytes() == vendor.text().encode()
    assert checked(reprolint, "seeding.py", tmp_path) == (0, "", "")
    done = reprolint("runtime", "--write", "seeding.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "reprolint: seeding.py is current\n")
    assert [path.name for path in tmp_path.iterdir()] == ["seeding.py"]


@pytest.mark.parametrize(
    "arguments", [[], ["--print", "--check", "x"], ["--write", "x", "--check", "x"], ["--print", "--write", "x"]]
)
def test_one_thing_at_a_time(arguments: list[str], reprolint: Run, tmp_path: Path) -> None:
    done = reprolint("runtime", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "reprolint: name one of --print, --write PATH and --check PATH\n"
    assert list(tmp_path.iterdir()) == []


def test_it_works_without_reprolint(copy: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(copy.parent)!r})
from seeding import *
import random
print(set_seed(3).seeded, random.random() == random.Random(3).random(), derive_seed(42, "fold", 3), "reprolint" in sys.modules)
with isolated_rng(1): pass
try:
    import reprolint
except ImportError:
    print("alone", set_seed.__module__)
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "('python',) True 4155930674 False\nalone seeding\n"


@pytest.mark.parametrize("length", [60, 79, 88, 128])
def test_a_formatter_may_change_its_layout(length: int, copy: Path, reprolint: Run) -> None:
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--line-length", str(length), copy],
        check=True,
        capture_output=True,
    )
    assert (copy.read_text() == vendor.text()) == (length == 128)
    assert vendor.check(copy) is None
    before = copy.read_bytes()
    assert vendor.write(copy) == "current"
    assert copy.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data + b"\n\n# a comment\n",
        lambda data: data.replace(b"# What comes too late\n", b""),
    ],
    ids=["CRLF", "CR", "BOM", "comment", "no comment"],
)
def test_layout_and_comments_do_not_count(change: object, copy: Path) -> None:
    assert callable(change)
    copy.write_bytes(change(copy.read_bytes()))
    assert vendor.check(copy) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"SHORT = 1000", b"SHORT = 1001"),
        lambda data: data + b"x = 1\n",
        lambda data: data.replace(b"Seeding for training scripts", b"Seeding"),
        lambda data: data + b"def\n",
        lambda data: data + b"\0",
        lambda data: data + b"(" * 5000,
        lambda data: data + b"-" * 200_000 + b"1",
        lambda data: data[: len(data) // 2],
        lambda data: data.partition(b"\n")[0],
        lambda data: data + b"\xff",
    ],
    ids=["number", "line", "docstring", "syntax", "nul", "brackets", "minus", "half", "head", "encoding"],
)
def test_an_edit_is_found_and_mended(change: object, copy: Path, reprolint: Run) -> None:
    assert callable(change)
    copy.write_bytes(change(copy.read_bytes()))
    code, out, err = checked(reprolint, copy)
    assert (code, err) == (1, "")
    assert out == (
        f"{copy} was edited: it is not what version {__version__} is; `reprolint runtime --write {copy}` renews it\n"
    )
    assert vendor.write(copy) == "written"
    assert copy.read_bytes() == vendor.text().encode()


@pytest.mark.parametrize("version", ["0.0.1", "99.1", "1.0.dev0+local"])
def test_another_version_is_renewed(version: str, copy: Path, reprolint: Run) -> None:
    head, _, rest = vendor.text().partition("\n")
    copy.write_text(head.replace(__version__, version) + "\n" + rest)
    code, out, err = checked(reprolint, copy)
    assert (code, err) == (1, "")
    assert f"is version {version}; this is {__version__}" in out
    copy.write_text(head.replace(__version__, version) + "\nold = True\n")
    assert vendor.write(copy) == "written"
    assert vendor.check(copy) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"print('mine')\n",
        RUNTIME.encode(),
        b"\n" + vendor.text().encode(),
        b"# reprolint.runtime is what I use\n",
        b"\xff\xfe\0",
    ],
    ids=["empty", "program", "the module itself", "moved", "comment", "bytes"],
)
def test_another_file_is_never_written_over(content: bytes, reprolint: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_bytes(content)
    for action, message in (
        ("--write", "is no copy of the runtime; it is left as it is"),
        ("--check", "is no copy of the runtime"),
    ):
        done = reprolint("runtime", action, str(path))
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"reprolint: {path} {message}\n")
        assert path.read_bytes() == content


def test_what_is_no_file(reprolint: Run, tmp_path: Path) -> None:
    for action, path, message in (
        ("--write", ".", "is a folder; name a file, as in reprolint_runtime.py"),
        ("--check", ".", "is no file"),
        ("--write", "no/such/seeding.py", "cannot write no/such/seeding.py: No such file or directory"),
        ("--check", "seeding.py", "cannot read seeding.py: No such file or directory"),
    ):
        done = reprolint("runtime", action, path, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_is_not_waited_for(reprolint: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    for action in ("--write", "--check"):
        done = reprolint("runtime", action, "pipe.py", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (2, "reprolint: pipe.py is no file\n")


def test_a_read_only_copy(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy.write_text(copy.read_text() + "x = 1\n")
    before = copy.read_bytes()
    copy.chmod(0o444)
    if os.access(copy, os.W_OK):  # the tests run as root
        monkeypatch.setattr(os, "access", lambda path, how: False)
    with pytest.raises(vendor.UsageError, match=f"^cannot write {re.escape(str(copy))}: the file is read-only$"):
        vendor.write(copy)
    assert copy.read_bytes() == before


def test_a_copy_behind_a_link(copy: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(copy.name)
    copy.write_text(copy.read_text() + "x = 1\n")
    assert vendor.write(link) == "written"
    assert link.is_symlink()
    assert vendor.check(copy) is None


def test_a_copy_that_changes_meanwhile(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy.write_text(copy.read_text() + "x = 1\n")
    monkeypatch.setattr(os, "fsync", lambda handle: copy.write_text("mine"))
    with pytest.raises(vendor.UsageError, match="changed meanwhile"):
        vendor.write(copy)
    assert copy.read_text() == "mine"
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
