"""What is known of the libraries: which names draw from a global generator, which seed one, and when.

The facts are the TOML files beside this module. A name is always the full dotted one (``numpy.random.shuffle``),
methods are written ``Type.method`` (``pandas.DataFrame.sample``). A ``*`` in a name stands for any characters within
one segment (``scipy.stats.*.rvs``, ``transformers.*Model``); an exact name wins over a pattern, a pattern with more
literal characters over one with fewer.

Sections of a file, each a table from name to row (one inline table, or a list of them where a name has several rows; an
empty list says "nothing of the kind" and shields the name from a wider pattern)::

    [library]      name, version, docs, how: where the rows were established, unless a row says otherwise; without
                   it each row says so itself, and its library is the top package of its name
    [aliases]      other spellings, whole names or dotted prefixes → canonical ("*" allowed in the spelling)
    [draws]        what consumes global state
    [seeds]        what sets global state from a seed
    [captures]     what reads global state (random.getstate) → the family
    [restores]     what sets global state from such a capture (random.setstate) → the family
    [scopes]       context managers after which the generators are as before
    [flags]        calls, attributes and arguments that set a determinism flag of torch
    [varying]      calls whose value differs from run to run
    [returns]      the type of what a call gives, where a method of that type draws; "Self": the class of the method
    [runners]      library functions that run a callback they are given
    [passthrough]  calls that give back an argument
    [own]          what draws from a generator that a library keeps to itself, which no seed of a family reaches
    [generators]   those of them that many rows of [own] share: what seeds them, in which words they are spoken of
    [nondeterministic]  operations of torch that give other bits in every run on CUDA, unless told not to
    [listings]     calls that list files, in no promised order → what they list: text, path, entry, walk
    [completions]  calls that give results as they are ready
    [order]        "keeps": the call gives its arguments in the order it got them; "numbers", "pairs": enumerate, zip;
                   else what the order of an argument decides, in words

Every row has a provenance: ``how`` it was established (measured, source, docs), the ``version``, a ``url``, a ``note``.

A row of ``[draws]`` has ``families`` and ``on``, what has to happen for the draw:

- ``call`` (default): calling the function, constructing the class;
- ``fit``: a fit-like method (:data:`FIT_METHODS`) of the made object;
- ``iterate``: iterating the made object;
- ``apply``: calling the made object;
- ``split``: ``.split()`` of the made object, or handing it to a library as ``cv=``.

Except for ``call`` the arguments it speaks of are those of the constructor. Its conditions must all hold:

- ``unless_given``: none of these arguments is given (None counts as not given);
- ``unless_true``: none of these arguments is given, False counting as not given as well;
- ``when_given``: each of these arguments is given;
- ``when``: each argument has this value, or one of these values;
- ``unless``: no argument has this value, or one of these values;
- ``training``: the module is in training mode.

``defaults`` are the values of absent arguments, ``parameters`` the positional order, without ``self``. The other rows
are described at the dataclasses they become.

A row of ``[own]`` has these conditions, too, but no families, and ``on`` is ``call`` or ``apply``. What it says of arguments
holds of a method's receiver as well: ``Box(0, 1, seed=3).sample()`` is given a seed. The rest is described at :class:`Own`,
and at :class:`Generator` for ``[generators]``, whose names the rows of ``[own]`` use.

A row of ``[nondeterministic]`` has conditions, too, and says what ``torch.use_deterministic_algorithms(True)`` does to the
operation: with ``raises`` it makes it an error, without it selects a deterministic variant. Documentation differs from
version to version: a row holds from torch ``since`` on and up to ``until``, which is the first version without it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, cast

from reprolint.model import FAMILIES, Family
from reprolint.versions import Version, parsed_version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

On = Literal["call", "fit", "iterate", "apply", "split"]
How = Literal["measured", "source", "docs", "config", "unknown"]
WhenNone = Literal["entropy", "error", "constant", "nothing"]
Process = Literal["same", "fork", "spawn", "default"]
Scalar = bool | int | float | str

FIT_METHODS: Final = frozenset(
    {
        "fit",
        "fit_generate",
        "fit_predict",
        "fit_resample",
        "fit_sample",
        "fit_transform",
        "learn",
        "partial_fit",
    }
)
"""The methods that count as fitting, for rows whose draw happens ``on = "fit"``."""

FLAGS: Final = frozenset({"cudnn.benchmark", "cudnn.deterministic", "cublas_workspace", "deterministic_algorithms"})
"""What a flag row may set: three switches of torch, and the variable CUBLAS_WORKSPACE_CONFIG."""

UNKNOWN: Final = object()
"""Stands for an argument that is given, with a value that cannot be told."""

TENSOR: Final = object()
"""Stands for an argument that is a tensor."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a fact was established, on which version, and where to read about it."""

    how: How
    library: str = ""
    version: str = ""
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """Something that consumes global random state, and the condition under which it does (see the module)."""

    name: str
    families: tuple[Family, ...]
    provenance: Provenance
    on: On = "call"
    unless_given: tuple[str, ...] = ()
    unless_true: tuple[str, ...] = ()
    when_given: tuple[str, ...] = ()
    when: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    unless: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    defaults: Mapping[str, Scalar] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    training: bool = False

    def holds(self, arguments: Mapping[str, object]) -> bool | None:
        """Tell whether the draw happens for these arguments: True, False, or None where it cannot be told.

        ``arguments`` maps parameter names to constants, or to :data:`UNKNOWN`. Training mode is not looked at.
        """
        answers = [
            *(_negated(self._given(name, arguments)) for name in self.unless_given),
            *(_negated(self._given(name, arguments, false_too=True)) for name in self.unless_true),
            *(self._given(name, arguments) for name in self.when_given),
            *(self._is_one_of(name, values, arguments) for name, values in self.when.items()),
            *(_negated(self._is_one_of(name, values, arguments)) for name, values in self.unless.items()),
        ]
        if False in answers:
            return False
        return None if None in answers else True

    def _given(self, name: str, arguments: Mapping[str, object], false_too: bool = False) -> bool | None:
        value = arguments.get(name, self.defaults.get(name))
        if value is UNKNOWN:
            return None
        return not (value is None or (false_too and value is False))

    def _is_one_of(self, name: str, values: tuple[Scalar, ...], arguments: Mapping[str, object]) -> bool | None:
        value = arguments.get(name, self.defaults.get(name))
        if value is UNKNOWN:
            return None
        # A bool equals an int for Python, not for the libraries (max_features=1 and True are different things).
        return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in values)


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator of a library's own that several of its functions draw from, or that one call seeds for many objects.

    ``why`` and ``remedy`` are those of the rows that have none. ``seeders`` are the calls (names or patterns) that seed it,
    beside the rows of ``[seeds]`` whose ``other`` is its name; ``methods`` those of whatever object, as ``seed``, or as
    ``reset(seed)`` where only that argument makes it one. ``once`` in a program is it reported where one call seeds it.
    """

    name: str
    provenance: Provenance
    why: str = ""
    remedy: str = ""
    seeders: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    once: bool = False


@dataclass(frozen=True, slots=True)
class Own(Draw):
    """Something that draws from a generator of a library's own, which starts from fresh entropy unless it is seeded.

    ``argument`` is the keyword that takes a number as the seed; a ``required`` one is always given, and only a value that
    varies is worth a word. ``remedy`` says in a sentence what to write where that is not simply this argument, ``why`` in
    words that follow the call what happens, ``generator`` which of the ``[generators]`` it is. With ``uses`` making the
    object draws nothing yet: these methods of it do. With ``within`` it draws only where something in that argument does
    when it is applied. ``since`` is the version of the library from which on this is so: older ones have no ``argument``.
    """

    argument: str = ""
    required: bool = False
    remedy: str = ""
    why: str = ""
    generator: str = ""
    uses: tuple[str, ...] = ()
    within: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """Something that sets global random state from a seed.

    ``argument`` and ``position`` tell where the seed is handed over; None: there is no such argument. With
    ``from_argument = "args.seed"`` the seed is the attribute ``seed`` of the argument ``args`` at ``position``.
    ``default`` is the constant used without the argument, and ``none`` what seed=None (or, without ``default``, no
    argument) does: takes fresh entropy, is an error, still seeds with a constant, or does nothing. ``flags`` are set
    by every call, ``flags_when`` by calls in which that boolean argument is true. ``families`` may be empty: the
    seeder then reaches only the devices (``accelerators``), or the generators of an ``other`` library.
    """

    name: str
    families: tuple[Family, ...]
    provenance: Provenance
    argument: str | None = None
    position: int | None = None
    from_argument: str | None = None
    default: int | None = None
    none: WhenNone = "error"
    flags: Mapping[str, bool] = field(default_factory=dict)
    flags_when: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    accelerators: bool = False
    other: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """A context manager after which the generators of ``families`` are as they were before.

    ``seeds`` are the families it seeds on entry, from ``argument``; ``default`` as for :class:`Seed`.
    """

    name: str
    families: tuple[Family, ...]
    provenance: Provenance
    seeds: tuple[Family, ...] = ()
    argument: str | None = None
    position: int | None = None
    default: int | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that sets a determinism flag.

    It is a call with the value in ``argument`` (at ``position``; ``default`` where absent, None: not set), or with
    ``value`` in every call, or, with ``attribute``, an assignment. ``on_values`` are the values that switch the flag
    on where these are not the true ones. With ``off_values`` only these switch it off, and all others leave it alone.
    """

    name: str
    sets: str
    provenance: Provenance
    argument: str | None = None
    position: int | None = None
    default: bool | None = None
    value: bool | None = None
    attribute: bool = False
    on_values: tuple[Scalar, ...] = ()
    off_values: tuple[Scalar, ...] | None = None


