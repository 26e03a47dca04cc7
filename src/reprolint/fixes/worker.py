"""Giving a DataLoader's workers the seed that torch derives for each of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from reprolint.fixes.draft import Draft, replaced
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.unused import taken_out, unused_imports
from reprolint.fixes.varying import call_in, keyword_of
from reprolint.trace.story import Place

_DERIVED: Final = "torch.initial_seed() % 2**32"


def seed_worker(layouts: Layouts, place: Place) -> Iterator[Draft]:
    """Put the seed that torch gave the worker in the place of the only argument of a seed call.

    :param place: the call, in the function with which the worker starts.
    """
    layout, span = layouts.of(place.module), layouts.span(place)
    text = layout.text(span)
    call = call_in(text)
    if call is None or len(call.args) + len(call.keywords) != 1 or layout.tree is None:
        return
    imported = any(
        isinstance(node, ast.Import)
        and any(alias.name.partition(".")[0] == "torch" and not alias.asname for alias in node.names)
        for node in ast.walk(layout.tree)
    )
    if imported:
        new = f"{ast.unparse(call.func)}({keyword_of(call)}{_DERIVED})"
        draft = Draft(f"Seed the worker from torch's seed: `{new}`", "unsafe")
        draft.add(place.module, replaced(span, new))
        unused = unused_imports(layouts.project, place.module, layout, [span], new)
        draft.add(place.module, *(taken_out(layout, one) for one in unused))
        yield draft
