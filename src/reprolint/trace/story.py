"""What one program does with its generators, in order, and the state in which each family ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from reprolint.knowledge import Generator, Operation, Own
from reprolint.model import Family
from reprolint.program.project import Module
from reprolint.trace.evidence import names_seeder, seeds_by_method
from reprolint.trace.lattice import FRESH, UNCLEAR, UNSEEDED, VARYING, State, verdict_of
from reprolint.trace.values import Value
from reprolint.versions import Version

Kind = Literal[
    "seed", "draw", "skipped", "flag", "local", "environment", "spawn", "unresolved", "restore", "operation", "worker"
]
Outcome = Literal["none", "benign", "seeded", "unseeded", "optional", "late", "varying", "child", "unclear"]


@dataclass(frozen=True, slots=True)
class Place:
    """A site (`facts.schema`) in a file."""

    module: Module
    site: int


@dataclass(frozen=True, slots=True)
class Link:
    """One step on the way from the entry point to an event: a call or an import, as written."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that touched a generator or a switch.

    :ivar families: the generators concerned; empty for switches.
    :ivar name: the library's name that did it, or the call as written where it could not be followed.
    :ivar chain: the calls that lead here, outermost first; the event's own place comes last.
    :ivar verdicts: for a draw, what the state of each family made of it (`lattice.verdict_of`).
    :ivar detail: what else a message needs: where a varying seed comes from, which condition skipped a seed.
    :ivar certain: False where the event may not happen on any run.
    :ivar process: 0 for the program itself, higher for each child process.
    :ivar fresh: for a draw, the families whose generator may still be as the process started it.
    :ivar value: for a seed, the value that it is given, as far as is known.
    :ivar source: for a varying seed, the call whose value differs from run to run.
    :ivar undoes: for a switch that is turned off, whether it was on before on every way that leads here.
    """

    kind: Kind
    families: tuple[Family, ...]
    name: str
    chain: tuple[Link, ...]
    verdicts: tuple[str, ...] = ()
    detail: str = ""
    certain: bool = True
    process: int = 0
    worker: bool = False
    fresh: tuple[Family, ...] = ()
    value: Value | None = None
    source: Place | None = None
    undoes: bool = False

    @property
    def place(self) -> Place:
        return self.chain[-1].place


@dataclass(frozen=True, slots=True)
class OwnDraw:
    """A draw from a generator that a library keeps to itself. It is no event: it touches no family.

    :ivar generator: the one that it shares with other draws, or that other calls seed, too; None: the argument alone decides.
    :ivar chain: the calls that lead here, outermost first; where the object is made comes last, or the call that draws.
    :ivar detail: where its seed comes from if that varies, or whose default leaves it without one.
    :ivar source: for a seed that varies, the call whose value differs from run to run.
    :ivar before: how many events came before it.
    """

    row: Own
    generator: Generator | None
    chain: tuple[Link, ...]
    detail: str = ""
    source: Place | None = None
    before: int = 0

    @property
    def place(self) -> Place:
        return self.chain[-1].place


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one family ends: the outcome, the draw that shows it, the seed it is about, and why in words."""

    outcome: Outcome
    draw: Event | None = None
    seed: Event | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class SeedSource:
    """A variable that holds a seed, or an object with one: ``args.seed``, ``SEED``, ``cfg["seed"]``, ``self.seed``.

    :ivar function: the site of the function whose variable it is; None: the module's.
    :ivar site: where it is bound; for a parameter, and for a flag that can be read everywhere, the function's own site.
    :ivar expression: how the function reads the seed.
    :ivar before: how many events came before the binding.
    """

    module: Module
    function: int | None
    site: int
    expression: str
    value: Value
    before: int


@dataclass(frozen=True, slots=True)
class SeedOption:
    """An option for a seed that the command line has.

    :ivar option: as the user writes it, ``--seed``.
    :ivar name: under which the program reads it.
    :ivar read: how the program would read it, ``args.seed``.
    :ivar chain: the calls that lead to its declaration, which comes last.
    """

    option: str
    name: str
    read: str
    chain: tuple[Link, ...]


