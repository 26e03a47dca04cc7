"""Replacing a seed that differs from run to run by a constant."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator

from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.place import Layouts
from reprolint.model import Span
from reprolint.trace.story import Event, Place


def constant(layouts: Layouts, seed: Event, value: int) -> Iterator[Draft]:
    """Put a constant in the place of what varies: the clock that a variable is set from, or the missing argument of the seed call."""
    if seed.source is not None and "without a seed" not in seed.detail:
        span = _outermost(layouts, seed.source)
        if span is not None:
            text = layouts.of(seed.source.module).text(span)
            draft = Draft(f"Replace `{_short(text)}` by `{value}`", "unsafe")
            draft.add(seed.source.module, replaced(span, str(value)))
            yield draft
    else:
        span = layouts.span(seed.place)
        layout = layouts.of(seed.place.module)
        text = layout.text(span)
        call = _call(text)
        if call is not None and not (call.args or call.keywords):
            draft = Draft(f"Replace `{_short(text)}` by a call with the seed {value}", "unsafe")
            if ast.unparse(call.func).endswith("torch.seed"):
                new = f"{ast.unparse(call.func).removesuffix('seed')}manual_seed({value})"
            else:
                new = f"{text[: text.rindex('(')]}({value})"
            draft.add(seed.place.module, replaced(span, new))
            yield draft
        elif call is not None and len(call.args) == 1 and isinstance(call.args[0], ast.Constant):
            draft = Draft(f"Replace `{_short(text)}` by a call with the seed {value}", "unsafe")
            draft.add(seed.place.module, replaced(span, f"{ast.unparse(call.func)}({value})"))
            yield draft


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
    """The largest expression around a call that is nothing but a computation from it: ``int(time.time()) % 1000``."""
    layout = layouts.of(source.module)
    path = layouts.path(source)
    if not path:
        return None
    statement = path[-1][0].statements[path[-1][1]]
    first = statement.span.line
    lines = layout.lines[first - 1 : statement.span.end_line]
    if statement.kind != "simple" or path[-1][0].inline:
        return _whole(layouts, source)
    text = "\n".join(lines)
    indent = len(lines[0]) - len(lines[0].lstrip())
    try:
        tree = ast.parse(textwrap.dedent(text) if indent == 0 else f"if 1:\n{text}")
    except (SyntaxError, ValueError):
        return None
    offset = first - 1 if indent == 0 else first - 2
    wanted = layouts.span(source)
    chain = _chain(tree, lambda node: _span(node, lines, offset, first) == wanted, [])
    if chain is None:
        return None
    best = chain[-1]
    for node in reversed(chain[:-1]):
        if not isinstance(node, ast.Call | ast.BinOp | ast.UnaryOp | ast.Attribute | ast.Subscript | ast.Starred):
            break
        if isinstance(node, ast.Call) and _seeds(node):
            break
        best = node
    assert isinstance(best, ast.expr)
    return _span(best, lines, offset, first)


def _whole(layouts: Layouts, source: Place) -> Span:
    return layouts.span(source)


def _seeds(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return "seed" in name.lower() or name in ("print", "str")


def _chain(node: ast.AST, wanted: object, above: list[ast.AST]) -> list[ast.AST] | None:
    """The nodes from the root to the first one that is wanted."""
    assert callable(wanted)
    here = [*above, node]
    if isinstance(node, ast.expr) and wanted(node):
        return here
    for inner in ast.iter_child_nodes(node):
        found = _chain(inner, wanted, here)
        if found is not None:
            return found
    return None


def _span(node: ast.expr, lines: list[str], offset: int, first: int) -> Span:
    """Where a node stands in the file: `ast` counts columns in bytes."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    line, end = node.lineno + offset, node.end_lineno + offset
    column = len(lines[line - first].encode()[: node.col_offset].decode(errors="replace")) + 1
    end_column = len(lines[end - first].encode()[: node.end_col_offset].decode(errors="replace")) + 1
    return Span(line, column, end, end_column)
