"""What can be told of a block of code by looking at it: names that hold strings, lists that must have one element."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Node, show, walk

_OF_STRINGS: Final = frozenset(
    "split rsplit splitlines lower upper casefold strip lstrip rstrip startswith endswith encode isdigit isalpha isalnum isnumeric "
    "isupper islower istitle isspace title capitalize removeprefix removesuffix zfill ljust rjust partition rpartition".split()
)
"""Methods that only strings (and bytes) have among the things that go into sets."""


_COLLECTS: Final = ("append", "extend", "add", "copy", "copyfile", "move")


def textual(body: Any) -> frozenset[str]:
    """Names that a block uses as strings."""
    names: set[str] = set()
    for node in walk(body):
        if node[0] == s.CALL and node[2][0] == s.ATTR and node[2][2] in _OF_STRINGS and node[2][1][0] == s.NAME:
            if not any(
                value[0] == s.CONST and isinstance(value[1], int) for _, _, value in node[3][:1]
            ):  # a tensor's `split(2)`
                names.add(node[2][1][1])
        elif node[0] == s.BINARY and node[1] == "+":
            for one, other in ((node[2], node[3]), (node[3], node[2])):
                if one[0] == s.NAME and other[0] == s.CONST and isinstance(other[1], str):
                    names.add(one[1])
    return frozenset(names)


def single(body: Any) -> frozenset[str]:
    """Expressions whose length the block compares with 1: what is then picked by position is the only one."""
    found: set[str] = set()
    for node in walk(body):
        if node[0] != s.COMPARE:
            continue
        sides = (node[1], *(right for _, right in node[2]))
        if any(side in ((s.CONST, 1), (s.CONST, 2)) for side in sides):
            for side in sides:
                if side[0] == s.CALL and side[2] == (s.NAME, "len") and side[3]:
                    found.add(show(side[3][0][2]))
    return frozenset(found)


def mentions(node: Any, names: Collection[str]) -> bool:
    """Whether any of some names stands in an expression or block."""
    return any(inner[0] == s.NAME and inner[1] in names for inner in walk(node))


def tests_equality(test: Node, names: Collection[str]) -> bool:
    """Whether a condition asks for one particular thing, ``name == wanted``, rather than for one of a kind."""
    return any(
        node[0] == s.COMPARE and any(sign in ("==", "is") for sign, _ in node[2]) and mentions(node, names)
        for node in walk(test)
    )


def leaves(body: Any) -> bool:
    """Whether a block ends a loop's round or run early."""
    return any(node[0] in (s.BREAK, s.CONTINUE, s.RETURN) for node in walk(body))


def collects(body: Any) -> bool:
    """Whether a block puts something into a collection or another folder."""
    return any(node[0] == s.CALL and node[2][0] == s.ATTR and node[2][2] in _COLLECTS for node in walk(body))


def acts(body: Any) -> bool:
    """Whether a block does more than count and note: calls something for what it does, fills a collection, hands things on."""
    for node in walk(body):
        if node[0] in (s.YIELD, s.YIELD_FROM) or (node[0] == s.AUGMENT and node[4][0] != s.CONST):
            return True
        if node[0] == s.EXPR and node[2][0] == s.CALL and node[2][2] not in ((s.NAME, "print"), (s.NAME, "next")):
            return True
        if node[0] == s.ASSIGN and any(target[0] in (s.ITEM, s.ATTR) for target in node[2]):
            return True
    return False


def sorts(body: Any, name: str) -> bool:
    """Whether a block sorts a list in place: ``name.sort()``, ``name[:] = sorted(name)``."""
    for node in walk(body):
        if node[0] == s.CALL and node[2] == (s.ATTR, (s.NAME, name), "sort"):
            return True
        if node[0] == s.ASSIGN and any(target[0] == s.ITEM and target[1] == (s.NAME, name) for target in node[2]):
            return True
    return False


def popped(body: Any) -> list[Node]:
    """Collections that a block takes things out of."""
    return [
        node[2][1]
        for node in walk(body)
        if node[0] == s.CALL and node[2][0] == s.ATTR and node[2][2] in ("pop", "popleft") and node[2][1][0] in (s.NAME, s.ATTR)
    ]


def root(node: Node) -> Node:
    """The variable that an expression such as ``groups[key]`` or ``groups.setdefault(key, [])`` reaches into."""
    while True:
        if node[0] == s.ITEM:
            node = node[1]
        elif node[0] == s.CALL and node[2][0] == s.ATTR and node[2][2] == "setdefault":
            node = node[2][1]
        else:
            return node
