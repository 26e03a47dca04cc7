"""`reprolint verify`, as a person runs it, over programs that use `random` and NumPy."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from verifying import Folder, environment, pythons

from reprolint.verify.texts import without_passing


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


each_python = pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).name)

# Which line


@each_python
def test_a_draw_that_nothing_seeds(folder: Folder, python: str) -> None:
    line = folder.write(
        """
        import random

        def shuffled(n):
            order = list(range(n))
            random.shuffle(order)  # here
            return order

        total = sum(shuffled(10)[:3])
        """
    )
    done = folder.verify(python=python)
    assert (done.code, done.where) == (1, ("state", "python", "train.py", line))
    assert done.first["function"] == ("shuffled")
    assert "nothing had seeded it before" in done.first["message"]
    assert "`reprolint fix train.py`" in done.first["message"]


@each_python
def test_a_seeded_program_is_the_same(folder: Folder, python: str) -> None:
    folder.write("import random\nrandom.seed(0)\nprint(random.random(), random.gauss(0, 1))\n")
    done = folder.verify(python=python)
    done.assert_same()
    assert done.document["output"] == {"same": True, "counts": False}
    assert [run["events"] for run in done.document["runs"]] == [2, 2]


@each_python
@pytest.mark.parametrize(
    "text",
    [
        "x = seeded() + random.random()  # here",
        "x = [seeded(), random.random()]  # here",
        "x = random.random() + seeded()  # here",
        "x = max(\n    random.random(),  # here\n    seeded(),\n)",
        "seeded(); random.random()  # here",
        "x = [seeded() or random.random() for _ in range(2)]  # here",
        "for x in numbers():\n    random.random()  # here",
        "class A:\n    x = random.random()  # here",
        "@(lambda f: random.random() or f)  # here\ndef g(): pass",
        "try:\n    broken()\nexcept ValueError: random.random()  # here",
        "with manager(): random.random()  # here",
        "list(map(lambda x: random.random(), [1]))  # here",
        "sorted([2, 1], key=lambda x: seeded() or random.random())  # here",
        "gen = numbers()\nnext(gen)\ngen.close()\nrandom.random()  # here",
        "gen = numbers()\nnext(gen)\ntry: gen.throw(ValueError)\nexcept ValueError: random.random()  # here",
        "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    random.random()  # here\nasyncio.run(main())",
        "exec('y = 1'); random.random()  # here",
        "import atexit\ndef end():\n    random.random()  # here\natexit.register(end)",
    ],
)
def test_the_line_of_a_draw(folder: Folder, python: str, text: str) -> None:
    before = """
    import contextlib, random

    def seeded():
        return 0

    def broken():
        raise ValueError

    def numbers():
        yield 1
        seeded()
        yield 2

    @contextlib.contextmanager
    def manager():
        yield
    """
    folder.write(before, "tools.py")
    line = folder.write(f"import random\nfrom tools import *\n{text}\n")
    assert folder.verify(python=python).where == ("state", "python", "train.py", line)


def test_a_draw_in_a_helper_and_one_in_a_library(folder: Folder) -> None:
    pytest.importorskip("sklearn")
    folder.write("import helper\nhelper.split([1, 2, 3, 4])\n")
    line = folder.write(
        """
        from sklearn.model_selection import train_test_split

        def split(rows):
            return train_test_split(rows)  # here
        """,
        "helper.py",
    )
    assert folder.verify().where == ("state", "numpy", "helper.py", line)


@pytest.mark.parametrize("draw", ["np.random.rand(3)", "np.random.randn()", "np.random.shuffle([1, 2])", "np.random.seed()"])
def test_numpy(folder: Folder, draw: str) -> None:
    pytest.importorskip("numpy")
    line = folder.write(
        f"import random\nimport numpy as np\nrandom.seed(0)\nrandom.random()\n{draw}  # here\nrandom.random()\n"
    )
    done = folder.verify()
    assert done.where == ("state", "numpy", "train.py", line)
    assert done.first["event"] == 3


def test_a_normal_number_that_was_drawn_in_advance(folder: Folder) -> None:
    """The second of two leaves the key as it is, and is a draw all the same."""
    pytest.importorskip("numpy")
    folder.write(
        """
        import random, sys
        import numpy as np

        random.seed(0)
        np.random.seed(0)
        np.random.randn()
        random.gauss(0, 1)
        if time_varies():
            np.random.randn()
            random.gauss(0, 1)
        """.replace("time_varies()", "sys.hash_info and id(object()) >= 0")
    )
    done = folder.verify()
    done.assert_same()
    assert done.document["runs"][0]["events"] == 6


def test_a_late_seed(folder: Folder) -> None:
    line = folder.write("import random\nx = random.random()  # here\nrandom.seed(1)\nrandom.random()\n")
    assert folder.verify().where == ("state", "python", "train.py", line)


@pytest.mark.parametrize("module", ["random", "numpy.random"])
def test_a_seed_that_varies(folder: Folder, module: str) -> None:
    pytest.importorskip("numpy")
    line = folder.write(f"import time\nimport {module} as r\nr.seed(time.time_ns() % 2**32)  # here\nr.random()\n")
    done = folder.verify()
    assert done.where[2:] == ("train.py", line)
    assert done.first["message"].startswith("This line seeds ")


def test_a_seeded_generator_that_is_drawn_from_unequally(folder: Folder) -> None:
    line = folder.write(
        """
        import os, random
        random.seed(0)
        count = 1 + os.getpid() % 997
        noise = random.choices(range(10), k=count)  # here
        """
    )
    done = folder.verify()
    assert done.where == ("state", "python", "train.py", line)
    assert "was seeded alike before (train.py:2)" in done.first["message"]


@each_python
def test_another_way_through_the_program(folder: Folder, python: str) -> None:
    line = folder.write(
        """
        import random, pathlib
        random.seed(0)
        random.random()
        seen = pathlib.Path("seen")
        if seen.exists():
            random.random()
        else:
            seen.write_text("")
            random.random()  # here
        """
    )
    done = folder.verify(python=python)
    assert done.where == ("order", "python", "train.py", line)
    assert "run 2 drew from the generator of Python's random module at train.py:6" in done.first["message"]
    assert folder.verify(options=("--before", "rm -f seen"), python=python).code == 0


def test_a_run_that_goes_on(folder: Folder) -> None:
    line = folder.write(
        """
        import random, pathlib
        random.seed(0)
        rounds = 3 if pathlib.Path("seen").exists() else 2
        pathlib.Path("seen").touch()
        for _ in range(rounds):
            random.random()  # here
        """
    )
    done = folder.verify()
    assert (done.code, done.where, done.first["event"]) == (1, ("more", "python", "train.py", line), 4)
    assert "Run 2 goes on: it drew" in done.first["message"]


def test_a_state_that_is_put_back_is_no_draw(folder: Folder) -> None:
    pytest.importorskip("numpy")
    folder.write(
        """
        import random
        import numpy as np

        before = random.getstate(), np.random.get_state()
        random.seed(0)
        np.random.seed(0)
        print(random.random(), np.random.rand())
        random.setstate(before[0])
        np.random.set_state(before[1])
        """
    )
    folder.verify(options=("--compare-output",)).assert_same()


def test_the_first_of_many_runs_that_differs(folder: Folder) -> None:
    folder.write(
        """
        import random, pathlib
        count = pathlib.Path("count")
        number = int(count.read_text()) if count.exists() else 0
        count.write_text(str(number + 1))
        random.seed(number // 2)
        """
    )
    done = folder.verify(options=("--runs", "5"))
    assert (done.code, done.first["run"], len(done.document["runs"])) == (1, 3, 3)
    (folder.path / "count").unlink()
    assert "Run 3 parts from run 1 at train.py:5" in folder.verify(options=("--runs", "5"), json=False).out


# Processes


def test_forked_processes(folder: Folder) -> None:
    line = folder.write(
        """
        import os, random
        random.seed(0)
        for number in range(2):
            pid = os.fork()
            if pid == 0:
                random.random()  # here
                os._exit(0)
            os.waitpid(pid, 0)
        random.random()
        """
    )
    done = folder.verify()
    assert done.where == ("state", "python", "train.py", line)
    assert "a forked process starts with a fresh seed" in done.first["message"]


def test_forked_processes_that_seed(folder: Folder) -> None:
    folder.write(
        """
        import os, random
        for number in range(2):
            pid = os.fork()
            if pid == 0:
                random.seed(number)
                random.random()
                os._exit(0)
            os.waitpid(pid, 0)
        """
    )
    done = folder.verify()
    done.assert_same()
    assert done.document["runs"][0]["events"] == 4


def test_the_numpy_state_of_a_forked_process_is_its_parents(folder: Folder) -> None:
    pytest.importorskip("numpy")
    folder.write(
        "import os\nimport numpy as np\nnp.random.seed(0)\nif os.fork() == 0:\n    np.random.rand()\n    os._exit(0)\nos.wait()\n"
    )
    folder.verify().assert_same()


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_processes_of_multiprocessing(folder: Folder, method: str) -> None:
    line = folder.write(
        f"""
        import multiprocessing, random

        def work(seed):
            if seed is not None:
                random.seed(seed)
            random.random()  # here

        if __name__ == "__main__":
            random.seed(0)
            context = multiprocessing.get_context("{method}")
            import sys
            seed = 1 if "seeded" in sys.argv else None
            children = [context.Process(target=work, args=(seed,)) for _ in range(2)]
            for child in children:
                child.start()
            for child in children:
                child.join()
        """
    )
    done = folder.verify()
    assert done.where == ("state", "python", "train.py", line)
    folder.verify(sys.executable, "train.py", "seeded").assert_same()


def test_tasks_of_a_pool_may_go_to_any_worker(folder: Folder) -> None:
    folder.write(
        """
        import multiprocessing, os, random, time

        def task(number):
            random.seed(number)
            time.sleep((os.getpid() + number * 7) % 5 / 200)
            return random.random()

        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(3) as pool:
                print(pool.map(task, range(12), chunksize=1))
        """
    )
    folder.verify(options=("--compare-output",)).assert_same()


def test_a_process_that_one_run_has_not(folder: Folder) -> None:
    folder.write("import random\nrandom.seed(0)\n", "other.py")
    folder.write(
        """
        import pathlib, random, subprocess, sys
        random.seed(0)
        if not pathlib.Path("seen").exists():
            subprocess.run([sys.executable, "other.py"])
        pathlib.Path("seen").touch()
        """
    )
    done = folder.verify()
    assert (done.code, done.where) == (1, ("process", "python", "other.py", 2))


def test_what_tools_draw_is_nobodys_concern(folder: Folder) -> None:
    """A package that waits for a random time, in a process of its own and in one of the program's."""
    folder.write("import random\nrandom.random()\n", "lib/site-packages/tool/__main__.py")
    folder.write(
        """
        import random, subprocess, sys
        random.seed(0)
        subprocess.run([sys.executable, "-m", "tool"])
        """
    )
    path = os.pathsep.join([str(ROOT / "src"), str(folder.path / "lib" / "site-packages")])
    done = folder.verify(PYTHONPATH=path)
    done.assert_same()
    assert done.document["runs"][0]["events"] == 1
    assert folder.verify(sys.executable, "-m", "tool", PYTHONPATH=path).document["verdict"] == "nothing-recorded"


def test_processes_below_a_shell_and_an_exec(folder: Folder) -> None:
    line = folder.write("import random\nrandom.seed(0)\nrandom.random()\n", "first.py")
    folder.write(
        "import os, random, sys\nrandom.seed(0)\nos.execv(sys.executable, [sys.executable, 'third.py'])\n", "second.py"
    )
    line = folder.write("import random\nrandom.random()  # here\n", "third.py")
    done = folder.verify("sh", "-c", f"{sys.executable} first.py && {sys.executable} second.py")
    assert done.where == ("state", "python", "third.py", line)


@pytest.mark.parametrize(
    "command", [["-m", "package"], ["-m", "package.__main__"], ["package"], ["-c", "import package.__main__"]]
)
def test_ways_to_start_a_program(folder: Folder, command: list[str]) -> None:
    folder.write("", "package/__init__.py")
    line = folder.write("import random\nrandom.random()  # here\n", "package/__main__.py")
    assert folder.verify(sys.executable, *command).where == ("state", "python", "package/__main__.py", line)


@each_python
def test_code_on_the_command_line(folder: Folder, python: str) -> None:
    assert folder.verify(python, "-c", "import random\nrandom.random()").where == ("state", "python", "<string>", 2)


def test_threads(folder: Folder) -> None:
    """Each thread notices the draws of another one, at whatever line it is."""
    program = """
    import random, threading, time

    def wait():
        for _ in range(200):
            time.sleep(0.0001)

    SEED
    other = threading.Thread(target=wait)
    other.start()
    for _ in range(200):
        random.random()
        time.sleep(0.0001)
    other.join()
    """
    folder.write(program.replace("SEED", "random.seed(0)"))
    folder.verify().assert_same()
    folder.write(program.replace("SEED", "pass"))
    done = folder.verify()
    assert (done.code, done.where[:3]) == (1, ("state", "python", "train.py"))


# What else may go on


def test_a_command_that_fails(folder: Folder) -> None:
    folder.write("import random, sys\nrandom.random()\nprint('to stderr', file=sys.stderr)\nsys.exit(3)\n")
    done = folder.verify()
    assert (done.code, done.document["verdict"], done.where) == (2, "failed", ("state", "python", "train.py", 2))
    assert [run["exit_code"] for run in done.document["runs"]] == [3, 3]
    said = folder.verify(json=False)
    assert said.code == 2
    assert "The command failed: run 1 ended with exit code 3, run 2 ended with exit code 3." in said.out
    assert "  | to stderr" in said.out
    assert "The runs part at train.py:2" in said.out


def test_a_command_that_fails_and_does_the_same_before(folder: Folder) -> None:
    folder.write("import random\nrandom.seed(0)\nraise SystemExit('no data')\n")
    said = folder.verify(json=False)
    assert said.code == 2
    assert "Up to there, nothing that was recorded differs (1 seed or draw)." in said.out


def test_a_signal_ends_the_command(folder: Folder) -> None:
    folder.write("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert "run 1 was ended by SIGKILL" in folder.verify(json=False).out


def test_a_run_that_takes_too_long_is_ended_with_its_children(folder: Folder) -> None:
    folder.write(
        """
        import os, random, subprocess, sys, time
        random.random()
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with open("pids", "a") as file:
            print(child.pid, file=file)
        time.sleep(600)
        """
    )
    begin = time.monotonic()
    done = folder.verify(options=("--timeout", "2"))
    assert time.monotonic() - begin < 60
    assert (done.code, done.document["verdict"], done.where[3]) == (2, "failed", 2)
    assert [run["timed_out"] for run in done.document["runs"]] == [True, True]
    assert_gone(folder)


def assert_gone(folder: Folder) -> None:
    for pid in map(int, (folder.path / "pids").read_text().split()):
        for _ in range(100):
            try:
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                break
            if state == "Z":
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"{pid} is still there")


@pytest.mark.skipif(not Path("/proc").exists(), reason="asks the system for processes")
def test_ctrl_c_ends_what_runs(folder: Folder) -> None:
    folder.write("import os, time\nopen('pids', 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    running = subprocess.Popen(
        [sys.executable, "-m", "reprolint", "verify", "--", sys.executable, "train.py"],
        cwd=folder.path, env=environment(PYTHONPATH=str(ROOT / "src")), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (folder.path / "pids").exists() or not (folder.path / "pids").read_text():
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=60)[1].strip() == "reprolint: interrupted"
    assert running.returncode == 130
    assert_gone(folder)


@pytest.mark.parametrize("command", [["true"], [sys.executable, "-I", "train.py"], [sys.executable, "-S", "train.py"]])
def test_nothing_recorded_is_never_the_same(folder: Folder, command: list[str]) -> None:
    folder.write("print(1)\n")
    done = folder.verify(*command)
    assert (done.code, done.document["verdict"], len(done.document["runs"])) == (2, "nothing-recorded", 1)
    assert folder.verify(*command, json=False).out.startswith(
        "Nothing was recorded: no Python process started with the recorder."
    )


def test_python_without_code_of_the_users(folder: Folder) -> None:
    said = folder.verify(sys.executable, "-m", "this", json=False)
    assert (said.code, said.out[:66]) == (2, "Nothing was recorded: Python ran, but no code of yours did. Python")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--", "no-such-command"], "no-such-command cannot be started: no such file or directory"),
        (["--before", "false", "--", "true"], "--before: false failed with exit code 1"),
        (
            ["--before", "no-such-command", "--", "true"],
            "--before: no-such-command cannot be started: no such file or directory",
        ),
        (["--before", "'", "--", "true"], "--before: No closing quotation"),
        (["--before", " ", "--", "true"], "--before: name a command"),
        (["--compare", ".", "--", "true"], "--compare: . is a folder; name a file"),
        (["--runs", "1", "--", "true"], "Invalid value for '--runs': 1 is not in the range x>=2."),
        ([], "Missing argument '-- COMMAND'."),
    ],
)
def test_usage_errors_are_one_line(folder: Folder, options: list[str], message: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reprolint", "verify", "-q", *options],
        cwd=folder.path, env=environment(PYTHONPATH=str(ROOT / "src")), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"reprolint: {message}\n")


