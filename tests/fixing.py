"""Cases of fixes in Markdown (``tests/fixes``): files before and after.

A case stands under a ``##`` heading: fenced blocks ``before`` and ``after``, the line above each naming its file
(```path.py```, `main.py` where there is none). A file without an "after" stays as it is; blocks with the same ``.ipynb`` path are
the cells of one notebook; a new file that holds ``<the runtime>`` is the vendored one. A block ``toml`` is the project's
``reprolint.toml``. ``(unsafe)`` at the end of a heading stands for ``--unsafe-fixes``. ``Left: RPL141`` names what is still reported
afterwards; without such a line that is nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

CASES = Path(__file__).resolve().parent / "fixes"
RUNTIME = "<the runtime>\n"

_PATH = re.compile(r"`([^`]+)`\s*")
_LEFT = re.compile(r"Left: ([A-Z0-9, ]+)")

Files = dict[str, list[str]]
"""The text of each file; several for the cells of a notebook."""


@dataclass
class Case:
    name: str
    before: Files = field(default_factory=dict)
    after: Files = field(default_factory=dict)
    settings: str = ""
    left: tuple[str, ...] = ()

    @property
    def unsafe(self) -> bool:
        return self.name.endswith("(unsafe)")

    def write(self, folder: Path) -> None:
        (folder / "reprolint.toml").write_text(self.settings, encoding="utf-8")
        for path, blocks in self.before.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(as_bytes(path, blocks))

    def expected(self, runtime: str) -> dict[str, bytes]:
        """What the files hold afterwards."""
        files = {path: as_bytes(path, blocks) for path, blocks in {**self.before, **self.after}.items()}
        return {path: runtime.encode() if data == RUNTIME.encode() else data for path, data in files.items()}


def as_bytes(path: str, blocks: list[str]) -> bytes:
    """A file as it is written: a notebook from the text of its cells."""
    if not path.endswith(".ipynb"):
        return blocks[0].encode()
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": block.rstrip("\n").splitlines(keepends=True),
        }
        for block in blocks
    ]
    metadata = {"language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def read(path: Path) -> list[Case]:
    """The cases of one Markdown file."""
    cases: list[Case] = []
    name, kind = "", ""
    block: list[str] | None = None
    for line in path.read_text(encoding="utf-8").split("\n"):
        if block is not None:
            if line != "```":
                block.append(line)
                continue
            text = "".join(f"{one}\n" for one in block)
            if kind == "toml":
                cases[-1].settings = text
            else:
                files = {"before": cases[-1].before, "after": cases[-1].after}[kind]
                files.setdefault(name or "main.py", []).append(text)
            name, block = "", None
        elif line.startswith("## "):
            cases.append(Case(line[3:].strip()))
        elif line.startswith("```"):
            kind, block = line[3:], []
        elif found := _PATH.fullmatch(line):
            name = found[1]
        elif found := _LEFT.fullmatch(line):
            cases[-1].left = tuple(found[1].split(", "))
    assert block is None, f"{path.name}: a code block is not closed"
    return cases
