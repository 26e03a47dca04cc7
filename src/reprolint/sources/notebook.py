"""A notebook's code cells as one Python text in which every line stands for one line of one cell.

IPython's own syntax is neutralised without moving a line, so that a position in the text is a position in the cell:
``%matplotlib inline`` becomes ``pass``, ``files = !ls`` becomes ``files = None``, ``%time fit()`` keeps ``fit()`` in its
columns, ``%run other.py`` becomes a call of `RUN`. What still does not parse as Python after that is left out as a cell.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reprolint.model import Span

RUN: Final = "__reprolint_run__"
"""``%run other.py`` is written as a call of this name with the path as its only argument."""

_TRANSPARENT: Final = frozenset({"time", "timeit", "capture", "prun", "memit", "snakeviz", "debug"})
"""Cell magics that run the rest of their cell as Python in the notebook's own namespace."""

_STATEMENT_MAGIC: Final = re.compile(
    r"%(?:time|timeit|prun|memit|snakeviz)(?:[ \t]+-\w+(?:[ \t]+\d+|[ \t]+[\w.]+(?=[ \t]+-))?)*[ \t]+(?=\S)"
)
"""Line magics that run the rest of their line; ``-n 10`` and the like are options."""

_RUN_MAGIC: Final = re.compile(
    r"""
      %run (?:[ \t]+-(?:[inedtp]+|N\d*))* [ \t]+
      (?: "(?P<double>[^"\\]+)" | '(?P<single>[^'\\]+)' | (?P<bare>[^\s"'\\${-][^\s"'\\${]*) )
    """,
    re.VERBOSE,
)
_ASSIGNED_MAGIC: Final = re.compile(r"(?P<target>[\w.,*()\[\]'\" \t]+)=[ \t]*(?:!|%[A-Za-z_])")

_MAX_BRACKETS: Final = 200
_MAX_LOGICAL_LINE: Final = 100_000
"""Deeper brackets and longer statements (in characters) overflow the stack of `ast.parse`; no notebook has them."""


class NotebookError(Exception):
    """The text is no notebook; ``line`` and ``column`` (1-based) where JSON could tell, else the start."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell that is part of the joined text.

    ``number`` is its place among all cells of the notebook, ``line`` the line of the joined text on which it starts
    (both 1-based), ``source`` what its author wrote.
    """

    number: int
    line: int
    source: str


@dataclass(frozen=True, slots=True)
class CellText:
    """A code cell as the JSON has it: ``text`` with its own line ends.

    ``path`` leads to the value that holds the text: the keys and indices from the root of the document. Where the cell
    has no such value, the text is empty.
    """

    number: int
    path: tuple[str | int, ...]
    text: str

    @property
    def source(self) -> str:
        """The text as in `Cell`: ended lines but for the last, by ``\\n``."""
        return normal_newlines(self.text).removesuffix("\n")


@dataclass(frozen=True, slots=True)
class Notebook:
    """The joined text, where its parts come from, and the numbers of code cells that are left out of it as blank lines."""

    text: str
    cells: tuple[Cell, ...]
    skipped: tuple[int, ...]


def join(document: str) -> Notebook:
    """The code of a notebook.

    :param document: the JSON of nbformat 3 or 4. A notebook in another language than Python has no cells.
    :raises NotebookError: if it is not JSON, or not a notebook.
    """
    cells: list[Cell] = []
    skipped: list[int] = []
    parts: list[str] = []
    line = 1
    for cell in code_cells(document):
        source = cell.source
        python = neutralise(source)
        if python is None:
            skipped.append(cell.number)
            python = "\n" * source.count("\n")
        cells.append(Cell(cell.number, line, source))
        parts.append(python + "\n")
        line += source.count("\n") + 1
    return Notebook("".join(parts), tuple(cells), tuple(skipped))


