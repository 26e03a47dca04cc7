"""Which files a run looks at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from reprolint.errors import UsageError, hint

EXCLUDE: Final[tuple[str, ...]] = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)
"""Folders that hold no code of the project, unless the setting ``exclude`` says otherwise."""

SUFFIXES: Final = (".py", ".ipynb")

ROOT_MARKERS: Final = ("pyproject.toml", "reprolint.toml", ".reprolint.toml", "setup.py", "setup.cfg", ".git")
"""A folder that holds one of these is the root of a project."""


def files(paths: Sequence[Path], exclude: Sequence[str]) -> list[Path]:
    """Every Python file and notebook under ``paths``, absolute, sorted, each once.

    A file named in ``paths`` is taken whatever its suffix and whatever ``exclude`` says. Links to folders are not
    followed, so that a walk ends and no file is met twice; links to files are taken. A folder that cannot be listed is
    given back itself: reading it then tells why.

    :param exclude: patterns as for `matches`; a folder that matches is not entered.
    :raises UsageError: for a path that does not exist.
    """
    found: set[Path] = set()
    for path in paths:
        absolute = Path(os.path.abspath(path))
        if absolute.is_dir():
            found.update(_walk(absolute, exclude))
        elif os.path.lexists(absolute):
            found.add(absolute)
        else:
            raise UsageError(f"no such file or directory: {path}{_hint_at_sibling(absolute)}")
    return sorted(found)


def root_of(path: Path) -> Path:
    """The nearest folder, from ``path`` upwards, that holds one of `ROOT_MARKERS`.

    Where there is none: ``path`` itself if it is a folder, else the folder it stands in.
    """
    absolute = Path(os.path.abspath(path))
    start = absolute if absolute.is_dir() else absolute.parent
    for folder in (start, *start.parents):
        if any(os.path.lexists(folder / marker) for marker in ROOT_MARKERS):
            return folder
    return start


def matches(path: Path, pattern: str) -> bool:
    """Tell whether a pattern names this absolute path.

    A pattern without a slash names files and folders of that name anywhere; one with a slash the whole path or, where
    it does not start at the file system's root, its last parts. ``*`` stands for any characters, slashes included.
    """
    pattern = pattern.rstrip("/")
    if "/" not in pattern:
        return _compiled(pattern).fullmatch(path.name) is not None
    anchored = pattern if Path(pattern).is_absolute() else f"**/{pattern.removeprefix('./')}"
    return _compiled(anchored).fullmatch(path.as_posix()) is not None


_GLOB: Final = re.compile(
    r"(?P<folders>\*\*/)|(?P<any>\*+)|(?P<one>\?)|\[(?P<not>!?)(?P<set>\]?[^\]]*)\]|(?P<plain>.)", re.DOTALL
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    def piece(token: re.Match[str]) -> str:
        if token["folders"]:
            return "(?:.*/)?"
        if token["any"]:
            return ".*"
        if token["one"]:
            return "."
        if token["set"]:
            inner = token["set"].replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("^", "\\^")
            return f"[{'^' if token['not'] else ''}{inner}]"
        return re.escape(token[0])

    try:
        return re.compile(_GLOB.sub(piece, pattern), re.DOTALL)
    except re.error:  # a character range such as [z-a], which matches nothing
        return re.compile(r"(?!)")


def _walk(top: Path, exclude: Sequence[str]) -> Iterator[Path]:
    names = {pattern.rstrip("/") for pattern in exclude if not set(pattern.rstrip("/")) & set("*?[/")}
    patterns = [pattern for pattern in exclude if pattern.rstrip("/") not in names]
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            yield folder
            continue
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not (entry.name.endswith(SUFFIXES) and not entry.is_dir()):
                continue
            path = Path(entry.path)
            if entry.name in names or any(matches(path, pattern) for pattern in patterns):
                continue
            if is_folder:
                folders.append(path)
            else:
                yield path


def _hint_at_sibling(missing: Path) -> str:
    try:
        siblings = [path.name for path in missing.parent.iterdir()]
    except OSError:
        return ""
    return hint(missing.name, siblings)
