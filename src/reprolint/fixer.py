"""`reprolint fix`: rounds of checking and editing in memory until nothing changes any more, then the files are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reprolint.baseline import Spot, spot
from reprolint.config import Settings
from reprolint.engine import Report, checked_projects, reported, save
from reprolint.facts.guard import with_deep_stack
from reprolint.facts.layout import inside
from reprolint.fixes.draft import Draft
from reprolint.fixes.layouts import Layouts, function_of
from reprolint.fixes.verify import Unsound, edited
from reprolint.model import Finding, Span
from reprolint.program.project import Module
from reprolint.results import Results
from reprolint.run import Program, Progress, Run, order
from reprolint.sources import rewrite
from reprolint.sources.cache import Cache
from reprolint.sources.rewrite import Change
from reprolint.sources.source import shown
from reprolint.sources.write import ChangedMeanwhile, replace
from reprolint.trace.story import Place

MAX_ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Changed:
    """One file before and after; ``before`` is None for a new file."""

    path: Path
    shown: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a run of fixes came to.

    :ivar report: what is left.
    :ivar changed: the files that differ, by path; nothing is written yet.
    :ivar findings: the findings that were fixed.
    """

    report: Report
    changed: tuple[Changed, ...]
    findings: tuple[Finding, ...]


def fix(
    paths: Sequence[Path],
    settings: Settings,
    cwd: Path,
    progress: Progress | None = None,
    *,
    unsafe: bool = False,
    texts: Mapping[Path, bytes] | None = None,
    cache: Cache | None = None,
) -> Fixed:
    """Fix what can be fixed in every program that reaches one of the given files, in memory.

    :param unsafe: whether to make changes that may change what a program computes, beyond making it repeatable.
    :param texts: as for `engine.check`, and so is ``cache``; where there are any, nothing else is changed.
    :raises UsageError: as `engine.check`.
    """
    return with_deep_stack(lambda: _fix(paths, settings, cwd, progress, unsafe, texts, cache))


def fix_file(run: Run, path: str, progress: Progress | None = None) -> list[Changed]:
    """Make the safe fixes of what is reported in one file of a project, in memory; they may change other files, too.

    :param path: the file as findings name it.
    """
    rounds = _Rounds(run, False, progress, None, path)
    rounds.run_all()
    return list(rounds.changed())


def write(changed: Sequence[Changed]) -> list[str]:
    """Write the files that a fix changes.

    :returns: a line for each file that could not be written; it is as it was.
    """
    trouble = []
    for one in changed:
        try:
            replace(one.path, one.after, expected=one.before)
        except ChangedMeanwhile:
            trouble.append(f"{one.shown} changed while it was being fixed; it is left as it is")
        except OSError as error:
            trouble.append(f"{one.shown} cannot be written: {(error.strerror or type(error).__name__).lower()}")
    return trouble


def pieces(changed: Sequence[Changed]) -> Iterator[tuple[str, str, str]]:
    """The texts to compare, for `reports.diff`."""
    for one in changed:
        yield from rewrite.pieces(one.shown, one.before or b"", one.after, notebook=one.path.suffix == ".ipynb")


def _fix(
    paths: Sequence[Path],
    settings: Settings,
    cwd: Path,
    progress: Progress | None,
    unsafe: bool,
    texts: Mapping[Path, bytes] | None,
    cache: Cache | None,
) -> Fixed:
    runs, scope = checked_projects(paths, settings, cwd, texts, cache)
    projects = [_Rounds(run, unsafe, progress, frozenset(texts) if texts else None) for run in runs]
    for rounds in projects:
        rounds.run_all()
    save(runs)
    report = reported(((rounds.run, rounds.programs) for rounds in projects), scope)
    changed = [change for rounds in projects for change in rounds.changed()]
    fixed = [finding for rounds in projects for finding in rounds.fixed]
    return Fixed(report, tuple(sorted(changed, key=lambda one: one.shown)), tuple(sorted(fixed, key=order)))


