"""The shape of facts: nested tuples of plain values, so that they can be cached with `marshal` and never hold a syntax tree.

A file becomes a tuple of statements in execution order; a statement or expression is a tuple whose first element is
one of the tags below. ``id`` is a site number: sites are counted in source order, so that the position of a site can
be worked out later, only for the few that end up in a finding (`facts.positions`).

Expressions
    (CONST, value)                               None, bool, int, float, complex, str, bytes, Ellipsis
    (NAME, name)
    (ATTR, expr, name)
    (CALL, id, func, args)                       args: ((star, keyword, expr), ...); star is "", "*" or "**"
    (ITEM, expr, index)                          subscription
    (SLICE, lower, upper, step)                  each an expression or None
    (SEQ, kind, items)                           kind: list, tuple, set
    (STAR, expr)                                 *x inside a sequence
    (DICT, ((key, value), ...))                  key None: **value
    (BINARY, op, left, right)                    op as written, "+" …
    (UNARY, op, expr)                            op: not - + ~
    (BOOL, op, items)                            op: and, or
    (COMPARE, left, ((op, right), ...))
    (IFEXP, test, body, orelse)
    (LAMBDA, id, params, body)
    (COMP, id, kind, items, clauses)             clauses: ((target, iterable, (condition, ...)), ...)
    (FSTRING, items)
    (YIELD, expr | None)  (YIELD_FROM, expr)  (AWAIT, expr)
    (WALRUS, name, expr)

Statements
    (EXPR, id, expr)
    (ASSIGN, id, targets, value, annotation)     value None: a bare annotation; annotation None: plain assignment
    (AUGMENT, id, target, op, value)
    (IF, id, branches, orelse)                   branches: ((test, body), ...), elif included
    (FOR, id, target, iterable, body, orelse)
    (WHILE, id, test, body, orelse)
    (TRY, id, body, handlers, orelse, final)     handlers: ((types | None, name | None, body), ...)
    (WITH, id, items, body)                      items: ((expr, target | None), ...)
    (MATCH, id, subject, cases)                  cases: ((pattern, guard | None, body), ...); pattern: expr or None
    (DEF, id, name, params, body, decorators, generator)
    (CLASS, id, name, bases, keywords, body, decorators)
    (RETURN, id, expr | None)  (RAISE, id, expr | None)  (BREAK,)  (CONTINUE,)
    (GLOBAL, names)  (NONLOCAL, names)  (DEL, targets)  (ASSERT, expr)
    (IMPORT, id, ((dotted, alias | None), ...))
    (FROM, id, level, module, names)             names: ((name, alias | None), ...), or (("*", None),)

Parameters
    (name, kind, default | None, annotation | None)   kind: positional, both, var, keyword, varkw
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

Node: TypeAlias = tuple[Any, ...]
"""A statement or an expression."""

Body: TypeAlias = tuple[Node, ...]
Param: TypeAlias = tuple[str, str, Node | None, Node | None]

CONST: Final = "const"
NAME: Final = "name"
ATTR: Final = "attr"
CALL: Final = "call"
ITEM: Final = "item"
SLICE: Final = "slice"
SEQ: Final = "seq"
STAR: Final = "star"
DICT: Final = "dict"
BINARY: Final = "binary"
UNARY: Final = "unary"
BOOL: Final = "bool"
COMPARE: Final = "compare"
IFEXP: Final = "ifexp"
LAMBDA: Final = "lambda"
COMP: Final = "comp"
FSTRING: Final = "fstring"
YIELD: Final = "yield"
YIELD_FROM: Final = "yield_from"
AWAIT: Final = "await"
WALRUS: Final = "walrus"

EXPR: Final = "expr"
ASSIGN: Final = "assign"
AUGMENT: Final = "augment"
IF: Final = "if"
FOR: Final = "for"
WHILE: Final = "while"
TRY: Final = "try"
WITH: Final = "with"
MATCH: Final = "match"
DEF: Final = "def"
CLASS: Final = "class"
RETURN: Final = "return"
RAISE: Final = "raise"
BREAK: Final = "break"
CONTINUE: Final = "continue"
GLOBAL: Final = "global"
NONLOCAL: Final = "nonlocal"
DEL: Final = "del"
ASSERT: Final = "assert"
IMPORT: Final = "import"
FROM: Final = "from"


_LOOSER: Final = (BINARY, UNARY, BOOL, COMPARE, IFEXP, LAMBDA, AWAIT)
"""What needs brackets before an attribute can be taken of it."""


def show(node: Node | None, depth: int = 0) -> str:
    """An expression as a person would write it, for messages. Long parts are cut to ``…``."""
    if node is None:
        return ""
    if depth > 6:
        return "…"
    tag = node[0]
    if tag == CONST:
        return "..." if node[1] is Ellipsis else repr(node[1])
    if tag == NAME:
        return str(node[1])
    if tag == ATTR:
        holder = show(node[1], depth + 1)
        return f"({holder}).{node[2]}" if node[1][0] in _LOOSER else f"{holder}.{node[2]}"
    if tag == CALL:
        args = ", ".join(
            f"{star}{keyword + '=' if keyword else ''}{show(value, depth + 2)}" for star, keyword, value in node[3]
        )
        return f"{show(node[2], depth + 1)}({args if len(args) <= 40 else '…'})"
    if tag == ITEM:
        return f"{show(node[1], depth + 1)}[{show(node[2], depth + 1)}]"
    if tag == UNARY:
        return f"not {show(node[2], depth + 1)}" if node[1] == "not" else f"{node[1]}{show(node[2], depth + 1)}"
    if tag == BINARY:
        return f"{show(node[2], depth + 1)} {node[1]} {show(node[3], depth + 1)}"
    if tag == BOOL:
        return f" {node[1]} ".join(show(item, depth + 1) for item in node[2])
    if tag == COMPARE:
        return show(node[1], depth + 1) + "".join(f" {op} {show(right, depth + 1)}" for op, right in node[2])
    if tag == SEQ:
        opening, closing = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}")}[node[1]]
        inner = ", ".join(show(item, depth + 2) for item in node[2])
        return f"{opening}{inner if len(inner) <= 40 else '…'}{closing}"
    return "…"


def is_main_test(test: Node) -> bool:
    """Whether a condition asks if this module is the one that is run."""
    return test[0] == COMPARE and (NAME, "__name__") in (test[1], test[2][0][1]) and test[2][0][0] == "=="


def calls(node: Any) -> Iterator[Node]:
    """Every call inside a statement or expression, nested definitions left out."""
    stack = [node]
    while stack:
        current = stack.pop()
        if not isinstance(current, tuple) or (current and current[0] in (DEF, CLASS, LAMBDA)):
            continue
        if current and current[0] == CALL and len(current) == 4:
            yield current
        stack.extend(reversed(current))


def around(body: Body, site: int) -> tuple[Node, ...]:
    """The definitions and loops around a site, outermost first; a comprehension or lambda counts where the site is inside it."""
    stack: list[tuple[Any, tuple[Node, ...]]] = [(body, ())]
    while stack:
        node, path = stack.pop()
        if not isinstance(node, tuple) or not node:
            continue
        if not is_node(node):
            stack += [(part, path) for part in node]
            continue
        if node[0] in _WITH_SITE and node[1] == site:
            return path
        inner = (*path, node) if node[0] in _AROUND else path
        stack += [(part, inner) for part in inside(node)]
    return ()


def walk(node: Any, definitions: bool = False) -> Iterator[Node]:
    """Every statement and expression in a block or expression.

    :param definitions: whether nested functions and classes count, and what is inside them.
    """
    stack = [node]
    while stack:
        current = stack.pop()
        if not isinstance(current, tuple) or not current:
            continue
        if not is_node(current):
            stack.extend(current)
        elif definitions or current[0] not in (DEF, CLASS):
            yield current
            stack.extend(inside(current))


def names_in(node: Any) -> Iterator[str]:
    """The variables that an expression or a target names."""
    return (inner[1] for inner in walk(node) if inner[0] == NAME)


def is_node(part: tuple[Any, ...]) -> bool:
    """Whether a part of the facts is a statement or an expression, and not a row of them."""
    return isinstance(part[0], str) and part[0] in _TAGS


def inside(node: Node) -> Iterable[Any]:
    """What stands directly inside a statement or expression, without names that are no expressions.

    Those (imported ones, keywords, parameters) may be spelt like a tag: a parameter ``call`` is no call.
    """
    tag = node[0]
    if tag == CALL:
        return (node[2], *(value for _, _, value in node[3]))
    if tag == LAMBDA:
        return (*(default for _, _, default, _ in node[2]), node[3])
    if tag == DEF:
        return (*(part for _, _, default, annotation in node[3] for part in (default, annotation)), node[4], node[5])
    if tag == CLASS:
        return (node[3], *(value for _, value in node[4]), node[5], node[6])
    if tag == TRY:
        return (node[2], node[4], node[5], *(part for types, _, body in node[3] for part in (types, body)))
    if tag == COMPARE:
        return (node[1], *(right for _, right in node[2]))
    return () if tag in (CONST, NAME, IMPORT, FROM, GLOBAL, NONLOCAL) else node[1:]


_AROUND: Final = (DEF, CLASS, LAMBDA, FOR, WHILE, COMP)
_WITH_SITE: Final = (
    EXPR, ASSIGN, AUGMENT, IF, FOR, WHILE, TRY, WITH, MATCH, DEF, CLASS, RETURN, RAISE, IMPORT, FROM, CALL, LAMBDA, COMP
)  # fmt: skip
_TAGS: Final = frozenset(
    (
        *_WITH_SITE, CONST, NAME, ATTR, ITEM, SLICE, SEQ, STAR, DICT, BINARY, UNARY, BOOL, COMPARE, IFEXP, FSTRING, YIELD,
        YIELD_FROM, AWAIT, WALRUS, BREAK, CONTINUE, GLOBAL, NONLOCAL, DEL, ASSERT,
    )
)  # fmt: skip
