"""Says what came of `reprolint verify`, for a person or for a program."""

from __future__ import annotations

import json
import linecache
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from reprolint.sources.source import shown
from reprolint.verify.compare import Difference, suspects
from reprolint.verify.records import VALUES, Event, Place
from reprolint.verify.run import FileComparison, Outcome, Run
from reprolint.verify.texts import TextDifference

GENERATORS: Final = {
    "python": "the generator of Python's random module",
    "numpy": "NumPy's global generator",
    "torch": "PyTorch's generator",
}
KINDS: Final = {
    "state": ("seed or draw", "seeds and draws"),
    "batch": ("batch", "batches"),
    "loss": ("loss", "losses"),
    "gradients": ("step's gradients", "steps' gradients"),
    "parameters": ("step's parameters", "steps' parameters"),
}
LAST_LINES: Final = 15
WIDEST: Final = 160
"""Characters of a line of output that are shown."""

TENSOR: Final = 4
"""Letters that stand for one tensor."""


def text(outcome: Outcome, cwd: Path) -> str:
    """What a person reads.

    :param outcome: of the runs, whose folders are still there.
    :param cwd: paths below it are shown without it.
    """
    return "\n".join(_Report(outcome, cwd).lines()) + "\n"


def as_json(outcome: Outcome, cwd: Path) -> str:
    """What a program reads; ``docs/verify.md`` describes it."""
    report = _Report(outcome, cwd)
    document = {
        "verdict": "nothing-recorded" if outcome.verdict == "nothing" else outcome.verdict,
        "command": list(outcome.request.command),
        "runs": [
            {"exit_code": run.exit_code, "timed_out": run.timed_out, "seconds": round(run.seconds, 3), "events": run.events}
            for run in outcome.runs
        ],
        "first": report.first() if outcome.first is not None else None,
        "output": _text_json(outcome.stdout, counts=outcome.stdout_counts),
        "files": [_file_json(file) for file in outcome.files],
        "notes": list(report.notes()),
    }
    return json.dumps(document, indent=2) + "\n"


def _text_json(difference: TextDifference | None, counts: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"same": difference is None, "counts": counts}
    return {**found, **_line_json(difference)} if difference is not None else found


def _line_json(difference: TextDifference) -> dict[str, Any]:
    return {"line": difference.line, "first": difference.first, "other": difference.other}


def _file_json(file: FileComparison) -> dict[str, Any]:
    found = {"path": file.path.as_posix(), "same": file.same, "missing_in_run": file.missing_in}
    return {**found, **_line_json(file.difference)} if file.difference is not None else found


