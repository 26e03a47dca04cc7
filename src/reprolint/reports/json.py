"""Findings as JSON, the contract for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from reprolint.model import Edit, Finding, Fix, Span, Step
from reprolint.reports import Context


def render(findings: Iterable[Finding], context: Context) -> str:
    """A list of objects, one for each finding, in ASCII; the line is ended."""
    return json.dumps([as_object(finding) for finding in findings], indent=2) + "\n"


def as_object(finding: Finding) -> dict[str, Any]:
    """One finding as the contract has it."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
        "cell": finding.cell,
        **_span(finding.span),
        "entry": finding.entry,
        "family": finding.family,
        "trace": [_step(step) for step in finding.trace],
        "fix": None if finding.fix is None else _fix(finding.fix),
    }


def _span(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _step(step: Step) -> dict[str, Any]:
    return {"path": step.path, "line": step.line, "column": step.column, "text": step.text}


def _fix(fix: Fix) -> dict[str, Any]:
    return {"applicability": fix.applicability, "message": fix.message, "edits": [_edit(edit) for edit in fix.edits]}


def _edit(edit: Edit) -> dict[str, Any]:
    return {"path": edit.path, "cell": edit.cell, **_span(edit.span), "replacement": edit.replacement}
