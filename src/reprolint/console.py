"""What the shell that started reprolint gets: text on stdout and stderr, and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Final

CLEAN: Final = 0
FOUND: Final = 1
WRONG: Final = 2
INTERRUPTED: Final = 130
"""What shells expect of a program that Ctrl-C ended."""


def write(text: str) -> None:
    """Put text on stdout. A reader that has left (``| head``) does not change the exit code."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_stdout()


def write_bytes(data: bytes) -> None:
    """Put bytes on stdout as they are."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        abandon_stdout()


def abandon_stdout() -> None:
    """Give what is still buffered somewhere to go, or the interpreter complains when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(*lines: str) -> None:
    """Put lines on stderr."""
    for line in lines:
        print("reprolint:", line, file=sys.stderr)


def shows_colours() -> bool:
    """Whether stdout shows colours; https://no-color.org and https://force-color.org, of which the first one wins."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")
