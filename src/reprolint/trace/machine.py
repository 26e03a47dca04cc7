"""The state of one abstract run, and what its parts (`statements`, `expressions`, `calls`) share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Items
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Body, Node
from reprolint.knowledge import Knowledge
from reprolint.model import FAMILIES, Family
from reprolint.program.imports import Finder
from reprolint.program.project import Module, Project
from reprolint.trace import lattice
from reprolint.trace import values as v
from reprolint.trace.lattice import FRESH, State
from reprolint.trace.story import Event, Link, Place, SeedOption, SeedSource, Story, verdicts
from reprolint.trace.values import ABSENT, UNKNOWN, Args, Function, Kwargs, Mapping, ModuleValue, Scope, Sequence, Value

BUDGET: Final = 2_000_000
"""Steps of one program before the analysis gives up on it, quietly; about ten seconds."""

MAX_DEPTH: Final = 70
"""Calls inside calls; deeper ones are taken as unknown."""


WORKSPACE: Final = "CUBLAS_WORKSPACE_CONFIG"
REPEATABLE: Final = (":4096:8", ":16:8")
"""Its values with which cuBLAS is repeatable: https://docs.nvidia.com/cuda/cublas/index.html#results-reproducibility"""


class PathEnds(Exception):
    """The path being followed leaves the program (``sys.exit``)."""


class GaveUp(Exception):
    """The program is too large for the budget."""


class Loop:
    """What leaves a loop by ``break`` and what returns to its head by ``continue``."""

    def __init__(self) -> None:
        self.broken: State | None = None
        self.continued: State | None = None


class Frame:
    """One running function, module or class body."""

    __slots__ = ("exit_state", "function", "link", "loops", "on_yield", "raised", "returned", "scope", "yielded")

    def __init__(self, scope: Scope, link: Link | None, function: Function | None = None) -> None:
        self.scope = scope
        self.link = link
        self.function = function
        self.returned: Value | None = None
        self.yielded: Value | None = None
        self.exit_state: State | None = None
        self.raised: State | None = None
        self.loops: list[Loop] = []
        self.on_yield: Callable[[Value], bool] | None = None


