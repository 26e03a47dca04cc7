"""Findings as words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolint.model import Edit, Finding, Fix, Span, Step
from reprolint.reports import Context, Excerpt, concise, full, summary
from reprolint.reports import json as json_report

FINDING = Finding(
    code="RPL103",
    name="unseeded-torch",
    severity="error",
    message="nothing seeds torch",
    path="train.py",
    cell=None,
    span=Span(10, 5, 10, 11),
    entry="train.py",
    family="torch",
    trace=(Step("train.py", 10, 5, "main()"), Step("lib/net.py", 123, 17, "nn.Linear(2, 3)")),
    fix=Fix("safe", "insert set_seed", (Edit("train.py", None, Span(3, 1, 3, 1), "set_seed()\n"),)),
)
LINES = {9: "def x():", 10: "    main()", 11: ""}


def excerpt(path: str, cell: int | None, line: int) -> str | None:
    return LINES.get(line) if path == "train.py" else None


def context(excerpt: Excerpt, color: bool = False) -> Context:
    return Context(excerpt, {}, "1.0", Path("/work"), color)


CONTEXT = context(excerpt)


def line(text: str, **more: object) -> str:
    """How a full report shows one source line and its carets, for a finding in the middle of nowhere."""
    finding = replace(FINDING, span=replace(Span(1, 1, 1, 2), **more), trace=(), fix=None)
    shown = full.render([finding], context(lambda path, cell, number: text if number == 1 else None)).split("\n")
    assert shown[1] == shown[4] == "  |"
    return "\n".join(one[4:] for one in shown[2:4])


def test_full() -> None:
    assert (
        full.render([FINDING], CONTEXT)
        == """\
train.py:10:5 RPL103 unseeded-torch: nothing seeds torch
   |
 9 | def x():
10 |     main()
   |     ^^^^^^
   |
   = 1. train.py:10:5      main()
   = 2. lib/net.py:123:17  nn.Linear(2, 3)
   = help: insert set_seed

