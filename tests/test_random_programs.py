"""Random programs, run twice for real, against what ``check`` says of them and what ``fix`` makes of them.

``REPROLINT_RANDOM_PROGRAMS=20000 pytest tests/test_random_programs.py`` tries that many; ``REPROLINT_RANDOM_START`` is the
number of the first one.
"""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import subprocess
import sys
import textwrap
from collections import Counter
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
    Draw,
    ListedChoices,
    Program,
    RandomChoices,
    Run,
    behaviour,
    decorated,
    write,
)
from running import environment

from reprolint import fixer
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
        # `list(map(lambda _: task(), …))` on the top level of a helper: importing that counts as doing nothing.
        "mapped-at-import",
        # Likewise `with Scope():` there, where the methods of a class of the project do the work.
        "with-at-import",
    }
)
"""Productions of the grammar that are left out because the analysis is known to be wrong about them."""

FIX_GAPS: Final = frozenset(
    {
        # A seed that is drawn moves up beside one that has to, and so is drawn before what was drawn first.
        "seed-from-draw",
    }
)
"""Productions that are left out because fixes are known to be wrong about them."""

SAFE_SHARE: Final = 0.75
"""The share of the random programs with findings that safe fixes settle at least; the rest have seeds that vary."""
SHARE: Final = 0.85
"""The share that all fixes settle at least."""

