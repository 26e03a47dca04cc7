"""PYTHONHASHSEED: what set_seed says about it, and ensure_hash_seed, which starts the program over."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

from reprolint.runtime import ensure_hash_seed

PROGRAM = """
import json, os, sys
print("BEGIN", end=" ")
from reprolint.runtime import ensure_hash_seed
report = ensure_hash_seed()
print(json.dumps({
    "set": report.set, "skipped": report.skipped.get("PYTHONHASHSEED"), "warnings": len(report.warnings),
    "order": list({"a", "b", "c", "d", "e"}), "argv": sys.argv[1:], "cwd": os.getcwd(), "options": sys._xoptions,
    "optimize": sys.flags.optimize, "variable": os.environ.get("PYTHONHASHSEED"), "left": [name for name in os.environ if "REPROLINT" in name],
}))
sys.exit(int(sys.argv[1]) if sys.argv[1:] else 0)
"""


def told(done: Any) -> tuple[int, dict[str, Any]]:
    """How often the program started, and what it said in the end."""
    starts, _, said = done.stdout.rpartition("BEGIN ")
    return starts.count("BEGIN ") + 1, json.loads(said)


@pytest.fixture
def script(tmp_path: Path) -> str:
    (tmp_path / "train.py").write_text(PROGRAM)
    return "train.py"


# What set_seed says


@pytest.mark.parametrize(
    ("value", "inside", "fixed"),  # the variable when Python starts, and what the program sets it to
    [
        (None, None, False),
        ("random", None, False),
        ("", None, False),
        ("0", None, True),
        ("5", None, True),
        ("05", None, True),
        (None, "0", False),
        (None, "5", False),
        (None, "²", False),
        (None, "x", False),
        ("5", "6", True),
        ("5", "", True),
        ("0", "random", True),
    ],
)
def test_set_seed_says_whether_hashes_are_fixed(value: str | None, inside: str | None, fixed: bool, python: Run) -> None:
    if inside is not None and not Path("/proc/self/environ").exists():
        pytest.skip("only Linux knows what the process started with")
    done = python(
        f"""
        import os
        if {inside!r} is not None: os.environ["PYTHONHASHSEED"] = {inside!r}
        from reprolint.runtime import set_seed
        print([sentence.partition(" ")[0] for sentence in set_seed(1).warnings])
        """,
        PYTHONHASHSEED=value,
    )
    assert done.stdout == f"{[] if fixed else ['PYTHONHASHSEED']}\n"


@pytest.mark.parametrize("flag", ["-I", "-E"])
def test_an_interpreter_that_ignores_the_variable(flag: str, python: Run) -> None:
    done = python(
        f"import sys; sys.path[:0] = {sys.path!r}; from reprolint.runtime import set_seed; print(set_seed(1))", flags=(flag,)
    )
    assert "PYTHONHASHSEED was not set when Python started" in done.stdout


# The fresh start


def test_a_program_starts_over_once(script: str, python: Run, tmp_path: Path) -> None:
    first = python([script, "7", "an argument", "--flag=ü"], flags=("-X", "dev", "-O"), fails=True, PYTHONHASHSEED=None)
    assert first.returncode == 7
    count, said = told(first)
    assert count == 2
    assert said.pop("order") == told(python([script], PYTHONHASHSEED="0"))[1]["order"]
    assert said == {
        "set": {"PYTHONHASHSEED": "0"},
        "skipped": None,
        "warnings": 0,
        "argv": ["7", "an argument", "--flag=ü"],
        "cwd": str(tmp_path.resolve()),
        "options": {"dev": True},
        "optimize": 1,
        "variable": "0",
        "left": [],
    }


@pytest.mark.parametrize("way", ["-c", "-m module", "-m package", "folder", "archive", "link", "absolute", "sub/../train.py"])
def test_ways_to_start(way: str, script: str, python: Run, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "sub").mkdir()
    (tmp_path / "package" / "__main__.py").write_text(PROGRAM)
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        archive.writestr("__main__.py", PROGRAM)
    (tmp_path / "link").symlink_to(script)
    command = {
        "-c": ["-c", PROGRAM],
        "-m module": ["-m", "train"],
        "-m package": ["-m", "package"],
        "folder": ["package"],
        "absolute": [str(tmp_path / script)],
    }.get(way, [way])
    count, said = told(python([*command, "0", "x"], PYTHONHASHSEED=None))
    assert (count, said["set"], said["argv"], said["cwd"]) == (2, {"PYTHONHASHSEED": "0"}, ["0", "x"], str(tmp_path.resolve()))


@pytest.mark.parametrize("flags", [("-I",), ("-E",)])
def test_no_fresh_start_without_the_environment(flags: tuple[str, ...], python: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(f"import sys; sys.path[:0] = {sys.path!r}\n{PROGRAM}")
    count, said = told(python(["train.py"], flags=flags, PYTHONHASHSEED=None))
    assert count == 1
    assert said["skipped"] == "this interpreter ignores environment variables (-I or -E)"
    assert said["warnings"] == 1
    assert said["set"] == {}


@pytest.mark.parametrize(("value", "count"), [("0", 1), ("00", 1), ("5", 1), ("random", 2), ("", 2)])
def test_what_the_environment_fixed_is_kept(value: str, count: int, script: str, python: Run) -> None:
    starts, said = told(python([script], PYTHONHASHSEED=value))
    assert starts == count
    assert said["skipped"] == ("the environment has fixed it to 5" if value == "5" else None)
    assert said["set"] == {"PYTHONHASHSEED": "5" if value == "5" else "0"}


def test_the_seed_that_is_asked_for(python: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROGRAM.replace("ensure_hash_seed()", "ensure_hash_seed(17)"))
    count, said = told(python(["train.py"], PYTHONHASHSEED=None))
    assert (count, said["set"], said["variable"]) == (2, {"PYTHONHASHSEED": "17"}, "17")


def test_a_fresh_start_that_does_not_help_is_not_repeated(script: str, python: Run) -> None:
    count, said = told(python([script], PYTHONHASHSEED=None, REPROLINT_RESTARTED_FOR_HASH_SEED="1"))
    assert (count, said["skipped"]) == (1, "a fresh start with it did not fix the hashes")


@pytest.mark.parametrize("way", ["-", "", "/dev/stdin"])
def test_a_program_from_standard_input(way: str, python: Run) -> None:
    if way.startswith("/") and not Path(way).exists():
        pytest.skip(f"there is no {way} here")
    count, said = told(python([way] if way else [], stdin=PROGRAM, PYTHONHASHSEED=None))
    assert (count, said["skipped"]) == (1, "the program was read from standard input or a pipe")


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("import sys, types; sys.modules['ipykernel'] = types.ModuleType('ipykernel')", "a notebook or console"),
        ("import sys; sys.ps1 = '> '", "a notebook or console"),
        ("import sys; sys.settrace(lambda *arguments: None)", "a debugger or a coverage tool"),
        ("import sys, types; sys.modules['pytest'] = types.ModuleType('pytest')", "a test run"),
        ("import sys; del sys.orig_argv", "Python does not say"),
        ("import sys; sys.executable = ''", "Python does not say"),
        ("import os; os.chdir('sub')", "the working directory has changed"),
    ],
)
def test_where_there_is_no_fresh_start(before: str, reason: str, python: Run, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "train.py").write_text(f"{before}\n{PROGRAM}")
    count, said = told(python(["train.py"], PYTHONHASHSEED=None))
    assert count == 1
    assert said["skipped"].startswith(reason)
    assert said["warnings"] == 1


def test_an_interactive_interpreter(script: str, python: Run) -> None:
    done = python(["-i", "-c", PROGRAM.replace("sys.exit", "print")], PYTHONHASHSEED=None)
    assert done.stdout.count("BEGIN ") == 1
    assert "a notebook or console" in done.stdout


def test_a_working_directory_that_was_left_after_the_import(python: Run, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "train.py").write_text(PROGRAM.replace("report =", "os.chdir('sub'); report ="))
    count, said = told(python(["train.py"], PYTHONHASHSEED=None))
    assert (count, said["cwd"]) == (2, str((tmp_path / "sub").resolve()))


@pytest.mark.skipif(os.name == "nt", reason="an open folder cannot be removed there")
def test_a_working_directory_that_is_gone(python: Run, tmp_path: Path) -> None:
    imported = "from reprolint.runtime import ensure_hash_seed"
    removed = "os.rmdir(os.getcwd())"
    for order in ((removed, imported), (imported, removed)):
        (tmp_path / "sub").mkdir()
        program = ["import os", "os.chdir('sub')", *order, "print(ensure_hash_seed().skipped['PYTHONHASHSEED'])"]
        done = python("\n".join(program), PYTHONHASHSEED=None)
        assert done.stdout == "the working directory in which Python started is gone\n"


def test_a_program_under_a_profiler_starts_over(script: str, python: Run) -> None:
    done = python(["-m", "cProfile", "-o", os.devnull, script], PYTHONHASHSEED=None)
    assert told(done)[0] == 2


def test_in_a_test_run_nothing_happens() -> None:
    report = ensure_hash_seed(3)
    if not report.set:
        assert report.skipped["PYTHONHASHSEED"].startswith("a test run")


# Child processes

CHILDREN = """
import os, sys, multiprocessing as mp
from reprolint import runtime

