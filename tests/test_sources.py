"""Which files are looked at, and what their bytes mean."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reprolint.errors import UsageError, nearest
from reprolint.model import Span
from reprolint.sources import source
from reprolint.sources.discover import EXCLUDE, files, matches, root_of
from reprolint.sources.source import SourceError, read, shown


def tree(root: Path, *names: str) -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")


def found(root: Path, *paths: str, exclude: tuple[str, ...] = EXCLUDE) -> list[str]:
    return [path.relative_to(root).as_posix() for path in files([root / path for path in paths or ("",)], exclude)]


# Discovery


def test_python_files_and_notebooks_are_found_in_order(tmp_path: Path) -> None:
    tree(tmp_path, "b.py", "a/z.py", "a/n.ipynb", "a/types.pyi", "README.md", "a.txt/x.py")
    assert found(tmp_path) == ["a/n.ipynb", "a/z.py", "a.txt/x.py", "b.py"]


def test_folders_that_hold_no_code_of_the_project_are_passed_over(tmp_path: Path) -> None:
    tree(tmp_path, "x.py", *(f"{name}/x.py" for name in EXCLUDE), "src/build/x.py")
    assert found(tmp_path) == ["x.py"]
    assert found(tmp_path, "build", "x.py") == ["build/x.py", "x.py"], "a folder that is named is taken"


def test_a_named_file_is_always_taken(tmp_path: Path) -> None:
    tree(tmp_path, "script", "build/x.py")
    assert found(tmp_path, "script", "build/x.py", "script") == ["build/x.py", "script"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("a", ["b/a.py", "b/c/d.py"]),
        ("a/", ["b/a.py", "b/c/d.py"]),
        ("a.py", ["a/x.py", "b/c/d.py"]),
        ("b/c", ["a/x.py", "b/a.py"]),
        ("b/*.py", ["a/x.py"]),
        ("**/d.py", ["a/x.py", "b/a.py"]),
        ("[!a].py", ["b/a.py"]),
        ("?.py", []),
        ("b/[z-a].py", ["a/x.py", "b/a.py", "b/c/d.py"]),
    ],
)
def test_patterns_exclude(tmp_path: Path, pattern: str, left: list[str]) -> None:
    tree(tmp_path, "a/x.py", "b/a.py", "b/c/d.py")
    assert found(tmp_path, exclude=(pattern,)) == left


def test_an_absolute_pattern_means_one_place(tmp_path: Path) -> None:
    tree(tmp_path, "a/x.py", "b/a/x.py")
    assert found(tmp_path, exclude=(f"{tmp_path.as_posix()}/a",)) == ["b/a/x.py"]


@given(st.text(alphabet="ab/*?[]!^-\\.&|~", max_size=12))
@example("[[a]*")
@example("[a--b]")
@example("[a&&b]")
@pytest.mark.filterwarnings("error")
def test_no_pattern_is_too_strange(pattern: str) -> None:
    matches(Path("/a/b.py"), pattern)


@pytest.mark.parametrize(
    ("pattern", "name", "said"),
    [
        ("[[a].py", "[.py", True),
        ("[a-c-e].py", "-.py", True),
        ("[a-c-e].py", "d.py", False),
        ("[--a].py", ".py", False),
        ("[a&&b].py", "&.py", True),
        ("[^a].py", "^.py", True),
        ("[]a].py", "].py", True),
        ("[!]a].py", "].py", False),
        ("[].py", "[].py", True),
        ("[z-a]x.py", "zx.py", False),
        ("[!z-a]x.py", "zx.py", True),
    ],
)
def test_one_character_out_of_several(pattern: str, name: str, said: bool) -> None:
    assert matches(Path("/d", name), pattern) is said


def test_what_is_named_may_be_excluded_by_force(tmp_path: Path) -> None:
    tree(tmp_path, "build/p/a.py", "build/p/build/b.py", "build/p/c/build.py")
    top = tmp_path / "build/p"
    (top / "setup.py").write_text("")
    paths = [top / "a.py", top / "build/b.py", top / "build", top / "c/build.py"]
    assert files(paths, ("build", "build.py"), force_below=top) == [top / "a.py"]
    assert files(paths, ("build", "build.py"), force_below=tmp_path) == []
    assert files(paths, ("build", "build.py"), force_below=tmp_path / "other") == [top / "a.py"], "the root of the project"
    assert files([top], ("p",), force_below=top) == [top / name for name in ("a.py", "build/b.py", "c/build.py", "setup.py")]


def test_links_to_folders_are_not_followed_and_links_to_files_are_taken(tmp_path: Path) -> None:
    tree(tmp_path, "a/x.py")
    (tmp_path / "a/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "y.py").symlink_to(tmp_path / "a/x.py")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nothing")
    assert found(tmp_path) == ["a/x.py", "gone.py", "y.py"]


def test_a_missing_path_names_its_nearest_sibling(tmp_path: Path) -> None:
    tree(tmp_path, "train.py")
    with pytest.raises(UsageError, match=r"no such file or directory: .*trian\.py; did you mean train\.py\?"):
        files([tmp_path / "trian.py"], ())
    with pytest.raises(UsageError, match=r"no such file or directory: .*x\.py$"):
        files([tmp_path / "no/x.py"], ())


def test_a_folder_that_cannot_be_listed_becomes_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert files([tmp_path], ()) == [tmp_path]
    with pytest.raises(SourceError, match="cannot be read: permission denied") as caught:
        read(tmp_path, tmp_path)
    assert caught.value.code == "RPL900"


@pytest.mark.parametrize(
    "marker", ["pyproject.toml", "setup.py", "setup.cfg", ".git/HEAD", "reprolint.toml", ".reprolint.toml"]
)
def test_the_root_of_a_project_is_where_its_marker_is(tmp_path: Path, marker: str) -> None:
    tree(tmp_path, f"p/{marker}", "p/q/r/x.py")
    assert root_of(tmp_path / "p/q/r/x.py") == tmp_path / "p"
    assert root_of(tmp_path / "p") == tmp_path / "p"


def test_without_a_marker_the_root_is_the_nearest_folder(tmp_path: Path) -> None:
    tree(tmp_path, "q/x.py")
    assert root_of(tmp_path / "q/x.py") == tmp_path / "q"
    assert root_of(tmp_path / "q") == tmp_path / "q"


def test_nearest() -> None:
    assert nearest("rpl103", ["RPL101", "RPL103"]) == "RPL103"
    assert nearest("completely else", ["RPL101"]) is None


# Encodings


def text_of(tmp_path: Path, data: bytes) -> bytes:
    file = tmp_path / "x.py"
    file.write_bytes(data)
    return read(file, tmp_path).text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", b""),
        (b"x = 1", b"x = 1"),
        (b"\xef\xbb\xbfx = 1\n", b"x = 1\n"),
        (b"a\r\nb\rc\n", b"a\nb\nc\n"),
        ("é = 1".encode(), "é = 1".encode()),
        (b"# coding: latin-1\n'\xe9'\n", "# coding: latin-1\n'é'\n".encode()),
        (
            b"#!/usr/bin/env python\r\n# -*- coding: cp1252 -*-\r\n'\x80'",
            "#!/usr/bin/env python\n# -*- coding: cp1252 -*-\n'€'".encode(),
        ),
        (b"# vim: set fileencoding=shift_jis :\n'\x82\xa0'", "# vim: set fileencoding=shift_jis :\n'あ'".encode()),
        (b"# coding: UTF-8\n", b"# coding: UTF-8\n"),
        (b"\xef\xbb\xbf# coding: utf8\n", b"# coding: utf8\n"),
        (b"x = 1\n# coding: klingon\n", b"x = 1\n# coding: klingon\n"),
        (b"\n\n# coding: klingon\n", b"\n\n# coding: klingon\n"),
        (b"x = 1\x0cy\n", b"x = 1\x0cy\n"),
    ],
)
def test_bytes_become_the_text_an_editor_shows(tmp_path: Path, data: bytes, text: bytes) -> None:
    assert text_of(tmp_path, data) == text


@pytest.mark.parametrize(
    ("data", "message", "line", "column"),
    [
        (b"x = 1\ny = '\xe9'\n", "is not valid utf-8", 2, 6),
        (b"# coding: klingon\n", "unknown encoding 'klingon'", 1, 1),
        (b"#!\n# coding: rot13\n", "unknown encoding 'rot13'", 2, 1),
        (b"# coding: unicode_escape\n", "unknown encoding", 1, 1),
        (b"# coding: utf-16\n", "unknown encoding", 1, 1),
        (b"# coding: ascii\n\n'\xe9'\n", "is not valid ascii", 3, 2),
        (b"\xef\xbb\xbf# coding: latin-1\n", "byte order mark", 1, 1),
        (b"\xff\xfex\0", "UTF-16", 1, 1),
        (b"\xff\xfe\0\0x\0\0\0", "UTF-32", 1, 1),
        (b"x\r\ny = \0", "NUL", 2, 5),
        (b"# coding: utf-7\n+2AA-", "is not valid utf-7", 1, 1),
    ],
)
def test_bytes_that_are_no_text_say_why_and_where(tmp_path: Path, data: bytes, message: str, line: int, column: int) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        text_of(tmp_path, data)
    assert (caught.value.code, caught.value.line, caught.value.column) == ("RPL900", line, column)


@pytest.mark.parametrize("name", ["x.py", "x.ipynb"])
@given(data=st.binary() | st.text().map(str.encode))
@example(data=b"# coding: idna\n\xff")
@example(data=b"# coding: \n")
@example(data=b"[" * 100_000)
@example(data=b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}')
@example(data=b"1" * 5000)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_no_bytes_raise_anything_else(tmp_path: Path, name: str, data: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    try:
        read(file, tmp_path).text.decode("utf-8")
    except SourceError as error:
        assert error.code == ("RPL900" if name == "x.py" else "RPL902")
        assert error.line >= 1
        assert error.column >= 1
        assert "\n" not in str(error)


@given(
    codec=st.sampled_from(
        ["utf-8", "latin-1", "cp1252", "shift_jis", "gb18030", "koi8-r", "utf-7", "hz", "idna", "mbcs", "zlib"]
    ),
    data=st.binary(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_no_bytes_in_a_declared_encoding_raise_anything_else(tmp_path: Path, codec: str, data: bytes) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(b"# coding: " + codec.encode() + b"\n" + data)
    try:
        text = read(file, tmp_path).text.decode("utf-8")
    except SourceError as error:
        assert error.code == "RPL900"
    else:
        assert "\r" not in text


def test_what_is_no_file_is_said_so(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    for path, message in (
        (tmp_path / "pipe.py", "not a regular file"),
        (tmp_path, "not a regular file"),
        (tmp_path / "no.py", "cannot be read: no such file or directory"),
        (tmp_path / "a\0.py", "cannot be read"),
    ):
        with pytest.raises(SourceError, match=message):
            read(path, tmp_path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 2 * 1024 * 1024)
    with pytest.raises(SourceError, match="is larger than 2 MB"):
        text_of(tmp_path, b"#" * (2 * 1024 * 1024 + 1))
    assert text_of(tmp_path, b"#" * (2 * 1024 * 1024))


# Paths


def test_paths_are_shown_relative_to_the_working_folder(tmp_path: Path) -> None:
    assert shown(tmp_path / "a" / "b.py", tmp_path) == "a/b.py"
    assert shown(tmp_path / "a" / ".." / "b.py", tmp_path) == "b.py"
    assert shown(tmp_path / "b.py", tmp_path / "a") == (tmp_path / "b.py").as_posix()


def test_a_path_through_a_link_to_the_working_folder_is_still_relative(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert shown(tmp_path / "link" / "x.py", tmp_path / "real") == "x.py"


def test_a_name_that_is_not_unicode_can_be_printed(tmp_path: Path) -> None:
    assert shown(tmp_path / os.fsdecode(b"\xff.py"), tmp_path) == "\\xff.py"


def test_a_plain_file_has_no_cells(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x = 1\n")
    plain = read(tmp_path / "x.py", tmp_path)
    span = Span(1, 1, 1, 2)
    assert (plain.cells, plain.locate(span)) == (None, (None, span))
    assert (plain.path, plain.shown) == (tmp_path / "x.py", "x.py")
