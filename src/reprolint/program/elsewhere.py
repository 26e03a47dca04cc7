"""Whether other files of a project use a name of a file, judged by their import lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path


def takes(texts: Iterable[bytes], path: Path, name: str) -> bool:
    """Whether one of some files may get a name from the file of a path: ``from this import name``, ``from this import *``,
    ``this.name``."""
    stem = re.escape((path.parent if path.name == "__init__.py" else path.with_suffix("")).name.encode())
    word = re.escape(name.encode())
    mentioning = re.compile(rb"\b" + stem + rb"\b")
    taking = re.compile(rb"\bfrom\b[^\n]*\b" + stem + rb"[ \t]+import[ \t]+(\([^)]*\)|(?:[^\n]*\\\n)*[^\n]*)")
    naming = re.compile(rb"\b" + word + rb"\b|\*")
    aliased = re.compile(rb"\b" + stem + rb"[ \t]+as[ \t]+(\w+)")
    for text in texts:
        if not mentioning.search(text):
            continue
        if any(naming.search(match[1]) for match in taking.finditer(text)):
            return True
        called = {stem, *(match[1] for match in aliased.finditer(text))}
        if re.search(rb"\b(?:" + rb"|".join(sorted(called)) + rb")\." + word + rb"\b", text):
            return True
    return False
