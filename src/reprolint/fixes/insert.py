"""Putting a call of the seeding function into a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reprolint.facts.layout import Statement
from reprolint.fixes.draft import Draft, after_line, before_line
from reprolint.fixes.names import Target, import_change, name_in
from reprolint.fixes.place import Container, after_arguments, top
from reprolint.sources.rewrite import Change

WHY_SO_EARLY = "before the import below, which draws random numbers"


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


def insert(spot: Spot, target: Target, seed: str) -> Draft:
    """Call the function with a seed, and import it."""
    place = spot.place
    # What the file imports below the call is of no use to it.
    until = spot.number if place.block is place.layout.body else None
    name = name_in(place.layout, target, until)
    call = f"{name.local}({seed})"
    draft = Draft(f"Call `{call}` before the first draw")
    if name.statement is None:
        draft.add(place.module, _lines(spot, [call]))
        return draft
    own_import = place.module.is_notebook or spot.at_import
    if place.block is place.layout.body and not own_import:
        own_import = _import_comes_after(spot, import_change(place.layout, name.statement, target))
    if own_import:
        draft.add(place.module, _lines(spot, [name.statement, "", call], own_import=True))
    else:
        draft.add(place.module, import_change(place.layout, name.statement, target), _lines(spot, [call]))
    return draft


def _import_comes_after(spot: Spot, change: Change) -> bool:
    following = spot.following
    return following is not None and change.span.line >= following.lead


def _lines(spot: Spot, lines: Sequence[str], own_import: bool = False) -> Change:
    """The lines at a spot, with the blank lines that a formatter would put around them."""
    place, following = spot.place, spot.following
    text = [place.block.indent + line if line else "" for line in lines]
    statements = place.block.statements
    previous = statements[spot.number - 1] if spot.number else None
    module_level = place.block is place.layout.body
    if spot.at_import:
        # Not glued to the import, or a sorter of imports would take it for one of them.
        text.insert(len(text) - 1, f"{place.block.indent}# {WHY_SO_EARLY}")
    there = following.lead - previous.span.end_line - 1 if following is not None and previous is not None else 0
    if spot.at_import and not there:
        text.append("")
    if previous is None or (previous.span.end_line == _line_of(following) and following is not None):
        assert following is not None
        return before_line(place.layout, following.lead, "\n".join([*text, *_gap(spot, following, 0)]))
    if (previous.only_imports or (module_level and previous.is_docstring)) and not (own_import and previous.only_imports):
        text.insert(0, "")
    elif module_level and previous.kind in ("def", "class"):
        text[:0] = ["", ""]
    elif previous.kind in ("def", "class"):
        text.insert(0, "")
    if following is not None:
        text += _gap(spot, following, there)
    return after_line(place.layout, previous.span.end_line, "\n".join(text))


def _line_of(statement: Statement | None) -> int:
    return statement.span.line if statement is not None else 0


def _gap(spot: Spot, following: Statement, there: int) -> list[str]:
    """Blank lines that a function, a class or a comment on what follows needs above it and does not have."""
    if following.kind in ("def", "class"):
        wanted = 2 if spot.place.block is spot.place.layout.body else 1
    else:
        wanted = 1 if following.lead < following.span.line else 0
    return [""] * max(wanted - there, 0)
