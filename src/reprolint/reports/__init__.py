"""Findings as words: one module for each output format, each with ``render``. Nothing here prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from reprolint.model import Finding, Severity, Span

HOME: Final = "https://github.com/reprolint/reprolint"

Excerpt = Callable[[str, int | None, int], str | None]
"""Gives a line of source by shown path, notebook cell and 1-based line; None where there is none."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Rule(Protocol):
    """What a format may tell of a rule."""

    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def doc(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def on(self) -> bool: ...


class Context(NamedTuple):
    """What formats need beside the findings; each takes of it what it shows.

    :ivar rules: by code, every rule that a finding may be of.
    :ivar version: of reprolint.
    :ivar root: the absolute folder that shown paths are relative to.
    :ivar color: whether the text is for a terminal with colours.
    """

    excerpt: Excerpt
    rules: Mapping[str, Rule]
    version: str
    root: Path
    color: bool = False


def page(code: str) -> str:
    """The address of a rule's page."""
    return f"{HOME}/blob/main/docs/rules/{code}.md"


def clean(text: str) -> str:
    """Text of the code under analysis, made safe for one line of a terminal; its length and its tabs stay."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def count(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def position(finding: Finding) -> str:
    """``12:5``, or ``cell 3:2:5``."""
    cell = "" if finding.cell is None else f"cell {finding.cell}:"
    return f"{cell}{finding.span.line}:{finding.span.column}"


def place(finding: Finding) -> str:
    """``train.py:12:5``, or ``notes.ipynb:cell 3:2:5``."""
    return f"{clean(finding.path)}:{position(finding)}"


def in_file(cell: int | None, span: Span) -> Span:
    """A span for programs that look into the file.

    To them a notebook is lines of JSON, and a line of a cell is none of those; only the beginning is sure to be there. What
    stands in which cell, `told` says in words.
    """
    from reprolint.model import Span

    return span if cell is None else Span(1, 1, 1, 1)


def witness(finding: Finding) -> list[str]:
    """``1. train.py:32:5 main()`` for each step."""
    return [
        f"{number}. {clean(step.path)}:{step.line}:{step.column} {clean(step.text)}"
        for number, step in enumerate(finding.trace, start=1)
    ]


def told(finding: Finding) -> str:
    """The message, for formats that cannot point into a notebook: with the cell and its line in front."""
    cell = "" if finding.cell is None else f"cell {finding.cell}, line {finding.span.line}: "
    return f"{cell}{clean(finding.message)}"