"""
    )


def test_a_step_shows_its_line_once_and_only_if_it_says_more() -> None:
    steps = [
        Step("train.py", 30, 1, "main()"),  # says the same
        Step("train.py", 9, 1, "x()"),  # stands above the carets
        Step("net.py", 3, 5, "nn.Linear()"),
        Step("net.py", 3, 20, "nn.Tanh()"),  # the same line again
        Step("nb.ipynb", 1, 1, "cell 2: f()", 2),
        Step("gone.py", 1, 1, "g()"),
    ]
    sources = {
        ("train.py", None, 30): "    main()  ",
        ("train.py", None, 9): "def x():",
        ("train.py", None, 10): "    main()",
        ("net.py", None, 3): "    net = nn.Sequential(nn.Linear(), nn.Tanh())\x1b",
        ("nb.ipynb", 2, 1): f"f({'x' * 200})",
    }
    finding = replace(FINDING, trace=tuple(steps), fix=None)
    shown = full.render([finding], context(lambda *line: sources.get(line)))
    assert shown.partition("= 1.")[2].splitlines() == [
        " train.py:30:1  main()",
        "   = 2. train.py:9:1   x()",
        "   = 3. net.py:3:5     nn.Linear()",
        "   |        net = nn.Sequential(nn.Linear(), nn.Tanh())\N{REPLACEMENT CHARACTER}",
        "   = 4. net.py:3:20    nn.Tanh()",
        "   = 5. nb.ipynb:1:1   cell 2: f()",
        f"   |        f({'x' * (full.WIDTH - 2)}…",
        "   = 6. gone.py:1:1    g()",
        "",
    ]


def test_full_without_a_source_line() -> None:
    bare = replace(FINDING, path="gone.py", cell=2, trace=(), fix=None)
    assert full.render([bare], CONTEXT) == "gone.py:cell 2:10:5 RPL103 unseeded-torch: nothing seeds torch\n\n"


def test_full_in_colour_says_the_same() -> None:
    for severity, code in (("error", "31"), ("warning", "33")):
        finding = replace(FINDING, severity=severity)
        painted = full.render([finding], context(excerpt, color=True))
        assert f"\x1b[1;{code}mRPL103 unseeded-torch\x1b[0m" in painted
        assert re.sub(r"\x1b\[[\d;]*m", "", painted) == full.render([finding], CONTEXT)


def test_carets_stand_below_what_is_meant() -> None:
    assert line("a = f(x)", column=5, end_column=9) == "a = f(x)\n    ^^^^"
    assert line("\tf()", column=2, end_column=5) == "\tf()\n\t^^^"
    assert line("変 = f()", column=5, end_column=8) == "変 = f()\n     ^^^"
    assert line("e\u0301 = f()", column=6, end_column=9) == "e\u0301 = f()\n    ^^^"
    assert line("f(", column=1, end_line=3, end_column=2) == "f(\n^^"
    assert line("f", column=9, end_column=9) == "f\n ^"


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    text = "x" * 500 + "HERE" + "y" * 500
    source, carets = line(text, column=501, end_column=505).split("\n")
    assert len(source) == full.WIDTH + 2
    assert source[0] == source[-1] == "…"
    assert source[carets.index("^") : carets.index("^") + 4] == "HERE"
    assert carets.count("^") == 4
    assert line("x" * 500, column=1, end_column=501).split("\n")[1] == "^" * full.WIDTH


@given(st.text(), st.integers(1, 400), st.integers(1, 400))
def test_no_text_and_no_place_break_the_excerpt(text: str, begin: int, end: int) -> None:
    source, carets = line(text.replace("\n", "") * 10, column=begin, end_column=end).split("\n")
    assert set(carets.strip()) == {"^"}
    assert len(source) <= full.WIDTH + 2


def test_control_characters_of_the_code_do_not_reach_the_terminal() -> None:
    evil = replace(FINDING, path="a\x1b[31m.py", message="b\nc\u202e", trace=(Step("d\r", 1, 1, "e\x07"),), fix=None)
    for text in (full.render([evil], context(lambda *_: "\x1b]0;title\x07")), concise.render([evil], CONTEXT)):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert concise.render([evil], CONTEXT).count("\n") == 1


def test_concise() -> None:
    in_notebook = replace(FINDING, path="nb.ipynb", cell=3)
    assert concise.render([FINDING, in_notebook], CONTEXT) == (
        "train.py:10:5: RPL103 nothing seeds torch\nnb.ipynb:cell 3:10:5: RPL103 nothing seeds torch\n"
    )


def test_json_keeps_its_contract() -> None:
    assert json.loads(json_report.render([FINDING, replace(FINDING, fix=None, family=None, entry=None, cell=1)], CONTEXT)) == [
        {
            "code": "RPL103",
            "name": "unseeded-torch",
            "severity": "error",
            "message": "nothing seeds torch",
            "path": "train.py",
            "cell": None,
            "line": 10,
            "column": 5,
            "end_line": 10,
            "end_column": 11,
            "entry": "train.py",
            "family": "torch",
            "trace": [
                {"path": "train.py", "line": 10, "column": 5, "text": "main()"},
                {"path": "lib/net.py", "line": 123, "column": 17, "text": "nn.Linear(2, 3)"},
            ],
            "fix": {
                "applicability": "safe",
                "message": "insert set_seed",
                "edits": [
                    {
                        "path": "train.py",
                        "cell": None,
                        "line": 3,
                        "column": 1,
                        "end_line": 3,
                        "end_column": 1,
                        "replacement": "set_seed()\n",
                    }
                ],
            },
        },
        {
            "code": "RPL103",
            "name": "unseeded-torch",
            "severity": "error",
            "message": "nothing seeds torch",
            "path": "train.py",
            "cell": 1,
            "line": 10,
            "column": 5,
            "end_line": 10,
            "end_column": 11,
            "entry": None,
            "family": None,
            "trace": [
                {"path": "train.py", "line": 10, "column": 5, "text": "main()"},
                {"path": "lib/net.py", "line": 123, "column": 17, "text": "nn.Linear(2, 3)"},
            ],
            "fix": None,
        },
    ]
    assert json_report.render([], CONTEXT) == "[]\n"
    assert json_report.render([replace(FINDING, message="é\x1b")], CONTEXT).isascii()


@pytest.mark.parametrize(
    ("findings", "files", "programs", "expected"),
    [
        ([], 14, 2, "All checks passed (2 programs, 14 files checked).\n"),
        ([], 1, 1, "All checks passed (1 program, 1 file checked).\n"),
        ([FINDING], 1, 1, "Found 1 problem in 1 program (1 file checked).\n"),
        ([FINDING, FINDING, replace(FINDING, entry="b.py")], 14, 5, "Found 3 problems in 2 programs (14 files checked).\n"),
        ([replace(FINDING, entry=None)], 2, 0, "Found 1 problem (2 files checked).\n"),
    ],
)
def test_the_closing_sentence(findings: list[Finding], files: int, programs: int, expected: str) -> None:
    assert summary.sentence(findings, files, programs) == expected


def test_statistics() -> None:
    other = replace(FINDING, code="RPL101", name="unseeded-python")
    findings = [FINDING] * 10 + [other] + [replace(other, code="RPL100", name="x")]
    assert summary.statistics(findings) == "10\tRPL103\tunseeded-torch\n 1\tRPL100\tx\n 1\tRPL101\tunseeded-python\n"
    assert summary.statistics([]) == ""
    assert json.loads(summary.statistics_json(findings))[0] == {"code": "RPL103", "name": "unseeded-torch", "count": 10}
