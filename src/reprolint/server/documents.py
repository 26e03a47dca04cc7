"""What an editor has open, as files would hold it, and positions as the editor counts them.

An editor counts lines and columns from 0, columns in units of the encoding that it has agreed upon with the server.
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from lsprotocol import types

from reprolint.model import Span

_NEWLINE: Final = re.compile(r"\r\n|\r|\n")
"""What ends a line in an editor; `str.splitlines` knows more, such as form feeds."""

_UNITS: Final = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def units(text: str, encoding: str) -> int:
    """How long a text is for the editor."""
    codec, size = _UNITS[encoding]
    return len(text.encode(codec, "replace")) // size


def characters(line: str, count: int, encoding: str) -> int:
    """How many characters of a line the editor's ``count`` units are."""
    codec, size = _UNITS[encoding]
    return len(line.encode(codec, "replace")[: count * size].decode(codec, "ignore"))


def range_of(span: Span, line: Callable[[int], str | None], encoding: str) -> types.Range:
    """A span as an editor counts it.

    :param line: gives a line of the text by its number from 1 on; None where there is none.
    """

    def position(number: int, column: int) -> types.Position:
        return types.Position(number - 1, units((line(number) or "")[: column - 1], encoding))

    return types.Range(position(span.line, span.column), position(span.end_line, span.end_column))


def split(text: str) -> list[str]:
    """The lines of a text with their ends; the last one has none and may be empty."""
    starts = [0, *(match.end() for match in _NEWLINE.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(starts)]


@dataclass
class Text:
    """A text that the editor shows: a file, or a cell of a notebook. ``language`` is what the editor takes it for."""

    uri: str
    version: int
    language: str
    text: str

    def __post_init__(self) -> None:
        self.text = _sound(self.text)

    def apply(self, changes: Sequence[types.TextDocumentContentChangeEvent], version: int, encoding: str) -> None:
        """Change the text as the editor says, one change after the other."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = (self._offset(place, encoding) for place in (change.range.start, change.range.end))
                self.text = self.text[:start] + _sound(change.text) + self.text[max(start, end) :]
            else:
                self.text = _sound(change.text)
        self.version = version

    def _offset(self, place: types.Position, encoding: str) -> int:
        lines = split(self.text)
        if place.line >= len(lines):
            return len(self.text)
        line = lines[place.line].rstrip("\r\n")
        return sum(map(len, lines[: place.line])) + characters(line, place.character, encoding)


def _sound(text: str) -> str:
    """JSON can hold halves of characters, which no file can."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass
class Opened:
    """A file that is open.

    :ivar path: where it lies, or would lie had it been saved.
    :ivar root: of its project.
    :ivar texts: the file, or of a notebook that the editor knows as one each of its cells.
    :ivar code: for each cell of a notebook whether it is code; None for a file.
    """

    uri: str
    path: Path
    root: Path
    texts: list[Text]
    code: list[bool] | None = None

    def data(self) -> bytes:
        """The bytes that the file would hold if it were saved now."""
        if self.code is None:
            return _encoded(self.texts[0].text)
        cells: list[dict[str, Any]] = [
            {"cell_type": "code" if is_code else "markdown", "metadata": {}, "language": text.language, "source": text.text}
            for text, is_code in zip(self.texts, self.code, strict=True)
        ]
        return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()

    def replace(self, start: int, count: int, cells: Sequence[tuple[Text, bool]]) -> None:
        """Put cells, each with whether it is code, in the place of some of a notebook's."""
        assert self.code is not None
        self.texts[start : start + count] = [text for text, _ in cells]
        self.code[start : start + count] = [is_code for _, is_code in cells]

    def set_kind(self, uri: str, *, is_code: bool) -> None:
        """Say of a notebook's cell whether it is code."""
        assert self.code is not None
        self.code = [is_code if text.uri == uri else was for text, was in zip(self.texts, self.code, strict=True)]

    def place(self, cell: int | None) -> Text | None:
        """The text in which a finding stands.

        :param cell: as in `Finding`.
        """
        if self.code is None:
            return self.texts[0]
        return self.texts[cell - 1] if cell is not None and cell <= len(self.texts) else None


def _encoded(text: str) -> bytes:
    """Text in the encoding that its first lines declare; an unknown one is reported when the file is read."""
    plain = text.encode()
    try:
        return text.encode(tokenize.detect_encoding(io.BytesIO(plain).readline)[0])
    except (SyntaxError, LookupError, UnicodeError):
        return plain


@dataclass
class Documents:
    """All that is open, by address."""

    files: dict[str, Opened] = field(default_factory=dict)

    def file(self, uri: str) -> Opened | None:
        """The file to which a text belongs."""
        return next((opened for opened in self.files.values() if any(text.uri == uri for text in opened.texts)), None)

    def text(self, uri: str) -> Text | None:
        return next((text for opened in self.files.values() for text in opened.texts if text.uri == uri), None)

    def by_path(self, path: Path) -> Opened | None:
        return next((opened for opened in self.files.values() if opened.path == path), None)

    def below(self, root: Path) -> list[Opened]:
        """The open files of a project."""
        return [opened for opened in self.files.values() if opened.root == root]

    def contents(self, root: Path) -> dict[Path, bytes]:
        """What the open files of a project would hold if they were saved now."""
        return {opened.path: opened.data() for opened in self.below(root)}
