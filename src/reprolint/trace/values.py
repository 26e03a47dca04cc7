"""Abstract values: as much of an object as deciding a branch, following a call or judging a seed needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from reprolint.facts.schema import Body, Node, Param

if TYPE_CHECKING:
    from reprolint.program.project import Module
    from reprolint.trace.story import OwnDraw


class Value:
    """Base of all abstract values. Compared by identity unless a subclass says otherwise.

    Objects that can be changed carry ``born``, how many undecided branches surrounded their creation: a change under
    more of them than that may or may not happen.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unknown(Value):
    """Anything. ``varies``: it differs from one run to the next (a clock, a process id, an unseeded draw)."""

    varies: bool = False


@dataclass(frozen=True, slots=True)
class Const(Value):
    """A plain Python constant.

    ``option`` is the user option whose default this is (``--seed``), for messages: the program text fixes the value,
    the user may change it.
    """

    value: Any
    option: str | None = None

    def __hash__(self) -> int:
        return hash((type(self.value), self.value, self.option))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Const)
            and type(self.value) is type(other.value)
            and self.value == other.value
            and self.option == other.option
        )


@dataclass(frozen=True, slots=True, eq=False)
class External(Value):
    """A name of a library, by its dotted path; ``receiver`` is the object that a method was taken from."""

    name: str
    receiver: Value | None = None


class Product(Value):
    """What calling a library's name gave: its type or function, the arguments, and attributes set later."""

    __slots__ = ("args", "attrs", "born", "drawn", "kwargs", "latent", "name", "varies")

    def __init__(
        self, name: str, args: Iterable[Value] = (), kwargs: dict[str, Value] | None = None, varies: bool = False
    ) -> None:
        self.name = name
        self.args = tuple(args)
        self.kwargs = kwargs or {}
        self.attrs: dict[str, Value] = {}
        self.varies = varies
        self.born = 0
        self.drawn: frozenset[int] = frozenset()
        """Numbers of the events that drew while this object was built."""
        self.latent: OwnDraw | None = None
        """What comes about once a method of this object is called that draws from a generator of the library's own."""

    def argument(self, name: str, position: int | None = None) -> Value | None:
        if name in self.kwargs:
            return self.kwargs[name]
        return self.args[position] if position is not None and position < len(self.args) else None

    def parts(self) -> Iterator[Value]:
        yield from self.args
        yield from self.kwargs.values()


class Scope:
    """Names and their values; ``parent`` is the scope in which a function or lambda was written."""

    __slots__ = ("deferred_stars", "globals", "kind", "module", "parent", "stars", "unread", "vars")

    def __init__(self, module: Module, kind: str, parent: Scope | None = None) -> None:
        self.module = module
        self.kind = kind
        self.parent = parent
        self.vars: dict[str, Value] = {}
        self.globals: set[str] = set()
        self.stars: list[str] = []
        """Libraries that are star-imported here."""
        self.deferred_stars: list[ModuleValue] = []
        """Modules of the project that are star-imported here and have not been read yet."""
        self.unread = False
        """Whether the module's own code has yet to be read."""


@dataclass(frozen=True, slots=True, eq=False)
class ModuleValue(Value):
    """A module of the project (or a namespace package: ``module`` is None and ``folder`` says where)."""

    module: Module | None
    folder: str
    scope: Scope | None


class Function(Value):
    """A function of the project with the scope it closes over; ``bound`` is its ``self`` or ``cls``."""

    __slots__ = (
        "body",
        "bound",
        "decorated",
        "defaults",
        "generator",
        "marks",
        "name",
        "owner",
        "params",
        "registered",
        "scope",
        "site",
    )

    def __init__(
        self, name: str, site: int, params: tuple[Param, ...], body: Body, scope: Scope, generator: bool = False
    ) -> None:
        self.name = name
        self.site = site
        self.params = params
        self.body = body
        self.scope = scope
        self.generator = generator
        self.owner: Class | None = None
        self.bound: Value | None = None
        self.defaults: dict[str, Value] = {}
        self.marks: list[Value] = []
        """Library decorators, outermost last."""
        self.registered: list[Value] = []
        """Commands attached to this function where it is a command group."""
        self.decorated = self
        """The function object that was defined; a bound method shares it with the plain function."""

    def bind(self, receiver: Value) -> Function:
        copy = Function(self.name, self.site, self.params, self.body, self.scope, self.generator)
        copy.owner, copy.bound, copy.defaults, copy.marks, copy.registered = (
            self.owner,
            receiver,
            self.defaults,
            self.marks,
            self.registered,
        )
        copy.decorated = self.decorated
        return copy

    def copy(self) -> Function:
        """A function of its own that does the same: a decorator's result, which leaves what it was given as it was."""
        copy = Function(self.name, self.site, self.params, self.body, self.scope, self.generator)
        copy.owner, copy.bound, copy.defaults = self.owner, self.bound, self.defaults
        copy.marks, copy.registered = list(self.marks), list(self.registered)
        return copy

    def undecorated(self) -> Function:
        """The function as it was before any library's decorator (``command.callback``)."""
        plain = self.copy()
        plain.marks, plain.registered = [], []
        return plain

    def marked(self, *names: str) -> Value | None:
        """The library decorator among ``names`` that this function carries."""
        for mark in self.marks:
            name = mark.name if isinstance(mark, External | Product) else ""
            if name in names:
                return mark
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Partial(Value):
    func: Value
    args: tuple[Value, ...]
    kwargs: dict[str, Value]


