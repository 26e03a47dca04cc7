"""Seeding a child process, which the parent's seed does not reach."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Final

from reprolint.fixes.draft import Draft
from reprolint.fixes.insert import Spot, insert
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.names import Target
from reprolint.fixes.numbered import numbering_parameter
from reprolint.fixes.place import Container, body_of, top
from reprolint.fixes.touched import ANYTHING, names_changed, tree_of
from reprolint.fixes.value import constant_of, seed_expression
from reprolint.trace import values as v
from reprolint.trace.story import Event, Link, Story

_RANK: Final = re.compile(
    r"(?:(?:local|global|worker|process|proc|task|chunk|job|node)_?(?:rank|id|index|idx|num|number|no|nr)|rank|index|idx|i|gpu)",
    re.IGNORECASE,
)
"""Parameters that by their name number the processes or tasks."""

_SEED: Final = re.compile(r"^(?:\w+_)?seed$", re.IGNORECASE)

_SEEDER: Final = re.compile(r"(?:^|\.)(?:manual_seed|manual_seed_all|seed)$")
_READ: Final = re.compile(r"[A-Za-z_][\w.]*seed(?: \+ \w+)?")
"""How a function reads a seed, ``args.seed``, perhaps with the number of its process."""


def seed_child(
    layouts: Layouts, story: Story, draws: Sequence[Event], level: int, target: Target, fallback: int
) -> Draft | None:
    """Call the seeding function at the top of the function that a child process runs.

    :param draws: what the process draws.
    :param level: the number of the link of their chains that stands in that function.
    :returns: None where there is no one function. Not safe where nothing tells one process from another: all would draw the
        same numbers.
    """
    started = draws[0].chain[level - 1]
    chains: list[tuple[Link, ...]] = [draw.chain for draw in draws]
    place = body_of(layouts, chains, level)
    if place is None or place.function is None:
        return None
    before = min(story.events.index(draw) for draw in draws) + 1
    parameters = [name for name in place.function.parameters if name not in ("self", "cls")]
    given = next((name for name in parameters if _SEED.match(name)), None)
    if _gives_rank(started) and parameters:
        rank: str | None = parameters[0]
    else:
        rank = numbering_parameter(layouts.of(started.place.module), place.function.name, tuple(parameters))
    rank = rank or next((name for name in parameters if _RANK.fullmatch(name) and _may_be_whole(place, name)), None)
    seed, earliest = seed_expression(layouts, story, place, before, fallback)
    if earliest > place.first:
        seed, earliest = str(fallback), 0
    if seed == str(fallback):
        seed = _own_seed(story, place, parameters) or seed
    if seed == str(fallback) and given is None and _calls(place) and _has_own_seed(story):
        return None  # called without a process of its own, the function would drop what the program is seeded with
    if given is not None:
        seed = given
    elif rank is not None and re.search(rf"\b{rank}\b", seed) is None:
        seed = f"({seed}) + {rank}" if " " in seed else f"{seed} + {rank}"
        if _is_called(place, rank):
            return None
    draft = insert(_spot(place, earliest), target, seed, "in the child process, which the parent's seed does not reach")
    if draft is None:
        return None
    if given is None and rank is None:
        draft.applicability = "unsafe"
    return draft


def _own_seed(story: Story, place: Container, parameters: Sequence[str]) -> str | None:
    """The seed that the function gives to one of its generators in any case, such as CUDA's, if it reads it from parameters.

    What is known of, and was not taken (`seed_expression`), may be text, which PyTorch takes for a number.
    """
    refused = {source.expression for source in story.seed_sources if source.module is place.module}
    changed: set[str] = set()
    for statement in place.block.statements:
        tree = tree_of(place.layout, statement)
        call = tree.body[0].value if tree is not None and len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
        if isinstance(call, ast.Call) and _SEEDER.search(ast.unparse(call.func)) and len(call.args) == 1 and not call.keywords:
            seed = ast.unparse(call.args[0])
            names = {node.id for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)}
            if _READ.fullmatch(seed) and names <= {*parameters} - changed and seed.partition(" ")[0] not in refused:
                return seed
        changed |= names_changed(place.layout, statement)
        if ANYTHING in changed:
            break
    return None


def _may_be_whole(place: Container, parameter: str) -> bool:
    """Whether a parameter's annotation and default leave it a whole number."""
    function = _tree_of(place)
    if function is None:
        return False
    positional = [*function.args.posonlyargs, *function.args.args]
    defaults = dict(zip([one.arg for one in reversed(positional)], reversed(function.args.defaults), strict=False))
    annotation = next((one.annotation for one in positional if one.arg == parameter), None)
    default = defaults.get(parameter)
    return (annotation is None or ast.unparse(annotation) == "int") and (
        default is None or (isinstance(default, ast.Constant) and type(default.value) is int)
    )


def _tree_of(place: Container) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    last = place.layout.nodes_around(place.function.span)[-1:] if place.function is not None else []
    return last[0] if last and isinstance(last[0], ast.FunctionDef | ast.AsyncFunctionDef) else None


def _is_called(place: Container, rank: str) -> bool:
    """Whether the file also calls the function itself, with something else than a number for its rank: often with None."""
    function = _tree_of(place)
    if function is None or place.layout.tree is None:
        return True
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    for call in _calls(place):
        given = dict(zip(names, call.args, strict=False)) | {word.arg: word.value for word in call.keywords if word.arg}
        value = given.get(rank)
        if not isinstance(value, ast.Constant) or type(value.value) is not int:
            return True
    return False


def _calls(place: Container) -> list[ast.Call]:
    """The calls of the function in its own file."""
    name = place.function.name if place.function is not None else ""
    nodes = ast.walk(place.layout.tree) if place.layout.tree is not None else ()
    return [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name]


def _has_own_seed(story: Story) -> bool:
    """Whether the program is seeded with something that the user may choose."""
    values = [event.value for event in story.events if event.kind == "seed" and event.process == 0]
    return any(constant_of([value]) is None or v.option_in(value) is not None for value in values)


def _spot(place: Container, earliest: int) -> Spot:
    return Spot(place, min(max(top(place), earliest), place.first))


def _gives_rank(link: Link) -> bool:
    """Whether a call that starts processes hands each its number first: ``torch.multiprocessing.spawn(main, args)``."""
    return link.text.rstrip("()").rpartition(".")[2] == "spawn"
