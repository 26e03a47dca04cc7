"""What a fix changes, as unified diffs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import unified_diff
from itertools import islice
from typing import Final

from reprolint.reports import clean

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
"""`patch` ends lines at nothing else: a carriage return or a form feed is a part of its line."""

_STYLES: Final = {"@": "36", "+": "32", "-": "31"}


def render(pieces: Iterable[tuple[str, str, str]], *, color: bool) -> str:
    """A unified diff for each piece that differs, for `patch -p0` or `git apply -p0`.

    :param pieces: (label, text before, text after). The label is a path, or one with ``:cell 3`` after it.
    :param color: for a terminal: characters that could steer it are replaced, which `patch` would not take.
    """
    paint = _paint if color else _plain
    return "".join(line for piece in pieces for line in _diff(*piece, paint))


def _paint(line: str, style: str | None) -> str:
    text = clean(line.removesuffix("\n").removesuffix("\r"))
    return f"{text}\n" if style is None else f"\x1b[{style}m{text}\x1b[0m\n"


def _plain(line: str, style: str | None) -> str:
    return line if line.endswith("\n") else f"{line}\n"


def _diff(label: str, before: str, after: str, paint: Callable[[str, str | None], str]) -> Iterator[str]:
    name = clean(label)
    if " " in name.partition(":cell ")[0]:
        name += "\t"  # without it, patch takes the first word for the name
    lines = unified_diff(_LINE.findall(before), _LINE.findall(after), name, name)
    for header in islice(lines, 2):
        yield paint(header, "1")
    for line in lines:
        yield paint(line, _STYLES.get(line[0]))
        if not line.endswith("\n"):
            yield paint("\\ No newline at end of file", None)
