"""What keeps hostile or broken input from taking the process down.

libcst's native parser is recursive and overflows the C stack on deep input, which kills the interpreter. Two guards:
`too_deep` refuses text that no sound program contains before it reaches the parser, and `with_deep_stack` runs the whole
analysis in a thread whose stack holds what `too_deep` lets through.

libcst itself is not imported here: a run that the cache answers does without it.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

MAX_BRACKETS: Final = 200
"""CPython's own limit ("too many nested parentheses"), so that nothing runnable is refused."""

MAX_OPERATORS: Final = 1000
"""Operators, calls and keywords in one expression between two separators; `a + b + …` nests once for each."""

_STACKS_MB: Final = (512, 256, 64)
"""Sizes to try: address space, not memory, but a container may cap it."""

_TOKEN: Final = re.compile(
    rb"""
      (?P<comment>\#[^\n]*)
    | (?P<string>(?i:\b[rbuft]{0,2})(?:'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<separator>[,:;]|\n)
    | (?P<operator>\b(?:not|lambda|if|await)\b|[-+*/%@&|^~.]|<<|>>)
    """,
    re.VERBOSE | re.DOTALL,
)


class ParseError(Exception):
    """The text is no Python that can be analysed; the message says why, ``line`` and ``column`` (1-based) where."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def too_deep(source: bytes) -> tuple[str, int] | None:
    """Why this text would nest deeper than any real program, and on which line; None for ordinary text."""
    # Cheap way out: text that has too few brackets and operators in any line run cannot nest deeply.
    depth = 0
    run = [0]
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup
        if kind == "operator":
            run[-1] += 1
            if run[-1] > MAX_OPERATORS:
                return (f"one expression has more than {MAX_OPERATORS} operators", _line(source, token.start()))
        elif kind == "open":
            depth += 1
            if depth > MAX_BRACKETS:
                return (f"brackets nest deeper than {MAX_BRACKETS}, which Python itself refuses", _line(source, token.start()))
            run[-1] += 1
            run.append(0)
        elif kind == "close":
            depth = max(depth - 1, 0)
            if len(run) > 1:
                run.pop()
        elif kind == "separator" and (depth > 0 or token.group() != b":"):
            run[-1] = 0
    return None


def _line(source: bytes, offset: int) -> int:
    return source.count(b"\n", 0, offset) + 1


def with_deep_stack(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread with a stack deep enough for every input that `too_deep` accepts.

    :raises Exception: whatever ``work`` raises.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # carried to the caller's thread, there raised again
            failure.append(error)

    before_size, before_limit = threading.stack_size(), sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        thread = _start(body)
        thread.join()
    finally:
        threading.stack_size(before_size)
        sys.setrecursionlimit(before_limit)
    if failure:
        raise failure[0]
    return outcome[0]


def _start(body: Callable[[], None]) -> threading.Thread:
    for megabytes in _STACKS_MB:
        threading.stack_size(megabytes * 1024 * 1024)
        thread = threading.Thread(target=body, name="reprolint", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError):  # no room for a stack of that size
            continue
        return thread
    threading.stack_size(0)
    thread = threading.Thread(target=body, name="reprolint", daemon=True)
    thread.start()
    return thread