class Machine:
    """One run of one program."""

    def __init__(self, project: Project, finder: Finder, knowledge: Knowledge, entry: Module) -> None:
        self.project = project
        self.finder = finder
        self.knowledge = knowledge
        self.entry = entry
        self.story = Story(entry, torch=knowledge.torch)
        self.state: State = FRESH
        self.frames: list[Frame] = []
        self.modules: dict[Module, ModuleValue] = {}
        self.site = 0
        self.steps = 0
        self.uncertain = 0
        """Undecided branches around the current statement: changes to older objects may or may not happen."""
        self.choices: frozenset[tuple[int, int]] = frozenset()
        """The branches around the current statement that are taken once in a run, each with the alternative that is followed."""
        self._branches = 0
        self.possible = 0
        """Depth of code that may never run at all: what it draws is no witness."""
        self.skipping: list[str] = []
        """Conditions, false by default, that keep the code being looked at from running."""
        self.process = 0
        self.processes = 0
        self.worker = False
        self.starting: bool | None = None
        """While the function runs that a DataLoader's worker starts with: whether it runs again in every epoch."""
        self.spawns = False
        """Whether new processes are started by spawn."""
        self.uses_torch = False
        self.globals_version = 0
        self.flags_defined: dict[str, Value] = {}
        """absl flags by name."""
        self.flags_parsed = False
        """Whether absl's flags can be read by now."""
        self.flag_holders: dict[Module, dict[str, Value]] = {}
        """Module variables that hold ``absl.flags.FLAGS``, or one flag."""
        self.stored_configs: dict[str, Value] = {}
        """hydra's ConfigStore by name."""
        self.seen_cuda: set[int] = set()
        self.varying_place: Place | None = None
        """The last call that gave a value which differs from run to run."""
        self.environment: set[object] = set()
        """Variables of the environment that the program itself sets."""
        self.undone: set[int] = set()
        """Numbers of the events that switched determinism off and after which torch has not worked yet."""
        self.without_gradient = 0
        """Depth of blocks in which torch keeps no gradients."""
        self._seeding_names: set[str] = set()
        self._names_of = 0
        self.put_off: dict[Module, Link] = {}
        """The import of each module that was put off."""
        self._building: list[set[int]] = []
        self.registry_reads = 0
        """Modules that were read only to fill a registry."""
        self.registry_misses: set[tuple[str | None, int]] = set()
        """Look-ups that nothing fills; the dictionaries are made while importing and live as long as the run."""

    # What the parts provide for one another.

    def block(self, body: Body) -> bool:
        raise NotImplementedError

    def expr(self, node: Node) -> Value:
        raise NotImplementedError

    def call(self, func: Value, args: Args, kwargs: Kwargs, site: int, text: str = "") -> Value:
        raise NotImplementedError

    def attribute(self, value: Value, name: str) -> Value:
        raise NotImplementedError

    def present(self, value: Value) -> Value:
        raise NotImplementedError

    def iterate(self, value: Value, site: int) -> Value:
        raise NotImplementedError

    def exercise(self, value: Value, site: int, depth: int = 0) -> None:
        raise NotImplementedError

    def import_module(self, target: Module | str, site: int, text: str) -> ModuleValue | v.External:
        raise NotImplementedError

    def from_deferred_stars(self, scope: Scope, name: str) -> Value | None:
        raise NotImplementedError

    def materialize(self, scope: Scope) -> None:
        raise NotImplementedError

    def instantiate_defaults(self, cls: v.Class, kwargs: Kwargs, site: int) -> Value:
        raise NotImplementedError

    def seeding_names(self) -> set[str]:
        """Names of functions that seem to seed, of all modules imported so far."""
        for module in list(self.modules)[self._names_of :]:
            self._seeding_names |= module.seeding_names
        self._names_of = max(self._names_of, len(self.modules))
        return self._seeding_names

    # Where we are.

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def scope(self) -> Scope:
        return self.frames[-1].scope

    @property
    def module(self) -> Module:
        return self.frames[-1].scope.module

    def place(self, site: int | None = None) -> Place:
        return Place(self.module, self.site if site is None else site)

    def chain(self, site: int, text: str) -> tuple[Link, ...]:
        links = [frame.link for frame in self.frames if frame.link is not None]
        return (*links, Link(self.place(site), text))

    def step(self) -> None:
        self.steps += 1
        if self.steps > BUDGET:
            raise GaveUp

    # Paths.

    def branch(self, alternatives: Items[Callable[[], bool]], by_hardware: bool = True) -> bool:
        """Run each alternative from the present state and join those that fall through.

        :param by_hardware: whether the machine's hardware decides; a switch that only data or the user turn on is not known
            to be on.
        :returns: whether any of them does.
        """
        before, variables = self.state, self.scope.vars
        saved = dict(variables)
        arrived: list[tuple[State, dict[str, Value]]] = []
        ended = 0
        self.uncertain += 1
        choices, self._branches = self.choices, self._branches + 1
        branch, repeats = self._branches, any(frame.loops for frame in self.frames)
        try:
            for number, alternative in enumerate(alternatives):
                self.state = before
                if not repeats:
                    self.choices = choices | {(branch, number)}
                _restore(variables, saved)
                try:
                    falls = alternative()
                except PathEnds:
                    falls = False
                    ended += 1
                if falls:
                    arrived.append((self.state, dict(variables)))
        finally:
            self.uncertain -= 1
            self.choices = choices
        if ended == len(alternatives):
            raise PathEnds
        if not arrived:
            return False
        state, merged = arrived[0]
        for other_state, other in arrived[1:]:
            state = lattice.join(state, other_state)
            for name in other.keys() | merged.keys():
                left, right = merged.get(name, ABSENT), other.get(name, ABSENT)
                if left is not right:
                    merged[name] = right if left is ABSENT else left if right is ABSENT else v.join(left, right)
        if not by_hardware and any(state.flags != other.flags for other, _ in arrived):
            for flag in lattice.FLAGS:
                if any("on" not in other.flag(flag) for other, _ in arrived) and "on" in state.flag(flag):
                    state = state.with_flag(flag, "unknown")
        self.state = state
        _restore(variables, merged)
        return True

    def choose(self, alternatives: Items[Callable[[], Value]]) -> Value:
        """As `branch`, for expressions: the value is the join of the alternatives' values."""
        results: list[Value] = []

        def run(alternative: Callable[[], Value]) -> Callable[[], bool]:
            def body() -> bool:
                results.append(alternative())
                return True

            return body

        if not self.branch([run(alternative) for alternative in alternatives]):
            raise PathEnds
        value = results[0]
        for other in results[1:]:
            value = v.join(value, other)
        return value

    @contextmanager
    def skipped(self, reason: str) -> Iterator[None]:
        """Look at code that does not run by default: only its seeds are noted, and nothing else changes."""
        before, variables = self.state, self.scope.vars
        saved, frame = dict(variables), self.frame
        kept = (frame.returned, frame.exit_state, frame.raised, frame.on_yield, self.uncertain)
        loops, frame.loops, frame.on_yield = frame.loops, [Loop()], None
        modules = dict(self.modules)
        self.skipping.append(reason)
        self.possible += 1
        self.uncertain += 1_000
        try:
            yield
        except PathEnds:
            pass
        finally:
            self.skipping.pop()
            self.possible -= 1
            self.state = before
            self.modules = modules  # what was imported here has not been imported yet
            frame.loops = loops
            frame.returned, frame.exit_state, frame.raised, frame.on_yield, self.uncertain = kept
            _restore(variables, saved)

    # Events.

    def draw(self, families: tuple[Family, ...], name: str, site: int, text: str, certain: bool = True) -> bool:
        """Note that generators are drawn from; returns whether the drawn values differ from run to run."""
        states = verdicts(families, self.state)
        if not self.skipping:
            number = self.story.record(
                Event(
                    "draw", families, name, self.chain(site, text), states,
                    certain=certain and not self.possible, process=self.process, worker=self.worker,
                    fresh=tuple(one for one in families if any(kind == lattice.UNSEEDED for kind, _ in self.state.of(one))),
                ),
                self.choices,
            )  # fmt: skip
            self.note_drawn(frozenset({number}))
        return any(state in (lattice.UNSEEDED, lattice.VARYING) for state in states)

    def start_building(self) -> None:
        self._building.append(set())

    def finish_building(self) -> frozenset[int]:
        """The events that drew since `start_building`."""
        return frozenset(self._building.pop())

    def note_drawn(self, numbers: frozenset[int]) -> None:
        for building in self._building:
            building |= numbers

    def seed(
        self, families: tuple[Family, ...], name: str, site: int, text: str, varying: str = "", value: Value | None = None
    ) -> None:
        """Note that generators are seeded; ``varying`` says in words why the seed differs from run to run."""
        if not families:
            return
        chain = self.chain(site, text)
        if self.skipping:
            if not varying:
                self.story.record(
                    Event("skipped", families, name, chain, detail=self.skipping[-1], process=self.process, value=value)
                )
            return
        certain = not self.possible
        if self.starting is not None:
            self._note_worker(families, name, chain, varying, value)
        number = self.story.record(
            Event(
                "seed", families, name, chain, detail=varying, certain=certain, process=self.process, worker=self.worker,
                value=value, source=self.varying_place if varying else None,
            ),
            self.choices,
        )  # fmt: skip
        marks = frozenset({(lattice.VARYING if varying else lattice.SEEDED, number)})
        after = self.state.with_marks(families, marks)
        self.state = after if certain else lattice.join(self.state, after)

    def note_workspace(self, name: object, value: Value, site: int, text: str) -> None:
        """Note what the program sets cuBLAS's variable to, if it is that one."""
        if name == WORKSPACE:
            repeatable = v.Const(value.value in REPEATABLE) if isinstance(value, v.Const) else UNKNOWN
            self.set_flag("cublas_workspace", repeatable, WORKSPACE, site, text)

    @contextmanager
    def starting_worker(self, every_epoch: bool) -> Iterator[None]:
        """What runs inside is the function that a DataLoader's worker starts with."""
        before, self.starting = self.starting, every_epoch
        try:
            yield
        finally:
            self.starting = before

    def _note_worker(
        self, families: tuple[Family, ...], name: str, chain: tuple[Link, ...], varying: str, value: Value | None
    ) -> None:
        """Note a worker's seed that is the same in all workers, the same in every epoch, or another one in every run."""
        if varying:
            reason = varying
        elif isinstance(value, v.Const) and value.value is not None:
            reason = "constant"
        elif value == v.WORKER and self.starting:
            reason = "number"
        else:
            return
        event = Event(
            "worker", families, name, chain, detail=reason, certain=not self.possible, process=self.process, worker=True
        )
        self.story.record(event)

    def note_environment(self, name: str, site: int, text: str) -> None:
        """Note that the program sets a variable of its own environment."""
        if not self.skipping:
            chain = self.chain(site, text)
            self.story.record(Event("environment", (), name, chain, certain=not self.possible, process=self.process))

    def note_local(self, family: Family, name: str, site: int, text: str, reason: str) -> None:
        """Note a generator of the program's own that differs from run to run; ``reason`` is empty where it has no seed at all."""
        if not self.skipping:
            event = Event(
                "local", (family,), name, self.chain(site, text), detail=reason,
                certain=not self.possible, process=self.process, source=self.varying_place if reason else None,
            )  # fmt: skip
            self.story.record(event)

    def unclear(self, name: str, site: int, text: str, families: tuple[Family, ...] = FAMILIES) -> None:
        """Note a call that cannot be followed and that may seed."""
        if self.skipping:
            return
        number = self.story.record(Event("unresolved", families, name, self.chain(site, text), process=self.process))
        after = self.state.with_marks(families, frozenset({(lattice.UNCLEAR, number)}))
        self.state = lattice.join(self.state, after)

    def set_flag(self, flag: str, value: Value, name: str, site: int, text: str) -> None:
        if self.skipping or flag not in lattice.FLAGS:
            return
        known = v.truth(value)
        shown = "unknown" if known is None else "on" if known else "off"
        undoes = shown == "off" and self.state.flag(flag) == {"on"}
        number = self.story.record(
            Event(
                "flag", (), flag, self.chain(site, text), detail=shown, certain=not self.possible, process=self.process,
                undoes=undoes,
            )
        )  # fmt: skip
        if undoes:
            self.undone.add(number)
        after = self.state.with_flag(flag, shown)
        self.state = after if not self.possible else lattice.join(self.state, after)

    def note_work(self) -> None:
        """Note that torch works, as the switches are."""
        if self.undone and not self.possible:
            self.story.felt |= self.undone
            self.undone.clear()

    def note_seed(self, name: str, value: Value, site: int, function: int | None, called: str = "") -> None:
        """Note a variable that holds a seed, or an object that has one.

        :param name: an expression that gives the value in the module or function that runs.
        :param called: the value's own name where it goes by another one here.
        """
        if self.scope.kind not in ("module", "function"):
            return  # a class's names are read through the class, a comprehension's only inside it
        if _is_flags(value) and function is None:
            self.flag_holders.setdefault(self.module, {})[name] = value  # what a module binds is bound before flags are parsed
            return
        for expression, seed in self._flags_of(name, value) if _is_flags(value) else _seeds_in(name, value, called):
            self.story.seed_sources.append(SeedSource(self.module, function, site, expression, seed, len(self.story.events)))

    def note_option(self, option: str, name: str, read: str, *links: Link) -> None:
        """Note an option for a seed that the command line or a configuration has.

        :param links: from here to where it is declared.
        """
        if is_seed_name(name) and not self.skipping:
            around = (frame.link for frame in self.frames if frame.link is not None)
            self.story.seed_options.append(SeedOption(option, name, read, (*around, *links)))

    def note_parameters(self, func: v.Function, site: int, text: str, filled: Items[str] | None = None) -> None:
        """Note the seeds among the parameters of a function that the command line fills.

        :param filled: those that it fills; None: all.
        """
        for name in [name for name, _, _, _ in func.params] if filled is None else filled:
            declared = Link(Place(func.scope.module, func.site), f"def {func.name}(… {name} …)")
            self.note_option(f"--{name.replace('_', '-')}", name, name, Link(self.place(site), text), declared)

    def note_fields(self, cls: v.Class, site: int, text: str) -> None:
        """Note the seeds among the fields of a record that the command line fills; a library may read those of its own records."""
        if any(cls.external_bases()):
            return
        for ancestor in cls.lineage():
            for name in ancestor.fields:
                declared = Link(Place(ancestor.scope.module, ancestor.site), f"class {ancestor.name}: {name}")
                self.note_option(f"{ancestor.name}.{name}", name, f"config.{name}", Link(self.place(site), text), declared)

    def note_flags(self, site: int) -> None:
        """Note the seeds among absl's flags that can be read where the program is now."""
        function = self.frame.function.site if self.frame.function is not None else None
        for name, value in self.flag_holders.get(self.module, {}).items():
            for expression, seed in self._flags_of(name, value):
                self.story.seed_sources.append(
                    SeedSource(self.module, function, site, expression, seed, len(self.story.events))
                )

    def _flags_of(self, name: str, value: Value) -> Iterator[tuple[str, Value]]:
        if not self.flags_parsed:
            return
        if isinstance(value, v.Product):
            flag = value.kwargs.get("name")
            if isinstance(flag, v.Const) and is_seed_name(flag.value):
                yield f"{name}.value", value.kwargs["value"]
            return
        for flag_name, default in self.flags_defined.items():
            if is_seed_name(flag_name):
                yield f"{name}.{flag_name}", default

    # Objects that change.

    def set_attribute(self, target: Value, name: str, value: Value) -> None:
        for option in v.options_of(target):
            weak = isinstance(target, v.Choice)
            if isinstance(option, v.Instance):
                option.attrs[name] = self._changed(option.attrs, name, value, weak or self.uncertain > option.born)
                option.version += 1
            elif isinstance(option, v.Product):
                option.attrs[name] = self._changed(option.attrs, name, value, weak or self.uncertain > option.born)
            elif isinstance(option, Mapping):
                option.entries[name] = self._changed(option.entries, name, value, weak or self.uncertain > option.born)
            elif isinstance(option, v.Class):
                option.attrs[name] = value
            elif isinstance(option, ModuleValue) and option.scope is not None:
                option.scope.vars[name] = value

    def set_item(self, target: Value, key: Value, value: Value) -> None:
        for option in v.options_of(target):
            weak = isinstance(target, v.Choice)
            if isinstance(option, v.External) and option.name == "os.environ" and isinstance(key, v.Const):
                self.environment.add(key.value)
                text = f'os.environ["{key.value}"] = …'
                self.note_environment(str(key.value), self.site, text)
                self.note_workspace(key.value, value, self.site, text)
            elif isinstance(option, Mapping):
                if isinstance(key, v.Const) and _hashable(key.value):
                    weak = weak or self.uncertain > option.born
                    option.entries[key.value] = self._changed(option.entries, key.value, value, weak)
                elif len(option.rest) < 200:
                    option.rest.append(value)
                    option.open = True
            elif isinstance(option, Sequence):
                option.open = True
                if len(option.items) < 200:
                    option.items.append(value)

    @staticmethod
    def _changed(entries: dict[str, Value], name: str, value: Value, weak: bool) -> Value:
        return v.join(entries.get(name, ABSENT), value) if weak else value

    def new_instance(self, cls: v.Class) -> v.Instance:
        return v.Instance(cls, self.uncertain)

    def new_mapping(self, entries: dict[Any, Value] | None = None, open: bool = False, plain: bool = False) -> Mapping:
        mapping = Mapping(entries, open=open, born=self.uncertain)
        mapping.plain = plain
        mapping.imported = self.importing()
        return mapping

    def importing(self) -> bool:
        """Whether what runs now runs because a module other than the entry point is imported."""
        for frame in reversed(self.frames):
            if frame.scope.kind == "module":
                return frame.scope.module is not self.entry
        return False

    def new_product(self, name: str, args: Args = (), kwargs: Kwargs | None = None, varies: bool = False) -> v.Product:
        product = v.Product(name, args, kwargs, varies)
        product.born = self.uncertain
        return product

    def new_sequence(self, kind: str, items: Items[Value] = (), open: bool = False) -> Sequence:
        return Sequence(kind, items, open, self.uncertain)

    # Names.

    def lookup(self, name: str) -> Value:
        scope: Scope | None = self.scope
        while scope is not None:
            if name in scope.vars and name not in scope.globals:
                return scope.vars[name]
            scope = scope.parent
            # A class body is no enclosing scope for the functions written in it.
            while scope is not None and scope.kind == "class":
                scope = scope.parent
        module = self.modules.get(self.module)
        if module is not None and module.scope is not None:
            if name in module.scope.vars:
                return module.scope.vars[name]
            starred = self.from_deferred_stars(module.scope, name)
            if starred is not None:
                return starred
            for star in reversed(module.scope.stars):
                if self.is_known(f"{star}.{name}"):
                    return v.External(f"{star}.{name}")
        if name in BUILTINS:
            return v.External(f"builtins.{name}")
        return UNKNOWN

    def is_known(self, dotted: str) -> bool:
        """Whether a library name is one that the knowledge base has anything to say of."""
        name = self.knowledge.canonical(dotted)
        return bool(self.knowledge.draws(name)) or self.knowledge.seed(name) is not None


