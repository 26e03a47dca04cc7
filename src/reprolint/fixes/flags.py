"""Switching cuDNN's benchmark off where a program switches it on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.layouts import Layouts
from reprolint.trace.story import Event


def switch_off(layouts: Layouts, event: Event) -> Iterator[Draft]:
    """Replace the True that an assignment or an argument gives to ``benchmark`` by False."""
    layout = layouts.of(event.place.module)
    around = layout.nodes_around(layouts.span(event.place))
    if not around:
        return
    values = [
        value
        for node in ast.walk(around[-1])
        for value in _given(node)
        if isinstance(value, ast.Constant) and value.value in (True, 1)
    ]
    if len(values) == 1:
        draft = Draft("Switch cuDNN's benchmark off")
        draft.add(event.place.module, replaced(layout.span_of(values[0]), "False"))
        yield draft


def _given(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and all(ast.unparse(target).endswith("benchmark") for target in node.targets):
        yield node.value
    elif isinstance(node, ast.keyword) and node.arg == "benchmark":
        yield node.value
