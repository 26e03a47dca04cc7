"""What the command line says of itself: help, the pages of rules, settings, completion; and that it starts quickly."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from pathlib import Path

import click
import pytest
from conftest import Run

from reprolint import cli
from reprolint.config import KEYS
from reprolint.reports import terminal
from reprolint.rules import ALL
from reprolint.usage import HEADINGS, OTHERS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

COMMANDS = sorted(cli._cli.commands)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    return (code, *capsys.readouterr())


# Help


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("columns", ["80", "200"])
def test_help_fits_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    code, out, err = run(capsys, *([command] if command else []), "--help")
    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if len(line) > 80] == []
    assert run(capsys, *([command] if command else []), "-h") == (code, out, err)


@pytest.mark.parametrize("command", ["check", "fix"])
def test_options_stand_under_headings(capsys: pytest.CaptureFixture[str], command: str) -> None:
    out = run(capsys, command, "--help")[1]
    assert re.findall(r"^(\w.*):$", out, re.MULTILINE) == [*HEADINGS, OTHERS]
    sections = dict(zip(*[iter(re.split(r"^(\w.*):$", out, flags=re.MULTILINE)[1:])] * 2, strict=True))
    assert re.findall(r"^  (--\S+)", sections["Rule selection"], re.MULTILINE) == [
        "--select",
        "--ignore",
        "--extend-select",
        "--per-file-ignores",
    ]
    assert "--help" in sections[OTHERS]
    options = [option for param in cli._cli.commands[command].params for option in (*param.opts, *param.secondary_opts)]
    for option in options:
        assert option == "paths" or re.search(rf"(^|[ ,]){option}[\[ \n,]", out, re.MULTILINE), option


def test_every_heading_is_of_options_that_there_are() -> None:
    known = {param.name for command in cli._cli.commands.values() for param in command.params}
    assert {name for names in HEADINGS.values() for name in names} <= known


def test_a_value_that_may_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\n  --add-ignore[=REASON]  " in run(capsys, "check", "--help")[1]


# Rules


def test_all_rules_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "rule", "--all")
    assert (code, err) == (0, "")
    assert out == "\n".join(run(capsys, "rule", rule.code)[1] for rule in ALL)
    for arguments in ([], ["RPL101", "--all"]):
        assert run(capsys, "rule", *arguments) == (2, "", "reprolint: name one RULE, or --all\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


PLAIN = re.compile(r"\x1b\[\d*m")


@pytest.mark.parametrize("columns", ["40", "80", "300"])
@pytest.mark.parametrize("rule", [ALL[0], ALL[-1]], ids=lambda rule: rule.code)
def test_a_page_is_painted_for_a_person(monkeypatch: pytest.MonkeyPatch, rule: object, columns: str) -> None:
    code = getattr(rule, "code", "")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", columns)
    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", shown)
    assert cli.main(["rule", code]) == 0
    painted = shown.getvalue()
    assert "\x1b[1mWhat it does\x1b[0m" in painted
    assert "```" not in painted and "\n#" not in painted
    lines = PLAIN.sub("", painted).splitlines()
    prose = [line for line in lines if not line.startswith("    ") and " " in line and "`" not in line]
    assert max(map(len, prose)) <= min(int(columns), cli.PAGE_WIDTH)
    monkeypatch.setenv("NO_COLOR", "1")
    shown.seek(0)
    shown.truncate()
    assert cli.main(["rule", code]) == 0
    assert shown.getvalue().startswith("# ")


def test_marks_become_colours() -> None:
    text = (
        "# Title\n\nSome `code here` and **bold** words that go on\nand on.\n- an item that is long enough to be filled\n"
        "1. another\n\n```python\nx = 1\n\n`y`\n```\n| a | b |\n|---|---|\n"
    )
    assert terminal.render(text, 30).replace("\x1b[1m", "<").replace("\x1b[36m", "{").replace("\x1b[0m", ">") == (
        "<Title>\n\nSome {code here> and <bold>\nwords that go on and on.\n- an item that is long enough\n  to be filled\n"
        "1. another\n\n    {x = 1>\n\n    {`y`>\n| a | b |\n|---|---|\n"
    )


# Settings


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPROLINT_OUTPUT_FORMAT", raising=False)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.reprolint]\nextend = "base.toml"\nignore = ["RPL3"]\n[tool.reprolint.per-file-ignores]\n"a \\"b\\".py" = ["RPL1"]\n'
    )
    (tmp_path / "base.toml").write_text('seed = 3\n[seeders]\n"lab.start" = { families = ["torch"] }\n')
    (tmp_path / "train.py").write_text("")
    return tmp_path


def test_settings_are_toml_with_origins(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "config", "train.py", "--select=RPL1", "--extend-exclude", "a b,c")
    assert (code, err) == (0, "")
    assert 'select = ["RPL1"]  # --select\n' in out
    assert "ignore = []  # default\n" in out
    assert 'extend-exclude = ["a b", "c"]  # --extend-exclude\n' in out
    assert "seed = 3  # base.toml:1\n" in out
    assert "respect-gitignore = true  # default\n" in out
    assert "# baseline is not set\n" in out
    document = tomllib.loads(out)
    assert document["per-file-ignores"] == {'a "b".py': ["RPL1"]}
    assert document["seeders"] == {"lab.start": {"families": ["torch"]}}
    assert len(out.splitlines()) == len(KEYS) - 1


def test_settings_are_json(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPROLINT_OUTPUT_FORMAT", "concise")
    found = json.loads(run(capsys, "config", "--output-format=json", "--no-respect-gitignore", "--baseline=b.json")[1])
    assert set(found) == set(KEYS) - {"extend"}
    assert found["ignore"] == {"value": ["RPL3"], "origin": "pyproject.toml:3"}
    assert found["output-format"] == {"value": "concise", "origin": "REPROLINT_OUTPUT_FORMAT"}
    assert found["respect-gitignore"] == {"value": False, "origin": "--no-respect-gitignore"}
    assert found["baseline"] == {"value": str(project / "b.json"), "origin": "--baseline"}
    assert found["target-torch"] == {"value": None, "origin": "default"}
    isolated = json.loads(run(capsys, "config", "--output-format=json", "--isolated")[1])
    assert isolated["seed"] == {"value": 42, "origin": "default"}


@pytest.mark.parametrize(
    ("arguments", "variable", "message"),
    [
        (["config", "trian.py"], "", "no such file or directory: trian.py; did you mean train.py?"),
        (["config"], "concse", 'REPROLINT_OUTPUT_FORMAT: unknown format "concse"; did you mean concise?'),
        (["config", "--select=RPL999"], "", "--select: unknown rule"),
        (["config", "--config=nope.toml"], "", "--config: no such file: nope.toml"),
    ],
)
def test_wrong_settings_are_one_line(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variable: str,
    message: str,
) -> None:
    monkeypatch.setenv("REPROLINT_OUTPUT_FORMAT", variable)
    code, out, err = run(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


# The shell


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(reprolint: Run, shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    done = reprolint(_REPROLINT_COMPLETE=f"{shell}_source")
    assert (done.returncode, done.stderr) == (0, "")
    assert "_REPROLINT_COMPLETE" in done.stdout
    assert "reprolint" in done.stdout
    words = {"COMP_WORDS": "reprolint check --sel", "COMP_CWORD": "--sel" if shell == "fish" else "2"}
    assert "--select" in reprolint(_REPROLINT_COMPLETE=f"{shell}_complete", **words).stdout


def test_the_module_is_the_command(reprolint: Run) -> None:
    done = reprolint("--version")
    assert (done.returncode, done.stdout) == (0, f"reprolint {cli.__version__}\n")
    assert reprolint("chek").stderr == 'reprolint: no such command "chek"; did you mean check?\n'


def test_click_has_no_option_of_ours() -> None:
    """Values that may be left out are ours: were click to know them itself, the path that follows would be one."""
    command = cli._cli.commands["check"]
    context = command.make_context("check", ["--add-ignore", "a.py"])
    assert (context.params["add_ignore"], context.params["paths"]) == ("", (Path("a.py"),))
    context = command.make_context("check", ["--add-ignore=why not", "--", "--add-ignore"])
    assert (context.params["add_ignore"], context.params["paths"]) == ("why not", (Path("--add-ignore"),))
    with pytest.raises(click.NoSuchOption):
        command.make_context("check", ["--add-ignored"])
