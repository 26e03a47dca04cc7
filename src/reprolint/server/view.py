"""Findings and fixes in the words of the protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lsprotocol import types
from pygls.capabilities import get_capability

from reprolint.ignoring import ignored
from reprolint.model import Finding, Fix, Span, Step
from reprolint.reports import clean, in_file, page, told
from reprolint.rules import ALL
from reprolint.server.analysis import Checked
from reprolint.server.documents import Documents, range_of
from reprolint.server.edits import contents, states, text_edits

_SEVERITIES: Final = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}
_RULES: Final = {rule.code: rule for rule in ALL}


@dataclass(frozen=True)
class View:
    """What one editor is shown.

    :ivar encoding: in whose units it counts columns.
    """

    documents: Documents
    capabilities: types.ClientCapabilities
    encoding: str

    def can(self, what: str) -> bool:
        """Whether the editor says that it can do something."""
        return bool(get_capability(self.capabilities, what, False))

    def resolves_edits(self) -> bool:
        """Whether it asks for what an action changes only once somebody wants it."""
        return "edit" in get_capability(self.capabilities, "text_document.code_action.resolve_support.properties", ())

    # Findings

    def diagnostics(self, checked: Checked) -> dict[str, list[types.Diagnostic]]:
        """What there is to show, by the address of the text where it is shown."""
        out: dict[str, list[types.Diagnostic]] = {}
        for finding in checked.report.findings:
            out.setdefault(self.uri(checked, finding.path, finding.cell), []).append(self.diagnostic(checked, finding))
        return out

    def diagnostic(self, checked: Checked, finding: Finding) -> types.Diagnostic:
        related = None
        if self.can("text_document.publish_diagnostics.related_information"):
            related = [
                types.DiagnosticRelatedInformation(self._location(checked, step), clean(step.text)) for step in finding.trace
            ]
        return types.Diagnostic(
            self._range(checked, finding.path, finding.cell, finding.span),
            told(finding) if self._is_json(checked, finding.path) else clean(finding.message),
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            code_description=types.CodeDescription(page(finding.code)),
            source="reprolint",
            related_information=related,
        )

    def at(self, checked: Checked, uri: str, where: types.Range) -> list[Finding]:
        """The findings that a range of a text touches."""
        found = []
        for finding in checked.report.findings:
            if self.uri(checked, finding.path, finding.cell) == uri:
                its = self._range(checked, finding.path, finding.cell, finding.span)
                if its.start <= where.end and where.start <= its.end:
                    found.append(finding)
        return found

    def pages(self, findings: Sequence[Finding]) -> str:
        """The pages of the rules that findings are of, as Markdown."""
        rules = [_RULES[code] for code in dict.fromkeys(finding.code for finding in findings)]
        return "\n\n---\n\n".join(f"# {rule.name} ([{rule.code}]({page(rule.code)}))\n\n{rule.doc.strip()}" for rule in rules)

    def uri(self, checked: Checked, path: str, cell: int | None) -> str:
        """The address of a text.

        :param path: of the file as findings name it; ``cell`` as there.
        """
        absolute = checked.path(path)
        opened = self.documents.by_path(absolute)
        if opened is None:
            return absolute.as_uri()
        text = opened.place(cell)
        return text.uri if text is not None else opened.uri

    def _is_json(self, checked: Checked, path: str) -> bool:
        """Whether a file is a notebook that the editor does not know as one."""
        absolute = checked.path(path)
        opened = self.documents.by_path(absolute)
        return absolute.suffix == ".ipynb" and (opened is None or opened.code is None)

    def _range(self, checked: Checked, path: str, cell: int | None, span: Span) -> types.Range:
        if self._is_json(checked, path):
            cell, span = None, in_file(cell, span)
        return range_of(span, lambda line: checked.report.excerpt(path, cell, line), self.encoding)

    def _location(self, checked: Checked, step: Step) -> types.Location:
        # Where a step ends is not known, so that it goes to the end of its line.
        line = (checked.report.excerpt(step.path, step.cell, step.line) or "").rstrip()
        span = Span(step.line, step.column, step.line, max(step.column, len(line) + 1))
        return types.Location(self.uri(checked, step.path, step.cell), self._range(checked, step.path, step.cell, span))

    # Changes

    def quick_fixes(self, checked: Checked, findings: Sequence[Finding]) -> Iterator[types.CodeAction]:
        """The fixes of some findings, each once, and the comments that suppress them."""
        by_fix: dict[Fix, list[Finding]] = {}
        for finding in findings:
            if finding.fix is not None:
                by_fix.setdefault(finding.fix, []).append(finding)
        for fix, fixed in by_fix.items():
            after = contents(checked, fix)
            edit = self.edit(checked, after) if after is not None else None
            if edit is not None:
                is_safe = fix.applicability == "safe"
                yield types.CodeAction(
                    clean(fix.message) if is_safe else f"{clean(fix.message)} (unsafe)",
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[self.diagnostic(checked, finding) for finding in fixed],
                    is_preferred=is_safe,
                    edit=edit,
                )
        for finding in {(one.code, one.path, one.cell, one.span): one for one in findings}.values():
            module = checked.modules[finding.path]
            commented = ignored(module, finding)
            edit = self.edit(checked, {module.path: commented}) if commented is not None else None
            if edit is not None:
                yield types.CodeAction(
                    f"Suppress {finding.code} on this line",
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[self.diagnostic(checked, finding)],
                    edit=edit,
                )

    def edit(self, checked: Checked, after: Mapping[Path, bytes]) -> types.WorkspaceEdit | None:
        """What makes files hold this; None where the editor cannot do it, or there is nothing to do."""
        modules = {module.path: module for module in checked.modules.values()}
        edits: list[types.TextDocumentEdit] = []
        created: list[types.CreateFile] = []
        for path, data in after.items():
            module = modules.get(path)
            opened = self.documents.by_path(path)
            is_notebook = opened is not None and opened.code is not None
            if module is None:
                created.append(types.CreateFile(path.as_uri()))
            for cell, old, new in states(module.data if module is not None else b"", data, path, by_cell=is_notebook):
                text = opened.place(cell) if opened is not None else None
                document = types.OptionalVersionedTextDocumentIdentifier(
                    text.uri if text is not None else path.as_uri(), text.version if text is not None else None
                )
                edits.append(types.TextDocumentEdit(document, text_edits(old, new, self.encoding)))
        if not edits:
            return None
        if self.can("workspace.workspace_edit.document_changes"):
            operations = get_capability(self.capabilities, "workspace.workspace_edit.resource_operations", ())
            if created and types.ResourceOperationKind.Create not in operations:
                return None
            return types.WorkspaceEdit(document_changes=[*created, *edits])
        if created:
            return None
        return types.WorkspaceEdit(changes={one.text_document.uri: _plain(one) for one in edits})


def _plain(edit: types.TextDocumentEdit) -> list[types.TextEdit]:
    return [types.TextEdit(one.range, one.new_text) for one in edit.edits if isinstance(one, types.TextEdit)]
