"""Comments that suppress findings: where they are found, what they suppress, and RPL901 for those that suppress nothing."""

from __future__ import annotations

import io
import json
import time
import tokenize
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run
from fixing import as_bytes
from hypothesis import given
from hypothesis import strategies as st

from reprolint import engine, fixer, run
from reprolint.config import Settings, load
from reprolint.engine import Report
from reprolint.sources.rewrite import rewrite
from reprolint.sources.suppressions import Suppression, scan

DRAW = "import random\n\nprint(random.random())"


def said(folder: Path, files: dict[str, str | list[str]], paths: Sequence[str] = (".",), **settings: Any) -> Report:
    """Check some files; a list of texts are the cells of a notebook."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(as_bytes(name, text) if isinstance(text, list) else text.encode())
    chosen = load(folder, **settings)
    return engine.check([folder / path for path in paths], chosen, folder, fixes=True)


def spots(report: Report) -> list[tuple[str, int | None, int, str]]:
    return [(one.path, one.cell, one.span.line, one.code) for one in report.findings]


def lines(report: Report) -> list[tuple[int, str]]:
    return [(one.span.line, one.code) for one in report.findings]


def fixed(folder: Path, *, unsafe: bool = False, **settings: Any) -> fixer.Fixed:
    done = fixer.fix([folder], load(folder, **settings), folder, unsafe=unsafe)
    assert fixer.write(done.changed) == []
    return done


# What is suppressed


@pytest.mark.parametrize(
    "comment",
    [
        "# reprolint: ignore[RPL101]",
        "# reprolint: ignore[RPL101] the order does not matter here",
        "# reprolint: ignore[RPL101, RPL901]",
        "# reprolint: ignore[unseeded-python]",
        "# reprolint: ignore[RPL1]",
        "# reprolint: ignore[RPL]",
        "# reprolint: ignore[ALL]",
        "# reprolint: ignore[ RPL101 ]",
        "# reprolint: ignore [RPL101]",
        "#reprolint:ignore[RPL101]",
        "# reprolint: ignore[rpl101]",
        "# reprolint: ignore[RPL101",
        "# reprolint: ignore",
        "# reprolint: ignore because it is only a demonstration",
        "# noqa",
        "# noqa because of that",
        "# NOQA: RPL101",
        "# noqa:RPL101",
        "# noqa: rpl101",
        "# noqa: RPL1",
        "# noqa : RPL101",
        "# noqa: E501, RPL101",
        "# noqa: E501 RPL101",
        "# noqa: E501,RPL101 as it is",
        "## noqa: RPL101",
        "# type: ignore  # noqa: RPL101",
        "# noqa: E501  # reprolint: ignore[RPL101]",
        "# see #12  # reprolint: ignore[RPL101] see #12",
    ],
)
def test_a_comment_suppresses_what_its_line_reports(comment: str, tmp_path: Path) -> None:
    assert spots(said(tmp_path, {"main.py": f"{DRAW}  {comment}\n"})) == []
    assert spots(said(tmp_path, {"main.py": f"{DRAW}  {comment}"})) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: E501",
        "# noqa: the draw is meant",
        "# noqa:",
        "# noqa-file",
        "# noqabc",
        "# reprolint: ignored",
        "# reprolint: ignore-line",
        "# reprolint ignore[RPL101]",
        "# ignore[RPL101]",
        "# type: ignore",
        "# ruff: noqa: RPL101",
        "# see noqa: RPL101",
        "; note = '# reprolint: ignore[RPL101]'",
        '; note = f"{1}# noqa"',
    ],
)
def test_what_is_no_such_comment_suppresses_nothing_and_is_not_reported(comment: str, tmp_path: Path) -> None:
    assert lines(said(tmp_path, {"main.py": f"{DRAW}  {comment}\n"})) == [(3, "RPL101")]


def test_only_what_is_named_is_suppressed(tmp_path: Path) -> None:
    text = "import random\n\nimport numpy as np\n\nprint(random.random(), np.random.rand())  # reprolint: ignore[RPL101]\n"
    assert lines(said(tmp_path, {"main.py": text})) == [(5, "RPL102")]
    both = text.replace("[RPL101]", "[RPL101, unseeded-numpy]")
    assert lines(said(tmp_path, {"main.py": both})) == []


STATEMENT = "import random\n\nprint(\n    1,\n    random.Random(\n        *()\n    ),\n    2,\n)\n"


@pytest.mark.parametrize(("line", "hidden"), [(3, False), (4, False), (5, True), (6, False), (7, True), (8, False), (9, True)])
def test_a_comment_acts_where_the_finding_starts_or_ends_or_where_the_statement_ends(
    line: int, hidden: bool, tmp_path: Path
) -> None:
    texts = STATEMENT.split("\n")
    texts[line - 1] += "  # reprolint: ignore[RPL201]"
    found = lines(said(tmp_path, {"main.py": "\n".join(texts)}))
    assert found == ([] if hidden else sorted([(5, "RPL201"), (line, "RPL901")]))


@pytest.mark.parametrize(
    "text",
    [
        'x = random.Random(), """\n# reprolint: ignore[RPL999]\n"""  # reprolint: ignore[RPL201]',
        "x = 1 + \\\n    random.Random().random()  # noqa: RPL201",
        "with open(\n    random.Random().choice('ab')\n) as file:  # noqa: RPL201\n    pass",
        "def f(\n    x=random.Random(),\n):  # noqa: RPL201\n    pass",
        "if True: x = random.Random()  # noqa: RPL201",
        "x = 1; y = random.Random()  # noqa: RPL201",
    ],
)
def test_a_comment_at_the_end_of_a_logical_line_acts_on_all_of_it(text: str, tmp_path: Path) -> None:
    whole = f"import random\n\n{text}\nprint(1)\n"
    assert lines(said(tmp_path, {"main.py": whole})) == []
    bare = whole.replace("  # noqa: RPL201", "").replace("  # reprolint: ignore[RPL201]", "")
    assert [code for _, code in lines(said(tmp_path, {"main.py": bare}))] == ["RPL201"]


