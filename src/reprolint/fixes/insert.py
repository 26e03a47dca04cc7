"""Putting a call of the seeding function into a program."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reprolint.facts.layout import Layout, Statement
from reprolint.fixes.draft import Draft, after_line, before_line
from reprolint.fixes.names import Target, import_change, name_in, same_section
from reprolint.fixes.place import Container, after_arguments, top
from reprolint.program.project import Module
from reprolint.sources.rewrite import Change

WHY_SO_EARLY: Final = "before the import below, which draws random numbers"


@dataclass(frozen=True, slots=True)
class Spot:
    """Between two statements of a block: the call comes before statement ``number`` of it."""

    place: Container
    number: int

    @property
    def following(self) -> Statement | None:
        statements = self.place.block.statements
        return statements[self.number] if self.number < len(statements) else None

    @property
    def at_import(self) -> bool:
        """Whether what follows draws while it is imported."""
        following = self.following
        return self.number == self.place.first and following is not None and following.only_imports


def usual_spot(place: Container, earliest: int = 0) -> Spot:
    """Where a person would put the call: below imports and argument parsing, and below what it reads.

    :param earliest: the number of the statement before which the seed is not known yet.
    """
    return Spot(place, min(max(top(place), after_arguments(place), earliest), place.first))


def latest_spot(place: Container) -> Spot:
    """Directly before the first statement that draws."""
    return Spot(place, place.first)


def insert(spot: Spot, target: Target, seed: str, where: str = "before the first draw") -> Draft | None:
    """Call the function with a seed, and import it. None where its name is not to be had there.

    :param where: how the fix's message ends.
    """
    place = spot.place
    # What the file imports below the call is of no use to it.
    until = spot.number if place.block is place.layout.body else None
    name = name_in(place.layout, target, until)
    if name is None:
        return None
    call = f"{name.local}({seed})"
    draft = Draft(f"Call `{call}` {where}")
    if name.statement is None:
        draft.add(place.module, _lines(spot, [call], target))
        return draft
    change = import_of(place.module, place.layout, name.statement, target, until, _anchor(spot))
    if change is None:
        draft.add(place.module, _lines(spot, [name.statement, "", call], target, own_import=True))
    else:
        draft.add(place.module, change, _lines(spot, [call], target))
    return draft


def import_of(
    module: Module, layout: Layout, statement: str, target: Target, until: int | None, anchor: Statement | None
) -> Change | None:
    """The import of the function for a call beside a statement, among those that are there; None where there are none.

    A notebook's cells are read one by one: there it stands in the cell that holds the call.
    """
    if not module.is_notebook:
        return import_change(layout, statement, target, until)
    if until is None or anchor is None:
        return None
    since = next(number for number, one in enumerate(layout.body.statements) if not _other_cell(module, one, anchor))
    return import_change(layout, statement, target, until, since)


def _anchor(spot: Spot) -> Statement | None:
    """The statement beside which a call goes: the one above it, unless that one has to stay the last of its cell."""
    previous = spot.place.block.statements[spot.number - 1] if spot.number else None
    return spot.following if previous is None or _shows_something(spot.place, previous, spot.following) else previous


def _lines(spot: Spot, lines: Sequence[str], target: Target, own_import: bool = False) -> Change:
    """The lines at a spot, with the blank lines that a formatter would put around them."""
    place, following = spot.place, spot.following
    text = [place.block.indent + line if line else "" for line in lines]
    statements = place.block.statements
    previous = statements[spot.number - 1] if spot.number else None
    module_level = place.block is place.layout.body
    if spot.at_import:
        # Not glued to the import, or a sorter of imports would take it for one of them.
        text.insert(len(text) - 1, f"{place.block.indent}# {WHY_SO_EARLY}")
    if previous is None or _shows_something(place, previous, following):
        assert following is not None
        wanted = 1 if spot.at_import or (module_level and (own_import or following.only_imports)) else 0
        return before_line(
            place.layout, following.lead, "\n".join([*text, *[""] * max(wanted, blank_lines_above(place, following))])
        )
    end = _end_of(place, previous, following)
    if following is not None and _other_cell(place.module, previous, following):
        following = None
    there = following.lead - end - 1 if following is not None else 0
    if previous.only_imports and own_import:
        if not same_section(previous, target):
            text.insert(0, "")
    elif previous.only_imports or (module_level and previous.is_docstring):
        text.insert(0, "")
    elif previous.kind in ("def", "class"):
        text[:0] = ["", ""] if module_level else [""]
    elif own_import:
        text.insert(0, "")
    if following is not None:
        wanted = max(
            blank_lines_above(place, following), 1 if spot.at_import or (own_import and not previous.only_imports) else 0
        )
        text += [""] * max(wanted - there, 0)
    return after_line(place.layout, end, "\n".join(text))


def _end_of(place: Container, previous: Statement, following: Statement | None) -> int:
    """The last line of a statement and of the comments that hang below it."""
    lines, start = place.layout.lines, previous.span.end_line
    stop = following.lead if following is not None else len(lines) + 1
    cells = (place.module.source.cells if place.module.source is not None else None) or ()
    bounds = [cell.line for cell in cells if start < cell.line <= stop]
    end = start
    while end + 1 < min([stop, *bounds]) and lines[end].lstrip().startswith("#"):
        end += 1
    return end if end + 1 < stop or bounds else start


def _other_cell(module: Module, one: Statement, other: Statement) -> bool:
    locate = module.source.locate if module.source is not None else None
    return locate is not None and locate(one.span)[0] != locate(other.span)[0]


def _shows_something(place: Container, previous: Statement, following: Statement | None) -> bool:
    """Whether a statement is an expression at the end of a cell, which shows its value only there."""
    if following is None or not _other_cell(place.module, previous, following) or previous.kind != "simple":
        return False
    tree = place.layout.tree
    last = [node for node in tree.body if node.lineno <= previous.span.end_line] if tree is not None else []
    return bool(last) and isinstance(last[-1], ast.Expr)


def blank_lines_above(place: Container, following: Statement) -> int:
    """Blank lines that a function, a class or a comment on what follows needs above it."""
    if following.kind in ("def", "class"):
        return 2 if place.block is place.layout.body else 1
    return 1 if following.lead < following.span.line else 0
