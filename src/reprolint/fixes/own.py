"""Seeding a generator that a library keeps to itself: one more argument of the call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.local import repeats
from reprolint.fixes.place import body_of
from reprolint.fixes.value import seed_expression
from reprolint.fixes.varying import call_in, constant
from reprolint.trace.story import OwnDraw, Story


def seed_own(layouts: Layouts, story: Story, draw: OwnDraw, fallback: int) -> Iterator[Draft]:
    """Pass the argument that seeds it, or put a constant in the place of a seed that varies.

    :param fallback: the seed where the program has none at hand there.
    """
    if draw.source is not None:
        yield from constant(layouts, draw, fallback)
        return
    if not draw.row.argument or draw.detail:
        return
    module = draw.place.module
    span = layouts.span(draw.place)
    text = layouts.of(module).text(span)
    place = body_of(layouts, [draw.chain], len(draw.chain) - 1)
    seed = str(fallback)
    if place is not None:
        expression, earliest = seed_expression(layouts, story, place, draw.before + 1, fallback)
        seed = expression if earliest <= place.first else seed
    word = f"{draw.row.argument}={seed}"
    new = with_keyword(text, word)
    if new is None:
        return
    draft = Draft(f"Pass the seed: `{word}`")
    draft.add(module, replaced(span, new))
    again = repeats(layouts, draw)
    if again and draw.row.generator == "gymnasium environment":
        return  # every episode would be the same
    if again or draw.row.since:
        draft.applicability = "unsafe"
    yield draft


def with_keyword(text: str, word: str) -> str | None:
    """A call with one more keyword argument, laid out as the others are; None where it is no call or has the argument."""
    call = call_in(text)
    if call is None or any(one.arg in (None, word.partition("=")[0]) for one in call.keywords):
        return None
    held = [*call.args, *(one.value for one in call.keywords)]
    if not held:
        empty = re.fullmatch(r"(.*\()\s*\)", text, re.DOTALL)
        return f"{empty[1]}{word})" if empty else None
    last = max(held, key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0))
    lines = text.split("\n")
    row = (last.end_lineno or 1) - 1
    line = lines[row].encode()[: last.end_col_offset].decode()
    head = "\n".join([*lines[:row], line])
    tail = text[len(head) :]
    bare = re.sub(r"#[^\n]*", "", tail).split()
    if not "".join(bare).strip(")"):
        # The parentheses around the last argument, where it has any, come before the one that closes the call.
        inner = re.match(r"(?:\s*\)(?=[^#]*\)))*", tail)
        end = inner.end() if inner else 0
        return f"{head}{tail[:end]}, {word}{tail[end:]}"
    if "".join(bare) != ",)":
        return None
    if row == 0 or "\n" not in tail:
        comma = tail.index(",") + 1
        return f"{head}{tail[:comma]} {word}{tail[comma:]}"
    above, _, closing = tail.rpartition("\n")
    indent = line[: len(line) - len(line.lstrip())]
    return f"{head}{above}\n{indent}{word},\n{closing}"
