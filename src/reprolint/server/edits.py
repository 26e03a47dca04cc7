"""Changes of files as an editor makes them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from lsprotocol import types

from reprolint.model import Edit, Fix
from reprolint.server.analysis import Checked
from reprolint.server.documents import split, units
from reprolint.sources.notebook import code_cells
from reprolint.sources.rewrite import Change, RewriteError, rewrite
from reprolint.sources.source import characters, json_text


def text_edits(before: str, after: str, encoding: str) -> list[types.TextEdit]:
    """What turns a text into another one, line by line."""
    old, new = split(before), split(after)

    def position(line: int) -> types.Position:
        if line < len(old):
            return types.Position(line, 0)
        return types.Position(len(old) - 1, units(old[-1], encoding))

    return [
        types.TextEdit(types.Range(position(first), position(last)), "".join(new[start:end]))
        for kind, first, last, start, end in SequenceMatcher(None, old, new).get_opcodes()
        if kind != "equal"
    ]


def contents(checked: Checked, fix: Fix) -> dict[Path, bytes] | None:
    """What files hold after a fix; None where it cannot be made."""
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.path, []).append(edit)
    out = {}
    for path, edits in by_path.items():
        module = checked.modules.get(path)
        if module is None:  # a file that the fix adds
            out[checked.path(path)] = "".join(edit.replacement for edit in edits).encode()
            continue
        changes = [Change(edit.cell, edit.span, edit.replacement) for edit in edits]
        try:
            out[module.path] = rewrite(module.data, changes, notebook=module.is_notebook)
        except RewriteError:
            return None
    return out


def states(before: bytes, after: bytes, path: Path, *, by_cell: bool) -> Iterator[tuple[int | None, str, str]]:
    """The texts of a file that differ between two of its states: (cell, text before, text after).

    :param by_cell: whether the editor knows the file as a notebook, and not as the JSON that it is.
    """
    if by_cell:
        old, new = ({cell.number: cell.text for cell in code_cells(json_text(data))} for data in (before, after))
        yield from ((number, text, new[number]) for number, text in old.items() if text != new[number])
    elif before != after:
        read = json_text if path.suffix == ".ipynb" else (lambda data: characters(data).text)
        yield None, read(before), read(after)