@dataclass(slots=True, eq=False)
class Class(Value):
    """A class of the project."""

    name: str
    site: int
    scope: Scope
    bases: tuple[Value, ...]
    attrs: dict[str, Value] = field(default_factory=dict)
    fields: dict[str, tuple[Node | None, Node | None]] = field(default_factory=dict)
    """Annotated names in order, each with its annotation and its default."""
    marks: list[Value] = field(default_factory=list)
    changing: frozenset[str] = frozenset()
    """Attributes that some method other than the constructor sets: their first value decides nothing."""

    def lineage(self, below: tuple[Class, ...] = ()) -> list[Class]:
        """The class and its project ancestors in Python's method resolution order.

        Source: https://docs.python.org/3/howto/mro.html. ``below`` guards against a class that inherits from itself.
        """
        parents = [base for base in self.bases if isinstance(base, Class) and base is not self and base not in below]
        pending = [*(parent.lineage((*below, self)) for parent in parents), parents]
        order = [self]
        while pending := [line for line in pending if line]:
            heads = [line[0] for line in pending]
            good = next((head for head in heads if not any(head in line[1:] for line in pending)), heads[0])
            order.append(good)
            pending = [[cls for cls in line if cls is not good] for line in pending]
        return order

    def external_bases(self) -> Iterator[str]:
        for cls in self.lineage():
            for base in cls.bases:
                if isinstance(base, External):
                    yield base.name

    def find(self, name: str) -> tuple[Value, Class] | None:
        for cls in self.lineage():
            if name in cls.attrs:
                return cls.attrs[name], cls
        return None


class Instance(Value):
    """An object of a project class."""

    __slots__ = ("attrs", "base", "born", "cls", "drawn", "version")

    def __init__(self, cls: Class, born: int = 0) -> None:
        self.cls = cls
        self.base: Value | None = None
        """What the constructor of a library's base class made: the library's part of this object."""
        self.born = born
        self.drawn: frozenset[int] = frozenset()
        """Numbers of the events that drew while this object was built."""
        self.attrs: dict[str, Value] = {}
        self.version = 0


class Sequence(Value):
    """A list, tuple or set; ``open`` when it may hold more than ``items``."""

    __slots__ = ("born", "items", "kind", "open")

    def __init__(self, kind: str, items: Iterable[Value] = (), open: bool = False, born: int = 0) -> None:
        self.kind = kind
        self.born = born
        self.items = list(items)
        self.open = open


class Mapping(Value):
    """A dictionary, configuration object or namespace: known entries, and values stored under unknown keys."""

    __slots__ = ("born", "entries", "imported", "open", "plain", "rest")

    def __init__(
        self, entries: dict[Any, Value] | None = None, rest: Iterable[Value] = (), open: bool = False, born: int = 0
    ) -> None:
        self.born = born
        self.plain = False
        """A dictionary, whose entries are read with brackets."""
        self.imported = False
        """Made while a module of the project was imported, as registries are."""
        self.entries = entries if entries is not None else {}
        self.rest = list(rest)
        self.open = open


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Value):
    """One of several values; which one is not known."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Iteration(Value):
    """A called generator function: its body runs when it is iterated."""

    function: Function
    args: tuple[Value, ...]
    kwargs: dict[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Super(Value):
    """``super()`` inside a method: ``after`` is the class whose ancestors are looked at."""

    instance: Value
    after: Class


@dataclass(frozen=True, slots=True, eq=False)
class Deferred(Value):
    """A name of a module that has not been read yet; it is read when the name is used."""

    module: ModuleValue
    name: str


Args: TypeAlias = tuple[Value, ...]
Kwargs: TypeAlias = dict[str, Value]

NONE = Const(None)
TRUE = Const(True)
FALSE = Const(False)
UNKNOWN = Unknown()
ABSENT = External("<absent>")
"""An entry or argument that is missing on some paths."""
VARYING = Unknown(varies=True)
WORKER = External("<worker id>")
"""The number of a DataLoader's worker, or what is worked out from it and constants alone."""

