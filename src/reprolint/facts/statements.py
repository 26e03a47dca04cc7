"""The statements of a file as `facts.layout` has them, read off its libcst tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst
from libcst.metadata import CodePosition, CodeRange

from reprolint.facts.extract import extract
from reprolint.facts.layout import Block, Imported, Kind, Statement
from reprolint.facts.parse import parse
from reprolint.facts.positions import Positions
from reprolint.model import Span


def read(source: bytes) -> tuple[Block, list[Span]]:
    """The statements at the top level of a file, and the span of each of its sites.

    :raises ParseError: as `parse`.
    """
    tree = parse(source)
    sites: list[cst.CSTNode] = []
    extract(tree, sites)
    positions = Positions().of(tree)
    reader = _Reader(positions, tree.default_indent)
    return Block(reader.statements(tree.body, ""), ""), [_span(positions[node].start, positions[node].end) for node in sites]


def _span(start: CodePosition, end: CodePosition) -> Span:
    return Span(start.line, start.column + 1, end.line, end.column + 1)


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
