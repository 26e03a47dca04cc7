"""Fixes of findings about lines, shown to settle them like those of programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from reprolint.fixes.draft import Draft
from reprolint.fixes.flags import leave_on
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.local import seed_local
from reprolint.fixes.own import seed_own
from reprolint.fixes.verify import Unsound, applied
from reprolint.fixes.worker import seed_worker
from reprolint.program.project import Project
from reprolint.rules import Problem, Rule
from reprolint.rules.worker_init import first_inside
from reprolint.trace.story import Place, Story

Found = tuple[Rule, Problem]


class LineFixes:
    """Looks for fixes of the lines that one program comes by.

    :param problems: follows the program in an edited project and gives what is left.
    """

    def __init__(
        self, project: Project, story: Story, problems: Callable[[Project], list[Found]], seed: int, layouts: Layouts
    ) -> None:
        self.project = project
        self.story = story
        self.problems = problems
        self.seed = seed
        self.layouts = layouts

    def fixes(self, found: Sequence[Found]) -> dict[Place, Draft]:
        """A fix for each line that has one."""
        before = _counted(found)
        out: dict[Place, Draft] = {}
        for rule, problem in found:
            if not rule.per_line or problem.at in out:
                continue
            for draft in self._drafts(problem.at):
                try:
                    after = _counted(self.problems(applied(self.project, draft)))
                except Unsound:
                    continue
                if after <= before and after[_key(rule, problem)] < before[_key(rule, problem)]:
                    out[problem.at] = draft
                    break
        return out

    def _drafts(self, at: Place) -> Iterator[Draft]:
        for event in self.story.events:
            if event.undoes and event.place == at:
                return leave_on(self.layouts, event)
            if event.kind == "local" and event.place == at:
                return seed_local(self.layouts, self.story, event, self.seed)
            if event.kind == "worker" and first_inside(event).place == at:
                return seed_worker(self.layouts, at)
        for draw in self.story.own.values():
            if draw.place == at:
                return seed_own(self.layouts, self.story, draw, self.seed)
        return iter(())


def _key(rule: Rule, problem: Problem) -> tuple[str, str | None, str]:
    return rule.code, problem.family, problem.at.module.shown if rule.per_line else ""


def _counted(found: Sequence[Found]) -> Counter[tuple[str, str | None, str]]:
    return Counter(_key(rule, problem) for rule, problem in found)
