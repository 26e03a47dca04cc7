"""What was found out about programs, kept from run to run for as long as nothing that it rests on has changed."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

from reprolint.config import Settings
from reprolint.fixes.draft import Draft
from reprolint.model import Finding, Span, Step
from reprolint.program.project import Project, Question
from reprolint.sources.cache import Cache, digest, name_of
from reprolint.sources.rewrite import Change

Key: TypeAlias = tuple[str, ...]
Content: TypeAlias = tuple[str, bytes | None]
"""A path, and the digest of what the file holds; None: it cannot be read."""

Kept: TypeAlias = tuple[tuple[int, ...], dict[Question, Any], tuple[Any, ...]]
"""Places of contents that an answer rests on, questions that it rests on with what was answered, and the answer in plain values."""

_NO_PART: Final = frozenset({"output_format", "baseline", "cache_dir", "origins", "file"})
"""Settings that have no part in what is found."""


@dataclass(frozen=True, slots=True)
class Said:
    """A finding, without its fix; the function that it stands in, if that matters, by its site; and the draft of its fix."""

    finding: Finding
    function: int | None
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What following a program, or looking through files, came to; paths are absolute.

    :ivar with_fixes: whether fixes were looked for.
    :ivar modules: the files that a program executes; ``functions``: what it calls of them, by file and site.
    :ivar said: what is to be said. None: nobody asked for it.
    :ivar broken: files that could not be parsed when they were needed.
    """

    with_fixes: bool
    modules: tuple[str, ...] = ()
    functions: frozenset[tuple[str, int]] = frozenset()
    said: tuple[Said, ...] | None = None
    cut_short: bool = False
    broken: tuple[str, ...] = ()


class Results:
    """The answers about one project under one choice of settings.

    :param cache: where they are kept; None: for this run only.
    :param cwd: the folder that findings name files from.
    """

    def __init__(self, cache: Cache | None, project: Project, settings: Settings, cwd: Path) -> None:
        self._cache = cache
        self._project = project
        self._contents: list[Content] = []
        """What files held when something was found out. Answers name what they rest on by the places in here."""
        self._places: dict[Content, int] = {}
        self._answers: dict[Key, Kept] = {}
        self._is_new = False
        self._name = ""
        if cache is not None:
            self._name = self._named(settings, cwd)
            found = cache.read(self._name)
            if isinstance(found, tuple) and found[0] == self._listing:
                _, self._contents, self._answers = found
                self._places = {content: place for place, content in enumerate(self._contents)}

    def _named(self, settings: Settings, cwd: Path) -> str:
        chosen = [(one.name, repr(getattr(settings, one.name))) for one in fields(settings) if one.name not in _NO_PART]
        made_by = name_of(repr((_this_package().hex(), sys.version, str(cwd), chosen)))
        return f"{name_of(str(self._project.root))}-{made_by[:16]}-results"

    def get(self, key: Key, with_fixes: bool) -> Answer | None:
        """What is known, if it still holds.

        :param key: what was asked.
        :param with_fixes: whether an answer without fixes would not do.
        """
        known = self._answers.get(key)
        if known is None:
            return None
        rests_on, asked, plain = known
        if not self._changed.isdisjoint(rests_on):
            return None
        if any(self._project.answer(question) != answer for question, answer in asked.items()):
            return None
        answer = _answer(plain, self._project)
        return answer if answer.with_fixes or not with_fixes else None

    def keep(self, key: Key, answer: Answer) -> None:
        """Keep an answer that was worked out since `Reads.begin`."""
        reads = self._project.reads
        # A fix was tried on files that hold something else in memory only; those that it would add are not there.
        modules = self._project.modules
        paths = {module.path for module in reads.modules}
        contents = [(path.as_posix(), modules[path].digest) for path in paths if path in modules]
        self._answers[key] = (self._placed(contents), dict(reads.asked), _plain(answer))
        self._is_new = True

    def _placed(self, contents: Iterable[Content]) -> tuple[int, ...]:
        out = []
        for content in contents:
            if content not in self._places:
                self._places[content] = len(self._contents)
                self._contents.append(content)
            out.append(self._places[content])
        return tuple(out)

    def told(self, key: Key) -> bytes:
        """A known answer, for `learn` in another process; nothing where there is none."""
        if key not in self._answers:
            return b""
        rests_on, asked, plain = self._answers[key]
        return marshal.dumps((key, [self._contents[place] for place in rests_on], asked, plain))

    def learn(self, told: bytes) -> None:
        """Take an answer that another process of this run has come to."""
        if told:
            key, contents, asked, plain = marshal.loads(told)
            self._answers[key] = (self._placed(contents), asked, plain)
            self._is_new = True

    def save(self) -> None:
        """Write what is new, without what does not hold any more. What is known of programs that this run did not look at stays."""
        if not self._is_new or self._cache is None:
            return
        fine = {key: known for key, known in self._answers.items() if self._changed.isdisjoint(known[0])}
        needed = sorted({place for rests_on, _, _ in fine.values() for place in rests_on})
        moved = {place: number for number, place in enumerate(needed)}
        answers = {
            key: (tuple(moved[place] for place in rests_on), asked, plain) for key, (rests_on, asked, plain) in fine.items()
        }
        self._cache.write(self._name, (self._listing, [self._contents[place] for place in needed], answers))
        self._is_new = False

    @cached_property
    def _changed(self) -> set[int]:
        """The places of contents that are not what files hold now. What this run adds is."""
        project = self._project
        return {
            place
            for place, (name, content) in enumerate(self._contents)
            if not project.has(name) or project.module(name).digest != content
        }

    @cached_property
    def _listing(self) -> str:
        """What tells which files there are: an import finds another file as soon as one is added."""
        names = [*sorted(path.as_posix() for path in self._project.modules), "", *map(str, self._project.distributions)]
        return name_of("\0".join(names))


