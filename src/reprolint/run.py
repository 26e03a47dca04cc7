"""One project of which some files were named: its programs are followed, or what came of that is recalled, and findings are made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress, groupby
from pathlib import Path
from typing import Final

from reprolint.baseline import Baseline, Prints, Spot, spot
from reprolint.config import Settings
from reprolint.facts.guard import ParseError
from reprolint.fixes.draft import Draft
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.lines import LineFixes
from reprolint.fixes.plan import Key, Planner
from reprolint.fixes.sorting import OrderFixes
from reprolint.fixes.target import Targets
from reprolint.knowledge import Knowledge
from reprolint.model import Edit, Family, Finding, Fix, Span, Step
from reprolint.order.survey import Survey
from reprolint.program.entry import EntryPoint, entry_points
from reprolint.program.imports import Finder
from reprolint.program.project import Module, Project
from reprolint.program.requirements import newest_torch
from reprolint.results import Answer, Results, Said
from reprolint.rules import ALL, Problem, Rule
from reprolint.rules.unused_suppression import CODE as UNUSED_SUPPRESSION
from reprolint.sources.cache import name_of
from reprolint.sources.source import Source, SourceError, shown
from reprolint.spread import cores, spread
from reprolint.suppression import Suppressions
from reprolint.trace.interpreter import tell
from reprolint.trace.story import Link, Place, Story
from reprolint.versions import Version

Progress = Callable[[int, int], None]

PATIENCE: Final = 0.5
"""Seconds for which one process follows programs alone. Others cost time, too, and start with what this one has read by then."""

_PER_LINE = frozenset(rule.code for rule in ALL if rule.per_line)


def order(finding: Finding) -> tuple[str, int, Span, str, str]:
    """By which findings are sorted."""
    return finding.path, finding.cell or 0, finding.span, finding.code, finding.entry or ""


@dataclass(frozen=True)
class Program:
    """What is to be said of one program, or (without an entry point) of one file, whoever runs it.

    :ivar modules: the files that it executes.
    :ivar functions: the functions of the project that it calls, by file and site.
    :ivar counts: whether it reaches a file that was named.
    :ivar cut_short: whether it was not followed to its end, so that there may be more to say.
    :ivar drafts: the fix of each finding, in the same order; None where there is none, or none was asked for.
    """

    entry: EntryPoint | None
    modules: tuple[Module, ...] = ()
    functions: frozenset[tuple[Path, int]] = frozenset()
    findings: tuple[Finding, ...] = ()
    drafts: tuple[Draft | None, ...] = ()
    counts: bool = False
    cut_short: bool = False
    trouble: tuple[str, ...] = ()


class Run:
    """One project, with the files of it that were named."""

    def __init__(
        self,
        project: Project,
        settings: Settings,
        knowledge: Knowledge,
        named: Iterable[Path],
        baseline: Baseline | None = None,
        results: Results | None = None,
    ) -> None:
        """``results`` are those of earlier runs. Without any, all is worked out by this process alone."""
        self.project = project
        self.results = results
        self.baseline = baseline
        self.settings = settings
        self.knowledge = knowledge
        self.named = frozenset(named)
        self.quoted: set[Module] = set()
        self.layouts = Layouts(project)
        self.suppressions = Suppressions(settings)
        self._is_spread = False
        self._told: set[tuple[object, ...]] = set()
        self._by_torch: dict[Version | None, Knowledge] = {}
        self._torch_in: dict[Path, Version | None] = {}
        self._imports: dict[tuple[tuple[str, ...], Module], set[Module]] = {}
        self._lost: dict[tuple[str, ...], set[Module]] = {}
        """Files from which import lines lead to no named file, for each order in which names are searched."""

    def sources(self) -> dict[str, Source]:
        """The text of every file that a finding, its witness or its fix names, by shown path."""
        return {module.shown: module.source for module in self.quoted if module.source is not None}

    def facts(self, entry: EntryPoint) -> Knowledge:
        """What is known of libraries, for the torch that a program runs on."""
        version = self.settings.target_torch
        folder = entry.module.path.parent
        if version is None:
            if folder not in self._torch_in:
                self._torch_in[folder] = newest_torch(folder, self.project.root)
            version = self._torch_in[folder]
        if version not in self._by_torch:
            self._by_torch[version] = self.knowledge.for_torch(version)
        return self._by_torch[version]

    def programs(
        self,
        fixes: bool,
        progress: Progress | None,
        known: Mapping[tuple[Path, str | None], Program] | None = None,
    ) -> Iterator[Program]:
        """Follow all programs that may reach a named file, then look through the named files themselves.

        :param known: what is known of some already, by path and function.
        """
        known = known if known is not None else {}
        done: list[Program] = []
        entries = self.entries
        begin = time.monotonic()
        for entry in entries:
            if progress is not None:
                progress(len(done), len(entries))
            if not self._is_spread and time.monotonic() - begin > PATIENCE:
                left = [one for one in entries[len(done) :] if (one.module.path, one.function) not in known]
                self._spread(left, fixes, progress)
            kept = known.get((entry.module.path, entry.function))
            done.append(kept if kept is not None else self._program(entry, fixes))
            yield done[-1]
        yield from self._files(done, fixes)

    def _spread(self, entries: Sequence[EntryPoint], fixes: bool, progress: Progress | None) -> None:
        """Have several processes follow some programs, and look through the files meanwhile."""
        self._is_spread = True
        results, kept = self.results, self.project.kept
        jobs = cores()
        if results is None or jobs == 1:
            return
        unknown = [entry for entry in entries if results.get(self._key(entry), fixes) is None]
        if not unknown:
            return
        begin = kept.count if kept is not None else 0

        def work(number: int) -> bytes:
            if number == 0:
                for _ in self._files((), fixes):
                    pass
                return b"R" + results.told(self._files_key)
            self._program(unknown[number - 1], fixes)
            return b"R" + results.told(self._key(unknown[number - 1]))

        def closing() -> bytes:
            return b"F" + kept.told(begin) if kept is not None else b""

        count = 0
        for message in spread(1 + len(unknown), work, closing, jobs):
            if message[:1] == b"R":
                results.learn(message[1:])
                count += 1
                if progress is not None:
                    progress(len(self.entries) - len(unknown) + min(count, len(unknown)), len(self.entries))
            elif kept is not None:
                kept.learn(message[1:])

    def _key(self, entry: EntryPoint) -> tuple[str, ...]:
        """By which results know a program."""
        return "program", entry.module.path.as_posix(), entry.function or "", str(self.facts(entry).torch)

    @property
    def _files_key(self) -> tuple[str, ...]:
        return "files", name_of("\0".join(sorted(path.as_posix() for path in self.named)))

    def _program(self, entry: EntryPoint, fixes: bool) -> Program:
        """Follow one program, or recall what came of that. An error of our own costs this program and one line, not the findings of
        all others."""
        if self.results is None:
            self.project.reads.begin()  # nobody asks, and what is noted lives on
            return self._follow(entry, fixes)
        key = self._key(entry)
        known = self.results.get(key, fixes)
        if known is not None:
            program = self._recalled(entry, known, fixes)
            if program.counts or not any(module.path in self.named for module in program.modules):
                return program
        self.project.reads.begin()
        program = self._follow(entry, fixes)
        if not program.trouble:
            self.results.keep(key, self._answer(program, fixes))
        return program

    def _follow(self, entry: EntryPoint, fixes: bool) -> Program:
        try:
            told = tell(self.project, entry, self.facts(entry), self.settings.src)
            modules = tuple(told.modules)
            functions = frozenset((place.module.path, place.site) for place in told.functions)
            if not any(module.path in self.named for module in modules):
                return Program(entry, modules, functions, cut_short=bool(told.gave_up))
            found = list(self._problems(told))
            drafts = self._drafts(entry, told, found) if fixes and found else [None] * len(found)
            findings = [
                self._finding(rule, problem, told.entry.shown, draft)
                for (rule, problem), draft in zip(found, drafts, strict=True)
            ]
            cut_short = bool(told.gave_up)
            return Program(entry, modules, functions, tuple(findings), tuple(drafts), counts=True, cut_short=cut_short)
        except Exception as error:
            line = f"internal error: {entry.module.shown}: {type(error).__name__}: {error} (please report)"
            return Program(entry, cut_short=True, trouble=(line,))

    def _answer(self, program: Program, fixes: bool) -> Answer:
        return Answer(
            fixes,
            tuple(module.path.as_posix() for module in program.modules),
            frozenset((path.as_posix(), site) for path, site in program.functions),
            _said(program) if program.counts else None,
            program.cut_short,
            self._broken(),
        )

    def _broken(self) -> tuple[str, ...]:
        """The files that were looked at and that cannot be parsed."""
        return tuple(sorted(one.path.as_posix() for one in self.project.reads.modules if isinstance(one.error, ParseError)))

    def _recalled(self, entry: EntryPoint, known: Answer, fixes: bool) -> Program:
        modules = tuple(self.project.module(path) for path in known.modules)
        rows = [self._say_again(one, fixes) for one in known.said or ()]
        self._break_again(known)
        return Program(
            entry,
            modules,
            frozenset((self.project.module(path).path, site) for path, site in known.functions),
            tuple(finding for finding, _ in rows),
            tuple(draft for _, draft in rows),
            counts=known.said is not None,
            cut_short=known.cut_short,
        )

    def _say_again(self, said: Said, fixes: bool) -> tuple[Finding, Draft | None]:
        """A finding of an earlier run, whose files will be quoted, and its fix."""
        finding = said.finding
        paths = {finding.path, *(step.path for step in finding.trace)}
        self.quoted.update(self._by_name[path] for path in paths if path in self._by_name)
        draft = said.draft if fixes else None
        return (finding if draft is None else replace(finding, fix=self._fix(draft))), draft

    def _break_again(self, known: Answer) -> None:
        """What kept a file from being parsed is to be told this time, too."""
        for path in known.broken:
            _ = self.project.module(path).body

    def _files(self, programs: Sequence[Program], fixes: bool) -> Iterator[Program]:
        """What the rules that read files say, a file at a time.

        :param programs: those that may reach them; the first one that does is named as their entry.
        """
        rules = [rule for rule in ALL if rule.look is not None and self.settings.enabled(rule.code, rule.name)]
        if not rules:
            return
        key = self._files_key
        known = self.results.get(key, fixes) if self.results is not None else None
        if known is not None:
            said = known.said or ()
            self._break_again(known)
        else:
            self.project.reads.begin()
            said, trouble = self._looked_through(rules, fixes)
            if trouble:
                yield Program(None, tuple(trouble), cut_short=True, trouble=tuple(trouble.values()))
            elif self.results is not None:
                self.results.keep(key, Answer(fixes, said=said, broken=self._broken()))
        reach: dict[Path, list[Program]] = {}
        for program in programs:
            for module in program.modules:
                reach.setdefault(module.path, []).append(program)
        for name, group in groupby(said, key=lambda one: one.finding.path):
            module = self._by_name[name]
            rows = []
            for one in group:
                finding, draft = self._say_again(one, fixes)
                rows.append((replace(finding, entry=_first(reach.get(module.path, ()), module, one.function)), draft))
            yield Program(None, (module,), findings=tuple(one for one, _ in rows), drafts=tuple(draft for _, draft in rows))

    def _looked_through(self, rules: Iterable[Rule], fixes: bool) -> tuple[tuple[Said, ...], dict[Module, str]]:
        """What is to be said of named files, that of one file together; and what went wrong in which file."""
        survey = self._survey(self.project)
        found: dict[Module, list[tuple[Rule, Problem]]] = {}
        for rule in rules:
            assert rule.look is not None
            for problem in rule.look(survey):
                module = problem.at.module
                if module.path in self.named and not self.settings.ignored_in(module.path, rule.code, rule.name):
                    found.setdefault(module, []).append((rule, problem))
        problems = [one for several in found.values() for one in several]
        drafts = self._sorted(survey, problems) if fixes else {}
        said = [
            Said(self._finding(rule, problem, None, None), problem.function, drafts.get(problem.at))
            for rule, problem in problems
        ]
        return tuple(said), survey.trouble

    def _survey(self, project: Project, named: frozenset[Path] | None = None) -> Survey:
        return Survey(project, self.knowledge, self.settings.src, self.named if named is None else named)

    def _sorted(self, survey: Survey, problems: Sequence[tuple[Rule, Problem]]) -> dict[Place, Draft]:
        """The fixes of problems with orders."""
        wanted = {problem.at for rule, problem in problems if rule.fix != "none" and not self._is_suppressed(rule, problem)}
        decisions = [decision for decision in survey.decisions if decision.at in wanted]
        return OrderFixes(survey, self._survey, self.layouts).fixes(decisions)

    def news(self, program: Program) -> Iterator[Finding]:
        """The findings of a program, without those about lines that another program has come by before."""
        for finding in program.findings:
            spot = (finding.code, finding.path, finding.cell, finding.span)
            if finding.code not in _PER_LINE or spot not in self._told:
                self._told.add(spot)
                yield finding

    def visible(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings that no comment suppresses."""
        for finding in findings:
            module = self._by_name[finding.path]
            if not self.suppressions.hides(module, finding.code, finding.name, finding.cell, finding.span):
                yield finding

    def prints(self, findings: Iterable[Finding]) -> dict[Spot, str]:
        """The fingerprint of each finding, in the order of the text; nothing where there is no baseline to compare them with."""
        if self.baseline is None or not self.baseline.entries:
            return {}
        prints = Prints(self.baseline.file.parent)
        return {spot(one): prints.of(self._by_name[one.path], one) for one in sorted(findings, key=order)}

    def module(self, shown: str) -> Module:
        """The file of the project that findings name so."""
        return self._by_name[shown]

    @cached_property
    def _by_name(self) -> dict[str, Module]:
        return {module.shown: module for module in self.project.modules.values()}

    def unused_suppressions(self, programs: Iterable[Program], said: Iterable[Finding]) -> Iterator[tuple[Finding, Draft]]:
        """The comments in named files that suppress nothing, each with its removal.

        :param programs: all that may reach a named file.
        :param said: all findings, suppressed or not.
        """
        rule = next(rule for rule in ALL if rule.code == UNUSED_SUPPRESSION)
        findings: dict[str, list[Finding]] = {}
        for finding in said:
            findings.setdefault(finding.path, []).append(finding)
        unclear: set[Module] = set()
        for program in programs:
            if program.cut_short:
                unclear.update(program.modules)
                if program.entry is not None:
                    entry = program.entry.module
                    unclear.update(self._reachable(entry, Finder(self.project, entry, self.settings.src)))
        for path in sorted(self.named):
            module = self.project.modules[path]
            if not self.suppressions.of(module) or module in unclear or not _is_clear(module):
                continue
            for unused in self.suppressions.unused(module, findings.get(module.shown, ())):
                self.quoted.add(module)
                found = Finding(
                    rule.code, rule.name, rule.severity, unused.message, module.shown, *_located(module, unused.span),
                    fix=self._fix(unused.draft),
                )  # fmt: skip
                yield found, unused.draft

    def _problems(self, told: Story) -> Iterator[tuple[Rule, Problem]]:
        for rule in ALL:
            if rule.check is None or not self.settings.enabled(rule.code, rule.name):
                continue
            for problem in rule.check(told):
                if not self.settings.ignored_in(problem.at.module.path, rule.code, rule.name):
                    yield rule, problem

    def _drafts(self, entry: EntryPoint, told: Story, found: Sequence[tuple[Rule, Problem]]) -> list[Draft | None]:
        """A fix for each problem of a program, None where there is none, or where a comment suppresses the problem."""

        is_open = [not self._is_suppressed(rule, problem) for rule, problem in found]
        wanted = list(compress(found, is_open))
        if not wanted:
            return [None] * len(found)
        suppressed = _keys(found) - _keys(wanted)

        def follow(project: Project) -> tuple[Story, list[tuple[Rule, Problem]], set[Key]]:
            again = EntryPoint(project.modules[entry.module.path], entry.function)
            after = tell(project, again, self.facts(entry), self.settings.src)
            problems = list(self._problems(after))
            left = [(rule, problem) for rule, problem in problems if not self._is_suppressed(rule, problem)]
            return after, left, _keys(problems) - _keys(left)

        def judge(project: Project) -> tuple[set[Key], set[Family]]:
            after, left, still_suppressed = follow(project)
            # What is suppressed is meant to stay: a fix that settles it along the way counts as one that brings it up.
            return _keys(left) | (suppressed - still_suppressed), after.exposed()

        targets = Targets(self.project, entry, self.settings.set_seed, self.settings.runtime, self.settings.src)
        planner = Planner(self.project, told, judge, targets.of, self.settings.seed, self.layouts)
        of_program = planner.fixes(sorted(_keys(wanted), key=str))
        of_lines = LineFixes(self.project, told, lambda project: follow(project)[1], self.settings.seed, self.layouts).fixes(
            wanted
        )
        drafts = [
            of_lines.get(problem.at) if rule.per_line else of_program.get((rule.code, problem.family))
            for rule, problem in found
        ]
        return [draft if wants else None for draft, wants in zip(drafts, is_open, strict=True)]

    def _is_suppressed(self, rule: Rule, problem: Problem) -> bool:
        module = problem.at.module
        if not self.suppressions.of(module):
            return False
        return self.suppressions.hides(module, rule.code, rule.name, *self.locate(problem.at))

    @cached_property
    def entries(self) -> list[EntryPoint]:
        """The programs that may reach a named file, judged by their import lines."""
        if len(self.named) == len(self.project.modules):
            return entry_points(self.project, self.settings.is_entry_point)
        return entry_points(self.project, self.settings.is_entry_point, self._may_reach)

    def _may_reach(self, module: Module) -> bool:
        """Whether following the import lines of a file that is run leads to a named file."""
        finder = Finder(self.project, module, self.settings.src)
        lost = self._lost.setdefault(finder.order, set())
        if module in lost:
            return False
        met: set[Module] = set()
        for other in self._reachable(module, finder, lost):
            if other.path in self.named:
                return True
            met.add(other)
        lost |= met
        return False

    def _reachable(self, entry: Module, finder: Finder, lost: Iterable[Module] = ()) -> Iterator[Module]:
        """The files to which following the import lines of a file that is run leads; instantiated names count as imports.

        :param lost: files that lead nowhere.
        """
        seen: set[Module] = set(lost)
        stack = [entry]
        while stack:
            module = stack.pop()
            if module in seen:
                continue
            seen.add(module)
            yield module
            stack += self._imported(finder, module)

    def _imported(self, finder: Finder, module: Module) -> set[Module]:
        """Modules of the project that a file's import lines name; shared by all programs that search in the same order."""
        key = (finder.order, module)
        if key not in self._imports:
            self._imports[key] = set(finder.imported(module))
        return self._imports[key]

    def _finding(self, rule: Rule, problem: Problem, entry: str | None, draft: Draft | None) -> Finding:
        cell, span = self.locate(problem.at)
        named = {name: self.describe(place) for name, place in problem.named.items()}
        message = problem.message
        for name, where in named.items():
            message = message.replace(f"{{{name}}}", where)
        module = problem.at.module
        self.quoted.add(module)
        return Finding(
            rule.code, rule.name, rule.severity, message, module.shown, cell, span, entry, problem.family,
            tuple(self._step(link) for link in problem.steps), self._fix(draft) if draft is not None else None,
        )  # fmt: skip

    def _fix(self, draft: Draft) -> Fix:
        self.quoted.update(draft.changes)
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
        return Step(link.place.module.shown, span.line, span.column, text, cell)

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
            error = module.problem
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


def _said(program: Program) -> tuple[Said, ...]:
    pairs = zip(program.findings, program.drafts, strict=True)
    return tuple(Said(replace(finding, fix=None), None, draft) for finding, draft in pairs)


def _first(programs: Sequence[Program], module: Module, function: int | None) -> str | None:
    """The entry point of the first program that calls a function of a file, or else executes the file.

    :param programs: those that execute it.
    :param function: the site of the function; None: any, or none.
    """
    reach = [program for program in programs if program.entry is not None]
    call = [program for program in reach if function is None or (module.path, function) in program.functions]
    first = next(iter(call or reach), None)
    return first.entry.module.shown if first is not None and first.entry is not None else None


def _located(module: Module, span: Span) -> tuple[int | None, Span]:
    return module.source.locate(span) if module.source is not None else (None, span)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _keys(problems: Iterable[tuple[Rule, Problem]]) -> set[Key]:
    return {(rule.code, problem.family) for rule, problem in problems}


def _is_clear(module: Module) -> bool:
    """Whether all of a file could be read, and every cell of a notebook."""
    return module.source is not None and not module.source.skipped_cells and module.problem is None
