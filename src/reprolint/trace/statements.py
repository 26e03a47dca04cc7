"""Statements, in the order in which they run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Body, Node, is_main_test, show
from reprolint.program.imports import KNOWN_LIBRARIES
from reprolint.program.inert import Inertness
from reprolint.program.project import Module
from reprolint.trace import lattice
from reprolint.trace import values as v
from reprolint.trace.evidence import about_hardware, mentions_cuda
from reprolint.trace.expressions import Expressions
from reprolint.trace.lattice import State, meet
from reprolint.trace.machine import Frame, Loop, PathEnds, assigned, is_seed_name, may_hold_seed
from reprolint.trace.models.applications import ADDING
from reprolint.trace.story import Link
from reprolint.trace.values import (
    UNKNOWN,
    Choice,
    Class,
    Const,
    Deferred,
    External,
    Function,
    Instance,
    Mapping,
    ModuleValue,
    Product,
    Scope,
    Sequence,
    Unknown,
    Value,
)

_PATH: Final = re.compile(r"^\w+(?:\.\w+)+$")
"""An attribute of a variable, which can be read again as it is written."""

MAX_REGISTRY_MODULES: Final = 24
"""Modules of one program that are read only to fill a registry."""


class Statements(Expressions):
    """Runs statements; each method returns whether control falls through to the next one."""

    inert: Inertness

    _assigned: dict[int, tuple[Body, frozenset[str]]]

    def block(self, body: Body) -> bool:
        for number, node in enumerate(body):
            self.step()
            try:
                falls = _STATEMENTS[node[0]](self, node)
            except PathEnds:
                self.story.ends.append(self.state)
                raise
            if not falls:
                self._note_skipped_rest(node, body[number + 1 :])
                return False
        return True

    def _note_skipped_rest(self, node: Node, rest: Body) -> None:
        """Code after ``if seed is None: return`` runs only where the default is changed, like an else branch."""
        if node[0] == s.IF and rest and self.mentions_seeding(rest):
            decided = self.decided.get(id(node))
            if decided is not None:
                with self.skipped(decided):
                    self.block(rest)

    def expression(self, node: Node) -> bool:
        self.site = node[1]
        self.expr(node[2])
        return True

    def assign(self, node: Node) -> bool:
        _, site, targets, value, annotation = node
        self.site = site
        if value is None:
            return True
        result = self.expr(value)
        if annotation is not None and isinstance(result, Unknown):
            result = self.from_annotation(annotation) or result
        self.site = site
        for target in targets:
            self.bind(target, result)
        return True

    def augment(self, node: Node) -> bool:
        _, site, target, operator, value = node
        self.site = site
        current = self.expr(target)
        added = self.expr(value)
        if isinstance(current, Sequence) and operator == "+":
            if isinstance(added, Sequence):
                current.items.extend(added.items[: max(0, 200 - len(current.items))])
                current.open = current.open or added.open
            else:
                current.open = True
            return True
        self.bind(target, self.arithmetic(operator, current, added))
        return True

    def bind(self, target: Node, value: Value) -> None:
        """Assign to a name, an attribute, an item or a tuple of them."""
        tag = target[0]
        if tag == s.NAME:
            scope = self.scope
            if target[1] in scope.globals:
                owner = self.modules[self.module].scope
                assert owner is not None
                old = owner.vars.get(target[1])
                owner.vars[target[1]] = v.join(old, value) if self.uncertain and old is not None else value
                self.globals_version += 1
            else:
                scope.vars[target[1]] = value
                self.note_seed(target[1], value, self.site, self._function_site())
        elif tag == s.ATTR:
            owner_value = self.expr(target[1])
            if isinstance(owner_value, External):
                self.assign_library(f"{owner_value.name}.{target[2]}", value, show(target))
            else:
                self.set_attribute(owner_value, target[2], value)
                if is_seed_name(target[2]) and _PATH.match(show(target)):
                    self.note_seed(show(target), value, self.site, self._function_site())
        elif tag == s.ITEM:
            self.set_item(self.expr(target[1]), self.expr(target[2]), value)
        elif tag == s.SEQ:
            self.unpack(target[2], value)
        elif tag == s.STAR:
            self.bind(target[1], self.new_sequence("list", (), open=True))

    def _function_site(self) -> int | None:
        """The site of the function whose variables are being bound; None in a module's own code."""
        function = self.frame.function
        return function.site if function is not None else None

    def unpack(self, targets: tuple[Node, ...], value: Value) -> None:
        fixed = isinstance(value, Sequence) and not value.open and value.kind != "set"
        if isinstance(value, Sequence) and fixed and len(value.items) == len(targets) and all(t[0] != s.STAR for t in targets):
            for target, item in zip(targets, value.items, strict=True):
                self.bind(target, item)
            return
        if isinstance(value, Choice):
            parts = [option for option in value.options if isinstance(option, Sequence) and len(option.items) == len(targets)]
            if len(parts) == len(value.options):
                for number, target in enumerate(targets):
                    joined: Value | None = None
                    for part in parts:
                        joined = v.join(joined, part.items[number])
                    self.bind(target, joined or UNKNOWN)
                return
        element = self.element(value)
        for target in targets:
            self.bind(target, element)

    def assign_library(self, dotted: str, value: Value, text: str) -> None:
        """An assignment to an attribute of a library: a determinism switch, or nothing that matters here."""
        name = self.knowledge.canonical(dotted)
        for flag in self.knowledge.flag(name):
            if flag.attribute:
                self.set_flag(
                    flag.sets,
                    value,
                    name,
                    self.site,
                    f"{text} = …" if not isinstance(value, Const) else f"{text} = {value.value}",
                )

    def delete(self, node: Node) -> bool:
        for target in node[1]:
            if target[0] == s.NAME:
                self.scope.vars.pop(target[1], None)
        return True

    def assertion(self, node: Node) -> bool:
        self.expr(node[1])
        return True

    def global_names(self, node: Node) -> bool:
        if self.scope.kind != "module":
            self.scope.globals.update(node[1])
        return True

    def nonlocal_names(self, node: Node) -> bool:
        for name in node[1]:
            scope = self.scope.parent
            while scope is not None and name not in scope.vars:
                scope = scope.parent
            if scope is not None:
                # What a nested function does to an outer variable is not followed; its value is open from now on.
                scope.vars[name] = v.join(scope.vars[name], UNKNOWN)
        return True

    # Branches.

    def conditional(self, node: Node) -> bool:
        _, site, branches, orelse = node
        self.site = site
        pending: list[tuple[Node, Body]] = []
        by_default = False
        for number, (test, body) in enumerate(branches):
            value = self.expr(test)
            answer = v.truth(value)
            if isinstance(value, External) and value.name.endswith(".TYPE_CHECKING"):
                self._import_for_checkers(body)
            by_default = by_default or (answer is not None and v.option_in(value) is not None)
            if answer is None:
                pending.append((test, body))
            elif answer:
                if by_default and _only_raises(body):
                    break
                self._look_at_skipped(node, test, [*(b for _, b in branches[number + 1 :]), orelse], taken=True)
                return self._alternatives(pending, body)
            elif not (by_default and _only_raises(orelse)):
                self._look_at_skipped(node, test, [body], taken=False)
        else:
            if not (by_default and _only_raises(orelse)):
                return self._alternatives(pending, orelse)
        # Nobody runs a program with defaults that it refuses: any of the other branches may be taken.
        return self._alternatives([(test, body) for test, body in branches if not _only_raises(body)], orelse)

    def _import_for_checkers(self, body: Body) -> None:
        """``if TYPE_CHECKING:`` does not run, but lazy packages repeat there what their names will mean once they are used."""
        for node in body:
            if node[0] != s.FROM:
                continue
            _, site, level, dotted, names = node
            target = self.finder.relative(self.module, level, dotted) if level else self.finder.find(dotted)
            if isinstance(target, Module) and target is not self.entry and (target in self.modules or self.inert(target)):
                source = self.import_module(target, site, f"from {'.' * level}{dotted} import …")
                if isinstance(source, External):
                    continue
                for name, alias in names:
                    if name == "*":
                        self.scope.deferred_stars.append(source)
                    else:
                        self.scope.vars.setdefault(alias or name, Deferred(source, name))

    def _alternatives(self, pending: list[tuple[Node, Body]], last: Body) -> bool:
        if not pending:
            return self.block(last)
        runs: list[Callable[[], bool]] = [self._narrowed(test, body) for test, body in pending]
        runs.append(self._narrowed(None, last))
        return self.branch(runs, by_hardware=all(about_hardware(test) for test, _ in pending))

    def _narrowed(self, test: Node | None, body: Body) -> Callable[[], bool]:
        def run() -> bool:
            if test is not None:
                self.narrow(test)
            return self.block(body)

        return run

    def narrow(self, test: Node) -> None:
        """What a true condition says of a variable: ``isinstance(x, C)`` and ``x is not None``."""
        if test[0] == s.COMPARE and test[1][0] == s.NAME and len(test[2]) == 1:
            operator, right = test[2][0]
            if operator == "is not" and right == (s.CONST, None):
                value = self.lookup(test[1][1])
                if isinstance(value, Choice):
                    kept = [option for option in value.options if v.is_none(option) is not True]
                    if kept and test[1][1] in self.scope.vars:
                        self.scope.vars[test[1][1]] = kept[0] if len(kept) == 1 else Choice(tuple(kept))

    def _look_at_skipped(self, node: Node, test: Node, bodies: list[Body], taken: bool) -> None:
        condition = show(test)
        reason = f"`if {condition}` is {'true' if taken else 'false'} by default"
        self.decided[id(node)] = reason
        if not is_main_test(test):
            for body in bodies:
                self._skip(body, reason)

    def _skip(self, body: Body, reason: str) -> None:
        if not self.skipping and self.mentions_seeding(body):
            with self.skipped(reason):
                self.block(body)

    def match(self, node: Node) -> bool:
        _, site, subject, cases = node
        self.site = site
        value = self.expr(subject)
        runs: list[Callable[[], bool]] = []
        exhaustive = False
        for pattern, guard, body in cases:
            if pattern is not None and isinstance(value, Const) and guard is None:
                answer = v.truth(self.compare("==", value, self.expr(pattern)))
                if answer is False:
                    self._skip(body, f"`case {show(pattern)}` is not taken by default")
                    continue
                if answer and not runs:
                    return self.block(body)
            runs.append(self._narrowed(None, body))
            exhaustive = exhaustive or (pattern is None and guard is None)
        if not exhaustive:
            runs.append(lambda: True)
        return self.branch(runs)

    # Loops.

    def for_loop(self, node: Node) -> bool:
        _, site, target, iterable, body, orelse = node
        self.site = site
        source = self.expr(iterable)
        self.site = site
        if isinstance(source, Sequence) and not source.open and not source.items and _written_out(iterable):
            self._skip(body, f"`for … in {show(iterable)}` has nothing to run over by default")
            return self.block(orelse)
        self._widen(body)
        if isinstance(source, Sequence) and not source.open and 0 < len(source.items) <= 8 and self._worth_unrolling(source):
            return self._unrolled(target, source, body, orelse)
        self.bind(target, self.iterate(source, site))
        return self._loop(body, orelse)

    def _worth_unrolling(self, source: Sequence) -> bool:
        return any(
            isinstance(item, Function | External | Class | Instance | Product | Const | Sequence) for item in source.items
        )

    def _unrolled(self, target: Node, source: Sequence, body: Body, orelse: Body) -> bool:
        for item in list(source.items):
            self.bind(target, item)
            if not self._loop(body, ()):
                return False
            self._widen(body)
        return self.block(orelse)

    def _loop(self, body: Body, orelse: Body) -> bool:
        loop = Loop()
        before = self.state
        again: State | None = self._once(body, loop)
        if again is not None and again.generators != before.generators and not self.skipping:
            # What one round leaves behind is what the next one starts with.
            self.state = again
            again = meet(again, self._once(body, loop))
        end = meet(again, loop.broken)
        if end is None:
            return False
        self.state = end
        return self.block(orelse) if again is not None else True

    def _once(self, body: Body, loop: Loop) -> State | None:
        """One round of a loop; gives the state in which the next one would start, None if there is none."""
        self.frame.loops.append(loop)
        try:
            falls = self.block(body)
        finally:
            self.frame.loops.pop()
        return meet(self.state if falls else None, loop.continued)

    def while_loop(self, node: Node) -> bool:
        _, site, test, body, orelse = node
        self.site = site
        self._widen(body)
        answer = v.truth(self.expr(test))
        if answer is False:
            self._skip(body, f"`while {show(test)}` is false by default")
            return self.block(orelse)
        return self._loop(body, orelse)

    def _widen(self, body: Body) -> None:
        """A constant that the loop changes decides nothing inside it."""
        variables = self.scope.vars
        for name in assigned(body, self._assigned):
            value = variables.get(name)
            if isinstance(value, Const):
                variables[name] = v.join(value, UNKNOWN)

    def break_loop(self, node: Node) -> bool:
        if self.frame.loops:
            loop = self.frame.loops[-1]
            loop.broken = lattice.join(loop.broken, self.state)
        return False

    def continue_loop(self, node: Node) -> bool:
        if self.frame.loops:
            loop = self.frame.loops[-1]
            loop.continued = lattice.join(loop.continued, self.state)
        return False

    # Ways out.

    def returns(self, node: Node) -> bool:
        self.site = node[1]
        value = self.expr(node[2]) if node[2] is not None else v.NONE
        frame = self.frame
        frame.returned = v.join(frame.returned, value) if frame.exit_state is not None else value
        frame.exit_state = lattice.join(frame.exit_state, self.state)
        return False

    def raises(self, node: Node) -> bool:
        self.site = node[1]
        if node[2] is not None:
            raised = self.expr(node[2])
            if isinstance(raised, External | Product) and raised.name == "builtins.SystemExit":
                raise PathEnds
        self.frame.raised = lattice.join(self.frame.raised, self.state)
        return False

    def try_statement(self, node: Node) -> bool:
        _, _, body, handlers, orelse, final = node
        if not final:
            return self._try(body, handlers, orelse)
        with self.leaving() as left:
            ended = False
            try:
                falls = self._try(body, handlers, orelse)
            except PathEnds:
                falls, ended = False, True
            after = self.state
            left(lambda: self.block(final))
            self.state = after
            falls = self.block(final) and falls
        if ended:
            raise PathEnds
        return falls

    def _try(self, body: Body, handlers: tuple[Any, ...], orelse: Body) -> bool:
        before, raised = self.state, self.frame.raised
        ended = False
        try:
            falls = self.block(body)
        except PathEnds:
            falls, ended = False, True
        after = self.state
        if falls:
            falls = self.block(orelse)
            after = self.state
        if handlers:
            self.frame.raised = raised
        if handlers and not _only_imports(body) and not ended:
            falls = self._handlers(handlers, before, after, falls)
        if ended:
            raise PathEnds
        return falls

    @contextmanager
    def leaving(self) -> Iterator[Callable[[Callable[[], object]], None]]:
        """Around code with a clean-up: the states in which it returns, breaks or continues, each led through the clean-up."""
        frame = self.frame
        loop = frame.loops[-1] if frame.loops else Loop()
        outer = (frame.exit_state, loop.broken, loop.continued)
        frame.exit_state = loop.broken = loop.continued = None

        def clean(cleanup: Callable[[], object]) -> None:
            cleaned = []
            for state in (frame.exit_state, loop.broken, loop.continued):
                if state is not None:
                    self.state = state
                    cleanup()
                cleaned.append(self.state if state is not None else None)
            frame.exit_state, loop.broken, loop.continued = cleaned

        try:
            yield clean
        finally:
            inner = (frame.exit_state, loop.broken, loop.continued)
            frame.exit_state, loop.broken, loop.continued = (meet(*pair) for pair in zip(outer, inner, strict=True))

    def _handlers(self, handlers: tuple[Any, ...], before: State, after: State, falls: bool) -> bool:
        """Handlers may run; what they draw is no witness, and their state counts only where they seed."""
        saved, variables = dict(self.scope.vars), self.scope.vars
        arrived: State | None = None
        for types, name, body in handlers:
            start = self.state = lattice.join(before, after)
            if types is not None:
                self.expr(types)
            if name:
                variables[name] = UNKNOWN
            self.possible += 1
            self.uncertain += 1
            try:
                ran = self.block(body)
            except PathEnds:
                ran = False
            finally:
                self.possible -= 1
                self.uncertain -= 1
            if ran and (self.state is not start or not falls):
                arrived = lattice.join(arrived, self.state)
            for key, value in list(variables.items()):
                if ran and saved.get(key) is not value:
                    saved[key] = v.join(saved.get(key), value)
            variables.clear()
            variables.update(saved)
        if falls:
            self.state = lattice.join(after, arrived)
            return True
        if arrived is None:
            self.state = after
            return False
        self.state = arrived
        return True

    def with_statement(self, node: Node) -> bool:
        _, site, items, body = node
        return self._enter(site, list(items), body)

    def _enter(self, site: int, items: list[tuple[Node, Node | None]], body: Body) -> bool:
        if not items:
            return self.block(body)
        (expression, target), *rest = items
        self.site = site
        manager = self.expr(expression)
        self.site = site

        def inside(value: Value) -> bool:
            if target is not None:
                self.bind(target, value)
            return self._enter(site, rest, body)

        return self.within(manager, inside, site, show(expression))

    # Definitions.

    def function(self, node: Node) -> bool:
        _, site, name, params, body, decorators, generator = node
        self.site = site
        function = Function(name, site, params, body, self.scope, generator)
        for param, _, default, _ in params:
            if default is not None:
                function.defaults[param] = self.expr(default)
        value: Value = function
        for decorator in reversed(decorators):
            value = self.decorate(self.expr(decorator), value, site, show(decorator))
        self.bind((s.NAME, name), value)
        return True

    def class_statement(self, node: Node) -> bool:
        _, site, name, bases, keywords, body, decorators = node
        self.site = site
        base_values = [self.expr(base) for base in bases]
        base_values = [
            base.receiver or base if isinstance(base, External) and base.name == "<item>" else base for base in base_values
        ]
        keyword_values = {word: self.expr(value) for word, value in keywords}
        scope = Scope(self.module, "class", self.scope)
        cls = Class(name, site, scope, tuple(base_values), scope.vars, changing=_changing(body))
        for statement in body:
            if statement[0] == s.ASSIGN and statement[4] is not None and statement[2][0][0] == s.NAME:
                cls.fields[statement[2][0][1]] = (statement[4], statement[3])
        frame = Frame(scope, None)
        self.frames.append(frame)
        try:
            self.block(body)
        finally:
            self.frames.pop()
        for attribute in scope.vars.values():
            if isinstance(attribute, Function):
                attribute.owner = attribute.owner or cls
                attribute.decorated.owner = attribute.decorated.owner or cls
        value: Value = cls
        self.site = site
        for decorator in reversed(decorators):
            value = self.decorate(self.expr(decorator), value, site, show(decorator))
        self.bind((s.NAME, name), value)
        hook = next((base.find("__init_subclass__") for base in base_values if isinstance(base, Class)), None)
        if hook is not None and isinstance(hook[0], Function):
            self.call(hook[0].bind(cls), (), keyword_values, site)
        return True

    # Imports.

    def imports(self, node: Node) -> bool:
        _, site, names = node
        for dotted, alias in names:
            self.site = site
            parts = dotted.split(".")
            self._mounted(dotted, site, f"import {dotted}")
            first = self._imported(parts[0], site, f"import {dotted}")
            value = first
            for number in range(1, len(parts)):
                value = self._submodule(value, parts[number], site, f"import {dotted}")
            self.scope.vars[alias or parts[0]] = value if alias else first
            self._note_imported(alias or dotted, parts[-1], value, site)
        return True

    def _note_imported(self, name: str, original: str, value: Value, site: int) -> None:
        """Note an imported seed, or an object with one; an unread module is read for it only if the name promises one."""
        promising = may_hold_seed(original) or may_hold_seed(name)
        if isinstance(value, Deferred):
            if not promising:
                return
            value = self.present(value)
        elif isinstance(value, ModuleValue) and value.scope is not None and value.scope.unread:
            if not promising:
                return
            self.read(value)
        self.note_seed(name, value, site, self._function_site(), original)

    def _imported(self, name: str, site: int, text: str) -> Value:
        target = self.finder.find(name)
        if target is None:
            self._note_library(name)
            return External(name)
        return self.import_module(target, site, text)

    def _mounted(self, dotted: str, site: int, text: str) -> ModuleValue | External | None:
        first = dotted.partition(".")[0]
        if dotted.count(".") < 2 or first in KNOWN_LIBRARIES or self.finder.find(first) is not None:
            return None
        module = self.finder.mount(dotted)
        return self.import_module(module, site, text) if module is not None else None

    def _submodule(self, parent: Value, name: str, site: int, text: str) -> Value:
        if isinstance(parent, ModuleValue):
            target = self.finder.below(parent.module or parent.folder, name)
            if target is not None:
                value = self.import_module(target, site, text)
                if parent.scope is not None:
                    parent.scope.vars.setdefault(name, value)
                return value
            return parent.scope.vars.get(name, UNKNOWN) if parent.scope is not None else UNKNOWN
        return External(f"{parent.name}.{name}") if isinstance(parent, External) else UNKNOWN

    def _note_library(self, name: str) -> None:
        if name in ("torch", "torchvision", "lightning", "pytorch_lightning", "transformers", "timm"):
            self.uses_torch = True

    def imports_from(self, node: Node) -> bool:
        _, site, level, dotted, names = node
        self.site = site
        shown = ", ".join(name for name, _ in names)
        text = f"from {'.' * level}{dotted} import {shown if len(shown) <= 40 else '…'}"
        source: Value
        if level:
            target = self.finder.relative(self.module, level, dotted)
            source = self.import_module(target, site, text) if target is not None else UNKNOWN
        else:
            parts = dotted.split(".")
            mounted = self._mounted(dotted, site, text)
            source = mounted or self._imported(parts[0], site, text)
            for part in parts[1:] if mounted is None else ():
                source = self._submodule(source, part, site, text)
        for name, alias in names:
            if name == "*":
                self._import_star(source)
                self._note_star(source, site)
                continue
            value: Value = UNKNOWN
            if isinstance(source, External):
                value = External(f"{source.name}.{name}")
            elif isinstance(source, ModuleValue):
                value = self._from_module(source, name, site, text)
            self.scope.vars[alias or name] = value
            self._note_imported(alias or name, name, value, site)
        return True

    def _from_module(self, source: ModuleValue, name: str, site: int, text: str) -> Value:
        if source.scope is not None and name in source.scope.vars:
            return source.scope.vars[name]
        if source.scope is not None and source.scope.unread and source.module is not None:
            skim = source.module.skim
            if skim is not None and name in skim.defined:
                return Deferred(source, name)
        target = self.finder.below(source.module or source.folder, name)
        if target is not None:
            return self.import_module(target, site, text)
        if source.scope is not None and source.scope.unread:
            return Deferred(source, name)
        starred = self.from_deferred_stars(source.scope, name) if source.scope is not None else None
        if starred is not None:
            return starred
        return self._from_library_stars(source.scope, name) if source.scope is not None else UNKNOWN

    def _import_star(self, source: Value) -> None:
        if isinstance(source, External):
            scope = self.modules[self.module].scope
            if scope is not None:
                scope.stars.append(source.name)
        elif isinstance(source, ModuleValue) and source.scope is not None and source.scope.unread:
            self.scope.deferred_stars.append(source)
        elif isinstance(source, ModuleValue) and source.scope is not None:
            self.scope.deferred_stars.extend(source.scope.deferred_stars)
            exported = source.scope.vars.get("__all__")
            listed = None
            if isinstance(exported, Sequence) and not exported.open:
                listed = {item.value for item in exported.items if isinstance(item, Const)}
            for name, value in list(source.scope.vars.items()):
                if (name in listed) if listed else not name.startswith("_"):
                    self.scope.vars[name] = value
            owner = self.modules[self.module].scope
            if owner is not None:
                owner.stars.extend(source.scope.stars)

    def _note_star(self, source: Value, site: int) -> None:
        if not isinstance(source, ModuleValue) or source.scope is None:
            return
        skim = source.module.skim if source.module is not None else None
        unread = skim.defined if source.scope.unread and skim is not None and "__all__" not in skim.defined else ()
        for name in [*unread, *source.scope.vars]:
            if may_hold_seed(name) and (name in unread or name in self.scope.vars):
                value = source.scope.vars.get(name) or Deferred(source, name)
                self._note_imported(name, name, value, site)

    def import_module(self, target: Module | str, site: int, text: str) -> ModuleValue | External:
        """Run a module's code, once, as an import does."""
        if isinstance(target, str):
            return ModuleValue(None, target, None)
        if target.is_runtime:
            return External("reprolint.runtime")
        known = self.modules.get(target)
        if known is not None:
            return known
        if self.inert(target):
            return self._put_off(target, Link(self.place(site), text))
        return self.run_module(target, Link(self.place(site), text), target.path.stem)

    def _put_off(self, module: Module, link: Link) -> ModuleValue:
        """Import a module whose code need not be read before something of it is used.

        :param link: the import statement, of this module or of one that imports it.
        """
        self.put_off[module] = link
        scope = Scope(module, "module")
        scope.unread = True
        value = self.modules[module] = ModuleValue(module, module.path.parent.as_posix(), scope)
        self.story.add_module(module)
        skim = module.skim
        for level, dotted, _ in skim.imports if skim is not None else ():
            if not level:
                self._note_library(dotted.partition(".")[0])
        for target in self.inert.targets(module):
            if target in self.modules:
                continue
            if self.inert(target):
                self._put_off(target, link)
            else:
                self.run_module(target, link, target.path.stem)
        return value

    def read(self, value: ModuleValue) -> None:
        """Run the code of a module that was put off. It has no effect that depends on when this is."""
        if value.scope is None or not value.scope.unread or value.module is None:
            return
        value.scope.unread = False
        kept = (self.site, self.uncertain, self.possible, self.skipping)
        self.uncertain, self.possible, self.skipping = 0, 0, []
        state = self.state
        try:
            self._run_body(value.module, value.scope, self.put_off.get(value.module), value.module.path.stem)
        except PathEnds:
            pass
        finally:
            self.site, self.uncertain, self.possible, self.skipping = kept
            self.state = state

    def read_deferred(self, value: Deferred) -> Value:
        self.read(value.module)
        scope = value.module.scope
        if scope is None:
            return UNKNOWN
        if value.name in scope.vars:
            return scope.vars[value.name]
        return self.from_deferred_stars(scope, value.name) or self._from_library_stars(scope, value.name)

    def _from_library_stars(self, scope: Scope, name: str) -> Value:
        for star in reversed(scope.stars):
            if self.is_known(f"{star}.{name}"):
                return External(f"{star}.{name}")
        return UNKNOWN

    def from_deferred_stars(self, scope: Scope, name: str) -> Value | None:
        """A name that a star import of a module that was put off brings in."""
        for source in reversed(scope.deferred_stars):
            if source.scope is None or source.module is None:
                continue
            if not source.scope.unread or self._may_define(source.module, name, set()):
                self.read(source)
                found = source.scope.vars.get(name) or self.from_deferred_stars(source.scope, name)
                if found is not None:
                    return found
        return None

    def _may_define(self, module: Module, name: str, seen: set[Module]) -> bool:
        skim = module.skim
        if skim is None or name in skim.defined:
            return True
        seen.add(module)
        starred = any(("*", "*") in names for _, _, names in skim.imports)
        return starred and any(
            self._may_define(target, name, seen) for target in self.inert.targets(module) if target not in seen
        )

    def materialize(self, scope: Scope) -> None:
        """Read all that star imports put off: the whole namespace is wanted."""
        for source in scope.deferred_stars[:MAX_REGISTRY_MODULES]:
            self.read(source)
            if source.scope is not None:
                self.materialize(source.scope)
                for name, value in source.scope.vars.items():
                    if not name.startswith("_"):
                        scope.vars.setdefault(name, value)

    def fill_registry(self, container: Mapping, key: str | None = None) -> bool:
        """Read modules that were put off until one of them registers ``key`` (None: anything) in a dictionary."""
        if not container.imported or self.importing() or (key, id(container)) in self.registry_misses:
            return False
        # A registered function or class is usually registered under its own name.
        held = sorted(self.modules.items(), key=lambda pair: pair[0].skim is None or key not in pair[0].skim.bodies)
        for module, value in held:
            if value.scope is None or not value.scope.unread or self.registry_reads >= MAX_REGISTRY_MODULES:
                continue
            skim = module.skim
            registers = skim is not None and any(call and call.partition(".")[0] in skim.defined for call in skim.calls)
            if not registers or (key is not None and key.encode() not in module.text):
                continue
            self.read(value)
            self.registry_reads += 1
            if (key in container.entries) if key is not None else (container.entries or container.rest):
                return True
        self.registry_misses.add((key, id(container)))
        return False

    def read_commands(self) -> None:
        """Read the modules that were put off and that may add commands to an application."""
        for module, value in list(self.modules.items()):
            skim = module.skim
            if value.scope is None or not value.scope.unread or skim is None:
                continue
            if any(call.rpartition(".")[2] in ADDING and "." in call for call in skim.calls):
                self.read(value)

    def run_module(self, module: Module, link: Link | None, name: str) -> ModuleValue:
        """Run a file from top to bottom.

        :param link: the import that does it; None for the entry point.
        :param name: the value of ``__name__``.
        """
        scope = Scope(module, "module")
        value = ModuleValue(module, module.path.parent.as_posix(), scope)
        self.modules[module] = value
        self.story.add_module(module)
        self._run_body(module, scope, link, name)
        return value

    def _run_body(self, module: Module, scope: Scope, link: Link | None, name: str) -> None:
        scope.vars["__name__"] = Const(name)
        scope.vars["__file__"] = Const(module.path.as_posix())
        self.frames.append(Frame(scope, link))
        try:
            self.note_cuda(module.body, probes=module is self.entry)
            self.block(module.body)
        finally:
            self.frames.pop()

    def note_cuda(self, body: Body, probes: bool = True) -> None:
        """Keep the first place that shows that the program can run on CUDA, by its choice or an option's."""
        may_never_run = self.possible > len(self.skipping)
        if self.story.on_cuda is None and id(body) not in self.seen_cuda and not may_never_run:
            self.seen_cuda.add(id(body))
            site = mentions_cuda(body, runs_main=self.module is self.entry, probes=probes)
            if site is not None:
                self.story.on_cuda = self.chain(site, "speaks of CUDA")