def _this_package() -> bytes:
    """What tells versions of reprolint apart, those between releases too."""
    here = Path(__file__).parent
    files = sorted(path for pattern in ("**/*.py", "**/*.toml") for path in here.glob(pattern))
    return digest(b"\0".join(path.read_bytes() for path in files))


def _plain(answer: Answer) -> tuple[Any, ...]:
    """An answer in plain values. Findings that are fixed together share a draft, there and back."""
    drafts: dict[int, tuple[int, Draft]] = {}
    rows = []
    for one in answer.said or ():
        number = None
        if one.draft is not None:
            number = drafts.setdefault(id(one.draft), (len(drafts), one.draft))[0]
        rows.append((astuple(one.finding), one.function, number))
    said = None if answer.said is None else (rows, [_plain_draft(draft) for _, draft in drafts.values()])
    return (answer.with_fixes, answer.modules, answer.functions, said, answer.cut_short, answer.broken)


def _answer(plain: tuple[Any, ...], project: Project) -> Answer:
    with_fixes, modules, functions, said, cut_short, broken = plain
    if said is None:
        return Answer(with_fixes, modules, functions, None, cut_short, broken)
    rows, plain_drafts = said
    drafts = [_draft(one, project) for one in plain_drafts]
    made = tuple(
        Said(_finding(finding), function, drafts[number] if number is not None else None) for finding, function, number in rows
    )
    return Answer(with_fixes, modules, functions, made, cut_short, broken)


def _finding(values: tuple[Any, ...]) -> Finding:
    code, name, severity, message, path, cell, span, entry, family, trace, _ = values
    return Finding(code, name, severity, message, path, cell, Span(*span), entry, family, tuple(Step(*step) for step in trace))


def _plain_draft(draft: Draft) -> tuple[Any, ...]:
    changes = [(module.path.as_posix(), [astuple(change) for change in several]) for module, several in draft.changes.items()]
    files = [(path.as_posix(), data) for path, data in draft.new_files.items()]
    return draft.message, draft.applicability, changes, files


def _draft(values: tuple[Any, ...], project: Project) -> Draft:
    message, applicability, changes, files = values
    return Draft(
        message,
        applicability,
        {project.module(path): [Change(cell, Span(*span), text) for cell, span, text in several] for path, several in changes},
        {Path(path): data for path, data in files},
    )
