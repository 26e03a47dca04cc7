"""Making existing seeds do what they were meant to: completing, moving and replacing them."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reprolint.facts.layout import Block, Layout, Statement
from reprolint.fixes.draft import Draft, before_line, replaced, without_lines
from reprolint.fixes.insert import WHY_SO_EARLY, Spot
from reprolint.fixes.names import Target, import_change, name_in
from reprolint.fixes.place import Container, Layouts, index_in
from reprolint.fixes.unused import taken_out
from reprolint.fixes.value import is_seed
from reprolint.program.project import Module
from reprolint.sources.rewrite import Change
from reprolint.trace import values as v
from reprolint.trace.story import Event

RAW: Final = frozenset({"random.seed", "numpy.random.seed", "torch.manual_seed", "torch.random.manual_seed"})
"""Calls that `set_seed` with the same seed stands for."""

ANYTHING: Final = "*"
"""Stands for the names in a statement that cannot be read."""

_DEVICES: Final = re.compile(r"(?:\w+\.)*cuda\.manual_seed(?:_all)?\((?P<seed>.*)\)", re.DOTALL)
_COMMENT: Final = re.compile(r"\s*(#.*)")


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring statements of one block that all seed something with the same seed."""

    module: Module
    layout: Layout
    block: Block
    first: int
    last: int
    seed: str

    @property
    def statements(self) -> tuple[Statement, ...]:
        return self.block.statements[self.first : self.last + 1]


def runs(layouts: Layouts, events: Iterable[Event]) -> Iterator[Run]:
    """The runs of plain seed calls in which some seed events happened, each once."""
    seen: set[tuple[Module, int]] = set()
    for event in events:
        if event.name not in RAW or event.detail or not _fits(event):
            continue
        run = _run_around(layouts, event)
        if run is not None and (run.module, run.statements[0].span.line) not in seen:
            seen.add((run.module, run.statements[0].span.line))
            yield run


def _fits(event: Event) -> bool:
    """Whether the seed is one that all generators take, as far as can be told."""
    constants = [value.value for value in v.options_of(event.value or v.UNKNOWN) if isinstance(value, v.Const)]
    if any(not is_seed(value) for value in constants):
        return False
    # random.seed takes text and numbers of any size; the others take integers.
    return bool(constants) or event.name != "random.seed"


def _run_around(layouts: Layouts, event: Event) -> Run | None:
    module = event.place.module
    path = layouts.path(event.place)
    if not path or path[-1][0].inline:
        return None
    layout = layouts.of(module)
    block, number = path[-1]
    seed = _seed_of(layout, block.statements[number])
    if seed is None:
        return None
    first = last = number
    while first > 0 and _seeds_with(layout, block.statements[first - 1], seed):
        first -= 1
    while last + 1 < len(block.statements) and _seeds_with(layout, block.statements[last + 1], seed):
        last += 1
    return Run(module, layout, block, first, last, seed)


def _call(text: str) -> ast.Call | None:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Call):
        return None
    return body[0].value


def _seed_of(layout: Layout, statement: Statement) -> str | None:
    """What a statement that is nothing but a seed call seeds with, as written."""
    if statement.kind != "simple":
        return None
    text = layout.text(statement.span)
    call = _call(text)
    if call is None or len(call.args) + len(call.keywords) != 1:
        return None
    function = ast.unparse(call.func)
    if not re.fullmatch(r"(?:\w+\.)*(?:seed|manual_seed|manual_seed_all)", function):
        return None
    argument = call.args[0] if call.args else call.keywords[0].value
    return None if isinstance(argument, ast.Starred) else ast.get_source_segment(text, argument)


def _seeds_with(layout: Layout, statement: Statement, seed: str) -> bool:
    if _seed_of(layout, statement) == seed:
        return True
    if statement.kind != "if" or len(statement.blocks) != 1 or "cuda" not in layout.lines[statement.span.line - 1]:
        return False
    inner = [layout.text(one.span) for one in statement.blocks[0].statements]
    found = [_DEVICES.fullmatch(text) for text in inner]
    return all(match is not None and match["seed"] == seed for match in found)


def complete(run: Run, target: Target, unused: Sequence[Statement]) -> Draft:
    """Put one call of the seeding function in the place of a run of plain seed calls.

    :param unused: the import statements that nothing needs once the run is gone.
    """
    until = run.first if run.block is run.layout.body else None
    name = name_in(run.layout, target, until)
    call = f"{name.local}({run.seed})"
    lines = [f"`{run.layout.text(one.span).splitlines()[0]}`" for one in run.statements]
    draft = Draft(f"Replace {lines[0]}{f' and {len(lines) - 1} more' if len(lines) > 1 else ''} by `{call}`")
    start, end = run.statements[0].span, run.statements[-1].span
    comments = _comments(run)
    trailing = comments.pop() if len(comments) == 1 and _is_trailing(run) else ""
    if trailing:
        text = f"{call}  {trailing}"
    else:
        text = f"\n{run.block.indent}".join([*comments, call])
    last = run.layout.lines[end.end_line - 1]
    span = start.__class__(start.line, start.column, end.end_line, len(last) + 1)
    draft.add(run.module, replaced(span, text))
    added: Change | None = None
    if name.statement is not None:
        if run.module.is_notebook or (until is not None and _too_late(run, name.statement, target)):
            added = before_line(run.layout, run.statements[0].lead, f"{run.block.indent}{name.statement}\n")
        else:
            added = import_change(run.layout, name.statement, target)
    for one in unused:
        if added is not None and added.span.line == one.span.line:
            draft.add(run.module, replaced(one.span, added.replacement.strip("\n")))
            added = None
        else:
            draft.add(run.module, taken_out(run.layout, one))
    if added is not None:
        draft.add(run.module, added)
    return draft


