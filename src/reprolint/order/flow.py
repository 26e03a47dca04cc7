"""What is known of a value that has, or gets, an order: where the order comes from, and what the value holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from reprolint.facts.schema import Node
from reprolint.program.project import Module

Shape = Literal[
    "unknown", "sequence", "array", "set", "dict", "tuple", "text", "number", "path", "entry", "file", "identity",
    "salted", "counter", "lengths", "external", "module", "function", "class", "instance", "method", "missing",
]  # fmt: skip
"""What kind of thing a value is. ``salted`` is the hash of a string, ``lengths`` the numbers up to a length (``range(len(x))``),
``identity`` an object that hashes by its address, ``missing`` a name of a file that was not read."""

Role = Literal["call", "argument", "iterable", "walk", "none"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an order comes from that differs between runs or machines.

    :ivar code: the rule that it is about; empty for a parameter, whose order is the caller's affair.
    :ivar site: the listing, or where a set is put in order; for a parameter its function.
    :ivar text: the call or expression as written; the name of a parameter.
    :ivar made: where the set was made, if that is another site.
    :ivar role: what of the site has to be sorted: the call itself, its argument or iterable at ``number``.
    :ivar needs: parameters that must hold strings for the order to differ.
    :ivar lazy: whether a listing is an iterator rather than a list; None: it may be either.
    :ivar sortable: whether what it goes through can be sorted.
    :ivar function: the site of the function that it stands in; None: at the top level.
    """

    code: str
    module: Module
    site: int
    text: str
    made: tuple[Module, int] | None = None
    role: Role = "none"
    number: int = 0
    needs: frozenset[tuple[int, str]] = frozenset()
    lazy: bool | None = False
    sortable: bool = True
    function: int | None = None


Order: TypeAlias = frozenset[Origin]
NOTHING: Final[Order] = frozenset()

DEEPEST: Final = 6
"""How many collections inside each other are told apart."""

WIDEST: Final = 16
"""How many parts of a tuple are told apart."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A value.

    :ivar order: where its order comes from; of a number, text or element: the order that decided it.
    :ivar of: what it holds, or (a dictionary) what its keys are.
    :ivar values: what a dictionary's values are.
    :ivar items: the parts of a tuple.
    :ivar name: of an external thing: its dotted name; of a dictionary: ``keys`` for a view of its keys; of a sequence: ``iterator``
        if it is used up by going through it, ``alike`` if it holds the same thing again and again, ``walk`` if it is a folder's tree; of something
        unknown: ``derived``, or ``sorts`` if it learns the same in any order.
    :ivar parameter: of a parameter still unknown: (function, parameter).
    :ivar ref: what a function, class, module or instance is.
    :ivar made: where a set was made.
    :ivar given: what the constructor of an instance was given, by parameter.
    :ivar depth: how many flows are nested in it.
    """

    shape: Shape = "unknown"
    order: Order = NOTHING
    of: Flow | None = None
    values: Flow | None = None
    items: tuple[Flow, ...] = ()
    name: str = ""
    parameter: tuple[int, str] | None = None
    ref: Any = None
    made: tuple[Module, int] | None = None
    given: tuple[tuple[str, Flow], ...] = ()
    depth: int = field(default=0, init=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.items) > WIDEST:
            object.__setattr__(self, "items", ())
        inner = (self.of, self.values, *self.items, *(flow for _, flow in self.given))
        held = [flow.depth for flow in inner if flow is not None]
        depth = 1 + max(held) if held else 0
        if depth > DEEPEST:
            object.__setattr__(self, "of", None)
            object.__setattr__(self, "values", None)
            object.__setattr__(self, "items", ())
            object.__setattr__(self, "given", ())
            depth = 0
        object.__setattr__(self, "depth", depth)

    def ordered(self, order: Order) -> Flow:
        """The value with more origins of its order."""
        return self if order <= self.order else replace(self, order=self.order | order)

    def settled(self) -> Flow:
        """The value once it is sorted."""
        return replace(self, order=NOTHING) if self.order else self

    @property
    def element(self) -> Flow:
        """One of the things that it holds."""
        if self.of is not None:
            return self.of
        if self.shape == "text":
            return TEXT
        if self.shape == "file":
            return TEXT
        if self.items:
            return join_all(self.items)
        return ANYTHING


ANYTHING: Final = Flow()
DERIVED: Final = Flow(name="derived")
"""What something that cannot be followed made of things in an order: its own order may be the same."""

TEXT: Final = Flow("text")
NUMBER: Final = Flow("number")
PATH: Final = Flow("path")
IDENTITY: Final = Flow("identity")


