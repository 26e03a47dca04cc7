"""How a file is laid out: its statements and blocks with the lines they take, for whoever puts text into it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import libcst as cst
from libcst.metadata import CodePosition, CodeRange

from reprolint.facts.extract import extract
from reprolint.facts.parse import parse
from reprolint.facts.positions import Positions
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
        self._source = source
        tree = parse(source)
        sites: list[cst.CSTNode] = []
        extract(tree, sites)
        positions = Positions().of(tree)
        self.lines = source.decode().split("\n")
        self.spans = [_span(positions[node].start, positions[node].end) for node in sites]
        """Where each site of the file stands."""
        reader = _Reader(positions, tree.default_indent)
        self.body = Block(reader.statements(tree.body, ""), "")

    def path_to(self, span: Span) -> Path:
        """The way to the innermost statement in which a span begins; empty where it lies outside all of them."""
        found: list[tuple[Block, int]] = []
        block: Block | None = self.body
        while block is not None:
            number = next((n for n, statement in enumerate(block.statements) if _inside(span, statement.span)), None)
            if number is None:
                break
            found.append((block, number))
            statement = block.statements[number]
            block = next(
                (inner for inner in statement.blocks if any(_inside(span, one.span) for one in inner.statements)), None
            )
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


def _span(start: CodePosition, end: CodePosition) -> Span:
    return Span(start.line, start.column + 1, end.line, end.column + 1)


def _inside(span: Span, outer: Span) -> bool:
    return (outer.line, outer.column) <= (span.line, span.column) < (outer.end_line, outer.end_column)


class _Reader:
    def __init__(self, positions: Mapping[cst.CSTNode, CodeRange], default_indent: str) -> None:
        self.positions = positions
        self.default_indent = default_indent

    def statements(self, nodes: Sequence[cst.CSTNode], indent: str) -> tuple[Statement, ...]:
        return tuple(self.statement(node, indent) for node in nodes)

    def statement(self, node: cst.CSTNode, indent: str) -> Statement:
        place = self.positions[node]
        start = place.start
        decorators = getattr(node, "decorators", ())
        if decorators:
            start = self.positions[decorators[0]].start
        span = _span(start, place.end)
        lead = span.line - _comments_above(getattr(node, "leading_lines", ()))
        if isinstance(node, cst.SimpleStatementLine):
            imported = [one for small in node.body for one in _imported(small)]
            only = all(isinstance(small, cst.Import | cst.ImportFrom) for small in node.body)
            return Statement(
                "simple", span, lead, imports=tuple(imported), only_imports=only, is_docstring=_is_docstring(node.body[0])
            )
        blocks = tuple(self.block(suite, indent) for suite in _suites(node))
        if isinstance(node, cst.FunctionDef):
            return Statement("def", span, lead, blocks, node.name.value, _parameters(node.params))
        if isinstance(node, cst.ClassDef):
            return Statement("class", span, lead, blocks, node.name.value)
        return Statement(_KINDS[type(node)], span, lead, blocks)

    def block(self, suite: cst.BaseSuite, indent: str) -> Block:
        if isinstance(suite, cst.SimpleStatementSuite):
            span = _span(self.positions[suite.body[0]].start, self.positions[suite.body[-1]].end)
            return Block((Statement("simple", span, span.line),), indent, inline=True)
        assert isinstance(suite, cst.IndentedBlock)
        inner = indent + (suite.indent if suite.indent is not None else self.default_indent)
        return Block(self.statements(suite.body, inner), inner)


_KINDS: dict[type[cst.CSTNode], Kind] = {
    cst.If: "if",
    cst.For: "for",
    cst.While: "while",
    cst.Try: "try",
    cst.TryStar: "try",
    cst.With: "with",
    cst.Match: "match",
}


def _suites(node: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    """The blocks of a compound statement in the order of the text; those of ``elif`` included."""
    if isinstance(node, cst.Match):
        yield from (case.body for case in node.cases)
        return
    body = getattr(node, "body", None)
    if isinstance(body, cst.BaseSuite):
        yield body
    yield from (handler.body for handler in getattr(node, "handlers", ()))
    following = getattr(node, "orelse", None)
    while following is not None:
        yield following.body
        following = following.orelse if isinstance(following, cst.If) else None
    final = getattr(node, "finalbody", None)
    if final is not None:
        yield final.body


def _comments_above(lines: Sequence[cst.EmptyLine]) -> int:
    count = 0
    for line in reversed(lines):
        if line.comment is None:
            break
        count += 1
    return count


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Expr) and isinstance(node.value, cst.SimpleString | cst.ConcatenatedString)


def _parameters(params: cst.Parameters) -> tuple[str, ...]:
    """Names of the parameters that can be given by position."""
    return tuple(param.name.value for param in (*params.posonly_params, *params.params))


def _dotted(node: cst.CSTNode | None) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        parts.append(node.value)
    return ".".join(reversed(parts))


def _alias(name: cst.ImportAlias) -> str | None:
    return name.asname.name.value if name.asname is not None and isinstance(name.asname.name, cst.Name) else None


def _imported(node: cst.CSTNode) -> Iterator[Imported]:
    if isinstance(node, cst.Import):
        for name in node.names:
            yield Imported(0, _dotted(name.name), (), _alias(name), is_from=False)
    elif isinstance(node, cst.ImportFrom):
        names: tuple[tuple[str, str | None], ...] = (("*", None),)
        if not isinstance(node.names, cst.ImportStar):
            names = tuple((_dotted(name.name), _alias(name)) for name in node.names)
        yield Imported(len(node.relative), _dotted(node.module), names)