def test_a_comment_acts_on_no_other_statement(tmp_path: Path) -> None:
    text = "import random\n\nx = random.Random()\n# noqa: RPL201\ny = random.Random()\nz = 1  # noqa: RPL201\nprint(x, y, z)\n"
    assert lines(said(tmp_path, {"main.py": text})) == [(3, "RPL201"), (4, "RPL901"), (5, "RPL201"), (6, "RPL901")]


@pytest.mark.parametrize(
    "comment", ["# reprolint: ignore-file", "# reprolint: ignore-file[RPL1] for teaching", "#reprolint:ignore-file[ALL]"]
)
@pytest.mark.parametrize("line", [0, 1, 3])
def test_a_comment_for_the_file_stands_anywhere_in_it(comment: str, line: int, tmp_path: Path) -> None:
    texts = DRAW.split("\n")
    texts.insert(line, comment)
    assert lines(said(tmp_path, {"main.py": "\n".join(texts) + "\n"})) == []


def test_a_comment_for_the_file_acts_on_this_file_and_what_it_names(tmp_path: Path) -> None:
    local = "import random\n\n# reprolint: ignore-file[RPL2]\n\nx = random.Random()\nprint(random.random())\n"
    files: dict[str, str | list[str]] = {"main.py": local, "other.py": f"{DRAW}\n"}
    assert spots(said(tmp_path, files)) == [("main.py", None, 6, "RPL101"), ("other.py", None, 3, "RPL101")]


def test_a_comment_in_the_helper_suppresses_what_is_reported_there(tmp_path: Path) -> None:
    files: dict[str, str | list[str]] = {
        "helper.py": "import random\n\n\ndef make():\n    return random.Random()  # noqa: RPL201\n",
        "a.py": "from helper import make\n\nprint(make())\n",
        "b.py": "from helper import make\n\nprint(make())\n",
    }
    assert spots(said(tmp_path, files)) == []


def test_a_program_is_reported_at_its_entry_point_and_suppressed_there(tmp_path: Path) -> None:
    files: dict[str, str | list[str]] = {
        "helper.py": "import random\n\n\ndef pick():\n    return random.random()  # reprolint: ignore[RPL101]\n",
        "train.py": "from helper import pick\n\nprint(pick())\n",
    }
    assert spots(said(tmp_path, files)) == [("helper.py", None, 5, "RPL901"), ("train.py", None, 3, "RPL101")]
    files["train.py"] = "from helper import pick\n\nprint(pick())  # reprolint: ignore[RPL101]\n"
    files["helper.py"] = "import random\n\n\ndef pick():\n    return random.random()\n"
    assert spots(said(tmp_path, files, ["helper.py"])) == []


