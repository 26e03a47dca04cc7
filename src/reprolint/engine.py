"""The whole pipeline: paths in, findings out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reprolint.baseline import Baseline, Entry, Prints, spot
from reprolint.baseline import read as read_baseline
from reprolint.config import Settings, selected
from reprolint.errors import UsageError
from reprolint.facts.guard import with_deep_stack
from reprolint.facts.kept import Kept
from reprolint.knowledge import Knowledge, load
from reprolint.model import Finding
from reprolint.program.entry import EntryPoint
from reprolint.program.project import Project
from reprolint.results import Results
from reprolint.rules import ALL
from reprolint.run import Program, Progress, Run, order
from reprolint.sources.cache import Cache
from reprolint.sources.discover import root_of
from reprolint.sources.source import Source, shown
from reprolint.trace.interpreter import tell
from reprolint.trace.narrate import narrate


@dataclass(frozen=True)
class Report:
    """What a run found.

    :ivar findings: sorted by path, cell, line, column and code.
    :ivar files: how many files the given paths hold; ``programs``: how many programs were followed.
    :ivar trouble: one line for each program that an error of reprolint's own kept from being followed.
    :ivar stale: how many findings the baseline lists that do not occur any more.
    """

    findings: tuple[Finding, ...]
    files: int
    programs: int
    _sources: dict[str, Source] = field(default_factory=dict)
    trouble: tuple[str, ...] = ()
    stale: int = 0
    _lines: dict[tuple[str, int | None], list[str]] = field(default_factory=dict)

    def excerpt(self, path: str, cell: int | None, line: int) -> str | None:
        """One line of a file as its author wrote it (1-based), None where it has none."""
        lines = self._lines.get((path, cell))
        if lines is None:
            lines = self._lines[path, cell] = self._split(path, cell)
        return lines[line - 1] if 0 < line <= len(lines) else None

    def _split(self, path: str, cell: int | None) -> list[str]:
        source = self._sources.get(path)
        if source is None:
            return []
        if source.cells is None:
            return source.text.decode().split("\n")
        return next((one.source.split("\n") for one in source.cells if one.number == cell), [])


def check(
    paths: Sequence[Path],
    settings: Settings,
    cwd: Path,
    progress: Progress | None = None,
    *,
    fixes: bool = False,
    texts: Mapping[Path, bytes] | None = None,
    cache: Cache | None = None,
) -> Report:
    """Check every program that reaches one of the given files.

    :param paths: files and folders; a program is read whole, whichever of its files are named.
    :param cwd: the directory that shown paths are relative to.
    :param progress: called with (programs done, programs in all).
    :param fixes: whether to look for a fix of each finding, which takes about as long again for programs that have any.
    :param texts: what some of the given files hold, by absolute path, whatever is on disk; they need not exist.
    :param cache: where what is found out about files and programs is kept from run to run.
    :raises UsageError: for a path that does not exist, a bad row in the settings, or a broken baseline.
    """
    return with_deep_stack(lambda: _check(paths, settings, cwd, progress, fixes, texts, cache))


def record(
    paths: Sequence[Path], settings: Settings, cwd: Path, progress: Progress | None = None, cache: Cache | None = None
) -> tuple[Baseline, Baseline, Report]:
    """What the settings' baseline is, and what it is to be so that a check of these paths reports nothing; the rest is as in `check`.

    What the check could not have come by stays in it: findings in files that are not named, and of rules that are off.
    """
    return with_deep_stack(lambda: _record(paths, settings, cwd, progress, cache))


def story(entry: Path, settings: Settings, cwd: Path) -> str:
    """What `reprolint trace` prints: the ordered story of one program.

    :raises UsageError: if the file is no entry point or cannot be read.
    """
    return with_deep_stack(lambda: _story(entry, settings, cwd))


def _check(
    paths: Sequence[Path],
    settings: Settings,
    cwd: Path,
    progress: Progress | None,
    fixes: bool,
    texts: Mapping[Path, bytes] | None,
    cache: Cache | None,
) -> Report:
    runs, scope = checked_projects(paths, settings, cwd, texts, cache)
    report = reported(((run, run.programs(fixes, progress)) for run in runs), scope)
    save(runs)
    return report


def save(runs: Iterable[Run]) -> None:
    """Write what the runs have found out into their cache."""
    for run in runs:
        if run.project.kept is not None:
            run.project.kept.save(run.project.modules.keys())
        if run.results is not None:
            run.results.save()


def _record(
    paths: Sequence[Path], settings: Settings, cwd: Path, progress: Progress | None, cache: Cache | None
) -> tuple[Baseline, Baseline, Report]:
    assert settings.baseline is not None
    exists = settings.baseline.exists()
    before = read_baseline(settings.baseline, shown(settings.baseline, cwd)) if exists else Baseline(settings.baseline)
    runs, scope = checked_projects(paths, replace(settings, baseline=None), cwd, None, cache)
    report = reported(((run, run.programs(False, progress)) for run in runs), scope)
    save(runs)
    prints = Prints(settings.baseline.parent)
    modules = {module.shown: module for run in runs for module in run.project.modules.values()}
    entries = {spot(finding): prints.entry(modules[finding.path], finding) for finding in report.findings}
    return before, before.renewed(list(entries.values()), replace(scope, baseline=before).judges), report


def reported(followed: Iterable[tuple[Run, Iterable[Program]]], scope: Scope) -> Report:
    """What there is to say of some projects whose programs were followed."""
    findings: list[Finding] = []
    sources: dict[str, Source] = {}
    trouble: list[str] = []
    there: Counter[str] = Counter()
    count = 0
    for run, programs in followed:
        done: list[Program] = []
        said: list[Finding] = []
        for program in programs:
            trouble += program.trouble
            count += program.counts
            said += run.news(program)
            done.append(program)
        said += run.unreadable()
        visible = [*run.visible(said), *(finding for finding, _ in run.unused_suppressions(done, said))]
        prints = run.prints(visible)
        known = scope.baseline.known(prints)
        there.update(prints.values())
        findings += (finding for finding in visible if spot(finding) not in known)
        sources.update(run.sources())
    findings.sort(key=order)
    stale = scope.baseline.stale(there.elements(), scope.judges)
    return Report(tuple(findings), len(scope.wanted), count, sources, tuple(trouble), stale)


@dataclass(frozen=True)
class Scope:
    """What a run was asked to look at.

    :ivar paths: as given, absolute; ``wanted``: the files that they hold.
    :ivar baseline: known findings; empty where there is none.
    """

    paths: tuple[Path, ...]
    wanted: frozenset[Path]
    settings: Settings
    baseline: Baseline

    def judges(self, entry: Entry) -> bool:
        """Whether the run would have come by a finding of the baseline, had it been there."""
        rule = next((rule for rule in ALL if rule.code == entry.code), None)
        if rule is not None and not self.settings.enabled(rule.code, rule.name):
            return False
        path = Path(os.path.abspath(self.baseline.file.parent / entry.path))
        if rule is not None and self.settings.ignored_in(path, rule.code, rule.name):
            return False
        return path in self.wanted or (not path.exists() and any(path.is_relative_to(given) for given in self.paths))


def _project(root: Path, named: Iterable[Path], settings: Settings, cwd: Path, cache: Cache | None = None) -> Project:
    """All files below a root that the settings select, and those that are named."""
    files = sorted({*selected([root], replace(settings, force_exclude=False)), *named})
    return Project(root, files, cwd, Kept(cache, root) if cache is not None else None)


def checked_projects(
    paths: Sequence[Path],
    settings: Settings,
    cwd: Path,
    texts: Mapping[Path, bytes] | None = None,
    cache: Cache | None = None,
) -> tuple[list[Run], Scope]:
    """The projects to which the given paths belong, and what is to be looked at.

    :param texts: as for `check`, and so is ``cache``.
    :raises UsageError: for a path that does not exist, a bad row in the settings, or a broken baseline.
    """
    knowledge = _knowledge(settings)
    baseline = Baseline(cwd)
    if settings.baseline is not None:
        baseline = read_baseline(settings.baseline, shown(settings.baseline, cwd))
    wanted = selected(paths, settings, texts or ())
    runs = []
    for root, named in _by_root(paths, wanted).items():
        project = _project(root, named, settings, cwd, cache)
        held = {path: text for path, text in (texts or {}).items() if path in project.modules}
        # A text that is not on disk would push out what is known of the file.
        project = project.with_contents(held) if held else project
        results = Results(cache if not held else None, project, settings, cwd)
        runs.append(Run(project, settings, knowledge, named, baseline, results))
    return runs, Scope(tuple(Path(os.path.abspath(path)) for path in paths), frozenset(wanted), settings, baseline)


def _knowledge(settings: Settings) -> Knowledge:
    try:
        return load().extended(settings.seeders, settings.draws)
    except ValueError as error:
        raise UsageError(f"{settings.file or 'settings'}: {error}") from None


def _by_root(paths: Sequence[Path], wanted: Iterable[Path]) -> dict[Path, list[Path]]:
    """The files to check under the root of the project that each belongs to.

    A folder that is given is one project with all that lies below it, unless it lies inside a larger one.
    """
    given = [Path(os.path.abspath(path)) for path in paths]
    folders = {folder: root_of(folder) for folder in given if folder.is_dir()}
    groups: dict[Path, list[Path]] = {}
    for path in wanted:
        folder = next((folder for folder in folders if path.is_relative_to(folder)), None)
        root = folders[folder] if folder is not None else root_of(path)
        groups.setdefault(root, []).append(path)
    return groups


def _story(entry: Path, settings: Settings, cwd: Path) -> str:
    path = Path(os.path.abspath(entry))
    project = _project(root_of(path), [path], settings, cwd)
    module = project.modules[path]
    if module.source is None or (not module.body and module.error is not None):
        raise UsageError(f"{module.shown}: {module.error}")
    run, point = Run(project, settings, _knowledge(settings), [path]), EntryPoint(module)
    return narrate(tell(project, point, run.facts(point), settings.src), run.describe)
