"""Values kept from run to run, in files that are thrown away rather than trusted.

A file is a digest and what `marshal` makes of plain values. Whatever is wrong with it, it is as if it were not there: nothing
depends on a cache but time. `marshal` is fast and runs no code, but says of itself that crafted bytes may crash it
(https://docs.python.org/3/library/marshal.html), so the digest has a key wherever somebody else may choose the folder.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from reprolint.sources.write import ChangedMeanwhile, put

_BESIDE: Final = {
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n# Kept by reprolint; see https://bford.info/cachedir/\n",
    ".gitignore": b"# Kept by reprolint.\n*\n",
}
"""What tells backups and git to pass over the folder."""
_ENDING: Final = ".reprolint"
_KEY: Final = "key"
_DIGEST: Final = 32
_MAX_AGE: Final = 60 * 24 * 3600
"""Seconds after which a file that no run has written anew is removed."""


def user_folder() -> Path:
    """Where a user's programs keep what they can do without, by the customs of the platform.

    See https://specifications.freedesktop.org/basedir-spec/latest/ for those of Linux.
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join("~", "AppData", "Local")
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else "~/.cache"  # noqa: PTH117 - the specification's own rule
    return Path(os.path.expanduser(base)) / "reprolint"  # noqa: PTH111 - Path.expanduser fails where there is no home


def digest(data: bytes) -> bytes:
    """What tells contents apart."""
    return hashlib.blake2b(data, digest_size=16).digest()


def name_of(text: str) -> str:
    """What tells texts apart, paths that are no Unicode among them, in letters that any file may be named by."""
    return digest(text.encode("utf-8", "surrogateescape")).hex()


class Cache:
    """One folder of kept values.

    :param keyed: whether only what this user has written is taken, for a folder that the checked code may have brought along.
    """

    def __init__(self, folder: Path, *, keyed: bool = False) -> None:
        self.folder = folder
        self.keyed = keyed

    def read(self, name: str) -> Any:
        """The value kept under a name, None where there is none that is sound."""
        try:
            key = _user_key() if self.keyed else b""
            data = (self.folder / f"{name}{_ENDING}").read_bytes()
            if data[:_DIGEST] != _seal(data[_DIGEST:], key):
                return None
            return marshal.loads(data[_DIGEST:])
        except (OSError, ValueError, EOFError, TypeError, MemoryError):
            return None

    def write(self, name: str, value: Any) -> None:
        """Keep a value, all at once. Where that cannot be done, the next run takes longer."""
        try:
            key = _user_key() if self.keyed else b""
            data = marshal.dumps(value)
            for beside, text in _BESIDE.items():
                if not (self.folder / beside).exists():
                    put(self.folder / beside, text)
            put(self.folder / f"{name}{_ENDING}", _seal(data, key) + data)
            self._drop_old()
        except (OSError, ValueError, ChangedMeanwhile, MemoryError):
            return

    def _drop_old(self) -> None:
        oldest = time.time() - _MAX_AGE
        for path in _kept(self.folder):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def clean(folder: Path) -> tuple[int, int]:
    """Remove what caches have left in a folder, and the folder if nothing else is in it.

    :returns: how many files and bytes that were.
    :raises OSError: if something cannot be removed.
    """
    if not folder.is_dir():
        return 0, 0
    found = list(_kept(folder))
    size = sum(path.stat().st_size for path in found)
    beside = [folder / name for name, text in _BESIDE.items() if _holds(folder / name, text)]
    for path in (*found, *beside, *([folder / _KEY] if folder == user_folder() else [])):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
    return len(found), size


def _kept(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.suffix == _ENDING)


def _holds(path: Path, text: bytes) -> bool:
    return path.is_file() and path.read_bytes() == text


def _seal(data: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST, key=key).digest()


def _user_key() -> bytes:
    """A secret of this user, made when it is first needed.

    :raises OSError: if there is none and none can be written.
    """
    path = user_folder() / _KEY
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another run was first
            pass
        else:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_DIGEST))
    key = path.read_bytes()
    if len(key) != _DIGEST:  # another run is about to write it
        raise OSError
    return key
