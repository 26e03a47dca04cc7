"""Calls of the project's own functions and classes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reprolint.facts import schema as s
from reprolint.facts.schema import Node, show
from reprolint.order.flow import ANYTHING, NOTHING, Class, Flow, Function, Origin, hashes_differently, join_all, sequence

if TYPE_CHECKING:
    from reprolint.order.walker import Walker


class Arguments:
    """The arguments of a call, each with the node that it was written as."""

    def __init__(self, walker: Walker, node: Node) -> None:
        self.node = node
        self.site: int = node[1]
        self.text = show(node)
        self.first_node: Node = node[3][0][2] if node[3] else (s.CONST, None)
        self.positional: list[Flow] = []
        self.keywords: dict[str, Flow] = {}
        self.numbers: dict[int, int] = {}
        """For each positional one, its place among all arguments."""
        for number, (star, keyword, value) in enumerate(node[3]):
            flow = walker.expr(value)
            if star == "*":
                flow = walker.consumed(flow, node[1], show(value), "none")
                self.numbers[len(self.positional)] = number
                self.positional.append(flow)
            elif star == "" and keyword is not None:
                self.keywords[keyword] = flow
            elif star == "":
                self.numbers[len(self.positional)] = number
                self.positional.append(flow)

    @property
    def first(self) -> Flow:
        return self.positional[0] if self.positional else ANYTHING

    def all(self) -> list[Flow]:
        return [*self.positional, *self.keywords.values()]

    def consumed(self, walker: Walker, number: int = 0) -> Flow:
        """A positional argument as something that is gone through."""
        if not 0 <= number < len(self.positional):
            return ANYTHING
        return walker.consumed(self.positional[number], self.site, self.text, "argument", self.numbers[number])


def project_function(walker: Walker, function: Function, args: Arguments, receiver: Flow | None) -> Flow:
    summary = walker.survey.summary(function)
    given = _bound(function, args, skip=receiver is not None or _takes_class(function))
    result = applied(walker, function, summary, given, args)
    return of_instance(result, receiver) if receiver is not None else result


def of_instance(flow: Flow, instance: Flow) -> Flow:
    """A value that a method or an attribute gives, with the constructor's parameters replaced by what it was given."""
    init = instance.ref.method("__init__")
    return substituted(flow, init, dict(instance.given)) if instance.given and init is not None else flow


def of_base(walker: Walker, init: Function, args: Arguments, base: Class) -> None:
    """``super().__init__(…)``"""
    given = _bound(init, args, skip=True)
    applied(walker, init, walker.survey.constructing(base, init), given, args)
    for name, flow in base.attributes.items():
        walker.attributes[name] = substituted(flow, init, given)


def _takes_class(function: Function) -> bool:
    return function.owner is not None and any(show(mark) == "classmethod" for mark in function.node[5])


def _bound(function: Function, args: Arguments, skip: bool) -> dict[str, Flow]:
    names = [name for name, kind, _, _ in function.params if kind in ("positional", "both")]
    if skip:
        names = names[1:]
    given = dict(zip(names, args.positional, strict=False))
    rest = next((name for name, kind, _, _ in function.params if kind == "var"), None)
    if rest is not None and len(args.positional) > len(names):
        given[rest] = sequence(join_all(args.positional[len(names) :]).settled())
    known = {name for name, _, _, _ in function.params}
    given.update({name: flow for name, flow in args.keywords.items() if name in known})
    return given


def applied(walker: Walker, function: Function, summary: Any, given: dict[str, Flow], args: Arguments) -> Flow:
    """What a call does, from what the function does with its parameters."""
    for name, use in summary.uses.items():
        flow = given.get(name)
        if flow is not None and flow.shape != "dict" and flow.order:
            walker.sink(flow.order, args.site, args.text, use.what)
    for origin, use in summary.pending:
        for settled in _decided(origin, function, given):
            walker.report(settled, use)
    return substituted(summary.returns, function, given)


def _decided(origin: Origin, function: Function, given: dict[str, Flow]) -> list[Origin]:
    """An origin that depends on what parameters hold, for given arguments; none where it turns out to be of numbers."""
    if all(site != function.site for site, _ in origin.needs):
        return [origin]
    for site, parameter in origin.needs:
        if site != function.site:
            continue
        flow = given.get(parameter.removesuffix("[]"))
        if flow is None:
            continue
        held = flow.element if parameter.endswith("[]") else flow
        differs, needs = hashes_differently(held)
        if differs:
            return [replace(origin, needs=needs)]
    return []


def substituted(flow: Flow, function: Function, given: dict[str, Flow]) -> Flow:
    """What a function gives back, with its parameters replaced by the arguments."""
    order = NOTHING
    for origin in flow.order:
        if not origin.code and origin.site == function.site and origin.module is function.module:
            argument = given.get(origin.text)
            order |= argument.order if argument is not None else NOTHING
        elif origin.needs:
            order |= frozenset(_decided(origin, function, given))
        else:
            order |= {origin}
    if flow.parameter is not None and flow.parameter[0] == function.site:
        name = flow.parameter[1]
        argument = given.get(name.removesuffix("[]"))
        if argument is None:
            return Flow(order=order)
        return (argument.element if name.endswith("[]") else argument).ordered(order)
    of = substituted(flow.of, function, given) if flow.of is not None else None
    values = substituted(flow.values, function, given) if flow.values is not None else None
    items = tuple(substituted(item, function, given) for item in flow.items)
    held = tuple((name, substituted(one, function, given)) for name, one in flow.given)
    return replace(flow, order=order, of=of, values=values, items=items, given=held)


def instance(walker: Walker, cls: Class, args: Arguments) -> Flow:
    walker.survey.prepare(cls)
    init = cls.method("__init__")
    given: dict[str, Flow] = {}
    if init is not None:
        given = _bound(init, args, skip=True)
        applied(walker, init, walker.survey.constructing(cls, init), given, args)
    return Flow("instance", ref=cls, given=tuple(given.items()))
