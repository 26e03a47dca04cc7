"""The command line: options, exit codes, and one line for whatever goes wrong."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run

from reprolint import __version__, cli, commands, engine
from reprolint.reports.formats import FORMATS
from reprolint.rules import ALL

UNSEEDED = "import random\n\nprint(random.random())\n"
SEEDED = "import random\n\nrandom.seed(0)\nprint(random.random())\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bad.py").write_text(UNSEEDED)
    (tmp_path / "good.py").write_text(SEEDED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    return (code, *capsys.readouterr())


# check


def test_findings_are_exit_code_1(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check")
    assert (code, err) == (1, "")
    assert out.startswith("bad.py:3:7 RPL101 unseeded-python: ")
    assert "3 | print(random.random())\n  |       ^^^^^^^^^^^^^^^\n" in out
    assert out.endswith("\nFound 1 problem in 1 program (2 files checked).\n")


def test_nothing_to_report_is_exit_code_0(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "check", "good.py") == (0, "All checks passed (1 program, 1 file checked).\n", "")


def test_exit_zero(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--exit-zero")
    assert code == 0
    assert "RPL101" in out


def test_concise(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--output-format", "concise", "--quiet")
    assert code == 1
    assert re.fullmatch(r"bad\.py:3:7: RPL101 .*\n", out)


def test_json_and_nothing_else(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", "--output-format=json")
    assert (code, err) == (1, "")
    [finding] = json.loads(out)
    assert (finding["code"], finding["path"], finding["line"], finding["column"]) == ("RPL101", "bad.py", 3, 7)
    assert run(capsys, "check", "--output-format=json", "good.py") == (0, "[]\n", "")


@pytest.mark.parametrize("name", FORMATS)
def test_only_what_people_read_ends_with_a_sentence(name: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", "--output-format", name)
    assert (code, err) == (1, "")
    assert ("Found 1 problem in 1 program" in out) is (name in ("full", "concise", "grouped"))


def test_an_output_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = project / "reports/of today/findings.json"
    assert run(capsys, "check", "--output-format=json", "--output-file", str(file)) == (1, "", "")
    assert json.loads(file.read_text())[0]["code"] == "RPL101"
    assert run(capsys, "check", "good.py", "-o", str(file)) == (0, "", "")
    assert file.read_text() == "All checks passed (1 program, 1 file checked).\n"
    assert run(capsys, "check", "-o", str(file), "--statistics") == (1, "", "")
    assert file.read_text().startswith("1\tRPL101\t")
    assert [path.name for path in file.parent.iterdir()] == ["findings.json"]


def test_an_output_file_is_text_in_utf_8(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "bad.py").write_text("import random\n\nprint('é…', random.random())\n", encoding="utf-8")
    assert run(capsys, "check", "-o", "out.txt") == (1, "", "")
    assert "print('é…', random.random())" in (project / "out.txt").read_text(encoding="utf-8")


def test_an_output_file_of_a_fix(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "fix", "--diff", "-o", "a.patch")
    assert (code, out) == (1, "")
    assert "would fix 1 problem" in err
    assert "+set_seed(42)\n" in (project / "a.patch").read_text()
    code, out, err = run(capsys, "check", "--fix", "--output-format=sarif", "--output-file=left.sarif", "--show-fixes")
    assert (code, out) == (0, "")
    assert err.startswith("bad.py:\n")
    assert err.endswith("\nFixed 1 problem in 1 file.\n")
    assert json.loads((project / "left.sarif").read_text())["runs"][0]["results"] == []
    (project / "bad.py").write_text(UNSEEDED)
    assert run(capsys, "fix", "-o", "said.txt") == (0, "", "")
    assert (project / "said.txt").read_text().endswith("Fixed 1 problem in 1 file.\n")


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="needs /dev/stdout")  # noqa: PTH110
def test_an_output_file_that_is_none(project: Path, reprolint: Run) -> None:
    done = reprolint("check", "--output-format=concise", "-q", "-o", "/dev/stdout", cwd=project)
    assert (done.returncode, done.stderr, done.stdout.count("RPL101")) == (1, "", 1)


def test_the_format_of_flag_environment_and_settings(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "reprolint.toml").write_text('output-format = "grouped"\n')
    assert run(capsys, "check")[1].startswith("bad.py:\n")
    monkeypatch.setenv("REPROLINT_OUTPUT_FORMAT", "")
    assert run(capsys, "check")[1].startswith("bad.py:\n")
    monkeypatch.setenv("REPROLINT_OUTPUT_FORMAT", "github")
    assert run(capsys, "check")[1].startswith("::error ")
    assert run(capsys, "fix", "good.py")[1] == ""
    assert run(capsys, "check", "--output-format=concise")[1].startswith("bad.py:3:7: ")
    monkeypatch.setenv("REPROLINT_OUTPUT_FORMAT", "gitub")
    expected = 'reprolint: REPROLINT_OUTPUT_FORMAT: unknown format "gitub"; did you mean github?\n'
    assert run(capsys, "check") == (2, "", expected)
    assert run(capsys, "check", "--output-format=concise")[0] == 1
    assert run(capsys, "rules")[0] == 0


def test_statistics(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "check", "--statistics", "-q")[:2] == (1, "1\tRPL101\tunseeded-python\n")
    code, out, _ = run(capsys, "check", "--statistics", "--output-format=json")
    assert (code, json.loads(out)) == (1, [{"code": "RPL101", "name": "unseeded-python", "count": 1}])
    assert run(capsys, "check", "--statistics", "--output-format=sarif", "-q")[:2] == (1, "1\tRPL101\tunseeded-python\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--select", "RPL101"], 1),
        (["--select", "RPL3,RPL102"], 0),
        (["--select", "RPL3", "--select", "unseeded-torch, RPL10"], 1),
        (["--ignore", "RPL1"], 0),
        (["--ignore", "RPL1", "--extend-select", "RPL101"], 1),
        (["--select", "ALL"], 1),
        (["--no-cache"], 1),
    ],
)
def test_rules_are_chosen(project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int) -> None:
    assert run(capsys, "check", *arguments)[0] == code


def test_settings_are_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "reprolint.toml").write_text('ignore = ["RPL101"]\n')
    assert run(capsys, "check")[0] == 0
    assert run(capsys, "check", "--isolated")[0] == 1
    assert run(capsys, "check", "--extend-select=RPL101")[0] == 1
    (project / "other.toml").write_text('output-format = "concise"\n')
    code, out, _ = run(capsys, "check", "--config", "other.toml")
    assert (code, out.startswith("bad.py:3:7: RPL101")) == (1, True)


def test_settings_of_what_is_checked_and_not_of_where_one_stands(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sub").mkdir()
    (project / "sub/bad.py").write_text(UNSEEDED)
    (project / "sub/reprolint.toml").write_text('ignore = ["RPL101"]\n')
    assert run(capsys, "check", "sub")[0] == 0
    assert run(capsys, "check", "sub/bad.py")[0] == 0
    assert run(capsys, "check")[0] == 1


def test_per_file_ignores_and_exclude(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "reprolint.toml").write_text('[per-file-ignores]\n"bad.py" = ["RPL101"]\n')
    assert run(capsys, "check")[0] == 0
    (project / "reprolint.toml").write_text('extend-exclude = ["bad.py"]\n')
    assert run(capsys, "check") == (0, "All checks passed (1 program, 1 file checked).\n", "")


def test_what_a_project_says_of_its_own_calls(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "bad.py").write_text("import random\nimport lab\n\nlab.start(1)\nprint(random.random())\n")
    (project / "good.py").write_text("import lab\n\nlab.noise()\n")
    (project / "reprolint.toml").write_text('[seeders]\n"lab.start" = ["python"]\n[draws]\n"lab.noise" = ["numpy"]\n')
    code, out, _ = run(capsys, "check", "--output-format=concise", "-q")
    assert code == 1
    assert out.startswith("good.py:3:1: RPL102 ")
    assert out.count("\n") == 1
    for row in ('"lab.start" = ["pyton"]', '"lab.start" = 3', '"lab.start" = { families = ["torch"], positon = 0 }'):
        (project / "reprolint.toml").write_text(f"[seeders]\n{row}\n")
        code, out, err = run(capsys, "check")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "lab.start" in err
        assert "internal" not in err


def test_a_file_that_cannot_be_parsed_does_not_hide_the_others(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "broken.py").write_text("x = (\n")
    (project / "latin.py").write_bytes(b"'\xe9'\n")
    (project / "n.ipynb").write_text("{")
    code, out, _ = run(capsys, "check", "--output-format=concise", "-q")
    assert code == 1
    assert [re.sub(r":\d.*: (RPL\d+) .*", r" \1", line) for line in out.splitlines()] == [
        "bad.py RPL101",
        "broken.py RPL900",
        "latin.py RPL900",
        "n.ipynb RPL902",
    ]


def test_no_files_are_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "check")
    assert (code, err) == (0, "reprolint: warning: no Python files under the given paths\n")


@pytest.mark.parametrize(
    ("arguments", "variables", "colour"),
    [
        ([], {}, False),
        (["--color=always"], {"NO_COLOR": "1"}, True),
        (["--color=never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": ""}, False),
        ([], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (["--output-format=sarif"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variables: dict[str, str],
    colour: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run(capsys, "check", *arguments)[1]) is colour


def test_colour_in_a_file(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    run(capsys, "check", "-o", "out.txt")
    assert "\x1b[" not in (project / "out.txt").read_text()
    run(capsys, "check", "-o", "out.txt", "--color=always")
    assert "\x1b[" in (project / "out.txt").read_text()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
def test_colour_on_a_terminal(project: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colour: bool) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert cli.main(["check"]) == 1
    assert ("\x1b[" in terminal.getvalue()) is colour


def test_progress_is_shown_to_a_person_who_waits(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert cli.main(["check"]) == 1
    assert terminal.getvalue() == "", "a quick run says nothing"
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr(commands.time, "monotonic", lambda: float(next(clock)))
    assert cli.main(["check"]) == 1
    assert re.fullmatch(r"(\r\x1b\[Kchecking \d+/\d+ files)+\r\x1b\[K", terminal.getvalue())


def test_verbose_says_what_was_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no settings file" in run(capsys, "check", "-v")[2]
    (project / "reprolint.toml").write_text("")
    assert f"settings from {project / 'reprolint.toml'}" in run(capsys, "check", "--verbose")[2]


# The other commands


def test_trace_tells_a_story(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "trace", "bad.py")
    assert (code, err) == (0, "")
    assert "random.random" in out
    assert out.endswith("\n")


def test_trace_wants_one_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "trace", ".") == (2, "", "reprolint: . is a folder; name one script or notebook\n")
    assert run(capsys, "trace", "goood.py")[2] == "reprolint: no such file or directory: goood.py; did you mean good.py?\n"


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "rules")
    assert (code, err) == (0, "")
    assert [line.split()[:3] for line in out.splitlines()] == [
        [rule.code, rule.name, "on" if rule.on else "off"] for rule in ALL
    ]
    described = json.loads(run(capsys, "rules", "--output-format", "json")[1])
    assert [set(one) for one in described] == [{"code", "name", "severity", "default", "summary", "fix"}] * len(ALL)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_rule_is_explained_by_code_and_by_name(rule: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "rule", rule.code)
    assert (code, err) == (0, "")
    assert out.startswith(f"# {rule.name} ({rule.code})\n\n{rule.severity}, ")
    assert rule.doc.strip() in out
    assert run(capsys, "rule", rule.name) == (code, out, err)


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"reprolint {__version__}\n", "")
    code, out, err = run(capsys, "--help")
    assert (code, err) == (0, "")
    assert run(capsys) == (2, out, "")
    for command in ("check", "trace", "rules", "rule"):
        assert f"  {command} " in out
        assert run(capsys, command, "--help")[0] == 0


# Whatever goes wrong


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek"], 'no such command "chek"; did you mean check?'),
        (["check", "--selct=RPL1"], "--select"),
        (["check", "--select"], "--select"),
        (["check", "--select", "RPL999"], '--select: unknown rule "RPL999"; did you mean RPL90'),
        (["check", "--ignore", "unseeded-torh"], '--ignore: unknown rule "unseeded-torh"; did you mean unseeded-torch?'),
        (["check", "--output-format", "jsn"], '--output-format: unknown format "jsn"; did you mean json?'),
        (["check", "--output-format", ""], 'unknown format ""; choose one of full, concise, '),
        (["fix", "--output-format", "SARIF"], "did you mean sarif?"),
        (["check", "--output-file", "."], "--output-file: . cannot be written: is a directory"),
        (["check", "--output-file", "good.py/x.json"], "good.py/x.json cannot be written: "),
        (["check", "god.py"], "no such file or directory: god.py; did you mean good.py?"),
        (["check", "--config", "nope.toml"], "no such file: nope.toml"),
        (["check", "--isolated", "--config", "good.py"], "exclude each other"),
        (["check", "--config", "good.py"], "good.py is not valid TOML"),
        (["rule", "RPL13"], 'unknown rule "RPL13"; did you mean RPL1'),
        (["rule"], "RULE"),
        (["trace"], "ENTRY"),
        (["trace", "good.py", "bad.py"], "bad.py"),
        (["--no-such"], "--no-such"),
    ],
)
def test_a_wrong_command_is_one_line_and_exit_code_2(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("reprolint: ")
    assert err.count("\n") == 1
    assert message in err


def failing(error: BaseException) -> Callable[..., Any]:
    def check(*_: Any, **__: Any) -> Any:
        raise error

    return check


def test_an_internal_error_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "check", failing(RuntimeError("a\nb")))
    expected = "reprolint: internal error: RuntimeError: a b (please report; --verbose shows the traceback)\n"
    assert run(capsys, "check") == (2, "", expected)
    code, _, err = run(capsys, "check", "--verbose")
    assert code == 2
    assert err.startswith("Traceback")
    assert err.endswith(expected)
    monkeypatch.setattr(engine, "check", failing(RecursionError()))
    assert run(capsys, "check")[2].startswith("reprolint: internal error: RecursionError (please")


def test_ctrl_c(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(engine, "check", failing(KeyboardInterrupt()))
    code, out, err = run(capsys, "check")
    assert (code, out, err.strip()) == (130, "", "reprolint: interrupted")


@pytest.mark.parametrize(("arguments", "code"), [(["rules"], 0), (["check", "."], 1)])
def test_a_reader_that_leaves_is_no_error(project: Path, arguments: list[str], code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "reprolint", *arguments],
            cwd=project,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])},
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert done.stderr == b""
    assert done.returncode == code


def test_a_terminal_that_knows_only_ascii(project: Path, reprolint: Run) -> None:
    (project / "bad.py").write_text("import random\n\nprint('é…', random.random())\n", encoding="utf-8")
    done = reprolint("check", cwd=project, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (1, "")
    assert r"print('\xe9\u2026', random.random())" in done.stdout


# What the documents promise


def test_the_readme_shows_what_the_example_prints(reprolint: Run) -> None:
    shown = re.search(r"```console\n\$ reprolint (check .*)\n((?:.*\n)*?)```", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown is not None
    done = reprolint(*shown[1].split(), PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stdout) == (1, shown[2])


def test_the_readme_shows_what_a_fix_would_change(reprolint: Run) -> None:
    shown = re.search(r"```console\n\$ reprolint (fix .*)\n((?:.*\n)*?)```", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown is not None
    done = reprolint(*shown[1].split(), "--quiet", PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stdout) == (1, shown[2])
