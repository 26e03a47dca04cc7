"""Which parameter of a function numbers the processes that run it, judged by where these are made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from reprolint.facts.layout import Layout


def numbering_parameter(layout: Layout, function: str, parameters: tuple[str, ...]) -> str | None:
    """The parameter that gets the index of the loop in which the processes are made.

    ``for block in range(4): Process(target=price, args=(block, basket))`` numbers them by the first parameter of ``price``.

    :param layout: of the file that starts the processes.
    :returns: None where there is no such loop, or several that do not agree.
    """
    if layout.tree is None:
        return None
    found = {
        next((name for name, value in zip(parameters, given, strict=False) if _name(value) in indices), None)
        for given, indices in _made(layout.tree, function, frozenset())
    }
    return found.pop() if len(found) == 1 else None


def _made(node: ast.AST, function: str, indices: frozenset[str]) -> Iterator[tuple[list[ast.expr], frozenset[str]]]:
    """The arguments of each process that is to run a function, and the counting variable of the loop around it."""
    if isinstance(node, ast.For):
        indices = frozenset(_counting(node.target, node.iter))  # an outer loop's variable does not tell its processes apart
    elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
        last = node.generators[-1]
        indices = frozenset(_counting(last.target, last.iter))
    elif isinstance(node, ast.Call):
        words = {word.arg: word.value for word in node.keywords}
        given = words.get("args")
        if "target" in words and _name(words["target"]) == function and isinstance(given, ast.Tuple | ast.List):
            yield given.elts, indices
    for inner in ast.iter_child_nodes(node):
        yield from _made(inner, function, indices)


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _counting(target: ast.expr, source: ast.expr) -> Iterator[str]:
    """The variable of a loop that counts: over ``range``, or the first one over ``enumerate``."""
    if not isinstance(source, ast.Call) or not isinstance(source.func, ast.Name):
        return
    if source.func.id == "range" and isinstance(target, ast.Name):
        yield target.id
    elif source.func.id == "enumerate" and isinstance(target, ast.Tuple) and isinstance(target.elts[0], ast.Name):
        yield target.elts[0].id
