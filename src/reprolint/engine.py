"""The whole pipeline: paths in, findings out."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from reprolint.config import Settings
from reprolint.errors import UsageError
from reprolint.facts.parse import ParseError, parse, with_deep_stack
from reprolint.fixes.draft import Draft
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.lines import LineFixes
from reprolint.fixes.plan import Key, Planner
from reprolint.fixes.target import Targets
from reprolint.knowledge import Knowledge, load
from reprolint.model import Edit, Family, Finding, Fix, Span, Step
from reprolint.program.entry import EntryPoint, entry_points
from reprolint.program.imports import Finder
from reprolint.program.project import Module, Project
from reprolint.rules import ALL, Problem, Rule
from reprolint.sources.discover import files, root_of
from reprolint.sources.source import Source, SourceError, shown
from reprolint.trace.interpreter import tell
from reprolint.trace.narrate import narrate
from reprolint.trace.story import Link, Place, Story

Progress = Callable[[int, int], None]

_PER_LINE = frozenset(rule.code for rule in ALL if rule.per_line)


@dataclass(frozen=True)
class Report:
    """What a run found.

    :ivar findings: sorted by path, cell, line, column and code.
    :ivar files: how many files the given paths hold; ``programs``: how many programs were followed.
    :ivar trouble: one line for each program that an error of reprolint's own kept from being followed.
    """

    findings: tuple[Finding, ...]
    files: int
    programs: int
    _sources: dict[str, Source] = field(default_factory=dict)
    trouble: tuple[str, ...] = ()

    def excerpt(self, path: str, cell: int | None, line: int) -> str | None:
        """One line of a file as its author wrote it (1-based), None where it has none."""
        source = self._sources.get(path)
        if source is None:
            return None
        if source.cells is None:
            lines = source.text.decode().split("\n")
        else:
            lines = next((one.source.split("\n") for one in source.cells if one.number == cell), [])
        return lines[line - 1] if 0 < line <= len(lines) else None


def check(
    paths: Sequence[Path], settings: Settings, cwd: Path, progress: Progress | None = None, *, fixes: bool = False
) -> Report:
    """Check every program that reaches one of the given files.

    :param paths: files and folders; a program is read whole, whichever of its files are named.
    :param cwd: the directory that shown paths are relative to.
    :param progress: called with (programs done, programs in all).
    :param fixes: whether to look for a fix of each finding, which takes about as long again for programs that have any.
    :raises UsageError: for a path that does not exist, or a bad row in the settings.
    """
    return with_deep_stack(lambda: _check(paths, settings, cwd, progress, fixes))


def story(entry: Path, settings: Settings, cwd: Path) -> str:
    """What `reprolint trace` prints: the ordered story of one program.

    :raises UsageError: if the file is no entry point or cannot be read.
    """
    return with_deep_stack(lambda: _story(entry, settings, cwd))


def _check(paths: Sequence[Path], settings: Settings, cwd: Path, progress: Progress | None, fixes: bool) -> Report:
    runs, files_found = checked_projects(paths, settings, cwd)
    return reported(((run, run.programs(fixes, progress)) for run in runs), files_found)


def reported(followed: Iterable[tuple[Run, Iterable[Program]]], files_found: int) -> Report:
    """What there is to say of some projects whose programs were followed.

    :param files_found: how many files the given paths hold.
    """
    findings: list[Finding] = []
    sources: dict[str, Source] = {}
    trouble: list[str] = []
    count = 0
    for run, programs in followed:
        for program in programs:
            trouble += program.trouble
            count += program.counts
            findings += run.news(program)
        findings += run.unreadable()
        sources.update(run.sources())
    findings.sort(key=order)
    return Report(tuple(findings), files_found, count, sources, tuple(trouble))


def order(finding: Finding) -> tuple[str, int, Span, str, str]:
    """By which findings are sorted."""
    return finding.path, finding.cell or 0, finding.span, finding.code, finding.entry or ""


def checked_projects(paths: Sequence[Path], settings: Settings, cwd: Path) -> tuple[list[Run], int]:
    """The projects to which the given paths belong, and how many files the paths hold.

    :raises UsageError: for a path that does not exist, or a bad row in the settings.
    """
    knowledge = _knowledge(settings)
    exclude = (*settings.exclude, *settings.extend_exclude)
    wanted = files(paths, exclude)
    runs = [
        Run(Project(root, sorted({*files([root], exclude), *named}), cwd), settings, knowledge, named)
        for root, named in _by_root(paths, wanted).items()
    ]
    return runs, len(wanted)


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


@dataclass(frozen=True)
class Program:
    """What is to be said of one program.

    :ivar modules: the files that it executes.
    :ivar counts: whether it reaches a file that was named.
    :ivar drafts: the fix of each finding, in the same order; None where there is none, or none was asked for.
    """

    entry: EntryPoint
    modules: tuple[Module, ...] = ()
    findings: tuple[Finding, ...] = ()
    drafts: tuple[Draft | None, ...] = ()
    counts: bool = False
    trouble: tuple[str, ...] = ()


class Run:
    """One project, with the files of it that were named."""

    def __init__(self, project: Project, settings: Settings, knowledge: Knowledge, named: Iterable[Path]) -> None:
        self.project = project
        self.settings = settings
        self.knowledge = knowledge
        self.named = frozenset(named)
        self.quoted: set[Module] = set()
        self.layouts = Layouts(project)
        self._told: set[tuple[object, ...]] = set()
        self._imports: dict[tuple[tuple[str, ...], Module], set[Module]] = {}

    def sources(self) -> dict[str, Source]:
        """The text of every file that a finding or its witness names, by shown path."""
        return {module.shown: module.source for module in self.quoted if module.source is not None}

    def programs(
        self, fixes: bool, progress: Progress | None, known: Mapping[tuple[Path, str | None], Program] | None = None
    ) -> Iterator[Program]:
        """Follow all programs that may reach a named file.

        :param known: what is known of some already, by path and function.
        """
        for done, entry in enumerate(self.entries):
            if progress is not None:
                progress(done, len(self.entries))
            kept = known.get((entry.module.path, entry.function)) if known is not None else None
            yield kept if kept is not None else self.program(entry, fixes)

    def program(self, entry: EntryPoint, fixes: bool) -> Program:
        """Follow one program. An error of our own costs this program and one line, not the findings of all others."""
        try:
            told = tell(self.project, entry, self.knowledge, self.settings.src)
            modules = tuple(told.modules)
            if not any(module.path in self.named for module in modules):
                return Program(entry, modules)
            found = list(self._problems(told))
            drafts = self._drafts(entry, told, found) if fixes and found else [None] * len(found)
            findings = [self._finding(rule, problem, told, draft) for (rule, problem), draft in zip(found, drafts, strict=True)]
            return Program(entry, modules, tuple(findings), tuple(drafts), counts=True)
        except Exception as error:
            line = f"internal error: {entry.module.shown}: {type(error).__name__}: {error} (please report)"
            return Program(entry, trouble=(line,))

    def news(self, program: Program) -> Iterator[Finding]:
        """The findings of a program, without those about lines that another program has come by before."""
        for finding in program.findings:
            spot = (finding.code, finding.path, finding.cell, finding.span)
            if finding.code not in _PER_LINE or spot not in self._told:
                self._told.add(spot)
                yield finding

    def _problems(self, told: Story) -> Iterator[tuple[Rule, Problem]]:
        for rule in ALL:
            if rule.check is None or not self.settings.enabled(rule.code, rule.name):
                continue
            for problem in rule.check(told):
                if not self.settings.ignored_in(problem.at.module.path, rule.code, rule.name):
                    yield rule, problem

    def _drafts(self, entry: EntryPoint, told: Story, found: Sequence[tuple[Rule, Problem]]) -> list[Draft | None]:
        """A fix for each problem of a program, None where there is none."""

        def follow(project: Project) -> tuple[Story, list[tuple[Rule, Problem]]]:
            again = EntryPoint(project.modules[entry.module.path], entry.function)
            after = tell(project, again, self.knowledge, self.settings.src)
            return after, list(self._problems(after))

        def judge(project: Project) -> tuple[set[Key], set[Family]]:
            after, left = follow(project)
            return {(rule.code, problem.family) for rule, problem in left}, after.exposed()

        targets = Targets(self.project, entry, self.settings.set_seed, self.settings.runtime, self.settings.src)
        planner = Planner(self.project, told, judge, targets.of, self.settings.seed, self.layouts)
        of_program = planner.fixes(sorted({(rule.code, problem.family) for rule, problem in found}, key=str))
        of_lines = LineFixes(self.project, told, lambda project: follow(project)[1], self.settings.seed, self.layouts).fixes(
            found
        )
        return [
            of_lines.get(problem.at) if rule.per_line else of_program.get((rule.code, problem.family))
            for rule, problem in found
        ]

    @cached_property
    def entries(self) -> list[EntryPoint]:
        """The programs that may reach a named file, judged by their import lines."""
        found = entry_points(self.project, self.settings.is_entry_point)
        if len(self.named) == len(self.project.modules):
            return found
        return [entry for entry in found if self._may_reach(entry)]

    def _may_reach(self, entry: EntryPoint) -> bool:
        """Whether following the import lines of an entry point leads to a named file; instantiated names count as imports."""
        finder = Finder(self.project, entry.module, self.settings.src)
        seen: set[Module] = set()
        stack = [entry.module]
        while stack:
            module = stack.pop()
            if module.path in self.named:
                return True
            if module in seen:
                continue
            seen.add(module)
            stack += self._imported(finder, module)
        return False

    def _imported(self, finder: Finder, module: Module) -> set[Module]:
        """Modules of the project that a file's import lines name; shared by all programs that search in the same order."""
        key = (finder.order, module)
        if key not in self._imports:
            self._imports[key] = set(finder.imported(module))
        return self._imports[key]

    def _finding(self, rule: Rule, problem: Problem, told: Story, draft: Draft | None) -> Finding:
        cell, span = self.locate(problem.at)
        named = {name: self.describe(place) for name, place in problem.named.items()}
        message = problem.message
        for name, where in named.items():
            message = message.replace(f"{{{name}}}", where)
        module = problem.at.module
        self.quoted.add(module)
        return Finding(
            rule.code, rule.name, rule.severity, message, module.shown, cell, span, told.entry.shown, problem.family,
            tuple(self._step(link) for link in problem.steps), self._fix(draft) if draft is not None else None,
        )  # fmt: skip

    def _fix(self, draft: Draft) -> Fix:
        edits = [
            Edit(module.shown, *_located(module, change.span), change.replacement)
            for module, changes in draft.changes.items()
            for change in changes
        ]
        start = Span(1, 1, 1, 1)
        edits += [Edit(shown(path, self.project.cwd), None, start, data.decode()) for path, data in draft.new_files.items()]
        return Fix(draft.applicability, draft.message, tuple(edits))

    def _step(self, link: Link) -> Step:
        cell, span = self.locate(link.place)
        self.quoted.add(link.place.module)
        text = link.text if cell is None else f"cell {cell}: {link.text}"
        return Step(link.place.module.shown, span.line, span.column, text)

    def describe(self, place: Place) -> str:
        cell, span = self.locate(place)
        return f"{place.module.shown}:{span.line}" if cell is None else f"{place.module.shown}, cell {cell}, line {span.line}"

    def locate(self, place: Place) -> tuple[int | None, Span]:
        """Where a site stands for the reader: the cell of a notebook, and the span in it."""
        return _located(place.module, self.layouts.span(place))

    def unreadable(self) -> Iterator[Finding]:
        """Files that cannot be read or parsed, whether or not a program reaches them."""
        for path in sorted(self.named):
            module = self.project.modules[path]
            error = module.error or (_syntax_error(module) if module.source is not None else module.error)
            if error is None:
                continue
            code = error.code if isinstance(error, SourceError) else "RPL900"
            rule = next(rule for rule in ALL if rule.code == code)
            if self.settings.enabled(code, rule.name) and not self.settings.ignored_in(path, code, rule.name):
                span = Span(error.line, error.column, error.line, error.column)
                cell = None
                if module.source is not None:
                    cell, span = module.source.locate(span)
                self.quoted.add(module)
                yield Finding(code, rule.name, rule.severity, _sentence(str(error)), module.shown, cell, span)


def _located(module: Module, span: Span) -> tuple[int | None, Span]:
    return module.source.locate(span) if module.source is not None else (None, span)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _syntax_error(module: Module) -> ParseError | None:
    """The syntax error of a file that no program needed. CPython's own parser is ten times as fast, so it looks first."""
    if "body" in vars(module) or ("skim" in vars(module) and module.skim is not None):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(module.text, module.shown, "exec", dont_inherit=True, flags=ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        try:
            parse(module.text)
        except ParseError as error:
            return error
    return None


def _story(entry: Path, settings: Settings, cwd: Path) -> str:
    path = Path(os.path.abspath(entry))
    root = root_of(path)
    project = Project(root, sorted({*files([root], (*settings.exclude, *settings.extend_exclude)), path}), cwd)
    module = project.modules[path]
    if module.source is None or (not module.body and module.error is not None):
        raise UsageError(f"{module.shown}: {module.error}")
    knowledge = _knowledge(settings)
    told = tell(project, EntryPoint(module), knowledge, settings.src)
    return narrate(told, Run(project, settings, knowledge, [path]).describe)
