"""Sorting a listing or a set before its order decides something."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from reprolint.facts.layout import Layout, Statement
from reprolint.fixes.draft import Draft, before_line, replaced
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.verify import Unsound, applied
from reprolint.model import Span
from reprolint.order.flow import Origin
from reprolint.order.survey import Decision, Survey
from reprolint.program.project import Module, Project
from reprolint.trace.story import Place

_COMPREHENSIONS: Final = (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)


class OrderFixes:
    """Looks for fixes of what a survey found, and shows that they settle it.

    :param found: the survey.
    :param survey: looks through an edited project, for the files that the survey was about or for those that it is given.
    """

    def __init__(self, found: Survey, survey: Callable[[Project, frozenset[Path] | None], Survey], layouts: Layouts) -> None:
        self.found = found
        self.survey = survey
        self.layouts = layouts

    def fixes(self, decisions: Sequence[Decision]) -> dict[Place, Draft]:
        """A fix for each place that has one: all of them at once if that works, else those of a file, else each alone."""
        drafts = [(decision, draft) for decision in decisions if (draft := sort(self.layouts, decision.origin)) is not None]
        if self._settle(drafts, _counted(self.found), None):
            return {decision.at: draft for decision, draft in drafts}
        settled: dict[Place, Draft] = {}
        for module in dict.fromkeys(decision.origin.module for decision, _ in drafts):
            named = frozenset({module.path})
            own = [(decision, draft) for decision, draft in drafts if decision.origin.module is module]
            before = _counted(self.survey(self.found.project, named))
            if not self._settle(own, before, named):
                own = [one for one in own if self._settle([one], before, named)]
            settled |= {decision.at: draft for decision, draft in own}
        return settled

    def _settle(self, drafts: Sequence[_Drafted], before: Counter[tuple[str, str]], named: frozenset[Path] | None) -> bool:
        """Whether edits leave that much less to be reported, and nothing new."""
        together = Draft("Sort")
        for _, draft in drafts:
            for module, changes in draft.changes.items():
                together.add(module, *changes)
        try:
            after = _counted(self.survey(applied(self.found.project, together), named))
        except Unsound:
            return False
        return after <= before - Counter(_key(decision) for decision, _ in drafts)


_Drafted: TypeAlias = tuple[Decision, Draft]


def _key(decision: Decision) -> tuple[str, str]:
    return decision.origin.code, decision.origin.module.shown


def _counted(survey: Survey) -> Counter[tuple[str, str]]:
    return Counter(_key(decision) for decision in survey.decisions)


def sort(layouts: Layouts, origin: Origin) -> Draft | None:
    """Sort what an origin goes through; None where no plain edit does it."""
    layout = layouts.of(origin.module)
    if not origin.sortable or layout.tree is None or _taken(layout, "sorted"):
        return None
    span = layouts.span(Place(origin.module, origin.site))
    if origin.role == "walk":
        return _sorted_walk(layouts, origin.module, layout, span)
    around = layout.nodes_around(span)
    if not around:
        return None
    node = around[-1]
    if origin.role == "call":
        return _sorted_call(origin, layout, around)
    if origin.role == "argument" and isinstance(node, ast.Call) and len(node.args) > origin.number:
        return _sorted_argument(origin.module, layout, node, node.args[origin.number])
    if origin.role == "iterable":
        if isinstance(node, ast.For | ast.AsyncFor):
            return _wrapped(origin.module, layout, node.iter)
        if isinstance(node, _COMPREHENSIONS):
            return _wrapped(origin.module, layout, node.generators[origin.number].iter)
    return None


def _taken(layout: Layout, name: str) -> bool:
    """Whether the file gives a built-in name another meaning."""
    assert layout.tree is not None
    for node in ast.walk(layout.tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return True
        if isinstance(node, ast.arg) and node.arg == name:
            return True
        if isinstance(node, ast.alias) and (node.asname or node.name) == name:
            return True
    return False


def _sorted_call(origin: Origin, layout: Layout, around: Sequence[ast.AST]) -> Draft | None:
    module, call, parents = origin.module, around[-1], around[:-1]
    if not isinstance(call, ast.Call) or not parents:
        return None
    parent = parents[-1]
    if isinstance(parent, ast.withitem | ast.With | ast.AsyncWith | ast.Await):
        return None  # a listing that has to be closed
    more = ", key=lambda entry: entry.name" if _called(call) == "scandir" else ""
    if _is_list(parent, call):
        assert isinstance(parent, ast.Call)
        return _renamed(module, layout, parent, call, more)
    if origin.lazy is False or _goes_through(parent, call) or _read_once(layout, parent):
        return _wrapped(module, layout, call, more)
    if origin.lazy is None or _taken(layout, "iter"):
        return None  # whether a list or an iterator has to be put there cannot be told
    return _wrapped(module, layout, call, more, iterator=True)


def _called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


_CONSUMERS: Final = frozenset(
    "list tuple set frozenset sorted enumerate zip map filter reversed sum min max any all dict tqdm track iter islice chain "
    "join extend update writelines starmap imap imap_unordered".split()
)
"""Functions and methods that go through what they are given once, be it a list or an iterator."""


def _goes_through(parent: ast.AST, node: ast.expr) -> bool:
    """Whether a listing is gone through where it stands, so that a list may take the place of an iterator."""
    if isinstance(parent, ast.Call):
        return node in parent.args and _called(parent) in _CONSUMERS
    if isinstance(parent, _COMPREHENSIONS):
        return any(clause.iter is node for clause in parent.generators)
    return isinstance(parent, ast.For | ast.AsyncFor | ast.Starred | ast.YieldFrom)


def _read_once(layout: Layout, statement: ast.AST) -> bool:
    """Whether a statement keeps an iterator under a name that only the next lines of the same block go through, once."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
        return False
    assert layout.tree is not None
    name = statement.targets[0].id
    uses = [
        (parent, child)
        for parent in ast.walk(layout.tree)
        for child in ast.iter_child_nodes(parent)
        if isinstance(child, ast.Name) and child.id == name and child is not statement.targets[0]
    ]
    if len(uses) != 1:
        return False
    (parent, use), block = uses[0], _block_of(layout.tree, statement)
    parent = next(
        (one for one in ast.walk(layout.tree) if isinstance(one, _COMPREHENSIONS) and parent in one.generators), parent
    )
    at = next((one for one in block if use in ast.walk(one)), None)
    inside = isinstance(at, ast.For | ast.AsyncFor | ast.While) and not (isinstance(at, ast.For) and use in ast.walk(at.iter))
    return at is not None and not inside and _goes_through(parent, use)


