"""What ``.gitignore``, ``.ignore`` and ``.git/info/exclude`` leave out of a walk, by git's rules and without asking git.

A person's own list of ignored files (``core.excludesFile``) does not count: a check is to say the same on every machine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reprolint.sources import globs

NAMES: Final = (".gitignore", ".ignore", ".git")
"""What in a folder has a say."""

_ENTRY: Final = re.compile(r"(?:\\.|\\$|[^\\ ]| +(?! |$))*", re.DOTALL)
"""A line without the blanks at its end, of which a backslash keeps one."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """:ivar named: whether it is about names anywhere below, not about paths."""

    expression: re.Pattern[str]
    named: bool
    folders_only: bool
    negated: bool


class _File:
    """The patterns of one file, which count from a folder."""

    def __init__(self, folder: str, data: bytes) -> None:
        self.start = len(folder.rstrip("/")) + 1
        self.patterns = tuple(_patterns(os.fsdecode(data)))
        self.any_name = _either(one.expression for one in self.patterns if one.named)
        self.any_path = _either(one.expression for one in self.patterns if not one.named)

    def says(self, path: str, name: str, is_folder: bool) -> bool | None:
        """Whether a file or folder is ignored; None: nothing here is about it."""
        path = path[self.start :]
        if self.any_name.fullmatch(name) is None and self.any_path.fullmatch(path) is None:
            return None
        for pattern in reversed(self.patterns):
            if (is_folder or not pattern.folders_only) and pattern.expression.fullmatch(name if pattern.named else path):
                return not pattern.negated
        return None


@dataclass(frozen=True, slots=True)
class Ignored:
    """What is known of ignored files in one folder: the files with patterns that have a say there, the nearest one first."""

    of_searches: tuple[_File, ...] = ()
    of_git: tuple[_File, ...] = ()
    of_clone: tuple[_File, ...] = ()

    @staticmethod
    def above(top: Path, boundary: Path) -> Ignored:
        """What the folders above one say of what is in it.

        :param boundary: the folder above which none is asked; the root of the repository if that is nearer.
        """
        folders = []
        for folder in (top, *top.parents):
            if folder != top:
                folders.append(folder)
            if folder == boundary or os.path.lexists(folder / ".git"):
                break
        known = Ignored()
        for folder in reversed(folders):
            known = known.inside(folder, [name for name in NAMES if os.path.lexists(folder / name)])
        return known

    def inside(self, folder: Path, names: Collection[str]) -> Ignored:
        """What holds in a folder of one for which this holds.

        :param names: those of `NAMES` that it has, at least.
        """
        known = self
        if ".git" in names:  # another repository
            known = Ignored(self.of_searches, (), tuple(_read(folder, _common_folder(folder / ".git") / "info/exclude")))
        if ".gitignore" in names:
            known = Ignored(known.of_searches, (*_read(folder, folder / ".gitignore"), *known.of_git), known.of_clone)
        if ".ignore" in names:
            known = Ignored((*_read(folder, folder / ".ignore"), *known.of_searches), known.of_git, known.of_clone)
        return known

    def has(self, path: str, name: str, is_folder: bool) -> bool:
        """Whether a file or folder is ignored. Of several files that speak of it, the first one decides."""
        for file in (*self.of_searches, *self.of_git, *self.of_clone):
            said = file.says(path, name, is_folder)
            if said is not None:
                return said
        return False


def _patterns(text: str) -> Iterator[_Pattern]:
    for line in text.removeprefix("\ufeff").split("\n"):
        entry = _ENTRY.match(line.removesuffix("\r"))
        pattern = entry.group() if entry is not None else ""
        if pattern.startswith("#"):
            continue
        negated = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        folders_only = pattern.endswith("/")
        pattern = pattern.removesuffix("/")
        if pattern:
            named = "/" not in pattern
            yield _Pattern(globs.git(pattern.removeprefix("/")), named, folders_only, negated)


def _either(expressions: Iterator[re.Pattern[str]]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one.pattern})" for one in expressions) or globs.NOTHING.pattern, re.DOTALL)


def _read(folder: Path, file: Path) -> Iterator[_File]:
    try:
        if file.is_file():  # reading a pipe would wait for ever
            yield _File(folder.as_posix(), file.read_bytes())
    except OSError:
        pass  # git, too, goes on without a file that it cannot read


def _common_folder(git: Path) -> Path:
    """The folder of a repository's own files; in a worktree or submodule ``.git`` is a file that leads there."""
    try:
        if git.is_file():
            git = git.parent / os.fsdecode(git.read_bytes().removeprefix(b"gitdir:").strip())
        common = git / "commondir"
        return git / os.fsdecode(common.read_bytes().strip()) if common.is_file() else git
    except (OSError, ValueError):
        return git