BUILTINS: Final = frozenset(
    "abs all any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir divmod "
    "enumerate eval exec exit filter float format frozenset getattr globals hasattr hash hex id input int isinstance issubclass "
    "iter len list locals map max memoryview min next object oct open ord pow print property quit range repr reversed round set "
    "setattr slice sorted staticmethod str sum super tuple type vars zip __import__ __build_class__ Exception ValueError "
    "NotImplementedError KeyboardInterrupt ImportError RuntimeError TypeError KeyError SystemExit".split()
)


_SEED_NAME: Final = re.compile(
    r"^(?:(?:global|random|rng|rnd|base|master|init|initial|manual|torch|np|numpy|train|exp|experiment)_?)?seed(?:_?(?:value|val|number|num))?$"
    r"|^random_?state$",
    re.IGNORECASE,
)


_CONFIGURATION: Final = re.compile(r"^(?:cfg|configs?|conf|args|flags|opts?|hparams|settings|params)$", re.IGNORECASE)


@lru_cache(maxsize=8192)
def is_seed_name(name: str) -> bool:
    return _SEED_NAME.match(name) is not None


def may_hold_seed(name: str) -> bool:
    """Whether a name promises a seed or a configuration, so that reading a module for what it means is worth while."""
    return is_seed_name(name) or _CONFIGURATION.match(name) is not None


