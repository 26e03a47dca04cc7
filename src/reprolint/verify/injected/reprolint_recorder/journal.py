"""The file that one process writes: a line for each event, at once, so that nothing is lost however the process ends."""

from __future__ import annotations

import json
import os
import sys
import time

PARENT = "REPROLINT_VERIFY_PARENT"
"""The variable that tells a process started by this one whose child it is."""

MOST_EVENTS = 1_000_000
MOST_BYTES = 256 * 1024 * 1024
HIGH = (512, 200, 64)
"""Numbers to move the file to, so that files which the program opens get the numbers that they get without us."""


class Journal:
    """What a process writes down. Fields are separated by tabs; `reprolint.verify.records` reads it.

    :param folder: where the file is made.
    :ivar id: tells this process from all others.
    :ivar forks: how many processes this one has forked.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.active = False
        self.forks = 0
        self.events = 0
        self.bytes = 0
        self._file = -1
        self.identity = (0, 0)
        self.id = ""
        self._places: dict[tuple[str, int, str], int] = {}

    def open(self, about: dict[str, object], parent: str | None = None, fork: int | None = None) -> None:
        """Start the file, with what tells this process from others."""
        now = time.time()
        self.id = f"{os.getpid()}-{int(now * 1e9)}"
        header = {
            "id": self.id,
            "parent": os.environ.get(PARENT, "") if parent is None else parent,
            "fork": fork,
            "pid": os.getpid(),
            "started": now,
            "command": list(getattr(sys, "orig_argv", sys.argv))[1 if hasattr(sys, "orig_argv") else 0 :],
            "rank": [os.environ.get(name, "") for name in ("RANK", "LOCAL_RANK")],
            "python": sys.version.split()[0],
            **about,
        }
        path = os.path.join(self.folder, f"{self.id}.rec")
        self._file = _high(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600))
        self.identity = _identity(self._file)
        self.active = True
        self._write(json.dumps(header))
        os.environ[PARENT] = self.id

    def reopen(self, about: dict[str, object]) -> None:
        """Leave the parent's file to the parent, and start one for this forked process."""
        if not self.active:
            return
        if self._is_ours():
            os.close(self._file)
        parent, fork = self.id, self.forks
        self.forks = self.events = self.bytes = 0
        self._places.clear()
        self.active = False
        self.open(about, parent, fork)

    def event(self, kind: str, place: tuple[str, int, str] | None, *fields: object) -> None:
        """Write an event.

        :param kind: state, batch, loss, gradients, parameters or entropy.
        :param place: file, line and function of the program's own code that were being executed.
        :param fields: what `reprolint.verify.records` expects for this kind.
        """
        if not self.active:
            return
        self.events += 1
        number = "" if place is None else self._number(place)
        self._write("\t".join(map(_plain, (kind, int(time.time() * 1e6), number, *fields))))
        if self.events >= MOST_EVENTS or self.bytes >= MOST_BYTES:
            self.stop(f"recording stopped after {self.events:,} events")

    def mark(self, what: str) -> None:
        """Write a fact about the process: ``own`` (it ran code of the user's) or ``threads`` (in more than one thread)."""
        if self.active:
            self._write(what)

    def note(self, text: str) -> None:
        """Write something that a person should know about this record."""
        if self.active:
            self._write(f"note\t{_plain(text)}")

    def stop(self, why: str) -> None:
        """Write no more events, and say why."""
        self.note(why)
        self.active = False

    def stop_after(self, error: Exception) -> None:
        """Write no more events because of an error in the recorder."""
        try:
            self.stop(f"recording stopped after an error in the recorder: {type(error).__name__}: {error}")
        except Exception:
            self.active = False

    def _number(self, place: tuple[str, int, str]) -> int:
        number = self._places.get(place)
        if number is None:
            number = self._places[place] = len(self._places)
            path, line, function = place
            self._write(f"place\t{number}\t{line}\t{_plain(function)}\t{_plain(path)}")
        return number

    def _write(self, line: str) -> None:
        if not self._is_ours():
            self.active = False
            return
        data = f"{line}\n".encode("utf-8", "backslashreplace")
        self.bytes += len(data)
        try:
            os.write(self._file, data)
        except OSError:  # the disk is full, say
            self.active = False

    def _is_ours(self) -> bool:
        """Whether the number still stands for our file: a program may close all files and open one of its own under it."""
        try:
            return _identity(self._file) == self.identity
        except OSError:
            return False


def _identity(file: int) -> tuple[int, int]:
    found = os.fstat(file)
    return found.st_dev, found.st_ino


def _high(file: int) -> int:
    try:
        import fcntl
    except ImportError:
        return file
    for number in HIGH:
        try:
            moved = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, number)
        except OSError:  # beyond what this process may open
            continue
        os.close(file)
        return moved
    return file


def _plain(value: object) -> str:
    return str(value).replace("\t", " ").replace("\r", " ").replace("\n", " ")