def test_a_file_that_is_not_there(folder: Folder) -> None:
    folder.write("pass\n")
    done = folder.verify(options=("--compare", "metrics.json"))
    assert (done.code, done.err.splitlines()[-1]) == (2, "reprolint: --compare: metrics.json is not there after the runs")


# Output and files

VARYING = "import os\nprint('start')\nprint('pid', os.getpid())\n"


def test_what_passes_by_is_information(folder: Folder) -> None:
    folder.write(VARYING)
    done = folder.verify()
    done.assert_same()
    output = done.document["output"]
    assert (output["same"], output["counts"], output["line"]) == (False, False, 2)
    assert re.fullmatch(r"pid \d+", output["first"]) and re.fullmatch(r"pid \d+", output["other"])
    said = folder.verify(json=False)
    assert said.code == 0
    assert "Their output differs, first in line 2:\n  run 1: pid " in said.out
    assert "it is a time, a speed or the like; with --compare-output it does" in said.out


def test_values_in_the_output_count(folder: Folder) -> None:
    folder.write("import os, time\nprint(f'took {time.time()} s')\nprint('accuracy', os.getpid() / 1e6)\n")
    done = folder.verify()
    assert (done.code, done.document["verdict"], done.document["first"]) == (1, "parted", None)
    output = done.document["output"]
    assert (output["same"], output["counts"], output["line"]) == (False, True, 2)
    said = folder.verify(json=False)
    assert "Their output differs, first in line 2:\n  run 1: accuracy 0.0" in said.out
    assert "--ignore-output" in said.out
    folder.verify(options=("--ignore-output",)).assert_same()
    assert "was to be ignored" in folder.verify(options=("--ignore-output",), json=False).out


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("epoch 1: loss 0.5, 3.2s", "epoch 1: loss 0.5, 3.4s"),
        ("12.5 it/s", "13 it/s"),
        ("2026-11-24 19:01:02,123 INFO start", "2026-11-24 19:01:03,456 INFO start"),
        ("Tue Nov 24 19:01:02 2026", "Wed Nov 25 00:00:00 2026"),
        (" 50%|█████     | 5/10 [00:03<00:03, 1.5it/s]", " 50%|█████     | 5/10 [00:04<00:04, 1.2it/s]"),
        ("Elapsed time: 1e-05", "Elapsed time: 2.5e-05"),
        ("| lr 0.1 | ms/batch 12.43 | loss 2", "| lr 0.1 | ms/batch 9.1 | loss 2"),
        ("<Net object at 0x7f12ab>", "<Net object at 0x7f99cd>"),
        ("saved to /tmp/tmpab12/model.pt", "saved to /tmp/tmpzz99/model.pt"),
        ("max memory 1234 MB, took 3 minutes", "max memory 1230 MB, took 2 minutes"),
        ("throughput=1234.5", "throughput=1200"),
    ],
)
def test_what_passes_by(one: str, other: str) -> None:
    assert without_passing(one.encode()) == without_passing(other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("epoch 1: loss 0.5, 3.2s", "epoch 1: loss 0.6, 3.2s"),
        ("accuracy 97.1%", "accuracy 97.2%"),
        ("step 10: 0.25", "step 10: 0.26"),
        ("time 3.2s loss 0.61", "time 3.2s loss 0.62"),
        ("epoch 3/10 [00:03<00:10, 1it/s] loss=1", "epoch 3/10 [00:03<00:10, 1it/s] loss=2"),
        ("['cat', 'dog']", "['dog', 'cat']"),
        ("tensor([0.1, 0.2])", "tensor([0.1, 0.3])"),
        ("top5 10, m 5", "top5 10, m 6"),
        ("saved to runs/3/model.pt", "saved to runs/4/model.pt"),
    ],
)
def test_what_does_not_pass_by(one: str, other: str) -> None:
    assert without_passing(one.encode()) != without_passing(other.encode())


