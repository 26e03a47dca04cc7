"""The files of one project, read and parsed at most once, and only when something asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from reprolint.facts.extract import extract
from reprolint.facts.parse import ParseError, parse
from reprolint.facts.schema import Body
from reprolint.facts.skim import Skim, skim
from reprolint.sources.source import Source, SourceError, decode, raw
from reprolint.vendor import version_of


class Module:
    """One file of the project: its text, its facts, and what kept either from being had."""

    def __init__(self, path: Path, cwd: Path, data: bytes | None = None) -> None:
        """``data`` is what the file holds, where that is not what is on disk."""
        self.path = path
        self.cwd = cwd
        self.error: SourceError | ParseError | None = None
        self._data = data

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file.

        :raises SourceError: if it cannot be read.
        """
        return raw(self.path) if self._data is None else self._data

    def __repr__(self) -> str:
        return f"Module({self.shown})"

    @cached_property
    def source(self) -> Source | None:
        """The text; None where the file cannot be read (``error`` says why)."""
        try:
            return decode(self.path, self.cwd, self.data)
        except SourceError as error:
            self.error = error
            return None

    @cached_property
    def text(self) -> bytes:
        return self.source.text if self.source is not None else b""

    @cached_property
    def shown(self) -> str:
        """The path as messages write it: relative to the working directory where it lies below it."""
        try:
            return self.path.relative_to(self.cwd).as_posix()
        except ValueError:
            return self.path.as_posix()

    @cached_property
    def body(self) -> Body:
        """The facts; empty where the file cannot be parsed (``error`` says why)."""
        try:
            return extract(parse(self.text))
        except ParseError as error:
            self.error = self.error or error
            return ()

    @cached_property
    def skim(self) -> Skim | None:
        """What importing the file does, by a quick look; None where only a full parse can tell."""
        return skim(self.text)

    @property
    def is_notebook(self) -> bool:
        return self.path.suffix == ".ipynb"

    @cached_property
    def is_runtime(self) -> bool:
        """Whether this is `reprolint.runtime`, or a copy of it; what it does is known, so nobody need follow it."""
        return self.path.parts[-2:] == ("reprolint", "runtime.py") or version_of(self.text) is not None

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def imported_names(self) -> tuple[tuple[int, str], ...]:
        """(level, dotted name) of everything that the file's import lines name, wherever they stand."""
        return tuple(_imported_names(self.text))

    @cached_property
    def seeding_names(self) -> frozenset[str]:
        """Names of this file's functions, methods and classes whose bodies hold a call that looks like seeding."""
        return frozenset(_enclosing_definitions(self.text))


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

    def __init__(self, root: Path, files: Iterable[Path], cwd: Path) -> None:
        self.root = root
        self.cwd = cwd
        self.modules: Mapping[Path, Module] = {path: Module(path, cwd) for path in files}
        self._names = {path.as_posix() for path in self.modules}
        self.searches: dict[tuple[str, ...], dict[str, Module | str | None]] = {}
        """What imports found, by the order in which directories are searched (`program.imports`)."""
        self.judges: dict[tuple[str, ...], object] = {}
        """Which modules are inert when they are imported, likewise (`program.inert`)."""

    def with_contents(self, contents: Mapping[Path, bytes]) -> Project:
        """The project as it would be if these files held this; what is known of the others is kept."""
        other = Project(self.root, (), self.cwd)
        changed = {path: Module(path, self.cwd, data) for path, data in contents.items()}
        other.modules = {**self.modules, **changed}
        other._names = {path.as_posix() for path in other.modules}
        return other

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
        return path in self._names

    def module(self, path: str) -> Module:
        return self.modules[Path(path)]