# Notebooks


def test_each_cell_has_lines_of_its_own(tmp_path: Path) -> None:
    cells = [
        "%matplotlib inline\nimport random  # reprolint: ignore[RPL101]\n",
        "%cd /data  # noqa: RPL101\n!pip install 'x'  # it's noqa\nr = random.Random()  # noqa: RPL201\nrandom.random()\n",
        "%%bash\necho '# reprolint: ignore-file'\n",
        "%time random.Random()  # reprolint: ignore[RPL201]\nprint(\n    random.Random(),\n)  # noqa: RPL201\n",
    ]
    assert spots(said(tmp_path, {"n.ipynb": cells})) == [("n.ipynb", 1, 2, "RPL901"), ("n.ipynb", 2, 4, "RPL101")]


def test_a_comment_for_the_file_in_any_cell_acts_on_the_notebook(tmp_path: Path) -> None:
    cells = ["import random\nprint(random.random())\n", "x = 1\n# reprolint: ignore-file[RPL101]\n"]
    assert spots(said(tmp_path, {"n.ipynb": cells})) == []
    assert spots(said(tmp_path, {"n.ipynb": [cells[0], "x = 1\n"]})) == [("n.ipynb", 1, 2, "RPL101")]


def test_a_cell_that_cannot_be_read_leaves_open_what_is_unused(tmp_path: Path) -> None:
    cells = ["import random\nx = 1  # noqa: RPL101\n", "print(random.random()\n"]
    assert spots(said(tmp_path, {"n.ipynb": cells})) == []


# Files that cannot be parsed


def test_a_syntax_error_can_be_suppressed(tmp_path: Path) -> None:
    assert lines(said(tmp_path, {"main.py": "x = 1\ndef f(: # noqa: RPL900\n    pass\n"})) == []
    assert lines(said(tmp_path, {"main.py": "# reprolint: ignore-file[RPL900]\nprint 'x'\n"})) == []


@pytest.mark.parametrize("text", ["x = (\ny = 1  # noqa: RPL101\n", "x = '''\n# noqa: RPL101\n", "print 1  # noqa: RPL101\n"])
def test_in_a_broken_file_nothing_is_unused(text: str, tmp_path: Path) -> None:
    assert [code for _, code in lines(said(tmp_path, {"main.py": text}))] == ["RPL900"]