@dataclass(frozen=True, slots=True)
class Varying:
    """A call whose value differs from run to run, while none of ``unless_given`` is handed over.

    ``parameters`` is the positional order. With ``generator`` it makes, or seeds, a generator of that family of the
    program's own.
    """

    name: str
    provenance: Provenance
    unless_given: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    generator: Family | None = None


@dataclass(frozen=True, slots=True)
class Runner:
    """A library function that runs a callback it is given.

    ``callback`` and ``position`` tell which argument it is, ``arguments`` and ``arguments_position`` which one holds
    the callback's arguments, ``prepend`` how many unknown ones come before them, ``process`` where it runs. With
    ``methods`` the argument is an object, and these methods of it are run.
    """

    name: str
    provenance: Provenance
    callback: str | None = None
    position: int | None = None
    arguments: str | None = None
    arguments_position: int | None = None
    prepend: int = 0
    process: Process = "same"
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of torch that is documented as nondeterministic on CUDA, and for which arguments and versions it is.

    ``backward``: only its gradient is. ``when_tensor``: these arguments are tensors. ``provided`` says in words what else has
    to hold, which the call does not show. The other conditions are as for :class:`Draw`.
    """

    name: str
    provenance: Provenance
    raises: bool = False
    backward: bool = False
    when: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    unless: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    when_given: tuple[str, ...] = ()
    when_tensor: tuple[str, ...] = ()
    defaults: Mapping[str, Scalar] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    provided: str = ""
    since: Version | None = None
    until: Version | None = None

    def holds(self, arguments: Mapping[str, object]) -> bool:
        """Tell whether the operation is nondeterministic for these arguments; False where that cannot be told.

        ``arguments`` maps parameter names to constants, or to :data:`UNKNOWN` or :data:`TENSOR`.
        """
        values = {**self.defaults, **arguments}
        given = [values.get(name) for name in self.when_given]
        return (
            all(value is not None and value is not UNKNOWN for value in given)
            and all(values.get(name) is TENSOR for name in self.when_tensor)
            and all(values.get(name) in options for name, options in self.when.items())
            and all(values.get(name) not in (*options, UNKNOWN) for name, options in self.unless.items())
        )

    def is_in(self, version: Version | None) -> bool:
        """Tell whether the row speaks of this version of torch; None: the newest."""
        if version is None:
            return self.until is None
        return (self.since is None or self.since <= version) and (self.until is None or version < self.until)


@dataclass(frozen=True, slots=True)
class Passthrough:
    """A call that gives back its arguments (one, or a tuple of several), or something that acts as its first one."""

    name: str
    returns: Literal["arguments", "first"]
    provenance: Provenance


Row = TypeVar("Row")


class _Index(Generic[Row]):
    """Rows by dotted name: exact names first, then patterns, the one with most literal characters first."""

    __slots__ = ("_exact", "_patterns")

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._exact = {name: row for name, row in rows.items() if "*" not in name}
        self._patterns: dict[str, list[tuple[re.Pattern[str], Row]]] = {}
        for name in sorted(rows, key=lambda name: (name.count("*") - len(name), name)):
            if "*" in name:
                compiled = re.compile(re.escape(name).replace(r"\*", "[^.]*"))
                self._patterns.setdefault(name.partition(".")[0], []).append((compiled, rows[name]))

    def get(self, name: str) -> Row | None:
        found = self._exact.get(name)
        if found is not None:
            return found
        for pattern, row in self._patterns.get(name.partition(".")[0], ()):
            if pattern.fullmatch(name):
                return row
        return None


class _Aliases:
    """Other spellings of names and of dotted prefixes."""

    __slots__ = ("_exact", "_patterns")

    def __init__(self, spellings: Mapping[str, str]) -> None:
        self._exact = {name: target for name, target in spellings.items() if "*" not in name}
        self._patterns = _Index({name: target for name, target in spellings.items() if "*" in name})

    def once(self, name: str) -> str:
        """Replace the longest prefix of ``name`` that is an alias; the name itself where none is."""
        prefix = name
        while prefix:
            target = self._exact.get(prefix) or self._patterns.get(prefix)
            if target is not None:
                return target + name[len(prefix) :]
            prefix = prefix.rpartition(".")[0]
        return name


@dataclass(frozen=True, slots=True)
class Tables:
    """The sections of all files, a row or several by name."""

    aliases: dict[str, str] = field(default_factory=dict)
    draws: dict[str, tuple[Draw, ...]] = field(default_factory=dict)
    seeds: dict[str, Seed] = field(default_factory=dict)
    captures: dict[str, Family] = field(default_factory=dict)
    restores: dict[str, Family] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    flags: dict[str, tuple[Flag, ...]] = field(default_factory=dict)
    varying: dict[str, Varying] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    runners: dict[str, tuple[Runner, ...]] = field(default_factory=dict)
    passthrough: dict[str, Passthrough] = field(default_factory=dict)
    generators: dict[str, Generator] = field(default_factory=dict)
    own: dict[str, tuple[Own, ...]] = field(default_factory=dict)
    nondeterministic: dict[str, tuple[Operation, ...]] = field(default_factory=dict)
    listings: dict[str, str] = field(default_factory=dict)
    completions: dict[str, str] = field(default_factory=dict)
    order: dict[str, str] = field(default_factory=dict)


class Knowledge:
    """The facts, by canonical dotted name. Look names up as :meth:`canonical` gives them."""

    MAX_ALIASES: Final = 8
    """How many aliases a spelling may go through; a test sees to it that no chain is longer."""

    __slots__ = (
        "_aliases",
        "_canonical",
        "_captures",
        "_completions",
        "_draws",
        "_flags",
        "_listings",
        "_operations",
        "_order",
        "_own",
        "_own_seeders",
        "_passthrough",
        "_restores",
        "_returns",
        "_runners",
        "_scopes",
        "_seeds",
        "_varying",
        "tables",
        "torch",
    )

    def __init__(self, tables: Tables, torch: Version | None = None) -> None:
        self.tables: Final = tables
        self.torch: Final = torch
        """The version of torch that programs are judged for; None: the newest."""
        self._aliases: Final = _Aliases(tables.aliases)
        self._canonical: Final[dict[str, str]] = {}
        self._draws: Final = _Index(tables.draws)
        self._seeds: Final = _Index(tables.seeds)
        self._captures: Final = _Index(tables.captures)
        self._restores: Final = _Index(tables.restores)
        self._scopes: Final = _Index(tables.scopes)
        self._flags: Final = _Index(tables.flags)
        self._varying: Final = _Index(tables.varying)
        self._returns: Final = _Index(tables.returns)
        self._runners: Final = _Index(tables.runners)
        self._passthrough: Final = _Index(tables.passthrough)
        self._own: Final = _Index(tables.own)
        self._own_seeders: Final = _Index(_seeders_of(tables))
        self._operations: Final = {
            name: kept
            for name, rows in tables.nondeterministic.items()
            if (kept := tuple(row for row in rows if row.is_in(torch)))
        }
        self._listings: Final = _Index(tables.listings)
        self._completions: Final = _Index(tables.completions)
        self._order: Final = _Index(tables.order)

    def canonical(self, name: str) -> str:
        """Give the one spelling under which a name is looked up (``pytorch_lightning.Trainer`` → …)."""
        known = self._canonical.get(name)
        if known is not None:
            return known
        canonical = name
        for _ in range(self.MAX_ALIASES):
            following = self._aliases.once(canonical)
            if following == canonical:
                break
            canonical = following
        self._canonical[name] = canonical
        return canonical

    def draws(self, name: str) -> tuple[Draw, ...]:
        """Give the ways in which this name draws."""
        return self._draws.get(name) or ()

    def seed(self, name: str) -> Seed | None:
        """Give what calling this name seeds."""
        return self._seeds.get(name)

    def captures(self, name: str) -> Family | None:
        """Give the family whose state this call returns."""
        return self._captures.get(name)

    def restores(self, name: str) -> Family | None:
        """Give the family whose state this call sets from a captured one."""
        return self._restores.get(name)

    def scope(self, name: str) -> Scope | None:
        """Give what this context manager restores."""
        return self._scopes.get(name)

    def flag(self, name: str) -> tuple[Flag, ...]:
        """Give the flags that this call or attribute sets."""
        return self._flags.get(name) or ()

    def varying(self, name: str) -> Varying | None:
        """Tell that the value of this call differs from run to run."""
        return self._varying.get(name)

    def returns(self, name: str) -> str | None:
        """Give the canonical name of the type of what this call gives."""
        given = self._returns.get(name)
        return name.rpartition(".")[0] if given == "Self" else given

    def runner(self, name: str) -> tuple[Runner, ...]:
        """Give the callbacks that this call runs."""
        return self._runners.get(name) or ()

    def passthrough(self, name: str) -> Passthrough | None:
        """Tell that this call gives back its arguments."""
        return self._passthrough.get(name)

    def own(self, name: str) -> tuple[Own, ...]:
        """Give the ways in which this name draws from a generator of its library's own."""
        return self._own.get(name) or ()

    def generator(self, name: str) -> Generator | None:
        """Give a library's own generator by the name that rows use."""
        return self.tables.generators.get(name)

    def seeds_own(self, name: str) -> tuple[str, ...]:
        """Give the names of the libraries' own generators that calling this name seeds."""
        return self._own_seeders.get(name) or ()

    def listing(self, name: str) -> str | None:
        """Give what this call lists, in no promised order: text, path, entry or walk."""
        return self._listings.get(name)

    def completes(self, name: str) -> bool:
        """Tell whether this call gives results as they are ready."""
        return self._completions.get(name) is not None

    def order(self, name: str) -> str | None:
        """Give what the order of an argument does in this call: "keeps", "numbers", "pairs", or what it decides, in words."""
        return self._order.get(name)

    def operation(self, name: str) -> tuple[Operation, ...]:
        """Give for which arguments this operation of torch is nondeterministic on CUDA."""
        return self._operations.get(name) or ()

    def for_torch(self, version: Version | None) -> Knowledge:
        """The same facts for another version of torch; None: the newest."""
        return self if version == self.torch else Knowledge(self.tables, version)

    def extended(self, seeders: Mapping[str, object], draws: Mapping[str, object]) -> Knowledge:
        """Add a user's rows, which win over ours. A row is a list of families or a table as in the files.

        Raises ValueError with a sentence that names the key of a bad row.
        """
        if not seeders and not draws:
            return self
        ours = Provenance(how="config")
        tables = replace(self.tables, seeds=dict(self.tables.seeds), draws=dict(self.tables.draws))
        # Lookups come with the canonical name, whichever spelling the user chose.
        for name, value in seeders.items():
            fields = _Fields(_spelled_out(value), f"seeders.{_quoted(name)}")
            tables.seeds[self.canonical(name)] = _seed(fields, name, ours)
        for name, value in draws.items():
            rows = _rows(_spelled_out(value), f"draws.{_quoted(name)}", name, ours, _draw)
            tables.draws[self.canonical(name)] = rows
        return Knowledge(tables, self.torch)


