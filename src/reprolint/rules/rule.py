"""What a rule is, and what it reports.

Imports nothing that reads programs: a rule is also a page, which is there without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from reprolint.facts.schema import Body
    from reprolint.model import Family, Severity
    from reprolint.order.survey import Decision, Survey
    from reprolint.trace.story import Event, Link, Place, Story


class Problem(NamedTuple):
    """What a rule found, still in terms of sites; the engine turns sites into lines and columns.

    :ivar message: what happens and what to do; ``{draw}`` and ``{seed}`` stand for the places of ``named``.
    :ivar at: where the finding stands.
    :ivar steps: the witness, in the order of execution.
    :ivar function: the site of the function around it, for a rule that reads files.
    """

    message: str
    at: Place
    steps: tuple[Link, ...] = ()
    family: Family | None = None
    named: Mapping[str, Place] = {}
    function: int | None = None


class Rule(NamedTuple):
    """One rule: its documentation, and the check that reads a program's story.

    :ivar doc: its page, in Markdown; the first line is the summary.
    :ivar look: the check that reads the project's files instead, whether or not a program reaches them.
    :ivar fix: what `reprolint fix` does about it: "none", "safe" or "unsafe".
    :ivar per_line: whether it is about a line, which is reported once, however many programs come by.
    """

    code: str
    name: str
    severity: Severity
    doc: str
    check: Callable[[Story], Iterable[Problem]] | None = None
    look: Callable[[Survey], Iterable[Problem]] | None = None
    on: bool = True
    fix: str = "none"
    per_line: bool = False

    @property
    def summary(self) -> str:
        return self.doc.strip().splitlines()[0]


def witness(*events: Event | None) -> tuple[Link, ...]:
    """The steps of a finding: the whole chain of the first event, then where the others happen."""
    steps: list[Link] = []
    for event in events:
        if event is not None:
            steps += [link for link in event.chain if link not in steps]
    return tuple(steps)


def family_of(event: Event) -> Family | None:
    """The one generator that an event is about; None where it is about several."""
    return event.families[0] if len(event.families) == 1 else None


def decided(survey: Survey, code: str, message: Callable[[Decision], str]) -> Iterable[Problem]:
    """A problem for every order of a kind that decides something; ``{use}`` in its message stands for where."""
    for decision in survey.decisions:
        if decision.origin.code == code:
            function = decision.origin.function
            yield Problem(message(decision), decision.at, decision.steps, named=decision.named, function=function)


def where_it_starts(story: Story, chain: tuple[Link, ...]) -> Place:
    """The entry point's own line from which something comes about.

    Where everything that the program does happens inside one call of its main function, that is a line of the function.
    """
    outer, *inner = chain
    inside = bool(inner) and inner[0].place.module is story.entry and runs_main(story.entry.body, outer.place.site)
    if inside and all(event.chain[0] == outer for event in story.events):
        return inner[0].place
    return outer.place


def runs_main(body: Body, site: int) -> bool:
    """Whether a call at the top level only starts the program: ``main()``, ``sys.exit(main())``, or any under a main guard."""
    from reprolint.facts import schema as s
    from reprolint.facts.schema import calls, is_main_test

    for node in body:
        if node[0] == s.DEF and node[1] == site:  # the function that a console script calls
            return True
        if node[0] == s.EXPR and any(call[1] == site for call in calls(node[2])):
            return True
        if node[0] == s.IF and is_main_test(node[2][0][0]) and any(call[1] == site for call in calls(node[2][0][1])):
            return True
    return False
