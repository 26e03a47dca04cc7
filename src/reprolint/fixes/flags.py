"""Switching cuDNN's benchmark off where a program switches it on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.layouts import Layouts
from reprolint.model import Span
from reprolint.trace.story import Event


def switch_off(layouts: Layouts, event: Event) -> Iterator[Draft]:
    """Replace the True that an assignment or an argument gives to ``benchmark`` by False."""
    path = layouts.path(event.place)
    if not path:
        return
    layout = layouts.of(event.place.module)
    span = layouts.span(event.place)
    text = layout.text(span)
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return
    values = [
        value
        for node in (inner for statement in body for inner in ast.walk(statement))
        for value in _given(node)
        if isinstance(value, ast.Constant) and value.value in (True, 1)
    ]
    if len(values) != 1:
        return
    draft = Draft("Switch cuDNN's benchmark off")
    value = values[0]
    lines = text.split("\n")
    line = span.line + value.lineno - 1
    shift = span.column - 1 if value.lineno == 1 else 0
    column = len(lines[value.lineno - 1].encode()[: value.col_offset].decode(errors="replace")) + 1 + shift
    length = value.end_col_offset - value.col_offset if value.end_col_offset is not None else 0
    draft.add(event.place.module, replaced(Span(line, column, line, column + length), "False"))
    yield draft


def _given(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and all(ast.unparse(target).endswith("benchmark") for target in node.targets):
        yield node.value
    elif isinstance(node, ast.keyword) and node.arg == "benchmark":
        yield node.value
