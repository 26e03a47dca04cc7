"""Edits put into the bytes of a file, in such a way that nothing else in it changes.

An edit is given in the text that `sources.source` reads: without a byte order mark, lines ended by ``\\n``. Here it is
carried over to the text that the file really has, whose encoding, line ends and, in a notebook, JSON stay as they are.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Final

from reprolint.model import Span
from reprolint.sources.notebook import CellText, NotebookError, code_cells, normal_newlines
from reprolint.sources.source import Characters, SourceError, characters, json_text

_NEWLINE: Final = re.compile(r"\r\n|\r|\n")
_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\r|\n)")
_LAST_NEWLINE: Final = re.compile(r"(?:\r\n|\r|\n)\Z")
_UNIT: Final = re.compile(r"\r\n|.", re.DOTALL)
"""What is one character once newlines are normal."""


class RewriteError(Exception):
    """The edits cannot be made; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement.

    ``cell`` is the number of a notebook's code cell (1-based, all cells counted) and None for a Python file. ``span``
    stands in the text of the file or in the ``source`` of the cell, as `sources.source` reads them; an empty one is an
    insertion. Lines of ``replacement`` end in ``\\n``.

    A place one past a line's last character is still on this line, before its newline. The place after the last line,
    column 1, is the end of the text. Where the last line is not ended, a change that reaches this place is made as if it
    were, and the newline at the end of the result is taken away again: lines added there become lines, and the text ends
    without a newline as before. Lines added to an empty cell do likewise.
    """

    cell: int | None
    span: Span
    replacement: str


def rewrite(data: bytes, changes: Sequence[Change], *, notebook: bool) -> bytes:
    """The bytes of a file after these changes.

    What no change covers keeps its bytes. A new line ends as the line that it replaces, or else as the line that its
    change begins on. Equal changes are made once, insertions at one place in the order given. In a notebook the new text
    is written as the cell's old text is: one string or a list, laid out and escaped in the same way.

    :raises RewriteError: if changes overlap or lie outside the text, if the file's encoding lacks a character of a
        replacement, or if the file would not be read as it is written (it could lose its encoding declaration).
    """
    if not changes:
        return data
    once = tuple(dict.fromkeys(changes))
    try:
        return _rewrite_notebook(data, once) if notebook else _rewrite_python(data, once)
    except (SourceError, NotebookError) as error:
        raise RewriteError(str(error)) from None


def pieces(label: str, before: bytes, after: bytes, *, notebook: bool) -> list[tuple[str, str, str]]:
    """What differs between two states of a file, for `reports.diff`: (label, text before, text after).

    A Python file is one piece, with the line ends it has and its byte order mark, so that a diff of it applies to the file.
    A notebook has a piece for each code cell that differs, labelled ``{label}:cell {number}``, whose lines are all ended.

    :raises RewriteError: if one of the two cannot be read.
    """
    try:
        if not notebook:
            old, new = ((one.mark.decode() + one.text) for one in (characters(before), characters(after)))
            return [(label, old, new)] if old != new else []
        sides = [{cell.number: cell.source for cell in code_cells(json_text(data))} for data in (before, after)]
    except (SourceError, NotebookError) as error:
        raise RewriteError(str(error)) from None
    out = []
    for number in sorted(sides[0] | sides[1]):
        old, new = (f"{source}\n" if source else "" for source in (side.get(number, "") for side in sides))
        if old != new:
            out.append((f"{label}:cell {number}", old, new))
    return out


# Changes to text


@dataclass(frozen=True, slots=True)
class _Splice:
    """Characters ``start`` to ``end`` (0-based) of a text become ``new``, whose line ends are those to be written."""

    start: int
    end: int
    new: str


def _spliced(text: str, splices: Iterable[_Splice]) -> str:
    parts: list[str] = []
    position = 0
    for splice in splices:
        parts += (text[position : splice.start], splice.new)
        position = splice.end
    return "".join((*parts, text[position:]))


def _splices(text: str, changes: Iterable[Change], *, is_cell: bool) -> list[_Splice]:
    """The changes in terms of a text with its own line ends: in order, none touching another. Raises RewriteError."""
    unended = not text.endswith(("\r", "\n"))
    closed = text + (_NEWLINE.findall(text) or ["\n"])[-1] if unended and text else text
    # An empty file has no last line that could lack its end; an empty cell is meant to be like the cells beside it.
    stays_unended = unended and (is_cell or text != "")
    lines = [(match.start(), match.end(1), match[2]) for match in _LINE.finditer(closed)]
    placed = []
    for change in changes:
        span = change.span
        start = _offset(lines, span.line, span.column, change)
        end = _offset(lines, span.end_line, span.end_column, change)
        if end < start:
            raise RewriteError(f"an edit ends before it starts ({_place(change, span.line, span.column)})")
        placed.append((start, end, change))
    placed.sort(key=lambda one: one[:2])

    splices: list[_Splice] = []
    reached = 0
    for start, end, change in placed:
        if start < reached:
            raise RewriteError(f"two edits overlap ({_place(change, change.span.line, change.span.column)})")
        reached = end
        ending = lines[min(change.span.line, len(lines)) - 1][2] if lines else "\n"
        splices.append(_fitted(start, closed[start:end], change.replacement, ending))
    splices = _merged(splices)
    if stays_unended and splices and splices[-1].end == len(closed):
        splices = _merged([*splices[:-1], _without_end(text, closed, splices[-1])])
    return [_between(text, splice) for splice in splices]


def _offset(lines: Sequence[tuple[int, int, str]], line: int, column: int, change: Change) -> int:
    """Lines are (start, end without newline, newline)."""
    if 1 <= line <= len(lines):
        start, end, _ = lines[line - 1]
        if 1 <= column <= end - start + 1:
            return start + column - 1
    elif line == len(lines) + 1 and column == 1:
        return lines[-1][1] + len(lines[-1][2]) if lines else 0
    raise RewriteError(f"an edit lies outside the text ({_place(change, line, column)})")


def _place(change: Change, line: int, column: int) -> str:
    cell = "" if change.cell is None else f"cell {change.cell}, "
    return f"{cell}line {line}, column {column}"


def _fitted(start: int, old: str, replacement: str, ending: str) -> _Splice:
    """Replace only what differs; newlines that were there go on being what they are, others are ``ending``."""
    units = _UNIT.findall(old)
    before = ["\n" if unit in ("\r", "\r\n") else unit for unit in units]
    after = list(normal_newlines(replacement))
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    start += len("".join(units[:head]))
    replaced = units[head : len(units) - tail]
    endings = chain((unit for unit in replaced if _NEWLINE.match(unit)), repeat(ending))
    parts: list[str] = []
    for part in after[head : len(after) - tail]:
        new = next(endings) if part == "\n" else part
        parts.append(f"\r{new}" if new == "\n" and parts and parts[-1] == "\r" else new)
    return _Splice(start, start + len("".join(replaced)), "".join(parts))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items two sequences have in common at their start."""
    differ = (index for index, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return next(differ, min(len(one), len(other)))


def _glued(left: str, right: str) -> str:
    r"""Text after text, where a line that ends in ``\r`` does not swallow an empty one that ends in ``\n``."""
    return f"{left}\r{right}" if left.endswith("\r") and right.startswith("\n") else left + right


def _merged(splices: Iterable[_Splice]) -> list[_Splice]:
    out: list[_Splice] = []
    for splice in splices:
        if out and out[-1].end == splice.start:
            before = out.pop()
            splice = _Splice(before.start, splice.end, _glued(before.new, splice.new))
        if splice.start < splice.end or splice.new:
            out.append(splice)
    return out


def _without_end(text: str, closed: str, last: _Splice) -> _Splice:
    """The last splice of a text that was given an end for it, without this end.

    :param closed: ``text`` with the end, or the same if it is empty.
    """
    start, new = last.start, last.new
    if start > len(text):
        start, new = len(text), closed[len(text) :] + new
    if new:
        new = _LAST_NEWLINE.sub("", new)
    else:
        start = len(_LAST_NEWLINE.sub("", text[:start]))
    return _Splice(start, len(text), new)


def _between(text: str, splice: _Splice) -> _Splice:
    left, right = text[max(splice.start - 1, 0) : splice.start], text[splice.end : splice.end + 1]
    whole = _glued(_glued(left, splice.new), right)
    return _Splice(splice.start, splice.end, whole[len(left) : len(whole) - len(right)])


# Python files


def _rewrite_python(data: bytes, changes: Iterable[Change]) -> bytes:
    if any(change.cell is not None for change in changes):
        raise RewriteError("an edit names a notebook cell, and the file is no notebook")
    before = characters(data)
    splices = _splices(before.text, changes, is_cell=False)
    text = _spliced(before.text, splices)
    after = before.mark + _encoded(data[len(before.mark) :], before, splices, text)
    try:
        is_read_as_written = characters(after).text == text
    except SourceError as error:
        raise RewriteError(f"after the edit the file could not be read: {error}") from None
    if not is_read_as_written:
        raise RewriteError(f"after the edit the file would not be read as it is written in {before.encoding}")
    return after


def _encoded(body: bytes, before: Characters, splices: Sequence[_Splice], text: str) -> bytes:
    """The bytes of the edited ``text``; ``body`` and ``before`` are those of the text that ``splices`` belong to."""
    encoding = before.encoding
    try:
        new = [splice.new.encode(encoding) for splice in splices]
    except UnicodeEncodeError as error:
        lacking = error.object[error.start]
        raise RewriteError(f"an edit needs {lacking!r}, which cannot be written in the file's encoding {encoding}") from None
    try:
        if before.text.encode(encoding) == body:
            return text.encode(encoding)
    except UnicodeError:
        pass
    # Some encodings can write a character in several ways. What is not new has to stay written as it is.
    offsets = _byte_offsets(body, before)
    parts: list[bytes] = []
    position = 0
    for splice, replacement in zip(splices, new, strict=True):
        parts += (body[position : offsets[splice.start]], replacement)
        position = offsets[splice.end]
    return b"".join((*parts, body[position:]))


def _byte_offsets(body: bytes, before: Characters) -> list[int]:
    """Where each character starts, and where the last one ends. Raises RewriteError."""
    offsets = [0]
    try:
        decoder = codecs.getincrementaldecoder(before.encoding)()
        for end in range(1, len(body) + 1):
            offsets.extend([end] * len(decoder.decode(body[end - 1 : end])))
    except (LookupError, UnicodeError):
        offsets.clear()
    if len(offsets) != len(before.text) + 1:
        raise RewriteError(f"text in {before.encoding} cannot be edited without rewriting all of it")
    return offsets


# Notebooks


def _rewrite_notebook(data: bytes, changes: Iterable[Change]) -> bytes:
    text = json_text(data)
    wanted: dict[int | None, list[Change]] = {}
    for change in changes:
        wanted.setdefault(change.cell, []).append(change)
    cells: dict[int | None, CellText] = {cell.number: cell for cell in code_cells(text)}
    tree = _Tree(text)
    new = []
    for number, belonging in wanted.items():
        if number is None:
            raise RewriteError("an edit names no cell, and the file is a notebook")
        if number not in cells:
            raise RewriteError(f"cell {number} is no code cell of the notebook")
        cell = cells[number]
        splices = _splices(cell.text, belonging, is_cell=True)
        value = tree.find(cell.path)
        if value is None:
            raise RewriteError(f"cell {number} has no source that could be edited")
        if splices:
            new.append(_Splice(value.start, value.end, _source(tree, value, len(cell.path), cell.text, splices)))
    new.sort(key=lambda splice: splice.start)
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        return mark + _spliced(text, new).encode()
    except UnicodeEncodeError as error:
        raise RewriteError(f"an edit needs {error.object[error.start]!r}, which no notebook can hold") from None


_CHARACTER: Final = re.compile(
    r"""
      \\u[dD][89abAB][0-9a-fA-F]{2} \\u[dD][c-fC-F][0-9a-fA-F]{2}
    | \\u[0-9a-fA-F]{4}
    | \\?.
    """,
    re.VERBOSE,
)
"""One character of a JSON string as it is written; an emoji may be two escapes."""

_ESCAPED: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[0-7])")
"""A character beyond ASCII that is escaped: others, such as the one that starts a terminal's colours, cannot be had raw."""