MAX_OPTIONS = 12


def join(left: Value | None, right: Value | None) -> Value:
    """A value that is one of two."""
    if left is None or left is right:
        return right if right is not None else UNKNOWN
    if right is None or left == right:
        return left
    options: list[Value] = []
    for value in (left, right):
        for option in value.options if isinstance(value, Choice) else (value,):
            if not any(option is known or option == known for known in options):
                options.append(option)
    if len(options) == 1:
        return options[0]
    if len(options) > MAX_OPTIONS:
        return Unknown(varies=any(varies(option) for option in options))
    return Choice(tuple(options))


def options_of(value: Value) -> tuple[Value, ...]:
    return value.options if isinstance(value, Choice) else (value,)


def varies(value: Value | None, depth: int = 0) -> bool:
    """Whether a value differs from run to run, as far as is known."""
    if isinstance(value, Unknown | Product):
        return value.varies
    if isinstance(value, External):
        return isinstance(value.receiver, Product) and value.receiver.varies
    if depth > 3:
        return False
    if isinstance(value, Choice):
        return any(varies(option, depth + 1) for option in value.options)
    if isinstance(value, Sequence):
        return any(varies(item, depth + 1) for item in value.items)
    return False


def drawn_in(values: Iterable[Value], depth: int = 0) -> frozenset[int]:
    """Numbers of the events that drew while these objects, and those inside them, were built."""
    found: frozenset[int] = frozenset()
    for value in values:
        if isinstance(value, Instance | Product):
            found |= value.drawn
        elif isinstance(value, Sequence) and depth < 4:
            found |= drawn_in(value.items, depth + 1)
        elif isinstance(value, Mapping) and depth < 4:
            found |= drawn_in(value.entries.values(), depth + 1)
    return found


_ALWAYS_TRUE: Final = frozenset(
    {
        "<true>",
        "numpy.random.default_rng",
        "numpy.random.Generator",
        "numpy.random.RandomState",
        "random.Random",
        "torch.Generator",
    }
)
"""Made objects that have neither a length nor a truth value of their own, as generators are."""


def truth(value: Value) -> bool | None:
    """Whether a value is true; None where that is not known."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Function | Class | Instance | ModuleValue | Partial):
        return True
    if isinstance(value, Product) and value.name in _ALWAYS_TRUE:
        return True
    if isinstance(value, External) and value.name in ("typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"):
        return False
    if isinstance(value, Sequence):
        return True if value.items else None if value.open else False
    if isinstance(value, Mapping):
        return True if value.entries else None if value.open or value.rest else False
    if isinstance(value, Choice):
        answers = {truth(option) for option in value.options}
        return answers.pop() if len(answers) == 1 else None
    return None


def is_none(value: Value) -> bool | None:
    """Whether a value is None; None where that is not known."""
    if isinstance(value, Const):
        return value.value is None
    if isinstance(value, Choice):
        answers = {is_none(option) for option in value.options}
        return answers.pop() if len(answers) == 1 else None
    return None if isinstance(value, Unknown) else False


def option_in(value: Value | None) -> str | None:
    """The user option that a value comes from."""
    if isinstance(value, Const):
        return value.option
    if isinstance(value, Choice):
        return next((option for part in value.options if (option := option_in(part))), None)
    return None


def fingerprint(value: Value | None, depth: int = 0) -> Any:
    """A hashable key: equal keys mean that a call with either value does the same."""
    if isinstance(value, Const):
        return ("c", type(value.value).__name__, value.value, value.option)
    if isinstance(value, Unknown):
        return ("u", value.varies)
    if isinstance(value, External):
        return ("e", value.name, id(value.receiver) if value.receiver is not None else 0)
    if isinstance(value, Function):
        return ("f", id(value.decorated), fingerprint(value.bound) if value.bound is not None else 0)
    if isinstance(value, Instance):
        return ("i", id(value), value.version)
    if depth < 3:
        if isinstance(value, Sequence) and len(value.items) <= 12:
            return ("s", value.kind, value.open, *(fingerprint(item, depth + 1) for item in value.items))
        if isinstance(value, Choice):
            return ("o", *(fingerprint(option, depth + 1) for option in value.options))
        if isinstance(value, Mapping) and len(value.entries) <= 12:
            entries = tuple((key, fingerprint(item, depth + 1)) for key, item in value.entries.items())
            return ("m", value.open, entries, *(fingerprint(item, depth + 1) for item in value.rest))
        if isinstance(value, Product) and not value.attrs:
            keywords = tuple((key, fingerprint(item, depth + 1)) for key, item in value.kwargs.items())
            return ("p", value.name, value.varies, keywords, *(fingerprint(item, depth + 1) for item in value.args))
    return ("x", id(value))
