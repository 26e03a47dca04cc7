"""Settings: where they are found, what they may be, and which rules they switch on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from reprolint.errors import UsageError, hint
from reprolint.reports.formats import FORMATS
from reprolint.rules import ALL
from reprolint.sources.discover import EXCLUDE, files, hint_at_sibling, is_excluded, matches, root_of
from reprolint.versions import Version, parsed_version

NAMES: Final = (".reprolint.toml", "reprolint.toml", "pyproject.toml")
"""Files that may hold settings; the first one found in a folder counts. In pyproject.toml they stand in [tool.reprolint]."""

RUNTIMES: Final = ("import", "vendor")

EVERYTHING: Final = "ALL"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is to do.

    ``select`` is None where nobody chose, which means the rules that are on by default. Selectors are codes, prefixes of
    codes, or `EVERYTHING`. Patterns and ``src`` are absolute where they hold a slash. ``seeders`` and ``draws`` are as in
    the file; `knowledge` checks their rows. ``seed``, ``set_seed`` (``pkg.mod.func``, empty: the runtime's) and ``runtime``
    (one of `RUNTIMES`) are what fixes insert. ``target_torch`` is the version of torch that programs run on; None: the one that
    the project's requirements name. ``baseline`` is the file that says which findings are known, ``cache_dir`` the folder for what
    is kept from run to run (None: the user's own). ``root`` is the folder that
    relative settings count from, ``file`` the file they came from, ``origins`` says of each field that is not at its default
    where its value comes from.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    src: tuple[Path, ...] = ()
    entry_points: tuple[str, ...] = ()
    seeders: Mapping[str, object] = field(default_factory=dict)
    draws: Mapping[str, object] = field(default_factory=dict)
    seed: int = 42
    set_seed: str = ""
    runtime: str = "import"
    target_torch: Version | None = None
    output_format: str = "full"
    baseline: Path | None = None
    cache_dir: Path | None = None
    root: Path = Path()
    file: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

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
    start: Path, *, config: Path | None = None, isolated: bool = False, origins: Mapping[str, str] | None = None, **given: Any
) -> Settings:
    """The settings that hold for ``start``, with those of the command line over them.

    :param start: a file or folder; the nearest file of `NAMES` at it or above it is read.
    :param config: this file instead; what is relative in it counts from the working directory, as in ruff.
    :param isolated: no file at all.
    :param origins: who said what is ``given``, by field; an option of the field's name where this does not say.
    :param given: fields of `Settings` as the command line has them: rules and patterns as words, relative to the working
        directory; None or nothing in it: not given. ``select`` replaces the file's ``select``, ``extend-select`` and ``ignore``,
        ``extend_select`` takes the same selectors out of its ``ignore``, whatever extends is added, all else replaces.
    :raises UsageError: for a setting that is unknown or of the wrong type, a selector of no rule, a broken file.
    """
    options = _options({name: value for name, value in given.items() if value not in (None, (), [])}, origins or {})
    if config is not None and isolated:
        raise UsageError("--config and --isolated exclude each other")
    layer = _Layer({}, {}, None, root_of(start))
    if config is not None:
        layer = _explicit(config)
    elif not isolated:
        layer = _nearest(start) or layer
    layer = layer.under(options)
    layer.values.setdefault("src", (layer.root, layer.root / "src"))
    return Settings(**layer.values, root=layer.root, file=layer.file, origins=layer.origins)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Fields of `Settings` that a file or the command line sets, who says so, the file, and the folder its paths count from."""

    values: dict[str, Any]
    origins: dict[str, str]
    file: Path | None
    root: Path

    def under(self, top: _Layer) -> _Layer:
        """These settings where ``top`` says nothing else."""
        below, above = dict(self.values), top.values
        if "select" in above:  # a choice of its own: nothing of the old one counts
            for name in ("extend_select", "ignore"):
                below.pop(name, None)
        more = above.get("extend_select", ())
        if "ignore" in below:
            below["ignore"] = tuple(one for one in below["ignore"] if one not in more)
        values = {**below, **above}
        origins = {name: top.origins.get(name) or self.origins[name] for name in values}
        for name in ("extend_select", "ignore", "extend_exclude", "seeders", "draws"):
            if name in below and name in above:
                is_table = name in ("seeders", "draws")
                values[name] = {**below[name], **above[name]} if is_table else (*below[name], *above[name])
                origins[name] = f"{self.origins[name]}, {top.origins[name]}"
        return _Layer(values, origins, self.file, self.root)