def test_output_counts_if_it_is_asked_for(folder: Folder) -> None:
    folder.write(VARYING)
    done = folder.verify(options=("--compare-output",))
    assert (done.code, done.document["verdict"], done.document["first"]) == (1, "parted", None)
    said = folder.verify(options=("--compare-output",), json=False)
    assert said.out.startswith("Nothing that was recorded differs") and "--compare-output" not in said.out


def test_generators_of_the_programs_own_are_named_when_the_output_differs(folder: Folder) -> None:
    pytest.importorskip("numpy")
    folder.write(
        """
        import random, tempfile
        import numpy as np
        tempfile.NamedTemporaryFile().close()
        seeded = random.Random(0), np.random.default_rng(0)
        own = random.Random(), np.random.default_rng()
        print(own[0].random(), own[1].random())
        """
    )
    assert folder.verify().code == 1
    said = folder.verify(json=False).out
    assert "A generator of the program's own is made without a seed at train.py:5 (python), train.py:5 (numpy)" in said


def test_files_are_compared(folder: Folder) -> None:
    folder.write(
        """
        import json, os, random
        random.seed(0)
        json.dump([random.random()], open("same.json", "w"))
        open("other.txt", "w").write(f"a\\nb {os.getpid()}\\n")
        """
    )
    folder.verify(options=("--compare", "same.json")).assert_same()
    done = folder.verify(options=("--compare", "same.json", "--compare", "other.txt"))
    assert (done.code, done.document["verdict"], done.document["first"]) == (1, "parted", None)
    same, other = done.document["files"]
    assert same == {"path": "same.json", "same": True, "missing_in_run": None}
    assert (other["path"], other["same"], other["line"]) == ("other.txt", False, 2)
    assert "other.txt differs, first in line 2:" in folder.verify(options=("--compare", "other.txt"), json=False).out