def ask(say="in the child"):
    print(say, runtime.ensure_hash_seed().skipped.get("PYTHONHASHSEED"), flush=True)

if __name__ != "__main__":
    ask("while the child imports the program")

if __name__ == "__main__":
    way = sys.argv[1]
    if way == "os.fork":
        pid = os.fork()
        if pid == 0:
            ask()
            os._exit(0)
        os.waitpid(pid, 0)
    else:
        process = mp.get_context(way).Process(target=ask)
        process.start()
        process.join()
        print(process.exitcode)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.parametrize("way", ["fork", "os.fork", "spawn", "forkserver"])
def test_a_child_process_is_not_started_over(way: str, python: Run, tmp_path: Path) -> None:
    (tmp_path / "children.py").write_text(CHILDREN)
    done = python(["children.py", way], PYTHONHASHSEED=None)
    told = done.stdout.splitlines()
    assert "in the child this is a child process; call it in the parent, before the child starts" in told
    assert all(line.endswith("before the child starts") for line in told[: None if way == "os.fork" else -1])
    assert way == "os.fork" or told[-1] == "0"
    assert way != "spawn" or told[0].startswith("while the child imports the program this is a child process")


def test_children_of_a_program_that_started_over_have_its_hashes(python: Run, tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text("""\
import subprocess, sys
from reprolint.runtime import ensure_hash_seed
ensure_hash_seed(5)
code = "from reprolint.runtime import ensure_hash_seed; print(ensure_hash_seed(5))"
print(hash("a"), flush=True)
subprocess.run([sys.executable, "-c", "print(hash('a'));" + code], check=True)
import os
del os.environ["PYTHONHASHSEED"]
subprocess.run([sys.executable, "-c", code], check=True)
""")
    lines = python(["parent.py"], PYTHONHASHSEED=None).stdout.splitlines()
    assert lines[0] == lines[1]
    assert lines[2:] == ["seed 5: nothing seeded; PYTHONHASHSEED=5"] * 2, "the guard does not outlive the fresh start"
