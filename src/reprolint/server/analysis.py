"""Checks of one project, again and again: what did not change since the last time is not read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from reprolint import baseline, config, fixer
from reprolint.baseline import Baseline
from reprolint.config import Settings
from reprolint.engine import Report, Scope, reported
from reprolint.errors import UsageError
from reprolint.facts.guard import with_deep_stack
from reprolint.facts.kept import Kept
from reprolint.fixer import Changed
from reprolint.knowledge import Knowledge, load
from reprolint.program.project import Module, Project
from reprolint.run import Run
from reprolint.sources.cache import Cache
from reprolint.sources.discover import SUFFIXES, files, is_excluded
from reprolint.sources.source import MAX_BYTES, MAX_NOTEBOOK_BYTES

CacheFor: TypeAlias = Callable[[Settings], Cache | None]
"""Gives the folder in which to keep what is known of a project's files; None: nothing is kept."""


class Outdated(Exception):
    """The text has changed while it was checked."""


@dataclass(frozen=True)
class Checked:
    """What one check of a project gave.

    :ivar generation: of the project's texts, as the editor's side counts it.
    :ivar with_fixes: whether fixes were looked for.
    :ivar modules: the files of the project by the path that findings name.
    """

    root: Path
    generation: int
    report: Report
    with_fixes: bool
    modules: Mapping[str, Module]

    def path(self, shown: str) -> Path:
        """The absolute path of a file that findings name so."""
        return self.modules[shown].path if shown in self.modules else self.root / shown


class Analysis:
    """One project. Everything but `stale` belongs to one thread.

    :ivar alone: whether only the folder itself counts, not what lies below it: it was not called a project by anybody.
    :ivar stale: whether files may have changed on disk.
    """

    def __init__(self, root: Path, cache: CacheFor = lambda settings: None, *, alone: bool = False) -> None:
        self.root = root
        self.cache = cache
        self.alone = alone
        self.stale = True
        self._settings: Settings | None = None
        self._knowledge: Knowledge | None = None
        self._disk = Project(root, (), root)
        self._stamps: dict[Path, tuple[int, int] | None] = {}
        self._texts: dict[Path, bytes] = {}
        self._project = self._disk
        self._last: Checked | None = None

    def check(self, texts: Mapping[Path, bytes], generation: int, *, fixes: bool, outdated: Callable[[], bool]) -> Checked:
        """Check the programs that reach one of the open files.

        :param texts: the open files with what they hold.
        :raises Outdated: as soon as it turns out that nobody needs the result.
        :raises UsageError: for settings that are wrong.
        """
        last = self._last
        if last is not None and last.generation == generation and (last.with_fixes or not fixes):
            return last
        progress = _stop_if(outdated)
        progress(0, 0)
        run, scope = self._run(texts)
        report = with_deep_stack(lambda: reported([(run, run.programs(fixes, progress))], scope))
        if self._disk.kept is not None:
            self._disk.kept.save(self._disk.modules.keys())
        modules = {module.shown: module for module in run.project.modules.values()}
        self._last = Checked(self.root, generation, report, fixes, modules)
        return self._last

    def fixed(self, texts: Mapping[Path, bytes], path: Path, outdated: Callable[[], bool]) -> dict[Path, bytes]:
        """What the files hold after the safe fixes of everything that is reported in one of them.

        :raises Outdated: as `check`.
        :raises UsageError: as `check`.
        """
        run, _ = self._run(texts)
        if path not in run.named:
            return {}
        progress = _stop_if(outdated)
        changed: list[Changed] = with_deep_stack(lambda: fixer.fix_file(run, run.project.modules[path].shown, progress))
        return {one.path: one.after for one in changed}

    def _run(self, texts: Mapping[Path, bytes]) -> tuple[Run, Scope]:
        settings = config.load(self.root)
        if self._knowledge is None or settings != self._settings:
            try:
                self._knowledge = load().extended(settings.seeders, settings.draws)
            except ValueError as error:
                raise UsageError(f"{settings.file or 'settings'}: {error}") from None
            self._settings = settings
            self.stale = True
        exclude = (*settings.exclude, *settings.extend_exclude)
        named = {
            path: data
            for path, data in texts.items()
            if not is_excluded(path, exclude, self.root) and not _too_large(path, data)
        }
        if self.stale:
            self.stale = False
            self._disk = self._listed(exclude, settings.respect_gitignore, self._kept(settings))
            self._texts = {}
            self._project = self._disk
        if not self._texts.keys() <= named.keys():  # what was open counts again as it is on disk
            self._texts = {}
            self._project = self._disk
        new = {path: data for path, data in named.items() if self._texts.get(path) != data}
        self._project = self._project.with_contents(new)
        self._texts = named
        known = Baseline(self.root)
        if settings.baseline is not None:
            known = baseline.read(settings.baseline, str(settings.baseline))
        run = Run(self._project, settings, self._knowledge, named, known)
        return run, Scope((), frozenset(named), settings, known)

    def _kept(self, settings: Settings) -> Kept | None:
        """The facts that earlier runs have kept. Those of this one are in memory, so they are read once."""
        if self._disk.kept is not None:
            return self._disk.kept
        cache = self.cache(settings)
        return Kept(cache, self.root) if cache is not None else None

    def _listed(self, exclude: tuple[str, ...], respect_gitignore: bool, kept: Kept | None) -> Project:
        """The project as it is on disk; files whose time and size are what they were are not read again."""
        if not self.root.is_dir():
            found: list[Path] = []
        elif self.alone:
            found = [path for path in self.root.iterdir() if path.suffix in SUFFIXES]
        else:
            found = files([self.root], exclude, respect_gitignore=respect_gitignore)
        stamps = {path: _stamp(path) for path in found}
        known = {
            path: module
            for path, module in self._disk.modules.items()
            if stamps.get(path) is not None and self._stamps.get(path) == stamps[path]
        }
        self._stamps = stamps
        return Project(self.root, found, self.root, kept, known, self._disk.reads)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _too_large(path: Path, data: bytes) -> bool:
    return len(data) > (MAX_NOTEBOOK_BYTES if path.suffix == ".ipynb" else MAX_BYTES)


def _stop_if(outdated: Callable[[], bool]) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if outdated():
            raise Outdated

    return progress