def join(left: Flow | None, right: Flow | None) -> Flow:
    """What is known of a value that is one or the other."""
    if left is None or left == right:
        return right or ANYTHING
    if right is None:
        return left
    if left.shape == right.shape and left.ref is right.ref and (left.name == right.name or left.shape == "sequence"):
        name = left.name if left.name == right.name else ""
        given = left.given
        if given != right.given:
            others = dict(right.given)
            given = tuple((parameter, join(flow, others.get(parameter))) for parameter, flow in left.given)
        same = replace(left, order=left.order | right.order, name=name, given=given)
        of = join(left.of, right.of) if left.of is not None and right.of is not None else left.of or right.of
        values = join(left.values, right.values) if left.values is not None and right.values is not None else None
        parameter = left.parameter if left.parameter == right.parameter else None
        items = left.items
        if left.items != right.items:
            items = (
                tuple(join(a, b) for a, b in zip(left.items, right.items, strict=True))
                if len(left.items) == len(right.items)
                else ()
            )
        return replace(same, of=of, values=values or left.values or right.values, items=items, parameter=parameter)
    for one, other in ((left, right), (right, left)):
        if one.shape == "unknown" and other.shape in ("sequence", "set", "dict", "array", "text"):
            return replace(other, order=one.order | other.order, of=other.of or one.of)
    return ANYTHING


def join_all(flows: tuple[Flow, ...] | list[Flow]) -> Flow:
    joined: Flow | None = None
    for flow in flows:
        joined = flow if joined is None else join(joined, flow)
    return joined or ANYTHING


def sequence(of: Flow | None = None, order: Order = NOTHING) -> Flow:
    return Flow("sequence", order, of)


def hashes_differently(flow: Flow) -> tuple[bool, frozenset[tuple[int, str]]]:
    """Whether the hash of a value differs from run to run, and on which parameters' being strings that depends."""
    if flow.shape in ("text", "path", "entry", "identity"):
        return True, frozenset()
    if flow.shape == "instance":
        return flow.ref.hashes_by_address(), frozenset()
    if flow.shape == "set":
        return hashes_differently(flow.element)  # a frozen one
    if flow.shape == "tuple":
        parts = [hashes_differently(item) for item in flow.items]
        if any(sure and not needs for sure, needs in parts):
            return True, frozenset()
        needed = frozenset().union(*(needs for _, needs in parts))
        return bool(needed), needed
    if flow.shape == "unknown" and flow.parameter is not None:
        return True, frozenset({flow.parameter})
    return False, frozenset()


def can_be_sorted(flow: Flow) -> bool:
    """Whether several values of this kind compare with each other."""
    if flow.shape == "tuple":
        return all(item.shape in ("text", "number") for item in flow.items)
    return flow.shape not in ("identity", "entry", "instance")


@dataclass(frozen=True, slots=True)
class Use:
    """Something that an order decides, and in which words."""

    module: Module
    site: int
    text: str
    what: str


@dataclass(slots=True, eq=False)
class Function:
    """A function of the project.

    :ivar scope: the names around it.
    :ivar owner: the class whose method it is.
    :ivar quiet: whether it was defined while not all was known of the class around it.
    """

    module: Module
    node: Node
    scope: Callable[[str], Flow | None]
    owner: Class | None = None
    quiet: bool = False

    @property
    def site(self) -> int:
        return int(self.node[1])

    @property
    def name(self) -> str:
        return str(self.node[2]) if self.node[0] == "def" else "lambda"

    @property
    def params(self) -> tuple[Any, ...]:
        return tuple(self.node[3]) if self.node[0] == "def" else tuple(self.node[2])


_PLAIN: Final = ("builtins.object", "abc.ABC", "torch.nn.Module", "torch.nn.modules.module.Module")
"""Classes whose instances hash by their address."""


@dataclass(slots=True, eq=False)
class Class:
    """A class of the project, with what its methods leave in the attributes of an instance.

    :ivar settled: attributes that a method sorts.
    :ivar inherited: what its bases' methods do with its own attributes.
    """

    module: Module
    node: Node
    scope: Callable[[str], Flow | None]
    bases: tuple[Flow, ...] = ()
    methods: dict[str, Function] = field(default_factory=dict)
    attributes: dict[str, Flow] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    inherited: list[Summary] = field(default_factory=list)
    quiet: bool = False
    done: bool = False

    def lineage(self, depth: int = 0) -> list[Class]:
        """The class and its bases in the project, nearest first."""
        found = [self]
        for base in self.bases:
            if base.shape == "class" and depth < 8:
                found += [one for one in base.ref.lineage(depth + 1) if one not in found]
        return found

    def externals(self) -> list[str]:
        """Dotted names of the libraries' classes that it is derived from."""
        return [base.name for one in self.lineage() for base in one.bases if base.shape == "external"]

    def hashes_by_address(self) -> bool:
        """Whether two instances are two things even where all that they hold is the same."""
        own = any(name in one.methods or name in one.attributes for one in self.lineage() for name in ("__hash__", "__eq__"))
        plain = all(base.shape == "class" or base.name in _PLAIN for one in self.lineage() for base in one.bases)
        return plain and not own and not any(one.node[6] for one in self.lineage())

    def method(self, name: str) -> Function | None:
        return next((one.methods[name] for one in self.lineage() if name in one.methods), None)


@dataclass(slots=True)
class Summary:
    """What calling a function does with the order of its arguments.

    :ivar uses: for each parameter, what its order decides.
    :ivar others: what the order of the constructor's arguments decides in a method of the same class.
    :ivar pending: what is to be reported if these parameters hold strings.
    :ivar returns: what it gives back, in terms of its parameters.
    """

    uses: dict[str, Use] = field(default_factory=dict)
    others: list[tuple[Origin, Use]] = field(default_factory=list)
    pending: list[tuple[Origin, Use]] = field(default_factory=list)
    returns: Flow = ANYTHING