def _written_out(iterable: Node) -> bool:
    """Whether an iterable is a display or a range, which nothing else can have added to."""
    return bool(iterable[0] == s.SEQ or (iterable[0] == s.CALL and iterable[2] == (s.NAME, "range")))


def _only_raises(body: Body) -> bool:
    """Whether a branch refuses to go on: it ends by raising, or by leaving the program with an error."""
    if not body:
        return False
    last = body[-1]
    if last[0] == s.RAISE:
        return show(last[2]).partition("(")[0] != "SystemExit"
    if last[0] != s.EXPR or last[2][0] != s.CALL:
        return False
    name, args = show(last[2][2]), last[2][3]
    if name in ("sys.exit", "exit", "quit"):
        return bool(args) and not (args[0][2][0] == s.CONST and args[0][2][1] in (0, None, False))
    return name.endswith("parser.error")


def _only_imports(body: Body) -> bool:
    return all(node[0] in (s.IMPORT, s.FROM, s.ASSIGN) for node in body) and any(node[0] in (s.IMPORT, s.FROM) for node in body)


_changing_memo: dict[int, tuple[Body, frozenset[str]]] = {}


def _changing(body: Body) -> frozenset[str]:
    """Attributes of ``self`` that a method other than the constructor assigns."""
    known = _changing_memo.get(id(body))
    if known is not None and known[0] is body:
        return known[1]
    names: set[str] = set()
    for node in body:
        if node[0] != s.DEF:
            continue
        stack: list[Any] = [node[4]]
        while stack:
            current = stack.pop()
            if not isinstance(current, tuple) or not current:
                continue
            if current[0] == s.AUGMENT and current[2][0] == s.ATTR:
                names.add(current[2][2])
            elif current[0] == s.ASSIGN and node[2] not in ("__init__", "__post_init__", "setup", "initialize"):
                names.update(target[2] for target in current[2] if target[0] == s.ATTR)
            stack.extend(current)
    result = frozenset(names)
    _changing_memo[id(body)] = (body, result)
    return result


_STATEMENTS: dict[str, Callable[[Statements, Node], bool]] = {
    s.EXPR: Statements.expression,
    s.ASSIGN: Statements.assign,
    s.AUGMENT: Statements.augment,
    s.IF: Statements.conditional,
    s.FOR: Statements.for_loop,
    s.WHILE: Statements.while_loop,
    s.TRY: Statements.try_statement,
    s.WITH: Statements.with_statement,
    s.MATCH: Statements.match,
    s.DEF: Statements.function,
    s.CLASS: Statements.class_statement,
    s.RETURN: Statements.returns,
    s.RAISE: Statements.raises,
    s.BREAK: Statements.break_loop,
    s.CONTINUE: Statements.continue_loop,
    s.GLOBAL: Statements.global_names,
    s.NONLOCAL: Statements.nonlocal_names,
    s.DEL: Statements.delete,
    s.ASSERT: Statements.assertion,
    s.IMPORT: Statements.imports,
    s.FROM: Statements.imports_from,
}