def test_a_file_that_one_run_does_not_write(folder: Folder) -> None:
    folder.write("import os\nos.remove('x') if os.path.exists('x') else open('x', 'w').close()\n")
    done = folder.verify(options=("--compare", "x"))
    assert (done.code, done.document["files"]) == (1, [{"path": "x", "same": False, "missing_in_run": 2}])


def test_what_is_shown_meanwhile(folder: Folder) -> None:
    folder.write("import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\n")
    plain = folder.verify()
    assert re.fullmatch(r"(reprolint: run \d of 2: [\d.]+ s, 0 events\n){2}", plain.err)
    assert folder.verify(options=("-q",)).err == ""
    shown = folder.verify(options=("-v",))
    assert shown.err.count("to stdout\n") == 1 and shown.err.count("to stderr\n") == 1
    assert shown.out.startswith("{")


def test_the_environment_is_left_as_it_is(folder: Folder) -> None:
    folder.write("print(sorted({'apple', 'pear', 'plum', 'fig'}, key=hash))\n")
    assert folder.verify(options=("--runs", "6")).code == 1
    folder.verify(options=("--compare-output",), PYTHONHASHSEED="3").assert_same()


def test_a_program_may_show_its_environment(folder: Folder) -> None:
    folder.write("import os\nprint({name: value for name, value in os.environ.items() if name != 'REPROLINT_VERIFY_PARENT'})\n")
    folder.verify(options=("--compare-output",)).assert_same()


def test_temporary_files_are_gone(folder: Folder) -> None:
    (folder.path / "tmp").mkdir()
    folder.write("pass\n")
    folder.verify(TMPDIR=str(folder.path / "tmp")).assert_same()
    assert list((folder.path / "tmp").iterdir()) == []
