"""Known findings: how they are recognised again, and what the file that lists them may be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fixing import as_bytes
from hypothesis import given
from hypothesis import strategies as st

from reprolint import cli
from reprolint.baseline import Baseline, Entry, read
from reprolint.errors import UsageError

DRAW = "import random\n\n\ndef draw():\n    return random.Random().random()\n\n\nprint(draw())\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "main.py").write_text(DRAW)
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    return (code, *capsys.readouterr())


def recorded(capsys: pytest.CaptureFixture[str], *paths: str) -> dict[str, Any]:
    code, out, _ = run(capsys, "check", "--baseline=known.json", "--update-baseline", *paths)
    assert (code, out) == (0, "")
    document: dict[str, Any] = json.loads(Path("known.json").read_text("utf-8"))
    return document


def left(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, int, str]]:
    """Path, line and rule of what is reported beside what is known."""
    code, out, _ = run(capsys, "check", "--baseline=known.json", "--output-format=json", *arguments)
    found = [(one["path"], one["line"], one["code"]) for one in json.loads(out)]
    assert code == bool(found)
    return found


def test_what_is_recorded_is_not_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = recorded(capsys)
    assert document["version"] == 1
    [entry] = document["findings"]
    assert set(entry) == {"fingerprint", "code", "path", "count", "message"}
    assert (entry["code"], entry["path"], entry["count"]) == ("RPL201", "main.py", 1)
    assert entry["message"].startswith("`random.Random()` makes a generator")
    assert left(capsys) == []
    assert run(capsys, "check")[0] == 1, "only if it is asked for"
    assert run(capsys, "check", "--baseline=known.json") == (0, "All checks passed (1 program, 1 file checked).\n", "")
    before = Path("known.json").read_bytes()
    recorded(capsys)
    assert Path("known.json").read_bytes() == before


SAME = {
    "a line above": "# why\n" + DRAW,
    "an import above": "import os\n" + DRAW,
    "layout": DRAW.replace("random.Random().random()", "(\n        random . Random(\n        ).random( )  # drawn\n    )"),
    "lines that end otherwise": DRAW.replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + DRAW,
    "a comment on its line": DRAW.replace(".random()\n", ".random()  # noqa: E501\n"),
    "a statement above, in the function": DRAW.replace("    return", "    pass\n    return"),
    "another function": DRAW.replace("print(", "def other():\n    pass\n\n\nprint("),
    "a decorator": DRAW.replace("def draw", "@staticmethod\ndef draw"),
}
OTHER = {
    "another name of the function": DRAW.replace("draw", "drawn"),
    "another statement": DRAW.replace("return random.Random().random()", "return random.Random().random() + 1"),
    "a class around it": "import random\n\n\nclass Drawer:\n    def draw(self):\n        return random.Random().random()\n\n\nprint(Drawer().draw())\n",
    "another function around it": "import random\n\n\ndef outer():\n    def draw():\n        return random.Random().random()\n\n    return draw()\n\n\nprint(outer())\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_code_that_moves_stays_known(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    recorded(capsys)
    (project / "main.py").write_bytes(text.encode())
    assert left(capsys) == []


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER)
def test_code_that_changes_is_new(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    recorded(capsys)
    (project / "main.py").write_text(text)
    assert [code for _, _, code in left(capsys)] == ["RPL201"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("print('a', random.Random())", 'print(("a"), random.Random(),)'),
        ("x = random.Random().random(), 1_000, 0x10", "x = (random.Random().random(), 1000, 16)"),
        ("if random.Random().random() > 1:\n    a = 1", "if (random.Random().random() > 1):\n    b = 2\n    c = 3"),
        ("for x in random.Random().sample([1], 1):\n    a = 1", "for x in random.Random().sample([1], 1): b = 2"),
        ("with open(random.Random().choice('a')) as f:\n    a = 1", "with open(random.Random().choice('a')) as f:\n    pass"),
        ("x = f'{random.Random().random()}'", 'x = f"{random.Random().random()}"'),
        ("a = 1; x = random.Random().random()", "a = 2\nx = random.Random().random()"),
        ("print('ä', random.Random())", "print('ä',   random.Random())"),
    ],
)
def test_only_the_statement_counts(project: Path, capsys: pytest.CaptureFixture[str], before: str, after: str) -> None:
    (project / "main.py").write_text(f"import random\n{before}\nprint(1)\n", encoding="utf-8")
    assert len(recorded(capsys)["findings"]) >= 1
    (project / "main.py").write_text(f"import random\n{after}\nprint(1)\n", encoding="utf-8")
    assert left(capsys) == []


def test_a_number_with_thousands_of_digits(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "main.py").write_text(f"import random\nprint(random.Random(), 0x{'f' * 9000})\n")
    recorded(capsys)
    assert left(capsys) == []


def test_equal_findings_are_counted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "print(random.Random())\n"
    (project / "main.py").write_text(f"import random\n{line}{line}")
    [entry] = recorded(capsys)["findings"]
    assert entry["count"] == 2
    (project / "main.py").write_text(f"import random\n{line}{line}a = 1\n{line}")
    assert left(capsys) == [("main.py", 5, "RPL201")]
    (project / "main.py").write_text(f"import random\n{line}")
    code, _, err = run(capsys, "check", "--baseline=known.json")
    said = "1 finding of known.json is no longer there; `check --update-baseline` takes out what is gone"
    assert (code, err) == (0, f"reprolint: {said}\n")
    assert recorded(capsys)["findings"][0]["count"] == 1


def test_cells_may_move(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "main.py").unlink()
    cells = ["import random", "%matplotlib inline\nprint(random.Random())"]
    (project / "n.ipynb").write_bytes(as_bytes("n.ipynb", cells))
    assert len(recorded(capsys)["findings"]) == 1
    (project / "n.ipynb").write_bytes(as_bytes("n.ipynb", ["'first'", *cells]))
    assert left(capsys) == []


def test_a_program_is_known_at_the_line_that_leads_to_the_draw(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "helper.py").write_text("import random\n\n\ndef draw():\n    return random.random()\n")
    (project / "main.py").write_text("import helper\n\nprint(helper.draw())\n")
    [entry] = recorded(capsys)["findings"]
    assert (entry["code"], entry["path"]) == ("RPL101", "main.py")
    assert ":" not in entry["message"].partition("draws from")[0], "no line numbers, or the file changes with every line"
    (project / "helper.py").write_text("import random\n\n# more\n\n\ndef draw():\n    return 1 + random.random()\n")
    assert left(capsys) == []


def test_a_file_that_cannot_be_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "main.py").write_text("x = (\n")
    (project / "n.ipynb").write_text("{")
    assert {entry["code"] for entry in recorded(capsys)["findings"]} == {"RPL900", "RPL902"}
    assert left(capsys) == []


def test_paths_count_from_the_folder_of_the_file(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text('[tool.reprolint]\nbaseline = ".ci/known.json"\n')
    assert run(capsys, "check", "--update-baseline")[0] == 0
    assert json.loads((project / ".ci/known.json").read_text())["findings"][0]["path"] == "../main.py"
    assert run(capsys, "check")[0] == 0
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")
    assert run(capsys, "check", "..")[0] == 0
    assert run(capsys, "check", "../main.py", "--isolated")[0] == 1
    assert run(capsys, "check", "../main.py", "--no-baseline")[0] == 1
    assert run(capsys, "check", "--no-baseline", "--baseline=a")[2].endswith("exclude each other\n")


# Suppressions and rules


def test_suppressions_are_judged_first(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(capsys)
    (project / "main.py").write_text(DRAW.replace(".random()\n", ".random()  # reprolint: ignore[RPL201]\n"))
    code, out, err = run(capsys, "check", "--baseline=known.json")
    assert (code, "RPL901" in out) == (0, False), "the comment is needed, even if the finding is known"
    assert "1 finding of known.json is no longer there" in err
    assert recorded(capsys)["findings"] == []


def test_a_comment_too_many_is_known_as_others_are(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "def f():\n    x = 1  # reprolint: ignore[RPL201]\n    # reprolint: ignore[RPL1]\n    return x\n"
    (project / "main.py").write_text(text)
    assert [entry["code"] for entry in recorded(capsys)["findings"]] == ["RPL901", "RPL901"]
    (project / "main.py").write_text("\n\n" + text)
    assert left(capsys) == []
    (project / "main.py").write_text(text.replace("def f", "def g"))
    assert len(left(capsys)) == 2


def test_rules_that_are_off_and_files_that_are_not_named_stay_listed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "other.py").write_text("import random\nprint(random.random())\n")
    everything = recorded(capsys)
    assert len(everything["findings"]) == 2
    (project / "main.py").write_text("")
    (project / "other.py").write_text("")
    assert recorded(capsys, "--select=RPL3") == everything
    assert recorded(capsys, "--per-file-ignores=*.py:ALL") == everything
    assert left(capsys, "--select=RPL3") == []
    code, _, err = run(capsys, "check", "--baseline=known.json", "--select=RPL3")
    assert (code, err) == (0, ""), "nobody looked"
    assert [one["path"] for one in recorded(capsys, "main.py")["findings"]] == ["other.py"]
    (project / "other.py").unlink()
    assert [one["path"] for one in recorded(capsys, "main.py")["findings"]] == ["other.py"]
    assert recorded(capsys)["findings"] == []


def test_a_named_helper_adds_to_what_is_listed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "helper.py").write_text("import random\n\n\ndef draw():\n    return random.random()\n")
    (project / "main.py").write_text("import helper, random\nprint(helper.draw())\nprint(random.Random())\n")
    recorded(capsys, "helper.py")
    assert left(capsys) == [], "all that is wrong with its programs is recorded"
    before = Path("known.json").read_bytes()
    recorded(capsys, "helper.py")
    assert Path("known.json").read_bytes() == before


def test_nothing_is_taken_out_because_of_an_error_of_ours(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(capsys)
    before = Path("known.json").read_bytes()

    def fail(*_: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("reprolint.run.tell", fail)
    code, _, err = run(capsys, "check", "--baseline=known.json", "--update-baseline")
    assert (code, Path("known.json").read_bytes()) == (2, before)
    assert err.endswith("reprolint: known.json is left as it is: not every program could be followed\n")


# Fixing


def test_what_is_known_is_not_fixed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(capsys)
    assert run(capsys, "fix", "--baseline=known.json")[0] == 0
    assert (project / "main.py").read_text() == DRAW
    (project / "main.py").write_text(DRAW + "print(random.Random())  # new\n")
    assert run(capsys, "fix", "--baseline=known.json")[0] == 0
    text = (project / "main.py").read_text()
    assert text.startswith(DRAW[: DRAW.index("print")])
    assert "print(random.Random(42))  # new" in text
    (project / "main.py").write_text("x = 1  # reprolint: ignore[RPL101]\n")
    recorded(capsys)
    assert run(capsys, "fix", "--baseline=known.json")[0] == 0
    assert (project / "main.py").read_text() == "x = 1  # reprolint: ignore[RPL101]\n"


# The file


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "known.json is no baseline: not valid JSON"),
        ("{", "known.json is no baseline: not valid JSON"),
        ("[" * 100_000, "known.json is no baseline: not valid JSON"),
        ("\xff", "known.json is no baseline: not valid JSON"),
        ("[]", 'known.json is no baseline: it has no list of "findings"'),
        ('{"version": 1, "findings": {}}', 'it has no list of "findings"'),
        ('{"findings": []}', "known.json is a baseline of version None, and only 1 can be read"),
        ('{"version": 2, "findings": []}', "a baseline of version 2, and only 1 can be read"),
        ('{"version": 1, "findings": [1]}', "finding 1 is not what --update-baseline writes"),
        (
            '{"version": 1, "findings": [{"fingerprint": "a", "code": "RPL1", "path": "a", "message": "", "count": 0}]}',
            "finding 1 is not what",
        ),
        (
            '{"version": 1, "findings": [{"fingerprint": "a", "code": "RPL1", "path": "\\u0000", "message": "", "count": 1}]}',
            "finding 1 is not what",
        ),
    ],
)
@pytest.mark.parametrize("update", [[], ["--update-baseline"]])
def test_a_broken_file_is_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, message: str, update: list[str]
) -> None:
    (project / "known.json").write_bytes(text.encode("latin-1"))
    code, out, err = run(capsys, "check", "--baseline=known.json", *update)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert (project / "known.json").read_bytes() == text.encode("latin-1"), "it is left as it is"


def test_a_missing_file_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = "reprolint: no such baseline: known.json; --update-baseline writes it\n"
    assert run(capsys, "check", "--baseline=known.json") == (2, "", message)
    assert run(capsys, "check", "--baseline=.")[2] == "reprolint: . cannot be read: is a directory\n"
    assert run(capsys, "check", "--update-baseline", "--baseline=main.py/x.json")[0] == 2
    assert run(capsys, "check", "--update-baseline")[2].startswith("reprolint: --update-baseline needs --baseline FILE")
    assert run(capsys, "check", "--update-baseline", "--baseline=main.py")[2].startswith("reprolint: main.py is no baseline")
    assert (project / "main.py").read_text() == DRAW


def test_a_file_saved_by_an_editor_of_windows(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(capsys)
    text = (project / "known.json").read_bytes()
    (project / "known.json").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert left(capsys) == []


NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
ENTRIES = st.lists(st.builds(Entry, NAMES, NAMES, NAMES, st.integers(1, 5), NAMES), unique_by=lambda one: one.fingerprint)


@given(ENTRIES)
def test_what_is_written_is_read(entries: list[Entry]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "known.json"
        file.write_bytes(Baseline(file, tuple(entries)).text())
        assert sorted(read(file, "known.json").entries) == sorted(entries)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_a_baseline_or_one_line(value: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "known.json"
        for document in (value, {"version": 1, "findings": value}, {"version": 1, "findings": [value]}):
            file.write_text(json.dumps(document))
            try:
                read(file, "known.json")
            except UsageError as error:
                assert "\n" not in str(error)