def _is_flags(value: Value) -> bool:
    if isinstance(value, v.External):
        return value.name.endswith("absl.flags.FLAGS")
    return isinstance(value, v.Product) and value.name == "absl.flags.FlagHolder"


def _seeds_in(name: str, value: Value, called: str = "", depth: int = 0) -> Iterator[tuple[str, Value]]:
    """Expressions that read a seed from a variable, with their values."""
    if is_seed_name(called or re.findall(r"\w+", name)[-1]):
        if isinstance(value, v.Const | v.Unknown | v.Choice):
            yield name, value
        return
    if depth > 1:
        return
    if isinstance(value, Mapping):
        for key, inner in list(value.entries.items()):
            if isinstance(key, str) and (is_seed_name(key) or isinstance(inner, Mapping)):
                yield from _seeds_in(f'{name}["{key}"]' if value.plain else f"{name}.{key}", inner, key, depth + 1)
    elif isinstance(value, v.Instance):
        of_class = {
            key: inner for cls in reversed(value.cls.lineage()) for key, inner in cls.attrs.items() if is_seed_name(key)
        }
        for key, inner in {**of_class, **value.attrs}.items():
            # What goes through `__dict__` may have keys of any kind.
            if isinstance(key, str) and (is_seed_name(key) or isinstance(inner, v.Instance | Mapping)):
                yield from _seeds_in(f"{name}.{key}", inner, key, depth + 1)
    elif isinstance(value, v.Class):
        for key, inner in list(value.attrs.items()):
            if is_seed_name(key):
                yield from _seeds_in(f"{name}.{key}", inner, key, depth + 1)
    elif isinstance(value, ModuleValue) and value.scope is not None:
        for key, inner in list(value.scope.vars.items()):
            if (
                is_seed_name(key)
                or isinstance(inner, v.Instance | Mapping)
                or (isinstance(inner, v.Class) and may_hold_seed(key))
            ):
                yield from _seeds_in(f"{name}.{key}", inner, key, depth + 1)


