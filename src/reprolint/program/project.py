"""The files of one project, read and parsed at most once, and only when something asks for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

from reprolint.facts.guard import ParseError
from reprolint.facts.kept import Kept
from reprolint.facts.schema import Body
from reprolint.facts.skim import Skim, is_python, skim
from reprolint.model import Span
from reprolint.program.elsewhere import takes
from reprolint.sources.cache import digest
from reprolint.sources.source import Source, SourceError, decode, raw
from reprolint.vendor import version_of


class Module:
    """One file of the project: its text, its facts, and what kept either from being had.

    Whoever asks for something that the content decides is noted in the project's `Reads`.
    """

    def __init__(
        self, path: Path, cwd: Path, data: bytes | None = None, reads: Reads | None = None, kept: Kept | None = None
    ) -> None:
        """``data`` is what the file holds, where that is not what is on disk; ``kept`` is what is known from earlier runs."""
        self.path = path
        self.cwd = cwd
        self.error: SourceError | ParseError | None = None
        self._held = data
        self._reads = reads if reads is not None else Reads()
        self._kept = kept

    def __repr__(self) -> str:
        return f"Module({self.shown})"

    @property
    def data(self) -> bytes:
        """The bytes of the file.

        :raises SourceError: if it cannot be read.
        """
        self._reads.note(self)
        return self._data

    @cached_property
    def _data(self) -> bytes:
        return raw(self.path) if self._held is None else self._held

    @cached_property
    def digest(self) -> bytes | None:
        """What tells this content from others; None where the file cannot be read."""
        try:
            return digest(self._data)
        except SourceError:
            return None

    @property
    def source(self) -> Source | None:
        """The text; None where the file cannot be read (``error`` says why)."""
        self._reads.note(self)
        return self._source

    @cached_property
    def _source(self) -> Source | None:
        try:
            return decode(self.path, self.cwd, self._data)
        except SourceError as error:
            self.error = error
            return None

    @property
    def text(self) -> bytes:
        self._reads.note(self)
        return self.unnoted_text

    @property
    def unnoted_text(self) -> bytes:
        """The text, for somebody who notes in another way what it is good for."""
        return self._source.text if self._source is not None else b""

    @cached_property
    def shown(self) -> str:
        """The path as messages write it: relative to the working directory where it lies below it."""
        try:
            return self.path.relative_to(self.cwd).as_posix()
        except ValueError:
            return self.path.as_posix()

    @property
    def body(self) -> Body:
        """The facts; empty where the file cannot be parsed (``error`` says why)."""
        self._reads.note(self)
        return self._body

    @cached_property
    def _body(self) -> Body:
        body: Body
        body, wrong = self._remembered("body", self._parsed)
        if wrong is not None:
            self.error = self.error or ParseError(*wrong)
        return body

    def _parsed(self) -> tuple[Body, tuple[str, int, int] | None]:
        from reprolint.facts.extract import extract  # libcst is not imported before something has to be parsed
        from reprolint.facts.parse import parse

        try:
            return extract(parse(self.text)), None
        except ParseError as error:
            return (), (str(error), error.line, error.column)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where each site of the file stands, by its number."""
        self._reads.note(self)
        return self._spans

    @cached_property
    def _spans(self) -> tuple[Span, ...]:
        return tuple(Span(*place) for place in self._remembered("spans", self._placed))

    def _placed(self) -> list[tuple[int, int, int, int]]:
        from reprolint.facts.positions import spans

        return [(one.line, one.column, one.end_line, one.end_column) for one in spans(self.text)]

    @property
    def skim(self) -> Skim | None:
        """What importing the file does, by a quick look; None where only a full parse can tell."""
        self._reads.note(self)
        return self._skim

    @cached_property
    def _skim(self) -> Skim | None:
        values = self._remembered("skim", lambda: skimmed.values() if (skimmed := skim(self.text)) is not None else None)
        return Skim(*values) if values is not None else None

    @property
    def problem(self) -> SourceError | ParseError | None:
        """Why the file cannot be read or parsed. What only libcst refuses tells nobody before the facts are asked for."""
        if self.source is not None and self.error is None and not self._is_python:
            _ = self.body
        return self.error

    @cached_property
    def _is_python(self) -> bool:
        """Whether CPython's parser, ten times as fast as libcst's, takes the file."""
        if "_skim" in vars(self):
            return self._skim is not None
        return bool(self._remembered("python", lambda: is_python(self.text)))

    def _remembered(self, part: str, work: Callable[[], Any]) -> Any:
        if self._kept is None or self.digest is None:
            return work()
        return self._kept.of(self.path, self.digest, part, work)

    @property
    def is_notebook(self) -> bool:
        return self.path.suffix == ".ipynb"

    @property
    def is_runtime(self) -> bool:
        """Whether this is `reprolint.runtime`, or a copy of it; what it does is known, so nobody need follow it."""
        self._reads.note(self)
        return self._is_runtime

    @cached_property
    def _is_runtime(self) -> bool:
        return self.path.parts[-2:] == ("reprolint", "runtime.py") or version_of(self.text) is not None

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def imported_names(self) -> tuple[tuple[int, str], ...]:
        """(level, dotted name) of everything that the file's import lines name, wherever they stand."""
        self._reads.note(self)
        return self._imported_names

    @cached_property
    def _imported_names(self) -> tuple[tuple[int, str], ...]:
        return tuple(_imported_names(self.text))

    @property
    def seeding_names(self) -> frozenset[str]:
        """Names of this file's functions, methods and classes whose bodies hold a call that looks like seeding."""
        self._reads.note(self)
        return self._seeding_names

    @cached_property
    def _seeding_names(self) -> frozenset[str]:
        return frozenset(_enclosing_definitions(self.text))


