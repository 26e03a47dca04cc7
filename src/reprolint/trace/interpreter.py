"""Runs one program abstractly, from its entry point to its end, and tells its story."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reprolint.knowledge import Knowledge
from reprolint.program.entry import EntryPoint
from reprolint.program.imports import Finder
from reprolint.program.inert import Inertness
from reprolint.program.project import Module, Project
from reprolint.trace.machine import Frame, GaveUp, PathEnds
from reprolint.trace.statements import Statements
from reprolint.trace.story import Story
from reprolint.trace.values import Function, Value


class Interpreter(Statements):
    """One abstract run of one program."""

    def __init__(self, project: Project, finder: Finder, knowledge: Knowledge, entry: Module) -> None:
        super().__init__(project, finder, knowledge, entry)
        self.inert = Inertness.shared(finder, knowledge)
        self._memo = {}
        self._contexts = {}
        self._active = []
        self._captured = {}
        self._fetched = {}
        self._kept: list[Value] = []
        self._assigned = {}
        self.decided = {}
        self.last_varying = "a value"

    def run(self, function: str | None) -> Story:
        """Run the entry module, and then the function that the entry point names, if it does."""
        try:
            value = self.run_module(self.entry, None, "__main__" if function is None else self.entry.path.stem)
            if function is not None and value.scope is not None:
                self.frames.append(Frame(value.scope, None))
                target = self.attribute(value, function)
                site = target.site if isinstance(target, Function) else 0
                self.call(target, (), {}, site, f"{function}()")
        except PathEnds:
            pass
        except GaveUp:
            self.story.gave_up = "the program is too large to be followed to its end"
        except RecursionError:
            self.story.gave_up = "the program nests too deep to be followed to its end"
        self.story.ends.append(self.state)
        return self.story

    def run_main_again(self) -> None:
        """What a spawned child does first: import the main module under another name."""
        self.run_module(self.entry, None, "__mp_main__")


def tell(project: Project, entry: EntryPoint, knowledge: Knowledge, roots: Iterable[Path] = ()) -> Story:
    """The story of one program.

    :param roots: further directories in which its imports are looked up.
    """
    finder = Finder(project, entry.module, roots)
    return Interpreter(project, finder, knowledge, entry.module).run(entry.function)
