"""Quick looks at a block of facts: does it speak of CUDA, which functions does it call?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Body, Node, is_main_test, walk
from reprolint.program.project import Module

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


_MODULES: Final = frozenset(
    "random np numpy torch cuda mps xpu cp cupy tf tensorflow paddle dgl mx mxnet ia imgaug jax".split()
)
"""Receivers of ``seed`` that are modules of libraries, not objects with a generator."""


def seeds_by_method(module: Module, methods: Iterable[str]) -> bool:
    """Whether a file calls one of some methods of an object, whatever the object, be it in code that never runs.

    :param methods: names, as ``seed``, or with an argument that has to be given, as ``reset(seed)``.
    """
    wanted = [method.rstrip(")").partition("(")[::2] for method in methods]
    wanted = [(name, argument) for name, argument in wanted if re.search(rb"\.\s*%s\b" % name.encode(), module.text)]
    return bool(wanted) and any(
        node[2][2] == name and _is_object(node[2][1]) and _has_argument(node[3], argument)
        for node in walk(module.body, definitions=True)
        if node[0] == s.CALL and node[2][0] == s.ATTR
        for name, argument in wanted
    )


def names_seeder(module: Module, seeders: Iterable[str]) -> bool:
    """Whether a file imports one of some functions or classes by name, or calls such a function, be it in code that never runs.

    :param seeders: dotted names; patterns among them are left out.
    """
    imported = {name for _, name in module.imported_names}
    for seeder in seeders:
        if "*" in seeder:
            continue
        if seeder in imported:
            return True
        owner, name = seeder.split(".")[-2:]
        if name[:1].islower() and re.search(rb"\b%s\s*\.\s*%s\s*\(" % (owner.encode(), name.encode()), module.text):
            return True
    return False


def _is_object(receiver: Node) -> bool:
    """Whether what a method is called on may be any object: neither ``super()`` nor a module by the looks of its name."""
    return s.show(receiver) != "super()" and s.show(receiver).rpartition(".")[2] not in _MODULES


def _has_argument(args: Iterable[tuple[str, str | None, Node]], name: str) -> bool:
    return not name or any(keyword == name and value != (s.CONST, None) for _, keyword, value in args)


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
