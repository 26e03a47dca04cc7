"""Quick looks at a block of facts: does it speak of CUDA, which functions does it call?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Body, Node, is_main_test

_SEEDISH: Final = re.compile(r"seed|determinis|reproduc|rng_state", re.IGNORECASE)
_memo: dict[int, tuple[Body, frozenset[str]]] = {}


def called_names(body: Body) -> frozenset[str]:
    """The last part of the name of everything a block calls, nested definitions included."""
    known = _memo.get(id(body))
    if known is not None and known[0] is body:
        return known[1]
    names: set[str] = set()
    stack: list[Any] = [body]
    while stack:
        node = stack.pop()
        if not isinstance(node, tuple) or not node:
            continue
        if node[0] == s.CALL and len(node) == 4 and isinstance(node[2], tuple):
            func = node[2]
            if func[0] == s.NAME:
                names.add(func[1])
            elif func[0] == s.ATTR:
                names.add(func[2])
        stack.extend(node)
    result = frozenset(names)
    _memo[id(body)] = (body, result)
    return result


def looks_like_seeding(name: str) -> bool:
    return _SEEDISH.search(name) is not None


def _nodes(body: Body, runs_main: bool) -> Iterator[tuple[int, Node]]:
    """Expressions of a block with the statement site they belong to; bodies of nested definitions left out."""
    stack: list[tuple[int, Any]] = [(0, node) for node in reversed(body)]
    while stack:
        site, node = stack.pop()
        if not isinstance(node, tuple) or not node:
            continue
        if node[0] in (s.DEF, s.CLASS) and len(node) > 4:
            continue
        if node[0] == s.IF and len(node) == 4 and not runs_main and any(is_main_test(test) for test, _ in node[2]):
            continue
        if node[0] == s.IF and len(node) == 4 and _only_seeds_devices(node):
            continue
        if node[0] == s.CALL and len(node) == 4:
            site = node[1]
        elif node[0] in _NUMBERED and len(node) > 2 and isinstance(node[1], int):
            site = node[1]
        if isinstance(node[0], str):
            yield site, node
        stack.extend((site, part) for part in reversed(node))


_HARDWARE: Final = re.compile(r"cuda|gpu|device|rank|distributed|is_available|accelerat|world_size|master", re.IGNORECASE)


def about_hardware(test: Node) -> bool:
    """Whether a condition asks what machine this is rather than what the program is to do."""
    return _HARDWARE.search(s.show(test)) is not None


def _only_seeds_devices(node: Node) -> bool:
    """``if torch.cuda.is_available(): torch.cuda.manual_seed_all(seed)``: care for CUDA, but no use of it."""
    _, _, branches, orelse = node
    if orelse or len(branches) != 1 or not s.show(branches[0][0]).endswith("cuda.is_available()"):
        return False
    return all(
        (statement[0] == s.EXPR and s.show(statement[2]).startswith(("torch.cuda.", "cuda.")))
        or (statement[0] == s.ASSIGN and "cudnn" in s.show(statement[2][0]))
        for statement in branches[0][1]
    )


_NUMBERED: Final = frozenset({s.EXPR, s.ASSIGN, s.AUGMENT, s.IF, s.FOR, s.WHILE, s.WITH, s.RETURN})
_CUDA_STRING: Final = re.compile(r"^cuda(?::\d+)?$")
_RUNNERS: Final = frozenset({"DataParallel", "DistributedDataParallel", "is_cuda_available", "cuda_is_available"})


def mentions_cuda(body: Body, runs_main: bool, probes: bool) -> int | None:
    """The site of the first thing in a block that only a program with CUDA in mind says.

    :param runs_main: whether the block's main guard holds.
    :param probes: whether asking for a device counts, too; a library that asks while it is imported uses none by that.
    """
    for site, node in _nodes(body, runs_main):
        if node[0] == s.ATTR and len(node) == 3:
            name = node[2]
            if (name == "cuda" and node[1][0] in (s.NAME, s.ATTR, s.CALL, s.ITEM)) or name in _RUNNERS:
                if s.show(node) != "torch.cuda":
                    return site
            elif (
                probes
                and name in ("is_available", "device_count", "current_device", "set_device", "current_accelerator")
                and s.show(node[1])
                in (
                    "torch.cuda",
                    "cuda",
                    "torch.accelerator",
                )
            ):
                return site
        elif node[0] == s.CONST and len(node) == 2 and isinstance(node[1], str) and _CUDA_STRING.match(node[1]):
            return site
        elif node[0] == s.NAME and len(node) == 2 and node[1] in _RUNNERS:
            return site
        elif node[0] == s.FSTRING and node[1] and node[1][0][0] == s.CONST and str(node[1][0][1]).startswith("cuda:"):
            return site
    return None
