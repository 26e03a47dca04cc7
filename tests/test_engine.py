"""The whole pipeline on small projects: what is named is checked, and nothing that goes wrong in one place spoils the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from reprolint import engine, run
from reprolint.config import Settings
from reprolint.errors import UsageError
from reprolint.facts import parse as parsing

HELPER = "import random\n\n\ndef pick(items):\n    return random.choice(items)\n"
SCRIPT = "from helper import pick\n\nprint(pick([1, 2, 3]))\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def codes(report: engine.Report) -> list[tuple[str, str]]:
    return [(finding.path, finding.code) for finding in report.findings]


def test_a_named_helper_brings_the_programs_that_reach_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": "",
            "helper.py": HELPER,
            "train.py": SCRIPT,
            "other.py": "import random\n\nprint(random.random())\n",
        },
    )
    report = engine.check([tmp_path / "helper.py"], Settings(), tmp_path)
    assert codes(report) == [("train.py", "RPL101")]
    assert (report.files, report.programs) == (1, 1)


def test_programs_that_do_not_reach_what_is_named_are_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train = "from helper import pick\n\n\ndef main():\n    pick({})\n\n\nif __name__ == '__main__':\n    main()\n"
    files = {
        "pyproject.toml": "",
        "one/helper.py": HELPER,
        "one/train.py": train.format("['a', 'b']"),
        "one/script.py": SCRIPT,
        "two/helper.py": "def pick(items):\n    return items[0]\n",
        "two/train.py": train.format("'cd'"),
        "two/script.py": "import helper\n\nprint(helper.pick('ab'))\n",
    }
    write(tmp_path, files)
    parsed: list[bytes] = []
    parse = parsing.parse

    def noted(text: bytes) -> object:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(parsing, "parse", noted)
    report = engine.check([tmp_path / "one" / "helper.py"], Settings(), tmp_path)
    assert {finding.entry for finding in report.findings} == {"one/train.py", "one/script.py"}
    assert sorted(name for name, text in files.items() if text.encode() in parsed) == [
        "one/helper.py",
        "one/script.py",
        "one/train.py",
    ]


def test_the_witness_leads_from_the_entry_point_to_the_draw(tmp_path: Path) -> None:
    write(tmp_path, {"helper.py": HELPER, "train.py": SCRIPT})
    (finding,) = engine.check([tmp_path], Settings(), tmp_path).findings
    assert (finding.entry, finding.family, finding.span.line, finding.span.column) == ("train.py", "python", 3, 7)
    assert [(step.path, step.line, step.column, step.text) for step in finding.trace] == [
        ("train.py", 3, 7, "pick()"),
        ("helper.py", 5, 12, "random.choice()"),
    ]


def test_an_error_of_our_own_costs_one_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": "import random\n\nprint(random.random())\n", "b.py": "import random\n\nprint(random.random())\n"})
    tell = run.tell

    def sometimes(project, entry, knowledge, roots):
        if entry.module.shown == "a.py":
            raise TypeError("unhashable")
        return tell(project, entry, knowledge, roots)

    monkeypatch.setattr(run, "tell", sometimes)
    report = engine.check([tmp_path], Settings(), tmp_path)
    assert codes(report) == [("b.py", "RPL101")]
    assert report.trouble == ("internal error: a.py: TypeError: unhashable (please report)",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('print "hello"\n', "Missing parentheses"),
        ("def f(:\n    pass\n", "invalid syntax"),
        ("x = " + "(" * 2000 + "1" + ")" * 2000 + "\n", "nest deeper than 200"),
        ("x = " + " + ".join("1" for _ in range(20_000)) + "\nprint(x)\n", "more than 1000 operators"),
        ("print(" + "not " * 5000 + "x)\n", "more than 1000 operators"),
    ],
)
def test_what_cannot_be_parsed_is_a_finding_and_the_rest_is_checked(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, {"broken.py": text, "train.py": "import random\n\nprint(random.random())\n"})
    report = engine.check([tmp_path], Settings(), tmp_path)
    assert codes(report) == [("broken.py", "RPL900"), ("train.py", "RPL101")]
    assert message in report.findings[0].message


def test_deep_and_long_files_are_followed(tmp_path: Path) -> None:
    branches = "".join(f"elif a == {number}:\n    random.seed({number})\n" for number in range(1, 10_000))
    write(
        tmp_path,
        {
            "branches.py": f"import random\n\na = 1\nif a == 0:\n    pass\n{branches}print(random.random())\n",
            "long.py": "import random\n\n" + "x = random.random()\n" * 5_000 + "print(x)\n",
            "nested.py": "".join(f"{'    ' * depth}if True:\n" for depth in range(90)) + "    " * 90 + "pass\nprint(1)\n",
        },
    )
    assert codes(engine.check([tmp_path], Settings(), tmp_path)) == [("long.py", "RPL101")]


def test_imports_in_circles_and_endless_recursion_end(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.py": "import b\n\n\ndef f():\n    return b.g()\n",
            "b.py": "import a\n\n\ndef g():\n    return a.f()\n",
            "run.py": "import random\n\nimport a\n\na.f()\nprint(random.random())\n",
        },
    )
    assert codes(engine.check([tmp_path], Settings(), tmp_path)) == [("run.py", "RPL101")]


def test_nothing_that_is_read_is_run(tmp_path: Path) -> None:
    write(
        tmp_path, {"run.py": "from pathlib import Path\n\nPath(__file__).with_name('mark').write_text('x')\n", "helper.py": ""}
    )
    engine.check([tmp_path], Settings(), tmp_path)
    assert not (tmp_path / "mark").exists()


def test_settings_add_seeders_and_draws(tmp_path: Path) -> None:
    write(tmp_path, {"run.py": "import acme\nimport random\n\nacme.rng.fix(3)\nprint(random.random())\nacme.noise(4)\n"})
    seeded = Settings(seeders={"acme.rng.fix": ["python"]}, draws={"acme.noise": ["numpy"]})
    assert codes(engine.check([tmp_path], seeded, tmp_path)) == [("run.py", "RPL102")]
    with pytest.raises(UsageError, match="acme"):
        engine.check([tmp_path], Settings(seeders={"acme.rng.fix": ["perl"]}), tmp_path)


def test_the_story_names_every_seed_and_draw_in_order(tmp_path: Path) -> None:
    write(tmp_path, {"run.py": "import random\n\nrandom.seed(1)\nprint(random.random())\n"})
    told = engine.story(tmp_path / "run.py", Settings(), tmp_path)
    assert "1. run.py:3  random.seed()  seeds python" in told
    assert "2. run.py:4  random.random()  draws from python: seeded" in told
    assert "python: seeded, seeded before every draw" in told
