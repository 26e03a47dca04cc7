"""The proof of a fix: the edited files are parsed, compared with the old ones, and the program is followed again."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

from reprolint.fixes.draft import Draft
from reprolint.program.project import Module, Project
from reprolint.sources.rewrite import Change, RewriteError, rewrite


class Unsound(Exception):
    """An edit does something else than it was meant to; the message says what."""


def edited(module: Module, changes: Sequence[Change]) -> bytes:
    """The bytes of a file after some changes in the coordinates of its text.

    :raises Unsound: if they overlap, or the file's encoding does not know a character of them.
    """
    source = module.source
    assert source is not None
    placed = []
    for change in changes:
        cell, span = source.locate(change.span)
        placed.append(Change(cell, span, change.replacement))
    try:
        return rewrite(module.data, placed, notebook=module.is_notebook)
    except RewriteError as error:
        raise Unsound(str(error)) from None


def applied(project: Project, draft: Draft) -> Project:
    """The project after a fix, in memory.

    :raises Unsound: if a file would not parse, or would differ in more than was meant.
    """
    contents = {module.path: edited(module, changes) for module, changes in draft.changes.items()}
    contents.update(draft.new_files)
    after = project.with_contents(contents)
    for module, changes in draft.changes.items():
        new = after.modules[module.path]
        if new.source is None or (new.text.strip() and not new.body and new.error is not None):
            raise Unsound(f"{module.shown} would not parse any more: {new.error}")
        _compare(module, new, changes)
    return after


def _compare(before: Module, after: Module, changes: Sequence[Change]) -> None:
    """Every statement that no change touches must be there again, in the same order."""
    old = _statements(before.text)
    new = _statements(after.text)
    if old is None or new is None:
        return  # CPython's parser refuses what libcst takes; there is nothing to compare
    touched = [(change.span.line, change.span.end_line) for change in changes]
    # Every statement that is kept keeps its tree: the new text may only have others between.
    kept = [tree for tree, first, last in old if not any(start <= last and first <= end for start, end in touched)]
    remaining: Iterator[str] = iter([tree for tree, _, _ in new])
    if not all(any(tree == other for other in remaining) for tree in kept):
        raise Unsound(f"{before.shown}: the edit would change more than it should")


def _statements(text: bytes) -> list[tuple[str, int, int]] | None:
    """The simple statements and the headers of compound ones in order, each with its first and last line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    out: list[tuple[str, int, int]] = []
    for node in _ordered(tree):
        if isinstance(node, ast.stmt):
            bodies = {
                field: getattr(node, field)
                for field in ("body", "orelse", "finalbody", "handlers", "cases")
                if hasattr(node, field)
            }
            for field in bodies:
                setattr(node, field, [])
            last = node.end_lineno or node.lineno
            if bodies:
                last = node.lineno  # only the header counts
            out.append((ast.dump(node), node.lineno, last))
            for field, value in bodies.items():
                setattr(node, field, value)
    return out


def _ordered(tree: ast.AST) -> Iterator[ast.AST]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(list(ast.iter_child_nodes(node)))