class _Fields:
    """One table of a file, read field by field; what is wrong or left over is a ValueError that says where."""

    __slots__ = ("_left", "where")

    def __init__(self, table: object, where: str) -> None:
        if not isinstance(table, Mapping):
            raise ValueError(f"{where} must be a table, not {_kind(table)}")
        self._left = dict(table)
        self.where: Final = where

    def fail(self, key: str, expected: str) -> ValueError:
        return ValueError(f"{self.where}: {_quoted(key)} must be {expected}")

    def items(self) -> list[tuple[str, object]]:
        return list(self._left.items())

    def has(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, default: object = None) -> Any:
        return self._left.pop(key, default)

    def text(self, key: str) -> str | None:
        value = self.take(key)
        if value is not None and not isinstance(value, str):
            raise self.fail(key, "a string")
        return value

    def integer(self, key: str) -> int | None:
        value = self.take(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.fail(key, "an integer")
        return value

    def boolean(self, key: str) -> bool | None:
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            raise self.fail(key, "true or false")
        return value

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> Any:
        value = self.take(key, default)
        if value not in choices:
            raise self.fail(key, f"one of {', '.join(choices)}")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        value = self.take(key, ())
        if value != () and not _is_list_of_names(value):
            raise self.fail(key, "a list of names")
        return tuple(value)

    def families(self, key: str, required: bool = True) -> tuple[Family, ...]:
        if required and key not in self._left:
            raise ValueError(f"{self.where}: {_quoted(key)} is missing")
        names = self.names(key)
        if not set(names) <= set(FAMILIES):
            raise self.fail(key, f"a list of {', '.join(FAMILIES)}")
        return cast("tuple[Family, ...]", tuple(family for family in FAMILIES if family in names))

    def scalars(self, key: str) -> tuple[Scalar, ...]:
        value = self.take(key, ())
        values = value if isinstance(value, list | tuple) else [value]
        if not all(isinstance(one, bool | int | float | str) for one in values):
            raise self.fail(key, "a plain value or a list of them")
        return tuple(values)

    def alternatives(self, key: str) -> dict[str, tuple[Scalar, ...]]:
        nested = _Fields(self.take(key, {}), f"{self.where}.{key}")
        return {name: nested.scalars(name) for name, _ in nested.items()}

    def constants(self, key: str) -> dict[str, Scalar]:
        values = self.alternatives(key)
        if not all(len(one) == 1 for one in values.values()):
            raise self.fail(key, "a table of single values")
        return {name: one[0] for name, one in values.items()}

    def flag_values(self, key: str) -> dict[str, bool]:
        nested = _Fields(self.take(key, {}), f"{self.where}.{key}")
        values = {name: nested.boolean(name) is True for name, _ in nested.items()}
        if not set(values) <= FLAGS:
            raise self.fail(key, f"a table of {', '.join(sorted(FLAGS))}")
        return values

    def conditional_flags(self, key: str) -> dict[str, dict[str, bool]]:
        nested = _Fields(self.take(key, {}), f"{self.where}.{key}")
        return {name: nested.flag_values(name) for name, _ in nested.items()}

    def version(self, key: str) -> Version | None:
        text = self.text(key)
        if text is None:
            return None
        version = parsed_version(text)
        if version is None:
            raise self.fail(key, 'a version such as "2.4"')
        return version

    def provenance(self, default: Provenance, name: str) -> Provenance:
        how = self.take("how", default.how)
        version, note, url = self.text("version"), self.text("note"), self.text("url")
        if how not in ("measured", "source", "docs", "config"):
            raise self.fail("how", "one of measured, source, docs")
        if (how, version, note, url) == (default.how, None, None, None):
            return default
        library = default.library or name.partition(".")[0]
        return Provenance(how, library, version or default.version, note or "", url or default.url)

    def end(self) -> None:
        for key in self._left:
            raise ValueError(f"{self.where}: unknown key {_quoted(key)}")


def _draw(fields: _Fields, name: str, default: Provenance) -> Draw:
    draw = Draw(
        name=name,
        families=fields.families("families"),
        provenance=fields.provenance(default, name),
        on=fields.choice("on", ("call", "fit", "iterate", "apply", "split"), "call"),
        unless_given=fields.names("unless_given"),
        unless_true=fields.names("unless_true"),
        when_given=fields.names("when_given"),
        when=fields.alternatives("when"),
        unless=fields.alternatives("unless"),
        defaults=fields.constants("defaults"),
        parameters=fields.names("parameters"),
        training=fields.boolean("training") or False,
    )
    fields.end()
    return draw


def _generator(fields: _Fields, name: str, default: Provenance) -> Generator:
    generator = Generator(
        name=name,
        provenance=fields.provenance(default, name),
        why=fields.text("why") or "",
        remedy=fields.text("remedy") or "",
        seeders=fields.names("seeders"),
        methods=fields.names("methods"),
        once=fields.boolean("once") or False,
    )
    fields.end()
    return generator


def _own(fields: _Fields, name: str, default: Provenance) -> Own:
    own = Own(
        name=name,
        families=(),
        provenance=fields.provenance(default, name),
        on=fields.choice("on", ("call", "apply"), "call"),
        unless_given=fields.names("unless_given"),
        when_given=fields.names("when_given"),
        when=fields.alternatives("when"),
        unless=fields.alternatives("unless"),
        defaults=fields.constants("defaults"),
        parameters=fields.names("parameters"),
        argument=fields.text("argument") or "",
        required=fields.boolean("required") or False,
        remedy=fields.text("remedy") or "",
        why=fields.text("why") or "",
        generator=fields.text("generator") or "",
        uses=fields.names("uses"),
        within=fields.text("within") or "",
        since=fields.text("since") or "",
    )
    fields.end()
    return own


def _seeders_of(tables: Tables) -> dict[str, tuple[str, ...]]:
    """The names of the libraries' own generators that each call seeds."""
    found: dict[str, tuple[str, ...]] = {}
    pairs = [(seeder, one.name) for one in tables.generators.values() for seeder in one.seeders]
    pairs += [(name, row.other) for name, row in tables.seeds.items() if row.other in tables.generators]
    for seeder, generator in dict.fromkeys(pairs):
        found[seeder] = (*found.get(seeder, ()), generator)
    return found


def _seed(fields: _Fields, name: str, default: Provenance) -> Seed:
    seed = Seed(
        name=name,
        families=fields.families("families"),
        provenance=fields.provenance(default, name),
        argument=fields.text("argument"),
        position=fields.integer("position"),
        from_argument=fields.text("from_argument"),
        default=fields.integer("default"),
        none=fields.choice("none", ("entropy", "error", "constant", "nothing"), "error"),
        flags=fields.flag_values("flags"),
        flags_when=fields.conditional_flags("flags_when"),
        accelerators=fields.boolean("accelerators") or False,
        other=fields.text("other") or "",
    )
    fields.end()
    return seed


def _scope(fields: _Fields, name: str, default: Provenance) -> Scope:
    scope = Scope(
        name=name,
        families=fields.families("families"),
        provenance=fields.provenance(default, name),
        seeds=fields.families("seeds", required=False),
        argument=fields.text("argument"),
        position=fields.integer("position"),
        default=fields.integer("default"),
    )
    fields.end()
    return scope


def _flag(fields: _Fields, name: str, default: Provenance) -> Flag:
    flag = Flag(
        name=name,
        sets=fields.choice("sets", sorted(FLAGS)),
        provenance=fields.provenance(default, name),
        argument=fields.text("argument"),
        position=fields.integer("position"),
        default=fields.boolean("default"),
        value=fields.boolean("value"),
        attribute=fields.boolean("attribute") or False,
        on_values=fields.scalars("on_values"),
        off_values=fields.scalars("off_values") if fields.has("off_values") else None,
    )
    fields.end()
    return flag


def _varying(fields: _Fields, name: str, default: Provenance) -> Varying:
    generator = fields.text("generator")
    if generator is not None and generator not in FAMILIES:
        raise fields.fail("generator", f"one of {', '.join(FAMILIES)}")
    varying = Varying(
        name,
        fields.provenance(default, name),
        fields.names("unless_given"),
        fields.names("parameters"),
        generator,
    )
    fields.end()
    return varying


def _runner(fields: _Fields, name: str, default: Provenance) -> Runner:
    runner = Runner(
        name=name,
        provenance=fields.provenance(default, name),
        callback=fields.text("callback"),
        position=fields.integer("position"),
        arguments=fields.text("arguments"),
        arguments_position=fields.integer("arguments_position"),
        prepend=fields.integer("prepend") or 0,
        process=fields.choice("process", ("same", "fork", "spawn", "default"), "same"),
        methods=fields.names("methods"),
    )
    fields.end()
    return runner


def _operation(fields: _Fields, name: str, default: Provenance) -> Operation:
    operation = Operation(
        name=name,
        provenance=fields.provenance(default, name),
        raises=fields.boolean("raises") or False,
        backward=fields.boolean("backward") or False,
        when=fields.alternatives("when"),
        unless=fields.alternatives("unless"),
        when_given=fields.names("when_given"),
        when_tensor=fields.names("when_tensor"),
        defaults=fields.constants("defaults"),
        parameters=fields.names("parameters"),
        provided=fields.text("provided") or "",
        since=fields.version("since"),
        until=fields.version("until"),
    )
    fields.end()
    return operation


def _passthrough(fields: _Fields, name: str, default: Provenance) -> Passthrough:
    passthrough = Passthrough(name, fields.choice("returns", ("arguments", "first")), fields.provenance(default, name))
    fields.end()
    return passthrough


def _state(fields: _Fields, name: str, default: Provenance) -> Family:
    family = fields.choice("family", FAMILIES)
    fields.provenance(default, name)
    fields.end()
    return cast("Family", family)


Build: TypeAlias = "Callable[[_Fields, str, Provenance], Row]"
"""Makes a row of a table, its name and the provenance it has unless it says otherwise."""


def _rows(value: object, where: str, name: str, default: Provenance, build: Build[Row]) -> tuple[Row, ...]:
    tables = value if isinstance(value, list) else [value]
    return tuple(build(_Fields(table, where), name, default) for table in tables)


def _add(tables: Tables, document: Mapping[str, object], file: str) -> None:
    """Add the sections of one file; ``file`` is its name, for messages."""
    sections = _Fields(document, file)
    library = _Fields(sections.take("library", {}), f"{file}: library")
    default = Provenance(
        # A file without a default leaves it to its rows: "unknown" is refused where a row is read.
        how=library.choice("how", ("measured", "source", "docs", "unknown"), "unknown"),
        library=library.text("name") or "",
        version=library.text("version") or "",
        url=library.text("docs") or "",
    )
    library.end()

    def section(key: str) -> Iterable[tuple[str, object, str]]:
        for name, value in _Fields(sections.take(key, {}), f"{file}: {key}").items():
            yield name, value, f"{file}: {key}.{_quoted(name)}"

    def single(key: str, into: dict[str, Row], build: Build[Row]) -> None:
        for name, value, where in section(key):
            _put(into, name, build(_Fields(value, where), name, default), where)

    def several(key: str, into: dict[str, tuple[Row, ...]], build: Build[Row]) -> None:
        for name, value, where in section(key):
            _put(into, name, _rows(value, where, name, default, build), where)

    def texts(key: str, into: dict[str, str]) -> None:
        for name, value, where in section(key):
            if not isinstance(value, str):
                raise ValueError(f"{where} must be a string, not {_kind(value)}")
            _put(into, name, value, where)

    texts("aliases", tables.aliases)
    several("draws", tables.draws, _draw)
    single("seeds", tables.seeds, _seed)
    single("captures", tables.captures, _state)
    single("restores", tables.restores, _state)
    single("scopes", tables.scopes, _scope)
    several("flags", tables.flags, _flag)
    single("varying", tables.varying, _varying)
    texts("returns", tables.returns)
    several("runners", tables.runners, _runner)
    single("passthrough", tables.passthrough, _passthrough)
    single("generators", tables.generators, _generator)
    several("own", tables.own, _own)
    several("nondeterministic", tables.nondeterministic, _operation)
    texts("listings", tables.listings)
    texts("completions", tables.completions)
    texts("order", tables.order)
    sections.end()


def _put(into: dict[str, Row], name: str, row: Row, where: str) -> None:
    if name in into:
        raise ValueError(f"{where} stands in another file too")
    into[name] = row


def _spelled_out(value: object) -> object:
    """Give the table that a user's short form, a list of families, stands for."""
    return {"families": value} if value and _is_list_of_names(value) else value


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _kind(value: object) -> str:
    return type(value).__name__


@cache
def load() -> Knowledge:
    """Read all files of this folder. Raises ValueError where a row is not as the schema says."""
    tables = Tables()
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        _add(tables, tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    return Knowledge(tables)