def test_an_undecodable_file_has_no_comments(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_bytes(b"x = '\xff'  # reprolint: ignore[RPL900]\n# reprolint: ignore-file\n")
    assert spots(engine.check([tmp_path], Settings(), tmp_path)) == [("main.py", None, 1, "RPL900")]


# RPL901

SEEDED = "import random\n\nrandom.seed(0)\nprint(random.random())"

UNUSED = {
    "# reprolint: ignore[RPL101]": "`RPL101` is suppressed here, but nothing on this line reports it.",
    "# reprolint: ignore[RPL101] known": "`RPL101` is suppressed here, but nothing on this line reports it.",
    "# reprolint: ignore[unseeded-torch]": "`unseeded-torch` is suppressed here, but nothing on this line reports it.",
    "# reprolint: ignore[RPL1, RPL201]": "`RPL1` and `RPL201` are suppressed here, but nothing on this line reports them.",
    "# reprolint: ignore[RPL101, RPL102, RPL103]": (
        "`RPL101`, `RPL102` and `RPL103` are suppressed here, but nothing on this line reports them."
    ),
    "# noqa: RPL101": "`RPL101` is suppressed here, but nothing on this line reports it.",
    "# noqa: E501, RPL101, F401": "`RPL101` is suppressed here, but nothing on this line reports it.",
    "# type: ignore  # noqa: RPL101": "`RPL101` is suppressed here, but nothing on this line reports it.",
    "# reprolint: ignore": "Everything is suppressed here, but nothing is reported on this line. Remove the comment.",
    "# reprolint: ignore[]": "No rule is named between the brackets, so nothing is suppressed. Name one, or remove the comment.",
    "# reprolint: ignore[unseeded-tourch]": "`unseeded-tourch` is no rule; did you mean unseeded-torch?",
    "# reprolint: ignore[XYZ, ABC]": "`XYZ` and `ABC` are no rules.",
    "# reprolint: ignore[RPL101, XYZ]": ("`RPL101` is suppressed here, but nothing on this line reports it. `XYZ` is no rule."),
    "# reprolint: ignore-file": "`reprolint: ignore-file` suppresses nothing after code. Put it on a line of its own.",
    "# reprolint: ignore-file[RPL1]": "`reprolint: ignore-file` suppresses nothing after code. Put it on a line of its own.",
    "\n# reprolint: ignore-file[RPL1]": "`RPL1` is suppressed here, but nothing in this file reports it.",
    "\n# reprolint: ignore[RPL101]": (
        "A comment on a line of its own suppresses nothing. Put it at the end of the line that it is about."
    ),
    "\n# noqa: RPL101": "A comment on a line of its own suppresses nothing. Put it at the end of the line that it is about.",
}


@pytest.mark.parametrize("comment", UNUSED)
def test_a_comment_that_suppresses_nothing_is_reported(comment: str, tmp_path: Path) -> None:
    (finding,) = said(tmp_path, {"main.py": f"{SEEDED}  {comment}\n"}).findings
    assert (finding.code, finding.severity, finding.entry, finding.message) == ("RPL901", "warning", None, UNUSED[comment])
    assert finding.span.line == finding.span.end_line == (5 if comment.startswith("\n") else 4)
    shown = f"{SEEDED}  {comment}".split("\n")[finding.span.line - 1][finding.span.column - 1 : finding.span.end_column - 1]
    assert shown.startswith(("# reprolint:", "# noqa")) and not shown.endswith("known")
    assert finding.fix is not None and len(finding.fix.edits) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# NoQA: E501",
        "# noqa: E501, S311 RPL",
        "# noqa: see RPL101",
        "# reprolint: ignore[RPL101, RPL901]",
        "# reprolint: ignore[RPL999, unused-suppression] known",
        "# reprolint: ignore[RPL9]",
        "# noqa: RPL101, RPL901",
        "# reprolint: ignore[RPL101]  # noqa",
        "# reprolint: ignore[RPL101]  # noqa: RPL901",
        "# reprolint: ignore[RPL101]\n# reprolint: ignore-file[RPL901]",
        "# reprolint: ignore[RPL101]\n# reprolint: ignore-file",
        "\n# reprolint: ignore-file",
        "\n'# reprolint: ignore[RPL101]'",
        "\nx = '''\n# reprolint: ignore[RPL101]\n'''",
        '\nx = f"{1:# noqa: RPL101}"',
        "\n# write `# reprolint: ignore[RPL101]` there",
    ],
)
def test_a_comment_that_may_be_needed_is_not_reported(comment: str, tmp_path: Path) -> None:
    assert lines(said(tmp_path, {"main.py": f"{SEEDED}  {comment}\n"})) == []


@pytest.mark.parametrize(
    ("comment", "settings", "reported"),
    [
        ("ignore[RPL101]", {"select": ["RPL2", "RPL901"]}, False),
        ("ignore[RPL201]", {"select": ["RPL2", "RPL901"]}, True),
        ("ignore[RPL101]", {"ignore": ["RPL101"]}, False),
        ("ignore[RPL1]", {"ignore": ["RPL101"]}, False),
        ("ignore", {"ignore": ["RPL101"]}, False),
        ("ignore", {"ignore": ["RPL901"]}, False),
        ("ignore[RPL101]", {"ignore": ["RPL901"]}, False),
        ("ignore[RPL999]", {"select": ["RPL901"]}, True),
        ("ignore[RPL101]", {"select": ["RPL1"]}, False),
    ],
)
def test_a_rule_that_is_off_could_report_nothing(
    comment: str, settings: dict[str, Any], reported: bool, tmp_path: Path
) -> None:
    found = lines(said(tmp_path, {"main.py": f"{SEEDED}  # reprolint: {comment}\n"}, **settings))
    assert found == ([(4, "RPL901")] if reported else [])


@pytest.mark.parametrize(
    ("rule", "path", "reported"), [("RPL1", "main.py", False), ("RPL901", "*.py", False), ("RPL1", "x.py", True)]
)
def test_so_could_a_rule_that_is_off_for_the_file(rule: str, path: str, reported: bool, tmp_path: Path) -> None:
    (tmp_path / "reprolint.toml").write_text(f'[per-file-ignores]\n"{path}" = ["{rule}"]\n')
    found = lines(said(tmp_path, {"main.py": f"{SEEDED}  # reprolint: ignore[RPL101]\n"}))
    assert found == ([(4, "RPL901")] if reported else [])


