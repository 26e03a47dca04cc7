"""Findings as workflow commands, which GitHub Actions shows beside the code."""

from __future__ import annotations

from collections.abc import Iterable

from reprolint.model import Finding
from reprolint.reports import Context, clean, in_file, place, witness


def render(findings: Iterable[Finding], context: Context) -> str:
    """One command for each finding; every line is ended."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def _command(finding: Finding) -> str:
    span = in_file(finding.cell, finding.span)
    properties = {
        "title": f"reprolint ({finding.code})",
        "file": finding.path,
        "line": str(span.line),
        "col": str(span.column),
        "endLine": str(span.end_line),
        "endColumn": str(span.end_column),
    }
    if span.line != span.end_line:  # GitHub takes columns only of what stands on one line
        del properties["col"], properties["endColumn"]
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    # The log shows nothing but the message, so the place stands there, too.
    lines = [f"{place(finding)}: {finding.code} {clean(finding.message)}", *(f"  {step}" for step in witness(finding))]
    return f"::{finding.severity} {said}::{_data(chr(10).join(lines))}"


def _data(text: str) -> str:
    """Text as the runner reads it; what it has no spelling for, such as the escape of a terminal, is replaced."""
    return clean(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