LIMIT: Final = 20_000
"""Events kept of one program; a story longer than that helps nobody."""


@dataclass
class Story:
    """The events of one program, in the order in which they run."""

    entry: Module
    events: list[Event] = field(default_factory=list)
    ends: list[State] = field(default_factory=list)
    """The state at the end of every process of the program."""
    on_cuda: tuple[Link, ...] | None = None
    """The chain to where the program shows that it can run on CUDA."""
    runs_networks: bool = False
    """Whether the program builds or loads a network."""
    torch: Version | None = None
    """The version of torch that the program is judged for; None: the newest."""
    operations: dict[tuple[Place, str], tuple[Event, Operation]] = field(default_factory=dict)
    """Operations that are nondeterministic on CUDA, one of a name at a place. They are no events: they touch no generator."""
    felt: set[int] = field(default_factory=set)
    """Numbers of the events that switched determinism off and after which torch went on working."""
    deterministic_blocks: bool = False
    """Whether cuDNN is told to be deterministic for some block only (``with cudnn.flags(deterministic=True):``)."""
    own: dict[tuple[str, Place], OwnDraw] = field(default_factory=dict)
    """Draws from generators of libraries' own, by the library's name and the place, in the order in which they happen first."""
    seeded_own: set[str] = field(default_factory=set)
    """Names of such generators that a call of the program seeds, surely or perhaps."""
    overwritten: set[int] = field(default_factory=set)
    """Numbers of draws whose values a checkpoint replaces in full."""
    seed_sources: list[SeedSource] = field(default_factory=list)
    """Variables with a seed that the program may have been meant to use."""
    seed_options: list[SeedOption] = field(default_factory=list)
    """Options for a seed, in the order in which they are declared."""
    children: dict[int, int] = field(default_factory=dict)
    """For each child process, the number of links in its events' chains that stand for what its parent did."""
    modules: list[Module] = field(default_factory=list)
    """Every file of the project that running the program executes."""
    functions: set[Place] = field(default_factory=set)
    """Every function of the project that it calls, by the site of its definition."""
    gave_up: str = ""
    """Why the analysis ended early."""
    _seen: dict[tuple[object, ...], int] = field(default_factory=dict)
    _choices: dict[int, frozenset[tuple[int, int]]] = field(default_factory=dict)
    """For each event, the alternatives that have to be taken for it, each as a branch and a number."""
    _verdicts: dict[Family, Verdict] = field(default_factory=dict)

    def add_module(self, module: Module) -> None:
        if module not in self.modules:
            self.modules.append(module)

    def record(self, event: Event, choices: frozenset[tuple[int, int]] = frozenset()) -> int:
        """Add an event unless the same thing at the same place is known; returns its number, counted from 1.

        :param choices: the alternatives under which it happens, each as a branch that is taken once and a number.
        """
        place = event.place
        key = (
            event.kind,
            place.module.path,
            place.site,
            event.families,
            event.name,
            event.verdicts,
            event.certain,
            event.process,
            (event.detail, event.undoes) if event.kind == "flag" else None,
        )
        number = self._seen.get(key)
        if number is None:
            if len(self.events) >= LIMIT:
                return LIMIT
            self.events.append(event)
            number = self._seen[key] = len(self.events)
            self._choices[number] = choices
        else:
            self._choices[number] &= choices
        return number

    def note_own(self, draw: OwnDraw) -> None:
        if len(self.own) < LIMIT:
            self.own.setdefault((draw.row.name, draw.place), draw)

    def seeds(self, generator: Generator) -> bool:
        """Whether anything in the program may seed a generator of a library's own; ask once the story is complete."""
        if generator.name in self.seeded_own:
            return True
        if generator.once and any(event.kind == "unresolved" for event in self.events):
            return True
        return any(
            seeds_by_method(module, generator.methods) or names_seeder(module, generator.seeders) for module in self.modules
        )

    def exposed(self) -> set[Family]:
        """The families that the program itself may draw from, certainly or not, while nothing has seeded them."""
        drawn = (
            event for number, event in enumerate(self.events, 1) if event.kind == "draw" and number not in self.overwritten
        )
        return {family for event in drawn if not event.process for family in event.fresh}

    def _exclude(self, one: int, other: int) -> bool:
        """Whether two events cannot both happen in one run, because they are in different alternatives of a branch."""
        taken = dict(self._choices[one])
        return any(taken.get(branch, number) != number for branch, number in self._choices[other])

    def verdict(self, family: Family) -> Verdict:
        """The one state in which a family ends (the table of states in the documentation); ask once the story is complete."""
        if family not in self._verdicts:
            self._verdicts[family] = self._judge(family)
        return self._verdicts[family]

    def _judge(self, family: Family) -> Verdict:
        drawn = [
            (number, event) for number, event in enumerate(self.events, 1) if event.kind == "draw" and family in event.families
        ]
        draws = [event for number, event in drawn if number not in self.overwritten]
        certain = [event for event in draws if event.certain]
        judged = [(event, event.verdicts[event.families.index(family)]) for event in certain]
        seeds = [event for event in self.events if event.kind == "seed" and family in event.families]
        if self.gave_up:
            return Verdict("unclear", certain[0] if certain else None, None, self.gave_up)
        varying = next((event for event, state in judged if state == VARYING), None)
        if varying is not None:
            return Verdict("varying", varying, self._last_seed(seeds, varying, varying_only=True))
        unseeded = next((event for event, state in judged if state == UNSEEDED), None)
        if unseeded is not None:
            return self._unseeded(family, unseeded, seeds)
        unclear = next((event for event, state in judged if state == UNCLEAR), None)
        if unclear is not None:
            return Verdict(
                "unclear", unclear, None, "a seed runs on some paths only, or a call that cannot be followed may be one"
            )
        if judged:
            return Verdict("seeded", judged[0][0], self._last_seed(seeds, judged[0][0]))
        if draws:
            return Verdict("none", None, None, "it is drawn from only on paths that may never run")
        if drawn:
            return Verdict("benign", drawn[0][1], None, "it only fills weights that a checkpoint then replaces")
        return Verdict("none")

    def _unseeded(self, family: Family, draw: Event, seeds: list[Event]) -> Verdict:
        where = self.events.index(draw)
        if draw.worker:
            # A worker's generators are seeded from torch's: what is missing is a seed of torch.
            family = "torch"
            seeds = [event for event in self.events if event.kind == "seed" and family in event.families]
        later = next(
            (seed for number, seed in enumerate(self.events[where + 1 :], where + 2) if seed.kind == "seed"
             and family in seed.families and seed.certain and seed.process == draw.process and not seed.worker
             and not self._exclude(where + 1, number)), None
        )  # fmt: skip
        if later is not None:
            if later.detail:
                return Verdict("varying", draw, later)
            return Verdict("late", draw, later)
        skipped = next((event for event in self.events[:where] if event.kind == "skipped" and family in event.families), None)
        if skipped is not None:
            return Verdict("optional", draw, skipped)
        if draw.process:
            parent = next((seed for seed in seeds if seed.process < draw.process and not seed.detail), None)
            if parent is not None:
                return Verdict("child", draw, parent)
        return Verdict("unseeded", draw)

    def _last_seed(self, seeds: Iterable[Event], draw: Event, varying_only: bool = False) -> Event | None:
        """The seed that decided a draw: the last one before it, else the first at all."""
        wanted = [seed for seed in seeds if not varying_only or seed.detail]
        where = self.events.index(draw)
        before = [seed for seed in wanted if self.events.index(seed) < where]
        return before[-1] if before else wanted[0] if wanted else None

    def end(self) -> State:
        """The switches as the program's processes leave them, all taken together."""
        state = self.ends[0] if self.ends else FRESH
        for other in self.ends[1:]:
            state = State(state.generators, tuple(a | b for a, b in zip(state.flags, other.flags, strict=True)))
        return state


def verdicts(families: Iterable[Family], state: State) -> tuple[str, ...]:
    return tuple(verdict_of(state.of(family)) for family in families)
