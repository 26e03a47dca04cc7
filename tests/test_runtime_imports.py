"""set_seed before NumPy and PyTorch are imported: the import hook."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, Run

from reprolint.runtime import rng_state, set_seed

pytest.importorskip("numpy")
pytest.importorskip("torch")

SEED = "from reprolint.runtime import set_seed; set_seed(1)"

FAKE_TORCH = """
import types
seeds = []
def manual_seed(seed): seeds.append(seed)
cuda = types.SimpleNamespace(manual_seed=lambda seed: None, manual_seed_all=lambda seed: None)
backends = types.SimpleNamespace(cudnn=types.SimpleNamespace(deterministic=False, benchmark=True))
"""


CUDA = """
heard = []
for name in ("manual_seed", "manual_seed_all"):
    setattr(cuda, name, lambda seed, name=name: heard.append((name, seed)))
"""


def one_line(run: Run, code: str) -> str:
    out = run(code).stdout
    assert out.count("\n") == 1, out
    return str(out)


# The same numbers in whatever order


@pytest.mark.parametrize(
    "program",
    [
        "{seed}; import numpy; {draw}",
        "import numpy; {seed}; {draw}",
        "import numpy.random; {seed}; {draw}",
        "{seed}; import numpy.random; {draw}",
        "{seed}; from numpy.random import rand; import numpy; {draw}",
        "{seed}; import numpy as np, sys; numpy = sys.modules['numpy']; {draw}",
        "{seed}; import importlib; numpy = importlib.import_module('numpy'); {draw}",
        "{seed}; numpy = __import__('numpy'); {draw}",
        "{seed}; import numpy.linalg; import numpy; {draw}",
        "set_seed(9); {seed}; import numpy; {draw}",
        "set_seed(9); import numpy; {seed}; {draw}",
        "{seed}; import numpy; import importlib; importlib.reload(numpy); {draw}",
        "{seed}; import importlib.util; assert importlib.util.find_spec('numpy'); import numpy; {draw}",
        "{seed}; set_seed(1, deterministic=False); import numpy; {draw}",
        "exec('def f():\\n import numpy\\n {draw}\\n{seed}\\nf()')",
        "{seed}; import threading; t = threading.Thread(target=exec, args=('import numpy; {draw}',)); t.start(); t.join()",
        "import threading; t = threading.Thread(target=exec, args=('{seed}',)); t.start(); t.join(); import numpy; {draw}",
        "{seed}; from reprolint.runtime import isolated_rng\nwith isolated_rng(): import numpy; numpy.random.rand()\n{draw}",
    ],
)
def test_numpy(program: str, python: Run) -> None:
    draw = "print(numpy.random.rand(), numpy.random.randn())"
    code = "from reprolint.runtime import set_seed\n" + program.format(seed=SEED, draw=draw)
    assert one_line(python, code) == "0.417022004702574 -0.8021728386486427\n"


TORCH = """
import torch, numpy
cudnn = torch.backends.cudnn
print(torch.rand(1).item(), numpy.random.rand(), cudnn.deterministic, cudnn.benchmark, torch.are_deterministic_algorithms_enabled())
"""


def test_torch(python: Run) -> None:
    import torch

    draw = torch.rand(1, generator=torch.Generator().manual_seed(1)).item()
    expected = f"{draw} 0.417022004702574 True False False\n"
    assert one_line(python, f"import torch; {SEED}\n" + TORCH) == expected
    in_a_thread = f"{SEED}\nimport threading\nt = threading.Thread(target=exec, args=({TORCH!r}, {{}}))\nt.start(); t.join()"
    assert one_line(python, f"from reprolint.runtime import set_seed; set_seed(3); {in_a_thread}") == expected
    strict = one_line(python, "from reprolint.runtime import set_seed; set_seed(1, deterministic='strict')\n" + TORCH)
    assert strict == expected.replace("True False False", "True False True")


def test_every_device_is_seeded_then_too(python: Run, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(FAKE_TORCH + CUDA)
    done = python(f"{SEED}\nimport torch; print(torch.seeds, torch.heard)")
    assert done.stdout == "[1] [('manual_seed', 1), ('manual_seed_all', 1)]\n"


def test_the_report_says_what_comes_later(python: Run) -> None:
    done = python("""
        from reprolint.runtime import set_seed
        report = set_seed(1, deterministic="strict")
        print(report.seeded, report.on_import, report.skipped, report.set)
        import numpy
        print(set_seed(1).seeded, set_seed(1).on_import)
    """)
    assert done.stdout.splitlines() == [
        "('python',) ('numpy', 'torch') {} {'cudnn.deterministic': True, 'cudnn.benchmark': False, "
        "'use_deterministic_algorithms': True, 'CUBLAS_WORKSPACE_CONFIG': ':4096:8'}",
        "('python', 'numpy') ('torch',)",
    ]


# What stands in sys.meta_path


def test_one_finder_however_often(python: Run) -> None:
    done = python("""
        import sys
        before = list(sys.meta_path)
        from reprolint.runtime import set_seed
        for seed in range(5): set_seed(seed)
        print(len(sys.meta_path) - len(before), sys.meta_path[1:] == before)
        import numpy
        set_seed(1)
        print(sys.meta_path[0].find_spec("numpy"), sys.meta_path[0].find_spec("json"), len(sys.meta_path) - len(before))
    """)
    assert done.stdout == "1 True\nNone None 1\n"


def test_it_is_not_there_before_the_first_call(python: Run) -> None:
    assert python("import sys; a = list(sys.meta_path); import reprolint.runtime; print(a == sys.meta_path)").stdout == "True\n"


def test_the_module_is_as_if_nobody_had_hooked(python: Run) -> None:
    what = """
        import inspect, importlib.metadata, importlib.resources, importlib.util, pickle, sys
        import numpy
        spec = numpy.__spec__
        print(type(spec.loader).__name__, type(numpy.__loader__).__name__, spec.loader is numpy.__loader__)
        print(str(spec.loader)[:30], spec.origin, spec.cached, len(inspect.getsource(numpy)), inspect.getfile(numpy), numpy.__cached__)
        print(importlib.resources.files("numpy").joinpath("__init__.py").is_file(), importlib.metadata.version("numpy"))
        print(importlib.util.find_spec("numpy") is spec, numpy.__loader__.is_package("numpy"))
        print(pickle.loads(pickle.dumps(numpy.float64(3))))
    """
    assert python(f"{SEED}\n" + "\n".join(line.strip() for line in what.splitlines())).stdout == python(what).stdout


def test_the_spec_of_a_library_that_is_not_imported_yet(python: Run) -> None:
    done = python(f"""
        {SEED}
        import copy, importlib.util, pkgutil, sys
        spec = importlib.util.find_spec("numpy")
        print(spec.name, spec.origin.endswith("__init__.py"), spec.loader.is_package("numpy"), bool(spec.loader.get_source("numpy")))
        print(copy.copy(spec.loader).name, copy.deepcopy(spec.loader).name, hasattr(spec.loader, "no_such"))
        print("numpy" in sys.modules, importlib.util.find_spec("no_such_module"))
    """)
    assert done.stdout == "numpy True True True\nnumpy numpy False\nFalse None\n"


def test_a_lazy_module_is_seeded_when_it_loads(python: Run) -> None:
    done = python(f"""
        {SEED}
        import importlib.util, sys
        spec = importlib.util.find_spec("numpy")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        numpy = importlib.util.module_from_spec(spec)
        sys.modules["numpy"] = numpy
        spec.loader.exec_module(numpy)
        print(numpy.random.rand(), type(numpy.__spec__.loader).__name__)
    """)
    assert done.stdout == "0.417022004702574 SourceFileLoader\n"


WRAPPER = """
import importlib.util, sys
class Chained:  # as wrapt's
    def __init__(self, loader): self.loader = loader
    def create_module(self, spec): return self.loader.create_module(spec)
    def exec_module(self, module):
        self.loader.exec_module(module)
        heard.append(module.__name__)
