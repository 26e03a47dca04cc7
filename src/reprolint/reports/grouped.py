"""One line for each finding, under the name of its file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from reprolint.model import Finding
from reprolint.reports import Context, clean, position


def render(findings: Sequence[Finding], context: Context) -> str:
    """The findings of a file stand together (they are sorted by path); a blank line ends each file."""
    return "".join(_file(path, list(found)) for path, found in groupby(findings, key=lambda one: one.path))


def _file(path: str, findings: list[Finding]) -> str:
    wide = max(len(position(finding)) for finding in findings)
    lines = [f"  {position(one).ljust(wide)} {one.code} {clean(one.message)}" for one in findings]
    return "\n".join([f"{clean(path)}:", *lines]) + "\n\n"