MANY: Final = int(os.environ.get("REPROLINT_RANDOM_PROGRAMS", "0"))
START: Final = int(os.environ.get("REPROLINT_RANDOM_START", "0"))
SHRUNK: Final = settings(
    max_examples=MANY // 4 or 100,
    derandomize=not MANY,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
MENDED: Final = settings(SHRUNK, max_examples=MANY // 4 or 50)


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
        path.write_bytes(text.encode())
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


# Fixes.


@dataclasses.dataclass
class Mended:
    """A program after a fix, and what is wrong with it.

    :ivar found: the codes of the findings before, by family; ``left`` those after.
    :ivar same: whether all that is drawn is the same in two runs now, whatever is answered.
    """

    program: Program
    found: dict[Any, str]
    left: dict[Any, str]
    same: bool
    changed: bool
    problems: list[str]


def reported(found: tuple[Finding, ...]) -> dict[Any, str]:
    return {one.family: one.code for one in found if one.code.startswith("RPL1") and one.entry == "main.py"}


def mend(program: Program, runs: Behaviour, folder: Path, unsafe: bool) -> tuple[Mended, Behaviour | None]:
    """Fix a program and run it again.

    :param runs: what it does before.
    :returns: what became of it, and what it does now; None if it fails.
    """
    put(program, folder)
    found = findings(folder)
    fixed = fixer.fix([folder], Settings(), folder, unsafe=unsafe)
    problems = [*fixed.report.trouble, *fixer.write(fixed.changed)]
    if fixed.changed and not found:
        problems.append("a program without findings is changed")
    if bool(fixed.changed) != bool(fixed.findings):
        problems.append(f"{len(fixed.findings)} findings are fixed in {len(fixed.changed)} files")
    if fixer.fix([folder], Settings(), folder, unsafe=unsafe).changed:
        problems.append("fixing again changes something")
    left = findings(folder)
    if left != tuple(dataclasses.replace(one, fix=None) for one in fixed.report.findings):
        problems.append("a check finds something else than what the fix says is left")
    files = {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in sorted(folder.rglob("*.py"))}
    after = dataclasses.replace(program, files=files)
    mended = Mended(after, reported(found), reported(left), False, bool(fixed.changed), problems)
    new = sorted(mended.left.keys() - mended.found.keys())
    if new:
        problems.append(f"the fix brings a finding: {new}")
    try:
        again = behaviour(after) if fixed.changed else runs
    except Exception as error:  # whatever the program raises
        problems.append(f"after the fix, it fails: {error!r}")
        return mended, None
    mended.same = not any(again.differs(family) for family in FAMILIES)
    if fixed.changed:
        problems += disagreements(after, again, folder)
        problems += broken_promises(mended, again)
        if not unsafe:
            problems += side_effects(program, runs, after, again)
    return mended, again


def broken_promises(mended: Mended, runs: Behaviour) -> Iterator[str]:
    """Families of which nothing is reported any more although their first draw still comes before every seed."""
    gone = [family for family, code in mended.found.items() if family not in mended.left and code < "RPL13"]
    if mended.program.mixed and (len(gone) < len(FAMILIES) or mended.left):
        return
    for family in gone:
        for one, two in runs.pairs:
            first = next((number for number, draw in enumerate(one.draws) if draw.family == family), None)
            seeds = [number for seed, number in one.seeds if seed.family == family]
            unseeded = first is not None and not any(number <= first for number in seeds)
            if unseeded and one.of(family)[:1] != two.of(family)[:1]:
                yield f"{family}: {mended.found[family]} is gone, and the first draw is not seeded under some answers"
                break


def side_effects(before: Program, old: Behaviour, after: Program, new: Behaviour) -> Iterator[str]:
    """What a safe fix changes beyond making the program repeatable."""
    if not before.hidden and drawn_where(before, old) != drawn_where(after, new):
        yield "a safe fix changes what is drawn, or in which order"
    if before.mixed:
        return
    for family in FAMILIES:
        for (one, two), (again, _) in zip(old.pairs, new.pairs, strict=True):
            if one.of(family) == two.of(family) != again.of(family):
                yield f"{family}: a safe fix changes values that were repeatable"
                break


def drawn_where(program: Program, runs: Behaviour) -> list[list[tuple[str, str]]]:
    """For every way to run a program, its draws in order, each with the statement that it stands in."""
    lines = {path: text.split("\n") for path, text in program.files.items()}

    def statement(draw: Draw) -> str:
        line = lines[draw.path][draw.line - 1].strip()
        return "" if ";" in line else line  # a seed on the same line may be replaced

    def places(run: Run) -> list[tuple[str, str]]:
        return [(draw.family, statement(draw)) for draw in run.draws]

    return [places(one) for one, _ in runs.pairs]


def mended_twice(program: Program, runs: Behaviour, folder: Path) -> tuple[Mended, Mended]:
    """A program after safe fixes, and after all fixes on top of that."""
    safe, again = mend(program, runs, folder, unsafe=False)
    if again is None or safe.problems:
        return safe, safe
    everything, _ = mend(safe.program, again, folder, unsafe=True)
    return safe, everything


def explain_fix(program: Program, *mended: Mended) -> str:
    problems = [problem for one in mended for problem in one.problems]
    return "\n".join(["", *problems, "", str(program), "which becomes:", "", str(mended[-1].program)])


@MENDED
@given(st.data())
def test_a_fix_makes_a_program_repeatable(folder: Path, data: st.DataObject) -> None:
    choices = DrawnChoices(data)
    program = write(choices, KNOWN_GAPS | FIX_GAPS)
    program = decorated(program, choices) if choices.below(2) else program
    note(str(program))
    try:
        runs = behaviour(program)
    except (NameError, UnboundLocalError):
        assume(False)
    mended = mended_twice(program, runs, folder)
    assert not any(one.problems for one in mended), explain_fix(program, *mended)


def test_a_fix_makes_many_programs_repeatable(folder: Path) -> None:
    """The same without shrinking, with the share that is fixed."""
    counts: Counter[str] = Counter()
    for number in range(START, START + (MANY or 300)):
        choices = RandomChoices(number)
        program = write(choices, KNOWN_GAPS | FIX_GAPS)
        program = decorated(program, choices) if number % 2 else program
        try:
            runs = behaviour(program)
        except (NameError, UnboundLocalError):
            continue
        mended = mended_twice(program, runs, folder)
        assert not any(one.problems for one in mended), f"program {number}{explain_fix(program, *mended)}"
        safe, everything = mended
        if not safe.found:
            continue
        counts["differing"] += 1
        for kind, one in (("safe", safe), ("all", everything)):
            counts[f"{kind} settled"] += not one.left
            counts[f"{kind} same"] += one.same
        counts.update(f"left {code}" for code in everything.left.values())
    print(dict(counts))
    if counts["differing"]:
        assert counts["safe settled"] / counts["differing"] > SAFE_SHARE, counts
        assert counts["all settled"] / counts["differing"] > SHARE, counts


GAP = pytest.mark.xfail(strict=True, raises=AssertionError)

FOUND: Final = {
    "a call that does the work is not moved": (
        (),
        """
        import random

        def train():
            random.seed(0)
            print(random.gauss(0, 1))

        def main():
            print(random.random())
            train()

        main()
        """,
    ),
    "a seed in a branch that may not run is no place for all seeds": (
        (),
        """
        import random
        import numpy as np

        if input("CASE_0") == "y":
            np.random.seed(0)
        print(random.random(), np.random.rand())
        """,
    ),
    "a seed that is drawn is not moved": (
        (),
        """
        import random
        import numpy as np

        print(np.random.randn(3))
        np.random.seed(1)
        random.seed(int(np.random.rand() * 10**6))
        print(random.random())
        """,
    ),
    "an import that the seed itself needs stays": (
        (),
        """
        import os
        import random
        import numpy as np

        np.random.seed(int(os.environ.get("NEVER_SET", "3")))
        print(random.random(), np.random.rand())
        """,
    ),
    "a seed that only one library takes keeps the last word": (
        (),
        """
        import random
        import numpy as np

        random.seed("abc")

        def main():
            print(random.random(), np.random.rand())

        main()
        """,
    ),
    "a seed that varies comes after a draw": (
        GAP,
        """
        import random
        import time

        print(random.random())
        random.seed(time.time_ns())
        print(random.random())
        """,
    ),
    "two seeds that vary": (
        (),
        """
        import random
        import time

        random.seed(time.time_ns())
        print(random.random())
        random.seed(time.time_ns())
        print(random.random())
        """,
    ),
}
"""Small programs of the kinds that the ones above found; all fixes have to settle them."""


@pytest.mark.parametrize("text", [pytest.param(text, marks=mark, id=name) for name, (mark, text) in FOUND.items()])
def test_a_fix_settles_what_was_found(text: str, folder: Path) -> None:
    conditions = tuple(sorted(set(re.findall(r"CASE_\d", text))))
    program = Program({"main.py": textwrap.dedent(text).lstrip()}, conditions)
    mended = mended_twice(program, behaviour(program), folder)
    assert not any(one.problems for one in mended), explain_fix(program, *mended)
    assert mended[-1].found or mended[0].found
    assert not mended[-1].left, explain_fix(program, *mended)
    assert mended[-1].same, explain_fix(program, *mended)


def test_a_fixed_program_is_repeatable_as_a_real_process(tmp_path: Path) -> None:
    """With the real runtime in the place of the one that the tests above put there."""
    tried = 0
    for number in range(1, 200):
        program = write(RandomChoices(number), KNOWN_GAPS | FIX_GAPS | {"undecided"})
        mended, runs = mend(program, behaviour(program), tmp_path, unsafe=False)
        if tried == 5:
            break
        if runs is None or not mended.changed or not mended.same or not runs.pairs[0][0].printed:
            continue
        tried += 1
        outputs = [
            subprocess.run(
                [sys.executable, "main.py"],
                cwd=tmp_path,
                env=environment(hash_seed),
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            ).stdout
            for hash_seed in (1, 2)
        ]
        assert outputs[0] == outputs[1], f"program {number}\n{mended.program}"
        assert outputs[0].splitlines() == [line for text in runs.pairs[0][0].printed for line in text.splitlines()]
    assert tried == 5


def test_the_grammar_makes_every_kind_of_program() -> None:
    kinds = {tuple(behaviour(write(RandomChoices(number))).differs(family) for family in FAMILIES) for number in range(40)}
    assert len(kinds) == 4
    grammar = Path(program_grammar.__file__).read_text(encoding="utf-8")
    assert [gap for gap in KNOWN_GAPS | FIX_GAPS if f'"{gap}"' not in grammar] == []


def test_checking_again_finds_the_same(folder: Path) -> None:
    for number in range(START, START + 40):
        put(write(RandomChoices(number)), folder)
        assert findings(folder) == findings(folder), f"program {number}"


def test_a_real_process_does_the_same(tmp_path: Path) -> None:
    """The runs above stand for what happens when a person runs the program."""
    tried = 0
    for number in range(100):
        if tried == 5:
            break
        program = write(RandomChoices(number), {"undecided"})
        # Two runs of a program that flips a coin may agree by chance; sixteen do not.
        printed = [run.printed for _ in range(8) for run in behaviour(program).pairs[0]]
        same = all(one == printed[0] for one in printed)
        if not printed[0] or (tried % 2 == 0) != same:
            continue
        tried += 1
        put(program, tmp_path)
        outputs: set[str] = set()
        for _ in range(2 if same else 8):  # what is drawn afresh may come out the same by chance
            # No bytecode: the next program's file of the same name may have the same size and time.
            command = [sys.executable, "-B", "main.py"]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
            outputs.add(done.stdout)
            if len(outputs) > 1:
                break
        assert (len(outputs) == 1) == same, f"program {number}\n{program}"
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
