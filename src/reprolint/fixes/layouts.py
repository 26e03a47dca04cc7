"""The layouts of a project's files, and what the way to a statement says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from reprolint.facts.layout import Layout, Path, Statement
from reprolint.model import Span
from reprolint.program.project import Module, Project
from reprolint.trace.story import Place


class Layouts:
    """The layouts of a project's files, and where their sites stand, each worked out once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[Module, Layout] = {}

    def of(self, module: Module) -> Layout:
        if module not in self._known:
            self._known[module] = Layout(module.text)
        return self._known[module]

    def span(self, place: Place) -> Span:
        """Where a site stands in its file. A layout is not worked out for it alone: that takes longer."""
        module = place.module
        if module in self._known:
            known: Sequence[Span] = self._known[module].spans
        else:
            known = module.spans
        return known[place.site] if place.site < len(known) else Span(1, 1, 1, 1)

    def path(self, place: Place) -> Path:
        return self.of(place.module).path_to(self.span(place))


def statements_of(path: Path) -> Iterable[Statement]:
    """The statements on a path, outermost first."""
    return (block.statements[number] for block, number in path)


def function_of(path: Path) -> Statement | None:
    """The innermost function around the end of a path, if the path goes into its body."""
    found = None
    for (block, number), (inner, _) in pairwise(path):
        statement = block.statements[number]
        if statement.kind == "def" and inner is statement.blocks[0]:
            found = statement
    return found
