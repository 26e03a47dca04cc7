"""Follows values through one block of code: a module's top level, or a function's body."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Body, Node, names_in, show, walk
from reprolint.order import syntax
from reprolint.order.annotations import annotated
from reprolint.order.calls import call
from reprolint.order.flow import (
    ANYTHING,
    NOTHING,
    NUMBER,
    TEXT,
    Class,
    Flow,
    Function,
    Order,
    Origin,
    Role,
    Summary,
    Use,
    can_be_sorted,
    hashes_differently,
    join,
    join_all,
    sequence,
)
from reprolint.order.functions import of_instance
from reprolint.program.project import Module

if TYPE_CHECKING:
    from reprolint.order.survey import Survey

_HELD: Final = ("sequence", "array")
"""Shapes whose elements have a position."""


_ROUNDS_UP_TO: Final = 3
"""How many loops may stand around one whose body is run a second time: each doubles the work."""


@dataclass(slots=True)
class Loop:
    """A loop that runs over something whose order differs (or not: then ``order`` is empty).

    :ivar names: what it binds; for each name how many loops stand around the place where what it is taken from was bound: every
        round of those inside goes through the same.
    """

    order: Order
    names: dict[str, int] = field(default_factory=dict)
    body: Body = ()
    conditions: list[Node] = field(default_factory=list)


_SAME_LENGTH: Final = tuple((s.NAME, name) for name in ("list", "tuple", "iter"))


class Walker:
    """The state of the walk through one block.

    :param env: the names that it binds; those around it are looked up in ``outer``.
    :param quiet: whether what it finds does not count, since not all is known yet.
    """

    def __init__(
        self,
        survey: Survey,
        module: Module,
        env: dict[str, Flow],
        outer: Callable[[str], Flow | None],
        body: Any,
        function: Function | None = None,
        attributes: dict[str, Flow] | None = None,
        quiet: bool = False,
    ) -> None:
        self.survey = survey
        self.module = module
        self.env = env
        self.outer = outer
        self.function = function
        self.quiet = quiet
        self.attributes = attributes if attributes is not None else {}
        self.settled_attributes: set[str] = set()
        self.loops: list[Loop] = []
        self.depths: dict[str, int] = {}
        self.returned: Flow | None = None
        self.yielded: Flow | None = None
        self.textual = syntax.textual(body)
        self.single = syntax.single(body)
        self.site = function.site if function is not None else 0
        self.uses: dict[str, Use] = {}
        self.others: list[tuple[Origin, Use]] = []
        self.pending: list[tuple[Origin, Use]] = []

    def find(self, name: str) -> Flow | None:
        """A name as a function that is defined here sees it when it is called."""
        flow = self.env.get(name)
        return flow if flow is not None else self.outer(name)

    # Findings.

    def sink(self, order: Order, site: int, text: str, what: str) -> None:
        """Note that an order decides something."""
        for origin in in_turn(order):
            use = Use(self.module, site, text, what)
            if not origin.code:
                if self.function is not None and origin.site == self.function.site and origin.module is self.module:
                    self.uses.setdefault(origin.text, use)
                else:
                    self.others.append((origin, use))
            else:
                self.report(origin, use)

    def report(self, origin: Origin, use: Use) -> None:
        """Report what an order decides, or leave it to the callers where that depends on what they give."""
        if origin.needs:
            self.pending.append((origin, use))
        elif not self.quiet:
            self.survey.report(origin, use)

    def summary(self) -> Summary:
        """What the block does as the body of a function."""
        returns = self.returned or ANYTHING
        if self.yielded is not None:
            returns = self.yielded
        return Summary(self.uses, self.others, self.pending, returns)

    # Sets.

    def consumed(self, flow: Flow, site: int, text: str, role: Role, number: int = 0) -> Flow:
        """A value as something that is gone through: a set gets the order that its hashes give it."""
        if flow.shape != "set":
            return flow
        differs, needs = hashes_differently(flow.element)
        if not differs:
            return sequence(flow.of, flow.order)
        sortable = can_be_sorted(flow.element)
        origin = self.origin("RPL402", site, text, flow.made, role, number, needs, sortable=sortable)
        return sequence(flow.of, flow.order | {origin})

    def origin(self, code: str, site: int, text: str, *args: Any, **kwargs: Any) -> Origin:
        """The origin of an order at a site of this block."""
        function = self.function.site if self.function is not None else None
        return replace(Origin(code, self.module, site, text, *args, **kwargs), function=function)

    def ordering(self, depth: int) -> Order:
        """The order in which rounds of the loops run that a value made at this depth stands outside of."""
        return frozenset().union(*(loop.order for loop in self.loops[depth:]))

    # Statements.

    def block(self, body: Body) -> bool:
        """Run statements; whether the next one after them is reached."""
        return all(self.statement(node) for node in body)

    def statement(self, node: Node) -> bool:
        tag = node[0]
        if tag in (s.EXPR, s.ASSIGN, s.AUGMENT, s.FOR, s.RETURN, s.WITH):
            self.site = node[1]
        if tag == s.EXPR:
            self.expr(node[2])
        elif tag == s.ASSIGN:
            self.assign(node)
        elif tag == s.AUGMENT:
            self.augment(node)
        elif tag == s.IF:
            return self.conditional(node)
        elif tag == s.FOR:
            self.for_loop(node)
        elif tag == s.WHILE:
            self.expr(node[2])
            self.loop(Loop(self.emptied(node[2], node[3]), body=node[3]))
            self.block(node[4])
        elif tag == s.TRY:
            return self.try_statement(node)
        elif tag == s.WITH:
            for item, target in node[2]:
                value = self.expr(item)
                if target is not None:
                    self.bind(target, value)
            return self.block(node[3])
        elif tag == s.MATCH:
            self.expr(node[2])
            self.branches([case[2] for case in node[3]], falls=True)
        elif tag == s.DEF:
            self.env[node[2]] = Flow("function", ref=Function(self.module, node, self.find, quiet=self.quiet))
        elif tag == s.CLASS:
            self.env[node[2]] = Flow("class", ref=self.define(node))
        elif tag == s.RETURN:
            self.returns(node)
            return False
        elif tag == s.RAISE:
            if node[2] is not None:
                self.expr(node[2])
            return False
        elif tag in (s.BREAK, s.CONTINUE):
            return False
        elif tag == s.ASSERT:
            self.expr(node[1])
        elif tag in (s.IMPORT, s.FROM):
            self.survey.bind_import(self.module, node, self.env)
        return True

    def define(self, node: Node) -> Class:
        bases = tuple(self.expr(base) for base in node[3])
        made = Class(self.module, node, self.find, bases, quiet=self.quiet)
        for inner in node[5]:
            if inner[0] == s.DEF:
                made.methods[inner[2]] = Function(self.module, inner, made.scope, made, quiet=self.quiet)
            elif inner[0] == s.ASSIGN and inner[3] is not None:
                for target in inner[2]:
                    if target[0] == s.NAME:
                        made.attributes[target[1]] = self.expr(inner[3])
        return made

    def assign(self, node: Node) -> None:
        _, _, targets, value, annotation = node
        if value is None:
            if annotation is not None:
                self.bind(targets[0], annotated(annotation))
            return
        flow = self.expr(value)
        if annotation is not None and flow.shape in ("unknown", "sequence", "set", "dict") and flow.of is None:
            declared = annotated(annotation)
            if declared.shape == flow.shape or flow.shape == "unknown":
                flow = replace(declared, order=flow.order, made=flow.made)
        for target in targets:
            self.bind(target, flow)

    def bind(self, target: Node, flow: Flow) -> None:
        if target[0] == s.NAME:
            self.env[target[1]] = flow
            self.depths[target[1]] = len(self.loops)
        elif target[0] == s.SEQ:
            parts = flow.items if len(flow.items) == len(target[2]) else ()
            for number, item in enumerate(target[2]):
                self.bind(item[1] if item[0] == s.STAR else item, parts[number] if parts else self.part_of(flow, item))
        elif target[0] == s.ATTR:
            if self.is_self(target[1]):
                self.attributes[target[2]] = flow
                self.depths[f".{target[2]}"] = len(self.loops)
        elif target[0] == s.ITEM:
            self.set_item(target, flow)

    @staticmethod
    def part_of(flow: Flow, item: Node) -> Flow:
        return sequence(flow.of) if item[0] == s.STAR else flow.element

    def is_self(self, node: Node) -> bool:
        function = self.function
        return (
            function is not None
            and function.owner is not None
            and bool(function.params)
            and node == (s.NAME, function.params[0][0])
        )

    def set_item(self, target: Node, value: Flow) -> None:
        """``container[key] = value``"""
        container, key = self.expr(target[1]), self.expr(target[2])
        self.numbers(value, container, f"{show(target)} = …")
        if container.shape in ("sequence", "array"):
            order = key.order
        else:
            order = self.insertion(target)
            if container.shape == "unknown" and not order:
                return
            container = replace(
                container, shape="dict", of=join(container.of, key.settled()) if container.of else key.settled()
            )
            container = replace(container, values=join(container.values, value) if container.values else value)
        self.update(target[1], container.ordered(order))

    def numbers(self, value: Flow, container: Flow, text: str) -> None:
        """Note that a number which an order decided is kept under a key."""
        if value.order and value.shape in ("number", "unknown") and container.shape in ("dict", "unknown"):
            self.sink(value.order, self.site, text, "decides which number each item gets")

    def insertion(self, target: Node) -> Order:
        """The order in which keys come into a dictionary: that of the loops which the key has to do with."""
        depth, key = self.depth_of(target[1]), target[2]
        if key[0] == s.CONST:
            return NOTHING
        inner = self.loops[-1] if self.loops else None
        if inner is not None and key[0] == s.NAME and key[1] in inner.names:
            return inner.order.union(*(loop.order for loop in self.loops[depth : inner.names[key[1]]]))
        return self.ordering(depth)

    def depth_of(self, node: Node) -> int:
        """How many loops stood around the place where a variable was bound."""
        if node[0] == s.NAME:
            return self.depths.get(node[1], 0)
        if node[0] == s.ATTR and self.is_self(node[1]):
            return self.depths.get(f".{node[2]}", 0)
        return len(self.loops) if node[0] == s.CALL else 0

    def update(self, node: Node, flow: Flow) -> None:
        """Let a variable that was changed in place hold this from now on."""
        if node[0] == s.NAME and node[1] in self.env:
            self.env[node[1]] = flow
        elif node[0] == s.ATTR and self.is_self(node[1]):
            self.attributes[node[2]] = flow
        elif node[0] == s.CALL and node[2][0] == s.ATTR and node[2][2] == "setdefault" and node[3]:
            self.update((s.ITEM, node[2][1], node[3][0][2]), flow)
        elif node[0] == s.ITEM and flow.order:
            holder = self.expr(node[1])
            if holder.shape in ("dict", "unknown"):
                values = join(holder.values, flow) if holder.values is not None else flow
                self.update(node[1], replace(holder, shape="dict", values=values))

    def settle(self, node: Node) -> None:
        """A variable was sorted in place."""
        self.update(node, self.expr(node).settled())
        if node[0] == s.ATTR and self.is_self(node[1]):
            self.settled_attributes.add(node[2])

    def augment(self, node: Node) -> None:
        _, site, target, sign, value = node
        before, added = self.expr(target), self.expr(value)
        order = self.ordering(self.depth_of(target))
        if before.shape == "number":
            self.update(target, before.ordered(order))
        elif before.shape == "set":
            self.update(target, replace(before, of=join(before.of, added.of) if added.of is not None else before.of))
        elif before.shape in ("sequence", "text", "array") and sign == "+":
            added = self.consumed(added, site, show(value), "none")
            self.update(target, join(before, added).ordered(order) if added.shape == before.shape else before.ordered(order))

    def conditional(self, node: Node) -> bool:
        tests = [test for test, _ in node[2]]
        for test, body in node[2]:
            decided = self.expr(test)
            if decided.order and self.loops and self.takes(body):
                self.sink(decided.order, self.site, f"if {show(test)}", "decides which items are taken")
        if self.loops:
            self.loops[-1].conditions += tests
        for test, body in node[2]:
            self.found_first(test, body)
        usual = self.usual(tests[0]) if len(tests) == 1 else None
        if usual is None:
            falls = self.branches([body for _, body in node[2]], node[3])
        else:
            taken, other = (node[2][0][1], node[3]) if usual else (node[3], node[2][0][1])
            self.branches([other], falls=True, kept=False)
            falls = self.block(taken)
        if self.loops:
            del self.loops[-1].conditions[-len(tests) :]
        return falls

    def takes(self, body: Body) -> bool:
        """Whether running a block or not decides what becomes of the rounds of a loop."""
        if syntax.collects(body):
            return True
        return syntax.leaves(body) and any(syntax.acts(loop.body) for loop in self.loops)

    def usual(self, test: Node) -> bool | None:
        """Whether a switch among the function's parameters is on, as it is by default: ``def load(folder, sort=True)``."""
        if self.function is None or test[0] != s.NAME:
            return None
        for name, _, default, _ in self.function.params:
            if name == test[1] and default is not None and default[0] == s.CONST and isinstance(default[1], bool):
                return default[1] if self.env.get(name) is not None else None
        return None

    def found_first(self, test: Node, body: Body) -> None:
        """``for x in …: if …: found = x; break``"""
        if not self.loops or not self.loops[-1].order or not body or body[-1][0] != s.BREAK:
            return
        names = self.loops[-1].names
        keeps = any(node[0] == s.ASSIGN and node[3] is not None and syntax.mentions(node[3], names) for node in body)
        if keeps and not self.wants(test, names):
            self.sink(self.loops[-1].order, self.site, f"if {show(test)}: … break", "decides which one is found first")

    def wants(self, test: Node, names: Collection[str]) -> bool:
        """Whether a condition asks for one particular thing: ``name == wanted``, ``wanted in files``."""
        groups = {name for name in names if name in self.env and self.env[name].shape in _HELD}
        return syntax.tests_equality(test, names) or any(
            node[0] == s.COMPARE and any(sign == "in" and right[0] == s.NAME and right[1] in groups for sign, right in node[2])
            for node in walk(test)
        )

    def branches(self, bodies: list[Body], orelse: Body = (), falls: bool = False, kept: bool = True) -> bool:
        """Run alternatives and join what they leave, unless that is to be forgotten."""
        before, attributes = dict(self.env), dict(self.attributes)
        ends: list[tuple[dict[str, Flow], dict[str, Flow]]] = []
        if falls:
            ends.append((before, attributes))
        for body in [*bodies, orelse]:
            self.env, self.attributes = _copied(self.env, before), _copied(self.attributes, attributes)
            if self.block(body):
                ends.append((dict(self.env), dict(self.attributes)))
        if not ends:
            return False
        if not kept:
            ends = [(before, attributes)]
        self.env = _copied(self.env, _joined([env for env, _ in ends]))
        self.attributes = _copied(self.attributes, _joined([attrs for _, attrs in ends]))
        return True

    def try_statement(self, node: Node) -> bool:
        _, _, body, handlers, orelse, final = node
        before, attributes = dict(self.env), dict(self.attributes)
        falls = self.block(body) and self.block(orelse)
        ends = [(dict(self.env), dict(self.attributes))] if falls else []
        for _, name, handler in handlers:
            self.env = _copied(self.env, _joined([before, self.env]))
            self.attributes = _copied(self.attributes, _joined([attributes, self.attributes]))
            if name is not None:
                self.env[name] = ANYTHING
            if self.block(handler):
                ends.append((dict(self.env), dict(self.attributes)))
        if ends:
            self.env = _copied(self.env, _joined([env for env, _ in ends]))
            self.attributes = _copied(self.attributes, _joined([attrs for _, attrs in ends]))
        return self.block(final) and bool(ends)

    def for_loop(self, node: Node) -> None:
        _, site, target, iterable, body, orelse = node
        flow = self.consumed(self.expr(iterable), site, f"for … in {show(iterable)}", "iterable")
        order = flow.order if flow.shape != "file" else NOTHING
        element = flow.element
        if element.items and len(element.items) == 3 and target[0] == s.SEQ and len(target[2]) == 3:
            folders = target[2][1]
            if folders[0] == s.NAME and syntax.sorts(body, folders[1]):
                order = frozenset(origin for origin in order if origin.role != "walk")
        self.bind_element(target, element)
        self.loop(Loop(order, self.levels(target, iterable), body))
        self.block(orelse)

    def emptied(self, test: Node, body: Body) -> Order:
        """The order in which ``while queue: … queue.pop()`` takes things."""
        popped = syntax.popped(body)
        held = [self.expr(node) for node in walk(test) if node in popped]
        return frozenset().union(*(self.consumed(flow, self.site, show(test), "none").order for flow in held))

    def levels(self, target: Node, iterable: Node) -> dict[str, int]:
        """For each name that a loop binds, how many loops stand around what it is taken from."""
        parts = [(target, iterable)]
        if (
            target[0] == s.SEQ
            and iterable[0] == s.CALL
            and iterable[2] == (s.NAME, "zip")
            and len(iterable[3]) == len(target[2])
        ):
            parts = [(part, value) for part, (_, _, value) in zip(target[2], iterable[3], strict=True)]
        return {name: self.level(value) for part, value in parts for name in names_in(part)}

    def level(self, node: Node) -> int:
        """How many loops stand around the place where the last part of an expression was bound."""
        depths = (self.depths.get(inner[1], 0) for inner in walk(node) if inner[0] == s.NAME)
        return max((depth for depth in depths if depth <= len(self.loops)), default=0)

    def bind_element(self, target: Node, element: Flow) -> None:
        self.loops.append(Loop(NOTHING))  # what a loop binds is made anew in every round
        self.bind(target, element)
        self.loops.pop()

    def loop(self, loop: Loop) -> None:
        """Run a loop's body; twice where one round leaves something that the next one may see."""
        before, attributes = dict(self.env), dict(self.attributes)
        self.loops.append(loop)
        for _ in range(2 if len(self.loops) <= _ROUNDS_UP_TO else 1):
            self.block(loop.body)
            self.env = _copied(self.env, _joined([before, self.env]))
            self.attributes = _copied(self.attributes, _joined([attributes, self.attributes]))
            if all(self.env[name] == flow for name, flow in before.items()) and self.attributes == attributes:
                break
        self.loops.pop()
        for name, flow in self.env.items():
            if flow.shape == "number" and flow.order & loop.order and name not in loop.names:
                self.env[name] = replace(flow, order=flow.order - loop.order)  # a sum is a sum in any order

    def returns(self, node: Node) -> None:
        if node[2] is None:
            return
        flow = self.expr(node[2])
        for loop in self.loops:
            if loop.order and syntax.mentions(node[2], loop.names) and self.yielded is None:
                wanted = any(self.wants(test, loop.names) for one in self.loops for test in one.conditions)
                if not wanted:
                    self.sink(loop.order, node[1], f"return {show(node[2])}", "decides which one is found first")
        self.returned = flow if self.returned is None else join(self.returned, flow)

    # Expressions.

    def expr(self, node: Node) -> Flow:
        return _EXPRESSIONS[node[0]](self, node)

    def const(self, node: Node) -> Flow:
        if isinstance(node[1], str | bytes):
            return TEXT
        if isinstance(node[1], int | float) and not isinstance(node[1], bool):
            return NUMBER
        return ANYTHING

    def name(self, node: Node) -> Flow:
        flow = self.env.get(node[1])
        if flow is None:
            flow = self.outer(node[1])
        if flow is None:
            flow = Flow("external", name=f"builtins.{node[1]}") if hasattr(builtins, node[1]) else ANYTHING
        if flow.shape == "unknown" and node[1] in self.textual:
            return replace(flow, shape="text", parameter=None)
        return flow

    def attr(self, node: Node) -> Flow:
        base = self.expr(node[1])
        return self.attribute(base, node[2], self.is_self(node[1]))

    def attribute(self, base: Flow, name: str, own: bool = False) -> Flow:
        if own and name in self.attributes:
            return self.attributes[name]
        if base.shape == "external":
            return Flow("external", name=f"{base.name}.{name}")
        if base.shape == "module":
            return self.survey.member(base.ref, name)
        if base.shape == "instance" and (kept := self.property_of(base, name)) is not None:
            return kept
        if base.shape == "instance":
            cls: Class = base.ref
            for one in cls.lineage():
                if name in one.attributes:
                    return of_instance(one.attributes[name], base)
            method = cls.method(name)
            return Flow("method", ref=(method, base), name=name) if method is not None else ANYTHING
        if base.shape == "class":
            method = base.ref.method(name)
            return Flow("function", ref=method) if method is not None else ANYTHING
        if base.shape == "path" and name in ("name", "stem", "suffix"):
            return TEXT
        if base.shape == "path" and name == "parent":
            return base
        if base.shape == "entry" and name in ("name", "path"):
            return TEXT
        if base.shape == "array":
            return base
        return ANYTHING

    def property_of(self, base: Flow, name: str) -> Flow | None:
        """What a property of an instance gives, None where it is none."""
        method = base.ref.method(name)
        if method is None or not any(show(mark).endswith("property") for mark in method.node[5]):
            return None
        return of_instance(self.survey.summary(method).returns, base)

    def call_expression(self, node: Node) -> Flow:
        return call(self, node)

    def item(self, node: Node) -> Flow:
        base = self.expr(node[1])
        index = node[2]
        if index[0] == s.SLICE:
            bounds = [self.expr(part) for part in index[1:3] if part is not None]
            in_turn = any(bound.shape == "number" and bound.order & base.order for bound in bounds)  # all of it, in batches
            cut = base.shape == "text" and any(
                part is not None and part[0] == s.NAME for part in index[1:3]
            )  # not to show its start
            if bounds and not in_turn and (base.shape in ("sequence", "array", "unknown") or cut):
                self.sink(base.order, self.site, show(node), "decides which items are taken")
            return base
        key = self.expr(index)
        if base.shape == "dict":
            return base.values or ANYTHING
        if base.name == "walk" and index == (s.CONST, 0):
            return base.element  # the folder itself
        if base.items and index[0] == s.CONST and isinstance(index[1], int) and -len(base.items) <= index[1] < len(base.items):
            return base.items[index[1]]
        numbers = [part for part in (key, *key.items) if part.shape == "number"]
        decided: Order = frozenset().union(*(part.order for part in numbers))
        if decided:
            return base.element if decided & base.order else Flow(order=decided)
        if self.loops and index[0] == s.NAME and any(part.of is not None and part.of.order & base.order for part in numbers):
            return base.element  # `left = len(x)`, counted down to nothing: each in its turn
        if base.shape == "array" and index[0] == s.SEQ:
            return base
        if base.order and base.shape in ("sequence", "unknown", "array"):
            if index[0] == s.CONST and isinstance(index[1], str):
                return base
            if base.shape == "array" and index[0] != s.CONST:
                return base
            if index[0] == s.CONST and self.is_single(node[1]):
                return base.element
            what = "decides which one is picked" if index[0] in (s.CONST, s.UNARY) else "decides which item an index stands for"
            if index[0] != s.CONST or isinstance(index[1], int):
                self.sink(base.order, self.site, show(node), what)
        return base.element

    def is_single(self, node: Node) -> bool:
        """Whether the block makes sure that a collection has one element; ``list(x)`` has as many as ``x``."""
        if node[0] == s.CALL and node[2] in _SAME_LENGTH and len(node[3]) == 1:
            return self.is_single(node[3][0][2]) or show(node) in self.single
        return show(node) in self.single

    def display(self, node: Node) -> Flow:
        kind = node[1]
        items: list[Flow] = []
        order: Order = NOTHING
        for item in node[2]:
            if item[0] == s.STAR:
                spread = (
                    self.consumed(self.expr(item[1]), self.site, show(item[1]), "none") if kind != "set" else self.expr(item[1])
                )
                order |= spread.order
                items.append(spread.element)
            else:
                items.append(self.expr(item))
        if kind == "tuple" and not any(item[0] == s.STAR for item in node[2]):
            return Flow("tuple", items=tuple(items))
        if kind == "set":
            return Flow("set", of=join_all(items) if items else None, made=(self.module, self.site))
        # A list of lists is no longer one order; what decides a number that it holds decides the list.
        order |= frozenset().union(*(item.order for item in items if item.shape in ("number", "unknown")))
        return sequence(join_all(items).settled() if items else None, order)

    def dictionary(self, node: Node) -> Flow:
        keys: list[Flow] = []
        values: list[Flow] = []
        for key, value in node[1]:
            flow = self.expr(value)
            if key is not None:
                keys.append(self.expr(key))
                values.append(flow)
        return Flow("dict", of=join_all(keys) if keys else None, values=join_all(values) if values else None)

    def binary(self, node: Node) -> Flow:
        _, sign, left_node, right_node = node
        left, right = self.expr(left_node), self.expr(right_node)
        if left.shape == "salted" or right.shape == "salted":
            self.sink(left.order | right.order, self.site, show(node), "decides this number")
            return NUMBER
        if left.shape == "set" or right.shape == "set":
            held = left.of if sign == "-" else join(left.of, right.of) if left.of and right.of else left.of or right.of
            return replace(left if left.shape == "set" else right, of=held)
        if sign in "&|-" and left.shape == "dict" and left.name == "keys":
            return Flow("set", of=left.of, made=(self.module, self.site))
        if left.shape in ("text", "path"):
            order = left.order | (right.order if right.shape in ("text", "number", "salted") else NOTHING)
            return replace(left, order=order)
        if right.shape == "text" and sign == "+":
            return right.ordered(left.order)
        if left.shape in _HELD or right.shape in _HELD:
            held = left if left.shape in _HELD else right
            if sign == "*" and any(node[0] == s.SEQ and len(node[2]) == 1 for node in (left_node, right_node)):
                return replace(held, name="alike")
            return join(left, right) if sign == "+" else held
        if left.shape == "number" or right.shape == "number":
            return Flow("number", left.order | right.order, of=left.of or right.of)
        return Flow(order=left.order | right.order) if left.order or right.order else ANYTHING

    def unary(self, node: Node) -> Flow:
        flow = self.expr(node[2])
        return flow if node[1] != "not" else ANYTHING

    def boolean(self, node: Node) -> Flow:
        return join_all([self.expr(item) for item in node[2]])

    def comparison(self, node: Node) -> Flow:
        sides = [self.expr(node[1]), *(self.expr(right) for _, right in node[2])]
        signs = {sign for sign, _ in node[2]}
        if signs & {"<", ">", "<=", ">="}:
            for side in sides:
                if side.shape == "salted":
                    self.sink(side.order, self.site, show(node), "decides this comparison")
            lengths = [side.of.order for side in sides if side.shape == "number" and side.of is not None]
            order = frozenset().union(*(side.order for side in sides if side.shape == "number"))
            return Flow(order=order.difference(*lengths))  # whether a position is the last one is the same in any order
        numbered = [side for side in sides if side.shape == "number"]
        if signs & {"=="} and numbered:
            return Flow(order=frozenset().union(*(side.order for side in numbered)))
        return ANYTHING

    def conditional_expression(self, node: Node) -> Flow:
        self.expr(node[1])
        return join(self.expr(node[2]), self.expr(node[3]))

    def function_expression(self, node: Node) -> Flow:
        return Flow("function", ref=Function(self.module, node, self.find, quiet=self.quiet))

    def comprehension(self, node: Node) -> Flow:
        _, site, kind, parts, clauses = node
        env, depths = dict(self.env), dict(self.depths)
        loops = len(self.loops)
        order: Order = NOTHING
        for number, (target, iterable, conditions) in enumerate(clauses):
            flow = self.expr(iterable)
            if kind != "set":
                flow = self.consumed(flow, site, f"for … in {show(iterable)}", "iterable", number)
            followed = flow.order if flow.shape != "file" else NOTHING
            order |= followed
            self.bind_element(target, flow.element)
            self.loops.append(Loop(followed))
            for condition in conditions:
                decided = self.expr(condition)
                self.sink(decided.order, site, f"if {show(condition)}", "decides which items are taken")
        results = [self.expr(part) for part in parts]
        del self.loops[loops:]
        self.env, self.depths = _copied(self.env, env), depths
        if kind == "set":
            return Flow("set", of=results[0].settled(), made=(self.module, site))
        if kind == "dict":
            key, value = results
            if value.order and value.shape in ("number", "unknown"):
                self.sink(
                    value.order, site, f"{{{show(parts[0])}: {show(parts[1])} for …}}", "decides which number each item gets"
                )
            return Flow("dict", order, key.settled(), value)
        result = results[0]
        bound = {name for target, _, _ in clauses for name in names_in(target)}
        if not syntax.mentions(parts, bound) and not result.order and not any(node[0] == s.CALL for node in walk(parts)):
            return Flow("sequence", of=result, name="alike")
        extra = result.order if result.shape in ("number", "unknown") else NOTHING
        return sequence(result.settled() if result.shape != "sequence" else result, order | extra)

    def formatted(self, node: Node) -> Flow:
        order: Order = NOTHING
        for item in node[1]:
            flow = self.expr(item)
            if flow.shape == "salted":
                self.sink(flow.order, self.site, "f-string", "decides this text")
            elif flow.shape == "number":
                order |= flow.order
        return Flow("text", order)

    def yields(self, node: Node) -> Flow:
        flow = self.expr(node[1]) if node[1] is not None else ANYTHING
        return self.gives(sequence(flow.settled(), self.ordering(0)))

    def gives(self, result: Flow) -> Flow:
        """Note what a generator function gives, one after the other."""
        function = self.function
        owner = function.owner if function is not None and function.name == "__iter__" else None
        if owner is not None and any(name.endswith("IterableDataset") for name in owner.externals()):
            self.sink(result.order, self.site, "yield", "decides the order of the samples")
        self.yielded = result if self.yielded is None else join(self.yielded, result)
        return ANYTHING

    def yields_from(self, node: Node) -> Flow:
        flow = self.consumed(self.expr(node[1]), self.site, show(node[1]), "none")
        return self.gives(sequence(flow.of, flow.order | self.ordering(0)))

    def inner(self, node: Node) -> Flow:
        return self.expr(node[1])

    def walrus(self, node: Node) -> Flow:
        flow = self.expr(node[2])
        self.bind((s.NAME, node[1]), flow)
        return flow

    def slice(self, node: Node) -> Flow:
        return ANYTHING


