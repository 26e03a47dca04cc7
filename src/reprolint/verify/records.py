"""Reads what the recorder wrote (`reprolint_recorder.journal`), one file for each process."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

VALUES: Final = ("batch", "loss", "gradients", "parameters")
"""The kinds of events that tell what the program computes."""

WRAPS_AT: Final = 16384
"""Process ids that are farther apart than that are so because they began again from the start."""

VARYING: Final = re.compile(r"\d+|(?<=tmp)\w{6,8}")
"""What differs in the command lines of the same child in two runs: numbers of pipes and ports, names of temporary folders."""


@dataclass(frozen=True)
class Place:
    """A line of the user's own code."""

    path: str
    line: int
    function: str

    @property
    def same(self) -> tuple[str, int, str]:
        """What is the same in each run, also where the file is copied to a temporary folder."""
        return Path(self.path).name, self.line, self.function


@dataclass(frozen=True)
class Event:
    """Something that was recorded.

    :ivar kind: state, entropy, or one of `VALUES`.
    :ivar time: in microseconds.
    :ivar place: None: no line of the user's own code was being executed.
    :ivar family: of a state or entropy: python, numpy or torch.
    :ivar device: of a state: cpu, or cuda:0 and the like.
    :ivar seeds: of a state: the generator was seeded, else it was drawn from.
    :ivar number: of a value: the how manieth of its kind in its process.
    :ivar text: of a loss, the number; of gradients and parameters, four letters for each tensor.
    :ivar shapes: of gradients and parameters, the shape of each tensor.
    """

    kind: str
    time: int
    place: Place | None
    digest: str = ""
    family: str = ""
    device: str = ""
    seeds: bool = False
    number: int = 0
    text: str = ""
    shapes: tuple[str, ...] = ()

    @property
    def what(self) -> tuple[object, ...]:
        """What has to be the same in each run for the values to be compared at all."""
        return self.kind, self.place.same if self.place is not None else None, self.family, self.device, self.number

    @property
    def content(self) -> tuple[object, ...]:
        """What is the same in each run, whichever process of several does it."""
        return (*self.what[:-1], self.digest)


@dataclass
class Process:
    """What one process recorded.

    :ivar key: the same for the same process in each run.
    :ivar group: the same for all processes that were started by the same one in the same way.
    :ivar lines: how lines were followed: trace, monitoring, none.
    :ivar own: whether code of the user's own ran, as far as that is known. If not, what it draws is nobody's concern: pip may wait for a random time.
    :ivar threads: whether it ran in more than one thread.
    :ivar worker: it is a worker of a DataLoader.
    :ivar counts: how many events of each kind there are.
    :ivar notes: what a person should know about the record.
    """

    file: Path
    id: str
    parent: str
    fork: int | None
    pid: int
    started: float
    command: tuple[str, ...]
    rank: tuple[str, ...]
    lines: str
    own: bool = False
    threads: bool = False
    worker: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    group: str = ""
    key: str = ""

    @property
    def compared(self) -> tuple[str, ...]:
        """The kinds of events that have to be the same in each run."""
        return ("state", *VALUES) if self.own else VALUES

    @property
    def events(self) -> int:
        """How many events have to be the same in each run."""
        return sum(self.counts[kind] for kind in self.compared)

    @property
    def label(self) -> str:
        """What kind of child this is of its parent."""
        if self.fork is not None:
            return "fork"
        shown = VARYING.sub("N", " ".join(self.command))
        return f"{shown} rank {','.join(self.rank)}" if any(self.rank) else shown

    def __iter__(self) -> Iterator[Event]:
        return events(self.file)


def processes(folder: Path) -> list[Process]:
    """All processes of a run, with keys that are the same in each run.

    :param folder: where they were recorded.
    :returns: in the order in which they started.
    """
    found = [process for path in sorted(folder.glob("*.rec")) if (process := _process(path)) is not None]
    found.sort(key=lambda process: process.started)
    _name(found)
    return found


def _lines(path: Path) -> Iterator[str]:
    """The lines that were written to their end."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        yield from (line[:-1] for line in file if line.endswith("\n"))


def _process(path: Path) -> Process | None:
    lines = _lines(path)
    try:
        about = json.loads(next(lines))
        process = Process(
            file=path, id=about["id"], parent=about["parent"], fork=about["fork"], pid=about["pid"], started=about["started"],
            command=tuple(about["command"]), rank=tuple(about["rank"]), lines=about["lines"],
            own=about["lines"] == "none",
        )  # fmt: skip
    except (StopIteration, ValueError, KeyError, TypeError):  # it ended while it was starting
        return None
    for line in lines:
        kind, _, rest = line.partition("\t")
        if kind in ("state", *VALUES):
            process.counts[kind] += 1
            process.own = process.own or (kind == "state" and bool(rest.split("\t")[1]))  # in a forked process, say
        elif kind == "own":
            process.own = True
        elif kind == "threads":
            process.threads = True
        elif kind == "worker":
            process.worker = True
        elif kind == "note" and rest not in process.notes:
            process.notes.append(rest)
    return process


def _name(found: list[Process]) -> None:
    """Give each process its key: that of its parent, what it runs, and the how manieth such child it is."""
    by_id = {process.id: process for process in found}
    children: dict[str, list[Process]] = defaultdict(list)
    for process in found:
        children[process.parent if process.parent in by_id else ""].append(process)
    waiting = [("", "")]
    while waiting:
        parent, key = waiting.pop()
        counts: Counter[str] = Counter()
        for child in _in_order(children[parent]):
            counts[child.label] += 1
            child.group = f"{key}/{child.label}"
            child.key = f"{child.group}#{counts[child.label]}"
            waiting.append((child.id, child.key))


def _in_order(siblings: list[Process]) -> list[Process]:
    """As their parent started them: forks are counted, and process ids count up."""
    ids = [child.pid for child in siblings]
    wrapped = max(ids, default=0) - min(ids, default=0) > WRAPS_AT
    return sorted(siblings, key=lambda child: (child.fork or 0, child.started if wrapped else child.pid, child.started))


def events(path: Path) -> Iterator[Event]:
    """What a process recorded, in order.

    :param path: its file.
    """
    places: dict[str, Place | None] = {"": None}
    shapes: tuple[str, ...] = ()
    lines = _lines(path)
    next(lines, None)
    for line in lines:
        kind, *fields = line.split("\t")
        if kind == "place":
            places[fields[0]] = Place(fields[3], int(fields[1]), fields[2])
        elif kind == "shapes":
            shapes = tuple(fields[0].split(" "))
        elif kind == "state":
            time, place, family, device, digest, how = fields
            yield Event(kind, int(time), places[place], digest, family, device, how == "seed")
        elif kind == "entropy":
            yield Event(kind, int(fields[0]), places[fields[1]], family=fields[2])
        elif kind in VALUES:
            time, place, number, digest, text = fields
            with_shapes = shapes if kind in ("gradients", "parameters") else ()
            yield Event(kind, int(time), places[place], digest, number=int(number), text=text, shapes=with_shapes)
