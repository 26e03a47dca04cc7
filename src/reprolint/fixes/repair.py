"""Making existing seeds do what they were meant to: completing, moving and replacing them."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reprolint.facts.layout import Block, Layout, Path, Statement
from reprolint.fixes.draft import Draft, before_line, replaced, without_lines
from reprolint.fixes.insert import WHY_SO_EARLY, Spot, blank_lines_above, import_of
from reprolint.fixes.layouts import Layouts, function_of, statements_of
from reprolint.fixes.names import Target, name_in
from reprolint.fixes.often import loop_names, loops_around, may_repeat, only_seeds
from reprolint.fixes.place import Container, number_in
from reprolint.fixes.touched import ANYTHING, names_changed, names_read, tree_of
from reprolint.fixes.unused import taken_out
from reprolint.fixes.value import is_seed
from reprolint.model import Span
from reprolint.program.project import Module
from reprolint.sources.rewrite import Change
from reprolint.trace import values as v
from reprolint.trace.story import Event, Link

RAW: Final = frozenset({"random.seed", "numpy.random.seed", "torch.manual_seed", "torch.random.manual_seed"})
"""Calls that `set_seed` with the same seed stands for."""

_DEVICES: Final = re.compile(r"(?:torch\.)?cuda\.manual_seed(?:_all)?\(.*\)", re.DOTALL)
_MACHINE: Final = re.compile(r"cuda|gpu|is_available|mps|device|rank", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring statements of one block that all seed something with the same seed."""

    module: Module
    layout: Layout
    block: Block
    first: int
    last: int
    seed: str
    path: Path

    @property
    def statements(self) -> tuple[Statement, ...]:
        return self.block.statements[self.first : self.last + 1]


def runs(layouts: Layouts, events: Iterable[Event]) -> Iterator[Run]:
    """The runs of plain seed calls in which some seed events happened, each once.

    One that runs again and again with the same seed is left out: what it would seed in addition would repeat its numbers.
    """
    plain = [event for event in events if event.name in RAW and not event.detail and _fits(event)]
    known = {(event.place.module, layouts.span(event.place)) for event in plain}
    seen: set[tuple[Module, int]] = set()
    for event in plain:
        run = _run_around(layouts, event, known)
        if run is None or (run.module, run.statements[0].span.line) in seen:
            continue
        seen.add((run.module, run.statements[0].span.line))
        if not _depends_on_machine(run) and not _repeats_itself(layouts, run, event):
            yield run


def _fits(event: Event) -> bool:
    """Whether the seed is one that all generators take, as far as can be told."""
    options = v.options_of(event.value or v.UNKNOWN)
    constants = [value.value for value in options if isinstance(value, v.Const)]
    if any(not is_seed(value) for value in constants) or any(isinstance(value, v.Sequence | v.Mapping) for value in options):
        return False
    # random.seed takes text and numbers of any size; the others take integers.
    return bool(constants) or event.name != "random.seed"


def _run_around(layouts: Layouts, event: Event, known: set[tuple[Module, Span]]) -> Run | None:
    module = event.place.module
    path = layouts.path(event.place)
    if not path or path[-1][0].inline:
        return None
    layout = layouts.of(module)
    block, number = path[-1]
    seed = _seed_of(layout, block.statements[number])
    if seed is None or not _is_whole(seed):
        return None

    def belongs(statement: Statement) -> bool:
        if _seed_of(layout, statement) == seed and (module, statement.span) in known:
            return True
        return _seeds_devices(layout, statement) == seed

    if not belongs(block.statements[number]):
        return None
    first = last = number
    if not _calls_something(seed):  # which may give another value each time
        while first > 0 and belongs(block.statements[first - 1]):
            first -= 1
        while last + 1 < len(block.statements) and belongs(block.statements[last + 1]):
            last += 1
    return Run(module, layout, block, first, last, seed, path)


def _call(text: str) -> ast.Call | None:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Call):
        return None
    return body[0].value


def _seed_of(layout: Layout, statement: Statement) -> str | None:
    """What a statement that is nothing but a call of one argument calls with, as written."""
    if statement.kind != "simple":
        return None
    text = layout.text(statement.span)
    call = _call(text)
    if call is None or len(call.args) + len(call.keywords) != 1:
        return None
    argument = call.args[0] if call.args else call.keywords[0].value
    return None if isinstance(argument, ast.Starred) else ast.get_source_segment(text, argument)


def _seeds_devices(layout: Layout, statement: Statement) -> str | None:
    """The seed of a statement that only seeds CUDA devices, also one that asks first whether there are any."""
    if statement.kind == "simple":
        match = _DEVICES.fullmatch(layout.text(statement.span))
        return _seed_of(layout, statement) if match is not None else None
    if statement.kind != "if" or len(statement.blocks) != 1 or "cuda" not in layout.lines[statement.span.line - 1]:
        return None
    inner = statement.blocks[0].statements
    seeds = {_seeds_devices(layout, one) if one.kind == "simple" else None for one in inner}
    return seeds.pop() if len(seeds) == 1 else None