class _Rounds:
    """The rounds of one project."""

    def __init__(
        self, run: Run, unsafe: bool, progress: Progress | None, only: frozenset[Path] | None, reported_in: str | None = None
    ) -> None:
        """``only`` are the files that may change, ``reported_in`` the one whose findings are fixed; None: all."""
        self.first = run
        self.run = run
        self.unsafe = unsafe
        self.progress = progress
        self.only = only
        self.reported_in = reported_in
        self.programs: list[Program] = []
        self.fixed: list[Finding] = []
        self.contents: dict[Path, bytes] = {}

    def run_all(self) -> None:
        known: dict[tuple[Path, str | None], Program] = {}
        for _ in range(MAX_ROUNDS):
            self.programs = list(self.run.programs(True, self.progress, known))
            edits = self._next_edits() or self._without_suppressions()
            if not edits:
                return
            self.contents.update(edits)
            project = self.first.project.with_contents(self.contents)
            added = [path for path in self.contents if path not in self.first.project.modules]
            first = self.first
            results = Results(None, project, first.settings, project.cwd)
            self.run = Run(project, first.settings, first.knowledge, {*first.named, *added}, first.baseline, results)
            known = {
                (program.entry.module.path, program.entry.function): program
                for program in self.programs
                if program.entry is not None and not any(module.path in edits for module in program.modules) and not added
            }

    def _next_edits(self) -> dict[Path, bytes]:
        """The files of the next round.

        A program waits where another program's fix of the round changes code that it executes, since that may settle it, too; those
        whose fix changes the most widely used file come first. A fix of one line of a file, whoever runs it, settles nothing else.
        """
        uses = Counter(module.path for program in self.programs for module in program.modules)
        known = self._known()
        offers = [(program, offered) for program in self.programs if (offered := self._offered(program, known))]
        offers.sort(key=lambda offer: -max(uses[module.path] for draft in offer[1] for module in draft.changes))
        changes: dict[Module, list[Change]] = {}
        contents: dict[Path, bytes] = {}
        settling = _Touched(self.run.layouts)
        for program, drafts in offers:
            if settling.is_executed_by(program):
                continue
            accepted: list[Draft] = []
            for draft in drafts:
                together = {module: [*changes.get(module, ()), *new] for module, new in draft.changes.items()}
                try:
                    results = {module.path: edited(module, all_of_them) for module, all_of_them in together.items()}
                except Unsound:  # two fixes of one program overlap: the other one has its turn in the next round
                    continue
                changes.update(together)
                contents.update(results)
                contents.update(draft.new_files)
                accepted.append(draft)
                if program.entry is not None:
                    settling.add(draft)
            self.fixed += [
                finding
                for finding, draft in zip(program.findings, program.drafts, strict=True)
                if any(draft is one for one in accepted)
            ]
        return contents

    def _without_suppressions(self) -> dict[Path, bytes]:
        """The files without comments that suppress nothing; only once all else is settled is it known which these are."""
        said = [finding for program in self.programs for finding in program.findings]
        known = self._known()
        changes: dict[Module, list[Change]] = {}
        contents: dict[Path, bytes] = {}
        for finding, draft in self.run.unused_suppressions(self.programs, said):
            if not self._is_allowed(draft) or spot(finding) in known or not self._is_meant(finding):
                continue
            for module, new in draft.changes.items():
                together = [*changes.get(module, ()), *new]
                try:
                    contents[module.path] = edited(module, together)
                except Unsound:  # two comments overlap, or the file would not be read as it is written
                    continue
                changes[module] = together
                self.fixed.append(finding)
        return contents

    def _known(self) -> set[Spot]:
        """The findings that the baseline lists."""
        baseline = self.run.baseline
        if baseline is None or not baseline.entries:
            return set()
        said = [finding for program in self.programs for finding in program.findings]
        unused = [finding for finding, _ in self.run.unused_suppressions(self.programs, said)]
        return baseline.known(self.run.prints([*self.run.visible(said), *unused]))

    def _offered(self, program: Program, known: set[Spot]) -> list[Draft]:
        """The fixes of a program that are to be made, which are those of at least one finding that is not known."""
        drafts = {
            id(draft): draft
            for finding, draft in zip(program.findings, program.drafts, strict=True)
            if draft is not None and spot(finding) not in known and self._is_meant(finding)
        }
        return [draft for draft in drafts.values() if self._is_allowed(draft)]

    def _is_meant(self, finding: Finding) -> bool:
        return self.reported_in is None or finding.path == self.reported_in

    def _is_allowed(self, draft: Draft) -> bool:
        if self.only is not None and (draft.new_files or any(module.path not in self.only for module in draft.changes)):
            return False
        return self.unsafe or draft.applicability == "safe"

    def changed(self) -> Iterator[Changed]:
        for path, after in self.contents.items():
            module = self.first.project.modules.get(path)
            before = module.data if module is not None else None
            if after != before:
                yield Changed(path, shown(path, self.first.project.cwd), before, after)


class _Touched:
    """The code that the fixes of a round change."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._inside: dict[Path, list[tuple[Module, Span]]] = {}
        """What changes inside of functions."""
        self._outside: set[Path] = set()
        """Files in which something changes that importing them executes."""

    def add(self, draft: Draft) -> None:
        for module, changes in draft.changes.items():
            for change in changes:
                if function_of(self._layouts.of(module).path_to(change.span)) is not None:
                    self._inside.setdefault(module.path, []).append((module, change.span))
                elif not _only_imports(change.replacement):
                    self._outside.add(module.path)

    def is_executed_by(self, program: Program) -> bool:
        """Whether a program may execute any of it."""
        paths = {module.path for module in program.modules}
        if not paths.isdisjoint(self._outside) or (program.cut_short and not paths.isdisjoint(self._inside)):
            return True
        return any(
            inside(changed, self._layouts.span(Place(module, site)))
            for path, site in program.functions
            for module, changed in self._inside.get(path, ())
        )


def _only_imports(text: str) -> bool:
    """Whether lines that are put into a file do nothing but import."""
    return all(line.startswith(("import ", "from ")) for line in text.splitlines() if line.strip())
