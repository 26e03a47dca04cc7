"""Switches of torch: cuDNN's benchmark off where a program switches it on, determinism left on where it switches it off."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.layouts import Layouts
from reprolint.trace.story import Event


def switch_off(layouts: Layouts, event: Event) -> Iterator[Draft]:
    """Replace the True that an assignment or an argument gives to ``benchmark`` by False."""
    yield from _changed(layouts, event, ("benchmark",), False, Draft("Switch cuDNN's benchmark off"))


def leave_on(layouts: Layouts, event: Event) -> Iterator[Draft]:
    """Replace the False that an assignment or a call gives to a switch of determinism by True."""
    yield from _changed(layouts, event, ("deterministic", "mode"), True, Draft("Leave determinism on", "unsafe"))


def _changed(layouts: Layouts, event: Event, names: tuple[str, ...], to: bool, draft: Draft) -> Iterator[Draft]:
    layout = layouts.of(event.place.module)
    around = layout.nodes_around(layouts.span(event.place))
    if not around:
        return
    values = [
        value
        for node in ast.walk(around[-1])
        for value in _given(node, names)
        if isinstance(value, ast.Constant) and value.value in (not to, int(not to))
    ]
    if len(values) == 1:
        draft.add(event.place.module, replaced(layout.span_of(values[0]), str(to)))
        yield draft


def _given(node: ast.AST, names: tuple[str, ...]) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and all(ast.unparse(target).endswith(names) for target in node.targets):
        yield node.value
    elif isinstance(node, ast.keyword) and node.arg in names:
        yield node.value
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("use_deterministic_algorithms"):
        yield from node.args[:1]
