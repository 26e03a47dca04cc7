"""What a run found, counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from reprolint.model import Finding
from reprolint.reports import count


def sentence(findings: Sequence[Finding], files: int, programs: int) -> str:
    """The closing line of a run over so many files and programs, ended."""
    if not findings:
        return f"All checks passed ({count(programs, 'program')}, {count(files, 'file')} checked).\n"
    to_blame = len({finding.entry for finding in findings if finding.entry is not None})
    where = f" in {count(to_blame, 'program')}" if to_blame else ""
    return f"Found {count(len(findings), 'problem')}{where} ({count(files, 'file')} checked).\n"


def statistics(findings: Sequence[Finding]) -> str:
    """Findings per rule, most frequent first: count, code and name, separated by tabs."""
    rows = _counted(findings)
    wide = max((len(str(count)) for _, _, count in rows), default=0)
    return "".join(f"{str(count).rjust(wide)}\t{code}\t{name}\n" for code, name, count in rows)


def statistics_json(findings: Sequence[Finding]) -> str:
    """The same as a JSON list of objects with ``code``, ``name`` and ``count``."""
    return (
        json.dumps([{"code": code, "name": name, "count": count} for code, name, count in _counted(findings)], indent=2) + "\n"
    )


def _counted(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    counts = Counter((finding.code, finding.name) for finding in findings)
    return [(code, name, count) for (code, name), count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
