"""The recorder changes nothing of what a program does, whatever the program does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from verifying import Folder, pythons

from reprolint.verify.records import processes

each_python = pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).name)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def same(folder: Folder, *command: str, **variables: str) -> str:
    """Run a program without and with the recorder: it must do the same.

    :returns: what was recorded.
    """
    plain = folder.run(*command, recorded=False, **variables)
    recorded = folder.run(*command, recorded=True, **variables)
    assert (recorded.returncode, recorded.stdout, recorded.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    found = folder.records()
    assert "recording stopped" not in found
    return found


PROGRAMS = {
    "draws": "import random\nrandom.seed(3)\nprint([random.random() for _ in range(700)][-1], random.gauss(0, 1), random.gauss(0, 1))",
    "error": "def f():\n    return 1 / 0\ndef g():\n    f()\ng()",
    "chained error": "try:\n    {}['x']\nexcept KeyError as error:\n    raise ValueError('y') from error",
    "exit code": "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(7)",
    "os._exit": "import os, random\nrandom.seed(1)\nrandom.random()\nos._exit(5)",
    "exit in a thread": "import threading, sys\nt = threading.Thread(target=sys.exit)\nt.start(); t.join(); print('on')",
    "error in a thread": "import threading\nthreading.excepthook = lambda a: print(a.exc_type)\nt = threading.Thread(target=lambda: 1 / 0)\nt.start(); t.join()",
    "files have the same numbers": "print(open('train.py').fileno(), open('train.py').fileno())",
    "closes all files": "import os, random\nos.closerange(3, 1024)\nf = open('x', 'w')\nos.dup2(f.fileno(), 600)\nos.dup2(f.fileno(), 512)\n"
    "random.seed(0)\nrandom.random()\nf.flush()\nprint(repr(open('x').read()))",
    "deep recursion": "import sys\nsys.setrecursionlimit(200)\ndef deep(n):\n    return deep(n + 1)\n"
    "for _ in range(3):\n    try:\n        deep(0)\n    except RecursionError as error:\n        print(error)\nimport random; random.seed(0)",
    "traces itself": "import sys\nseen = []\ndef trace(frame, event, arg):\n    seen.append((event, frame.f_code.co_name, frame.f_lineno))\n"
    "    return trace\ndef f():\n    return 1\nsys.settrace(trace)\nf()\nsys.settrace(None)\nprint(seen)",
    "profiles itself": "import sys\nseen = []\nsys.setprofile(lambda frame, event, arg: seen.append((event, frame.f_code.co_name)))\n"
    "def f():\n    return 1\nf()\nsys.setprofile(None)\nprint([one for one in seen if one[1] == 'f'])",
    "a signal handler raises": "import signal\nclass Late(Exception): pass\ndef late(*_): raise Late\nsignal.signal(signal.SIGALRM, late)\n"
    "n = 0\nfor _ in range(40):\n    try:\n        signal.setitimer(signal.ITIMER_REAL, 0.005)\n        while True: abs(n)\n"
    "    except Late: n += 1\nprint(n)",
    "Ctrl-C": "import signal\nsignal.signal(signal.SIGALRM, signal.default_int_handler)\n"
    "n = 0\nfor _ in range(40):\n    try:\n        signal.setitimer(signal.ITIMER_REAL, 0.005)\n        while True: abs(n)\n"
    "    except KeyboardInterrupt: n += 1\nprint(n)",
    "an own import hook": "import sys, importlib.util\nprint(importlib.util.find_spec('random').name, type(importlib.util.find_spec('json').loader).__name__)\n"
    "import random\nprint(random.__spec__.loader.__class__.__name__, random.__loader__ is random.__spec__.loader)",
    "what is imported": "import sys\nprint([n for n in ('random', 'numpy', 'torch', 'typing', 'inspect', 'logging', 'subprocess') if n in sys.modules])",
    "paths": "import sys\nprint([p for p in sys.path if 'injected' in p], sys.argv)",
    "weak references": "import weakref\nclass A: pass\ndef f():\n    a = A()\n    r = weakref.ref(a)\n    return r\nr = f()\nprint(r())",
    "generators": "def g():\n    try:\n        yield 1\n        yield 2\n    finally:\n        print('closed')\nfor x in g():\n    break\nprint(list(g()))",
    "warnings": "import warnings\nwarnings.warn('old')\ndef f():\n    warnings.warn('older', stacklevel=2)\nf()",
    "frames": "import sys\ndef f():\n    return sys._getframe(1).f_lineno, sys._getframe(0).f_back.f_code.co_name\nprint(f())",
    "reload": "import importlib, random\nrandom.seed(0)\nimportlib.reload(random)\nrandom.seed(0)\nprint(random.random())",
    "an instance of another class": "import random\nrandom._inst = random.SystemRandom()\nrandom.seed(0)\nprint(random.Random(3).random())",
    "fork": "import os, random\nrandom.seed(0)\nif os.fork() == 0:\n    print('child', flush=True)\n    os._exit(0)\nos.wait()\nprint('parent', random.random())",
    "async": "import asyncio\nasync def f(n):\n    await asyncio.sleep(0)\n    return n\nasync def main():\n    print(await asyncio.gather(f(1), f(2)))\nasyncio.run(main())",
    "exec and eval": "exec('def f():\\n    return 1\\nprint(f())')\nprint(eval('1 + 1'))",
    "stdin": "print(repr(input('?')) if False else 1)",
}


@each_python
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_the_same(folder: Folder, python: str, name: str) -> None:
    folder.write(PROGRAMS[name] + "\n")
    assert '"id"' in same(folder, python, "train.py")


@pytest.mark.parametrize("name", ["error", "draws", "os._exit", "fork", "deep recursion"])
def test_an_error_of_the_recorder_is_a_note(folder: Folder, name: str) -> None:
    folder.write(PROGRAMS[name] + "\n")
    folder.write(
        """
        import sys
        sys.meta_path.insert(0, type("Breaks", (), {"find_spec": staticmethod(lambda name, *_: broken(name))}))

        def broken(name):
            if name == "reprolint_recorder.generators":
                sys.meta_path.pop(0)
                raise KeyError(name)
        """,
        "breaks/sitecustomize.py",
    )
    plain = folder.run(sys.executable, "train.py", recorded=False)
    broken = folder.run(sys.executable, "train.py", recorded=True, PYTHONPATH="breaks")
    assert (broken.returncode, broken.stdout, broken.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert folder.records() == ""


def test_a_full_disk_stops_the_recording(folder: Folder) -> None:
    folder.write(
        """
        import random, resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        random.seed(0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        print([random.random() for _ in range(500)][-1])
        """
    )
    same(folder, sys.executable, "train.py")


@each_python
def test_the_sitecustomize_of_the_environment_runs(folder: Folder, python: str) -> None:
    folder.write("import sys\nsys.marked = [__name__, __file__]\nprint('custom')\n", "site/sitecustomize.py")
    folder.write("import sys, sitecustomize\nprint(sys.marked, sitecustomize.__file__)\n")
    found = same(folder, python, "train.py", PYTHONPATH="site")
    assert "\nown\n" in found


@each_python
@pytest.mark.parametrize("text", ["raise ValueError('broken')", "import no_such_module", "raise SystemExit(3)", "def f(:"])
def test_a_broken_sitecustomize_is_as_broken_as_before(folder: Folder, python: str, text: str) -> None:
    folder.write(f"{text}\n", "site/sitecustomize.py")
    folder.write("print(1)\n")
    plain = folder.run(python, "train.py", recorded=False, PYTHONPATH="site")
    recorded = folder.run(python, "train.py", recorded=True, PYTHONPATH="site")
    assert (recorded.returncode, recorded.stdout) == (plain.returncode, plain.stdout)
    # How Python tells of it has lines of its own that name our file.
    last = [run.stderr.splitlines()[-1:] for run in (plain, recorded)]
    assert last[0] == last[1] or not plain.stderr


def test_another_tracer_keeps_its_place(folder: Folder) -> None:
    """Coverage tools begin in a ``.pth`` file or in sitecustomize."""
    folder.write(
        """
        import sys

        def trace(frame, event, arg):
            if frame.f_code.co_filename.endswith("train.py"):
                print(event, frame.f_lineno)
            return trace

        sys.settrace(trace)
        """,
        "site/sitecustomize.py",
    )
    folder.write("import random\nrandom.random()\nrandom.seed(0)\n")
    found = same(folder, sys.executable, "train.py", PYTHONPATH="site")
    done = folder.verify(PYTHONPATH=os.pathsep.join([str(ROOT / "src"), "site"]))
    if sys.version_info < (3, 12):
        assert "another tool" in found
        done.assert_same()  # in the end, the state is that of the seed
        assert len(done.document["notes"]) == 1
    else:
        assert done.where == ("state", "python", "train.py", 2)


def test_draws_without_lines_are_found_at_the_end(folder: Folder) -> None:
    if sys.version_info >= (3, 12):
        pytest.skip("no tracer is in the way of sys.monitoring")
    folder.write("import sys\nsys.settrace(lambda *_: None)\n", "site/sitecustomize.py")
    folder.write("import random\nrandom.random()\n")
    done = folder.verify(PYTHONPATH=os.pathsep.join([str(ROOT / "src"), "site"]))
    assert (done.code, done.where) == (1, ("state", "python", None, None))
    said = folder.verify(json=False, PYTHONPATH=os.pathsep.join([str(ROOT / "src"), "site"])).out
    assert said.startswith("The runs part at a line that is not known (event 1 of 1)")


def test_with_the_runtime(folder: Folder) -> None:
    """Two import hooks that ask each other."""
    numpy = pytest.importorskip("numpy")
    folder.write("from reprolint.runtime import set_seed\nset_seed(3)\nimport numpy\nprint(numpy.random.rand())\n")
    found = same(folder, sys.executable, "train.py", PYTHONPATH=str(ROOT / "src"))
    assert "\tnumpy\t" in found
    assert (
        str(numpy.random.RandomState(3).rand())
        in folder.run(sys.executable, "train.py", recorded=True, PYTHONPATH=str(ROOT / "src")).stdout
    )


def test_most_events(folder: Folder) -> None:
    folder.write(
        """
        import random, sys
        sys.modules["reprolint_recorder.journal"].MOST_EVENTS = 10
        random.seed(0)
        for _ in range(100):
            random.random()
        """
    )
    done = folder.verify()
    done.assert_same()
    assert done.document["runs"][0]["events"] == 10
    assert done.document["notes"] == ["recording stopped after 10 events"]


# Random programs

STATEMENTS = (
    "random.seed({n})", "x += random.random()", "x += random.gauss(0, 1)", "random.shuffle(order)", "x += random.choice(order)",
    "x += random.randrange({n} + 1)", "saved = random.getstate()", "random.setstate(saved)",
    "np.random.seed({n})", "x += np.random.rand()", "x += np.random.randn()", "x += np.random.standard_normal({n} % 7).sum()",
    "np.random.shuffle(order)", "x += np.random.randint(1 + {n})", "kept = np.random.get_state()", "np.random.set_state(kept)",
    "x += helper({n})", "x += sum(numbers({n} % 5))", "x += sum([random.random() for _ in range({n} % 9)])",
    "x += np.random.default_rng({n}).random()", "x += random.Random({n}).random()", "np.random.set_state(kept); random.getrandbits(64)",
)  # fmt: skip

HEAD = """
import random
import numpy as np

def helper(n):
    if n % 2:
        return np.random.rand() + random.random()
    return helper(n + 1)

def numbers(n):
    for _ in range(n):
        yield random.random()

random.seed(1)
np.random.seed(2)
order = list(range(10))
x, saved, kept = 0.0, random.getstate(), np.random.get_state()
"""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(STATEMENTS), st.integers(0, 2000)), max_size=40))
def test_a_random_program_draws_the_same_numbers(folder: Folder, steps: list[tuple[str, int]]) -> None:
    pytest.importorskip("numpy")
    body = "".join(f"{step.format(n=number)}\nprint(x, order)\n" for step, number in steps)
    folder.write(HEAD + body + "print(random.getstate(), np.random.get_state())\n")
    same(folder, sys.executable, "train.py")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.sampled_from(STATEMENTS), st.integers(0, 2000)), max_size=25), at=st.integers(0, 25), unseeded=st.booleans()
)  # fmt: skip
def test_a_random_program_parts_where_it_should(folder: Folder, steps: list[tuple[str, int]], at: int, unseeded: bool) -> None:
    """A line that seeds from the operating system is the first difference, wherever it stands; without it, there is none."""
    pytest.importorskip("numpy")
    body = [step.format(n=number) for step, number in steps]
    if unseeded:
        body.insert(at, "random.seed()  # here")
    line = folder.write(HEAD + "".join(f"{one}\n" for one in body))
    done = folder.verify()
    if unseeded:
        assert done.where == ("state", "python", "train.py", line)
    else:
        done.assert_same()


@pytest.mark.parametrize("module", ["random", "numpy.random.mtrand", "torch"])
def test_memory_looks_as_it_should(folder: Folder, module: str) -> None:
    """Where it does not, all is right but slow: this tells when a new version of a library needs a look."""
    pytest.importorskip(module.partition(".")[0])
    folder.write(
        f"""
        import sys
        import {module}

        finder = next(one for one in sys.meta_path if type(one).__module__ == "reprolint_recorder.libraries")
        print([type(one).__name__ for one in finder._done.__self__._generators.watchers])
        """
    )
    said = folder.run(sys.executable, "train.py", recorded=True).stdout
    assert "Watcher" in said and "SlowWatcher" not in said


@pytest.mark.parametrize("broken", ["PythonWatcher.fits", "NumpyWatcher.gauss_of", "TorchWatcher.offset_of"])
def test_the_slow_way(folder: Folder, broken: str) -> None:
    family = broken[: broken.index("W")].lower()
    pytest.importorskip("random" if family == "python" else family)
    draw = {
        "python": "import random as r\nr.seed(0)",
        "numpy": "import numpy.random as r\nr.seed(0)",
        "torch": "import torch as r\nr.manual_seed(0)",
    }
    last = {"python": "r.random()", "numpy": "r.rand()", "torch": "r.rand(1)"}
    folder.write(
        "import sys\ngenerators = sys.modules['reprolint_recorder.generators']\n"
        f"generators.{broken} = staticmethod(lambda *_: None)\n{draw[family]}\n{last[family]}\nx = 1\n{last[family]}\n"
    )
    folder.verify().assert_same()
    folder.run(sys.executable, "train.py", recorded=True)
    (process,) = processes(folder.path / "records")
    assert [(event.place.line if event.place else 0, event.family) for event in process] == [
        (5, family),
        (6, family),
        (8, family),
    ]
