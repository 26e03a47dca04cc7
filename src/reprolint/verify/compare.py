"""Finds the first point where two runs part."""

from __future__ import annotations

import bisect
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reprolint.verify.records import VALUES, Event, Process


@dataclass
class Agreed:
    """What was the same in both runs before they part.

    :ivar counts: how many events of each kind.
    :ivar seeded: families, each with the event that seeded it last.
    """

    counts: Counter[str] = field(default_factory=Counter)
    seeded: dict[str, Event] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """One more event that is the same."""
        self.counts[event.kind] += 1
        if event.kind == "state" and event.seeds:
            self.seeded[event.family] = event


@dataclass
class Difference:
    """The first point where two runs part.

    :ivar kind: state, batch, loss, gradients, parameters (the value is another one); order (another thing happens); more (one run
        goes on); process (one run has a process that the other one has not).
    :ivar process: of the first run, if it is there; else of the other one.
    :ivar event: of the first run; None: it has none there.
    :ivar other: of the other run.
    :ivar position: the how manieth event of its process it is, from 1.
    :ivar agreed: what is the same before, in this process.
    :ivar suspects: lines before it that made a generator of the program's own from fresh entropy.
    :ivar shows: the first value after it that differs as well; None: there is none.
    :ivar values_after: how many values of the process after it were looked at for that.
    :ivar is_child: whether the process was started by one that runs the user's own code, too.
    """

    kind: str
    process: Process
    event: Event | None
    other: Event | None
    position: int
    agreed: Agreed
    suspects: list[Event] = field(default_factory=list)
    shows: Event | None = None
    values_after: int = 0
    is_child: bool = False

    @property
    def any_event(self) -> Event | None:
        """The event of the first run, else that of the other one."""
        return self.event if self.event is not None else self.other

    @property
    def time(self) -> float:
        """When it happened, for telling which of several differences came first."""
        event = self.any_event
        return event.time if event is not None else self.process.started * 1e6


def first_difference(first: list[Process], other: list[Process], whole: bool = True) -> Difference | None:
    """Where two runs part.

    :param first: the processes of the first run.
    :param other: those of another run.
    :param whole: both runs came to their end; else it is no difference that one of them goes on.
    :returns: None if they do not, as far as was recorded.
    """
    groups: dict[str, tuple[list[Process], list[Process]]] = defaultdict(lambda: ([], []))
    for side, run in enumerate((first, other)):
        for process in run:
            if process.events:
                groups[process.group][side].append(process)
    found = [difference for group in groups.values() for difference in _of_group(*group, whole=whole)]
    earliest = min(found, key=lambda difference: difference.time, default=None)
    if earliest is not None:
        earliest.is_child = any(process.own and process.id == earliest.process.parent for process in (*first, *other))
        earliest.suspects = suspects(first, before=earliest.time)
        _inherit(earliest, first)
    return earliest


def _inherit(difference: Difference, run: list[Process]) -> None:
    """Add what seeded the generators that a forked process has from its parents. ``random`` takes a fresh seed there."""
    by_id = {process.id: process for process in run}
    child = difference.process
    while child.fork is not None and (parent := by_id.get(child.parent)) is not None:
        for event in parent:
            if event.seeds and event.family != "python" and event.time < child.started * 1e6:
                difference.agreed.seeded.setdefault(event.family, event)
        child = parent


def suspects(run: Iterable[Process], before: float = float("inf")) -> list[Event]:
    """The lines of a run that made a generator of the program's own from fresh entropy, each once."""
    found: dict[object, Event] = {}
    for process in run:
        for event in process:
            if event.kind == "entropy" and event.time <= before:
                found.setdefault(event.what, event)
    return sorted(found.values(), key=lambda event: event.time)


def _of_group(first: list[Process], other: list[Process], whole: bool) -> list[Difference]:
    """The differences between processes that one parent started in one way."""
    sides = [{process.key: process for process in run} for run in (first, other)]
    found = []
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        one, two = sides[0].get(key), sides[1].get(key)
        if one is None or two is None:
            there = one or two
            if whole and there is not None:
                found.append(_missing(there, one is not None))
            continue
        difference = _of_process(one, two, whole)
        if difference is not None:
            found.append(difference)
    # Workers of a pool take tasks as they come: all that matters is that the tasks are done in the same way.
    if found and len(first) + len(other) > 2 and _contents(first) == _contents(other):
        return []
    return found


