"""Settings: where they are found, what they may be, and which rules they switch on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reprolint.errors import UsageError, hint
from reprolint.rules import ALL
from reprolint.sources.discover import EXCLUDE, matches, root_of

NAMES: Final = (".reprolint.toml", "reprolint.toml", "pyproject.toml")
"""Files that may hold settings; the first one found in a folder counts. In pyproject.toml they stand in [tool.reprolint]."""

OUTPUT_FORMATS: Final = ("full", "concise", "json")
RUNTIMES: Final = ("import", "vendor")

EVERYTHING: Final = "ALL"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is to do.

    ``select`` is None where nobody chose, which means the rules that are on by default. Selectors are codes, prefixes of
    codes, or `EVERYTHING`. Patterns and ``src`` are absolute where they hold a slash. ``seeders`` and ``draws`` are as in
    the file; `knowledge` checks their rows. ``seed``, ``set_seed`` (``pkg.mod.func``, empty: the runtime's) and ``runtime``
    (one of `RUNTIMES`) are what fixes insert. ``root`` is the folder that relative settings count from, ``file`` the file
    they came from.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    src: tuple[Path, ...] = ()
    entry_points: tuple[str, ...] = ()
    seeders: Mapping[str, object] = field(default_factory=dict)
    draws: Mapping[str, object] = field(default_factory=dict)
    seed: int = 42
    set_seed: str = ""
    runtime: str = "import"
    output_format: str = "full"
    root: Path = Path()
    file: Path | None = None

    def enabled(self, code: str, name: str = "") -> bool:
        """Tell whether a rule is on. Of several selectors that speak of it the most specific one decides."""
        if self.select is None:
            chosen = 0 if code in _DEFAULT else -1
        else:
            chosen = _weight(self.select, code, name)
        return max(chosen, _weight(self.extend_select, code, name)) > _weight(self.ignore, code, name)

    def ignored_in(self, path: Path, code: str, name: str = "") -> bool:
        """Tell whether ``per-file-ignores`` switches a rule off for this absolute path."""
        return any(_weight(off, code, name) >= 0 and matches(path, pattern) for pattern, off in self.per_file_ignores)

    def is_entry_point(self, path: Path) -> bool:
        """Tell whether ``entry-points`` names this absolute path."""
        return any(matches(path, pattern) for pattern in self.entry_points)


_DEFAULT: Final = frozenset(rule.code for rule in ALL if rule.on)


def _weight(selectors: Iterable[str], code: str, name: str) -> int:
    """How specific the most specific selector is that speaks of a rule; -1: none does."""
    weights = [-1]
    for selector in selectors:
        if selector == EVERYTHING:
            weights.append(0)
        elif selector == name:
            weights.append(len(code))
        elif code.startswith(selector):
            weights.append(len(selector))
    return max(weights)


def selectors(words: Iterable[str], where: str) -> tuple[str, ...]:
    """Check selectors and turn names into codes.

    :param where: who said it (``--select``, ``pyproject.toml: select``), for the message.
    :raises UsageError: for a word that selects no rule.
    """
    codes = {rule.name: rule.code for rule in ALL}
    out = []
    for word in words:
        if word in codes:
            out.append(codes[word])
        elif word == EVERYTHING or (word and any(code.startswith(word) for code in codes.values())):
            out.append(word)
        else:
            raise UsageError(f'{where}: unknown rule "{word}"{hint(word, [*codes.values(), *codes, EVERYTHING])}')
    return tuple(out)


def load(
    start: Path,
    *,
    config: Path | None = None,
    isolated: bool = False,
    select: Sequence[str] | None = None,
    extend_select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    output_format: str | None = None,
    seed: int | None = None,
) -> Settings:
    """The settings that hold for ``start``, with those of the command line over them.

    :param start: a file or folder; the nearest file of `NAMES` at it or above it is read.
    :param config: this file instead; what is relative in it counts from the working directory, as in ruff.
    :param isolated: no file at all.
    :param select: replaces the file's ``select``, ``extend-select`` and ``ignore``.
    :param extend_select: added to the file's; takes the same selector out of its ``ignore``.
    :param ignore: added to the file's; takes the same selector out of its ``select``.
    :raises UsageError: for a setting that is unknown or of the wrong type, a selector of no rule, a broken file.
    """
    chosen = None if select is None else selectors(select, "--select")
    more = selectors(extend_select, "--extend-select")
    off = selectors(ignore, "--ignore")
    if config is not None and isolated:
        raise UsageError("--config and --isolated exclude each other")
    values = _Values({}, None, root_of(start))
    if config is not None:
        values = _explicit(config)
    elif not isolated:
        values = _nearest(start) or values
    if chosen is not None:
        values.settings.update(select=chosen, extend_select=more, ignore=off)
    else:
        said = values.settings
        said["ignore"] = (*(one for one in said.get("ignore", ()) if one not in more), *off)
        said["extend_select"] = (*said.get("extend_select", ()), *more)
    if output_format is not None:
        values.settings["output_format"] = output_format
    if seed is not None:
        values.settings["seed"] = seed
    values.settings.setdefault("src", (values.root, values.root / "src"))
    return Settings(**values.settings, root=values.root, file=values.file)


@dataclass(frozen=True, slots=True)
class _Values:
    """Fields of `Settings` that a file sets, the file, and the folder that its paths count from."""

    settings: dict[str, Any]
    file: Path | None
    root: Path


def _nearest(start: Path) -> _Values | None:
    absolute = Path(os.path.abspath(start))
    for folder in (absolute, *absolute.parents):
        for name in NAMES:
            file = folder / name
            # Another tool's pyproject.toml need not even be valid: it is not ours to judge.
            if file.is_file() and (name != "pyproject.toml" or b"reprolint" in _bytes(file)):
                values = _file(file, folder)
                if values is not None:
                    return values
    return None


def _explicit(config: Path) -> _Values:
    if not config.exists():
        siblings = [path.name for path in config.parent.iterdir()] if config.parent.is_dir() else []
        raise UsageError(f"--config: no such file: {config}{hint(config.name, siblings)}")
    root = Path.cwd()
    return _file(config, root) or _Values({}, config, root)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{_shown(file)} cannot be read: {(error.strerror or '').lower()}") from None


def _shown(file: Path) -> str:
    try:
        return Path(os.path.abspath(file)).relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()


def _file(file: Path, root: Path) -> _Values | None:
    """What a file says; None for a pyproject.toml without our section."""
    text = _bytes(file)
    document = _toml(file, text)
    section = ""
    if file.name == "pyproject.toml":
        section = "tool.reprolint"
        tool = document.get("tool", {})
        if not isinstance(tool, dict) or "reprolint" not in tool:
            return None
        document = tool["reprolint"]
        if not isinstance(document, dict):
            raise UsageError(f"{_shown(file)}: tool.reprolint must be a table")
    return _Values(_Table(file, text.decode("utf-8", "replace"), section, root).read(document), file, root)


def _toml(file: Path, text: bytes) -> dict[str, Any]:
    # Reading TOML costs a few milliseconds, and only projects with settings need it.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(text.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        reason = re.sub(r"\s+", " ", str(error))
    except UnicodeDecodeError:
        reason = "not UTF-8"
    except RecursionError:
        reason = "nests too deeply"
    else:
        return document
    raise UsageError(f"{_shown(file)} is not valid TOML: {reason[:1].lower()}{reason[1:]}")


class _Table:
    """The settings of one file, checked key by key."""

    def __init__(self, file: Path, text: str, section: str, root: Path) -> None:
        self.file = file
        self.text = text
        self.section = section
        self.root = root
        self.readers: dict[str, Callable[[str, object], Any]] = {
            "select": self.rules,
            "extend-select": self.rules,
            "ignore": self.rules,
            "per-file-ignores": self.rules_by_pattern,
            "exclude": self.patterns,
            "extend-exclude": self.patterns,
            "src": self.folders,
            "entry-points": self.patterns,
            "seeders": self.table,
            "draws": self.table,
            "seed": self.seed,
            "set-seed": self.function,
            "runtime": self.runtime,
            "output-format": self.format,
        }

    def read(self, table: dict[str, Any]) -> dict[str, Any]:
        out = {}
        for key, value in table.items():
            reader = self.readers.get(key)
            if reader is None:
                raise UsageError(f'{self.where(key)}: unknown key "{key}"{hint(key, self.readers)}')
            out[key.replace("-", "_")] = reader(key, value)
        return out

    def where(self, key: str) -> str:
        """``pyproject.toml:12``, or without the line where the key is written in a way that is not searched for."""
        begin = re.search(rf"^\s*\[\s*{re.escape(self.section)}[.\s\]]", self.text, re.MULTILINE) if self.section else None
        start = begin.start() if begin is not None else 0
        quoted = rf"[\"']?{re.escape(key)}[\"']?"
        prefix = rf"{re.escape(self.section)}\." if self.section else ""
        found = re.compile(rf"^\s*(?:{quoted}\s*[.=]|\[\s*{prefix}{quoted}\s*[.\]])", re.MULTILINE).search(self.text, start)
        if found is None:
            return _shown(self.file)
        line = self.text.count("\n", 0, found.end()) + 1
        return f"{_shown(self.file)}:{line}"

    def wrong(self, key: str, expected: str) -> UsageError:
        return UsageError(f'{self.where(key)}: "{key}" must be {expected}')

    def texts(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(key, "a list of strings")
        return tuple(value)

    def rules(self, key: str, value: object) -> tuple[str, ...]:
        return selectors(self.texts(key, value), f"{self.where(key)}: {key}")

    def rules_by_pattern(self, key: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        table = self.table(key, value)
        if not all(isinstance(rules, list) and all(isinstance(one, str) for one in rules) for rules in table.values()):
            raise self.wrong(key, "a table of patterns, each with a list of rules")
        return tuple((self.anchored(pattern), self.rules(key, rules)) for pattern, rules in table.items())

    def patterns(self, key: str, value: object) -> tuple[str, ...]:
        return tuple(self.anchored(pattern) for pattern in self.texts(key, value))

    def anchored(self, pattern: str) -> str:
        """A pattern with a slash counts from the root; `discover.matches` wants that said."""
        if "/" not in pattern.rstrip("/") or Path(pattern).is_absolute() or pattern.startswith("**/"):
            return pattern
        return f"{_literal(self.root.as_posix().rstrip('/'))}/{pattern.removeprefix('./')}"

    def folders(self, key: str, value: object) -> tuple[Path, ...]:
        return tuple(Path(os.path.abspath(self.root / folder)) for folder in self.texts(key, value))

    def table(self, key: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(key, "a table")
        return value

    def format(self, key: str, value: object) -> str:
        return self.one_of(key, value, OUTPUT_FORMATS)

    def runtime(self, key: str, value: object) -> str:
        return self.one_of(key, value, RUNTIMES)

    def one_of(self, key: str, value: object, known: Sequence[str]) -> str:
        if not isinstance(value, str) or value not in known:
            meant = hint(value, known) if isinstance(value, str) else ""
            raise self.wrong(key, f"one of {', '.join(known)}{meant}")
        return value

    def seed(self, key: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
            raise self.wrong(key, "an integer from 0 to 2**32 - 1")
        return value

    def function(self, key: str, value: object) -> str:
        parts = value.split(".") if isinstance(value, str) else []
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise self.wrong(key, 'a function with its module, such as "mypackage.seeding.set_seed"')
        return ".".join(parts)


def _literal(path: str) -> str:
    """A path as a pattern that matches only itself."""
    return re.sub(r"([*?\[])", r"[\1]", path)
