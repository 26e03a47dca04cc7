"""What makes a finding the same finding in a later version of the code."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from reprolint.model import Finding
from reprolint.reports import Excerpt


def fingerprints(findings: Sequence[Finding], excerpt: Excerpt) -> list[str]:
    """A fingerprint for each finding, in the same order; no two are equal.

    It is made from the code of the rule, the path, the text of the line without its blanks, and how many findings of the
    same rule stand on lines of that text before it. Neither the number of the line nor that of a notebook's cell is in it, so that
    code that is added above, or indented, changes nothing. A line that is copied above its twin takes over the twin's
    fingerprint, and the twin gets a new one: the number of new ones is right all the same.
    """
    out = [""] * len(findings)
    seen: Counter[tuple[str, str, str]] = Counter()
    for index in sorted(range(len(findings)), key=lambda index: _order(findings[index])):
        finding = findings[index]
        text = "".join((excerpt(finding.path, finding.cell, finding.span.line) or "").split())
        key = (finding.code, finding.path, text)
        out[index] = _hash(*key, str(seen[key]))
        seen[key] += 1
    return out


def _order(finding: Finding) -> tuple[object, ...]:
    return finding.path, finding.cell or 0, finding.span, finding.code, finding.entry or ""


def _hash(*parts: str) -> str:
    # As JSON, so that different parts never make the same text.
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()[:32]