def _is_whole(seed: str) -> bool:
    """Whether an expression may be a seed for all generators: no text or list, and in range where it is a mere number."""
    node = ast.parse(seed, mode="eval").body
    if not isinstance(
        node, ast.Constant | ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BinOp | ast.IfExp | ast.BoolOp
    ):
        return False
    names = any(isinstance(inner, ast.Name) for inner in ast.walk(node))
    return names or (isinstance(node, ast.Constant) and is_seed(node.value))


def _calls_something(seed: str) -> bool:
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func) not in ("int", "abs", "hash", "len")
        for node in ast.walk(ast.parse(seed, mode="eval"))
    )


def _depends_on_machine(run: Run) -> bool:
    """Whether a run stands in a branch that is taken only where there is a GPU, only where there is none, or only by one rank."""
    around = run.layout.nodes_around(run.statements[0].span)
    return not around or any(isinstance(node, ast.If) and _MACHINE.search(ast.unparse(node.test)) for node in around)


def _repeats_itself(layouts: Layouts, run: Run, event: Event) -> bool:
    """Whether a run may be executed more than once with one and the same seed."""
    read = _words(run.seed)
    around = loops_around(run.layout, run.statements[0].span)
    if around and not read & loop_names(around):
        return True
    function = function_of(run.path)
    if function is None:
        return False
    outer = event.chain[:-1]
    if not only_seeds(run.layout, function):
        return bool(outer) and may_repeat(layouts, event.chain) and not around
    if not outer:
        return False
    # A helper may be called often, as long as each call is meant to start everything again.
    call = layouts.of(outer[-1].place.module)
    around = loops_around(call, layouts.span(outer[-1].place))
    if around:
        return not _words(call.text(layouts.span(outer[-1].place))) & loop_names(around)
    return len(outer) > 1 and may_repeat(layouts, outer)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def complete(run: Run, target: Target, unused: Sequence[Statement]) -> Draft | None:
    """Put one call of the seeding function in the place of a run of plain seed calls.

    :param unused: the import statements that nothing needs once the run is gone.
    :returns: None where the function's name is not to be had there, or the run belongs to that very function.
    """
    until = run.first if run.block is run.layout.body else None
    name = name_in(run.layout, target, until)
    comments = _comments(run)
    if name is None or comments is None or (target.here and any(one.name == target.name for one in statements_of(run.path))):
        return None
    call = f"{name.local}({run.seed})"
    lines = [f"`{run.layout.text(one.span).splitlines()[0]}`" for one in run.statements]
    draft = Draft(f"Replace {lines[0]}{f' and {len(lines) - 1} more' if len(lines) > 1 else ''} by `{call}`")
    start, end = run.statements[0].span, run.statements[-1].span
    trailing = comments.pop()[1] if len(comments) == 1 and (comments[0][0] == end.end_line or start.line == end.line) else ""
    text = f"\n{run.block.indent}".join([*(comment for _, comment in comments), call])
    last = run.layout.lines[end.end_line - 1]
    span = Span(start.line, start.column, end.end_line, len(last) + 1)
    draft.add(run.module, replaced(span, f"{text}  {trailing}" if trailing else text))
    added: Change | None = None
    if name.statement is not None:
        added = import_of(run.module, run.layout, name.statement, target, until, run.statements[0])
        if added is None:
            added = before_line(run.layout, run.statements[0].lead, f"{run.block.indent}{name.statement}\n")
    for one in unused:
        if added is not None and added.span.line == one.span.line and added.span.line == added.span.end_line:
            draft.add(run.module, replaced(one.span, added.replacement.strip("\n")))
            added = None
        else:
            draft.add(run.module, taken_out(run.layout, one))
    if added is not None:
        draft.add(run.module, added)
    return draft


def _comments(run: Run) -> list[tuple[int, str]] | None:
    """Every comment on and between the lines of a run, with its line; those above it stay where they are."""
    first, last = run.statements[0].span.line, run.statements[-1].span.end_line
    text = textwrap.dedent("\n".join(run.layout.lines[first - 1 : last])) + "\n"
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    return [(first + token.start[0] - 1, token.string) for token in tokens if token.type == tokenize.COMMENT]


