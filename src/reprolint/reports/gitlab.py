"""Findings as a GitLab Code Quality report, which a merge request compares with that of its target branch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from reprolint.model import Finding
from reprolint.reports import Context, in_file, told
from reprolint.reports.fingerprint import fingerprints

_SEVERITIES: Final = {"error": "major", "warning": "minor"}


def render(findings: Sequence[Finding], context: Context) -> str:
    """A list of objects in ASCII, one for each finding; the line is ended."""
    marks = fingerprints(findings, context.excerpt)
    return json.dumps([_issue(*one) for one in zip(findings, marks, strict=True)], indent=2) + "\n"


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    span = in_file(finding.cell, finding.span)
    return {
        "check_name": finding.code,
        "description": f"{finding.code}: {told(finding)}",
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": fingerprint,
        "location": {
            "path": finding.path,
            "positions": {
                "begin": {"line": span.line, "column": span.column},
                "end": {"line": span.end_line, "column": span.end_column},
            },
        },
    }
