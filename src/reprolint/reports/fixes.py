"""What a run of fixes did, in words."""

from __future__ import annotations

from collections.abc import Sequence

from reprolint.model import Finding
from reprolint.reports import clean, count


def render(findings: Sequence[Finding]) -> str:
    """A line for each finding that was fixed, under the file that it was found in."""
    lines: list[str] = []
    path = ""
    for finding in findings:
        if finding.path != path:
            path = finding.path
            lines.append(f"{clean(path)}:")
        done = clean(finding.fix.message) if finding.fix is not None else ""
        lines.append(f"    {finding.code} {finding.name}: {done}")
    return "".join(f"{line}\n" for line in lines)


def sentence(findings: int, files: int) -> str:
    """The closing line, ended."""
    return f"Fixed {count(findings, 'problem')} in {count(files, 'file')}.\n"


def would(findings: int, files: int) -> str:
    """The same of a run that only showed its changes; not ended."""
    return f"would fix {count(findings, 'problem')} in {count(files, 'file')}" if files else "nothing to fix"
