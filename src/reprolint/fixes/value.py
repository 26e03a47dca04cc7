"""Which seed a program is meant to run with: its own option or constant, else the one of the settings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from reprolint.facts.layout import Layout, Statement
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.place import Container, index_in
from reprolint.fixes.touched import ANYTHING, names_changed
from reprolint.trace import values as v
from reprolint.trace.story import SeedSource, Story

SEEDS = 2**32


def is_seed(value: object) -> bool:
    """Whether every generator takes this as a seed."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < SEEDS


def seed_expression(layouts: Layouts, story: Story, place: Container, before: int, fallback: int) -> tuple[str, int]:
    """The seed to call with at a place.

    :param before: the number of the event before which the variable has to be bound.
    :param fallback: the seed where the program has none of its own.
    :returns: the expression, and the number of the statement of the block that may follow it at the earliest.
    """
    usable: list[tuple[tuple[bool, bool, int], str, int]] = []
    for source in story.seed_sources:
        if source.module is not place.module or source.before >= before:
            continue
        earliest = _earliest(layouts, place, source)
        expression = _with_fallback(source, fallback, _as_number(layouts, source))
        if earliest is None or expression is None or _means_something_else(layouts, place, source, earliest, story):
            continue
        asked_for = v.option_in(source.value) is not None
        usable.append(((asked_for, source.function is not None, source.before), expression, earliest))
    if usable:
        _, expression, earliest = max(usable, key=lambda one: one[0])
        return expression, earliest
    return str(fallback), 0


def _earliest(layouts: Layouts, place: Container, source: SeedSource) -> int | None:
    """The first statement of the block at which a variable is bound; None: it is not, or not for sure."""
    if source.function is not None:
        if place.function is None:
            return None
        path = layouts.of(place.module).path_to(layouts.of(place.module).spans[source.function])
        if not path or path[-1][0].statements[path[-1][1]] is not place.function:
            return None
        if source.site == source.function:  # a parameter
            return 0
    path = layouts.of(place.module).path_to(layouts.of(place.module).spans[source.site])
    if not path:
        return None
    if path[-1][0] is place.block:
        number = path[-1][1]
        return number + 1 if number < place.first else None
    if index_in(place, path) is not None:
        return None  # in a branch or a loop of this block
    outside = all(block.statements[number].kind in ("if", "simple", "class") for block, number in path) and len(path) <= 2
    return 0 if outside else None


def _means_something_else(layouts: Layouts, place: Container, source: SeedSource, earliest: int, story: Story) -> bool:
    """Whether a variable is not what it was when it was bound: a local one has its name, or a later statement changes it."""
    root = re.split(r"\W", source.expression)[0]
    layout = layouts.of(place.module)
    if layout.tree is None:
        return True
    if place.function is not None and source.function is None and root in _locals(layout, place.function):
        return True
    noted = {layout.spans[other.site].line for other in story.seed_sources if other.module is place.module}
    return any(
        not {root, ANYTHING}.isdisjoint(names_changed(layout, one))
        and not any(one.span.line <= line <= one.span.end_line for line in noted)
        for one in place.block.statements[earliest : place.first]
        if one.kind not in ("def", "class")
    )


def _locals(layout: Layout, function: Statement) -> set[str]:
    """The names that are a function's own, its parameters among them."""
    found: set[str] = set()
    for node in layout.nodes_around(function.span)[-1:]:
        found = {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}
        found |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load)}
    return found


def _as_number(layouts: Layouts, source: SeedSource) -> bool:
    """Whether what the user passes for an option of argparse stays the text that it is, since the option has no type."""
    option, layout = v.option_in(source.value), layouts.of(source.module)
    for node in ast.walk(layout.tree) if option is not None and layout.tree is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if option in names:
                return not any(word.arg in ("type", "action", None) for word in node.keywords)
    return False


def _with_fallback(source: SeedSource, fallback: int, as_number: bool) -> str | None:
    """How to read a seed that may be missing; None where it may be no number at all.

    :param as_number: whether it may be a number's text.
    """
    values = v.options_of(source.value)
    if not all(isinstance(value, v.Const) for value in values):
        return None
    plain = [value.value for value in values if isinstance(value, v.Const)]
    name = source.expression
    read = f"int({name})" if as_number else name
    if all(is_seed(value) for value in plain):
        return read
    if all(value is None or is_seed(value) for value in plain):
        return f"{fallback} if {name} is None else {read}"
    if all(isinstance(value, int) and not isinstance(value, bool) and value < SEEDS for value in plain):
        return f"{fallback} if {read} < 0 else {read}"
    return None


def constant_of(values: Iterable[v.Value | None]) -> int | None:
    """The first constant that one of some values is, or by default is."""
    options = (option for value in values if value is not None for option in v.options_of(value))
    return next((option.value for option in options if isinstance(option, v.Const) and is_seed(option.value)), None)