class Finder:
    active = set()
    def find_spec(self, name, path=None, target=None):
        if name != "numpy" or name in self.active: return None
        self.active.add(name)
        try: spec = importlib.util.find_spec(name)
        finally: self.active.discard(name)
        spec.loader = Chained(spec.loader)
        return spec
heard = []
"""


@pytest.mark.parametrize("first", [True, False])
def test_another_hook(first: bool, python: Run) -> None:
    install = "sys.meta_path.insert(0, Finder())"
    before, after = (install, "") if first else ("", install)
    done = python(f"{WRAPPER}\n{before}\n{SEED}\n{after}\nimport numpy; print(numpy.random.rand(), heard)")
    assert done.stdout == "0.417022004702574 ['numpy']\n"


def test_a_finder_of_the_old_kind_is_passed_over(python: Run) -> None:
    done = python(f"""
        import sys
        class Old:
            def find_module(self, name, path=None): return None
        sys.meta_path.append(Old())
        {SEED}
        import numpy; print(numpy.random.rand())
    """)
    assert done.stdout == "0.417022004702574\n"


def test_two_copies_of_the_runtime(python: Run, tmp_path: Path) -> None:
    shutil.copy(ROOT / "src" / "reprolint" / "runtime.py", tmp_path / "copied.py")
    done = python("""
        import importlib
        import copied, reprolint.runtime
        copied.set_seed(1); reprolint.runtime.set_seed(1)
        importlib.reload(copied); copied.set_seed(1)
        import numpy; print(numpy.random.rand(), type(numpy.__spec__.loader).__name__)
    """)
    assert done.stdout == "0.417022004702574 SourceFileLoader\n"


# Imports that fail, and modules that are something else


def test_a_failing_import_and_another_attempt(python: Run, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(
        f"import builtins\nif not getattr(builtins, 'ready', 0): raise ImportError('no')\n{FAKE_TORCH}"
    )
    done = python(f"""
        import builtins, sys
        {SEED}
        try: import torch
        except ImportError as error: print(error, "torch" in sys.modules)
        builtins.ready = True
        import torch
        print(torch.seeds, torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
        import importlib; importlib.reload(torch); print(torch.seeds)
    """)
    assert done.stdout == "no False\n[1] True False\n[]\n"


def test_seeding_that_fails_fails_the_import_each_time(python: Run, tmp_path: Path) -> None:
    broken = FAKE_TORCH.replace("def manual_seed(seed): ", "import builtins\ndef manual_seed(seed): builtins.works or 1 / 0; ")
    (tmp_path / "torch.py").write_text(broken)
    done = python(f"""
        import builtins
        {SEED}
        for works in (False, False, True):
            builtins.works = works
            try: import torch
            except ZeroDivisionError as error: print(error)
        print(torch.seeds)
    """)
    assert done.stdout == "division by zero\ndivision by zero\n[1]\n"


def test_a_seed_set_while_the_library_is_imported_counts(python: Run, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(
        f"{FAKE_TORCH}\nfrom reprolint.runtime import set_seed\nprint(set_seed(2).on_import[1:])"
    )
    assert python(f"{SEED}\nimport torch\nprint(torch.seeds)").stdout == "('torch',)\n[2]\n"


def test_a_first_seed_while_the_library_is_imported_is_reported_as_skipped(python: Run, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(
        f"{FAKE_TORCH}\nfrom reprolint.runtime import set_seed\nprint(set_seed(2).skipped['torch'])"
    )
    done = python("import torch\nprint(torch.seeds)")
    assert done.stdout == "is being imported right now; call again afterwards\n[]\n"


def test_a_seed_from_another_thread_while_the_library_is_seeded(python: Run, tmp_path: Path) -> None:
    patient = FAKE_TORCH.replace("seeds.append(seed)", "seeds.append(seed); __import__('__main__').second()")
    (tmp_path / "torch.py").write_text(patient)
    done = python(f"""
        import threading
        {SEED}
        def second():
            if not done:
                done.append(1)
                thread = threading.Thread(target=set_seed, args=(2,)); thread.start(); thread.join()
        done = []
        import torch
        print(torch.seeds)
    """)
    assert done.stdout == "[1, 2]\n"


@pytest.mark.parametrize("place", ["torch.py", "torch/__init__.py"])
def test_a_local_module_named_torch_is_let_be(place: str, python: Run, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("print('mine')\n")
    done = python(f"""
        {SEED}
        import torch
        report = set_seed(2)
        print(report.skipped["torch"].startswith("something else has that name: "), report.seeded)
    """)
    assert done.stdout == "mine\nTrue ('python',)\n"


def test_a_folder_named_torch_is_not_the_library(python: Run, tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    done = python(
        f"""
        import sys; sys.path.insert(0, {str(ROOT / "src")!r}); sys.path.insert(0, {str(tmp_path)!r})
        from reprolint.runtime import set_seed
        print(set_seed(1).skipped)
        import torch
        print(torch.__path__ and set_seed(1).skipped["torch"].startswith("something else"))
        """,
        flags=("-I", "-S"),
    )
    assert done.stdout == "{'numpy': 'not installed', 'torch': 'not installed'}\nTrue\n"


def test_a_library_that_gets_installed_meanwhile(python: Run, tmp_path: Path) -> None:
    done = python(
        f"""
        import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT / "src")!r}]
        from reprolint.runtime import set_seed
        print(set_seed(1).skipped["torch"])
        open({str(tmp_path / "torch.py")!r}, "w").write({FAKE_TORCH!r})
        import importlib; importlib.invalidate_caches()
        import torch; print(torch.seeds)
        """,
        flags=("-I", "-S"),
    )
    assert done.stdout == "not installed\n[1]\n"


def test_a_library_from_an_archive(python: Run, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "libraries.zip", "w") as archive:
        archive.writestr("torch.py", FAKE_TORCH)
    done = python(
        f"import sys; sys.path.insert(0, 'libraries.zip')\n{SEED}\nimport torch; print(torch.seeds, torch.__loader__)"
    )
    assert done.stdout.startswith("[1] <zipimporter object")


# States that wait for an import


@pytest.mark.usefixtures("clean")
def test_a_state_waits_for_the_import(python: Run) -> None:
    import numpy
    import torch

    set_seed(5)
    random.gauss(0, 1), numpy.random.randn(), torch.randn(1)
    state = json.dumps(rng_state())
    expected = f"{random.gauss(0, 1)} {numpy.random.randn()} {torch.rand(1).item()}\n"
    done = python(f"""
        import json, random, sys
        from reprolint.runtime import restore_rng_state, rng_state
        state = json.loads({state!r})
        restore_rng_state(state)
        restore_rng_state(json.loads(json.dumps(rng_state())))
        assert "numpy" not in sys.modules
        import torch, numpy
        print(random.gauss(0, 1), numpy.random.randn(), torch.rand(1).item())
    """)
    assert done.stdout == expected


def test_a_pending_seed_is_part_of_the_state(python: Run) -> None:
    done = python(f"""
        {SEED}
        import json
        from reprolint.runtime import restore_rng_state, rng_state
        state = json.loads(json.dumps(rng_state()))
        print(state["numpy"], state["torch"])
        set_seed(2)
        restore_rng_state(state)
        import numpy
        first = numpy.random.rand()
        restore_rng_state(state)
        print(first, numpy.random.rand() == first)
    """)
    assert done.stdout.splitlines() == [
        "{'on_import': {'seed': 1, 'deterministic': True, 'warn_only': False}} "
        "{'on_import': {'seed': 1, 'deterministic': True, 'warn_only': False}}",
        "0.417022004702574 True",
    ]


def test_a_broken_state_does_not_wait(python: Run) -> None:
    done = python("""
        from reprolint.runtime import fingerprint, restore_rng_state, rng_state
        before = fingerprint()
        numpys = {"bit_generator": "MT19937", "state": {"key": {"dtype": "uint32", "values": [1]}, "pos": 3}, "has_gauss": 0, "gauss": 0.0}
        for broken in ({"numpy": numpys}, {"torch": {"cpu": "AAA"}}, {"torch": {"on_import": {"seed": 1}}}):
            try: restore_rng_state({**rng_state(), **broken})
            except ValueError as error: print(type(error).__name__, fingerprint() == before, rng_state().keys() - {"format", "python"})
        import numpy
    """)
    assert done.stdout == "ValueError True set()\n" * 3


def test_what_only_the_library_can_tell_fails_its_import(python: Run, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(f"{FAKE_TORCH}\ndef Generator(): raise RuntimeError('no state of mine')")
    done = python("""
        from reprolint.runtime import restore_rng_state, rng_state, set_seed
        restore_rng_state({**rng_state(), "torch": {"cpu": "AAAA"}})
        for attempt in range(2):
            try: import torch
            except RuntimeError as error: print(error)
        set_seed(4)
        import torch; print(torch.seeds)
    """)
    assert done.stdout == "no state of mine\nno state of mine\n[4]\n"


def test_isolation_around_a_first_import(python: Run) -> None:
    done = python("""
        import os, sys
        from reprolint.runtime import isolated_rng, set_seed
        with isolated_rng(1, deterministic="strict"):
            import torch, numpy
            print(torch.initial_seed(), numpy.random.rand(), torch.backends.cudnn.deterministic)
        print(torch.initial_seed() == 1, numpy.random.rand() == 0.7203244934421581, torch.backends.cudnn.deterministic)
        print(torch.are_deterministic_algorithms_enabled(), "CUBLAS_WORKSPACE_CONFIG" in os.environ)
    """)
    assert done.stdout.splitlines() == ["1 0.417022004702574 True", "False False False", "False False"]
    pending = python(f"""
        {SEED}
        from reprolint.runtime import isolated_rng
        with isolated_rng(2):
            import torch, numpy
            numpy.random.rand()
        print(torch.initial_seed(), numpy.random.rand(), torch.backends.cudnn.deterministic)
        with isolated_rng(3):
            pass
        print(torch.initial_seed(), numpy.random.rand())
    """)
    assert pending.stdout.splitlines() == ["1 0.417022004702574 True", "1 0.7203244934421581"]