class _Report:
    def __init__(self, outcome: Outcome, cwd: Path) -> None:
        self.outcome = outcome
        self.cwd = cwd
        self.other = outcome.runs[-1].number

    # The whole

    def lines(self) -> Iterator[str]:
        outcome = self.outcome
        if outcome.verdict == "nothing":
            yield from self._nothing()
        elif outcome.verdict == "failed":
            yield from self._failed()
        if outcome.first is not None:
            yield from self._parted(outcome.first)
        elif outcome.verdict != "nothing":
            yield from self._same()
        if outcome.verdict != "nothing":
            yield from self._texts()
        yield from (f"Note: {note}." for note in self.notes())

    def first(self) -> dict[str, Any]:
        """The first difference, for programs."""
        difference = self.outcome.first
        assert difference is not None
        event = difference.any_event
        place = event.place if event is not None else None
        return {
            "kind": difference.kind,
            "family": (event.family if event is not None else "") or None,
            "device": (event.device if event is not None else "") or None,
            "path": self._path(place) if place is not None else None,
            "line": place.line if place is not None else None,
            "function": place.function if place is not None else None,
            "process": difference.process.key,
            "number": event.number if event is not None and event.kind in VALUES else None,
            "event": difference.position,
            "run": self.other,
            "message": " ".join(self._explanation(difference)),
        }

    def notes(self) -> Iterator[str]:
        """What a person should know about the records, each once."""
        found = [note for run in self.outcome.runs for process in run.processes for note in process.notes]
        yield from dict.fromkeys(found)

    # Parts

    def _same(self) -> Iterator[str]:
        first = self.outcome.runs[0]
        if self.outcome.verdict == "failed":
            if len(self.outcome.runs) > 1:
                yield f"Up to there, nothing that was recorded differs ({self._counted(_counts(first))})."
        elif self.outcome.verdict == "parted":
            yield f"Nothing that was recorded differs ({self._counted(_counts(first))}), but what the runs wrote does."
        elif first.events:
            yield f"The {len(self.outcome.runs)} runs are the same: {self._counted(_counts(first))}."
        else:
            yield (
                f"The {len(self.outcome.runs)} runs are the same as far as that was recorded: no line of your code draws from the global "
                "generators of random, NumPy or PyTorch, and there is no training step of PyTorch's."
            )

    def _nothing(self) -> Iterator[str]:
        found = any(run.processes for run in self.outcome.runs)
        what = "Python ran, but no code of yours did" if found else "no Python process started with the recorder"
        yield (
            f"Nothing was recorded: {what}. Python does not load the recorder with -I, -E or -S, before version 3.8, or when a program "
            "clears PYTHONPATH before it starts another one. Whether the runs are the same is not known."
        )

    def _failed(self) -> Iterator[str]:
        yield f"The command failed: {', '.join(_ended(run) for run in self.outcome.runs)}."
        failed = next(run for run in self.outcome.runs if run.failed)
        said = failed.stderr.read_text("utf-8", "backslashreplace").splitlines()[-LAST_LINES:]
        if said:
            yield f"The end of what run {failed.number} wrote on stderr:"
            yield from (f"  | {line}" for line in said)

    def _parted(self, difference: Difference) -> Iterator[str]:
        event = difference.any_event
        place = event.place if event is not None else None
        runs = "The runs part" if self.outcome.request.runs == 2 else f"Run {self.other} parts from run 1"
        unknown = "at a line that is not known" if difference.process.lines == "none" else "in code that is not yours"
        where = f"at {self._shown(place)}" if place is not None else unknown
        yield f"{runs} {where}{_kind_of_process(difference)} (event {difference.position:,} of {difference.process.events:,})"
        yield from self._excerpt(place)
        yield from self._explanation(difference)
        counts = difference.agreed.counts
        if counts:
            yield f"The same up to there: {self._counted(counts)}."
        yield from self._shows(difference)
        yield from self._next(difference)

    def _shows(self, difference: Difference) -> Iterator[str]:
        if difference.shows is not None:
            yield f"It shows first in {self._named(difference.shows)}."
        elif difference.values_after:
            yield "No batch, loss, gradient or parameter after it differs: perhaps the result does not depend on it."

    def _next(self, difference: Difference) -> Iterator[str]:
        script = self._script(difference)
        if script is not None and difference.kind in ("state", "order", "more", "process"):
            yield f"`reprolint trace {script}` tells what the program seeds and draws, in order."

    def _texts(self) -> Iterator[str]:
        outcome = self.outcome
        for file in outcome.files:
            if file.missing_in is not None:
                yield f"{file.path} is not there after run {file.missing_in}."
            elif file.difference is not None:
                yield f"{file.path} differs, first in line {file.difference.line}:"
                yield from self._both(file.difference)
        if outcome.stdout is None:
            return
        if outcome.first is None or outcome.request.output == "exact":
            yield f"Their output differs, first in line {outcome.stdout.line}:"
            yield from self._both(outcome.stdout)
        if outcome.first is None:
            if not outcome.stdout_counts:
                yield "It does not count: it is a time, a speed or the like" + (
                    ", or was to be ignored." if outcome.request.output == "ignore" else "; with --compare-output it does."
                )
            elif outcome.request.output == "values":
                yield "If it says nothing about the result, --ignore-output passes over it."
            yield from self._suspected(suspects(outcome.runs[0].processes))

    def _both(self, difference: TextDifference) -> Iterator[str]:
        for run, line in ((1, difference.first), (self.other, difference.other)):
            yield f"  run {run}: {_short(line) if line is not None else '(ended)'}"

    # Why

    def _explanation(self, difference: Difference) -> Iterator[str]:
        explain = {
            "state": self._state,
            "batch": self._batch,
            "loss": self._loss,
            "gradients": self._gradients,
            "parameters": self._parameters,
            "order": self._order,
            "more": self._more,
            "process": self._process,
        }
        yield from explain[difference.kind](difference)
        if difference.kind != "state":
            yield from self._suspected(difference.suspects)

    def _state(self, difference: Difference) -> Iterator[str]:
        event, other = difference.event, difference.other
        assert event is not None and other is not None
        generator = _generator(event)
        if event.seeds and other.seeds:
            yield (
                f"This line seeds {generator} differently in each run. Seed it with a value that does not change: a constant, or an option "
                "of the program with a constant default."
            )
            return
        begin = f"{generator[0].upper()}{generator[1:]} holds another state in each run after this line: it drew from it, and"
        seed = difference.agreed.seeded.get(event.family)
        if seed is not None:
            yield (
                f"{begin} although the generator was seeded alike before ({self._shown(seed.place)}), it drew more or other numbers in one run. "
                "How much is drawn depends on something that varies: the order of files or of a set, a time, another thread or process."
            )
        elif difference.process.worker:
            yield (
                f"{begin} this is a DataLoader worker, whose generators are seeded from PyTorch's generator in the parent, which nothing "
                "had seeded alike. Seed PyTorch before the DataLoader is iterated over (and see to it that worker_init_fn seeds alike)."
            )
        elif difference.process.fork is not None and event.family == "python":
            yield f"{begin} a forked process starts with a fresh seed for `random`. Seed it in the function that the child runs."
        elif difference.is_child:
            yield f"{begin} nothing had seeded it before in this process, which no seed of its parent reaches. Seed it in the child."
        else:
            script = self._script(difference)
            fix = f"; `reprolint fix {script}` does" if script is not None else ""
            yield f"{begin} nothing had seeded it before. Seed it earlier{fix}."

    def _batch(self, difference: Difference) -> Iterator[str]:
        yield (
            f"{self._what(difference)} differs, though all generators agreed until here. What is in it is decided by something else: the "
            "order of files or of a set of strings, a generator of the program's own, `hash()` of a string, a time. "
            "`reprolint check` looks for these (RPL2xx, RPL401 to RPL404)."
        )

    def _loss(self, difference: Difference) -> Iterator[str]:
        event, other = difference.event, difference.other
        values = f" ({event.text} and {other.text})" if event is not None and other is not None and event.text else ""
        before = " and ".join(KINDS[kind][1] for kind in ("batch", "parameters") if kind in difference.agreed.counts)
        agreed = f"all {before} and generators" if before else "all generators"
        yield (
            f"{self._what(difference)} differs{values}, though {agreed} agreed until here. Either the data or the first parameters come "
            "from something that is not recorded (files in varying order, a generator of the program's own), or an operation on the way "
            "is nondeterministic: `torch.use_deterministic_algorithms(True)` makes PyTorch say which."
        )

    def _gradients(self, difference: Difference) -> Iterator[str]:
        which = _which_tensors(difference, "gradient")
        because = "though the loss agrees: " if "loss" in difference.agreed.counts else "though all before agrees: "
        yield (
            f"{self._what(difference)} differ{which}, {because}the backward pass uses an operation that adds in an order which varies, or "
            "several processes do. `torch.use_deterministic_algorithms(True)` chooses another one, or says which one it is."
        )

    def _parameters(self, difference: Difference) -> Iterator[str]:
        which = _which_tensors(difference, "parameter")
        yield (
            f"{self._what(difference)} differ{which}, though the gradients agree: the parameters were others before (loaded, or made by a "
            "generator that is not recorded) without a trace in the loss, or the step itself is nondeterministic."
        )

    def _order(self, difference: Difference) -> Iterator[str]:
        assert difference.event is not None and difference.other is not None
        yield (
            f"The program takes another way. Here, run 1 {self._done(difference.event)}, and run {self.other} "
            f"{self._done(difference.other)}. Something that varies decides: the order of files or of a set, a time, `hash()` of a string, "
            "another process."
        )

    def _more(self, difference: Difference) -> Iterator[str]:
        longer, shorter = (1, self.other) if difference.event is not None else (self.other, 1)
        event = difference.any_event
        assert event is not None
        yield (
            f"Run {longer} goes on: it {self._done(event)}; in run {shorter}, this process had come to its end. Something that varies decides "
            "how long it goes on: a time, a number of files, another process."
        )

    def _process(self, difference: Difference) -> Iterator[str]:
        there = 1 if difference.event is not None else self.other
        missing = self.other if there == 1 else 1
        command = " ".join(difference.process.command)
        yield f"Run {there} has a process that run {missing} has not, or one that does nothing there: {_short(command)}"

    def _suspected(self, events: list[Event]) -> Iterator[str]:
        places = [f"{self._shown(event.place)} ({event.family})" for event in events if event.place is not None]
        if places:
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            yield f"A generator of the program's own is made without a seed at {', '.join(places[:3])}{more}: that may be why."

    # Words

    def _what(self, difference: Difference) -> str:
        event = difference.any_event
        assert event is not None
        words = {
            "batch": "Batch",
            "loss": "Loss",
            "gradients": "The gradients of step",
            "parameters": "The parameters after step",
        }
        return f"{words[event.kind]} {event.number}"

    def _named(self, event: Event) -> str:
        names = {
            "batch": "batch",
            "loss": "loss",
            "gradients": "the gradients of step",
            "parameters": "the parameters after step",
        }
        where = f" at {self._shown(event.place)}" if event.place is not None else ""
        return f"{names[event.kind]} {event.number}{where}"

    def _done(self, event: Event) -> str:
        where = f" at {self._shown(event.place)}" if event.place is not None else ""
        if event.kind == "state":
            return f"{'seeded' if event.seeds else 'drew from'} {_generator(event)}{where}"
        done = {"batch": "got batch", "loss": "had loss", "gradients": "began step", "parameters": "made step"}
        return f"{done[event.kind]} {event.number}{where}"

    def _counted(self, counts: Counter[str]) -> str:
        parts = [f"{counts[kind]:,} {words[counts[kind] != 1]}" for kind, words in KINDS.items() if counts[kind]]
        return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts) or "nothing"

    def _path(self, place: Place) -> str:
        return shown(Path(place.path), self.cwd) if not place.path.startswith("<") else place.path

    def _shown(self, place: Place | None) -> str:
        if place is None:
            return "code that is not yours"
        function = f", in {place.function}" if place.function != "<module>" else ""
        return f"{self._path(place)}:{place.line}{function}"

    def _excerpt(self, place: Place | None) -> Iterator[str]:
        line = linecache.getline(str(self.cwd / place.path), place.line).strip() if place is not None else ""
        if line and place is not None:
            yield f"  {place.line:>5} | {_short(line)}"

    def _script(self, difference: Difference) -> str | None:
        """The program that a person could give to `reprolint trace`."""
        for word in (*self.outcome.request.command, *difference.process.command):
            if word.endswith(".py") and (self.cwd / word).is_file():
                return shown(Path(word).absolute(), self.cwd)
        return None


