"""Follows the lines of the user's own code: with `sys.monitoring` from Python 3.12 on, with `sys.settrace` before.

Each thread has a stack with an entry for every call of the user's own code that is going on, innermost last: its code and the line it
is at. What happens inside a library belongs to the innermost entry. The entries hold no frames: that would keep the program's objects
alive for longer than they live without us.

Some functions of libraries are followed as well, by their code, so that nothing has to be put in their place (see `Libraries`).
"""

from __future__ import annotations

import sys
import threading

from reprolint_recorder.places import place_of

TYPE_CHECKING = False  # importing typing for this would cost every process its time
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

    from reprolint_recorder.generators import Generators
    from reprolint_recorder.journal import Journal
    from reprolint_recorder.places import Places

FREE_TOOLS = (4, 3)
"""Numbers of `sys.monitoring` that no kind of tool has for itself (https://docs.python.org/3/library/sys.monitoring.html)."""


class Entry:
    """A call of the user's own code that is going on."""

    __slots__ = ("code", "line")

    def __init__(self, code: CodeType, line: int) -> None:
        self.code = code
        self.line = line

    @property
    def place(self) -> tuple[str, int, str]:
        """File, line and function."""
        return place_of(self.code, self.line)


class Followed:
    """A function of a library whose calls matter.

    :param function: written in Python.
    :param begin: is told its arguments and its frame when it is called.
    :param end: is told its arguments and what it returned.
    """

    def __init__(
        self,
        function: Any,
        begin: Callable[[dict[str, Any], FrameType], object] | None = None,
        end: Callable[[dict[str, Any], Any], object] | None = None,
    ) -> None:
        self.code: CodeType = function.__code__
        self.begin = begin
        self.end = end


class Lines:
    """Follows nothing, but answers everything. The way where another tool follows the program already.

    :param journal: where to write that the program runs code of the user's.
    :param places: tells which files are the user's.
    :param generators: are looked at at every line.
    """

    how = "none"

    def __init__(self, journal: Journal, places: Places, generators: Generators) -> None:
        self._journal = journal
        self._places = places
        self._generators = generators
        self.is_own = places.is_own
        self._local = threading.local()
        self._threads = 0
        self._followed: dict[str, dict[str, list[Followed]]] = {}

    def start(self) -> None:
        """Begin."""
        self._journal.note("another tool (a debugger, a coverage tool) follows this program: lines are not known exactly")

    def end(self) -> None:
        """The program ends."""

    def follow(self, followed: Followed) -> None:
        """Follow the calls of a function of a library, too."""
        code = followed.code
        self._followed.setdefault(code.co_filename, {}).setdefault(code.co_name, []).append(followed)

    def here(self) -> tuple[str, int, str] | None:
        """Where the program is."""
        return self._places.here()

    def forked(self) -> None:
        """This is a forked process now, with the one thread that forked."""
        self._threads = 1

    def _followed_of(self, code: CodeType) -> Followed | None:
        for followed in self._followed.get(code.co_filename, {}).get(code.co_name, ()):
            if followed.code is code:
                return followed
        return None

    def _stack(self) -> list[Entry]:
        try:
            return self._local.stack  # type: ignore[no-any-return]
        except AttributeError:
            stack = self._local.stack = []
            self._threads += 1
            if self._threads < 3:
                self._journal.mark("own" if self._threads == 1 else "threads")
            return stack

    def _enter(self, code: CodeType, line: int) -> Entry:
        """Before a call of the user's own code: what moved until now belongs to the caller."""
        stack = self._stack()
        self._generators.look(stack[-1].place if stack else None)
        entry = Entry(code, line)
        stack.append(entry)
        return entry

    def _leave(self, code: CodeType) -> None:
        """After a call."""
        stack = self._stack()
        if not stack:
            return
        self._generators.look(stack[-1].place)
        for at in range(len(stack) - 1, -1, -1):
            if stack[at].code is code:  # above it are calls whose end was not reported
                del stack[at:]
                return

    def trouble(self, error: Exception) -> None:
        """Give up after an error in the middle of somebody's program, unless it is none of ours.

        :raises Exception: see `raise_if_foreign`.
        """
        self.raise_if_foreign(error)
        self._journal.stop_after(error)

    def raise_if_foreign(self, error: Exception) -> None:
        """Let an error pass that belongs to the program: its signal handlers run wherever the interpreter is.

        :raises Exception: the same one.
        """
        trace = error.__traceback__
        while trace is not None:
            if self.is_own(trace.tb_frame.f_code.co_filename):
                raise error
            trace = trace.tb_next


