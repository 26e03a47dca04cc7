"""How a file gets at the seeding function: the name it calls, and the import that binds it, where a person would put it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from reprolint.facts.layout import Imported, Layout, Statement
from reprolint.fixes.draft import after_line, before_line
from reprolint.sources.rewrite import Change

ALIASES: Final = ("set_all_seeds", "seed_all_generators", "reprolint_set_seed")


@dataclass(frozen=True, slots=True)
class Target:
    """The seeding function as some file imports it: ``from <module> import <name>``.

    :ivar is_local: tells whether a top-level name is a module of the project, for the file's groups of imports.
    """

    module: str
    name: str
    is_local: Callable[[str], bool] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """What a file calls the function, and the statement that imports it (None: it does already)."""

    local: str
    statement: str | None


def name_in(layout: Layout, target: Target, until: int | None = None) -> Name:
    """The name under which a file can call the function, never one that means something else there.

    :param until: the number of the top-level statement before which an import that is there already must stand; None: anywhere.
    """
    for number, statement in enumerate(layout.body.statements):
        if until is not None and number >= until:
            break
        for imported in statement.imports:
            if _dotted(imported) == target.module:
                for name, alias in imported.names:
                    if name == target.name:
                        return Name(alias or name, None)
    text = "\n".join(layout.lines)
    taken = set(re.findall(r"\w+", text))
    if target.name not in taken:
        return Name(target.name, f"from {target.module} import {target.name}")
    numbered = (f"set_seed_{number}" for number in range(2, 1000))
    local = next(alias for alias in (*ALIASES, *numbered) if alias not in taken)
    return Name(local, f"from {target.module} import {target.name} as {local}")


def _dotted(imported: Imported) -> str:
    return "." * imported.level + imported.module if imported.is_from else ""


def import_change(layout: Layout, statement: str, target: Target) -> Change:
    """Put an import among those at the top of a file, where isort would have it.

    Goes into the group that it belongs to, in order of its module; where there is no such group, between those that come before
    and after it; where there are no imports at all, below docstring and comments.
    """
    block = _import_lines(layout)
    if not block:
        return _first_import(layout, statement)
    module = target.module
    rank = _rank(module, 0, target)
    groups = _groups(block)
    ranks = [{_rank(*_head(one), target) for one in group} for group in groups]
    for group, held in zip(groups, ranks, strict=True):
        if held == {rank}:
            return _into_group(layout, group, statement, rank, target)
    for group, held in zip(groups, ranks, strict=True):
        if rank in held:
            return _into_group(layout, group, statement, rank, target)
    before = [group for group, held in zip(groups, ranks, strict=True) if max(held) < rank]
    if before:
        return after_line(layout, before[-1][-1].span.end_line, f"\n{statement}")
    if min(ranks[0]) > rank:
        return before_line(layout, groups[0][0].lead, f"{statement}\n")
    return after_line(layout, block[-1].span.end_line, statement)


def _first_import(layout: Layout, statement: str) -> Change:
    statements = layout.body.statements
    if not statements:
        return before_line(layout, len(layout.lines), statement)
    if statements[0].is_docstring:
        return after_line(layout, statements[0].span.end_line, f"\n{statement}")
    gap = "\n\n" if statements[0].kind in ("def", "class") else "\n"
    return before_line(layout, statements[0].lead, statement + gap)


def _import_lines(layout: Layout) -> list[Statement]:
    """The import statements before the first function or class of a file; ``__future__`` counts as one."""
    found: list[Statement] = []
    for statement in layout.body.statements:
        if statement.only_imports:
            found.append(statement)
        elif statement.kind in ("def", "class"):
            break
    return found


def _groups(block: list[Statement]) -> list[list[Statement]]:
    """Imports parted by blank lines, or by whatever else stands between them."""
    groups: list[list[Statement]] = []
    last = -1
    for statement in block:
        if groups and statement.lead == last + 1:
            groups[-1].append(statement)
        else:
            groups.append([statement])
        last = statement.span.end_line
    return groups


def _head(statement: Statement) -> tuple[str, int]:
    first = statement.imports[0]
    return first.module, first.level


def _rank(module: str, level: int, target: Target) -> int:
    """isort's sections: future, standard library, third party, first party, relative."""
    if level:
        return 4
    top = module.partition(".")[0]
    if top == "__future__":
        return 0
    return 1 if top in sys.stdlib_module_names else 3 if target.is_local(top) else 2


def _into_group(layout: Layout, group: list[Statement], statement: str, rank: int, target: Target) -> Change:
    alike = [one for one in group if _rank(*_head(one), target) == rank]
    plain = [one for one in alike if not one.imports[0].is_from]
    froms = [one for one in alike if one.imports[0].is_from]
    mixed = [one.imports[0].is_from for one in alike] != sorted(one.imports[0].is_from for one in alike)
    ordered = alike if mixed else froms  # mixed: sorted by module alone, as with force-sort-within-sections
    later = [one for one in ordered if one.imports[0].module.casefold() > target.module.casefold()]
    if later and _sorted(ordered):
        return before_line(layout, later[0].lead, statement)
    anchor = ordered[-1] if ordered else plain[-1]
    return after_line(layout, anchor.span.end_line, statement)


def _sorted(statements: list[Statement]) -> bool:
    names = [one.imports[0].module.casefold() for one in statements]
    return names == sorted(names)
