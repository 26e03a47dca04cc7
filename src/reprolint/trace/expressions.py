"""Expressions: abstract values, computed as far as constants, defaults and known objects allow."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from reprolint.facts import schema as s
from reprolint.facts.schema import Node, show
from reprolint.trace import values as v
from reprolint.trace.calls import Calls
from reprolint.trace.values import (
    ABSENT,
    NONE,
    UNKNOWN,
    WORKER,
    Choice,
    Class,
    Const,
    Deferred,
    External,
    Function,
    Instance,
    Iteration,
    Mapping,
    ModuleValue,
    Product,
    Scope,
    Sequence,
    Super,
    Unknown,
    Value,
)

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "|": operator.or_,
    "&": operator.and_,
    "^": operator.xor,
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
}
MAX_CANDIDATES = 16
"""Candidates of a dispatch under an unknown key that are followed."""

MAX_HELD = 200
"""Entries of a dictionary that are looked through for them."""

_MAX_CONSTANT = 10_000
"""Longest string and largest repetition that is worked out."""


class Expressions(Calls):
    """Evaluates expressions."""

    decided: dict[int, str]

    def expr(self, node: Node) -> Value:
        self.step()
        return _EXPRESSIONS[node[0]](self, node)

    def const(self, node: Node) -> Value:
        return Const(node[1]) if node[1] is not Ellipsis else UNKNOWN

    def name(self, node: Node) -> Value:
        return self.present(self.lookup(node[1]))

    def present(self, value: Value) -> Value:
        """A value without the paths on which it is missing, read if it was put off."""
        if value is ABSENT:
            return UNKNOWN
        if isinstance(value, Deferred):
            return self.present(self.read_deferred(value))
        if isinstance(value, Choice) and ABSENT in value.options:
            kept = tuple(option for option in value.options if option is not ABSENT)
            return kept[0] if len(kept) == 1 else Choice(kept)
        return value

    def read_deferred(self, value: Deferred) -> Value:
        raise NotImplementedError

    def read(self, value: ModuleValue) -> None:
        raise NotImplementedError

    def attr(self, node: Node) -> Value:
        return self.attribute(self.expr(node[1]), node[2])

    # Attributes.

    def attribute(self, value: Value, name: str) -> Value:
        """What ``value.name`` is."""
        if isinstance(value, Choice):
            joined: Value | None = None
            for option in value.options:
                if option is not ABSENT and v.is_none(option) is not True:
                    joined = v.join(joined, self.attribute(option, name))
            return joined or UNKNOWN
        if isinstance(value, External):
            return self._external_attribute(value, name)
        if isinstance(value, Instance):
            return self._instance_attribute(value, name)
        if isinstance(value, Class):
            return self._class_attribute(value, name)
        if isinstance(value, ModuleValue):
            return self._module_attribute(value, name)
        if isinstance(value, Mapping):
            if name in value.entries:
                return self.present(value.entries[name])
            if name in _MAPPING_METHODS:
                return External(f"<mapping>.{name}", value)
            return UNKNOWN
        if isinstance(value, Product):
            return self._product_attribute(value, name)
        if isinstance(value, Sequence):
            return External(f"<sequence>.{name}", value)
        if isinstance(value, Super):
            return self._super_attribute(value, name)
        if isinstance(value, Function):
            if name == "__name__":
                return Const(value.name)
            if name == "callback" and value.marked("click.command", "click.group") is not None:
                return value.undecorated()
            if name in ("command", "group", "add_command", "main", "standalone_mode", "result_callback"):
                return External(f"click.Group.{name}", value)
            return value if name in ("__wrapped__", "__func__", "__call__") else UNKNOWN
        if isinstance(value, Const) and isinstance(value.value, str | int | float | bytes):
            return External(f"<constant>.{name}", value)
        return Unknown(v.varies(value))

    def _external_attribute(self, value: External, name: str) -> Value:
        if value.name == "absl.flags.FLAGS" or value.name.endswith("absl.flags.FLAGS"):
            return self.flags_defined.get(name, UNKNOWN)
        if value.name == "sys" and name == "argv":
            return self.new_sequence("list", [UNKNOWN], open=True)
        mounted = self.finder.mounted.get(f"{value.name}.{name}") if self.finder.mounted else None
        if mounted is not None and mounted in self.modules:
            return self.modules[mounted]
        return External(f"{value.name}.{name}", value.receiver)

    def _instance_attribute(self, value: Instance, name: str) -> Value:
        if name in value.attrs:
            found = self.present(value.attrs[name])
            changing = any(name in cls.changing for cls in value.cls.lineage())
            return v.join(found, UNKNOWN) if changing and isinstance(found, Const) and not v.option_in(found) else found
        if name == "parse_args_into_dataclasses":
            # Projects carry copies of this parser; it fills records in a way that only its own model can tell.
            return External(f"transformers.HfArgumentParser.{name}", value)
        located = value.cls.find(name)
        if located is not None:
            return self._bound(located[0], value, value.cls)
        if name == "__class__":
            return value.cls
        if name == "__dict__":
            return Mapping(value.attrs)
        for base in value.cls.external_bases():
            return External(f"{base}.{name}", value)
        return UNKNOWN

    def _bound(self, attribute: Value, receiver: Value, cls: Class) -> Value:
        if isinstance(attribute, Function):
            if attribute.marked("builtins.staticmethod"):
                return attribute
            if attribute.marked("builtins.classmethod"):
                return attribute.bind(cls)
            if attribute.marked(*_PROPERTIES):
                return self.call(attribute.bind(receiver), (), {}, self.site, f"{attribute.name}")
            return attribute.bind(receiver) if attribute.bound is None else attribute
        return self.present(attribute)

    def _class_attribute(self, value: Class, name: str) -> Value:
        located = value.find(name)
        if located is not None:
            attribute = located[0]
            if isinstance(attribute, Function) and attribute.marked("builtins.classmethod"):
                return attribute.bind(value)
            return self.present(attribute)
        if name == "__name__":
            return Const(value.name)
        for base in value.external_bases():
            return External(f"{base}.{name}", value)
        return UNKNOWN

    def _module_attribute(self, value: ModuleValue, name: str) -> Value:
        self.read(value)
        if name == "__dict__" and value.scope is not None:
            self.materialize(value.scope)
            return Mapping(value.scope.vars)
        if value.scope is not None and name in value.scope.vars:
            return self.present(value.scope.vars[name])
        target = self.finder.below(value.module or value.folder, name)
        if target is not None:
            # A submodule is an attribute only once something has imported it.
            known = self.modules.get(target) if not isinstance(target, str) else None
            return known if known is not None else ModuleValue(None, target, None) if isinstance(target, str) else UNKNOWN
        starred = self.from_deferred_stars(value.scope, name) if value.scope is not None else None
        if starred is not None:
            return self.present(starred)
        for star in reversed(value.scope.stars if value.scope is not None else ()):
            if self.is_known(f"{star}.{name}"):
                return External(f"{star}.{name}")
        return UNKNOWN

    def _product_attribute(self, value: Product, name: str) -> Value:
        if name in value.attrs:
            return self.present(value.attrs[name])
        if name in value.kwargs:
            return value.kwargs[name]
        canonical = self.knowledge.canonical(value.name)
        if canonical in ("torch.Tensor", "torch.nn.parameter.Parameter") and name in ("data", "grad", "T", "real", "mT"):
            return value
        return External(f"{canonical}.{name}", value)

    def _super_attribute(self, value: Super, name: str) -> Value:
        cls = value.instance.cls if isinstance(value.instance, Instance) else value.instance
        lineage = list(cls.lineage()) if isinstance(cls, Class) else []
        after = lineage[lineage.index(value.after) + 1 :] if value.after in lineage else []
        for ancestor in after:
            if name in ancestor.attrs:
                return self._bound(ancestor.attrs[name], value.instance, ancestor)
        for ancestor in (value.after, *after):
            for base in ancestor.bases:
                if isinstance(base, External):
                    return External(f"{base.name}.{name}", value.instance)
        return External(f"builtins.object.{name}", value.instance)

    # Operators.

    def binary(self, node: Node) -> Value:
        return self.arithmetic(node[1], self.expr(node[2]), self.expr(node[3]))

    def arithmetic(self, sign: str, left: Value, right: Value) -> Value:
        if isinstance(left, Const) and isinstance(right, Const) and sign in _ARITHMETIC:
            if _small(left.value) and _small(right.value):
                try:
                    return Const(_ARITHMETIC[sign](left.value, right.value), left.option or right.option)
                except Exception:  # a type or value error in the analysed code is its own affair
                    return UNKNOWN
            return UNKNOWN
        if sign == "+" and isinstance(left, Const) and isinstance(left.value, str):
            return Product("builtins.str", kwargs={"prefix": left}, varies=v.varies(right))
        for side in (left, right):
            if isinstance(side, Product) and side.name in ("torch.Tensor", "pandas.DataFrame", "pandas.Series", "builtins.str"):
                return Product(side.name, varies=v.varies(left) or v.varies(right))
        if sign == "+" and isinstance(left, Sequence) and isinstance(right, Sequence):
            return self.new_sequence(left.kind, [*left.items, *right.items][:200], left.open or right.open)
        if sign == "*" and isinstance(left, Sequence):
            return left
        if sign == "|" and isinstance(left, Mapping) and isinstance(right, Mapping):
            merged = self.new_mapping({**left.entries, **right.entries}, left.open or right.open, left.plain)
            merged.rest = [*left.rest, *right.rest]
            return merged
        if sign == "/" and isinstance(left, Product) and left.name.startswith("pathlib."):
            return left
        if WORKER in (left, right) and all(side == WORKER or isinstance(side, Const) for side in (left, right)):
            return WORKER
        if isinstance(left, Choice) and isinstance(right, Const):
            return self._each(left, lambda option: self.arithmetic(sign, option, right))
        return Unknown(v.varies(left) or v.varies(right))

    @staticmethod
    def _each(choice: Choice, change: Callable[[Value], Value]) -> Value:
        joined: Value | None = None
        for option in choice.options:
            joined = v.join(joined, change(option))
        return joined or UNKNOWN

    def unary(self, node: Node) -> Value:
        value = self.expr(node[2])
        if node[1] == "not":
            answer = v.truth(value)
            return Const(not answer, v.option_in(value)) if answer is not None else UNKNOWN
        if isinstance(value, Const) and isinstance(value.value, int | float) and node[1] == "-":
            return Const(-value.value, value.option)
        return value if isinstance(value, Product) else Unknown(v.varies(value))

    def boolean(self, node: Node) -> Value:
        _, sign, items = node
        stops = sign == "or"
        joined: Value | None = None
        for number, item in enumerate(items):
            last = number == len(items) - 1
            if joined is None:
                value = self.expr(item)
            else:
                # Whether this operand runs depends on an undecided one before it.
                value = self._perhaps(item)
            answer = v.truth(value)
            if answer is stops and joined is None:
                self._skipped_operands(items[number + 1 :], item, answer)
                return value
            if answer is stops:
                # Whatever the undecided operands before it are, the whole is as true as this one.
                return v.join(Product("<true>", varies=v.varies(joined)), value) if stops else value
            if answer is None or last:
                if last and joined is None:
                    return value
                joined = v.join(joined, self._falsy(value) if stops else value)
        return joined or UNKNOWN

    def _perhaps(self, node: Node) -> Value:
        """The value that an expression has if it is evaluated at all."""
        values: list[Value] = []

        def evaluate() -> Value:
            values.append(self.expr(node))
            return values[0]

        self.choose([evaluate, lambda: UNKNOWN])
        return values[0] if values else UNKNOWN

    @staticmethod
    def _falsy(value: Value) -> Value:
        """What is left of an operand of ``or`` when the next one may be taken: its true options."""
        if isinstance(value, Choice):
            kept = [option for option in value.options if v.truth(option) is not False]
            return kept[0] if len(kept) == 1 else Choice(tuple(kept)) if kept else value
        return value

    def _skipped_operands(self, items: tuple[Node, ...], test: Node, answer: bool) -> None:
        for item in items:
            if not self.skipping and self.mentions_seeding((item,)):
                with self.skipped(f"`{show(test)}` is {'true' if answer else 'false'} by default"):
                    self.expr(item)

    def comparison(self, node: Node) -> Value:
        left = self.expr(node[1])
        result: Value | None = None
        for sign, right_node in node[2]:
            right = self.expr(right_node)
            value = self.compare(sign, left, right)
            if v.truth(value) is False:
                return value
            result = value if result is None or v.truth(result) else UNKNOWN
            left = right
        return result or UNKNOWN

    def compare(self, sign: str, left: Value, right: Value) -> Value:
        option = v.option_in(left) or v.option_in(right)
        if sign in ("is", "is not"):
            return self._identity(sign, left, right, option)
        if isinstance(left, Const) and isinstance(right, Const) and sign in _COMPARE:
            try:
                return Const(bool(_COMPARE[sign](left.value, right.value)), option)
            except TypeError:
                return UNKNOWN
        if sign in ("in", "not in") and isinstance(left, Const):
            return self._membership(sign, left, right, option)
        if sign in _COMPARE and isinstance(left, Choice | Const) and isinstance(right, Choice | Const):
            answers = {v.truth(self.compare(sign, a, b)) for a in v.options_of(left) for b in v.options_of(right)}
            known = answers.pop() if len(answers) == 1 else None
            return Const(known, option) if known is not None else UNKNOWN
        if (
            sign in ("==", "!=")
            and isinstance(left, Class | Function | Instance)
            and isinstance(right, Class | Function | Instance | Const)
        ):
            return Const((left is right) == (sign == "=="))
        return Unknown(v.varies(left) or v.varies(right))

    @staticmethod
    def _identity(sign: str, left: Value, right: Value, option: str | None) -> Value:
        none = v.is_none(left) if right == NONE or v.is_none(right) else v.is_none(right) if v.is_none(left) else None
        if none is not None:
            return Const(none == (sign == "is"), option)
        if isinstance(left, Const) and isinstance(right, Const):
            return Const((left.value is right.value) == (sign == "is"), option)
        return UNKNOWN

    def _membership(self, sign: str, left: Const, right: Value, option: str | None) -> Value:
        known: bool | None = None
        if isinstance(right, Sequence) and all(isinstance(item, Const) for item in right.items):
            inside = any(item == left or (isinstance(item, Const) and item.value == left.value) for item in right.items)
            known = True if inside else None if right.open else False
        elif isinstance(right, Mapping):
            if isinstance(left.value, str) and left.value not in right.entries:
                self.fill_registry(right, left.value)
            inside = left.value in right.entries if v.fingerprint(left) else False
            certain = inside and ABSENT not in v.options_of(right.entries[left.value])
            known = True if certain else None if inside or right.open or right.rest else False
        elif isinstance(right, External) and right.name == "os.environ" and left.value not in self.environment:
            return Const(sign == "not in", f"${left.value}")
        return Const(known == (sign == "in"), option) if known is not None else UNKNOWN

    def conditional_expression(self, node: Node) -> Value:
        _, test, body, orelse = node
        answer = v.truth(self.expr(test))
        if answer is None:
            return self.choose([lambda: self.expr(body), lambda: self.expr(orelse)])
        taken, other = (body, orelse) if answer else (orelse, body)
        if not self.skipping and self.mentions_seeding((other,)):
            with self.skipped(f"`{show(test)}` is {'true' if answer else 'false'} by default"):
                self.expr(other)
        return self.expr(taken)

    # Containers.

    def item(self, node: Node) -> Value:
        container = self.expr(node[1])
        index = self.expr(node[2])
        return self.item_of(container, index)

    def item_of(self, container: Value, index: Value) -> Value:
        if isinstance(container, Choice):
            return self._each(container, lambda option: self.item_of(option, index))
        if isinstance(container, Sequence):
            return self._sequence_item(container, index)
        if isinstance(container, Mapping):
            return self._mapping_item(container, index)
        if isinstance(container, External):
            return self._library_item(container, index)
        if isinstance(container, Product):
            if container.name == "os.environ":
                return UNKNOWN
            return container if container.name in _SELF_ITEMS else Unknown(container.varies)
        if isinstance(container, Instance):
            method = container.cls.find("__getitem__")
            if method is not None and isinstance(method[0], Function):
                return self.call(method[0].bind(container), (index,), {}, self.site, f"{container.cls.name}[…]")
            if container.cls.find("__getattr__") is None and isinstance(index, Const) and isinstance(index.value, str):
                return self.present(container.attrs.get(index.value, UNKNOWN))
        if isinstance(container, Class):
            return container
        if isinstance(container, Const) and isinstance(index, Const):
            try:
                return Const(container.value[index.value], container.option)
            except Exception:
                return UNKNOWN
        return Unknown(v.varies(container))

    def _library_item(self, container: External, index: Value) -> Value:
        if container.name == "os.environ":
            return UNKNOWN
        if container.name.endswith(".__dict__"):
            base = container.name.removesuffix(".__dict__")
            known = isinstance(index, Const) and isinstance(index.value, str)
            return External(f"{base}.{index.value if known and isinstance(index, Const) else '*'}")
        return External("<item>", container)

    def _sequence_item(self, container: Sequence, index: Value) -> Value:
        if isinstance(index, Const) and isinstance(index.value, int) and not container.open and container.kind != "set":
            if -len(container.items) <= index.value < len(container.items):
                return container.items[index.value]
            return UNKNOWN
        if isinstance(index, Product) and index.name == "<slice>":
            return self.new_sequence(container.kind, container.items, open=True)
        return self.element(container)

    def _mapping_item(self, container: Mapping, index: Value) -> Value:
        if isinstance(index, Const):
            try:
                if index.value in container.entries:
                    return self.present(container.entries[index.value])
            except TypeError:
                return UNKNOWN
            if isinstance(index.value, str) and not container.rest and self.fill_registry(container, index.value):
                return self.present(container.entries.get(index.value, UNKNOWN))
            if not container.rest:
                return UNKNOWN
            stored: Value | None = None
            for option in container.rest[:24]:
                stored = v.join(stored, option)
            return stored or UNKNOWN
        if not container.entries and not container.rest:
            self.fill_registry(container)
        # Under an unknown key: any of the callables, as registries and dispatch tables hold them.
        held = [self.present(value) for value in (*container.entries.values(), *container.rest)[:MAX_HELD]]
        options: list[Value] = [option for option in held if isinstance(option, Function | Class | Instance | v.Partial)]
        options = options or [option for option in held if isinstance(option, External)]
        options = list(dict.fromkeys(options))[:MAX_CANDIDATES]
        return UNKNOWN if not options else options[0] if len(options) == 1 else Choice(tuple(options))

    def fill_registry(self, container: Mapping, key: str | None = None) -> bool:
        raise NotImplementedError

    def element(self, value: Value) -> Value:
        """Any one element of a container."""
        if isinstance(value, Sequence):
            joined: Value | None = None
            for item in value.items[:24]:
                joined = v.join(joined, item)
            return joined or UNKNOWN
        if isinstance(value, Product) and value.name in _SELF_ITEMS:
            return value
        return Unknown(v.varies(value))

    def sequence(self, node: Node) -> Value:
        _, kind, nodes = node
        items: list[Value] = []
        opened = False
        for item in nodes:
            if item[0] == s.STAR:
                inner = self.expr(item[1])
                if isinstance(inner, Sequence):
                    items.extend(inner.items)
                    opened = opened or inner.open
                else:
                    opened = True
            else:
                items.append(self.expr(item))
        return self.new_sequence(kind, items[:300], opened or len(items) > 300)

    def dictionary(self, node: Node) -> Value:
        result = self.new_mapping(plain=True)
        for key_node, value_node in node[1]:
            if key_node is None:
                inner = self.expr(value_node)
                if isinstance(inner, Mapping):
                    result.entries.update(inner.entries)
                    result.rest.extend(inner.rest)
                    result.open = result.open or inner.open
                else:
                    result.open = True
                continue
            key, value = self.expr(key_node), self.expr(value_node)
            if isinstance(key, Const) and v.fingerprint(key):
                try:
                    result.entries[key.value] = value
                except TypeError:
                    result.open = True
            else:
                result.rest.append(value)
                result.open = True
        return result

    def slice(self, node: Node) -> Value:
        for bound in node[1:]:
            if bound is not None:
                self.expr(bound)
        return Product("<slice>")

    def star(self, node: Node) -> Value:
        return self.expr(node[1])

    # Functions, comprehensions, and the rest.

    def function_expression(self, node: Node) -> Value:
        _, site, params, body = node
        function = Function("<lambda>", site, params, ((s.RETURN, site, body),), self.scope)
        for param, _, default, _ in params:
            if default is not None:
                function.defaults[param] = self.expr(default)
        return function

    def comprehension(self, node: Node) -> Value:
        _, site, kind, items, clauses = node
        outer, scope = self.scope, Scope(self.module, "comprehension", self.scope)
        self.frame.scope = scope
        results: list[Value] = []
        opened = True
        try:
            source = self._clause(clauses[0], site)
            first = clauses[0][1:]
            if (
                isinstance(source, Sequence)
                and not source.open
                and len(clauses) == 1
                and not first[1]
                and 0 < len(source.items) <= 8
            ):
                opened = False
                made = self.new_mapping(plain=True)
                for item in source.items:
                    self.bind(clauses[0][0], item)
                    values = [self.expr(part) for part in items]
                    results.append(values[0])
                    if kind == "dict":
                        self.set_item(made, values[0], values[1])
                if kind == "dict":
                    return made
            else:
                self.bind(clauses[0][0], self.iterate(source, site))
                for condition in clauses[0][2]:
                    self.expr(condition)
                for clause in clauses[1:]:
                    self.bind(clause[0], self.iterate(self.expr(clause[1]), site))
                    for condition in clause[2]:
                        self.expr(condition)
                values = [self.expr(item) for item in items]
                if kind == "dict":
                    return self._dict_comprehension(values[0], values[1])
                results = values
        finally:
            self.frame.scope = outer
        return self.new_sequence("list" if kind == "generator" else kind, results, opened)

    def _clause(self, clause: tuple[Node, Node, tuple[Node, ...]], site: int) -> Value:
        source = self.expr(clause[1])
        self.site = site
        return source

    def _dict_comprehension(self, key: Value, value: Value) -> Value:
        result = self.new_mapping(open=True)
        if isinstance(key, Const):
            result.entries[key.value] = value
        else:
            result.rest.append(value)
        return result

    def formatted(self, node: Node) -> Value:
        parts = [self.expr(part) for part in node[1]]
        if all(isinstance(part, Const) for part in parts):
            return Const("".join(str(part.value) for part in parts if isinstance(part, Const)))
        start: v.Kwargs = {"prefix": parts[0]} if parts and isinstance(parts[0], Const) else {}
        return Product("builtins.str", kwargs=start, varies=any(v.varies(part) for part in parts))

    def yielded(self, node: Node) -> Value:
        value = self.expr(node[1]) if node[1] is not None else NONE
        frame = self.frame
        frame.yielded = v.join(frame.yielded, value)
        if frame.on_yield is not None:
            frame.on_yield(value)
        return UNKNOWN

    def yielded_from(self, node: Node) -> Value:
        value = self.iterate(self.expr(node[1]), self.site)
        self.frame.yielded = v.join(self.frame.yielded, value)
        return UNKNOWN

    def awaited(self, node: Node) -> Value:
        value = self.expr(node[1])
        return self.iterate(value, self.site) if isinstance(value, Iteration) else value

    def walrus(self, node: Node) -> Value:
        value = self.expr(node[2])
        self.bind((s.NAME, node[1]), value)
        return value

    def bind(self, target: Node, value: Value) -> None:
        raise NotImplementedError


_MAPPING_METHODS = frozenset("get items keys values update pop setdefault copy clear popitem has_key to_dict fromkeys".split())
_PROPERTIES = ("builtins.property", "functools.cached_property", "cached_property.cached_property", "torch.jit.unused")
_SELF_ITEMS = frozenset({"torch.Tensor", "pandas.DataFrame", "pandas.Series", "<slice>"})


def _small(value: object) -> bool:
    if isinstance(value, str | bytes | tuple | list):
        return len(value) < _MAX_CONSTANT
    return isinstance(value, int | float | complex | bool | None.__class__) and not (
        isinstance(value, int) and abs(value) > 1 << 64
    )


_EXPRESSIONS: dict[str, Callable[[Any, Node], Value]] = {
    s.CONST: Expressions.const,
    s.NAME: Expressions.name,
    s.ATTR: Expressions.attr,
    s.CALL: Expressions.call_expression,
    s.ITEM: Expressions.item,
    s.SLICE: Expressions.slice,
    s.SEQ: Expressions.sequence,
    s.STAR: Expressions.star,
    s.DICT: Expressions.dictionary,
    s.BINARY: Expressions.binary,
    s.UNARY: Expressions.unary,
    s.BOOL: Expressions.boolean,
    s.COMPARE: Expressions.comparison,
    s.IFEXP: Expressions.conditional_expression,
    s.LAMBDA: Expressions.function_expression,
    s.COMP: Expressions.comprehension,
    s.FSTRING: Expressions.formatted,
    s.YIELD: Expressions.yielded,
    s.YIELD_FROM: Expressions.yielded_from,
    s.AWAIT: Expressions.awaited,
    s.WALRUS: Expressions.walrus,
}
