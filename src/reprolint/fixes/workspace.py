"""Setting the variable that cuBLAS needs above the line that asks for deterministic algorithms."""

from __future__ import annotations

from collections.abc import Iterator

from reprolint.facts.layout import Layout
from reprolint.fixes.draft import Draft, before_line
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.names import Target, import_change, names_of
from reprolint.trace.story import Event

_OS = Target("os", "", lambda _: False, lambda _: False)


def set_workspace(layouts: Layouts, event: Event) -> Iterator[Draft]:
    """Put ``os.environ.setdefault(…)`` above a statement, and import ``os`` where the file does not.

    :param event: the switching on of deterministic algorithms.
    """
    module = event.place.module
    layout, path = layouts.of(module), layouts.path(event.place)
    if not path or path[-1][0].inline:
        return
    block, number = path[-1]
    statement = block.statements[number]
    top = path[0][1] if path[0][0] is layout.body else None
    name = _os_in(layout, top)
    change = None
    if name is None:
        bound, read = names_of(layout)
        if "os" in bound or "os" in read or module.is_notebook:
            return  # the name means something else, or another cell may be the one that imports it
        change = import_change(layout, "import os", _OS, top if path[-1][0] is layout.body else None)
        if change is None:
            return
    call = f'{name or "os"}.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")'
    draft = Draft(f"Call `{call}` above")
    draft.add(module, before_line(layout, statement.lead, f"{block.indent}{call}"))
    if change is not None:
        draft.add(module, change)
    yield draft


def _os_in(layout: Layout, until: int | None) -> str | None:
    """The name under which a file imports ``os`` at its top level, above a statement of it."""
    for statement in layout.body.statements[:until]:
        for imported in statement.imports:
            if not imported.is_from and imported.module == "os":
                return imported.alias or "os"
    return None
