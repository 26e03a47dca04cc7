"""How a file is laid out: its statements and blocks with the lines they take, for whoever puts text into it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from reprolint.model import Span

Kind = Literal["simple", "def", "class", "if", "for", "while", "try", "with", "match"]


@dataclass(frozen=True, slots=True)
class Imported:
    """One import statement: ``from ..package import name as alias`` has level 2 and these names."""

    level: int
    module: str
    names: tuple[tuple[str, str | None], ...]
    """(name, alias) of what a ``from`` imports; ("*", None) for all. Empty for ``import module``."""
    alias: str | None = None
    is_from: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of simple statements, or a compound statement with its blocks.

    :ivar span: from its first token, a decorator's too, to its last; comments around it are outside.
    :ivar lead: the first line of the comments that stand directly above it; its own first line where there are none.
    :ivar name: of a function or class.
    :ivar imports: what a simple line imports.
    :ivar only_imports: whether a simple line does nothing else.
    :ivar is_docstring: whether it is mere text, which documents what it is the first statement of.
    """

    kind: Kind
    span: Span
    lead: int
    blocks: tuple[Block, ...] = ()
    name: str = ""
    parameters: tuple[str, ...] = ()
    imports: tuple[Imported, ...] = ()
    only_imports: bool = False
    is_docstring: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """The statements under one header.

    :ivar indent: what every line of it starts with.
    :ivar inline: whether it stands on the line of its header (``if x: y()``).
    """

    statements: tuple[Statement, ...]
    indent: str
    inline: bool = False


Path: TypeAlias = tuple[tuple[Block, int], ...]
"""The way to a statement: each block on it, with the number of the statement inside that block; outermost first."""


class Layout:
    """The statements of one file.

    :param source: the text that the facts of the file came from.
    """

    def __init__(self, source: bytes) -> None:
        from reprolint.facts.statements import read  # libcst is not imported before a file has to be edited

        self._source = source
        self.lines = source.decode().split("\n")
        self.body, self.spans = read(source)
        """The statements at the top level, and where each site of the file stands."""

    def path_to(self, span: Span) -> Path:
        """The way to the innermost statement in which a span begins; empty where it lies outside all of them."""
        found: list[tuple[Block, int]] = []
        block: Block | None = self.body
        while block is not None:
            number = next((n for n, statement in enumerate(block.statements) if inside(span, statement.span)), None)
            if number is None:
                break
            found.append((block, number))
            statement = block.statements[number]
            block = next((inner for inner in statement.blocks if any(inside(span, one.span) for one in inner.statements)), None)
        return tuple(found)

    def text(self, span: Span) -> str:
        """The source of a span."""
        lines = self.lines[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return "\n".join(lines)

    @cached_property
    def tree(self) -> ast.Module | None:
        """The file as CPython's parser sees it, for questions about names; None where it refuses what libcst takes."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self._source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def span_of(self, node: ast.expr | ast.stmt) -> Span:
        """Where a node of ``tree`` stands: `ast` counts columns in bytes."""
        ends = []
        for line, column in (
            (node.lineno, node.col_offset),
            (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        ):
            ends += [line, len(self.lines[line - 1].encode()[:column].decode(errors="replace")) + 1]
        return Span(*ends)

    def nodes_around(self, span: Span) -> list[ast.AST]:
        """The nodes of ``tree`` that reach over a span, outermost first; empty where there is no tree."""
        found: list[ast.AST] = []
        node: ast.AST | None = self.tree
        while node is not None:
            found.append(node)
            node = next((inner for inner in _positioned(node) if self._covers(inner, span)), None)
        return found

    def _covers(self, node: ast.expr | ast.stmt, span: Span) -> bool:
        own = self.span_of(node)
        first = own.line, own.column
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
            first = node.decorator_list[0].lineno, 1  # `ast` leaves out the sign before it
        return first <= (span.line, span.column) and (span.end_line, span.end_column) <= (own.end_line, own.end_column)

    def walk(self) -> Iterator[Statement]:
        """Every statement, outer ones before those inside them."""
        stack = list(reversed(self.body.statements))
        while stack:
            statement = stack.pop()
            yield statement
            stack += [inner for block in reversed(statement.blocks) for inner in reversed(block.statements)]


def _positioned(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The expressions and statements directly below a node."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.expr | ast.stmt):
            yield inner
        else:
            yield from _positioned(inner)


def inside(span: Span, outer: Span) -> bool:
    """Whether a span begins in another one."""
    return (outer.line, outer.column) <= (span.line, span.column) < (outer.end_line, outer.end_column)
