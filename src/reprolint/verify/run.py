"""Runs the command, as often as is asked for, and compares each run with the first one."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from reprolint.errors import UsageError
from reprolint.verify.compare import Difference, first_difference
from reprolint.verify.records import Process, processes
from reprolint.verify.texts import TextDifference, difference_of_texts, without_passing

INJECTED: Final = Path(__file__).parent / "injected"

POLL: Final = 0.05
"""Seconds between looks at a run whose output is shown meanwhile."""

GRACE: Final = 5.0
"""Seconds that a run has for ending by itself when it is told to."""


@dataclass(frozen=True)
class Request:
    """What to verify.

    :ivar command: a program and its arguments.
    :ivar runs: how often to run it.
    :ivar files: what the command writes, and has to write alike.
    :ivar output: what has to be the same of what they write on stdout: values (all but times and the like), exact (every byte),
        ignore (nothing).
    :ivar before: a command for each run to start with.
    :ivar timeout: seconds that a run may take; None: as long as it likes.
    :ivar show: show what the first run writes, on stderr.
    """

    command: tuple[str, ...]
    runs: int = 2
    files: tuple[Path, ...] = ()
    output: str = "values"
    before: str | None = None
    timeout: float | None = None
    show: bool = False


@dataclass
class Run:
    """One run.

    :ivar exit_code: negative: the number of the signal that ended it.
    :ivar timed_out: it was ended because it took too long.
    :ivar folder: holds what it wrote.
    """

    number: int
    exit_code: int
    seconds: float
    timed_out: bool
    folder: Path
    processes: list[Process]

    @property
    def events(self) -> int:
        """How many events were recorded, in all processes."""
        return sum(process.events for process in self.processes)

    @property
    def failed(self) -> bool:
        """Whether it did not come to a good end."""
        return self.timed_out or self.exit_code != 0

    @property
    def stdout(self) -> Path:
        """What it wrote there."""
        return self.folder / "stdout"

    @property
    def stderr(self) -> Path:
        """What it wrote there."""
        return self.folder / "stderr"


@dataclass(frozen=True)
class FileComparison:
    """What became of a file that the runs have to write alike.

    :ivar difference: where they part; None: not at all, or not in a line.
    """

    path: Path
    same: bool
    difference: TextDifference | None = None
    missing_in: int | None = None


@dataclass
class Outcome:
    """What came of it.

    :ivar verdict: same, parted, failed (the command did), nothing (was recorded).
    :ivar runs: those that were made. After one that differs, or that failed, there is no other one.
    :ivar first: the first point where the records part.
    :ivar stdout: where the outputs part; ``stdout_counts``: whether they should not have.
    :ivar files: in the order of the request.
    """

    request: Request
    verdict: str = "same"
    runs: list[Run] = field(default_factory=list)
    first: Difference | None = None
    stdout: TextDifference | None = None
    stdout_counts: bool = False
    files: list[FileComparison] = field(default_factory=list)


@contextlib.contextmanager
def verify(request: Request, tell: Callable[[str], None]) -> Iterator[Outcome]:
    """Run the command, and compare the runs.

    :param request: what to do.
    :param tell: is given a sentence about each run when it has ended.
    :returns: a context manager that gives the outcome; the folders of its runs are there until it ends.
    :raises UsageError: if the command or the one before it cannot be started, or that one fails.
    """
    with tempfile.TemporaryDirectory(prefix="reprolint-verify-") as folder:
        outcome = Outcome(request)
        for number in range(1, request.runs + 1):
            run = _run(request, number, Path(folder) / str(number))
            outcome.runs.append(run)
            tell(_sentence(run, request.runs))
            if not _goes_on(outcome):
                break
        outcome.verdict = _verdict(outcome)
        yield outcome


def _goes_on(outcome: Outcome) -> bool:
    """Compare the last run with the first one. Whether there is a reason for another run."""
    first, last = outcome.runs[0], outcome.runs[-1]
    if last is first:
        # A command that fails is run once more: whether it does the same up to there may say why.
        return _recorded(first) or first.failed
    outcome.first = first_difference(first.processes, last.processes, whole=not (first.failed or last.failed))
    _compare_output(outcome, first, last)
    outcome.files = [_compare(path, index, first, last) for index, path in enumerate(outcome.request.files)]
    return not last.failed and not _parted(outcome)


def _compare_output(outcome: Outcome, first: Run, last: Run) -> None:
    anything = difference_of_texts(first.stdout, last.stdout)
    values = difference_of_texts(first.stdout, last.stdout, without_passing) if anything is not None else None
    counting = {"values": values, "exact": anything, "ignore": None}[outcome.request.output]
    outcome.stdout = counting or anything
    outcome.stdout_counts = counting is not None


def _verdict(outcome: Outcome) -> str:
    if any(run.failed for run in outcome.runs):
        return "failed"
    if not all(_recorded(run) for run in outcome.runs):
        return "nothing"
    return "parted" if _parted(outcome) else "same"


def _parted(outcome: Outcome) -> bool:
    return outcome.first is not None or outcome.stdout_counts or not all(file.same for file in outcome.files)


def _recorded(run: Run) -> bool:
    return any(process.own or process.events for process in run.processes)


def _sentence(run: Run, runs: int) -> str:
    ended = f"stopped after {run.seconds:.1f} s" if run.timed_out else f"{run.seconds:.1f} s"
    if run.exit_code and not run.timed_out:
        ended += f", exit code {run.exit_code}"
    return f"run {run.number} of {runs}: {ended}, {run.events:,} event{'s' * (run.events != 1)}"


def _run(request: Request, number: int, folder: Path) -> Run:
    folder.mkdir()
    records = folder.parent / "records"  # one name for all runs: programs may show their environment
    records.mkdir()
    if request.before is not None:
        _prepare(request.before)
    begin = time.monotonic()
    exit_code, timed_out = _execute(request, number, folder, _environment(records))
    seconds = time.monotonic() - begin
    for index, path in enumerate(request.files):
        if path.is_dir():
            raise UsageError(f"--compare: {path} is a folder; name a file")
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path, folder / f"file{index}")
    records.rename(folder / "records")
    return Run(number, exit_code, seconds, timed_out, folder, processes(folder / "records"))


def _environment(records: Path) -> dict[str, str]:
    path = os.environ.get("PYTHONPATH")
    added = {
        "PYTHONPATH": os.pathsep.join([str(INJECTED), path] if path else [str(INJECTED)]),
        "REPROLINT_VERIFY": str(records),
    }
    return {**os.environ, **added, "REPROLINT_VERIFY_PARENT": ""}


def _prepare(command: str) -> None:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--before: {error}") from None
    if not words:
        raise UsageError("--before: name a command")
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise UsageError(f"--before: {words[0]} cannot be started: {_reason(error)}") from None
    if done.returncode != 0:
        last = done.stdout.decode("utf-8", "backslashreplace").strip().splitlines()[-1:]
        raise UsageError(": ".join([f"--before: {words[0]} failed with exit code {done.returncode}", *last]))


def _execute(request: Request, number: int, folder: Path, environment: dict[str, str]) -> tuple[int, bool]:
    """Run the command once.

    :returns: its exit code, and whether it was ended for taking too long.
    """
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        try:
            # A session of its own: whatever the command starts can be ended together with it, and Ctrl-C reaches us alone.
            child = subprocess.Popen(
                request.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment, start_new_session=True
            )
        except OSError as error:
            raise UsageError(f"{request.command[0]} cannot be started: {_reason(error)}") from None
    shown = [(folder / name).open("rb") for name in ("stdout", "stderr")] if request.show and number == 1 else []
    try:
        with contextlib.ExitStack() as stack:
            for file in shown:
                stack.enter_context(file)
            return _wait(child, request.timeout, shown)
    except BaseException:  # Ctrl-C, above all
        _end(child)
        raise


def _wait(child: subprocess.Popen[bytes], timeout: float | None, shown: Sequence[IO[bytes]]) -> tuple[int, bool]:
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = None if end is None else max(0.0, end - time.monotonic())
        try:
            code = child.wait(min(POLL, left if left is not None else POLL) if shown else left)
        except subprocess.TimeoutExpired:
            _copy(shown)
            if end is not None and time.monotonic() >= end:
                _end(child)
                return child.returncode, True
            continue
        _copy(shown)
        return code, False


def _copy(shown: Sequence[IO[bytes]]) -> None:
    for file in shown:
        text = file.read().decode("utf-8", "backslashreplace")
        sys.stderr.write(text)
    sys.stderr.flush()


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a run and all that it started: first as Ctrl-C would, then for good."""
    for order in ("SIGINT", "SIGTERM", "SIGKILL"):
        if child.poll() is not None and order != "SIGKILL":
            continue
        _send(child, order)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)


def _send(child: subprocess.Popen[bytes], order: str) -> None:
    with contextlib.suppress(OSError):  # it is gone
        if hasattr(os, "killpg"):
            os.killpg(child.pid, getattr(signal, order))
        else:
            child.kill()


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _compare(path: Path, index: int, first: Run, last: Run) -> FileComparison:
    copies = [run.folder / f"file{index}" for run in (first, last)]
    missing = [run for run, copy in zip((first, last), copies, strict=True) if not copy.exists()]
    if len(missing) == 2 and not (first.failed or last.failed):
        raise UsageError(f"--compare: {path} is not there after the runs")
    if missing:
        return FileComparison(path, len(missing) == 2, missing_in=missing[0].number)
    difference = difference_of_texts(copies[0], copies[1])
    return FileComparison(path, difference is None, difference)
