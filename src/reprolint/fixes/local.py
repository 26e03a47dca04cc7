"""Giving a generator of the program's own the seed that it lacks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.layouts import Layouts, function_of
from reprolint.fixes.often import may_repeat, repeated
from reprolint.fixes.place import body_of
from reprolint.fixes.value import seed_expression
from reprolint.fixes.varying import call_in, constant, keyword_of
from reprolint.trace.story import Event, OwnDraw, Story

_MADE: Final = re.compile(r"(?:\w+\.)*(?:Random|default_rng|RandomState|MT19937|PCG64|PCG64DXSM|Philox|SFC64|SeedSequence)")


def seed_local(layouts: Layouts, story: Story, event: Event, fallback: int) -> Iterator[Draft]:
    """Pass a seed to the call that makes a generator without one, or replace one that varies.

    :param event: of kind "local".
    :param fallback: the seed where the program has none at hand there.
    """
    if event.detail:
        yield from constant(layouts, event, fallback)
        return
    layout = layouts.of(event.place.module)
    span = layouts.span(event.place)
    text = layout.text(span)
    call = call_in(text)
    if call is None or not _MADE.fullmatch(ast.unparse(call.func)) or len(call.args) + len(call.keywords) > 1:
        return
    place = body_of(layouts, [event.chain], len(event.chain) - 1)
    seed = str(fallback)
    if place is not None:
        expression, earliest = seed_expression(layouts, story, place, story.events.index(event) + 1, fallback)
        seed = expression if earliest <= place.first else seed
    keyword = keyword_of(call)
    name = text[: len(text) - len(text.partition("(")[2]) - 1]
    draft = Draft(f"Pass the seed: `{name}({keyword}{seed})`")
    draft.add(event.place.module, replaced(span, f"{name}({keyword}{seed})"))
    if repeats(layouts, event):
        draft.applicability = "unsafe"  # all would draw the same numbers
    yield draft


def repeats(layouts: Layouts, event: Event | OwnDraw) -> bool:
    """Whether several generators of one life would get the same seed.

    Objects that each keep a generator may start from the same one: every one of them still draws a stream of numbers. A
    function that makes one whenever it is called would give the same numbers at every call.
    """
    function = function_of(layouts.path(event.place))
    if function is not None and function.name in ("__init__", "__post_init__"):
        return repeated(layouts.of(event.place.module), layouts.span(event.place))
    return may_repeat(layouts, event.chain)
