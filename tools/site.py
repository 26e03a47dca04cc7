"""Build the documentation site from README.md, ``docs``, the rules and the knowledge base.

    python tools/site.py [TARGET]     TARGET: an empty or missing folder, by default ``site``

Needs mkdocs (in the ``dev`` extra). Fails on a broken link.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from reprolint.knowledge import Provenance, load
from reprolint.rules import ALL

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "https://github.com/reprolint/reprolint/blob/main/"

NAVIGATION = [
    ("Start", "index.md"),
    ("Rules", "rules/README.md"),
    ("Why did it say that?", "why.md"),
    ("Two runs, compared", "verify.md"),
    ("pre-commit and CI", "ci.md"),
    ("Editors", "editors.md"),
    ("Your own seeding helper", "own-helper.md"),
    ("The runtime", "runtime.md"),
    ("The runtime, compared", "runtime-comparison.md"),
    ("What seeding cannot give", "limits.md"),
    ("reprolint and other linters", "comparison.md"),
    ("What it knows of libraries", "knowledge.md"),
    ("Changelog", "changelog.md"),
]


def lay_out(folder: Path) -> None:
    """Put all pages of the site into a folder."""
    shutil.copytree(ROOT / "docs", folder, dirs_exist_ok=True)
    (folder / "index.md").write_text(_moved((ROOT / "README.md").read_text("utf-8")), "utf-8")
    (folder / "changelog.md").write_text((ROOT / "CHANGELOG.md").read_text("utf-8"), "utf-8")
    (folder / "knowledge.md").write_text(knowledge_page(), "utf-8")


def _moved(text: str) -> str:
    """README.md's links, seen from where the pages are."""
    text = re.sub(r"\]\(docs/", "](", text)
    return re.sub(r"\]\((CONTRIBUTING\.md|LICENSE)", rf"]({SOURCE}\1", text)


def knowledge_page() -> str:
    """What is known of each library: what draws from which generator, and what seeds."""
    tables = load().tables
    rows: dict[str, list[str]] = defaultdict(list)
    for name, draws in sorted(tables.draws.items()):
        for draw in draws:
            rows[name.partition(".")[0]].append(
                f"| `{name}` | draws from {', '.join(draw.families)}{_condition(draw.on, draw.unless_given)} | {_known(draw.provenance)} |"
            )
    for name, seed in sorted(tables.seeds.items()):
        what = ", ".join(seed.families) or seed.other or "devices only"
        rows[name.partition(".")[0]].append(f"| `{name}` | seeds {what} | {_known(seed.provenance)} |")
    parts = [
        "# What it knows of libraries\n\nEvery row says how it is known: *measured* by running the call between two snapshots of the generators"
        " (`tools/measure_knowledge.py`), read in the library's *source* or its *docs*, and for which version. A name stands for the function, the"
        " constructor or the method; `*` for any characters. Settings add rows of your own ([seeders and draws](own-helper.md)).\n"
    ]
    for library in sorted(rows):
        parts.append(
            f"\n## {library}\n\n| name | what it does | how it is known |\n|---|---|---|\n" + "\n".join(rows[library]) + "\n"
        )
    return "".join(parts)


def _condition(on: str, unless_given: tuple[str, ...]) -> str:
    when = {"call": "", "fit": " when it is fitted", "iterate": " when it is iterated", "apply": " when it is applied"}
    given = f", unless {' or '.join(f'`{name}`' for name in unless_given)} is given" if unless_given else ""
    return when.get(on, " when it splits") + given


def _known(provenance: Provenance) -> str:
    return " ".join(part for part in (provenance.how, provenance.version) if part)


def main(target: Path) -> int:
    with tempfile.TemporaryDirectory() as made:
        pages = Path(made) / "docs"
        lay_out(pages)
        listed = "".join(f"  - {title!r}: {page}\n" for title, page in NAVIGATION)
        listed += "".join(f"  - {rule.code}: rules/{rule.code}.md\n" for rule in ALL)
        config = Path(made) / "mkdocs.yml"
        config.write_text(
            f"site_name: reprolint\ndocs_dir: {pages}\nsite_dir: {target.resolve()}\nuse_directory_urls: false\nstrict: true\n"
            f"theme:\n  name: readthedocs\nvalidation:\n  anchors: warn\n  unrecognized_links: warn\nnav:\n{listed}",
            "utf-8",
        )
        return subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", str(config)]).returncode


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site"))
