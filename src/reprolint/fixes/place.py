"""Where in a program a call belongs that must run before its draws: the latest place at which a person would write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reprolint.facts.layout import Block, Layout, Path, Statement
from reprolint.fixes.layouts import Layouts, function_of, statements_of
from reprolint.fixes.often import called_once
from reprolint.program.project import Module
from reprolint.trace.story import Event, Link

_READS_ARGUMENTS: Final = re.compile(
    r"\b(?:parse_(?:known_|intermixed_)?(?:args?|arguments|opts?|options?|cli|config|cmd|command_line)\w*|tyro\.cli|arg_?parse"
    r"|get_(?:args?|arguments|opts?|options?|parser|hparams|config|cfg)(?:_parser)?)\("
)
"""Reading the command line, also by functions of the project's own, which are named for it."""


@dataclass(frozen=True, slots=True)
class Container:
    """A block in which every one of some chains passes through a statement.

    :ivar function: the function whose body it is; None: the module's own code.
    :ivar level: the number of the link of each chain that stands in the block.
    :ivar first: the number of the first statement of the block that one of the chains passes through.
    """

    module: Module
    layout: Layout
    block: Block
    function: Statement | None
    level: int
    first: int


def container(layouts: Layouts, chains: Sequence[tuple[Link, ...]], level: int = 0, descend: bool = True) -> Container | None:
    """The block for a call that has to come before all ends of some chains.

    It is the module's own code or the block under its main guard; where everything happens in one function of the same file
    that is called once and not in a loop, the body of that function.

    :param level: the number of the first link to look at; those before are somebody else's (the parent of a process).
    :param descend: whether to go into a function at all.
    :returns: None where the chains do not meet in one block.
    """
    module = chains[0][level].place.module
    if any(len(chain) <= level or chain[level].place.module is not module for chain in chains):
        return None
    paths = [layouts.path(chain[level].place) for chain in chains]
    found = _module_level(module, layouts.of(module), paths, level)
    if found is None or not descend or module.is_notebook:
        return found  # who works in a notebook calls its functions again and again
    return _into_function(layouts, chains, paths, found)


def body_of(layouts: Layouts, chains: Sequence[tuple[Link, ...]], level: int) -> Container | None:
    """The body of the one function in which the links number ``level`` of some chains stand."""
    if any(len(chain) <= level for chain in chains):
        return None
    module = chains[0][level].place.module
    paths = [layouts.path(chain[level].place) for chain in chains]
    function = _one_function(paths)
    if function is None:
        return None
    return _in_block(module, layouts.of(module), function.blocks[0], function, paths, level)


def _one_function(paths: Sequence[Path]) -> Statement | None:
    """The function in whose body all paths end; None where there is none, or more than one."""
    functions = [function_of(path) for path in paths]
    return functions[0] if all(other is functions[0] for other in functions) else None


def _in_block(
    module: Module, layout: Layout, block: Block, function: Statement | None, paths: Iterable[Path], level: int
) -> Container | None:
    numbers = [number for path in paths for one, number in path if one is block]
    if block.inline or not numbers:
        return None
    return Container(module, layout, block, function, level, min(numbers))


def _module_level(module: Module, layout: Layout, paths: Sequence[Path], level: int) -> Container | None:
    if any(not path for path in paths):
        return None
    found = _in_block(module, layout, layout.body, None, paths, level)
    statements = {path[0][0].statements[path[0][1]].span: path[0][0].statements[path[0][1]] for path in paths}
    if len(statements) == 1 and all(len(path) > 1 for path in paths):
        guard = next(iter(statements.values()))
        if guard.kind == "if" and _is_main_guard(layout, guard) and all(path[1][0] is guard.blocks[0] for path in paths):
            return _in_block(module, layout, guard.blocks[0], None, paths, level) or found
    return found


def _is_main_guard(layout: Layout, statement: Statement) -> bool:
    first = statement.blocks[0].statements[0].span.line
    header = " ".join(layout.lines[statement.span.line - 1 : max(first - 1, statement.span.line)])
    return "__name__" in header and "__main__" in header and "!=" not in header


def _into_function(
    layouts: Layouts, chains: Sequence[tuple[Link, ...]], paths: Sequence[Path], outside: Container
) -> Container:
    level = outside.level
    link = chains[0][level]
    if any(chain[level].place != link.place or len(chain) <= level + 1 for chain in chains):
        return outside
    if any(chain[level + 1].place.module is not outside.module for chain in chains):
        return outside
    inner = [layouts.path(chain[level + 1].place) for chain in chains]
    function = _one_function(inner)
    if function is None:
        return outside
    if sum(statement.kind in ("def", "class") for statement in statements_of(inner[0])) > 1:
        return outside  # a method or an inner function: what is called on an object may be called again
    if not any(statement is function for statement in statements_of(paths[0])):  # else it is the entry point itself
        if layouts.project.is_used_elsewhere(outside.module, function.name):
            return outside  # somebody else's library: a seed in it would act on their programs
        if not called_once(layouts, link, chains[0][level + 1].place):
            return outside
    found = _in_block(outside.module, outside.layout, function.blocks[0], function, inner, level + 1)
    if found is None:
        return outside
    if sum(not statement.is_docstring for statement in found.block.statements) == 1:
        return _into_function(layouts, chains, inner, found)  # it only calls the function that does the work
    return found


def top(place: Container) -> int:
    """The number of the first statement before which a call may stand in a block, in a person's eyes.

    Comes after a docstring, after the imports at its head, and in a function after ``global`` lines.
    """
    after = 0
    for number, statement in enumerate(place.block.statements[: place.first]):
        if statement.is_docstring and number == 0:
            after = 1
        elif statement.only_imports:
            after = number + 1
        elif statement.kind in ("def", "class"):
            break
        elif place.layout.lines[statement.span.line - 1].lstrip().startswith(("global ", "nonlocal ")):
            after = number + 1
        elif place.function is not None:
            break
    return after


def after_arguments(place: Container) -> int:
    """The number of the statement that follows the last one that reads the command line; 0 where none does."""
    after = 0
    for number, statement in enumerate(place.block.statements[: place.first]):
        text = place.layout.text(statement.span) if statement.kind == "simple" else ""
        if _READS_ARGUMENTS.search(text):
            after = number + 1
    return after


def number_in(layouts: Layouts, place: Container, event: Event) -> int | None:
    """The number of the statement of a container's block in which an event comes about; None if it does not come about there."""
    if len(event.chain) <= place.level or event.chain[place.level].place.module is not place.module:
        return None
    return index_in(place, layouts.path(event.chain[place.level].place))


def index_in(place: Container, path: Path) -> int | None:
    """The number of the statement of a container's block that a path goes through; None if it does not."""
    return next((number for block, number in path if block is place.block), None)