def _block_of(tree: ast.Module, statement: ast.stmt) -> list[ast.stmt]:
    blocks = [getattr(node, part, None) for node in ast.walk(tree) for part in ("body", "orelse", "finalbody")]
    return next(block for block in blocks if isinstance(block, list) and statement in block)


def _is_list(node: ast.AST | None, held: ast.expr) -> bool:
    """Whether a node is ``list(held)``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "list"
        and node.args == [held]
        and not node.keywords
    )


def _sorted_argument(module: Module, layout: Layout, call: ast.Call, argument: ast.expr) -> Draft | None:
    if isinstance(argument, ast.Starred):
        return None
    if _is_list(call, argument):
        return _renamed(module, layout, call, argument)
    return _wrapped(module, layout, argument)


def _renamed(module: Module, layout: Layout, call: ast.Call, argument: ast.expr, more: str = "") -> Draft:
    """``list(x)`` as ``sorted(x)``"""
    if more:
        return _replaced(module, layout, call, argument, f"sorted({layout.text(layout.span_of(argument))}{more})")
    return _replaced(module, layout, call.func, argument, "sorted")


def _wrapped(module: Module, layout: Layout, node: ast.expr, more: str = "", *, iterator: bool = False) -> Draft:
    text = layout.text(layout.span_of(node))
    if isinstance(node, ast.Tuple) and not text.startswith("("):
        text = f"({text})"
    text = f"sorted({text}{more})"
    return _replaced(module, layout, node, node, f"iter({text})" if iterator else text)


def _replaced(module: Module, layout: Layout, node: ast.expr, listed: ast.expr, text: str) -> Draft:
    draft = Draft(f"Sort: `sorted({_short(layout, listed)})`")
    draft.add(module, replaced(layout.span_of(node), text))
    return draft


def _short(layout: Layout, node: ast.expr) -> str:
    text = " ".join(layout.text(layout.span_of(node)).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _sorted_walk(layouts: Layouts, module: Module, layout: Layout, span: Span) -> Draft | None:
    """``for root, folders, files in os.walk(top):`` sorts both lists first, which `os.walk` then follows."""
    around = layout.nodes_around(span)
    loop = next((node for node in reversed(around) if isinstance(node, ast.For)), None)
    call = around[-1] if around else None
    if loop is None or loop.iter is not call or not isinstance(call, ast.Call) or _bottom_up(call):
        return None
    target = loop.target
    if not isinstance(target, ast.Tuple) or len(target.elts) != 3:
        return None
    folders, names = target.elts[1:]
    if not isinstance(folders, ast.Name) or not isinstance(names, ast.Name):
        return None
    block = next((inner for statement in _statements(layout, loop) for inner in statement.blocks[:1]), None)
    if block is None or block.inline:
        return None
    draft = Draft("Sort what `os.walk` lists")
    called = folders.id
    if called.startswith("_") and not _loaded(loop, called):
        free = (name for name in ("dirs", "subdirs", "folders", "directories") if not _taken(layout, name))
        called = next(free, called)
        draft.add(module, replaced(layout.span_of(folders), called))
    lines = [f"{block.indent}{called}.sort()"] if not _is_sorted(loop, called) else []
    if _loaded(loop, names.id, unsorted=True):
        lines.append(f"{block.indent}{names.id}.sort()")
    draft.add(module, before_line(layout, block.statements[0].lead, "\n".join(lines)))
    return draft


def _bottom_up(call: ast.Call) -> bool:
    """Whether a walk comes by the folders inside first: then sorting them changes nothing any more."""
    given = [keyword.value for keyword in call.keywords if keyword.arg in ("topdown", None)] or call.args[1:2]
    return any(not (isinstance(value, ast.Constant) and value.value is True) for value in given)


def _statements(layout: Layout, loop: ast.For) -> Iterator[Statement]:
    span = layout.span_of(loop)
    for block, number in layout.path_to(span):
        statement = block.statements[number]
        if statement.kind == "for" and statement.span.line == span.line and statement.span.column == span.column:
            yield statement


def _is_sorted(loop: ast.For, name: str) -> bool:
    """Whether a loop's body sorts a list in place."""
    nodes = (node for statement in loop.body for node in ast.walk(statement))
    return any(
        isinstance(node, ast.Attribute) and node.attr == "sort" and isinstance(node.value, ast.Name) and node.value.id == name
        for node in nodes
    )


def _loaded(loop: ast.For, name: str, unsorted: bool = False) -> bool:
    """Whether a loop's body reads a name; or reads it otherwise than to sort it."""
    nodes = [node for statement in loop.body for node in ast.walk(statement)]
    reads = sum(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) for node in nodes)
    if not unsorted:
        return reads > 0
    calls = [node for node in nodes if isinstance(node, ast.Call) and _called(node) == "sorted" and node.args]
    return reads > sum(isinstance(call.args[0], ast.Name) and call.args[0].id == name for call in calls)
