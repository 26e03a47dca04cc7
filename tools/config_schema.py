"""Write ``docs/reprolint.schema.json``, the JSON schema of ``reprolint.toml``, from the keys that reprolint reads.

python tools/config_schema.py           write it
python tools/config_schema.py --check   exit 1 if it is not as the keys say
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from reprolint.config import EVERYTHING, KEYS, Settings, effective
from reprolint.model import FAMILIES
from reprolint.rules import ALL

FILE = Path(__file__).resolve().parents[1] / "docs" / "reprolint.schema.json"


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    # What is empty by default, or depends on the project, needs no default.
    defaults = {name: value for name, value, _ in effective(Settings()) if value not in (None, "", [], {})}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Settings of reprolint",
        "description": "What may stand in reprolint.toml and .reprolint.toml, and in [tool.reprolint] of pyproject.toml.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": key.doc, **key.schema, **({"default": defaults[name]} if name in defaults else {})}
            for name, key in KEYS.items()
        },
        "definitions": {
            "rules": {"description": "A code, a prefix of codes, a name, or ALL.", "enum": _selectors()},
            "families": {"type": "array", "items": {"enum": list(FAMILIES)}},
            "call": {
                "description": "The generators that the call seeds or draws from, or a table that says more.",
                "anyOf": [
                    {"$ref": "#/definitions/families"},
                    {"$ref": "#/definitions/row"},
                    {"type": "array", "items": {"$ref": "#/definitions/row"}},
                ],
            },
            "row": {"type": "object", "properties": {"families": {"$ref": "#/definitions/families"}}},
        },
    }


def _selectors() -> list[str]:
    prefixes = {rule.code[:length] for rule in ALL for length in range(1, len(rule.code) + 1)}
    return [EVERYTHING, *sorted(prefixes), *sorted(rule.name for rule in ALL)]


def main() -> int:
    if "--check" in sys.argv[1:]:
        is_current = FILE.is_file() and FILE.read_text("utf-8") == text()
        if not is_current:
            print("docs/reprolint.schema.json is not as the keys say: run python tools/config_schema.py")
        return 0 if is_current else 1
    FILE.write_text(text(), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
