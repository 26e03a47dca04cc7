"""The output formats that other programs read, read by parsers that are not ours."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, FormatChecker

from reprolint import __version__, cli
from reprolint.model import Edit, Finding, Fix, Span, Step
from reprolint.reports import Context, Excerpt, page
from reprolint.reports.fingerprint import fingerprints
from reprolint.reports.formats import FORMATS
from reprolint.rules import ALL

DATA = ROOT / "tests" / "data"
RULES = {rule.code: rule for rule in ALL}
FORMS = FormatChecker(formats=())


@FORMS.checks("uri", raises=ValueError)
def is_uri(text: object) -> bool:
    return bool(urlsplit(str(text)).scheme) and is_uri_reference(text)


@FORMS.checks("uri-reference", raises=ValueError)
def is_uri_reference(text: object) -> bool:
    urlsplit(str(text))
    return re.fullmatch(r"(?:[\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-F]{2})*", str(text), re.ASCII) is not None


def schema(name: str) -> Any:
    return Draft4Validator(json.loads((DATA / name).read_text(encoding="utf-8")), format_checker=FORMS)


SARIF = schema("sarif-schema-2.1.0.json")
RDJSON = schema("rdjson-schema.json")

FIXED = Fix(
    "unsafe",
    "insert `set_seed`",
    (
        Edit("src/a b.py", None, Span(3, 7, 3, 11), "y"),
        Edit("src/a b.py", None, Span(1, 1, 1, 1), "from r import set_seed\n"),
    ),
)
FINDING = Finding(
    code="RPL103",
    name="unseeded-torch",
    severity="error",
    message="nothing seeds torch",
    path="src/a b.py",
    cell=None,
    span=Span(3, 7, 3, 11),
    entry="src/a b.py",
    family="torch",
    trace=(Step("src/a b.py", 3, 7, "main()"), Step("lib/net.py", 12, 3, "nn.Linear()")),
    fix=FIXED,
)
IN_NOTEBOOK = replace(FINDING, path="n.ipynb", cell=4, trace=(Step("n.ipynb", 2, 1, "cell 3: f()", 3),), severity="warning")
IN_NOTEBOOK = replace(IN_NOTEBOOK, fix=Fix("safe", "set", (Edit("n.ipynb", 4, Span(1, 1, 1, 1), "set_seed()\n"),)))
LINES = ["import r", "", "a𐐀é = main(x)", ""]


def excerpt(path: str, cell: int | None, line: int) -> str | None:
    return LINES[line - 1] if path == "src/a b.py" and 0 < line <= len(LINES) else None


def shown(name: str, findings: list[Finding], excerpt: Excerpt = excerpt) -> str:
    return FORMATS[name].render(findings, Context(excerpt, RULES, "1.2.3", Path("/srv/a b")))


# Valid, whatever stands in the findings


def of_json(text: str) -> list[str]:
    return [one["code"] for one in json.loads(text)]


def of_json_lines(text: str) -> list[str]:
    return [json.loads(line)["code"] for line in text.splitlines()]


def of_sarif(text: str) -> list[str]:
    log = json.loads(text)
    SARIF.validate(log)
    [run] = log["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len({json.dumps(result["partialFingerprints"]) for result in run["results"]}) == len(run["results"])
    for result in run["results"]:
        assert result["ruleId"] == ids[result["ruleIndex"]]
        [location] = result["locations"]
        assert set(location["physicalLocation"]["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
    return [result["ruleId"] for result in run["results"]]


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands, as the runner of GitHub Actions takes them apart: level, properties, message."""
    out = []
    for line in text.splitlines():
        found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        assert found is not None
        properties = dict(one.split("=", 1) for one in found[2].split(","))
        for key, value in properties.items():
            properties[key] = undone(value, {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"})
        out.append((found[1], properties, undone(found[3], {"%0D": "\r", "%0A": "\n", "%25": "%"})))
    return out


def undone(text: str, escapes: dict[str, str]) -> str:
    for escape, character in escapes.items():
        text = text.replace(escape, character)
    return text


def of_github(text: str) -> list[str]:
    return [properties["title"].removeprefix("reprolint (").removesuffix(")") for _, properties, _ in commands(text)]


def of_gitlab(text: str) -> list[str]:
    issues = json.loads(text)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert set(issue) == {"check_name", "description", "severity", "fingerprint", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["positions"]["begin"]["line"] >= 1
    return [issue["check_name"] for issue in issues]


def of_junit(text: str) -> list[str]:
    suites = ElementTree.fromstring(text.encode())
    failed = suites.findall("./testsuite/testcase[failure]")
    assert int(suites.attrib["failures"]) == sum(int(suite.attrib["failures"]) for suite in suites) == len(failed)
    assert int(suites.attrib["tests"]) == len(suites.findall("./testsuite/testcase")) >= 1
    return [case.attrib["name"].removeprefix("org.reprolint.") for case in failed]


def of_rdjson(text: str) -> list[str]:
    result = json.loads(text)
    RDJSON.validate(result)
    assert set(result) == {"source", "diagnostics"}
    return [one["code"]["value"] for one in result["diagnostics"]]


def of_concise(text: str) -> list[str]:
    return [re.findall(r": (RPL\d{3}) ", line)[0] for line in text.splitlines()]


def of_grouped(text: str) -> list[str]:
    lines = [line for group in text.split("\n\n") for line in group.split("\n")[1:]]
    return [re.findall(r"^  (?:cell \d+:)?\d+:\d+ +(RPL\d{3}) ", line)[0] for line in lines]


READERS: dict[str, Callable[[str], list[str]]] = {
    "concise": of_concise,
    "grouped": of_grouped,
    "json": of_json,
    "json-lines": of_json_lines,
    "sarif": of_sarif,
    "github": of_github,
    "gitlab": of_gitlab,
    "junit": of_junit,
    "rdjson": of_rdjson,
}
READERS_OF_ALL = sorted(READERS)

NASTY = [
    "",
    "\"'<&]]>{0} `x` [y](z)",
    "100%0A::error::",
    "a\nb\r\nc\x00\x1b[31m\x85",
    "\ud800 \udfff \ufffe\uffff",
    "𐐀 \u202ereversed\u2069 é\u0301",
    "a b,c#d?e%20f:g=h;i",
]
texts = st.sampled_from(NASTY) | st.text(max_size=20)
# A path that cannot be written as Unicode is shown with backslashes (`sources.source.shown`), and never with a NUL.
paths = texts.map(lambda text: re.sub("[\0\ud800-\udfff]", "", text)).filter(bool)
cells = st.none() | st.integers(1, 9)
numbers = st.integers(1, 9)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    line, column = draw(numbers), draw(numbers)
    end = draw(st.integers(line, 9))
    return Span(line, column, end, draw(st.integers(column, 9) if end == line else numbers))


edits = st.builds(Edit, paths, cells, spans(), texts)
fixes = st.none() | st.builds(
    Fix, st.sampled_from(["safe", "unsafe"]), texts, st.lists(edits, min_size=1, max_size=3).map(tuple)
)
steps = st.builds(Step, paths, numbers, numbers, texts, cells)


@st.composite
def found(draw: st.DrawFn) -> Finding:
    rule = RULES[draw(st.sampled_from(["RPL103", "RPL301", "RPL900"]))]
    return Finding(
        rule.code,
        rule.name,
        rule.severity,
        draw(texts),
        draw(paths),
        draw(cells),
        draw(spans()),
        trace=tuple(draw(st.lists(steps, max_size=3))),
        fix=draw(fixes),
    )


@pytest.mark.parametrize("name", READERS_OF_ALL)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(findings=st.lists(found(), max_size=4), source=texts)
def test_valid_whatever_the_findings_say(name: str, findings: list[Finding], source: str) -> None:
    text = shown(name, findings, lambda *_: source.replace("\n", ""))
    assert READERS[name](text) == [finding.code for finding in findings]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


@pytest.mark.parametrize("name", READERS_OF_ALL)
def test_nothing_found(name: str) -> None:
    assert READERS[name](shown(name, [])) == []


@pytest.mark.parametrize("name", READERS_OF_ALL)
def test_the_same_findings_give_the_same_text(name: str) -> None:
    findings = [FINDING, IN_NOTEBOOK, FINDING]
    assert shown(name, findings) == shown(name, findings)
    assert READERS[name](shown(name, findings)) == ["RPL103"] * 3


# What each of them says


def test_grouped() -> None:
    first = replace(FINDING, span=Span(1, 2, 1, 3))
    assert shown("grouped", [first, replace(FINDING, span=Span(10, 12, 10, 13)), IN_NOTEBOOK]) == (
        "src/a b.py:\n"
        "  1:2   RPL103 nothing seeds torch\n"
        "  10:12 RPL103 nothing seeds torch\n"
        "\n"
        "n.ipynb:\n"
        "  cell 4:3:7 RPL103 nothing seeds torch\n"
        "\n"
    )
    assert shown("grouped", []) == ""


def test_json_lines_are_the_objects_of_json() -> None:
    findings = [FINDING, IN_NOTEBOOK]
    assert [json.loads(line) for line in shown("json-lines", findings).splitlines()] == json.loads(shown("json", findings))


def test_github() -> None:
    steps = "%0A  1. src/a b.py:3:7 main()%0A  2. lib/net.py:12:3 nn.Linear()"
    assert shown("github", [FINDING]) == (
        "::error title=reprolint (RPL103),file=src/a b.py,line=3,col=7,endLine=3,endColumn=11"
        f"::src/a b.py:3:7: RPL103 nothing seeds torch{steps}\n"
    )


def test_github_takes_columns_only_of_one_line() -> None:
    [(_, properties, _)] = commands(shown("github", [replace(FINDING, span=Span(3, 7, 5, 2))]))
    assert properties == {"title": "reprolint (RPL103)", "file": "src/a b.py", "line": "3", "endLine": "5"}


def test_github_gets_back_what_was_escaped() -> None:
    nasty = replace(FINDING, path="a,b:c%2C=%.py", message="100%0A%: ::x", trace=(Step("s%25.py", 1, 2, "f()"),))
    [(level, properties, message)] = commands(shown("github", [nasty]))
    assert (level, properties["file"]) == ("error", "a,b:c%2C=%.py")
    assert message == "a,b:c%2C=%.py:3:7: RPL103 100%0A%: ::x\n  1. s%25.py:1:2 f()"


def test_a_notebook_is_pointed_at_as_a_whole_and_the_cell_named() -> None:
    [(level, properties, message)] = commands(shown("github", [IN_NOTEBOOK]))
    assert (level, properties["file"], properties["line"], properties["endColumn"]) == ("warning", "n.ipynb", "1", "1")
    assert message.startswith("n.ipynb:cell 4:3:7: RPL103 ")
    [issue] = json.loads(shown("gitlab", [IN_NOTEBOOK]))
    assert issue["description"] == "RPL103: cell 4, line 3: nothing seeds torch"
    assert issue["location"]["positions"]["begin"] == {"line": 1, "column": 1}
    [diagnostic] = json.loads(shown("rdjson", [IN_NOTEBOOK]))["diagnostics"]
    assert (diagnostic["message"], diagnostic["location"]) == ("cell 4, line 3: nothing seeds torch", {"path": "n.ipynb"})
    assert "suggestions" not in diagnostic
    [result] = json.loads(shown("sarif", [IN_NOTEBOOK]))["runs"][0]["results"]
    assert result["message"]["text"] == "cell 4, line 3: nothing seeds torch"
    [location] = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    assert location["logicalLocations"] == [{"name": "cell 4", "kind": "cell"}]
    assert result["relatedLocations"][0]["logicalLocations"] == [{"name": "cell 3", "kind": "cell"}]
    assert "fixes" not in result
    case = ElementTree.fromstring(shown("junit", [IN_NOTEBOOK])).find("./testsuite/testcase")
    assert case is not None
    assert (case.attrib["classname"], case.findtext("failure")) == (
        "n",
        "cell 4, line 3, col 7, nothing seeds torch\n1. n.ipynb:2:1 cell 3: f()",
    )


def test_gitlab() -> None:
    [issue] = json.loads(shown("gitlab", [FINDING]))
    assert re.fullmatch("[0-9a-f]{32}", issue.pop("fingerprint"))
    assert issue == {
        "check_name": "RPL103",
        "description": "RPL103: nothing seeds torch",
        "severity": "major",
        "location": {"path": "src/a b.py", "positions": {"begin": {"line": 3, "column": 7}, "end": {"line": 3, "column": 11}}},
    }
    assert json.loads(shown("gitlab", [IN_NOTEBOOK]))[0]["severity"] == "minor"


def test_junit() -> None:
    other = replace(FINDING, path="b.py", trace=(), message="]]> \x00 \ufffe\n<é𐐀&>")
    suites = ElementTree.fromstring(shown("junit", [FINDING, FINDING, other]))
    assert [(suite.attrib["name"], suite.attrib["tests"]) for suite in suites] == [("src/a b.py", "2"), ("b.py", "1")]
    first, *_, last = suites.findall("./testsuite/testcase")
    assert first.attrib == {"name": "org.reprolint.RPL103", "classname": "src/a b", "line": "3", "column": "7"}
    assert first.findtext("failure") == (
        "line 3, col 7, nothing seeds torch\n1. src/a b.py:3:7 main()\n2. lib/net.py:12:3 nn.Linear()"
    )
    failure = last.find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "]]> \ufffd \ufffd\ufffd<é𐐀&>"
    assert shown("junit", [other]).isascii()
    assert shown("junit", []) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="reprolint" tests="1" skipped="0" errors="0" failures="0">\n'
        '    <testsuite name="reprolint" tests="1" skipped="0" errors="0" failures="0" package="org.reprolint">\n'
        '        <testcase name="No problems found" classname="reprolint" />\n'
        "    </testsuite>\n"
        "</testsuites>\n"
    )


def test_rdjson_counts_bytes_and_suggests_a_whole_fix() -> None:
    [diagnostic] = json.loads(shown("rdjson", [FINDING]))["diagnostics"]
    assert (diagnostic["severity"], diagnostic["code"]) == ("ERROR", {"value": "RPL103", "url": page("RPL103")})
    # 𐐀 takes four bytes and é two.
    assert diagnostic["location"]["range"] == {"start": {"line": 3, "column": 11}, "end": {"line": 3, "column": 15}}
    assert [(one["message"], one["location"]["path"]) for one in diagnostic["related_locations"]] == [
        ("main()", "src/a b.py"),
        ("nn.Linear()", "lib/net.py"),
    ]
    assert diagnostic["suggestions"] == [
        {
            "range": {"start": {"line": 1, "column": 1}, "end": {"line": 3, "column": 15}},
            "text": "from r import set_seed\nimport r\n\na𐐀é = y",
        }
    ]


def test_rdjson_suggests_no_half_of_a_fix() -> None:
    elsewhere = Edit("lib/net.py", None, Span(1, 1, 1, 1), "x\n")
    far = Edit("src/a b.py", None, Span(90, 1, 90, 1), "x\n")
    for edits in ((*FIXED.edits, elsewhere), (*FIXED.edits, far)):
        [diagnostic] = json.loads(shown("rdjson", [replace(FINDING, fix=replace(FIXED, edits=edits))]))["diagnostics"]
        assert "suggestions" not in diagnostic


def test_sarif() -> None:
    [run] = json.loads(shown("sarif", [FINDING, IN_NOTEBOOK]))["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("reprolint", "1.2.3")
    [rule] = driver["rules"]
    assert (rule["id"], rule["name"], rule["helpUri"]) == ("RPL103", "unseeded-torch", page("RPL103"))
    assert rule["shortDescription"]["text"] == RULES["RPL103"].summary
    assert rule["defaultConfiguration"] == {"enabled": True, "level": "error"}
    assert run["columnKind"] == "unicodeCodePoints"
    result = run["results"][0]
    assert (result["level"], run["results"][1]["level"]) == ("error", "warning")
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    base = run["originalUriBaseIds"][artifact["uriBaseId"]]["uri"]
    assert unquote(urlsplit(urljoin(base, artifact["uri"])).path) == "/srv/a b/src/a b.py"
    [flow] = result["codeFlows"]
    [thread] = flow["threadFlows"]
    assert [step["location"]["message"]["text"] for step in thread["locations"]] == ["main()", "nn.Linear()"]
    # Up to the end of the line, where it is known.
    regions = [step["location"]["physicalLocation"]["region"] for step in thread["locations"]]
    assert [(region["startColumn"], region["endColumn"]) for region in regions] == [(7, 14), (3, 3)]
    assert [one["message"]["text"] for one in result["relatedLocations"]] == ["nn.Linear()"]
    [fix] = result["fixes"]
    [change] = fix["artifactChanges"]
    assert [one["insertedContent"]["text"] for one in change["replacements"]] == ["from r import set_seed\n", "y"]
    assert change["replacements"][1]["deletedRegion"] == {"startLine": 3, "startColumn": 7, "endLine": 3, "endColumn": 11}
    assert fix["properties"] == {"applicability": "unsafe"}


def test_sarif_names_files_outside_the_folder_by_their_whole_path() -> None:
    [result] = json.loads(shown("sarif", [replace(FINDING, path="/else where/#1.py")]))["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "file:///else%20where/%231.py"}


def test_sarif_describes_every_rule() -> None:
    log = json.loads(shown("sarif", [replace(FINDING, code=rule.code, name=rule.name) for rule in ALL]))
    SARIF.validate(log)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for rule in rules:
        assert "## " not in rule["fullDescription"]["text"]
        assert len(rule["fullDescription"]["text"]) <= 1024  # GitHub shows no more
        assert (ROOT / "docs" / "rules" / f"{rule['id']}.md").is_file()
        assert rule["helpUri"].endswith(f"/docs/rules/{rule['id']}.md")


# Fingerprints


def at(line: int, **more: Any) -> Finding:
    return replace(FINDING, span=Span(line, 1, line, 2), **more)


def test_a_fingerprint_does_not_know_line_numbers_and_blanks() -> None:
    before = {1: "f()", 2: "x = g()", 3: "x = g()"}
    after = {4: "f()", 7: "    x = g( )", 9: "\tx = g()"}
    old = fingerprints([at(1), at(2), at(3)], lambda path, cell, line: before[line])
    new = fingerprints([at(4), at(7), at(9)], lambda path, cell, line: after[line])
    assert old == new
    assert len(set(old)) == 3


def test_a_fingerprint_knows_rule_path_line_and_count() -> None:
    def same(path: str, cell: int | None, line: int) -> str:
        return "f()"

    findings = [at(1), at(1, code="RPL101"), at(1, path="b.py"), at(2), at(3, message="another text", trace=())]
    marks = fingerprints(findings, same)
    assert len(set(marks)) == len(marks)
    assert fingerprints(findings[::-1], same) == marks[::-1]
    # A cell that is inserted above changes nothing, either.
    assert fingerprints([at(1, cell=2)], same) == fingerprints([at(1, cell=5)], same)
    assert fingerprints([at(1)], lambda *_: "g()") != fingerprints([at(1)], same)


# The command line


@pytest.mark.parametrize("name", FORMATS)
def test_a_real_example(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = cli.main(["check", "examples/spirals", "--isolated", "--color=never", "--output-format", name])
    text, err = capsys.readouterr()
    assert (code, err) == (1, "")
    if not FORMATS[name].for_people:
        assert READERS[name](text) == ["RPL123", "RPL102"]
    if name == "sarif":  # without what is no matter of the format
        log = json.loads(text)
        driver = log["runs"][0]["tool"]["driver"]
        assert driver.pop("version") == driver.pop("semanticVersion") == __version__
        assert log["runs"][0].pop("originalUriBaseIds") == {"%SRCROOT%": {"uri": f"{ROOT.as_uri()}/"}}
        driver["rules"] = [rule["id"] for rule in driver["rules"]]
        text = json.dumps(log, indent=2) + "\n"
    expected = DATA / "formats" / f"{name}.txt"
    if os.environ.get("REPROLINT_WRITE_EXAMPLES"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


def test_the_readme_names_every_format() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = "".join(f"| `{one.name}` | {one.about} |\n" for one in FORMATS.values())
    assert f"| format | what it is |\n|---|---|\n{rows}\n" in readme
    assert set(READERS) == {*FORMATS} - {"full"}
