"""`reprolint check --add-ignore`: a comment at every line with findings, so that from now on only new ones are reported."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reprolint.baseline import spot
from reprolint.config import Settings
from reprolint.engine import Report, checked_projects, reported, save
from reprolint.facts.guard import with_deep_stack
from reprolint.fixer import Changed
from reprolint.fixes.verify import Unsound, edited
from reprolint.model import Finding, Span
from reprolint.program.project import Module
from reprolint.run import Program, Progress, Run
from reprolint.sources.cache import Cache
from reprolint.sources.rewrite import Change
from reprolint.sources.source import Source
from reprolint.sources.suppressions import Room, Suppression, rooms, scan

_LEFT: Final = frozenset({"RPL900", "RPL901", "RPL902"})
"""What cannot be read has no place for a comment, and a comment too many is not mended by one more."""


@dataclass(frozen=True, slots=True)
class Added:
    """What a run came to.

    :ivar report: what a check of the changed files reports.
    :ivar changed: the files that differ; nothing is written yet. ``comments``: how many lines of them do.
    :ivar trouble: a line for each file that could not be changed.
    """

    report: Report
    changed: tuple[Changed, ...]
    comments: int
    trouble: tuple[str, ...]


def add(
    paths: Sequence[Path],
    settings: Settings,
    cwd: Path,
    reason: str,
    progress: Progress | None = None,
    *,
    cache: Cache | None = None,
) -> Added:
    """Add comments that suppress what a check of these paths reports, in memory. A second time there is nothing to add.

    :param reason: what each comment says after the rules; one line, may be empty.
    :param cache: as for `engine.check`.
    :raises UsageError: as `engine.check`.
    """
    return with_deep_stack(lambda: _add(paths, settings, cwd, reason, progress, cache))


def ignored(module: Module, finding: Finding) -> bytes | None:
    """The bytes of a file with a comment that suppresses one finding in it; None where there is no room for one."""
    changes = _changes(module, [finding], "") if finding.code not in _LEFT else []
    try:
        return _commented(module, changes) if changes else None
    except Unsound:
        return None


def _add(
    paths: Sequence[Path], settings: Settings, cwd: Path, reason: str, progress: Progress | None, cache: Cache | None
) -> Added:
    runs, scope = checked_projects(paths, settings, cwd, None, cache)
    changed: list[Changed] = []
    trouble: list[str] = []
    comments = 0
    followed: list[tuple[Run, list[Program]]] = []
    for run in runs:
        programs = list(run.programs(False, progress))
        said = [finding for program in programs for finding in run.news(program)]
        visible = [*run.visible([*said, *run.unreadable()]), *(one for one, _ in run.unused_suppressions(programs, said))]
        known = scope.baseline.known(run.prints(visible))
        contents: dict[Path, bytes] = {}
        for name in sorted({finding.path for finding in visible}):
            module = run.module(name)
            wanted = [one for one in visible if one.path == name and one.code not in _LEFT and spot(one) not in known]
            changes = _changes(module, wanted, reason)
            if not changes:
                continue
            try:
                contents[module.path] = _commented(module, changes)
            except Unsound as error:
                trouble.append(f"{name} is left as it is: {error}")
                continue
            comments += len(changes)
            changed.append(Changed(module.path, name, module.data, contents[module.path]))
        followed.append(_with_contents(run, programs, contents))
    save(runs)
    return Added(reported(followed, scope), tuple(changed), comments, tuple(trouble))


def _with_contents(run: Run, programs: Iterable[Program], contents: dict[Path, bytes]) -> tuple[Run, list[Program]]:
    """The same project with the comments in it. What its programs do is known: comments change nothing of it."""
    project = run.project.with_contents(contents)
    after = Run(project, run.settings, run.knowledge, run.named, run.baseline)
    after.quoted = {project.modules[module.path] for module in run.quoted}
    moved = [
        replace(program, modules=tuple(project.modules[module.path] for module in program.modules)) for program in programs
    ]
    return after, moved


def _commented(module: Module, changes: Sequence[Change]) -> bytes:
    """The bytes of a file with comments.

    :raises Unsound: if they cannot be written in its encoding, or anything but comments would differ.
    """
    data = edited(module, changes)
    after = Module(module.path, module.cwd, data)
    tree = _tree(module.text)
    if tree is not None and tree != _tree(after.text):
        raise Unsound("a comment would change more than it should")
    return data


def _tree(text: bytes) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _changes(module: Module, findings: Iterable[Finding], reason: str) -> list[Change]:
    """One change for each line that gets a comment; findings for which there is no room get none."""
    source = module.source
    if source is None:
        return []
    lines = module.text.decode().split("\n")
    python = _python(source, lines)
    free = {line: room for line, room in rooms(module.text).items() if line in python}
    codes: dict[int, set[str]] = {}
    for finding in findings:
        before = source.lines_before(finding.cell)
        line = _line(free, finding.span.line + before, finding.span.end_line + before)
        if line is not None:
            codes.setdefault(line, set()).add(finding.code)
    there = {
        one.span.line: one for one in scan(module.text) if one.kind == "ignore" and not one.misplaced and one.words is not None
    }
    return [_change(line, lines[line - 1], there.get(line), sorted(new), reason) for line, new in sorted(codes.items())]


def _line(free: dict[int, Room], first: int, last: int) -> int | None:
    """The line whose comment acts on a finding: that where it starts, that where it ends, or the end of the statement."""
    if first in free:
        return first
    around = [room for room in free.values() if room.first <= first < room.line]
    ends = (room.line for room in around if room.line == last or room.ends)
    return min(ends, default=None)


def _python(source: Source, lines: Sequence[str]) -> Collection[int]:
    """The lines that are Python as their author wrote them; in a notebook, a comment would become an argument of a magic."""
    if source.cells is None:
        return range(1, len(lines) + 1)
    return {
        line
        for cell in source.cells
        for line, written in enumerate(cell.source.split("\n"), start=cell.line)
        if lines[line - 1] == written
    }


def _change(line: int, text: str, there: Suppression | None, codes: Sequence[str], reason: str) -> Change:
    listed = ", ".join(codes)
    if there is not None and there.words:
        end = there.listed.end_column
        return Change(None, Span(line, end, line, end), f", {listed}")
    if there is not None:  # ignore[]
        return Change(None, there.span, f"# reprolint: ignore[{listed}]")
    end = len(text.rstrip(" \t"))
    comment = f"  # reprolint: ignore[{listed}]{' ' if reason else ''}{reason}"
    return Change(None, Span(line, end + 1, line, len(text) + 1), comment)