class Reads:
    """Notes what somebody looks at, so that it can be told later whether what they came to still holds."""

    def __init__(self) -> None:
        self._modules: set[Module] = set()
        self._shared: dict[int, set[Module]] = {}
        self.asked: dict[Question, Any] = {}
        """What was asked of the project as a whole, and about files that are no part of it, with the answers."""

    def begin(self) -> None:
        """Forget what was looked at so far."""
        self._modules = set()
        self._shared = {}
        self.asked = {}

    def note(self, module: Module) -> None:
        """A file of the project was looked at."""
        self._modules.add(module)

    def note_all(self, modules: set[Module]) -> None:
        """Something was taken that others have worked out, for which they looked at these files."""
        self._shared[id(modules)] = modules

    @property
    def modules(self) -> set[Module]:
        """The files of the project that were looked at."""
        return self._modules.union(*self._shared.values())


Question: TypeAlias = tuple[str, str, str]
"""A question about the project or the disk: its kind, a path, and a name, a pattern or nothing."""


_IMPORTS = re.compile(rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+([^\n#]+)|import[ \t]+([^\n#]+))", re.MULTILINE)


def _imported_names(text: bytes) -> Iterable[tuple[int, str]]:
    """(level, dotted name) of everything a file's import lines name, read without parsing."""
    for match in _IMPORTS.finditer(text):
        if match[3] is not None:
            for part in match[3].decode("utf-8", "replace").split(","):
                yield 0, part.split(" as ")[0].strip()
        else:
            module = match[1].decode("utf-8", "replace")
            level = len(module) - len(module.lstrip("."))
            yield level, module.lstrip(".")
            for part in match[2].decode("utf-8", "replace").strip("() \\").split(","):
                name = part.split(" as ")[0].strip()
                if name.isidentifier():
                    yield level, f"{module.lstrip('.')}.{name}".lstrip(".")


_SEEDS = re.compile(
    rb"\b(?:manual_seed(?:_all)?|seed_everything|seed_all(?:_rng)?|set_(?:random_|global_)?seeds?|set_determinism|init_seeds"
    rb"|enable_full_determinism|set_rng_state|(?:random|rng|np|numpy)\.seed|random_seed)\s*\("
)
_DEFINITION = re.compile(rb"^([ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)


def _enclosing_definitions(text: bytes) -> Iterable[str]:
    """Every definition around a call that looks like seeding, judged by indentation alone."""
    if not _SEEDS.search(text):
        return
    definitions = [(match.start(), len(match[1].expandtabs()), match[2].decode()) for match in _DEFINITION.finditer(text)]
    for seed in _SEEDS.finditer(text):
        start = text.rfind(b"\n", 0, seed.start()) + 1
        line = text[start : seed.start()]
        indent = len(line.expandtabs()) - len(line.expandtabs().lstrip())
        for offset, depth, name in reversed(definitions):
            if offset < seed.start() and depth < indent:
                indent = depth
                yield name
                if depth == 0:
                    break


class Project:
    """The Python files and notebooks below one root directory."""

    def __init__(
        self,
        root: Path,
        files: Iterable[Path],
        cwd: Path,
        kept: Kept | None = None,
        known: Mapping[Path, Module] | None = None,
        reads: Reads | None = None,
    ) -> None:
        """``kept`` are the facts of earlier runs, ``known`` files that are read already."""
        self.root = root
        self.cwd = cwd
        self.kept = kept
        self.reads = reads if reads is not None else Reads()
        known = known if known is not None else {}
        self.modules: Mapping[Path, Module] = {
            path: known[path] if path in known else Module(path, cwd, None, self.reads, kept) for path in files
        }
        self._by_name = {path.as_posix(): module for path, module in self.modules.items()}
        self.searches: dict[tuple[str, ...], dict[str, Module | str | None]] = {}
        """What imports found, by the order in which directories are searched (`program.imports`)."""
        self.judges: dict[tuple[str, ...], object] = {}
        """Which modules are inert when they are imported, likewise (`program.inert`)."""
        self._used: dict[tuple[Path, str], bool] = {}

    def with_contents(self, contents: Mapping[Path, bytes]) -> Project:
        """The project as it would be if these files held this; what is known of the others is kept."""
        changed = {path: Module(path, self.cwd, data, self.reads) for path, data in contents.items()}
        known = {**self.modules, **changed}
        return Project(self.root, known, self.cwd, self.kept, known, self.reads)

    # What is not asked of one module. The answer is noted, which changes less often than what it comes from.

    def is_used_elsewhere(self, module: Module, name: str) -> bool:
        """Whether another file may get a name from this one."""
        answer = self.reads.asked["used", module.path.as_posix(), name] = self._is_used(module.path, name)
        return answer

    def _is_used(self, path: Path, name: str) -> bool:
        if (path, name) not in self._used:
            others = (other.unnoted_text for other in self.modules.values() if other.path != path)
            self._used[path, name] = takes(others, path, name)
        return self._used[path, name]

    def read_text(self, path: Path) -> str | None:
        """The text of a file; None where it is not there, is not UTF-8, or is too large for a person to have written it."""
        text = _text(path)
        self.reads.asked["text", path.as_posix(), ""] = _mark(text)
        return text

    def is_file(self, path: Path) -> bool:
        answer = self.reads.asked["file", path.as_posix(), ""] = path.is_file()
        return answer

    def files_like(self, folder: Path, pattern: str) -> list[Path]:
        """The files in a folder, or below it, that match a pattern of `Path.glob`."""
        found = sorted(folder.glob(pattern))
        self.reads.asked["like", folder.as_posix(), pattern] = _names(found)
        return found

    def answer(self, question: Question) -> Any:
        """What a question that `Reads` noted is answered now."""
        kind, name, pattern = question
        path = Path(name)
        if kind == "used":
            return self._is_used(path, pattern)
        if kind == "text":
            return _mark(_text(path))
        return path.is_file() if kind == "file" else _names(sorted(path.glob(pattern)))

    @cached_property
    def directories(self) -> frozenset[str]:
        """Every directory below the root with a Python file somewhere in it."""
        found: set[str] = set()
        for path in self.modules:
            for parent in path.parents:
                name = parent.as_posix()
                if name in found:
                    break
                found.add(name)
                if parent == self.root:
                    break
        return frozenset(found)

    @cached_property
    def distributions(self) -> tuple[Path, ...]:
        """Directories inside the project that are installed as packages of their own, and the project itself."""
        marks = ("setup.py", "pyproject.toml", "setup.cfg")
        folders = [Path(name) for name in self.directories if any(Path(name, mark).is_file() for mark in marks)]
        return tuple(sorted({self.root, *folders}))

    def has(self, path: str) -> bool:
        return path in self._by_name

    def module(self, path: str) -> Module:
        return self._by_name[path]


_MAX_BYTES: Final = 1_000_000
"""Of a file that is no Python, as a configuration; larger ones are data."""


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8") if path.stat().st_size <= _MAX_BYTES else None
    except (OSError, ValueError):
        return None


def _mark(text: str | None) -> bytes | None:
    return digest(text.encode("utf-8")) if text is not None else None


def _names(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(path.as_posix() for path in paths)
