"""Findings in the Reviewdog Diagnostic Format: https://github.com/reviewdog/reviewdog/tree/master/proto/rdf."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from reprolint.model import Finding, Fix, Span
from reprolint.reports import HOME, Context, Excerpt, clean, page, told


def render(findings: Iterable[Finding], context: Context) -> str:
    """One object in ASCII; the line is ended."""
    result = {
        "source": {"name": "reprolint", "url": HOME},
        "diagnostics": [_diagnostic(finding, context.excerpt) for finding in findings],
    }
    return json.dumps(result, indent=2) + "\n"


def _diagnostic(finding: Finding, excerpt: Excerpt) -> dict[str, Any]:
    out: dict[str, Any] = {
        "message": told(finding),
        "location": _location(finding.path, finding.cell, finding.span, excerpt),
        "severity": finding.severity.upper(),
        "code": {"value": finding.code, "url": page(finding.code)},
    }
    suggestion = None if finding.fix is None else _suggestion(finding.path, finding.fix, excerpt)
    if suggestion is not None:
        out["suggestions"] = [suggestion]
    if finding.trace:
        out["related_locations"] = [
            {
                "message": clean(step.text),
                "location": _location(step.path, step.cell, Span(step.line, step.column, step.line, step.column), excerpt),
            }
            for step in finding.trace
        ]
    return out


def _location(path: str, cell: int | None, span: Span, excerpt: Excerpt) -> dict[str, Any]:
    """A place; without a range in a notebook, where a line of a cell is no line of the file."""
    return {"path": path} if cell is not None else {"path": path, "range": _range(path, span, excerpt)}


def _range(path: str, span: Span, excerpt: Excerpt) -> dict[str, Any]:
    return {
        "start": _position(path, span.line, span.column, excerpt),
        "end": _position(path, span.end_line, span.end_column, excerpt),
    }


def _position(path: str, line: int, column: int, excerpt: Excerpt) -> dict[str, int]:
    """The format counts columns in bytes of UTF-8."""
    before = (excerpt(path, None, line) or "")[: column - 1]
    return {"line": line, "column": column + len(before.encode("utf-8", "surrogatepass")) - len(before)}


def _suggestion(path: str, fix: Fix, excerpt: Excerpt) -> dict[str, Any] | None:
    """A fix as one replacement in the file of the finding; None if it is none.

    A suggestion is applied alone, at the click of a button. Half of a fix, such as a call without its import, would break the
    program, so that several edits become one that goes from the first to the last, with what stands between them.
    """
    edits = sorted(fix.edits, key=lambda edit: edit.span)
    if not edits or any(edit.path != path or edit.cell is not None for edit in edits):
        return None
    text = edits[0].replacement
    for one, other in pairwise(edits):
        between = _between(path, one.span, other.span, excerpt)
        if between is None:
            return None
        text += between + other.replacement
    first, last = edits[0].span, edits[-1].span
    return {"range": _range(path, Span(first.line, first.column, last.end_line, last.end_column), excerpt), "text": text}


def _between(path: str, one: Span, other: Span, excerpt: Excerpt) -> str | None:
    """The text from the end of a span to the begin of a later one; None if some of it is not known."""
    lines = []
    for number in range(one.end_line, other.line + 1):
        line = excerpt(path, None, number)
        if line is None:
            return None
        lines.append(line)
    text = "\n".join(lines)
    return text[one.end_column - 1 : len(text) - len(lines[-1]) + other.column - 1]