def _options(given: Mapping[str, Any], origins: Mapping[str, str]) -> _Layer:
    here = Path.cwd()
    values = dict(given)
    said_by = {
        name: origins.get(name, f"--{'no-' if value is False else ''}{name.replace('_', '-')}")
        for name, value in values.items()
    }
    for name in ("select", "extend_select", "ignore"):
        if name in values:
            values[name] = selectors(values[name], said_by[name])
    for name in ("exclude", "extend_exclude"):
        if name in values:
            values[name] = tuple(_anchored(pattern, here) for pattern in values[name])
    if "per_file_ignores" in values:
        values["per_file_ignores"] = tuple(_pairs(values["per_file_ignores"], said_by["per_file_ignores"], here))
    for name in ("baseline", "cache_dir"):
        if name in values:
            values[name] = here / values[name]
    return _Layer(values, said_by, None, here)


_PAIR: Final = re.compile(r"((?:[A-Za-z]:[\\/])?[^:]+):(.*)", re.DOTALL)
"""The colon of a Windows drive is part of a path."""


def _pairs(texts: Iterable[str], where: str, root: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """``a.py:RPL1,b/*:RPL2 RPL3,RPL4``: what has no colon belongs to the pattern before it."""
    for text in texts:
        words: dict[str, list[str]] = {}
        pattern = ""
        for piece in filter(None, map(str.strip, text.split(","))):
            pair = _PAIR.fullmatch(piece)
            if pair is not None:
                pattern = pair[1].strip()
            words.setdefault(pattern, []).extend((pair[2] if pair is not None else piece).split())
        if not words or "" in words or not all(words.values()):
            raise UsageError(f'{where}: expected PATTERN:RULES, not "{text}"')
        for pattern, rules in words.items():
            yield _anchored(pattern, root), selectors(rules, where)


def _nearest(start: Path) -> _Layer | None:
    absolute = Path(os.path.abspath(start))
    for folder in (absolute, *absolute.parents):
        for name in NAMES:
            file = folder / name
            # Another tool's pyproject.toml need not even be valid: it is not ours to judge.
            if file.is_file() and (name != "pyproject.toml" or b"reprolint" in _bytes(file)):
                layer = _file(file, folder)
                if layer is not None:
                    return layer
    return None


def _explicit(config: Path) -> _Layer:
    _must_exist(config, "--config", config)
    root = Path.cwd()
    return _file(config, root) or _Layer({}, {}, config, root)


def _must_exist(file: Path, where: str, named: object) -> None:
    if not os.path.exists(file):  # noqa: PTH110 - a path can be too long for Path.exists
        raise UsageError(f"{where}: no such file: {named}{hint_at_sibling(file)}")


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


def _file(file: Path, root: Path, heirs: tuple[Path, ...] = ()) -> _Layer | None:
    """What a file says, on top of what the file says that it extends; None for a pyproject.toml without our section.

    :param heirs: the files that extend this one, from the first one on.
    """
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
    table = _Table(file, text.decode("utf-8", "replace"), section, root)
    values = table.read(document)
    extended = values.pop("extend", None)
    layer = _Layer(values, {name: table.where(name.replace("_", "-")) for name in values}, file, root)
    if extended is None:
        return layer
    where = f"{table.where('extend')}: extend"
    _must_exist(extended, where, document["extend"])
    chain = (*heirs, file)
    if any(extended.samefile(one) for one in chain):
        raise UsageError(f"{where}: a circle: {' extends '.join(map(_shown, (*chain, extended)))}")
    below = _file(extended, extended.parent, chain)
    if below is None:
        raise UsageError(f"{where}: {_shown(extended)} has no [tool.reprolint]")
    return replace(below.under(layer), file=file, root=root)


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

    def read(self, table: dict[str, Any]) -> dict[str, Any]:
        out = {}
        for name, value in table.items():
            key = KEYS.get(name)
            if key is None:
                raise UsageError(f'{self.where(name)}: unknown key "{name}"{hint(name, KEYS)}')
            out[name.replace("-", "_")] = key.read(self, name, value)
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
        return tuple((_anchored(pattern, self.root), self.rules(key, rules)) for pattern, rules in table.items())

    def patterns(self, key: str, value: object) -> tuple[str, ...]:
        return tuple(_anchored(pattern, self.root) for pattern in self.texts(key, value))

    def folders(self, key: str, value: object) -> tuple[Path, ...]:
        return tuple(Path(os.path.abspath(self.root / folder)) for folder in self.texts(key, value))

    def extended(self, key: str, value: object) -> Path:
        """The path of another settings file, which counts from where this one stands even if nothing else does."""
        return Path(os.path.abspath(self.file.parent / Path(self.text_of(key, value)).expanduser()))

    def path(self, key: str, value: object) -> Path:
        return Path(os.path.abspath(self.root / self.text_of(key, value)))

    def folder(self, key: str, value: object) -> Path:
        return Path(os.path.abspath(self.root / self.text_of(key, value, "folder")))

    def text_of(self, key: str, value: object, kind: str = "file") -> str:
        if not isinstance(value, str) or not value or "\0" in value:
            raise self.wrong(key, f"the path of a {kind}")
        return value

    def switch(self, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def table(self, key: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(key, "a table")
        return value

    def format(self, key: str, value: object) -> str:
        return self.one_of(key, value, tuple(FORMATS))

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

    def version(self, key: str, value: object) -> Version:
        version = parsed_version(value) if isinstance(value, str) else None
        if version is None:
            raise self.wrong(key, 'a version such as "2.4"')
        return version

    def function(self, key: str, value: object) -> str:
        parts = value.split(".") if isinstance(value, str) else []
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise self.wrong(key, 'a function with its module, such as "mypackage.seeding.set_seed"')
        return ".".join(parts)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a settings file: what reads it, what it may be as JSON schema, and what it is for."""

    read: Callable[[_Table, str, object], Any]
    schema: Mapping[str, Any]
    doc: str


_TEXTS: Final[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}
_RULES: Final[Mapping[str, Any]] = {"type": "array", "items": {"$ref": "#/definitions/rules"}}
_SWITCH: Final[Mapping[str, Any]] = {"type": "boolean"}
_FILE: Final[Mapping[str, Any]] = {"type": "string", "minLength": 1}
_CALLS: Final[Mapping[str, Any]] = {"type": "object", "additionalProperties": {"$ref": "#/definitions/call"}}

KEYS: Final[Mapping[str, Key]] = {
    "extend": Key(_Table.extended, _FILE, "Another settings file to start from. Its own relative paths count from its folder."),
    "select": Key(_Table.rules, _RULES, "The rules to check: codes, prefixes, names or ALL. Without it, those that are on by default."),
    "extend-select": Key(_Table.rules, _RULES, "Rules to check beside the selected ones."),
    "ignore": Key(_Table.rules, _RULES, "Rules to leave out."),
    "per-file-ignores": Key(
        _Table.rules_by_pattern,
        {"type": "object", "additionalProperties": _RULES},
        "For each pattern of files the rules to leave out there.",
    ),
    "exclude": Key(_Table.patterns, _TEXTS, "Patterns of files and folders to pass over, in the place of the built-in ones."),
    "extend-exclude": Key(_Table.patterns, _TEXTS, "Patterns of files and folders to pass over beside the excluded ones."),
    "force-exclude": Key(_Table.switch, _SWITCH, "Pass over excluded files even if the command line names them."),
    "respect-gitignore": Key(_Table.switch, _SWITCH, "Pass over what .gitignore, .ignore and .git/info/exclude ignore."),
    "src": Key(_Table.folders, _TEXTS, "Folders that imports start from, beside the script's own."),
    "entry-points": Key(_Table.patterns, _TEXTS, "Patterns of files that are programs, even if they do not look like it."),
    "seeders": Key(_Table.table, _CALLS, "Calls that seed, by dotted name."),
    "draws": Key(_Table.table, _CALLS, "Calls that draw, by dotted name."),
    "seed": Key(
        _Table.seed, {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}, "What fixes seed a program with that has no seed."
    ),
    "set-seed": Key(
        _Table.function, {"type": "string", "pattern": r"^[^.]+(\.[^.]+)+$"}, "A function of your own that fixes call, with its module."
    ),
    "runtime": Key(
        _Table.runtime, {"enum": list(RUNTIMES)}, "Whether fixed programs import reprolint.runtime or a copy of it in the project."
    ),
    "target-torch": Key(
        _Table.version,
        {"type": "string", "pattern": r"^\d+\.\d+([.+a-z].*)?$"},
        "The version of PyTorch that programs run on. Without it, the one that the requirements name, or else the newest.",
    ),
    "baseline": Key(_Table.path, _FILE, "The file that lists known findings, which are neither reported nor fixed."),
    "cache-dir": Key(_Table.folder, _FILE, "The folder for what is kept from run to run, in the place of one in your home folder."),
    "output-format": Key(_Table.format, {"enum": list(FORMATS)}, "How findings are shown."),
}  # fmt: skip
"""Everything that a settings file may say. What is shown of it and its JSON schema (``tools/config_schema.py``) come from here."""


def selected(paths: Iterable[Path], settings: Settings, virtual: Collection[Path] = ()) -> list[Path]:
    """The files that some paths hold, as the settings select them.

    :param virtual: absolute paths of those that need not exist.
    :raises UsageError: for a path that does not exist.
    """
    exclude = (*settings.exclude, *settings.extend_exclude)
    below = settings.root if settings.force_exclude else None
    on_disk = [path for path in paths if Path(os.path.abspath(path)) not in virtual]
    found = files(on_disk, exclude, respect_gitignore=settings.respect_gitignore, force_below=below)
    return sorted({*found, *(path for path in virtual if below is None or not is_excluded(path, exclude, below))})


def effective(settings: Settings) -> list[tuple[str, Any, str]]:
    """Every key with its value in plain types (None where there is none) and who says so."""
    rows = []
    for name in KEYS:
        field = name.replace("-", "_")
        if field != "extend":  # what it led to is in the others
            rows.append((name, _plain(field, getattr(settings, field)), settings.origins.get(field, "default")))
    return rows


def _plain(field: str, value: Any) -> Any:
    if field == "target_torch" and value is not None:
        return ".".join(map(str, value))
    if field == "per_file_ignores":
        return {pattern: list(rules) for pattern, rules in value}
    if isinstance(value, tuple):
        return [_plain("", one) for one in value]
    return value.as_posix() if isinstance(value, Path) else value


def _anchored(pattern: str, root: Path) -> str:
    """A pattern with a slash counts from a folder; `discover.matches` wants that said."""
    if "/" not in pattern.rstrip("/") or Path(pattern).is_absolute() or pattern.startswith("**/"):
        return pattern
    return f"{_literal(root.as_posix().rstrip('/'))}/{pattern.removeprefix('./')}"


def _literal(path: str) -> str:
    """A path as a pattern that matches only itself."""
    return re.sub(r"([*?\[])", r"[\1]", path)