class TracedLines(Lines):
    """Follows with `sys.settrace` (https://docs.python.org/3/library/sys.html#sys.settrace)."""

    how = "trace"

    def start(self) -> None:
        threading.settrace(self._call)
        sys.settrace(self._call)

    def end(self) -> None:
        if sys.gettrace() != self._call:
            self._journal.note("the program follows itself (sys.settrace): lines are not known exactly from then on")

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        try:
            code = frame.f_code
            name = code.co_filename
            if self.is_own(name):
                return self._line_of(self._enter(code, frame.f_lineno), frame)
            if name in self._followed:
                followed = self._followed_of(code)
                if followed is not None:
                    return self._follow_call(followed, frame)
        except RecursionError:  # the program is at its deepest, and will notice by itself
            pass
        except Exception as error:
            self.trouble(error)
        return None

    def _line_of(self, entry: Entry, frame: FrameType) -> Any:
        """The trace function of one frame."""
        look = self._generators.look_at
        leave = self._leave

        def line(frame: FrameType, event: str, arg: Any) -> Any:
            try:
                if event == "line":
                    look(entry)
                    entry.line = frame.f_lineno
                elif event == "return":
                    leave(frame.f_code)
            except RecursionError:  # the program is at its deepest, and will notice by itself
                pass
            except Exception as error:
                self.trouble(error)
            return line

        return line

    def _follow_call(self, followed: Followed, frame: FrameType) -> Any:
        arguments = dict(frame.f_locals)
        if followed.begin is not None:
            followed.begin(arguments, frame)
        end = followed.end
        if end is None:
            return None
        frame.f_trace_lines = False

        def returned(frame: FrameType, event: str, arg: Any) -> Any:
            try:
                if event == "return":
                    end(arguments, arg)
            except RecursionError:  # the program is at its deepest, and will notice by itself
                pass
            except Exception as error:
                self.trouble(error)
            return returned

        return returned


class MonitoredLines(Lines):
    """Follows with `sys.monitoring`, which costs nothing where nothing is followed."""

    how = "monitoring"

    def __init__(self, journal: Journal, places: Places, generators: Generators, tool: int) -> None:
        super().__init__(journal, places, generators)
        self._tool = tool
        self._monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]

    def start(self) -> None:
        monitoring, events = self._monitoring, self._monitoring.events
        callbacks = {
            events.PY_START: self._started,
            events.PY_RESUME: self._started,
            events.PY_THROW: self._thrown,
            events.LINE: self._line,
            events.PY_RETURN: self._returned,
            events.PY_YIELD: self._returned,
            events.PY_UNWIND: self._unwound,
        }
        monitoring.use_tool_id(self._tool, "reprolint verify")
        wanted = 0
        for event, callback in callbacks.items():
            monitoring.register_callback(self._tool, event, callback)
            wanted |= event
        monitoring.set_events(self._tool, wanted)

    def follow(self, followed: Followed) -> None:
        super().follow(followed)
        self._monitoring.restart_events()  # it may have run already, and been given up

    def _started(self, code: CodeType, offset: int) -> Any:
        try:
            if self.is_own(code.co_filename):
                self._enter(code, code.co_firstlineno)
                return None
            followed = self._followed_of(code)
            if followed is None:
                return self._monitoring.DISABLE
            if followed.begin is not None:
                frame = sys._getframe(1)
                followed.begin(dict(frame.f_locals), frame)
        except RecursionError:  # the program is at its deepest, and will notice by itself
            pass
        except Exception as error:
            self.trouble(error)
        return None

    def _thrown(self, code: CodeType, offset: int, error: BaseException) -> None:
        if self.is_own(code.co_filename):
            self._started(code, offset)

    def _line(self, code: CodeType, line: int) -> Any:
        try:
            stack = getattr(self._local, "stack", None)
            # A line of the innermost call, as nearly always, is one of the user's own code.
            if not stack or stack[-1].code is not code:
                if not self.is_own(code.co_filename):
                    return self._monitoring.DISABLE
                self._enter(code, line)  # its start was not reported
                stack = self._stack()
            entry = stack[-1]
            self._generators.look_at(entry)
            entry.line = line
        except RecursionError:  # the program is at its deepest, and will notice by itself
            pass
        except Exception as error:
            self.trouble(error)
        return None

    def _returned(self, code: CodeType, offset: int, value: Any) -> Any:
        try:
            if self.is_own(code.co_filename):
                self._leave(code)
                return None
            followed = self._followed_of(code)
            if followed is None or followed.end is None:
                return self._monitoring.DISABLE
            followed.end(dict(sys._getframe(1).f_locals), value)
        except RecursionError:  # the program is at its deepest, and will notice by itself
            pass
        except Exception as error:
            self.trouble(error)
        return None

    def _unwound(self, code: CodeType, offset: int, raised: BaseException) -> None:
        try:
            if self.is_own(code.co_filename):
                self._leave(code)
        except RecursionError:  # the program is at its deepest, and will notice by itself
            pass
        except Exception as error:
            self.trouble(error)


def lines_for_this_python(journal: Journal, places: Places, generators: Generators) -> Lines:
    """The best way to follow lines that this interpreter has free."""
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is not None:
        free = [tool for tool in FREE_TOOLS if monitoring.get_tool(tool) is None]
        if free:
            return MonitoredLines(journal, places, generators, free[0])
    elif sys.gettrace() is None:
        return TracedLines(journal, places, generators)
    return Lines(journal, places, generators)
