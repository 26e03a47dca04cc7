"""Which files a run looks at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from reprolint.errors import UsageError, hint
from reprolint.sources import globs
from reprolint.sources.ignored import Ignored

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


def files(
    paths: Sequence[Path], exclude: Sequence[str], *, respect_gitignore: bool = False, force_below: Path | None = None
) -> list[Path]:
    """Every Python file and notebook under ``paths``, absolute, sorted, each once.

    A file named in ``paths`` is taken whatever its suffix and whatever excludes or ignores it. Links to folders are not
    followed, so that a walk ends and no file is met twice; links to files are taken. A folder that cannot be listed is
    given back itself: reading it then tells why.

    :param exclude: patterns as for `matches`; a folder that matches is not entered.
    :param respect_gitignore: whether to leave out what ``.gitignore`` and the like ignore (`sources.ignored`).
    :param force_below: what is named is left out, too, if it or a folder between it and this one is excluded.
    :raises UsageError: for a path that does not exist.
    """
    found: set[Path] = set()
    for path in paths:
        absolute = Path(os.path.abspath(path))
        if force_below is not None and is_excluded(absolute, exclude, force_below):
            continue
        if absolute.is_dir():
            ignored = Ignored.above(absolute, root_of(absolute)) if respect_gitignore else None
            found.update(_walk(absolute, exclude, ignored))
        elif os.path.lexists(absolute):
            found.add(absolute)
        else:
            raise UsageError(f"no such file or directory: {path}{hint_at_sibling(absolute)}")
    return sorted(found)


def is_excluded(path: Path, exclude: Sequence[str], below: Path) -> bool:
    """Whether an absolute path, or a folder that it lies in, is excluded.

    :param below: the folder down to which to look; where the path lies elsewhere, it is the root of its project.
    """
    top = below if path.is_relative_to(below) else root_of(path)
    steps = [path, *(folder for folder in path.parents if folder != top and folder.is_relative_to(top))]
    return any(matches(step, pattern) for step in steps if step != top for pattern in exclude)


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
        return globs.ours(pattern).fullmatch(path.name) is not None
    anchored = pattern if Path(pattern).is_absolute() else f"**/{pattern.removeprefix('./')}"
    return globs.ours(anchored).fullmatch(path.as_posix()) is not None


def _walk(top: Path, exclude: Sequence[str], ignored: Ignored | None) -> Iterator[Path]:
    names = {pattern.rstrip("/") for pattern in exclude if not set(pattern.rstrip("/")) & set("*?[/")}
    patterns = [pattern for pattern in exclude if pattern.rstrip("/") not in names]
    folders = [(top, ignored)]
    while folders:
        folder, outer = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            yield folder
            continue
        inner = outer.inside(folder, {entry.name for entry in entries}) if outer is not None else None
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not (entry.name.endswith(SUFFIXES) and not entry.is_dir()):
                continue
            path = Path(entry.path)
            if entry.name in names or any(matches(path, pattern) for pattern in patterns):
                continue
            if inner is not None and inner.has(path.as_posix(), entry.name, is_folder):
                continue
            if is_folder:
                folders.append((path, inner))
            else:
                yield path


def hint_at_sibling(missing: Path) -> str:
    """``; did you mean X?`` with the name nearest to that of a missing file in its folder, or nothing."""
    try:
        siblings = [path.name for path in missing.parent.iterdir()]
    except OSError:
        return ""
    return hint(missing.name, siblings)