def _contents(run: list[Process]) -> Counter[object]:
    return Counter(event.content for process in run for event in _compared(process))


def _missing(process: Process, is_first: bool) -> Difference:
    event = next(_compared(process))
    return Difference("process", process, event if is_first else None, None if is_first else event, 1, Agreed())


def _of_process(first: Process, other: Process, whole: bool) -> Difference | None:
    if first.threads or other.threads:
        return _by_values(first, other, whole) or _by_states(first, other)
    return _by_events(first, other, whole)


def _by_events(first: Process, other: Process, whole: bool) -> Difference | None:
    streams = _compared(first), _compared(other)
    agreed = Agreed()
    for position, (one, two) in enumerate(itertools.zip_longest(*streams), start=1):
        if one is None or two is None:
            return Difference("more", first, one, two, position, agreed) if whole else None
        if one.what != two.what:
            return _shown(Difference("order", first, one, two, position, agreed), streams)
        if one.digest != two.digest:
            found = Difference(one.kind, first, one, two, position, agreed)
            return _shown(found, streams) if one.kind == "state" else found
        agreed.add(one)
    return None


def _by_values(first: Process, other: Process, whole: bool) -> Difference | None:
    """As `_by_events`, for the values alone."""
    agreed = Agreed()
    for position, (one, two) in enumerate(itertools.zip_longest(_values(first), _values(other)), start=1):
        if one is None or two is None:
            return Difference("more", first, one, two, position, agreed) if whole else None
        if one.what != two.what:
            return Difference("order", first, one, two, position, agreed)
        if one.digest != two.digest:
            return Difference(one.kind, first, one, two, position, agreed)
        agreed.add(one)
    return None


def _by_states(first: Process, other: Process) -> Difference | None:
    """Compares the states of each generator in programs with threads.

    Whichever thread comes to its next line first notices that a generator moved, so two runs do not see the same samples of the way
    that the states take. They part where each has states that the other one has not, between two that both have.
    """
    found = [_by_states_of(first, one, two) for one, two in _pairs(first, other)]
    return min(filter(None, found), key=lambda difference: difference.time, default=None)


def _pairs(first: Process, other: Process) -> Iterator[tuple[list[tuple[int, Event]], list[tuple[int, Event]]]]:
    sides: dict[tuple[str, str], tuple[list[tuple[int, Event]], list[tuple[int, Event]]]] = defaultdict(lambda: ([], []))
    for side, process in enumerate((first, other)):
        for position, event in enumerate(_compared(process), start=1):
            if event.kind == "state":
                sides[event.family, event.device][side].append((position, event))
    yield from sides.values()


def _by_states_of(process: Process, one: list[tuple[int, Event]], two: list[tuple[int, Event]]) -> Difference | None:
    places: dict[str, list[int]] = defaultdict(list)
    for at, (_, event) in enumerate(two):
        places[event.digest].append(at)
    agreed = Agreed()
    seen = -1
    alone: tuple[int, Event] | None = None
    for position, event in one:
        found = places[event.digest]
        following = bisect.bisect(found, seen)
        if following == len(found):
            alone = alone or (position, event)
            continue
        if alone is not None and found[following] > seen + 1:
            break
        seen, alone = found[following], None
        agreed.add(event)
    else:
        if seen + 1 >= len(two):
            return None
    if alone is None:
        return None
    return Difference("state", process, alone[1], two[seen + 1][1], alone[0], agreed)


def _shown(difference: Difference, streams: tuple[Iterator[Event], Iterator[Event]]) -> Difference:
    """With the first value after it that differs as well."""
    sides = [(event for event in stream if event.kind in VALUES) for stream in streams]
    at_hand = [[event] if event is not None and event.kind in VALUES else [] for event in (difference.event, difference.other)]
    for one, two in itertools.zip_longest(*(itertools.chain(held, side) for held, side in zip(at_hand, sides, strict=True))):
        difference.values_after += 1
        if one is None or two is None or (one.kind, one.number, one.digest) != (two.kind, two.number, two.digest):
            difference.shows = one or two
            break
    return difference


def _compared(process: Process) -> Iterator[Event]:
    kinds = process.compared
    return (event for event in process if event.kind in kinds)


def _values(process: Process) -> Iterator[Event]:
    return (event for event in process if event.kind in VALUES)
