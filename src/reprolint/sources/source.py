"""The text of one file: bytes in, UTF-8 out, with the lines and columns that an editor shows."""

from __future__ import annotations

import codecs
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from reprolint.model import Span
from reprolint.sources.notebook import Cell, NotebookError, join, locate, normal_newlines

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_NOTEBOOK_BYTES: Final = 100 * 1024 * 1024
"""Larger files are refused: no person wrote them. A notebook carries its pictures with it, so it may be larger."""

_COOKIE: Final = re.compile(rb"[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_BLANK: Final = re.compile(rb"[ \t\f]*(?:#|$)")
_UNFIT: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""Codecs that turn ASCII into something else than what an editor shows."""

_WIDE: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class SourceError(Exception):
    """A file whose text cannot be had; ``code`` is the rule it breaks, ``line`` and ``column`` are 1-based."""

    def __init__(self, code: Literal["RPL900", "RPL902"], message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Source:
    """One file as text.

    ``path`` is absolute, ``shown`` what a person is told (see `shown`). ``text`` is UTF-8 without a byte order mark and
    with ``\\n`` line ends; for a notebook the code cells joined (`sources.notebook`), whose ``cells`` are otherwise None.
    ``skipped_cells`` are the numbers of code cells that are no Python.
    """

    path: Path
    shown: str
    text: bytes
    cells: tuple[Cell, ...] | None = None
    skipped_cells: tuple[int, ...] = ()

    def locate(self, span: Span) -> tuple[int | None, Span]:
        """Where a span of the text stands for the reader: (cell, span in that cell), (None, span) for a plain file."""
        return (None, span) if self.cells is None else locate(self.cells, span)

    def lines_before(self, cell: int | None) -> int:
        """How many lines of the text come before a notebook's cell; none for a plain file."""
        return next((one.line - 1 for one in self.cells or () if one.number == cell), 0)


@dataclass(frozen=True, slots=True)
class Characters:
    """The text of a Python file with the line ends that the file has.

    ``mark`` is the byte order mark that stands before it (or nothing), ``encoding`` the codec of everything after that.
    """

    mark: bytes
    encoding: str
    text: str


def read(path: Path, cwd: Path) -> Source:
    """The text of a file; nothing of it is executed.

    :param path: of a notebook if it ends in ``.ipynb``, else of a Python file.
    :param cwd: the folder that paths are shown relative to.
    :raises SourceError: RPL900 if it cannot be read or decoded, RPL902 if it is a broken notebook. No other exception.
    """
    return decode(path, cwd, raw(path))


def raw(path: Path) -> bytes:
    """The bytes of a file that is no larger than its kind may be.

    :raises SourceError: RPL900 if it cannot be read. No other exception.
    """
    return _bytes(path, most_bytes(path))


def most_bytes(path: Path) -> int:
    """How large a file of this name may be."""
    return MAX_NOTEBOOK_BYTES if _is_notebook(path) else MAX_BYTES


def decode(path: Path, cwd: Path, data: bytes) -> Source:
    """What `read` gives for a file that holds these bytes; no file is looked at.

    :raises SourceError: RPL900 if they cannot be decoded, RPL902 if they are a broken notebook. No other exception.
    """
    absolute = Path(os.path.abspath(path))
    if not _is_notebook(absolute):
        return Source(absolute, shown(absolute, cwd), normal_newlines(characters(data).text).encode())
    try:
        notebook = join(json_text(data))
    except NotebookError as error:
        raise SourceError("RPL902", str(error), error.line, error.column) from None
    return Source(absolute, shown(absolute, cwd), notebook.text.encode(), notebook.cells, notebook.skipped)


def characters(data: bytes) -> Characters:
    """The text of a Python file in the encoding that it declares (PEP 263).

    :raises SourceError: RPL900 if the bytes are no text in that encoding.
    """
    for mark, name in _WIDE:
        if data.startswith(mark):
            raise SourceError("RPL900", f"the file is {name}, which Python does not read; save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        raise SourceError("RPL900", "the file contains a NUL byte", *_place(data, nul))
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    data = data.removeprefix(mark)
    encoding, line = _declared(data)
    if encoding is None or _name(encoding) in ("utf-8", "utf-8-sig"):
        encoding = "utf-8"
    elif mark:
        raise SourceError("RPL900", f"the file has the byte order mark of UTF-8 and declares {encoding!r}", line)
    elif _name(encoding) is None:
        raise SourceError("RPL900", f"the file declares an unknown encoding {encoding!r}", line)
    return Characters(mark, encoding, _decoded(data, encoding, line))


def json_text(data: bytes) -> str:
    """The JSON text of a notebook's bytes, without a byte order mark.

    :raises SourceError: RPL902 if they are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("RPL902", "not a notebook: not UTF-8", *_place(data, error.start)) from None


def shown(path: Path, cwd: Path) -> str:
    """A path as a person is told it: relative to ``cwd`` if it lies below, else absolute; with forward slashes."""
    absolute = Path(os.path.abspath(path))
    for candidate, base in ((absolute, cwd), (absolute.parent.resolve() / absolute.name, cwd.resolve())):
        if candidate.is_relative_to(base):
            absolute = candidate.relative_to(base)
            break
    # A name that is not Unicode could not be printed.
    return absolute.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _bytes(path: Path, limit: int) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(path).close()
        if not stat.S_ISREG(mode):  # a pipe or a device may never end
            raise SourceError("RPL900", "the file is not a regular file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise SourceError("RPL900", f"the file cannot be read: {(error.strerror or type(error).__name__).lower()}") from None
    except ValueError:  # a NUL in the path
        raise SourceError("RPL900", "the file cannot be read: no such file or directory") from None
    if len(data) > limit:
        raise SourceError("RPL900", f"the file is larger than {limit // (1024 * 1024)} MB")
    return data


def _is_notebook(path: Path) -> bool:
    return path.suffix == ".ipynb"


def _declared(data: bytes) -> tuple[str | None, int]:
    """The encoding that a comment on one of the first two lines names (PEP 263), and the line."""
    lines = re.split(rb"\r\n|\r|\n", data[:10_000], maxsplit=2)
    for number, line in enumerate(lines[:2], start=1):
        cookie = _COOKIE.match(line)
        if cookie is not None:
            return cookie[1].decode("ascii"), number
        if _BLANK.match(line) is None:
            break
    return None, 1


def _name(encoding: str) -> str | None:
    """The codec's canonical name, or None if Python would not read source in it."""
    try:
        name = codecs.lookup(encoding).name
        if name in _UNFIT or f"# {encoding}".encode("ascii").decode(encoding) != f"# {encoding}":
            return None
    except (LookupError, ValueError):
        return None
    return name


def _decoded(data: bytes, encoding: str, line: int) -> str:
    try:
        text = data.decode(encoding)
        text.encode()  # a codec such as UTF-7 can produce what is not Unicode text
    except UnicodeDecodeError as error:
        start = error.start if encoding == "utf-8" else min(error.start, len(data))
        raise SourceError("RPL900", f"the file is not valid {encoding}", *_place(data, start)) from None
    except ValueError:
        raise SourceError("RPL900", f"the file is not valid {encoding}", line) from None
    return text


def _place(data: bytes, offset: int) -> tuple[int, int]:
    """Line and column (1-based) of a byte, as an editor would count them."""
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
