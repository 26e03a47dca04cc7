"""Files are replaced as a whole, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from reprolint.sources.write import ChangedMeanwhile, put, replace


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_bytes(b"old")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_new_content(file: Path) -> None:
    replace(file, b"new\r\n\0\xff", expected=b"old")
    assert file.read_bytes() == b"new\r\n\0\xff"
    replace(file, b"", expected=b"new\r\n\0\xff")
    assert file.read_bytes() == b""
    assert names(file.parent) == ["train.py"]


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes there")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_usual_mode(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        replace(tmp_path / "new.py", b"new", expected=None)
        (tmp_path / "usual.py").write_bytes(b"")
        now = os.umask(umask)
    finally:
        os.umask(before)
    assert now == umask
    assert mode(tmp_path / "new.py") == mode(tmp_path / "usual.py")
    assert names(tmp_path) == ["new.py", "usual.py"]


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes there")
@pytest.mark.parametrize("bits", [0o755, 0o640, 0o600, 0o4755])
def test_the_mode_is_kept(bits: int, file: Path) -> None:
    file.chmod(bits)
    replace(file, b"new", expected=b"old")
    assert mode(file) == bits


def test_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, chain = tmp_path / "folder" / "link.py", tmp_path / "chain.py"
    link.symlink_to("../train.py")
    chain.symlink_to("folder/link.py")
    replace(chain, b"new", expected=b"old")
    assert chain.is_symlink() and link.is_symlink() and not file.is_symlink()
    assert file.read_bytes() == b"new"
    assert names(tmp_path / "folder") == ["link.py"]


def test_a_link_to_nothing_makes_the_file_there(tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to("there.py")
    replace(tmp_path / "link.py", b"new", expected=None)
    assert (tmp_path / "there.py").read_bytes() == b"new"
    assert (tmp_path / "link.py").is_symlink()


@pytest.mark.parametrize(("there", "expected"), [(b"other", b"old"), (b"old", None), (None, b"old")])
def test_what_changed_meanwhile_is_left_alone(
    there: bytes | None, expected: bytes | None, tmp_path: Path, monkeypatch: Any
) -> None:
    file = tmp_path / "train.py"
    if expected is not None:
        file.write_bytes(expected)
    fsync = os.fsync

    def meanwhile(handle: int) -> None:
        fsync(handle)
        if there is None:
            file.unlink()
        else:
            file.write_bytes(there)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(ChangedMeanwhile, match=r"train\.py changed meanwhile"):
        replace(file, b"new", expected=expected)
    assert (file.read_bytes() if file.exists() else None) == there
    assert names(tmp_path) == ([] if there is None else ["train.py"])


def test_a_read_only_file_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.chmod(0o444)
    if os.access(file, os.W_OK):  # the tests run as root
        monkeypatch.setattr(os, "access", lambda path, how: False)
    with pytest.raises(PermissionError, match="read-only"):
        replace(file, b"new", expected=b"old")
    assert file.read_bytes() == b"old"
    assert names(file.parent) == ["train.py"]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "train.py", b"new", expected=b"old")
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "no" / "train.py", b"new", expected=None)
    assert names(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.chmod", "pathlib.Path.replace"])
def test_nothing_is_left_behind_by_a_failure(
    step: str, error: BaseException, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr(step, fail)
    with pytest.raises(type(error)):
        replace(file, b"new", expected=b"old")
    assert file.read_bytes() == b"old"
    assert names(file.parent) == ["train.py"]


def test_a_name_as_long_as_the_system_allows(tmp_path: Path) -> None:
    file = tmp_path / ("x" * 252 + ".py")
    replace(file, b"new", expected=None)
    assert file.read_bytes() == b"new"


def test_put_writes_whatever_was_there(tmp_path: Path) -> None:
    file = tmp_path / "some" / "where" / "out.json"
    put(file, b"new")
    file.chmod(0o600)
    put(file, b"newer")
    assert (file.read_bytes(), mode(file)) == (b"newer", 0o600)
    assert names(file.parent) == ["out.json"]
    with pytest.raises(IsADirectoryError):
        put(tmp_path, b"new")
    with pytest.raises(OSError, match=r"out\.json"):
        put(file / "below", b"new")


def test_put_writes_to_what_cannot_be_replaced() -> None:
    put(Path(os.devnull), b"new")
    assert not Path(os.devnull).is_file()
