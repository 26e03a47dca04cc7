"""Putting bytes into a file so that nobody ever sees half of them."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


class ChangedMeanwhile(Exception):
    """The file is no longer what it was when it was read; it is left as it is."""


def replace(path: Path, data: bytes, *, expected: bytes | None) -> None:
    """Make ``data`` the content of a file, all at once.

    The new content is written beside the file and then takes its place, with its mode. A symbolic link stays one: the file
    that it points to is replaced.

    :param expected: what the file holds now; None: it does not exist yet.
    :raises ChangedMeanwhile: if the file holds something else.
    :raises OSError: if it cannot be written; then the old content is still there.
    """
    target = Path(os.path.realpath(path))
    mode = None
    if expected is not None:
        mode = stat.S_IMODE(target.stat().st_mode)
        if not os.access(target, os.W_OK):  # only the folder's permissions would stop the replacing
            raise PermissionError(13, "the file is read-only", str(path))
    handle, name = tempfile.mkstemp(prefix=".reprolint-", suffix=".tmp", dir=target.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(_usual_mode() if mode is None else mode)
        now = target.read_bytes() if target.exists() else None
        if now != expected:
            raise ChangedMeanwhile(f"{path} changed meanwhile")
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def put(path: Path, data: bytes) -> None:
    """Make ``data`` the content of a file, all at once, whatever it holds now. Folders that are missing above it are made.

    What is there and cannot be replaced, a pipe or a device, is written to.

    :raises ChangedMeanwhile: if somebody else writes the file at the same time.
    :raises OSError: if it cannot be written; then the old content is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.write(data)
    else:
        replace(path, data, expected=path.read_bytes() if path.exists() else None)


def _usual_mode() -> int:
    """What ``open(path, "w")`` would give a new file: mkstemp's are closed to everybody else."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
