"""Where statements stand in a file."""

from __future__ import annotations

import ast

import pytest

from reprolint.facts.layout import Layout
from reprolint.model import Span

PROGRAM = '''\
"""Doc."""
# about os
import os; import sys as system
from . import a as b, c
from ..d import *


# above
@first(1)
@second
async def main(x, /, y, *z, w=1, **v):
    """Doc."""
    if x: return y
    for é in z:
        try:
            pass
        except Exception:
            a
        else:
            b
        finally:
            c
    match x:
        case 1:
            d
        case _:
            e
'''


def layout() -> Layout:
    return Layout(PROGRAM.encode())


def test_statements() -> None:
    body = layout().body.statements
    assert [(one.kind, one.span.line, one.lead) for one in body] == [
        ("simple", 1, 1),
        ("simple", 3, 2),
        ("simple", 4, 4),
        ("simple", 5, 5),
        ("def", 9, 8),
    ]
    assert body[0].is_docstring
    assert [one.only_imports for one in body] == [False, True, True, True, False]
    assert (body[4].name, body[4].parameters) == ("main", ("x", "y"))
    assert body[4].span.end_line == 27


def test_imports() -> None:
    body = layout().body.statements
    assert [(one.module, one.alias, one.is_from) for one in body[1].imports] == [("os", None, False), ("sys", "system", False)]
    assert [(one.level, one.module, one.names) for one in body[2].imports] == [(1, "", (("a", "b"), ("c", None)))]
    assert [(one.level, one.module, one.names) for one in body[3].imports] == [(2, "d", (("*", None),))]


def test_blocks() -> None:
    function = layout().body.statements[4]
    block = function.blocks[0]
    assert block.indent == "    "
    assert [one.kind for one in block.statements] == ["simple", "if", "for", "match"]
    assert [one.is_docstring for one in block.statements] == [True, False, False, False]
    assert block.statements[1].blocks[0].inline
    loop = block.statements[2].blocks[0].statements[0]
    assert [inner.statements[0].span.line for inner in loop.blocks] == [16, 18, 20, 22]
    assert loop.blocks[0].indent == " " * 12
    assert [inner.statements[0].span.line for inner in block.statements[3].blocks] == [25, 27]


def test_the_way_to_a_place() -> None:
    found = layout().path_to(Span(20, 13, 20, 14))
    assert [block.statements[number].kind for block, number in found] == ["def", "for", "try", "simple"]
    assert layout().path_to(Span(6, 1, 6, 1)) == ()


def test_every_statement_is_walked_once() -> None:
    lines = [one.span.line for one in layout().walk()]
    assert lines == sorted(lines)
    assert len(lines) == len(set(lines)) + 1  # `if x: return y` is two on one line


@pytest.mark.parametrize(
    ("text", "indents"),
    [
        ("if x:\n\ty\n", ["\t"]),
        ("if x:\n  y\n", ["  "]),
        ("if x:\n  if y:\n        z\n", ["  ", "        "]),
        ("class A:\n    def b(self):\n        pass\n", ["    ", "        "]),
    ],
)
def test_indents(text: str, indents: list[str]) -> None:
    found = [block.indent for one in Layout(text.encode()).walk() for block in one.blocks]
    assert found == indents


def test_text_of_spans() -> None:
    made = layout()
    assert made.text(Span(13, 8, 13, 9)) == "x"
    assert made.text(Span(9, 1, 10, 8)) == "@first(1)\n@second"


def test_nodes_around() -> None:
    made = Layout("é = f(1, g(日=[2]))\n".encode())
    found = made.nodes_around(Span(1, 15, 1, 16))
    assert [type(node).__name__ for node in found] == ["Module", "Assign", "Call", "Call", "List", "Constant"]
    call = found[3]
    assert isinstance(call, ast.Call)
    assert made.text(made.span_of(call)) == "g(日=[2])"


def test_nodes_around_decorators_and_defaults() -> None:
    made = layout()
    assert [type(node).__name__ for node in made.nodes_around(Span(9, 8, 9, 9))][1:] == ["AsyncFunctionDef", "Call", "Constant"]
    assert [type(node).__name__ for node in made.nodes_around(Span(11, 31, 11, 32))][1:] == ["AsyncFunctionDef", "Constant"]
    assert isinstance(made.nodes_around(made.body.statements[4].span)[-1], ast.AsyncFunctionDef)


def test_code_that_the_parser_of_cpython_refuses_has_no_tree() -> None:
    made = Layout(b'x = "\\N{no such character}"\n')
    assert made.tree is None
    assert made.nodes_around(Span(1, 1, 1, 2)) == []
