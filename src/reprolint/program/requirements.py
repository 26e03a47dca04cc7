"""Which version of torch a program is written for, as the requirements beside it say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reprolint.versions import Version

_FILES: Final = (
    "pyproject.toml", "setup.py", "setup.cfg", "environment.y*ml", "conda.y*ml", "requirements*.txt", "requirements/*.txt"
)  # fmt: skip
_LINE: Final = re.compile(r"""^\s*(?:-\s*)?["']?(?:torch|pytorch)(?![\w-])(?:\[[^\]]*\])?\s*(.*)$""")
_BOUND: Final = re.compile(r"(?<![<>=!~])(===?|=|~=|<=|<)\s*v?(\d+)\.(\d+)(?:\.(\d+|\*))?")
_MAX_BYTES: Final = 200_000


def newest_torch(folder: Path, root: Path) -> Version | None:
    """The newest version of torch that a program's requirements admit; None where that is the newest there is.

    Those of the program's own folder count, or of the first folder above it, up to the project's root, whose files speak of torch.
    Where several lines do, one that sets no bound decides: whoever installs by it gets the newest.
    """
    for one in (folder, *folder.parents):
        found = [bound for text in _texts(one) for line in text.splitlines() if (bound := _bound(line)) is not None]
        if found or one == root:
            versions = [version for version in found if version]
            return max(versions) if versions and len(versions) == len(found) else None
    return None


def _texts(root: Path) -> Iterator[str]:
    for pattern in _FILES:
        for path in sorted(root.glob(pattern)):
            try:
                if path.is_file() and path.stat().st_size <= _MAX_BYTES:
                    yield path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # what cannot be read sets no bound


def _bound(line: str) -> Version | tuple[()] | None:
    """The newest version that one line admits; () where it sets no bound, None where it does not speak of torch."""
    required = _LINE.match(line)
    if required is None or required[1].startswith((".", ":", "(", "_")):
        return None
    specification = re.split(r"[;#]", required[1], maxsplit=1)[0]
    bounds: list[Version] = []
    for sign, *numbers in _BOUND.findall(specification):
        major, minor = int(numbers[0]), int(numbers[1])
        if sign == "<" and numbers[2] in ("", "0", "*"):
            # The last minor version of torch 1 was 1.13.
            bounds.append((major, minor - 1) if minor else (major - 1, 13 if major == 2 else 10**6))
        elif sign != "~=" or numbers[2]:
            bounds.append((major, minor))
    return min(bounds) if bounds else ()