def locate(cells: Sequence[Cell], span: Span) -> tuple[int | None, Span]:
    """The cell in which a span of the joined text stands, and the span in that cell."""
    index = bisect_right(cells, span.line, key=lambda cell: cell.line) - 1
    if index < 0:
        return None, span
    cell = cells[index]
    before = cell.line - 1
    return cell.number, Span(span.line - before, span.column, span.end_line - before, span.end_column)


def normal_newlines(text: str) -> str:
    """The text with ``\\n`` for every kind of line end that Python knows."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


# The container


def _load(document: str) -> dict[str, Any]:
    try:
        notebook = json.loads(document)
    except json.JSONDecodeError as error:
        raise NotebookError(
            f"not a notebook: broken JSON ({error.msg[:1].lower()}{error.msg[1:]})", error.lineno, error.colno
        ) from None
    except RecursionError:
        raise NotebookError("not a notebook: its JSON nests too deeply") from None
    except ValueError:  # an integer of more digits than Python converts
        raise NotebookError("not a notebook: its JSON holds a number that is too large") from None
    if not isinstance(notebook, dict):
        raise NotebookError(f"not a notebook: its JSON is {_kind(notebook)}, not an object")
    return notebook


def code_cells(document: str) -> Iterator[CellText]:
    """Each code cell in Python, in order.

    :param document: as for `join`.
    :raises NotebookError: as `join` does.
    """
    notebook = _load(document)
    major = notebook.get("nbformat", 4)
    if not isinstance(major, int) or isinstance(major, bool) or major not in (3, 4):
        raise NotebookError(f"a notebook of format {_short(major)}, and only formats 3 and 4 can be read")
    python = _speaks_python(_table(notebook, "metadata", "the notebook"))
    for number, (path, cell) in enumerate(_cells(notebook), start=1):
        where = f"cell {number}"
        if not isinstance(cell, dict):
            raise NotebookError(f"not a notebook: {where} is {_kind(cell)}, not an object")
        if cell.get("cell_type") != "code":
            continue
        key = "source" if "source" in cell else "input"  # "input" is nbformat 3
        source = cell.get(key, "")
        if isinstance(source, list) and all(isinstance(part, str) for part in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise NotebookError(f"not a notebook: the source of {where} is {_kind(source)}, not text")
        if python and _is_python(cell.get("language", "python")):
            yield CellText(number, (*path, key), source)


def _cells(notebook: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if "cells" in notebook:
        for index, cell in enumerate(_list(notebook, "cells", "the notebook")):
            yield ("cells", index), cell
    elif "worksheets" in notebook:
        for place, sheet in enumerate(_list(notebook, "worksheets", "the notebook")):
            if not isinstance(sheet, dict):
                raise NotebookError(f"not a notebook: a worksheet is {_kind(sheet)}, not an object")
            for index, cell in enumerate(_list(sheet, "cells", "a worksheet")):
                yield ("worksheets", place, "cells", index), cell
    else:
        raise NotebookError('not a notebook: it has no "cells"')


def _speaks_python(metadata: dict[str, Any]) -> bool:
    language = _table(metadata, "language_info", "the metadata").get("name")
    if language is None:
        language = _table(metadata, "kernelspec", "the metadata").get("language", "python")
    return _is_python(language)


def _is_python(language: object) -> bool:
    return isinstance(language, str) and language.casefold() in ("python", "python2", "python3", "ipython", "")


def _table(of: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = of.get(key, {})
    if not isinstance(value, dict):
        raise NotebookError(f'not a notebook: "{key}" of {where} is {_kind(value)}, not an object')
    return value


def _list(of: dict[str, Any], key: str, where: str) -> list[Any]:
    value = of.get(key, [])
    if not isinstance(value, list):
        raise NotebookError(f'not a notebook: "{key}" of {where} is {_kind(value)}, not a list')
    return value


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a truth value", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 20 else _kind(value)


# The cells


def neutralise(source: str) -> str | None:
    """A cell as plain Python of as many lines, or None if it is not Python.

    :param source: the cell, lines separated by ``\\n``, the last one not ended.
    """
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        magic = re.match(r"%%(\w*)", lines[first])
        if magic is None or magic[1] not in _TRANSPARENT:
            return "\n" * (len(lines) - 1)
        lines[first] = "pass"
    if not _replace_magics(lines):
        return None
    text = "\n".join(lines)
    return text if _parses(text) else None


def _parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a cell is its author's concern
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


@dataclass(slots=True)
class _Open:
    """What is still open at the end of a line: a triple-quoted string, brackets, a trailing backslash."""

    quote: str = ""
    brackets: int = 0
    joined: bool = False

    def __bool__(self) -> bool:
        return bool(self.quote) or self.brackets > 0 or self.joined


def _replace_magics(lines: list[str]) -> bool:
    """Turn IPython's lines into Python, in place. False: the cell is too deep or too long to be parsed."""
    state = _Open()
    magic_goes_on = False
    length = 0
    for index, line in enumerate(lines):
        if magic_goes_on:
            magic_goes_on = line.rstrip().endswith("\\")
            lines[index] = ""
            continue
        if not state:
            length = 0
            replaced = _without_magic(line)
            if replaced is not None:
                lines[index] = replaced
                # A magic takes its continuation lines with it, Python that was kept goes on as Python.
                magic_goes_on = line.rstrip().endswith("\\") and not replaced.rstrip().endswith("\\")
                if magic_goes_on:
                    continue
                line = replaced
        length += len(line)
        code_ends = _scan(line, state)
        if code_ends and not state and line.rstrip().endswith("?"):
            lines[index] = _indent(line) + "pass"
        if state.brackets > _MAX_BRACKETS or length > _MAX_LOGICAL_LINE:
            return False
    return True


