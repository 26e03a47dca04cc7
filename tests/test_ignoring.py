"""`reprolint check --add-ignore`: comments where there is room for them, and a clean check afterwards."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import ROOT
from fixing import as_bytes

from reprolint import cli
from reprolint.sources.suppressions import rooms

HEAD = "import random\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    return (code, *capsys.readouterr())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("print(random.Random())", "print(random.Random())  # reprolint: ignore[RPL201]"),
        ("print(random.Random())   ", "print(random.Random())  # reprolint: ignore[RPL201]"),
        ("print(random.Random())  # why", "print(random.Random())  # why  # reprolint: ignore[RPL201]"),
        ("print(random.Random())  # noqa: E501", "print(random.Random())  # noqa: E501  # reprolint: ignore[RPL201]"),
        ("print(random.Random())  # type: ignore", "print(random.Random())  # type: ignore  # reprolint: ignore[RPL201]"),
        (
            "print(random.Random(), random.random())",
            "print(random.Random(), random.random())  # reprolint: ignore[RPL101, RPL201]",
        ),
        (
            "print(random.Random(), random.random())  # reprolint: ignore[RPL101] as agreed",
            "print(random.Random(), random.random())  # reprolint: ignore[RPL101, RPL201] as agreed",
        ),
        (
            "print(random.Random(), random.random())  # noqa: RPL101",
            "print(random.Random(), random.random())  # noqa: RPL101  # reprolint: ignore[RPL201]",
        ),
        ("print(random.Random())  # reprolint: ignore[]", "print(random.Random())  # reprolint: ignore[RPL201]"),
        (
            "print(random.Random(), random.random())  # reprolint: ignore[RPL101",
            "print(random.Random(), random.random())  # reprolint: ignore[RPL101, RPL201",
        ),
        (
            "print(\n    1,\n    random.Random(\n        *()\n    ),\n)",
            "print(\n    1,\n    random.Random(  # reprolint: ignore[RPL201]\n        *()\n    ),\n)",
        ),
        (
            "x = 1 + \\\n    random.Random().random() + \\\n    1",
            "x = 1 + \\\n    random.Random().random() + \\\n    1  # reprolint: ignore[RPL201]",
        ),
        (
            'print(random.Random(), """\na\n""", [\n    1,\n])',
            'print(random.Random(), """\na\n""", [\n    1,\n])  # reprolint: ignore[RPL201]',
        ),
        (
            'print(random.Random().choice("""\n#\\\n"""), [\n    1,\n])',
            'print(random.Random().choice("""\n#\\\n"""), [\n    1,\n])  # reprolint: ignore[RPL201]',
        ),
        (
            'print(f"""{\n    random.Random().random()\n    }\n""")',
            'print(f"""{\n    random.Random().random()\n    }\n""")  # reprolint: ignore[RPL201]',
        ),
        (
            "if random.Random().random():\n    print(1)",
            "if random.Random().random():  # reprolint: ignore[RPL201]\n    print(1)",
        ),
        ("x = 'a # b'; print(random.Random())", "x = 'a # b'; print(random.Random())  # reprolint: ignore[RPL201]"),
        ("\tprint(random.Random())".strip() + "\f", "print(random.Random())\f  # reprolint: ignore[RPL201]"),
    ],
)
@pytest.mark.parametrize("end", ["\nprint(1)\n", "\nprint(1)", "\r\nprint(1)\r\n"])
def test_comments_are_added(project: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, end: str) -> None:
    newline = "\r\n" if end.startswith("\r") else "\n"
    text = (HEAD + before).replace("\n", newline) + end
    (project / "main.py").write_bytes(text.encode())
    assert run(capsys, "check", "--add-ignore") == (0, "", "reprolint: added 1 comment in 1 file\n")
    written = (project / "main.py").read_bytes().decode()
    assert written == (HEAD + after).replace("\n", newline) + end
    assert run(capsys, "check")[0] == 0
    assert run(capsys, "check", "--add-ignore")[0] == 0
    assert (project / "main.py").read_bytes().decode() == written


def test_a_reason(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "main.py").write_text(f"{HEAD}print(random.random())")
    assert run(capsys, "check", "--add-ignore=ticket #12: später", "main.py")[0] == 0
    text = (project / "main.py").read_text("utf-8")
    assert text == f"{HEAD}print(random.random())  # reprolint: ignore[RPL101] ticket #12: später"
    assert run(capsys, "check", "--add-ignore=a\nb")[2] == "reprolint: --add-ignore: a reason is one line\n"


