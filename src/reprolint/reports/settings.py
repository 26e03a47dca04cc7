"""Settings and where each comes from: `reprolint config`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Row = tuple[str, Any, str]
"""A key, its value in plain types (None: not set), and who says so."""


def render(rows: Iterable[Row]) -> str:
    """A line of TOML for each key, with its origin as a comment."""
    return "".join(_line(*row) for row in rows)


def render_json(rows: Iterable[Row]) -> str:
    """An object with an object for each key, which has its ``value`` and its ``origin``."""
    return json.dumps({key: {"value": value, "origin": origin} for key, value, origin in rows}, indent=2) + "\n"


def _line(key: str, value: Any, origin: str) -> str:
    return f"# {key} is not set\n" if value is None else f"{key} = {_toml(value)}  # {origin}\n"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_toml(inner)}" for key, inner in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # Strings, numbers and truth values are written alike in both.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
