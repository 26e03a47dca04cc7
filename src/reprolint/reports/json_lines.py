"""The objects of the format ``json``, one on a line, for programs that read while we write."""

from __future__ import annotations

import json
from collections.abc import Iterable

from reprolint.model import Finding
from reprolint.reports import Context
from reprolint.reports.json import as_object


def render(findings: Iterable[Finding], context: Context) -> str:
    """An object in ASCII for each finding; every line is ended."""
    return "".join(json.dumps(as_object(finding)) + "\n" for finding in findings)