def _restore(variables: dict[str, Value], saved: dict[str, Value]) -> None:
    variables.clear()
    variables.update(saved)


def _hashable(value: object) -> bool:
    return isinstance(value, str | int | float | bool | bytes | None.__class__ | tuple)


def assigned(body: Body, memo: dict[int, tuple[Body, frozenset[str]]]) -> frozenset[str]:
    """Names that a block assigns, nested functions and classes left out."""
    known = memo.get(id(body))
    if known is not None and known[0] is body:
        return known[1]
    names: set[str] = set()
    stack: list[object] = [body]
    while stack:
        node = stack.pop()
        if not isinstance(node, tuple) or not node:
            continue
        if node[0] in (s.DEF, s.CLASS, s.LAMBDA):
            names.add(node[2]) if node[0] != s.LAMBDA else None
            continue
        if node[0] == s.ASSIGN:
            for target in node[2]:
                names.update(target_names(target))
        elif node[0] == s.AUGMENT:
            names.update(target_names(node[2]))
        elif node[0] == s.FOR:
            names.update(target_names(node[2]))
        elif node[0] == s.WALRUS:
            names.add(node[1])
        stack.extend(node)
    memo[id(body)] = (body, frozenset(names))
    return memo[id(body)][1]


def target_names(target: Node) -> Iterator[str]:
    if target[0] == s.NAME:
        yield target[1]
    elif target[0] == s.SEQ:
        for item in target[2]:
            yield from target_names(item)
    elif target[0] == s.STAR:
        yield from target_names(target[1])