def test_only_named_files_are_judged(tmp_path: Path) -> None:
    files: dict[str, str | list[str]] = {
        "pyproject.toml": "",
        "helper.py": "import random\n\n\ndef pick():\n    return random.random()  # noqa: RPL201\n",
        "train.py": "from helper import pick\n\nprint(pick())  # noqa: RPL102\n",
        "alone.py": "x = 1  # noqa: RPL101\n",
    }
    assert spots(said(tmp_path, files, ["helper.py"])) == [("helper.py", None, 5, "RPL901"), ("train.py", None, 3, "RPL101")]
    assert spots(said(tmp_path, files, ["alone.py"])) == [("alone.py", None, 1, "RPL901")]


def test_where_a_program_could_not_be_followed_nothing_is_unused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, str | list[str]] = {
        "helper.py": "def f():\n    return 1  # noqa: RPL201\n",
        "train.py": "from helper import f\n\nprint(f())  # noqa: RPL101\n",
        "other.py": "print(1)  # noqa: RPL101\n",
    }
    assert spots(said(tmp_path, files)) == [
        ("helper.py", None, 2, "RPL901"), ("other.py", None, 1, "RPL901"), ("train.py", None, 3, "RPL901"),
    ]  # fmt: skip
    tell = run.tell

    def gives_up(project: Any, entry: Any, *arguments: Any) -> Any:
        told = tell(project, entry, *arguments)
        if entry.module.shown == "train.py":
            told.gave_up = "too large"
        return told

    def fails(project: Any, entry: Any, *arguments: Any) -> Any:
        if entry.module.shown == "train.py":
            raise TypeError("unhashable")
        return tell(project, entry, *arguments)

    for broken in (gives_up, fails):
        monkeypatch.setattr(run, "tell", broken)
        assert spots(said(tmp_path, files)) == [("other.py", None, 1, "RPL901")]


# Fixing

