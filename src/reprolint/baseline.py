"""Known findings of an old code base: a file that lists them, and how each is recognised when the code has moved.

A finding is known by its rule, its file, the classes and functions around it and the statement that it is about, without
layout and comments. No line number counts: it stays the same when lines come or go elsewhere, and becomes another one when its
function is renamed or its statement changed. Of several that are equal in all of this, as many are known as were recorded.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary

from reprolint.errors import UsageError
from reprolint.model import Finding, Span
from reprolint.program.project import Module
from reprolint.sources.discover import hint_at_sibling

VERSION: Final = 1
"""Of the file; a change to what a fingerprint is made of is a new one."""

_PLACE: Final = re.compile(r" \([^()]*:\d+\)")
_EXCERPT: Final = 100

Spot: TypeAlias = tuple[str, str, "int | None", Span]
"""Rule, shown path, cell and span of a finding; several programs may report one."""


def spot(finding: Finding) -> Spot:
    return finding.code, finding.path, finding.cell, finding.span


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """So many equal findings. ``path`` is relative to the folder of the baseline, ``message`` only tells people what it is about."""

    path: str
    code: str
    fingerprint: str
    count: int
    message: str


@dataclass(frozen=True)
class Baseline:
    """What is in one file; ``entries`` is empty where it is still to be written."""

    file: Path
    entries: tuple[Entry, ...] = ()

    def known(self, prints: Mapping[Spot, str]) -> set[Spot]:
        """Which of some findings are recorded.

        :param prints: the fingerprint of each, in the order of the text.
        """
        left = Counter({entry.fingerprint: entry.count for entry in self.entries})
        found = set()
        for one, fingerprint in prints.items():
            if left[fingerprint] > 0:
                left[fingerprint] -= 1
                found.add(one)
        return found

    def stale(self, prints: Iterable[str], judged: Callable[[Entry], bool]) -> int:
        """How many recorded findings do not occur any more.

        :param prints: the fingerprints of all that do.
        :param judged: whether a run could have come by an entry.
        """
        there = Counter(prints)
        return sum(max(entry.count - there[entry.fingerprint], 0) for entry in self.entries if judged(entry))

    def renewed(self, found: Sequence[Entry], judged: Callable[[Entry], bool]) -> Baseline:
        """A baseline with what a run found, in the place of the entries that it could have come by.

        :param found: an entry for each finding.
        """
        entries = {entry.fingerprint: entry for entry in self.entries if not judged(entry)}
        for entry, count in _counted(found):
            kept = entries.get(entry.fingerprint)
            entries[entry.fingerprint] = replace(entry, count=max(count, kept.count if kept is not None else 0))
        return Baseline(self.file, tuple(sorted(entries.values())))

    def text(self) -> bytes:
        """The file: sorted, so that a change of it shows what is new and what is gone."""
        rows = [
            {"fingerprint": one.fingerprint, "code": one.code, "path": one.path, "count": one.count, "message": one.message}
            for one in sorted(self.entries)
        ]
        text = json.dumps({"version": VERSION, "findings": rows}, indent=2, ensure_ascii=False)
        return f"{text}\n".encode("utf-8", "backslashreplace")


def _counted(found: Sequence[Entry]) -> Iterator[tuple[Entry, int]]:
    counts = Counter(entry.fingerprint for entry in found)
    for entry in {entry.fingerprint: entry for entry in reversed(found)}.values():  # the first of equal ones
        yield entry, counts[entry.fingerprint]


def read(file: Path, shown: str) -> Baseline:
    """The baseline in a file.

    :param shown: the file as a person is told it.
    :raises UsageError: if it is missing, or no baseline.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        more = hint_at_sibling(file) or "; --update-baseline writes it"
        raise UsageError(f"no such baseline: {shown}{more}") from None
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {(error.strerror or type(error).__name__).lower()}") from None
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UsageError(f"{shown} is no baseline: not valid JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise UsageError(f'{shown} is no baseline: it has no list of "findings"')
    if document.get("version") != VERSION:
        raise UsageError(f"{shown} is a baseline of version {document.get('version')!r:.20}, and only {VERSION} can be read")
    entries = [_entry(row) for row in document["findings"]]
    for number, entry in enumerate(entries, start=1):
        if entry is None:
            raise UsageError(f"{shown} is no baseline: finding {number} is not what --update-baseline writes")
    return Baseline(file, tuple(entry for entry in entries if entry is not None))


def _entry(row: object) -> Entry | None:
    if not isinstance(row, dict):
        return None
    path, code, fingerprint, message = (row.get(name) for name in ("path", "code", "fingerprint", "message"))
    count = row.get("count")
    if not all(isinstance(one, str) and "\0" not in one for one in (path, code, fingerprint, message)):
        return None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return None
    return Entry(str(path), str(code), str(fingerprint), count, str(message))


# Fingerprints


class Prints:
    """The fingerprints of findings, for a baseline in a certain folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._texts: WeakKeyDictionary[Module, _Text] = WeakKeyDictionary()

    def of(self, module: Module, finding: Finding) -> str:
        """The fingerprint of a finding in a file.

        :param module: the file as it was when this was found.
        """
        text = self._texts.get(module)
        if text is None:
            text = self._texts[module] = _Text(module.text)
        before = module.source.lines_before(finding.cell) if module.source is not None else 0
        span = finding.span
        scope, statement = text.around(replace(span, line=span.line + before, end_line=span.end_line + before))
        parts = (finding.code, self.path_of(module), ".".join(scope), statement)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def path_of(self, module: Module) -> str:
        try:
            return Path(os.path.relpath(module.path, self.folder)).as_posix()
        except ValueError:  # another drive
            return module.path.as_posix()

    def entry(self, module: Module, finding: Finding) -> Entry:
        message = _PLACE.sub("", finding.message)
        if len(message) > _EXCERPT:
            message = f"{message[: _EXCERPT - 1]}…"
        return Entry(self.path_of(module), finding.code, self.of(module, finding), 1, message)


class _Text:
    """One file, for the question of what stands around a place."""

    def __init__(self, text: bytes) -> None:
        self.lines = text.split(b"\n")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.tree = ast.Module([], [])

    def around(self, span: Span) -> tuple[list[str], str]:
        """The names of the classes and functions around a place, and its statement; of a compound one what stands before its block.

        Where there is none (a comment, a file that does not parse), the text of the place is what counts.
        """
        at = span.line, self._bytes(span.line, span.column)
        scope: list[str] = []
        found: ast.AST = self.tree
        inner = self._below(found, at)
        while inner is not None:
            if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                scope.append(found.name)
            found, inner = inner, self._below(inner, at)
        if found is self.tree or at >= _header_end(found):
            return scope, _dump(found) + " ".join(self._text(span).split())
        return scope, _dump(found)

    def _below(self, node: ast.AST, at: tuple[int, int]) -> ast.stmt | None:
        for inner in _statements(node):
            first = inner.lineno, inner.col_offset
            decorators = getattr(inner, "decorator_list", ())
            if decorators:
                first = decorators[0].lineno, 0  # `ast` leaves out the sign before it
            if first <= at < (inner.end_lineno or inner.lineno, inner.end_col_offset or 0):
                return inner
        return None

    def _bytes(self, line: int, column: int) -> int:
        """`ast` counts columns in bytes."""
        if line > len(self.lines):
            return 0
        return len(self.lines[line - 1].decode("utf-8", "replace")[: column - 1].encode())

    def _text(self, span: Span) -> str:
        lines = [line.decode("utf-8", "replace") for line in self.lines[span.line - 1 : span.end_line]]
        if lines and span.end_line == span.line and span.end_column > span.column:
            lines[0] = lines[0][span.column - 1 : span.end_column - 1]
        return "\n".join(lines)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements directly inside one."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.stmt):
            yield inner
        elif isinstance(inner, ast.ExceptHandler | ast.match_case):
            yield from _statements(inner)


def _header_end(node: ast.AST) -> tuple[int, int]:
    """Where the block of a compound statement begins; of a simple one its end."""
    inner = next(_statements(node), None)
    if inner is not None:
        return inner.lineno, inner.col_offset
    return getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0


def _dump(node: object) -> str:
    """A syntax tree as text that is the same in every version of Python: `ast.dump` is not. Inner statements are left out."""
    if isinstance(node, ast.AST):
        inside = (
            f"{name}={_dump(value)}"
            for name, value in ast.iter_fields(node)
            if name not in ("ctx", "kind", "type_comment") and value is not None and not _is_block(value)
        )
        return f"{type(node).__name__}({','.join(inside)})"
    if isinstance(node, list):
        return f"[{','.join(map(_dump, node))}]"
    if isinstance(node, int):  # thousands of digits cannot be written in decimal
        return f"{type(node).__name__}:{node:x}"
    return ascii(node)


def _is_block(value: object) -> bool:
    return isinstance(value, list) and (not value or isinstance(value[0], ast.stmt))
