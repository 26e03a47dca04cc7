"""What was found out about programs, kept from run to run for as long as nothing that it rests on has changed."""

from __future__ import annotations

import marshal
import sys
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from reprolint.config import Settings
from reprolint.model import Edit, Finding, Fix, Span, Step
from reprolint.program.project import Project
from reprolint.sources.cache import Cache, digest

_NO_PART: Final = frozenset({"output_format", "baseline", "cache_dir", "origins", "file"})
"""Settings that have no part in what is found."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What following a program, or looking through files, came to; paths are absolute.

    :ivar with_fixes: whether fixes were looked for.
    :ivar modules: the files that a program executes; ``functions``: what it calls of them, by file and site.
    :ivar findings: each with the function that it stands in, if that matters. None: nobody asked for them.
    :ivar broken: files that could not be parsed when they were needed.
    """

    with_fixes: bool
    modules: tuple[str, ...] = ()
    functions: frozenset[tuple[str, int]] = frozenset()
    findings: tuple[tuple[Finding, int | None], ...] | None = None
    cut_short: bool = False
    broken: tuple[str, ...] = ()

    @property
    def has_fixes(self) -> bool:
        return any(finding.fix is not None for finding, _ in self.findings or ())


class Results:
    """The answers about one project under one choice of settings.

    :param cache: where they are kept; None: for this run only.
    :param cwd: the folder that findings name files from.
    """

    def __init__(self, cache: Cache | None, project: Project, settings: Settings, cwd: Path) -> None:
        self._cache = cache
        self._project = project
        self._answers: dict[tuple[str, ...], Any] = {}
        self._used: dict[tuple[str, ...], Any] = {}
        self._is_new = False
        self._name = ""
        if cache is not None:
            self._name = self._named(settings, cwd)
            found = cache.read(self._name)
            if isinstance(found, tuple) and found[0] == self._listing:
                self._answers = found[1]

    def _named(self, settings: Settings, cwd: Path) -> str:
        chosen = [(one.name, repr(getattr(settings, one.name))) for one in fields(settings) if one.name not in _NO_PART]
        made_by = digest(repr((_this_package().hex(), sys.version, str(cwd), chosen)).encode("utf-8", "surrogateescape"))
        root = digest(str(self._project.root).encode("utf-8", "surrogateescape"))
        return f"{root.hex()}-{made_by.hex()[:16]}-results"

    def get(self, key: tuple[str, ...], with_fixes: bool) -> Answer | None:
        """What is known, if it still holds.

        :param key: what was asked.
        :param with_fixes: whether an answer without fixes would not do.
        """
        known = self._used.get(key) or self._answers.get(key)
        if known is None:
            return None
        rests_on, asked, plain = known
        if not self._holds(rests_on, asked):
            return None
        self._used[key] = known
        answer = _answer(plain)
        return answer if answer.with_fixes or not with_fixes else None

    def keep(self, key: tuple[str, ...], answer: Answer) -> None:
        """Keep an answer that was worked out since `Reads.begin`."""
        reads = self._project.reads
        rests_on = {module.path.as_posix(): module.digest for module in reads.modules}
        self._used[key] = (rests_on, dict(reads.asked), _plain(answer))
        self._is_new = True

    def told(self, key: tuple[str, ...]) -> bytes:
        """An answer that this run has come to, for `learn` in another process; nothing where there is none."""
        return marshal.dumps((key, self._used[key])) if key in self._used else b""

    def learn(self, told: bytes) -> None:
        """Take an answer that another process of this run has come to."""
        if told:
            key, known = marshal.loads(told)
            self._used[key] = known
            self._is_new = True

    def save(self) -> None:
        """Write what is new. What is known of programs that this run did not look at stays."""
        if self._is_new and self._cache is not None:
            self._cache.write(self._name, (self._listing, {**self._answers, **self._used}))
            self._is_new = False

    def _holds(self, rests_on: dict[str, bytes | None], asked: dict[tuple[str, str, str], Any]) -> bool:
        modules = self._project.modules
        for name, content in rests_on.items():
            module = modules.get(Path(name))
            if module is None or module.digest != content:
                return False
        return all(self._project.answer(question) == answer for question, answer in asked.items())

    @cached_property
    def _listing(self) -> bytes:
        """What tells which files there are: an import finds another file as soon as one is added."""
        names = [*sorted(path.as_posix() for path in self._project.modules), "", *map(str, self._project.distributions)]
        return digest("\0".join(names).encode("utf-8", "surrogateescape"))


def _this_package() -> bytes:
    """What tells versions of reprolint apart, those between releases too."""
    here = Path(__file__).parent
    files = sorted(path for pattern in ("**/*.py", "**/*.toml") for path in here.glob(pattern))
    return digest(b"\0".join(path.read_bytes() for path in files))


def _plain(answer: Answer) -> tuple[Any, ...]:
    findings = None if answer.findings is None else tuple((astuple(finding), site) for finding, site in answer.findings)
    return (answer.with_fixes, answer.modules, answer.functions, findings, answer.cut_short, answer.broken)


def _answer(plain: tuple[Any, ...]) -> Answer:
    with_fixes, modules, functions, findings, cut_short, broken = plain
    made = None if findings is None else tuple((_finding(finding), site) for finding, site in findings)
    return Answer(with_fixes, modules, functions, made, cut_short, broken)


def _finding(values: tuple[Any, ...]) -> Finding:
    code, name, severity, message, path, cell, span, entry, family, trace, fix = values
    steps = tuple(Step(*step) for step in trace)
    return Finding(
        code, name, severity, message, path, cell, Span(*span), entry, family, steps, None if fix is None else _fix(fix)
    )


def _fix(values: tuple[Any, ...]) -> Fix:
    applicability, message, edits = values
    return Fix(applicability, message, tuple(Edit(path, cell, Span(*span), text) for path, cell, span, text in edits))
