"""Replacing a seed that differs from run to run by a constant."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final

from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.place import Layouts
from reprolint.model import Span
from reprolint.program.project import Module
from reprolint.trace.story import Event, Place


def constant(layouts: Layouts, seed: Event, value: int) -> Iterator[Draft]:
    """Put a constant in the place of what varies.

    That is the clock that a variable is set from, the argument of the seed call, or the argument that it lacks.
    """
    if seed.source is not None:
        span = _outermost(layouts, seed.source)
        if span is not None:
            yield _draft(seed.source.module, span, layouts.of(seed.source.module).text(span), str(value))
    module, span = seed.place.module, layouts.span(seed.place)
    text = layouts.of(module).text(span)
    call = _call(text)
    if call is None or len(call.args) + len(call.keywords) > 1:
        return
    function = ast.unparse(call.func)
    if not call.args and not call.keywords:
        if re.fullmatch(r"(?:\w+\.)*torch\.seed", function):
            function = f"{function.removesuffix('seed')}manual_seed"
        yield _draft(module, span, text, f"{function}({value})")
    else:
        keyword = f"{call.keywords[0].arg}=" if call.keywords and call.keywords[0].arg else ""
        yield _draft(module, span, text, f"{function}({keyword}{value})")


def _draft(module: Module, span: Span, old: str, new: str) -> Draft:
    draft = Draft(f"Replace `{_short(old)}`, which differs from run to run, by `{new}`", "unsafe")
    draft.add(module, replaced(span, new))
    return draft


def _short(text: str) -> str:
    first = text.splitlines()[0]
    return first if len(first) <= 60 and "\n" not in text else f"{first[:57]}…"


def _call(text: str) -> ast.Call | None:
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    return node if isinstance(node, ast.Call) else None


def _outermost(layouts: Layouts, source: Place) -> Span | None:
    """The largest expression around a call that is nothing but a computation from it: ``int(time.time()) % 1000``.

    None where that may be something else than a number.
    """
    layout = layouts.of(source.module)
    path = layouts.path(source)
    if not path:
        return None
    statement = path[-1][0].statements[path[-1][1]]
    if statement.kind != "simple":
        return None
    first = statement.span.line
    lines = layout.lines[first - 1 : statement.span.end_line]
    head = lines[0].encode()
    shift = 0
    if lines[0][: statement.span.column - 1].strip():  # behind a header: `if x: seed = time.time()`
        shift = len(lines[0][: statement.span.column - 1].encode())
        lines = [lines[0][statement.span.column - 1 :], *lines[1:]]
    text = "\n".join(lines)
    above = 1 if lines[0][:1].isspace() else 0
    try:
        tree = ast.parse(f"if 1:\n{text}" if above else text)
    except (SyntaxError, ValueError):
        return None

    def span_of(node: ast.expr) -> Span:
        """Where a node stands in the file: `ast` counts columns in bytes."""
        ends = []
        for line, column in ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)):
            number = line - above
            whole = head if number == 1 else lines[number - 1].encode()
            before = column + (shift if number == 1 else 0)
            ends += [number + first - 1, len(whole[:before].decode(errors="replace")) + 1]
        return Span(*ends)

    chain = _chain(tree, lambda node: span_of(node) == layouts.span(source), [])
    if chain is None:
        return None
    best = chain[-1]
    for node in reversed(chain[:-1]):
        computes = isinstance(node, ast.Call | ast.BinOp | ast.UnaryOp | ast.Attribute | ast.Subscript)
        if not computes or (isinstance(node, ast.Call) and _seeds(node)):
            break
        best = node
    return span_of(best) if isinstance(best, ast.expr) and _is_number(best) else None


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


def _chain(node: ast.AST, wanted: Callable[[ast.expr], bool], above: list[ast.AST]) -> list[ast.AST] | None:
    """The nodes from the root to the first one that is wanted."""
    here = [*above, node]
    if isinstance(node, ast.expr) and wanted(node):
        return here
    for inner in ast.iter_child_nodes(node):
        found = _chain(inner, wanted, here)
        if found is not None:
            return found
    return None
