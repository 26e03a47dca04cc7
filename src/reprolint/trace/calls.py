"""Calls into the project's own code: functions, methods, constructors, decorators, context managers, generators."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Node, show
from reprolint.trace import lattice
from reprolint.trace import values as v
from reprolint.trace.evidence import called_names, looks_like_seeding
from reprolint.trace.lattice import State
from reprolint.trace.library import Libraries
from reprolint.trace.machine import MAX_DEPTH, Frame, PathEnds
from reprolint.trace.models.call import Call
from reprolint.trace.story import Link, Place
from reprolint.trace.values import (
    ABSENT,
    NONE,
    UNKNOWN,
    Args,
    Choice,
    Class,
    Const,
    External,
    Function,
    Instance,
    Iteration,
    Kwargs,
    Mapping,
    Partial,
    Product,
    Scope,
    Sequence,
    Super,
    Unknown,
    Value,
)

MAX_CONTEXTS: Final = 32
"""Different argument values with which one function is followed; after that they are taken as unknown."""

_CONTEXT_MANAGERS: Final = ("contextlib.contextmanager", "contextlib.asynccontextmanager", "contextlib.contextmanager()")
_DATACLASS_BASES: Final = frozenset(
    """
    pydantic.BaseModel pydantic.main.BaseModel pydantic_settings.BaseSettings pydantic.BaseSettings typing.NamedTuple
    typing.TypedDict typing_extensions.TypedDict transformers.TrainingArguments transformers.Seq2SeqTrainingArguments
    tap.Tap typed_argument_parser.Tap msgspec.Struct sqlmodel.SQLModel chz.chz
    """.split()
)
_NETWORKS: Final = frozenset({"torch.nn.Module", "lightning.pytorch.LightningModule", "transformers.PreTrainedModel"})
_TENSOR_DRAWS: Final = frozenset("normal_ uniform_ random_ bernoulli_ exponential_ geometric_ log_normal_ cauchy_".split())
_TENSOR_OPERATIONS: Final = frozenset(
    "histc index_add index_add_ index_copy index_copy_ index_put index_put_ index_select kthvalue put_ repeat_interleave "
    "scatter_add scatter_add_ scatter_reduce scatter_reduce_".split()
)
"""Methods that only tensors have, nondeterministic on CUDA."""
_UNSAFE_NAMES: Final = frozenset(
    "__init__ forward __call__ __getitem__ __iter__ append items keys values get update main".split()
)


class Calls(Libraries):
    """Follows calls."""

    _memo: dict[Any, tuple[Value, State | None]]
    _contexts: dict[int, int]
    _active: list[Function]

    def bind(self, target: Node, value: Value) -> None:
        raise NotImplementedError

    def leaving(self) -> AbstractContextManager[Callable[[Callable[[], object]], None]]:
        raise NotImplementedError

    def note_cuda(self, body: tuple[Node, ...], probes: bool = True) -> None:
        raise NotImplementedError

    def mentions_seeding(self, body: tuple[Node, ...]) -> bool:
        """Whether a block calls anything that seeds, judging by names: libraries' and those of the modules at hand."""
        names = called_names(body)
        return any(looks_like_seeding(name) for name in names) or not self.seeding_names().isdisjoint(names)

    # The call expression.

    def call_expression(self, node: Node) -> Value:
        _, site, func_node, arg_nodes = node
        func = self.expr(func_node)
        args: list[Value] = []
        kwargs: Kwargs = {}
        for star, keyword, value_node in arg_nodes:
            value = self.expr(value_node)
            if star == "*":
                args.extend(value.items if isinstance(value, Sequence) else ())
                if not isinstance(value, Sequence) or value.open:
                    kwargs["*"] = UNKNOWN
            elif star == "**":
                self._spread(value, kwargs)
            elif keyword is not None:
                kwargs[keyword] = value
            else:
                args.append(value)
        self.site = site
        text = f"{show(func_node)}()"
        if isinstance(func, External) and func.name == "builtins.super":
            return self._super(args)
        if func_node[0] == s.ATTR and isinstance(func, Unknown):
            return self._method_of_unknown(func_node[2], tuple(args), kwargs, site, text, func)
        if func_node[0] == s.NAME and isinstance(func, Unknown):
            self._unresolved(func_node[1], site, text)
            self.hand_over((*args, *kwargs.values()), site, runs=False)
            return Unknown(v.varies(func))
        return self.call(func, tuple(args), kwargs, site, text)

    @staticmethod
    def _spread(value: Value, kwargs: Kwargs) -> None:
        if isinstance(value, Mapping):
            for key, entry in value.entries.items():
                if isinstance(key, str):
                    kwargs[key] = entry
            if value.open or value.rest:
                kwargs["**"] = UNKNOWN
        else:
            kwargs["**"] = UNKNOWN

    def _super(self, args: list[Value]) -> Value:
        if len(args) == 2 and isinstance(args[0], Class):
            return Super(args[1], args[0])
        for frame in reversed(self.frames):
            function = frame.function
            if function is not None and function.owner is not None and function.bound is not None:
                return Super(function.bound, function.owner)
        return UNKNOWN

    def _method_of_unknown(self, name: str, args: Args, kwargs: Kwargs, site: int, text: str, func: Unknown) -> Value:
        """A method of an object that is not known: drawn from where only one type has such a method."""
        if name in _TENSOR_DRAWS and self.uses_torch:
            if v.is_none(kwargs.get("generator", NONE)):
                varying = self.draw(("torch",), f"torch.Tensor.{name}", site, text)
                return Product("torch.Tensor", varies=varying)
            return UNKNOWN
        if name in ("backward", "fit", "train"):
            self.note_work()
        if name in _TENSOR_OPERATIONS and self.uses_torch:
            self.note_operation(Call(f"torch.Tensor.{name}", func, args, kwargs, site, text))
        if name == "sample" and ("frac" in kwargs or ("n" in kwargs and "replace" in kwargs)):
            if v.is_none(kwargs.get("random_state", NONE)):
                self.draw(("numpy",), "pandas.DataFrame.sample", site, text)
            return Product("pandas.DataFrame")
        self._unresolved(name, site, text)
        self.hand_over(
            (*args, *kwargs.values()), site, runs=name in ("map", "apply", "run", "submit", "fit", "launch", "start")
        )
        return Unknown(func.varies or any(v.varies(arg) for arg in args))

    def _unresolved(self, name: str, site: int, text: str) -> None:
        """A call that cannot be followed may be the seed, if code by that name seeds in a module of this program."""
        if name in _UNSAFE_NAMES:
            return
        if name in self.seeding_names() or (looks_like_seeding(name) and name != "seed"):
            self.unclear(name, site, text)

    def call(self, func: Value, args: Args, kwargs: Kwargs, site: int, text: str = "") -> Value:
        """Call a value.

        :param site: the call's site in the calling module.
        :param text: the call as written, for witnesses.
        :returns: what it gives back, as far as is known.
        :raises PathEnds: if the call leaves the program.
        """
        if isinstance(func, Function):
            return self._call_function(func, args, kwargs, site, text)
        if isinstance(func, External):
            return self.call_library(func.name, func.receiver, args, kwargs, site, text)
        if isinstance(func, Class):
            return self._instantiate(func, args, kwargs, site, text)
        if isinstance(func, Partial):
            return self.call(func.func, (*func.args, *args), {**func.kwargs, **kwargs}, site, text)
        if isinstance(func, Instance):
            return self._call_instance(func, args, kwargs, site, text)
        if isinstance(func, Product):
            return self.call_product(func, args, kwargs, site, text)
        if isinstance(func, Choice):
            options = [option for option in func.options if not isinstance(option, Const | Unknown) and option is not ABSENT]
            if not options:
                return UNKNOWN
            return self.choose([partial(self.call, option, args, kwargs, site, text) for option in options])
        self.hand_over((*args, *kwargs.values()), site, runs=False)
        return Unknown(v.varies(func))

    def _call_instance(self, instance: Instance, args: Args, kwargs: Kwargs, site: int, text: str) -> Value:
        for name in ("__call__", "forward", "call"):
            located = instance.cls.find(name)
            if (
                located is not None
                and isinstance(located[0], Function)
                and (name == "__call__" or any(instance.cls.external_bases()))
            ):
                return self.call(located[0].bind(instance), args, kwargs, site, text)
        for base in instance.cls.external_bases():
            return self.call_library(f"{base}.__call__", instance, args, kwargs, site, text)
        return UNKNOWN

    # Functions.

    def _call_function(self, func: Function, args: Args, kwargs: Kwargs, site: int, text: str) -> Value:
        injected = self.call_command(func, args, kwargs, site)
        if injected is not None:
            args, kwargs = injected
        if func.generator and func.marked(*_CONTEXT_MANAGERS) is None:
            return Iteration(func, args, kwargs)
        if func.marked(*_CONTEXT_MANAGERS) is not None:
            return Partial(func, args, kwargs)
        if func.marked("functools.lru_cache", "functools.cache") is not None:
            return self._call_cached(func, args, kwargs, site, text)
        value = self._run_in_scopes(func, args, kwargs, site, text)
        if func.registered or func.marked("click.group") is not None:
            self.run_commands(func.registered, site)
        return value

    def _run_in_scopes(self, func: Function, args: Args, kwargs: Kwargs, site: int, text: str) -> Value:
        """Run a function, inside a library's context manager where that decorates it (``@isolated_rng(0)``)."""
        scope = next((mark for mark in func.marks if isinstance(mark, Product) and self.knowledge.scope(mark.name)), None)
        if scope is None:
            return self.run_function(func, args, kwargs, site, text)
        values: list[Value] = []

        def inside(_: Value) -> bool:
            values.append(self.run_function(func, args, kwargs, site, text))
            return True

        self.within_library(scope, inside, site, text)
        return values[0]

    def _call_cached(self, func: Function, args: Args, kwargs: Kwargs, site: int, text: str) -> Value:
        """A function under ``lru_cache`` runs once for each value of its arguments."""
        given = (*(v.fingerprint(value) for value in args), *((name, v.fingerprint(value)) for name, value in kwargs.items()))
        key = ("cached", id(func.decorated), given, self.process, bool(self.skipping))
        if key not in self._memo:
            self._keep_alive(func, *args, *kwargs.values())
            self._memo[key] = (self.run_function(func, args, kwargs, site, text), None)
        return self._memo[key][0]

    def run_function(
        self, func: Function, args: Args, kwargs: Kwargs, site: int, text: str, on_yield: Callable[[Value], bool] | None = None
    ) -> Value:
        """Run a function's body; for a generator, all of it, with ``on_yield`` called at each ``yield``."""
        active = self._active.count(func.decorated)
        if len(self.frames) > MAX_DEPTH or active > 1:
            return UNKNOWN
        bound = self._bind_arguments(func, args, kwargs)
        if active:
            # What a recursive call is given changes from level to level: both ways out of it may be taken.
            bound = {name: self._forget(value) for name, value in bound.items()}
        key: Any = None
        if on_yield is None:
            count = self._contexts.get(id(func.decorated), 0)
            if count > MAX_CONTEXTS:
                bound = {name: self._forget(value) for name, value in bound.items()}
            key = (
                id(func.decorated), v.fingerprint(func.bound), tuple(v.fingerprint(value) for value in bound.values()),
                self.state, self.worker, self.process, self.possible > 0, bool(self.skipping), self.globals_version, func.scope.kind,
            )  # fmt: skip
            known = self._memo.get(key)
            if known is not None:
                return self._replay(known)
            self._contexts[id(func.decorated)] = count + 1
            self._keep_alive(func, func.bound, *bound.values())
        self.story.functions.add(Place(func.scope.module, func.site))
        scope = Scope(func.scope.module, "function", func.scope)
        scope.vars.update(bound)
        frame = Frame(scope, Link(self.place(site), text or f"{func.name}()"), func)
        frame.on_yield = on_yield
        self.frames.append(frame)
        for name, value in bound.items():
            self.note_seed(name, value, func.site, func.site)
        self.note_flags(func.site)
        self._active.append(func.decorated)
        try:
            self.note_cuda(func.body)
            falls = self.block(func.body)
        except PathEnds:
            if key is not None:
                self._memo[key] = (UNKNOWN, None)
            raise
        finally:
            self._active.pop()
            self.frames.pop()
        return self._leave(frame, falls, key, func)

    def _leave(self, frame: Frame, falls: bool, key: Any, func: Function) -> Value:
        if falls:
            frame.returned = v.join(frame.returned, NONE) if frame.exit_state is not None else NONE
            frame.exit_state = lattice.join(frame.exit_state, self.state)
        # A function that only raises is taken as returning: which exception is caught where is not followed.
        state = frame.exit_state if frame.exit_state is not None else frame.raised or self.state
        value = frame.returned if frame.returned is not None else UNKNOWN
        if func.generator:
            value = frame.yielded if frame.yielded is not None else UNKNOWN
        self.state = state
        if key is not None:
            self._memo[key] = (value, state)
        return value

    def _keep_alive(self, *values: Value | None) -> None:
        """Keys hold the identities of objects, so these must not pass to new objects while the run goes on."""
        self._kept.extend(value for value in values if value is not None)

    def _replay(self, known: tuple[Value, State | None]) -> Value:
        value, state = known
        if state is None:
            raise PathEnds
        self.state = state
        if isinstance(value, Instance | Product):
            self.note_drawn(value.drawn)
        return value

    @staticmethod
    def _forget(value: Value) -> Value:
        return UNKNOWN if isinstance(value, Const | Sequence | Product) else value

    def _bind_arguments(self, func: Function, args: Args, kwargs: Kwargs) -> dict[str, Value]:
        remaining = list(args) if func.bound is None else [func.bound, *args]
        given = dict(kwargs)
        unsure = bool(given.pop("*", None)) | bool(given.pop("**", None))
        bound: dict[str, Value] = {}
        for name, kind, default, annotation in func.params:
            if kind == "var":
                bound[name] = self.new_sequence("tuple", remaining, open="*" in kwargs)
                remaining = []
            elif kind == "varkw":
                bound[name] = self.new_mapping(dict(given), open="**" in kwargs)
                given = {}
            elif kind in ("positional", "both") and remaining:
                bound[name] = remaining.pop(0)
            elif kind != "positional" and name in given:
                value = given.pop(name)
                missing = ABSENT in v.options_of(value)
                bound[name] = v.join(self._default(func, name), self.present(value)) if missing else value
            elif default is not None:
                bound[name] = v.join(self._default(func, name), UNKNOWN) if unsure else self._default(func, name)
            else:
                bound[name] = (self.from_annotation(annotation, func) if annotation is not None else None) or UNKNOWN
        return bound

    def _default(self, func: Function, name: str) -> Value:
        return self.declared_default(func.defaults.get(name, UNKNOWN), f"`{name}`")

    def from_annotation(self, annotation: Node, func: Function | None = None) -> Value | None:
        """A parameter that nothing is passed for, when its annotation is a configuration class with defaults."""
        if annotation[0] not in (s.NAME, s.ATTR):
            return None
        scope = func.scope if func is not None else None
        if scope is not None:
            self.frames.append(Frame(scope, None))
        try:
            cls = self.expr(annotation)
        finally:
            if scope is not None:
                self.frames.pop()
        if isinstance(cls, Class) and self.is_record(cls):
            return self.instantiate_defaults(cls, {}, self.site)
        return None

    # Generators and iteration.

    def run_iteration(self, iteration: Iteration, site: int, on_yield: Callable[[Value], bool] | None = None) -> Value:
        return self.run_function(
            iteration.function, iteration.args, iteration.kwargs, site, f"{iteration.function.name}()", on_yield
        )

    def iterate_instance(self, instance: Instance, site: int) -> Value:
        """One element of an object of the project: from ``__iter__`` and ``__next__``, or ``__getitem__``."""
        method = instance.cls.find("__iter__")
        if method is not None and isinstance(method[0], Function):
            iterator = self.call(method[0].bind(instance), (), {}, site, f"iter({instance.cls.name})")
            if isinstance(iterator, Instance):
                following = iterator.cls.find("__next__")
                if following is not None and isinstance(following[0], Function):
                    return self.call(following[0].bind(iterator), (), {}, site, f"next({instance.cls.name})")
                return UNKNOWN
            return self.iterate(iterator, site)
        method = instance.cls.find("__getitem__")
        if method is not None and isinstance(method[0], Function):
            return self.call(method[0].bind(instance), (UNKNOWN,), {}, site, f"{instance.cls.name}.__getitem__()")
        return self.iterate(instance.base, site) if instance.base is not None else UNKNOWN

    # Classes.

    def _instantiate(self, cls: Class, args: Args, kwargs: Kwargs, site: int, text: str) -> Value:
        located = cls.find("__init__")
        key = None
        if not any(isinstance(value, Instance) for value in (*args, *kwargs.values())):
            given = (
                *(v.fingerprint(value) for value in args),
                *((name, v.fingerprint(value)) for name, value in kwargs.items()),
            )
            key = (
                "new", id(cls), given, self.state, self.worker, self.process, self.possible > 0, bool(self.skipping), self.uncertain
            )  # fmt: skip
            known = self._memo.get(key)
            if known is not None:
                return self._replay(known)
        self._keep_alive(cls, *args, *kwargs.values())
        instance = self.new_instance(cls)
        self.start_building()
        metaclass_call = cls.find("__new__")
        if metaclass_call is not None and isinstance(metaclass_call[0], Function) and located is None:
            made = self.call(metaclass_call[0], (cls, *args), kwargs, site, text)
            if isinstance(made, Instance):
                self.finish_building()
                return made
        bases = list(cls.external_bases())
        if any(self.knowledge.canonical(base) in _NETWORKS for base in bases):
            self.story.runs_networks = True
        if located is not None and isinstance(located[0], Function):
            self.run_function(located[0].bind(instance), args, kwargs, site, text or f"{cls.name}()")
        elif self.is_record(cls):
            self._fill_record(instance, args, kwargs, site)
        else:
            for base in bases:
                made_of = self.call_library(base, instance, args, kwargs, site, text)
                instance.base = instance.base or (made_of if isinstance(made_of, Product) else None)
        instance.drawn = self.finish_building() | v.drawn_in((*args, *kwargs.values()))
        if key is not None:
            self._memo[key] = (instance, self.state)
        return instance

    def is_record(self, cls: Class) -> bool:
        """Whether a class gets its constructor from its annotated fields (dataclass, attrs, pydantic, NamedTuple …)."""
        marks = [mark for ancestor in cls.lineage() for mark in ancestor.marks]
        names = {mark.name for mark in marks if isinstance(mark, External | Product)}
        if any(
            name.rpartition(".")[2] in ("dataclass", "define", "frozen", "attrs", "s", "configclass", "chz") for name in names
        ):
            return True
        return any(base in _DATACLASS_BASES for base in cls.external_bases())

    def _fill_record(self, instance: Instance, args: Args, kwargs: Kwargs, site: int) -> None:
        remaining = list(args)
        for ancestor in reversed(list(instance.cls.lineage())):
            for name, (annotation, default) in ancestor.fields.items():
                if name in kwargs:
                    value = kwargs[name]
                elif remaining:
                    value = remaining.pop(0)
                elif default is None:
                    value = UNKNOWN
                else:
                    value = self.declared_default(ancestor.attrs.get(name, UNKNOWN), f"`{name}`")
                    if annotation is not None and isinstance(value, Unknown):
                        value = self._nested_record(ancestor, annotation) or value
                instance.attrs[name] = value
        if any(instance.cls.external_bases()):
            # A library's record below it has fields of its own (``TrainingArguments``).
            for name, value in kwargs.items():
                if name not in ("*", "**"):
                    instance.attrs.setdefault(name, value)
        method = instance.cls.find("__post_init__")
        if method is not None and isinstance(method[0], Function):
            self.run_function(method[0].bind(instance), (), {}, site, f"{instance.cls.name}.__post_init__()")

    def _nested_record(self, cls: Class, annotation: Node) -> Value | None:
        self.frames.append(Frame(cls.scope, None))
        try:
            return self.from_annotation(annotation)
        finally:
            self.frames.pop()

    def instantiate_defaults(self, cls: Class, kwargs: Kwargs, site: int) -> Value:
        return self._instantiate(cls, (), kwargs, site, f"{cls.name}()")

    # Decorators and context managers.

    def decorate(self, decorator: Value, target: Value, site: int, text: str) -> Value:
        """What a name is bound to when ``target`` is defined under ``decorator``."""
        if isinstance(decorator, External | Product):
            known = self.decorate_with_library(decorator, target, site)
            if known is not None:
                return known
            if isinstance(target, Function | Class):
                target.marks.append(self._canonical_mark(decorator))
            return target
        if isinstance(decorator, Function | Class | Partial | Instance | Choice):
            made = self.call(decorator, (target,), {}, site, f"@{text}")
            return target if isinstance(made, Unknown | Const) else made
        return target

    def _canonical_mark(self, mark: External | Product) -> Value:
        name = self.knowledge.canonical(mark.name)
        if isinstance(mark, External):
            return External(name, mark.receiver)
        return Product(name, mark.args, mark.kwargs)

    def within(self, manager: Value, inside: Callable[[Value], bool], site: int, text: str) -> bool:
        """Run a with-block: ``inside`` is its body, given what ``as`` binds; returns whether control falls through."""
        outcome: list[bool] = []

        def once(value: Value) -> bool:
            if not outcome:
                outcome.append(self._in_callers_frame(frame_count, lambda: inside(value)))
            return outcome[0]

        frame_count = len(self.frames)
        if isinstance(manager, Partial) and isinstance(manager.func, Function) and manager.func.generator:
            self.run_function(manager.func, manager.args, manager.kwargs, site, text, on_yield=once)
            return outcome[0] if outcome else inside(UNKNOWN)
        if isinstance(manager, Instance):
            entered: Value = manager
            for name in ("__enter__", "__aenter__"):
                method = manager.cls.find(name)
                if method is not None and isinstance(method[0], Function):
                    entered = self.call(method[0].bind(manager), (), {}, site, f"with {text}")
            leave = next(
                (found[0] for name in ("__exit__", "__aexit__") if (found := manager.cls.find(name)) is not None), None
            )
            if not isinstance(leave, Function):
                return inside(entered)
            method_of = leave.bind(manager)

            def cleanup() -> Value:
                return self.call(method_of, (NONE, NONE, NONE), {}, site, f"with {text}")

            with self.leaving() as left:
                falls = inside(entered)
                after = self.state
                left(cleanup)
                self.state = after
                if falls:
                    cleanup()
            return falls
        return self.within_library(manager, inside, site, text)

    def _in_callers_frame(self, count: int, body: Callable[[], bool]) -> bool:
        """The block of a with-statement runs in the function that holds it, while the generator waits at its yield."""
        waiting = self.frames[count:]
        del self.frames[count:]
        try:
            return body()
        finally:
            self.frames.extend(waiting)
