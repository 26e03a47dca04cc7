"""Imports that a fix leaves without a use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reprolint.facts.layout import Layout, Statement
from reprolint.fixes.draft import without_lines
from reprolint.fixes.elsewhere import used_elsewhere
from reprolint.program.project import Module, Project
from reprolint.sources.rewrite import Change


def unused_imports(project: Project, module: Module, layout: Layout, gone: Sequence[Statement]) -> Iterator[Statement]:
    """The imports at the top of a file whose names only some statements used that are gone now.

    An import stays where anything else may use it: a name in ``__all__`` or in text, a file that imports from this one, a
    comment that speaks to another linter.
    """
    names = {name for one in gone for name in re.findall(r"\w+", layout.text(one.span))}
    rest = _without(layout, gone)
    for statement in layout.body.statements:
        if not statement.only_imports or len(statement.imports) != 1 or statement.span.line != statement.span.end_line:
            continue
        imported = statement.imports[0]
        if imported.is_from:
            bound = imported.names[0][1] or imported.names[0][0] if len(imported.names) == 1 else ""
        else:
            bound = imported.alias or imported.module
        line = layout.lines[statement.span.line - 1]
        if not bound.isidentifier() or bound not in names or "#" in line or ";" in line:
            continue
        if len(re.findall(rf"\b{bound}\b", rest)) > len(re.findall(rf"\b{bound}\b", line)):
            continue
        if not module.is_package and not used_elsewhere(project, module, bound):
            yield statement


def _without(layout: Layout, gone: Sequence[Statement]) -> str:
    lines = list(layout.lines)
    for one in gone:
        lines[one.span.line - 1 : one.span.end_line] = [""] * (one.span.end_line - one.span.line + 1)
    return "\n".join(lines)


def taken_out(layout: Layout, statement: Statement) -> Change:
    """Take out an import's line; where it stood alone between blank lines, one of these, too."""
    line = statement.span.line
    before = layout.lines[line - 2].strip() if line > 1 else "start"
    after = layout.lines[line].strip() if line < len(layout.lines) else "end"
    return without_lines(layout, line, line + 1 if not before and not after else line)
