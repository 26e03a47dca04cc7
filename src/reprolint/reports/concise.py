"""One line for each finding, as editors and grep understand it."""

from __future__ import annotations

from collections.abc import Iterable

from reprolint.model import Finding
from reprolint.reports import Context, clean, place


def render(findings: Iterable[Finding], context: Context) -> str:
    """``path:line:column: code message`` for each finding; every line is ended."""
    return "".join(f"{place(finding)}: {finding.code} {clean(finding.message)}\n" for finding in findings)