def _too_late(run: Run, statement: str, target: Target) -> bool:
    return import_change(run.layout, statement, target).span.line >= run.statements[0].lead


def _is_trailing(run: Run) -> bool:
    return (
        bool(
            _COMMENT.fullmatch(run.layout.lines[run.statements[-1].span.end_line - 1][run.statements[-1].span.end_column - 1 :])
        )
        or len(run.statements) == 1
    )


def _comments(run: Run) -> list[str]:
    """Every comment on and between the lines of a run, in order; those above it stay where they are."""
    found: list[str] = []
    span = run.statements[0].span
    ends = {one.span.end_line: one.span.end_column for one in run.layout.walk() if one.kind == "simple"}
    for line in range(span.line, run.statements[-1].span.end_line + 1):
        text = run.layout.lines[line - 1]
        if text.lstrip().startswith("#"):
            found.append(text.strip())
        elif line in ends:
            comment = _COMMENT.fullmatch(text[ends[line] - 1 :])
            if comment is not None:
                found.append(comment[1])
    return found


def move_up(layouts: Layouts, place: Container, seed: Event, extra: Iterable[Event] = ()) -> Iterator[Draft]:
    """Move a statement that seeds, with what belongs to it, to where it precedes the draws of its block.

    Only a statement that does nothing else, and that reads nothing which the statements between compute.

    :param place: the block, whose statement ``first`` is the first that draws.
    """
    if len(seed.chain) <= place.level or seed.chain[place.level].place.module is not place.module:
        return
    path = layouts.path(seed.chain[place.level].place)
    number = index_in(place, path)
    if number is None or number <= place.first or path[-1][0] is not place.block:
        return
    layout, statements = place.layout, place.block.statements
    if _call(layout.text(statements[number].span)) is None:
        return
    seeding = {index_in(place, layouts.path(event.chain[place.level].place)) for event in extra if _here(event, place)}
    first = last = number
    while last + 1 in seeding and _call(layout.text(statements[last + 1].span)) is not None:
        last += 1
    while first - 1 in seeding and first - 1 > place.first and _call(layout.text(statements[first - 1].span)) is not None:
        first -= 1
    moved = statements[first : last + 1]
    needs = {name for one in moved for name in _names(layout, one)}
    # `seed = 99` above the calls comes along.
    while first - 1 > place.first and _binds_constant(layout, statements[first - 1]) & needs:
        first -= 1
        moved = statements[first : last + 1]
    own = {name for one in moved for name in _binds_constant(layout, one)}
    between = {name for one in statements[place.first : first] for name in _changed(layout, one)}
    if (needs - own) & between or ANYTHING in needs | between:
        return
    draft = Draft(f"Move `{layout.text(moved[-1].span).splitlines()[0]}` up, before the first draw")
    following = Spot(place, place.first).following
    assert following is not None
    top, bottom = moved[0].lead, moved[-1].span.end_line
    lines = layout.lines[top - 1 : bottom]
    if following.only_imports and top == moved[0].span.line:
        lines = [f"{place.block.indent}# {WHY_SO_EARLY}", *lines]
    above = top == 1 or not layout.lines[top - 2].strip() or _starts_cell(place.module, top)
    below = bottom < len(layout.lines) and not layout.lines[bottom].strip()
    draft.add(
        place.module,
        before_line(layout, following.lead, "\n".join([*lines, *([""] if above or below else [])])),
        # Of the blank lines above and below one is enough.
        without_lines(layout, top, bottom + 1 if above and below else bottom),
    )
    yield draft


def _starts_cell(module: Module, line: int) -> bool:
    cells = module.source.cells if module.source is not None else None
    return any(cell.line == line for cell in cells or ())


def _here(event: Event, place: Container) -> bool:
    return len(event.chain) > place.level and event.chain[place.level].place.module is place.module


def _tree(layout: Layout, statement: Statement) -> ast.Module | None:
    """A statement by itself as a syntax tree."""
    lines = layout.lines[statement.span.line - 1 : statement.span.end_line]
    try:
        return ast.parse(textwrap.dedent("\n".join(lines)))
    except (SyntaxError, ValueError):
        return None


def _names(layout: Layout, statement: Statement) -> set[str]:
    """The names that a statement reads."""
    tree = _tree(layout, statement)
    if tree is None:
        return {ANYTHING}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _changed(layout: Layout, statement: Statement) -> set[str]:
    """The names that a statement may change: assigned, defined, imported, or holding an object that is assigned into."""
    tree = _tree(layout, statement)
    if tree is None:
        return {ANYTHING}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute | ast.Subscript):
                inner = inner.value
            if isinstance(inner, ast.Name):
                found.add(inner.id)
    return found


def _binds_constant(layout: Layout, statement: Statement) -> set[str]:
    """The names that a statement binds to a constant, if it does nothing else."""
    tree = _tree(layout, statement)
    body = tree.body if tree is not None else []
    if len(body) != 1 or not isinstance(body[0], ast.Assign) or not isinstance(body[0].value, ast.Constant):
        return set()
    return {target.id for target in body[0].targets if isinstance(target, ast.Name)}
