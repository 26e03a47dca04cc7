"""Calls: which of the project's functions, libraries' functions or methods one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Node
from reprolint.order.flow import ANYTHING, DERIVED, Flow
from reprolint.order.functions import Arguments, instance, of_base, project_function
from reprolint.order.library import library
from reprolint.order.methods import method

if TYPE_CHECKING:
    from reprolint.order.walker import Walker

_SEEDS: Final = ("seed", "manual_seed", "Random", "default_rng", "RandomState", "PRNGKey", "SeedSequence", "set_seed", "key")


def call(walker: Walker, node: Node) -> Flow:
    """Evaluate a call."""
    args: list[Flow] = []
    result = _called(walker, node, args)
    return DERIVED if result is ANYTHING and any(flow.order for flow in args) else result


def _called(walker: Walker, node: Node, given: list[Flow]) -> Flow:
    func_node = node[2]
    receiver: Flow | None = None
    if func_node[0] == s.ATTR:
        receiver = walker.expr(func_node[1])
        func = walker.attribute(receiver, func_node[2], walker.is_self(func_node[1]))
    else:
        func = walker.expr(func_node)
    args = Arguments(walker, node)
    given += args.all()
    for flow in given:
        if flow.shape == "salted" and func_node[0] in (s.NAME, s.ATTR) and func_node[-1] in _SEEDS:
            walker.sink(flow.order, args.site, args.text, "becomes a seed")
    if func.shape == "missing" and any(flow.order or flow.parameter for flow in given):
        func = walker.survey.load(func)
    if func.shape == "function":
        return project_function(walker, func.ref, args, None)
    if func.shape == "method" and func.name == "__init__" and receiver is not None and receiver.name == "super":
        of_base(walker, func.ref[0], args, receiver.ref)
        return ANYTHING
    if func.shape == "method":
        return project_function(walker, func.ref[0], args, func.ref[1])
    if func.shape == "class":
        return instance(walker, func.ref, args)
    if func.shape == "external":
        return library(walker, walker.survey.knowledge.canonical(func.name), args)
    if receiver is not None and func.shape != "missing":
        return method(walker, receiver, func_node, args)
    return ANYTHING