FIXES = {
    "all": ("x = 1  # reprolint: ignore[RPL101]\n", "x = 1\n"),
    "all, without a newline": ("x = 1  # reprolint: ignore[RPL101]", "x = 1"),
    "with its reason": ("x = 1\t# reprolint: ignore[RPL101] see #12, it's known  \n", "x = 1\n"),
    "everything": ("x = 1  # reprolint: ignore\n", "x = 1\n"),
    "nothing": ("x = 1  # reprolint: ignore[] later\n", "x = 1\n"),
    "unknown": ("x = 1  # reprolint: ignore[RPL999]\n", "x = 1\n"),
    "one of two": (
        "import random\nprint(random.random())  # reprolint: ignore[RPL103, RPL101] known\n",
        "import random\nprint(random.random())  # reprolint: ignore[RPL101] known\n",
    ),
    "one of three": (
        "import random\nprint(random.random())  # reprolint: ignore[ unseeded-python ,RPL103, RPL9]\n",
        "import random\nprint(random.random())  # reprolint: ignore[ unseeded-python ,RPL103, RPL9]\n",
    ),
    "middle": (
        "import random\nprint(random.random(), random.Random())  # reprolint: ignore[RPL101,RPL103 , RPL201]\n",
        "import random\nprint(random.random(), random.Random())  # reprolint: ignore[RPL101 , RPL201]\n",
    ),
    "noqa for others": ("x = 1  # noqa: E501, RPL101\n", "x = 1  # noqa: E501\n"),
    "noqa for others after": ("x = 1  #noqa:RPL101,RPL2,E501 long\n", "x = 1  #noqa:E501 long\n"),
    "noqa": ("x = 1  # NOQA: RPL101, RPL201 why\n", "x = 1\n"),
    "after another comment": ("x = 1  # type: ignore  # noqa: RPL101\n", "x = 1  # type: ignore\n"),
    "before another comment": ("x = 1  # noqa: RPL101  # type: ignore\n", "x = 1  # type: ignore\n"),
    "between comments": ("x = 1  # a # noqa: RPL101 b # c\n", "x = 1  # a # c\n"),
    "two": ("x = 1  # noqa: RPL101  # reprolint: ignore[RPL201]\n", "x = 1\n"),
    "a line of its own": ("x = 1\n  # reprolint: ignore-file[RPL101]\ny = 2\n", "x = 1\ny = 2\n"),
    "the last line": ("x = 1\n# reprolint: ignore-file[RPL101]", "x = 1"),
    "the only line": ("# reprolint: ignore-file[RPL101]\n", ""),
    "above the encoding": (
        "# reprolint: ignore-file[RPL101]\n# -*- coding: utf-8 -*-\nx = 'ä'\n",
        "# -*- coding: utf-8 -*-\nx = 'ä'\n",
    ),
    "carriage returns": ("x = 1  # noqa: RPL101\r\n# reprolint: ignore-file[RPL1]\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
    "wide characters": ("x = '日本'  # noqa: RPL101\n", "x = '日本'\n"),
    "in the wrong place": (
        "x = 1  # reprolint: ignore-file\n# noqa: RPL101\n",
        "x = 1  # reprolint: ignore-file\n# noqa: RPL101\n",
    ),
    "needed": (f"{DRAW}  # noqa: RPL101\n", f"{DRAW}  # noqa: RPL101\n"),
}


@pytest.mark.parametrize("name", FIXES)
def test_the_fix_takes_out_what_is_unused(name: str, tmp_path: Path) -> None:
    before, after = FIXES[name]
    (tmp_path / "main.py").write_bytes(before.encode())
    fixed(tmp_path)
    assert (tmp_path / "main.py").read_bytes().decode() == after
    again = fixed(tmp_path)
    assert again.changed == ()
    left = {one.code for one in again.report.findings if one.fix is not None and one.fix.applicability == "safe"}
    assert left == set()


def test_a_comment_in_the_wrong_place_goes_only_where_unsafe_fixes_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("x = 1  # reprolint: ignore-file\n# noqa: RPL101\ny = 2\n")
    assert [one.code for one in fixed(tmp_path).report.findings] == ["RPL901", "RPL901"]
    assert fixed(tmp_path, unsafe=True).report.findings == ()
    assert (tmp_path / "main.py").read_text() == "x = 1\ny = 2\n"


def test_the_fix_works_in_notebooks(tmp_path: Path) -> None:
    before = [
        "# reprolint: ignore-file[RPL3]\n",
        "%cd /data\nx = 1  # noqa: RPL101, E501\nimport random\n# reprolint: ignore-file[RPL4, RPL2]\n",
        "random.Random()\nx = 2  # reprolint: ignore[RPL101] why\n",
    ]
    after = [
        "\n",
        "%cd /data\nx = 1  # noqa: E501\nimport random\n# reprolint: ignore-file[RPL2]\n",
        "random.Random()\nx = 2\n",
    ]
    (tmp_path / "n.ipynb").write_bytes(as_bytes("n.ipynb", before))
    done = fixed(tmp_path)
    assert {one.code for one in done.findings} == {"RPL901"}
    assert (tmp_path / "n.ipynb").read_bytes() == as_bytes("n.ipynb", after)
    again = fixed(tmp_path)
    assert (again.changed, again.report.findings) == ((), ())


def test_the_fix_leaves_a_suppressed_finding_alone(tmp_path: Path) -> None:
    text = f"{DRAW}  # reprolint: ignore[RPL101] meant\nx = random.Random()  # noqa: RPL201\ny = random.Random()\n"
    (tmp_path / "main.py").write_text(text)
    done = fixed(tmp_path)
    assert [(one.code, one.span.line) for one in done.findings] == [("RPL201", 5)]
    assert (tmp_path / "main.py").read_text() == text.replace("y = random.Random()", "y = random.Random(42)")
    assert done.report.findings == ()


def test_a_fix_that_would_settle_a_suppressed_finding_along_the_way_is_not_made(tmp_path: Path) -> None:
    text = (
        "import random\n\nimport torch\n\n"
        "print(random.random())\nprint(torch.rand(3))  # reprolint: ignore[RPL103] fresh noise is the point\n"
    )
    (tmp_path / "main.py").write_text(text)
    done = fixed(tmp_path)
    assert (tmp_path / "main.py").read_text() == text
    assert [(one.code, one.span.line) for one in done.report.findings] == [("RPL101", 5)]


def test_a_suppression_that_a_fix_makes_unused_goes_in_the_same_run(tmp_path: Path) -> None:
    files = {
        "helper.py": "import random\n\n\ndef make():\n    return random.Random()\n",
        "main.py": "from helper import make\n\nprint(make())  # reprolint: ignore[RPL102]\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = fixed(tmp_path)
    assert {one.code for one in done.findings} == {"RPL201", "RPL901"}
    assert done.report.findings == ()
    assert (tmp_path / "main.py").read_text() == "from helper import make\n\nprint(make())\n"


def test_an_encoding_that_would_appear_keeps_the_comment(tmp_path: Path) -> None:
    text = "# reprolint: ignore-file[RPL1]\n\n# coding: latin-1\nx = 'ä'\n"
    (tmp_path / "main.py").write_bytes(text.encode())
    done = fixed(tmp_path)
    assert done.changed == ()
    assert [one.code for one in done.report.findings] == ["RPL901"]


# The command line


def test_exit_codes_and_formats(reprolint: Run, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(f"{DRAW}  # reprolint: ignore[RPL101]\n")
    done = reprolint("check", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "All checks passed (1 program, 1 file checked).\n")
    (tmp_path / "main.py").write_text(f"{SEEDED}  # reprolint: ignore[RPL101]\n")
    done = reprolint("check", "--output-format", "json", ".", cwd=tmp_path)
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)
    assert (finding["code"], finding["line"], finding["column"], finding["end_column"]) == ("RPL901", 4, 25, 52)
    assert finding["fix"] == {
        "applicability": "safe",
        "message": "Remove the comment",
        "edits": [
            {
                "path": "main.py", "cell": None, "line": 4, "column": 23, "end_line": 4, "end_column": 52, "replacement": "",
            }
        ],
    }  # fmt: skip
    done = reprolint("fix", ".", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "main.py").read_text()) == (0, f"{SEEDED}\n")


# The scanner


def words(suppression: Suppression) -> list[str] | None:
    return None if suppression.words is None else [word.text for word in suppression.words]


STRINGS = [
    '"{}"', "'{}'", '"""\n{}\n"""', "'''{}\n'''", 'rb"{}"', "R'''\n\\\n{}'''", '"a\\"{}"', "'a\\\n{}'", 'f"{}"', "f'{{x}}{}'",
    'f"{x:{}}"', "rf'''\n{x!r:>{y}}{}'''", 'f"\\N{NUMBER SIGN}{}"', 'F"""{x["a"]}{}"""', "'' '{}'", '"""a"b""c\\""""  "{}"',
]  # fmt: skip
"""String literals; the last ``{}`` stands for a text."""

MARKS = ["# noqa", "# noqa: RPL101", "# reprolint: ignore", "# reprolint: ignore-file[RPL1]", "#", "x"]


def literal(form: str, text: str) -> str:
    head, _, tail = form.rpartition("{}")
    return head + text + tail


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, list[tuple[int, str]]]:
    """A program full of strings that look like suppressions, and the real ones in it: (line, rule)."""
    out: list[str] = []
    expected = []
    for _ in range(draw(st.integers(1, 8))):
        parts = draw(st.lists(st.tuples(st.sampled_from(STRINGS), st.sampled_from(MARKS)), min_size=1, max_size=3))
        values = [literal(form, mark) for form, mark in parts]
        code = draw(st.sampled_from(["f({})", "x = [\n    {}\n]", "x = ({})", "if ({}): pass"])).format(", ".join(values))
        comment = draw(st.sampled_from(["", "  # plain", "  # noqa: RPL101", '  # reprolint: ignore[RPL101] it\'s "so"']))
        out += (code + comment).split("\n")
        if "RPL101" in comment:
            expected.append((len(out), "RPL101"))
    return "\n".join(out) + "\n", expected