def _counts(run: Run) -> Counter[str]:
    return sum((Counter({kind: process.counts[kind] for kind in process.compared}) for process in run.processes), Counter())


def _generator(event: Event) -> str:
    on = "" if event.device == "cpu" else f" of {event.device}"
    return GENERATORS[event.family] + on


def _which_tensors(difference: Difference, word: str) -> str:
    """Which of the tensors differ, as far as that was recorded."""
    one, two = difference.event, difference.other
    if one is None or two is None or len(one.text) != len(two.text):
        return ""
    pairs = [text[at : at + TENSOR] for text in (one.text, two.text) for at in range(0, len(text), TENSOR)]
    half = len(pairs) // 2
    found = [at for at in range(half) if pairs[at] != pairs[half + at]]
    if not found:
        return ""
    shape = f", of shape {one.shapes[found[0]]}" if found[0] < len(one.shapes) else ""
    return f" in {len(found)} of {half} tensors (the first: number {found[0] + 1}{shape})"


def _kind_of_process(difference: Difference) -> str:
    process = difference.process
    if process.worker:
        return ", in a DataLoader worker"
    rank = next(filter(None, process.rank), "")
    if rank:
        return f", in the process of rank {rank}"
    if not difference.is_child:
        return ""
    return ", in a forked process" if process.fork is not None else ", in a child process"


def _ended(run: Run) -> str:
    if run.timed_out:
        return f"run {run.number} did not end within {run.seconds:.0f} s"
    if run.exit_code < 0:
        try:
            name = signal.Signals(-run.exit_code).name
        except ValueError:
            name = f"signal {-run.exit_code}"
        return f"run {run.number} was ended by {name}"
    return f"run {run.number} ended with exit code {run.exit_code}"


def _short(line: str) -> str:
    return line if len(line) <= WIDEST else f"{line[:WIDEST]}…"
