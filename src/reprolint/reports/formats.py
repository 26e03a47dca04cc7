"""The output formats. Command line, settings and README know those that stand here; the modules are imported when used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from reprolint.model import Finding
    from reprolint.reports import Context


class Format(NamedTuple):
    """One output format, in the module of its name.

    :ivar about: what it is, for README.md.
    :ivar for_people: whether a closing sentence follows; other programs could not read one.
    :ivar shows_fixes: whether it tells the fixes, which take time to find.
    """

    name: str
    about: str
    for_people: bool = False
    shows_fixes: bool = False

    def render(self, findings: Sequence[Finding], context: Context) -> str:
        """The findings in this format, every line ended."""
        text: str = import_module(f"{__package__}.{self.name.replace('-', '_')}").render(findings, context)
        return text


FORMATS: Final = {
    one.name: one
    for one in (
        Format("full", "source line, chain of calls and fix of each finding (the default)", for_people=True, shows_fixes=True),
        Format("concise", "one line for each finding", for_people=True),
        Format("grouped", "one line for each finding, under the name of its file", for_people=True),
        Format("json", "a list of objects, one for each finding", shows_fixes=True),
        Format("json-lines", "the same objects, one on a line", shows_fixes=True),
        Format("sarif", "SARIF 2.1.0, for GitHub code scanning and editors", shows_fixes=True),
        Format("github", "annotations of a GitHub Actions run"),
        Format("gitlab", "a GitLab Code Quality report"),
        Format("junit", "JUnit XML, for what shows test results"),
        Format("rdjson", "the Reviewdog Diagnostic Format", shows_fixes=True),
    )
}
"""Every output format, by the name that the option takes."""
