"""Random programs, run twice for real, against what ``check`` says of them.

``REPROLINT_RANDOM_PROGRAMS=20000 pytest tests/test_random_programs.py`` tries that many; ``REPROLINT_RANDOM_START`` is the
number of the first one.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import program_grammar
import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from program_grammar import (
    FAMILIES,
    Behaviour,
    ListedChoices,
    Program,
    RandomChoices,
    behaviour,
    write,
)

from reprolint.config import Settings
from reprolint.engine import check
from reprolint.facts import schema as s
from reprolint.facts.extract import extract
from reprolint.facts.parse import parse
from reprolint.facts.positions import spans
from reprolint.knowledge import load
from reprolint.model import Finding, Span
from reprolint.program.entry import entry_points
from reprolint.program.project import Project
from reprolint.sources.discover import files
from reprolint.trace.interpreter import tell
from reprolint.trace.story import Story

KNOWN_GAPS: Final = frozenset(
    {
        # Exits in a handler and in a try that handles are passed by.
        "exit",
        # `sys.exit()` in a thread ends that thread only.
        "exit-in-thread",
        # What follows `try: return …` with a handler counts as certain to be reached.
        "leave-handled-try",
        # A variable that a loop assigns decides nothing in it, even where every round assigns the same.
        "reassign-in-loop",
        # The same context manager three times around one block: the innermost is not followed.
        "manager-in-itself",
    }
)
"""Productions of the grammar that are left out because the analysis is known to be wrong about them."""

MANY: Final = int(os.environ.get("REPROLINT_RANDOM_PROGRAMS", "0"))
START: Final = int(os.environ.get("REPROLINT_RANDOM_START", "0"))
SHRUNK: Final = settings(
    max_examples=MANY // 4 or 100,
    derandomize=not MANY,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class DrawnChoices:
    """Choices that hypothesis makes and can shrink."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def below(self, count: int) -> int:
        return self.data.draw(st.integers(0, count - 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds one program at a time."""
    return tmp_path_factory.mktemp("programs")


def put(program: Program, folder: Path) -> None:
    for path in folder.rglob("*.py"):
        if path.relative_to(folder).as_posix() not in program.files:
            path.unlink()
    for name, text in program.files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if not any(name.startswith("pkg/") for name in program.files) and (folder / "pkg").is_dir():
        (folder / "pkg").rmdir()


def findings(folder: Path) -> tuple[Finding, ...]:
    return check([folder], Settings(), folder).findings


def story(folder: Path) -> Story:
    project = Project(folder, sorted(files([folder], ())), folder)
    entry = next(entry for entry in entry_points(project) if entry.module.path.name == "main.py")
    return tell(project, entry, load())


def is_open(told: Story, family: Any) -> bool:
    """Whether nothing is promised for a family: it may be seeded, or is drawn from where it may never run."""
    if told.verdict(family).outcome == "unclear":
        return True
    draws = (event for event in told.events if event.kind == "draw" and not event.certain and family in event.families)
    return any(event.verdicts[event.families.index(family)] != "seeded" for event in draws)


def disagreements(program: Program, runs: Behaviour, folder: Path) -> Iterator[str]:
    """What ``check`` says of a program that its runs do not bear out."""
    put(program, folder)
    found = findings(folder)
    yield from (f"{one.code}: {one.message}" for one in found if one.code.startswith("RPL9"))
    reported = {one.family: one for one in found if one.code.startswith("RPL1") and one.entry == "main.py"}
    told = story(folder)
    clear = {family for family in FAMILIES if family not in reported and not is_open(told, family)}
    for family in FAMILIES:
        differs = runs.differs(family)
        if family in clear and differs and not (program.mixed and len(clear) < len(FAMILIES)):
            outcome = told.verdict(family).outcome  # type: ignore[arg-type]
            yield f"{family}: nothing is reported ({outcome}), and two runs draw different values"
        if family not in reported or program.hidden:
            continue
        finding = reported[family]
        if not differs:
            yield f"{family}: {finding.code} is reported, and two runs draw the same values"
        elif not any((step.path, step.line) in runs.draws_at(family) for step in finding.trace):
            yield f"{family}: {finding.code} names no line that draws different values in two runs"


def explain(program: Program, problems: list[str]) -> str:
    return "\n".join(["", *problems, "", str(program)])


@SHRUNK
@given(st.data())
def test_check_agrees_with_two_runs(folder: Path, data: st.DataObject) -> None:
    program = write(DrawnChoices(data), KNOWN_GAPS)
    note(str(program))
    try:
        runs = behaviour(program)
    except (NameError, UnboundLocalError):  # a name that only a path not taken binds
        assume(False)
    problems = list(disagreements(program, runs, folder))
    assert not problems, explain(program, problems)


def test_check_agrees_with_two_runs_of_many(folder: Path) -> None:
    """The same without shrinking, which is ten times as fast and makes larger programs."""
    failed = 0
    count = MANY or 400
    for number in range(START, START + count):
        program = write(RandomChoices(number), KNOWN_GAPS)
        try:
            runs = behaviour(program)
        except (NameError, UnboundLocalError):
            failed += 1
            continue
        problems = list(disagreements(program, runs, folder))
        assert not problems, explain(program, [f"program {number}", *problems])
    assert failed <= 1 + count // 100


def test_the_grammar_makes_every_kind_of_program() -> None:
    kinds = {tuple(behaviour(write(RandomChoices(number))).differs(family) for family in FAMILIES) for number in range(40)}
    assert len(kinds) == 4
    grammar = Path(program_grammar.__file__).read_text(encoding="utf-8")
    assert [gap for gap in KNOWN_GAPS if f'"{gap}"' not in grammar] == []


def test_checking_again_finds_the_same(folder: Path) -> None:
    for number in range(START, START + 40):
        put(write(RandomChoices(number)), folder)
        assert findings(folder) == findings(folder), f"program {number}"


def test_a_real_process_does_the_same(tmp_path: Path) -> None:
    """The runs above stand for what happens when a person runs the program."""
    tried = 0
    for number in range(100):
        program = write(RandomChoices(number), {"undecided"})
        one, two = behaviour(program).pairs[0]
        if tried == 5:
            break
        if not one.printed or (tried % 2 == 0) != (one.printed == two.printed):
            continue
        tried += 1
        put(program, tmp_path)
        outputs = [
            subprocess.run([sys.executable, "main.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
            for _ in range(2)
        ]
        assert (outputs[0].stdout == outputs[1].stdout) == (one.printed == two.printed), f"program {number}\n{program}"
    assert tried == 5


# Positions.


def numbered(body: s.Body) -> Iterator[s.Node]:
    """Every node of facts that carries a site."""
    stack: list[Any] = [body]
    while stack:
        node = stack.pop()
        if not isinstance(node, tuple) or not node:
            continue
        if isinstance(node[0], str) and len(node) > 2 and node[0] in _NUMBERED and isinstance(node[1], int):
            yield node
        stack.extend(node)


_NUMBERED = frozenset(
    {
        s.CALL, s.LAMBDA, s.COMP, s.EXPR, s.ASSIGN, s.AUGMENT, s.IF, s.FOR, s.WHILE, s.TRY, s.WITH, s.MATCH, s.DEF, s.CLASS,
        s.RETURN, s.RAISE, s.IMPORT, s.FROM,
    }
)  # fmt: skip


def cut(lines: list[str], span: Span) -> str:
    part = lines[span.line - 1 : span.end_line]
    part[-1] = part[-1][: span.end_column - 1]
    part[0] = part[0][span.column - 1 :]
    return "\n".join(part)


def assert_positions_hold(text: str) -> None:
    source = text.encode()
    places = spans(source)
    nodes = list(numbered(extract(parse(source))))
    assert sorted(node[1] for node in nodes) == list(range(len(places)))
    lines = text.split("\n")
    for node in nodes:
        span = places[node[1]]
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        if node[0] == s.CALL:
            tree = ast.parse(f"({cut(lines, span)}\n)", mode="eval")
            assert isinstance(tree.body, ast.Call), cut(lines, span)
            assert len(tree.body.args) + len(tree.body.keywords) == len(node[3])


@settings(
    max_examples=MANY // 10 or 40, derandomize=not MANY, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(st.integers(0, 99), min_size=40, max_size=400))
def test_every_site_of_a_program_has_its_place(made: list[int]) -> None:
    for text in write(ListedChoices(made)).files.values():
        assert_positions_hold(text)


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("test_*.py"))[:6], ids=lambda path: path.name)
def test_every_site_of_real_code_has_its_place(path: Path) -> None:
    assert_positions_hold(path.read_text(encoding="utf-8"))
