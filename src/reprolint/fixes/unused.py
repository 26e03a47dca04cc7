"""Imports that a fix leaves without a use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from reprolint.facts.layout import Layout, Statement
from reprolint.fixes.draft import without_lines
from reprolint.model import Span
from reprolint.program.project import Module, Project
from reprolint.sources.rewrite import Change


def unused_imports(project: Project, module: Module, layout: Layout, gone: Sequence[Span], instead: str) -> Iterator[Statement]:
    """The imports at the top of a file whose names only some text used that is gone now.

    An import stays where anything else may use it: a name in ``__all__`` or in other text, a file that imports from this one, a
    magic line of a notebook; and where a comment speaks to another linter.

    :param instead: what comes in its place.
    """
    if layout.tree is None or module.is_notebook or module.is_package:
        return
    names = {name for one in gone for name in re.findall(r"\w+", layout.text(one))}
    used = {*_used(layout, layout.tree, gone), *re.findall(r"\w+", instead)}
    for statement in layout.body.statements:
        if not statement.only_imports or len(statement.imports) != 1 or statement.span.line != statement.span.end_line:
            continue
        imported = statement.imports[0]
        if imported.is_from:
            bound = imported.names[0][1] or imported.names[0][0] if len(imported.names) == 1 else ""
        else:
            bound = imported.alias or imported.module.partition(".")[0]
        line = layout.lines[statement.span.line - 1]
        if not bound.isidentifier() or bound not in names or bound in used or "#" in line or ";" in line:
            continue
        if not project.is_used_elsewhere(module, bound):
            yield statement


def _used(layout: Layout, tree: ast.Module, gone: Iterable[Span]) -> Iterator[str]:
    """Every name that a file mentions outside of some spans: read, imported once more, or in text."""
    outer = [((one.line, one.column), (one.end_line, one.end_column)) for one in gone]
    stack: list[ast.AST] = [tree]
    imports: list[str] = []
    while stack:
        node = stack.pop()
        if isinstance(node, ast.expr | ast.stmt):
            own = layout.span_of(node)
            if any(first <= (own.line, own.column) and (own.end_line, own.end_column) <= last for first, last in outer):
                continue
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports += [(one.asname or one.name).partition(".")[0] for one in node.names]
        stack += ast.iter_child_nodes(node)
    yield from (name for name in imports if imports.count(name) > 1)
    for text in layout.lines:
        if "# type:" in text:
            yield from re.findall(r"\w+", text.partition("# type:")[2])


def taken_out(layout: Layout, statement: Statement) -> Change:
    """Take out an import's line; where it stood alone between blank lines, one of these, too."""
    line = statement.span.line
    before = line > 1 and layout.lines[line - 2].strip()
    after = layout.lines[line].strip() if line < len(layout.lines) else "end"
    return without_lines(line, line + 1 if not before and not after else line)
