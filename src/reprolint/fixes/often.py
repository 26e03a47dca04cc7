"""How often something in a program runs: a seed that is set again and again gives the same numbers again and again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from reprolint.facts.layout import Layout, Path, Statement
from reprolint.fixes.layouts import Layouts, function_of, statements_of
from reprolint.model import Span
from reprolint.trace.story import Link, Place

_REPEATING: Final = (
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Lambda,
)
_FRAMES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

_LAUNCHER: Final = re.compile(r"(?:\w+\.)*(?:run|Fire|cli|main|launch|wrapper|run_until_complete|call)")
"""Functions that call the one they are handed, once: ``app.run(main)``, ``fire.Fire(main)``, ``curses.wrapper(main)``."""


def repeated(layout: Layout, span: Span) -> bool:
    """Whether something stands in a loop, a comprehension or a lambda of the function that it belongs to."""
    return bool(loops_around(layout, span)) or layout.tree is None


def loops_around(layout: Layout, span: Span) -> list[ast.AST]:
    """The loops, comprehensions and lambdas around something, inside the function that it belongs to."""
    around = layout.nodes_around(span)
    frame = max((number for number, node in enumerate(around) if isinstance(node, _FRAMES)), default=0)
    return [node for node in around[frame:] if isinstance(node, _REPEATING)]


def called_once(layouts: Layouts, link: Link, inside: Place) -> bool:
    """Whether a call is the only one of the function that it leads into, and runs once where it stands.

    :param link: the call.
    :param inside: a place in the function.
    """
    layout = layouts.of(link.place.module)
    span = layouts.span(link.place)
    path = layouts.path(inside)
    function = function_of(path)
    if function is None:
        return not repeated(layout, span)
    names = _names_of(path, function)
    modules = {link.place.module, inside.module}
    # `model.train()` is no call of the file's own function `train`.
    dotted = len(modules) > 1 or names != {function.name}
    references = [(module, node) for module in modules for node in _references(layouts.of(module), names, dotted)]
    if repeated(layout, span) or len(references) > len(names):
        return False
    return all(_calls_once(layouts.of(module), node, span, module is link.place.module) for module, node in references)


def may_repeat(layouts: Layouts, chain: Sequence[Link]) -> bool:
    """Whether what stands at the end of a chain may run more than once, as far as the text of the program tells."""
    last = chain[-1].place
    if repeated(layouts.of(last.module), layouts.span(last)):
        return True
    return any(not called_once(layouts, link, inner.place) for link, inner in pairwise(chain))


def _names_of(path: Path, function: Statement) -> set[str]:
    """The names by which a function is called: its own, for a constructor the class's, for another method both."""
    classes = [statement for statement in statements_of(path) if statement.kind == "class"]
    if not classes:
        return {function.name}
    return {classes[-1].name} if function.name == "__init__" else {classes[-1].name, function.name}


def _references(layout: Layout, names: set[str], dotted: bool) -> Iterator[ast.expr]:
    for node in ast.walk(layout.tree) if layout.tree is not None else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            yield node
        elif dotted and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in names:
            yield node


def _calls_once(layout: Layout, reference: ast.expr, call: Span, same_file: bool) -> bool:
    """Whether a mention of a function lets it run once: it is called there, handed to a launcher, or kept for a later call."""
    around = layout.nodes_around(layout.span_of(reference))
    if loops_around(layout, layout.span_of(reference)):
        return False
    for node in reversed(around[:-1]):
        if not isinstance(node, ast.expr):
            break
        if isinstance(node, ast.Call) and node.func is not reference and same_file and layout.span_of(node) == call:
            inside_function = any(inner is reference for inner in ast.walk(node.func))
            return inside_function or _LAUNCHER.fullmatch(ast.unparse(node.func)) is not None
    return True


def only_seeds(layout: Layout, function: Statement) -> bool:
    """Whether a function of the project does nothing but seed, set switches and say so."""
    tree = next(
        (
            node
            for node in ast.walk(layout.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name == function.name and function.span.line <= node.lineno <= function.span.end_line
        ), None,
    ) if layout.tree is not None else None  # fmt: skip
    return tree is not None and all(_only_seeds(node) for node in tree.body)


_QUIET: Final = re.compile(
    r"(?:\w+\.)*(?:seed|manual_seed|manual_seed_all|seed_all|seed_everything|set_seed\w*|set_random_seed|set_rng_seed"
    r"|use_deterministic_algorithms|set_deterministic|print|info|debug|warning|setdefault|enable_op_determinism"
    r"|set_float32_matmul_precision)"
)
"""Calls that seed, set a switch or write a line."""


def _only_seeds(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return all(_only_seeds(inner) for inner in (*node.body, *node.orelse))
    if isinstance(node, ast.Expr):
        if isinstance(node.value, ast.Constant):
            return True
        return isinstance(node.value, ast.Call) and _QUIET.fullmatch(ast.unparse(node.value.func)) is not None
    if isinstance(node, ast.Assign):
        return not any(
            isinstance(inner, ast.Call) and ast.unparse(inner.func) not in ("str", "int", "hash") for inner in ast.walk(node)
        )
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) or (isinstance(node, ast.Return) and node.value is None)


def loop_names(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that loops bind: their targets, and what is assigned in their bodies."""
    return {
        node.id
        for loop in nodes
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