def in_turn(order: Order) -> list[Origin]:
    """Origins in the order of the source: that of a set would differ from run to run."""
    return sorted(order, key=lambda one: (one.module.path, one.site, one.code, one.text, one.number))


def _copied(into: dict[str, Flow], values: dict[str, Flow]) -> dict[str, Flow]:
    """The same dictionary with other contents: functions defined in it look names up there later."""
    if into is not values:
        fresh = dict(values)
        into.clear()
        into.update(fresh)
    return into


def _joined(environments: list[dict[str, Flow]]) -> dict[str, Flow]:
    joined = dict(environments[0])
    for other in environments[1:]:
        for name, flow in other.items():
            joined[name] = join(joined[name], flow) if name in joined else flow
    return joined


_EXPRESSIONS: Final[dict[str, Callable[[Walker, Node], Flow]]] = {
    s.CONST: Walker.const,
    s.NAME: Walker.name,
    s.ATTR: Walker.attr,
    s.CALL: Walker.call_expression,
    s.ITEM: Walker.item,
    s.SLICE: Walker.slice,
    s.SEQ: Walker.display,
    s.STAR: Walker.inner,
    s.DICT: Walker.dictionary,
    s.BINARY: Walker.binary,
    s.UNARY: Walker.unary,
    s.BOOL: Walker.boolean,
    s.COMPARE: Walker.comparison,
    s.IFEXP: Walker.conditional_expression,
    s.LAMBDA: Walker.function_expression,
    s.COMP: Walker.comprehension,
    s.FSTRING: Walker.formatted,
    s.YIELD: Walker.yields,
    s.YIELD_FROM: Walker.yields_from,
    s.AWAIT: Walker.inner,
    s.WALRUS: Walker.walrus,
}
