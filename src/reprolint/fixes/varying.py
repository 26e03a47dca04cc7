"""Replacing a seed that differs from run to run by a constant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from reprolint.facts.layout import Layout
from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.unused import taken_out, unused_imports
from reprolint.model import Span
from reprolint.program.project import Module
from reprolint.trace.story import Event, OwnDraw, Place


def constant(layouts: Layouts, seed: Event | OwnDraw, value: int) -> Iterator[Draft]:
    """Put a constant in the place of what varies.

    That is the clock that a variable is set from, the argument of the seed call, or the argument that it lacks.
    """
    if seed.source is not None:
        span = _outermost(layouts, seed.source)
        if span is not None:
            yield _draft(layouts, seed.source.module, span, str(value))
    module, span = seed.place.module, layouts.span(seed.place)
    text = layouts.of(module).text(span)
    call = call_in(text)
    if call is None or len(call.args) + len(call.keywords) > 1:
        return
    function = ast.unparse(call.func)
    if not call.args and not call.keywords:
        if re.fullmatch(r"(?:\w+\.)*torch\.seed", function):
            function = f"{function.removesuffix('seed')}manual_seed"
        yield _draft(layouts, module, span, f"{function}({value})")
    else:
        yield _draft(layouts, module, span, f"{function}({keyword_of(call)}{value})")


def _draft(layouts: Layouts, module: Module, span: Span, new: str) -> Draft:
    layout = layouts.of(module)
    draft = Draft(f"Replace `{_short(layout.text(span))}`, which differs from run to run, by `{new}`", "unsafe")
    draft.add(module, replaced(span, new))
    draft.add(module, *(taken_out(layout, one) for one in unused_imports(layouts.project, module, layout, [span], new)))
    return draft


def _short(text: str) -> str:
    first = text.splitlines()[0]
    return first if len(first) <= 60 and "\n" not in text else f"{first[:57]}…"


def call_in(text: str) -> ast.Call | None:
    """An expression that is a call; None where it is something else."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    return node if isinstance(node, ast.Call) else None


def keyword_of(call: ast.Call) -> str:
    """``seed=`` where the only argument of a call is given by that name, else nothing."""
    return f"{call.keywords[0].arg}=" if call.keywords and call.keywords[0].arg else ""


def _outermost(layouts: Layouts, source: Place) -> Span | None:
    """The largest expression around a call that is nothing but a computation from it: ``int(time.time()) % 1000``.

    None where that may be something else than a number, or where something else than seeds needs it, too.
    """
    layout = layouts.of(source.module)
    around = layout.nodes_around(layouts.span(source))
    if not around or not isinstance(around[-1], ast.expr) or layout.span_of(around[-1]) != layouts.span(source):
        return None
    best, above = around[-1], around[-2]
    for above in reversed(around[:-1]):
        computes = isinstance(above, ast.Call | ast.BinOp | ast.UnaryOp | ast.Attribute | ast.Subscript)
        if not isinstance(above, ast.expr) or not computes:
            break
        if isinstance(above, ast.Call) and (_seeds(above) or any(word.value is best for word in above.keywords)):
            break
        best = above
    if isinstance(above, ast.FormattedValue) or (isinstance(above, ast.Assign) and _is_needed(layout, above)):
        return None
    return layout.span_of(best) if _is_number(best) else None


def _is_needed(layout: Layout, assignment: ast.Assign) -> bool:
    """Whether a variable that is no seed by its name is read by anything but seed calls: a program's start time is."""
    names = {target.id for target in assignment.targets if isinstance(target, ast.Name)}
    if layout.tree is None or any("seed" in name.lower() for name in names):
        return False
    nodes = list(ast.walk(layout.tree))
    seeds = [node for node in nodes if isinstance(node, ast.Call) and "seed" in ast.unparse(node.func).lower()]
    in_seeds = [inner for node in seeds for inner in ast.walk(node)]
    return any(
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names
        and not any(node is other for other in in_seeds)
        for node in nodes
    )  # fmt: skip


_NUMBERS: Final = re.compile(
    r"(?:\w+\.)*(?:int|abs|round|hash|time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|process_time|getpid|getppid"
    r"|randint|randrange|getrandbits|randbits|randbelow|from_bytes|seed|initial_seed|timestamp|item|get_native_id|get_ident)"
)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return not isinstance(node.left, ast.Constant | ast.JoinedStr) or not isinstance(node.op, ast.Mod)
    return isinstance(node, ast.Call) and _NUMBERS.fullmatch(ast.unparse(node.func)) is not None


def _seeds(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return "seed" in name.lower() or name in ("print", "str", "repr", "format")