def move_up(layouts: Layouts, place: Container, seed: Event, extra: Iterable[Event], draws: Iterable[Event]) -> Iterator[Draft]:
    """Move a statement that seeds, with what belongs to it, to where it precedes the draws of its block.

    Only a statement that does nothing else, and that reads nothing which the statements between compute.

    :param place: the block, whose statement ``first`` is the first that draws.
    """
    number = _seeding_number(layouts, place, seed)
    if number is None or number <= place.first:
        return
    layout, statements = place.layout, place.block.statements
    seeding = {found for event in (seed, *extra) if (found := _seeding_number(layouts, place, event)) is not None}

    def comes_along(number: int) -> bool:
        return number in seeding or _seeds_devices(layout, statements[number]) is not None

    first = last = number
    while last + 1 < len(statements) and comes_along(last + 1):
        last += 1
    while first - 1 > place.first and comes_along(first - 1):
        first -= 1
    drawing = {number_in(layouts, place, event) for event in draws}
    if drawing & set(range(first, last + 1)):
        return  # it does some of the work, too, or the seed itself is drawn
    moved = statements[first : last + 1]
    needs = {name for one in moved for name in names_read(layout, one)} | _needed_inside(layouts, place, moved, (seed, *extra))
    # `seed = 99` above the calls comes along.
    while first - 1 > place.first and _binds_constant(layout, statements[first - 1]) & needs:
        first -= 1
        moved = statements[first : last + 1]
    own = {name for one in moved for name in _binds_constant(layout, one)}
    passed = statements[place.first : first]
    between = {name for one in passed for name in names_changed(layout, one)}
    if (needs - own) & between or ANYTHING in needs | between or not _only_there(layout, own):
        return
    draft = Draft(f"Move `{layout.text(moved[-1].span).splitlines()[0]}` up, before the first draw")
    following = Spot(place, place.first).following
    assert following is not None
    top, bottom = moved[0].lead, moved[-1].span.end_line
    lines = layout.lines[top - 1 : bottom]
    if following.only_imports and top == moved[0].span.line:
        lines = [f"{place.block.indent}# {WHY_SO_EARLY}", *lines]
    above, below = _blank_lines(place.module, layout, top, bottom)
    gap = max(blank_lines_above(place, following), 1 if above or below else 0)
    draft.add(
        place.module,
        before_line(layout, following.lead, "\n".join([*lines, *[""] * gap])),
        # Of the blank lines above and below the larger number is enough.
        without_lines(top, bottom + min(above, below)),
    )
    yield draft


def _seeding_number(layouts: Layouts, place: Container, event: Event) -> int | None:
    """The number of the statement of a block that is a call which seeds and does nothing else; None: there is none."""
    number = number_in(layouts, place, event)
    if number is None:
        return None
    call = event.chain[place.level].place
    if layouts.path(call)[-1][0] is not place.block:
        return None
    statement = place.block.statements[number]
    if layouts.span(call) != statement.span or _call(place.layout.text(statement.span)) is None:
        return None
    if len(event.chain) > place.level + 1 and _helper(layouts, event.chain[place.level + 1]) is None:
        return None
    return number


def _helper(layouts: Layouts, link: Link) -> Statement | None:
    """The function around a place, if it is a plain one that only seeds."""
    path = layouts.path(link.place)
    function = function_of(path)
    if function is None or any(one.kind == "class" for one in statements_of(path)):
        return None
    return function if only_seeds(layouts.of(link.place.module), function) else None


def _needed_inside(layouts: Layouts, place: Container, moved: Sequence[Statement], events: Iterable[Event]) -> set[str]:
    """The names that helpers of the same file read when they are called by statements that move."""
    found: set[str] = set()
    for event in events:
        if len(event.chain) > place.level + 1 and event.chain[place.level + 1].place.module is place.module:
            number = number_in(layouts, place, event)
            helper = _helper(layouts, event.chain[place.level + 1])
            if helper is not None and number is not None and place.block.statements[number] in moved:
                found |= names_read(place.layout, helper)
    return found


def _only_there(layout: Layout, names: set[str]) -> bool:
    """Whether names are bound in one place of a file only, so that what reads them reads the same wherever that stands."""
    if not names or layout.tree is None:
        return not names
    bound = [node.id for node in ast.walk(layout.tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)]
    bound += [node.arg for node in ast.walk(layout.tree) if isinstance(node, ast.arg)]
    return all(bound.count(name) == 1 for name in names)


def _blank_lines(module: Module, layout: Layout, top: int, bottom: int) -> tuple[int, int]:
    """How many blank lines stand above and below some lines of a file or a cell; at its start any number is there."""
    cells = (module.source.cells if module.source is not None else None) or ()
    first = max([cell.line for cell in cells if cell.line <= top], default=1)
    last = min([cell.line - 1 for cell in cells if cell.line > bottom], default=len(layout.lines) - 1)
    above = 0
    while top - above > first and not layout.lines[top - above - 2].strip():
        above += 1
    below = 0
    while bottom + below < last and not layout.lines[bottom + below].strip():
        below += 1
    return (below if top == first else above), below


def _binds_constant(layout: Layout, statement: Statement) -> set[str]:
    """The names that a statement binds to a constant, if it does nothing else."""
    tree = tree_of(layout, statement)
    body = tree.body if tree is not None else []
    if len(body) != 1 or not isinstance(body[0], ast.Assign) or not isinstance(body[0].value, ast.Constant):
        return set()
    return {target.id for target in body[0].targets if isinstance(target, ast.Name)}
