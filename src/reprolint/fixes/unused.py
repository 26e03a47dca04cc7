"""Imports that a fix leaves without a use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from reprolint.facts.layout import Layout, Statement
from reprolint.fixes.draft import without_lines
from reprolint.fixes.elsewhere import used_elsewhere
from reprolint.program.project import Module, Project
from reprolint.sources.rewrite import Change


def unused_imports(project: Project, module: Module, layout: Layout, gone: Sequence[Statement]) -> Iterator[Statement]:
    """The imports at the top of a file whose names only some statements used that are gone now.

    An import stays where anything else may use it: a name in ``__all__`` or in other text, a file that imports from this one, a
    magic line of a notebook; and where a comment speaks to another linter.
    """
    if layout.tree is None or module.is_notebook or module.is_package:
        return
    names = {name for one in gone for name in re.findall(r"\w+", layout.text(one.span))}
    used = set(_used(layout, layout.tree, gone))
    for statement in layout.body.statements:
        if not statement.only_imports or len(statement.imports) != 1 or statement.span.line != statement.span.end_line:
            continue
        imported = statement.imports[0]
        if imported.is_from:
            bound = imported.names[0][1] or imported.names[0][0] if len(imported.names) == 1 else ""
        else:
            bound = imported.alias or imported.module
        line = layout.lines[statement.span.line - 1]
        if not bound.isidentifier() or bound not in names or bound in used or "#" in line or ";" in line:
            continue
        if not used_elsewhere(project, module, bound):
            yield statement


def _used(layout: Layout, tree: ast.Module, gone: Iterable[Statement]) -> Iterator[str]:
    """Every name that a file mentions outside of some statements: read, imported once more, or in text."""
    lines = {line for one in gone for line in range(one.span.line, one.span.end_line + 1)}
    stack: list[ast.AST] = [tree]
    imports: list[str] = []
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt) and node.lineno in lines:
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
    before = layout.lines[line - 2].strip() if line > 1 else "start"
    after = layout.lines[line].strip() if line < len(layout.lines) else "end"
    return without_lines(line, line + 1 if not before and not after else line)