_BEYOND: Final = re.compile(r"[^\x00-\x7e]")
"""What `json` writes in one way or the other, depending on ``ensure_ascii``."""

_COLON: Final = re.compile(r":[ \t\r\n]+\Z")


@dataclass(frozen=True, slots=True)
class _Value:
    """A JSON value reaches from ``start`` to ``end``; ``line`` is where its member begins: the key's or its own start."""

    line: int
    start: int
    end: int


class _Tree:
    """Where in a document its values stand; only what is asked for is looked at.

    `json` has to have read the document before: nothing here expects it to be broken or to nest too deeply.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._decoder = json.JSONDecoder()
        self._children: dict[int, dict[str | int, _Value]] = {}

    def find(self, path: Sequence[str | int]) -> _Value | None:
        """The value at the end of a path from the root; None where there is none."""
        start = self._after_blank(0)
        value = _Value(start, start, len(self.text))
        for key in path:
            child = self.children(value).get(key)
            if child is None:
                return None
            value = child
        return value

    def children(self, of: _Value) -> dict[str | int, _Value]:
        """The members of an object (of equal keys the last, as `json` has it) or the elements of a list."""
        known = self._children.get(of.start)
        if known is not None:
            return known
        found: dict[str | int, _Value] = {}
        text = self.text
        position = self._after_blank(of.start + 1)
        while text[position] not in "}]":
            begin = position
            key: Any = len(found)
            if text[of.start] == "{":
                key, position = self._decoder.raw_decode(text, position)
                position = self._after_blank(self._after_blank(position) + 1)
            start = position
            position = self._decoder.raw_decode(text, position)[1]
            found[key] = _Value(begin, start, position)
            position = self._after_blank(position)
            if text[position] == ",":
                position = self._after_blank(position + 1)
        self._children[of.start] = found
        return found

    def _after_blank(self, position: int) -> int:
        while self.text[position] in " \t\r\n":
            position += 1
        return position


def _source(tree: _Tree, value: _Value, depth: int, text: str, splices: Sequence[_Splice]) -> str:
    """The JSON of a cell's source after an edit; every character that was there is written as it was.

    :param depth: how many keys and indices lead to the value.
    :param text: what the value says, the text that ``splices`` belong to.
    """
    document = tree.text
    is_list = document[value.start] == "["
    strings = list(tree.children(value).values()) if is_list else [value]
    begins: list[int] = []
    ends: list[int] = []
    parts: list[str] = []
    for string in strings:
        first = len(begins)
        for character in _CHARACTER.finditer(document, string.start + 1, string.end - 1):
            begins.append(character.start())
            ends.append(character.end())
        parts.append(text[first : len(begins)])
    # Usually each string of a list is one line. A list that is cut otherwise is left so, and no cut added.
    by_line = is_list and not any(_NEWLINE.search(_LAST_NEWLINE.sub("", part)) for part in parts)
    head, between, tail = _layout(tree, value, strings, depth) if is_list else ('"', "", '"')
    ensure_ascii = any(map(_BEYOND.search, (splice.new for splice in splices))) and _escapes(tree.text, value)

    out: list[str] = []
    said = ""  # the last thing in `out`, as text
    position = 0
    for splice in (*splices, _Splice(len(text), len(text), "")):
        if position < splice.start:
            if out and by_line and _LAST_NEWLINE.search(said):
                out.append(between)
            elif out and not by_line and position > 0:
                out.append(document[ends[position - 1] : begins[position]])
            out.append(document[begins[position] : ends[splice.start - 1]])
            said = text[splice.start - 1]
        for line in _lines(splice.new) if by_line else [splice.new]:
            if not line:
                continue
            if out and by_line and _LAST_NEWLINE.search(said):
                out.append(between)
            out.append(json.dumps(line, ensure_ascii=ensure_ascii)[1:-1])
            said = line
        position = splice.end
    if not out:
        return "[]" if is_list else '""'
    if begins:
        head, tail = document[value.start : begins[0]], document[ends[-1] : value.end]
    return f"{head}{''.join(out)}{tail}"


def _lines(text: str) -> list[str]:
    """The lines of a text with their ends; the last one may have none."""
    ends = [match.end() for match in _NEWLINE.finditer(text)]
    return [text[start:end] for start, end in zip((0, *ends), (*ends, len(text)), strict=True) if start < end]


def _layout(tree: _Tree, value: _Value, strings: Sequence[_Value], depth: int) -> tuple[str, str, str]:
    """What stands before the text of a list of strings, between two of them, and after the last, quotes included."""
    document = tree.text
    if strings:
        before, after = document[value.start + 1 : strings[0].start], document[strings[-1].end : value.end - 1]
    else:
        before, after = _padding(document, value.line, depth)
    if len(strings) > 1:
        comma = document[strings[0].end : strings[1].start]
    elif "\n" in before:
        comma = f",{before}"
    else:
        comma = ", " if _COLON.search(document, value.line, value.start) else ","
    return f'[{before}"', f'"{comma}"', f'"{after}]'


def _padding(document: str, key: int, depth: int) -> tuple[str, str]:
    """What stands around the elements of a list whose key starts here, if the document is indented as it is up to here."""
    line = document.rfind("\n", 0, key) + 1
    indent = document[line:key]
    if line == 0 or indent.strip():
        return "", ""
    newline = "\r\n" if document.endswith("\r\n", 0, line) else "\n"
    return f"{newline}{indent}{indent[: len(indent) // depth]}", f"{newline}{indent}"


def _escapes(document: str, value: _Value) -> bool:
    """Tell whether characters beyond ASCII are escaped in a value or, if it has none, in the document; Jupyter escapes none."""
    for text in (document[value.start : value.end], document):
        if not text.isascii():
            return False
        if _ESCAPED.search(text):
            return True
    return False
