"""How a file gets at the seeding function: the name it calls, and the import that binds it, where a person would put it."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from reprolint.facts.layout import Imported, Layout, Statement
from reprolint.fixes.draft import after_line, before_line, replaced
from reprolint.sources.rewrite import Change

ALIASES: Final = ("set_all_seeds", "seed_all_generators", "reprolint_set_seed")


@dataclass(frozen=True, slots=True)
class Target:
    """The seeding function as some file imports it: ``from <module> import <name>``.

    :ivar is_local: tells whether a top-level name is a module of the project, for the file's groups of imports.
    :ivar may_bring: tells whether ``from <module> import *`` may bring something of the same name.
    :ivar here: whether the file itself defines the function.
    """

    module: str
    name: str
    is_local: Callable[[str], bool] = field(compare=False)
    may_bring: Callable[[Imported], bool] = field(compare=False)
    here: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """What a file calls the function, and the statement that imports it (None: it does already)."""

    local: str
    statement: str | None


def name_in(layout: Layout, target: Target, until: int | None = None) -> Name | None:
    """The name under which a file can call the function, never one that means something else there.

    :param until: the number of the top-level statement before which the name must be bound; None: anywhere.
    :returns: None where the file defines the function itself, and only below.
    """
    above = layout.body.statements[:until]
    if target.here:
        return Name(target.name, None) if any(one.kind == "def" and one.name == target.name for one in above) else None
    bound, read = names_of(layout)
    for statement in above:
        for imported in statement.imports:
            if _dotted(imported) == target.module:
                for name, alias in imported.names:
                    if name == target.name and bound[alias or name] == 1:
                        return Name(alias or name, None)
    if target.name not in bound and target.name not in read:
        return Name(target.name, f"from {target.module} import {target.name}")
    numbered = (f"set_seed_{number}" for number in range(2, 1000))
    local = next(alias for alias in (*ALIASES, *numbered) if alias not in bound and alias not in read)
    return Name(local, f"from {target.module} import {target.name} as {local}")


def names_of(layout: Layout) -> tuple[Counter[str], set[str]]:
    """How often a file binds each name, in whichever scope, and the names that it reads; methods do not count."""
    if layout.tree is None:
        words = re.findall(r"\w+", "\n".join(layout.lines))
        return Counter(words), set(words)
    bound = Counter(name for node in ast.walk(layout.tree) for name in _bound_by(node))
    methods = (
        inner.name
        for node in ast.walk(layout.tree) if isinstance(node, ast.ClassDef)
        for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
    )  # fmt: skip
    bound -= Counter(methods)
    read = {node.id for node in ast.walk(layout.tree) if isinstance(node, ast.Name)}
    return bound, read


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from ((one.asname or one.name).partition(".")[0] for one in names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Global(names=globals_) | ast.Nonlocal(names=globals_):
            yield from globals_


def _dotted(imported: Imported) -> str:
    return "." * imported.level + imported.module if imported.is_from else ""


def import_change(layout: Layout, statement: str, target: Target, until: int | None = None, since: int = 0) -> Change | None:
    """Put an import among those at the top of a file, where isort would have it.

    Joins an import from the same module. Else it goes into the group that it belongs to, in order of its module; where there is
    no such group, between those that come before and after it; where there are no imports at all, below docstring and comments.

    :param until: the number of the top-level statement above which it has to be; None: anywhere.
    :param since: that of the first one at which it may be: the first of a notebook's cell.
    :returns: None where there is no import between the two.
    """
    block = _import_lines(layout, since, until)
    if not block:
        return _first_import(layout, statement) if until is None else None
    if _is_from(statement):
        joined = next((change for one in block if (change := _joined(layout, one, statement, target)) is not None), None)
        if joined is not None:
            return joined
    change = _in_block(layout, block, statement, target)
    # The last import has the name.
    star = next((one for one in reversed(block) if _is_star(one) and any(map(target.may_bring, one.imports))), None)
    if star is not None and change.span.line <= star.span.line:
        return after_line(layout, star.span.end_line, statement)
    return change


def _in_block(layout: Layout, block: list[Statement], statement: str, target: Target) -> Change:
    rank = _rank(target.module, 0, target)
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


def _joined(layout: Layout, one: Statement, statement: str, target: Target) -> Change | None:
    """The import of one more name by a statement that imports others from the same module on one plain line."""
    text = layout.text(one.span)
    if len(one.imports) != 1 or _dotted(one.imports[0]) != target.module or _is_star(one) or re.search(r"[\n;()\\]", text):
        return None
    head, _, names = text.partition(" import ")
    held = [name.strip() for name in names.split(",")]
    added = statement.partition(" import ")[2]
    together = sorted([*held, added]) if held == sorted(held) else [*held, added]
    return replaced(one.span, f"{head} import {', '.join(together)}")


def _is_from(statement: str) -> bool:
    return statement.startswith("from ")


def _is_star(statement: Statement) -> bool:
    return any(name == "*" for imported in statement.imports for name, _ in imported.names)


def _first_import(layout: Layout, statement: str) -> Change:
    statements = layout.body.statements
    if not statements:
        return before_line(layout, len(layout.lines), statement)
    if statements[0].is_docstring:
        return after_line(layout, statements[0].span.end_line, f"\n{statement}" + "\n" * _missing(*statements[:2]))
    return before_line(layout, statements[0].lead, statement + "\n" * _wanted(statements[0]))


def _missing(previous: Statement, following: Statement | None = None) -> int:
    """How many blank lines are missing between two statements, once an import comes between them."""
    if following is None:
        return 0
    return max(_wanted(following) - (following.lead - previous.span.end_line - 1), 0)


def _wanted(statement: Statement) -> int:
    return 2 if statement.kind in ("def", "class") else 1


def _import_lines(layout: Layout, since: int, until: int | None) -> list[Statement]:
    """The import statements before the first function or class of a file; ``__future__`` counts as one."""
    found: list[Statement] = []
    for statement in layout.body.statements[since:until]:
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


def same_section(statement: Statement, target: Target) -> bool:
    """Whether isort would put the import of the function beside an import that is there."""
    return _rank(*_head(statement), target) == _rank(target.module, 0, target)


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
    if not _is_from(statement) and not plain:
        return before_line(layout, alike[0].lead, statement)
    ordered = alike if mixed else froms if _is_from(statement) else plain  # mixed: by module alone, force-sort-within-sections
    later = [one for one in ordered if one.imports[0].module.casefold() > target.module.casefold()]
    if later and _sorted(ordered):
        return before_line(layout, later[0].lead, statement)
    anchor = ordered[-1] if ordered else plain[-1]
    return after_line(layout, anchor.span.end_line, statement)


def _sorted(statements: list[Statement]) -> bool:
    names = [one.imports[0].module.casefold() for one in statements]
    return names == sorted(names)
