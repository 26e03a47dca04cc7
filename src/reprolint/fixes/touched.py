"""Which names a statement reads and changes."""

from __future__ import annotations

import ast
import textwrap
from typing import Final

from reprolint.facts.layout import Layout, Statement

ANYTHING: Final = "*"
"""Stands for the names in a statement that cannot be read."""


def tree_of(layout: Layout, statement: Statement) -> ast.Module | None:
    """A statement by itself as a syntax tree."""
    lines = layout.lines[statement.span.line - 1 : statement.span.end_line]
    try:
        return ast.parse(textwrap.dedent("\n".join(lines)))
    except (SyntaxError, ValueError):
        return None


def names_read(layout: Layout, statement: Statement) -> set[str]:
    """The names that a statement reads."""
    tree = tree_of(layout, statement)
    if tree is None:
        return {ANYTHING}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def names_changed(layout: Layout, statement: Statement) -> set[str]:
    """The names that a statement may change: assigned, defined, imported, or holding an object that is assigned into."""
    tree = tree_of(layout, statement)
    if tree is None:
        return {ANYTHING}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute | ast.Subscript):
                inner = inner.value
            if isinstance(inner, ast.Name):
                found.add(inner.id)
    return found