@given(programs())
def test_text_inside_strings_is_no_comment(program: tuple[str, list[tuple[int, str]]]) -> None:
    text, expected = program
    compile(text, "program", "exec")
    found = scan(text.encode())
    assert [(one.span.line, *(words(one) or ())) for one in found] == expected
    assert all(one.ends and not one.alone for one in found)


@pytest.mark.parametrize(
    "text",
    [
        'f"{x["# noqa"]}"',
        'f"{x[f"{y["# noqa"]}"]}"',
        "f'{f'{f'# noqa'}'}'",
        'f"""{x:{"# noqa"}}# noqa"""',
        't"{x["# noqa"]}"',
        "f'{(lambda: '# noqa')()}# noqa'",
    ],
)
def test_quotes_may_nest_in_f_strings_of_newer_pythons(text: str) -> None:
    assert scan(f"x = {text}\n".encode()) == ()
    (found,) = scan(f"x = {text}  # noqa\n".encode())
    assert (found.words, found.ends) == (None, True)
    (found,) = scan(b'x = f"{x  # noqa: RPL101\n}# noqa"\n')
    assert words(found) == ["RPL101"]


@given(st.text(alphabet="#'\"\\{}()[]:\n \tfrN,noqareprolint: ignore[RPL1]"))
def test_no_text_is_too_broken(text: str) -> None:
    for one in (scan(text.encode()), scan(f"{text}# noqa: RPL101\n{text}".encode()), scan(f"f'{text}\n# noqa".encode())):
        for suppression in one:
            first, second = suppression.span.line, suppression.whole.end_line
            assert suppression.first <= first <= second <= first + 1