def _without_magic(line: str) -> str | None:
    """The Python that stands for a line of IPython, or None for a line that is not one."""
    stripped = line.lstrip()
    indent = _indent(line)
    if stripped.startswith("%"):
        run = _RUN_MAGIC.match(stripped)
        if run is not None:
            target = run["double"] or run["single"] or run["bare"]
            if "." not in target.rsplit("/", 1)[-1]:
                target += ".py"
            return f"{indent}{RUN}({json.dumps(target, ensure_ascii=False)})"
        statement = _STATEMENT_MAGIC.match(stripped)
        if statement is not None:
            # `if 1:` is as long as `%time`, so the statement stays in its columns.
            return f"{indent}{'if 1:'.ljust(statement.end())}{stripped[statement.end() :]}"
        return f"{indent}pass"
    if stripped.startswith(("!", "?")):
        return f"{indent}pass"
    assigned = _ASSIGNED_MAGIC.match(line)
    if assigned is not None and assigned["target"].strip():
        return f"{assigned['target']}= None"
    return None


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


_TOKEN: Final = re.compile(
    r"""
      (?P<comment>\#.*)
    | (?P<triple>'''|\"\"\")
    | (?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    | (?P<unended>['"].*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<joined>\\$)
    """,
    re.VERBOSE,
)


def _scan(line: str, state: _Open) -> bool:
    """Follow one line; tell whether it ends in code, not in a comment or a string."""
    position = 0
    state.joined = False
    while True:
        if state.quote:
            end = re.compile(rf"(?:\\.|[^\\])*?{state.quote}", re.DOTALL).match(line, position)
            if end is None:
                return False
            state.quote = ""
            position = end.end()
        token = _TOKEN.search(line, position)
        if token is None:
            return True
        position = token.end()
        kind = token.lastgroup
        if kind == "comment":
            return False
        if kind == "unended":  # a backslash carries it to the next line; without one it is an error
            state.quote = token.group()[0] if line.endswith("\\") else ""
            return False
        if kind == "triple":
            state.quote = token.group()
        elif kind == "open":
            state.brackets += 1
        elif kind == "close":
            state.brackets = max(state.brackets - 1, 0)
        elif kind == "joined":
            state.joined = True
