"""Work spread over the cores of the machine, for what takes seconds."""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from typing import Final, NoReturn

MOST: Final = 8
"""Each process holds all that is known of the project, so that more would cost more memory than they save time."""

_NUMBER: Final = struct.Struct("=I")
_MOST_TASKS: Final = 4000
"""Their numbers have room in a pipe everywhere; what is beyond that is left out."""


def cores() -> int:
    """How many processes are worth while here; 1 where a process cannot be forked."""
    if not hasattr(os, "fork"):
        return 1
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MOST)
    return min(os.cpu_count() or 1, MOST)


def spread(tasks: int, work: Callable[[int], bytes], closing: Callable[[], bytes], jobs: int) -> Iterator[bytes]:
    """Do numbered tasks in forked processes, each of which starts with all that this one knows.

    What fails in a process, or takes it down, is left out: whoever asks does without.

    :param tasks: how many there are.
    :param work: does the task of a number; ``closing`` is what a process tells at its end.
    :returns: what these give, in the order in which it is done.
    """
    numbers, give = os.pipe()
    for number in range(min(tasks, _MOST_TASKS)):
        os.write(give, _NUMBER.pack(number))
    os.close(give)
    pipes: dict[int, int] = {}
    try:
        for _ in range(min(jobs, tasks)):
            come, go = os.pipe()
            child = _forked()
            if child == 0:
                for pipe in (come, *pipes):
                    os.close(pipe)
                _serve(numbers, go, work, closing)
            os.close(go)
            if child is None:  # no room for another process
                os.close(come)
                break
            pipes[come] = child
        yield from _messages(list(pipes))
    finally:
        os.close(numbers)
        for come, child in pipes.items():
            os.close(come)
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _forked() -> int | None:
    with warnings.catch_warnings():
        # The only other thread waits for this one (`facts.guard`), so that no lock is held that the child would wait for.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return os.fork()
        except OSError:
            return None


def _serve(numbers: int, go: int, work: Callable[[int], bytes], closing: Callable[[], bytes]) -> NoReturn:
    """What a child does. It never returns to what its parent was about to do."""
    try:
        while number := os.read(numbers, _NUMBER.size):
            _send(go, work(_NUMBER.unpack(number)[0]))
        _send(go, closing())
    finally:
        os._exit(0)


def _send(go: int, message: bytes) -> None:
    data = memoryview(_NUMBER.pack(len(message)) + message)
    while data:
        data = data[os.write(go, data) :]


def _messages(pipes: list[int]) -> Iterator[bytes]:
    """The messages that come out of some pipes, until all are closed."""
    parts = {pipe: bytearray() for pipe in pipes}
    with DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fd)
                    continue
                buffer = parts[key.fd]
                buffer += data
                while len(buffer) >= _NUMBER.size:
                    end = _NUMBER.size + _NUMBER.unpack_from(buffer)[0]
                    if len(buffer) < end:
                        break
                    yield bytes(buffer[_NUMBER.size : end])
                    del buffer[:end]
