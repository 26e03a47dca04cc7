"""Records what a program does with random numbers and what it computes from them, without changing what it does.

Runs inside somebody's program, under the Python of that program: needs the standard library of Python 3.8 and nothing else, imports
neither NumPy nor PyTorch (it waits until the program does), draws no number and sets no seed. If anything goes wrong in here, the
recording stops and the program goes on.
"""

from __future__ import annotations

import atexit
import os

from reprolint_recorder.generators import Generators
from reprolint_recorder.journal import Journal
from reprolint_recorder.libraries import Libraries
from reprolint_recorder.lines import Lines, lines_for_this_python
from reprolint_recorder.places import Places

TYPE_CHECKING = False  # importing typing for this would cost every process its time
if TYPE_CHECKING:
    from collections.abc import Callable


def start(folder: str) -> None:
    """Record this process, and those that it forks, from now on.

    :param folder: where each process writes a file of its own.
    """
    journal = Journal(folder)
    places = Places()
    generators = Generators(journal)
    lines = lines_for_this_python(journal, places, generators)
    libraries = Libraries(journal, generators, lines)
    journal.open({"lines": lines.how})
    atexit.register(_guarded, journal, lambda: _end(generators, lines))
    if hasattr(os, "register_at_fork"):
        _follow_forks(journal, generators, lines)
        libraries.after_random = lambda: _follow_forks(journal, generators, lines, again=True)
    libraries.wait()
    lines.start()


def _end(generators: Generators, lines: Lines) -> None:
    """Write down what happened after the last line of the user's code."""
    generators.look(lines.here())
    lines.end()


def _follow_forks(journal: Journal, generators: Generators, lines: Lines, again: bool = False) -> None:
    """Give forked processes a record of their own.

    ``random`` reseeds itself in a forked child, in a hook that it registers when it is imported
    (https://github.com/python/cpython/blob/3.13/Lib/random.py). Ours has to come after that one, so it is registered once more.
    """
    if again:
        os.register_at_fork(after_in_child=lambda: _guarded(journal, generators.settle))
        return

    def before() -> None:
        _guarded(journal, lambda: generators.look(lines.here()))
        journal.forks += 1

    def in_child() -> None:
        _guarded(journal, lambda: journal.reopen({"lines": lines.how}))
        _guarded(journal, generators.settle)
        lines.forked()

    os.register_at_fork(before=before, after_in_child=in_child)


def _guarded(journal: Journal, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception as error:
        journal.stop_after(error)