def test_without_a_sign_of_equality_a_path_follows(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "main.py").write_text(f"{HEAD}print(random.random())\n")
    (project / "--add-ignore").write_text(f"{HEAD}print(random.random())\n")
    assert run(capsys, "check", "--add-ignore", "main.py")[0] == 0
    assert (project / "main.py").read_text().endswith("ignore[RPL101]\n")
    assert run(capsys, "check", "-q", "--", "--add-ignore")[0] == 1


def test_what_stays_as_it_is(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "broken.py").write_text("x = (\n")
    (project / "many.py").write_text("x = 1  # reprolint: ignore[RPL101]\n")
    (project / "n.ipynb").write_bytes(as_bytes("n.ipynb", [HEAD, "print(random.random())", "%run other.py"]))
    (project / "other.py").write_text(f"{HEAD}print(random.Random())\n")
    code, out, _ = run(capsys, "check", "--add-ignore", "--output-format=concise", "-q")
    assert code == 1
    assert sorted(line.split()[1] for line in out.splitlines() if line.startswith(("broken", "many"))) == ["RPL900", "RPL901"]
    assert len(out.splitlines()) == 2, out
    assert b"print(random.random())  # reprolint: ignore[RPL101]" in (project / "n.ipynb").read_bytes()
    assert run(capsys, "check", "--add-ignore", "--exit-zero")[0] == 0


def test_a_line_of_a_notebook_that_is_no_python(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = as_bytes("n.ipynb", [HEAD, "%time print(random.random())\n%matplotlib inline"])
    (project / "n.ipynb").write_bytes(data)
    code, out, err = run(capsys, "check", "--add-ignore")
    assert (code, "RPL101" in out, err) == (1, True, "reprolint: added 0 comments in 0 files\n")
    assert (project / "n.ipynb").read_bytes() == data


def test_an_encoding_without_the_letters_of_the_reason(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = f"# coding: latin-1\n{HEAD}print(random.random(), 'ä')\n".encode("latin-1")
    (project / "main.py").write_bytes(data)
    code, out, err = run(capsys, "check", "--add-ignore=日本")
    assert (code, "RPL101" in out) == (1, True)
    assert err.startswith("reprolint: main.py is left as it is: ")
    assert (project / "main.py").read_bytes() == data
    assert run(capsys, "check", "--add-ignore=für später")[0] == 0
    assert "ignore[RPL101] für später" in (project / "main.py").read_bytes().decode("latin-1")


def test_what_is_known_needs_no_comment(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "main.py").write_text(f"{HEAD}print(random.random())\n")
    assert run(capsys, "check", "--baseline=known.json", "--update-baseline", "-q") == (0, "", "")
    (project / "main.py").write_text(f"{HEAD}print(random.random())\nprint(random.Random())\n")
    assert run(capsys, "check", "--baseline=known.json", "--add-ignore", "-q") == (0, "", "")
    text = f"{HEAD}print(random.random())\nprint(random.Random())  # reprolint: ignore[RPL201]\n"
    assert (project / "main.py").read_text() == text


def test_a_comment_stands_where_the_finding_is(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "helper.py").write_text(f"{HEAD}\n\ndef draw():\n    return random.random()\n")
    (project / "main.py").write_text("import helper\n\nprint(helper.draw())\n")
    assert run(capsys, "check", "--add-ignore", "-q", "helper.py") == (0, "", "")
    assert "ignore[RPL101]" in (project / "main.py").read_text()
    assert "ignore" not in (project / "helper.py").read_text()


@pytest.mark.parametrize("link", [False, True])
def test_links_and_modes(project: Path, capsys: pytest.CaptureFixture[str], link: bool) -> None:
    file = project / ("real.txt" if link else "main.py")
    file.write_text(f"{HEAD}print(random.random())\n")
    file.chmod(0o755)
    if link:
        (project / "main.py").symlink_to(file)
    assert run(capsys, "check", "--add-ignore", "-q") == (0, "", "")
    assert "ignore[RPL101]" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o755
    assert (project / "main.py").is_symlink() is link


def test_a_file_that_cannot_be_written(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "main.py").write_text(f"{HEAD}print(random.random())\n")
    monkeypatch.setattr("os.access", lambda *_: False)
    code, _, err = run(capsys, "check", "--add-ignore")
    assert code == 2
    assert "main.py cannot be written: " in err


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.py"))[::7], ids=lambda path: path.name)
def test_a_comment_wherever_there_is_room_changes_nothing(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = text.split("\n")
    for line, room in rooms(text.encode()).items():
        assert room.first <= room.line == line
        lines[line - 1] += "  # reprolint: ignore[RPL101]"
    assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(text))
