"""Edits to files, in the coordinates of the text that the facts came from (`Source.text`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reprolint.facts.layout import Layout
from reprolint.model import Applicability, Span
from reprolint.program.project import Module
from reprolint.sources.rewrite import Change


@dataclass(slots=True)
class Draft:
    """A fix in the making.

    :ivar message: what it does, in one line.
    :ivar changes: for each file, what is replaced; ``cell`` is None throughout, spans are those of the joined text.
    :ivar new_files: files that it adds, by absolute path.
    """

    message: str
    applicability: Applicability = "safe"
    changes: dict[Module, list[Change]] = field(default_factory=dict)
    new_files: dict[Path, bytes] = field(default_factory=dict)

    def add(self, module: Module, *changes: Change) -> None:
        held = self.changes.setdefault(module, [])
        held += [change for change in changes if change not in held]


def after_line(layout: Layout, line: int, text: str) -> Change:
    """Put lines below a line."""
    column = len(layout.lines[line - 1]) + 1
    return Change(None, Span(line, column, line, column), f"\n{text}")


def before_line(layout: Layout, line: int, text: str) -> Change:
    """Put lines above a line."""
    return Change(None, Span(line, 1, line, 1), f"{text}\n")


def without_lines(first: int, last: int) -> Change:
    """Take out lines, the last one's end included."""
    return Change(None, Span(first, 1, last + 1, 1), "")


def replaced(span: Span, text: str) -> Change:
    """Put text in the place of a span."""
    return Change(None, span, text)
