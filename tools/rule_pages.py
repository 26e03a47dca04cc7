"""Write the pages of all rules into ``docs/rules``, as the rules themselves give them.

python tools/rule_pages.py           write them
python tools/rule_pages.py --check   exit 1 if any is not as the rules say
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from reprolint.rules import ALL, Rule

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "rules"


def pages() -> Iterator[tuple[str, str]]:
    """(file name, text) of every page, the list of all rules first."""
    yield "README.md", _index()
    for rule in ALL:
        yield f"{rule.code}.md", _page(rule)


def _index() -> str:
    rows = "".join(
        f"| [{rule.code}]({rule.code}.md) | {rule.name} | {'on' if rule.on else 'off'} | {rule.severity} | {rule.fix} | {rule.summary} |\n"
        for rule in ALL
    )
    return (
        "# Rules\n\nOne page for each, which `reprolint rule CODE` prints as well. A rule that is off by default is switched on with"
        " `--extend-select CODE`.\n\n| code | name | default | severity | fix | what it reports |\n|---|---|---|---|---|---|\n"
        + rows
    )


def _page(rule: Rule) -> str:
    default = "On by default." if rule.on else "Off by default."
    return f"# {rule.name} ({rule.code})\n\n{default} Severity: {rule.severity}. Fix: {rule.fix}.\n\n{rule.doc.strip()}\n"


def main() -> int:
    stale = [name for name, text in pages() if not (FOLDER / name).is_file() or (FOLDER / name).read_text("utf-8") != text]
    left = sorted(path.name for path in FOLDER.glob("*.md") if path.name not in dict(pages()))
    if "--check" in sys.argv[1:]:
        for name in (*stale, *left):
            print(f"docs/rules/{name} is not as the rules say: run python tools/rule_pages.py")
        return 1 if stale or left else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages():
        (FOLDER / name).write_text(text, "utf-8")
    for name in left:
        (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