@given(st.binary())
def test_no_bytes_are_too_broken(data: bytes) -> None:
    scan(data)
    scan(data + b"# noqa" + data)


CODE = st.sampled_from(["x = 1", "f(\n    1,  # one\n)", "'''\n#'''", "if x:", "    y = f'{x:#}'", "", "x = '日本' \\\n  '#'"])


@given(
    st.lists(CODE, max_size=4), CODE, st.lists(CODE, max_size=4), st.sampled_from(["  ", "\t", ""]),
    st.sampled_from(["", "# type: ignore", "# a #b"]),
    st.sampled_from(["# noqa: RPL1", "#noqa:RPL101,RPL2 why", "# reprolint: ignore[RPL1, X] see #1", "# reprolint: ignore"]),
    st.booleans(),
)  # fmt: skip
def test_removal_gives_the_file_without_the_comment(
    above: list[str], code: str, below: list[str], blank: str, other: str, comment: str, ended: bool
) -> None:
    kept = f"{code}  {other}" if other else code
    gap = "  " if other else blank
    before = "\n".join([*above, f"{kept}{gap}{comment}", *below]) + "\n" * ended
    (suppression,) = scan(before.encode())
    assert suppression.alone == (code == "")
    whole_line = kept == ""
    after = "\n".join([*above, *([] if whole_line else [kept]), *below])
    after += "\n" * (ended and bool(above or below or not whole_line))
    edited = rewrite(before.encode(), [suppression.without(suppression.words or ())], notebook=False).decode()
    assert edited.rstrip("\n") == after.rstrip("\n")
    assert edited.endswith("\n") == after.endswith("\n") or "" in (above + below)
    assert scan(edited.encode()) == ()


@given(st.lists(st.sampled_from(["RPL1", "RPL103", "unseeded-torch", "X"]), unique=True, max_size=4), st.data())
def test_partial_removal_keeps_the_other_words(listed: list[str], data: st.DataObject) -> None:
    separator = data.draw(st.sampled_from([", ", ",", " , ", " "]))
    text = f"x = 1  # reprolint: ignore[{separator.join(listed)}] reason\n"
    (suppression,) = scan(text.encode())
    gone = data.draw(st.sets(st.sampled_from(listed)) if listed else st.just(set()))
    kept = [word for word in listed if word not in gone]
    removed = [word for word in suppression.words or () if word.text in gone]
    edited = rewrite(text.encode(), [suppression.without(removed)], notebook=False).decode()
    assert edited == (f"x = 1  # reprolint: ignore[{separator.join(kept)}] reason\n" if kept else "x = 1\n")


def test_comments_are_those_that_tokenize_finds() -> None:
    """In our own source, with a suppression put into each comment."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.COMMENT]
        marked = text.split("\n")
        for token in tokens:
            line, column = token.start
            marked[line - 1] = f"{marked[line - 1][:column]}# reprolint: ignore"
        found = scan("\n".join(marked).encode())
        assert [(one.span.line, one.span.column - 1) for one in found] == [token.start for token in tokens], path


def test_large_files_cost_little() -> None:
    texts = [
        "x = {'a': [1, 2, (3, 4)], \"b\": f'{y!r:>10}'}  # comment\n" * 20_000,
        "x = '" * 50_000,
        "f'{" * 50_000,
        "'''" * 100_001,
    ]
    for text in texts:
        begin = time.perf_counter()
        scan(f"{text}# noqa: RPL101\n".encode())
        assert time.perf_counter() - begin < 5
