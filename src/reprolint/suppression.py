"""Which findings a comment suppresses, and which comments suppress nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from reprolint.config import Settings
from reprolint.fixes.draft import Draft
from reprolint.model import Finding, Span
from reprolint.program.project import Module
from reprolint.rules import ALL
from reprolint.rules.unused_suppression import CODE, message
from reprolint.sources.suppressions import Suppression, Word, scan


@dataclass(frozen=True, slots=True)
class Unused:
    """A comment that is not needed, or not all of it: where it stands in the text of the file, what to say, and what to do."""

    span: Span
    message: str
    draft: Draft


class Suppressions:
    """The suppressing comments of a project's files, each file scanned once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._known: WeakKeyDictionary[Module, tuple[Suppression, ...]] = WeakKeyDictionary()

    def of(self, module: Module) -> tuple[Suppression, ...]:
        if module not in self._known:
            self._known[module] = scan(module.text)
        return self._known[module]

    def hides(self, module: Module, code: str, name: str, cell: int | None, span: Span) -> bool:
        """Whether a comment keeps a finding from being reported.

        :param cell: as in `Finding`, and so is ``span``.
        """
        if not self.of(module):
            return False
        before = _lines_before(module, cell)
        first, last = span.line + before, span.end_line + before
        return any(
            one.covers(first, last) and (one.words is None or any(word.names(code, name) for word in one.words))
            for one in self.of(module)
        )

    def unused(self, module: Module, findings: Sequence[Finding]) -> Iterator[Unused]:
        """The comments of a file that suppress nothing, or name something that they need not name.

        :param findings: everything that is to be said of the file, were it not suppressed.
        """
        if not self._enabled(module, CODE):
            return
        for suppression in self.of(module):
            unused, unknown = self._unneeded(module, suppression, findings)
            idle = suppression.words is None and self._is_idle(module, suppression, findings)
            if not (unused or unknown or idle or suppression.words == ()) or self._is_meant(module, suppression):
                continue
            gone = (*unused, *unknown)
            remains = len(gone) < len(suppression.words or ())
            what = ", ".join(f"`{word.text}`" for word in gone) if remains else "the comment"
            draft = Draft(f"Remove {what}", "unsafe" if suppression.misplaced else "safe")
            draft.add(module, suppression.without(gone))
            said = message(suppression, [word.text for word in unused], [word.text for word in unknown], ALL)
            yield Unused(suppression.span, said, draft)

    def _unneeded(self, module: Module, suppression: Suppression, findings: Sequence[Finding]) -> tuple[list[Word], list[Word]]:
        """The words that suppress nothing although they could, and those that are no rule."""
        unused: list[Word] = []
        unknown: list[Word] = []
        covered = [finding for finding in findings if _covers(suppression, module, finding)]
        for word in suppression.own:
            rules = [rule for rule in ALL if word.names(rule.code, rule.name)]
            if not rules:
                unknown.append(word)
            elif any(word.names(finding.code, finding.name) for finding in covered):
                continue
            elif any(self._enabled(module, rule.code) for rule in rules) and all(
                self._enabled(module, rule.code) for rule in rules if rule.on
            ):
                unused.append(word)
        return unused, unknown

    def _is_idle(self, module: Module, suppression: Suppression, findings: Sequence[Finding]) -> bool:
        """Whether a comment that names no rule suppresses nothing; other tools may need a ``noqa``, and a file may be left out
        for good."""
        if suppression.kind == "noqa" or (suppression.kind == "ignore-file" and not suppression.misplaced):
            return False
        return not any(_covers(suppression, module, finding) for finding in findings) and all(
            self._enabled(module, rule.code) for rule in ALL if rule.on
        )

    def _is_meant(self, module: Module, suppression: Suppression) -> bool:
        """Whether RPL901 is suppressed for a comment. ``ignore`` alone does not do that, or it would never be unused."""
        line = suppression.span.line
        return any(
            one.covers(line, line) and (
                one.kind != "ignore" if one.words is None else any(word.names(CODE, _NAMES[CODE]) for word in one.words)
            )
            for one in self.of(module)
        )  # fmt: skip

    def _enabled(self, module: Module, code: str) -> bool:
        name = _NAMES[code]
        return self.settings.enabled(code, name) and not self.settings.ignored_in(module.path, code, name)


_NAMES = {rule.code: rule.name for rule in ALL}


def _covers(suppression: Suppression, module: Module, finding: Finding) -> bool:
    before = _lines_before(module, finding.cell)
    return suppression.covers(finding.span.line + before, finding.span.end_line + before)


def _lines_before(module: Module, cell: int | None) -> int:
    return module.source.lines_before(cell) if module.source is not None else 0
