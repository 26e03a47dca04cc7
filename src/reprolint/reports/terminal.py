"""The page of a rule for a terminal: the Markdown that rules are documented in, with its marks made into colours."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Final

_BOLD: Final = "1"
_CODE: Final = "36"
_ITEM: Final = re.compile(r"(?P<mark>[-*]|\d+\.) +")
_SPAN: Final = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
_FENCE: Final = "```"


def render(markdown: str, width: int) -> str:
    """Headings bold, code coloured and indented, paragraphs filled.

    :param width: of the terminal, in characters.
    """
    return "".join(f"{line}\n" for block in _blocks(markdown) for line in _painted(block, width))


def _blocks(markdown: str) -> Iterator[list[str]]:
    """The lines of each paragraph, list item, heading, block of code (with its fences) and blank line."""
    block: list[str] = []
    for line in markdown.splitlines():
        if block and block[0].startswith(_FENCE):
            block.append(line)
            if line.startswith(_FENCE):
                yield block
                block = []
        elif line.strip() and block and not line.startswith((_FENCE, "#", "|")) and not _ITEM.match(line):
            block.append(line)
        else:
            if block:
                yield block
            block = [line] if line.strip() else []
            if not block or line.startswith(("#", "|")):  # stands alone
                yield [line]
                block = []
    if block:
        yield block


def _painted(block: list[str], width: int) -> Iterator[str]:
    first = block[0]
    if first.startswith(_FENCE):
        yield from (f"    {_paint(line, _CODE)}" if line else "" for line in block[1:-1])
    elif first.startswith("#"):
        yield _paint(first.lstrip("#").strip(), _BOLD)
    elif first.startswith("|") or not first.strip():
        yield first
    else:
        item = _ITEM.match(first)
        hanging = " " * len(item.group()) if item is not None else ""
        text = " ".join(line.strip() for line in block)
        # Filled with the marks still in it: colours would count as characters.
        filled = textwrap.fill(text, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)
        yield _SPAN.sub(_span, filled)


def _span(mark: re.Match[str]) -> str:
    style, text = (_CODE, mark[1]) if mark[1] else (_BOLD, mark[2])
    return "\n".join(_paint(line, style) for line in text.split("\n"))


def _paint(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"
