"""Findings as words: one module for each output format, each with ``render``. Nothing here prints."""

from __future__ import annotations

import re
from typing import Final

from reprolint.model import Finding

_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Text of the code under analysis, made safe for one line of a terminal; its length and its tabs stay."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def count(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def place(finding: Finding) -> str:
    """``train.py:12:5``, or ``notes.ipynb:cell 3:2:5``."""
    cell = "" if finding.cell is None else f"cell {finding.cell}:"
    return f"{clean(finding.path)}:{cell}{finding.span.line}:{finding.span.column}"
