"""What several test files need."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure of the code.
settings.register_profile("reprolint", deadline=None)
settings.load_profile("reprolint")

ROOT = Path(__file__).resolve().parent.parent

TOUCHY = ("RANK", "SLURM_PROCID", "LOCAL_RANK", "CUBLAS_WORKSPACE_CONFIG")
"""Variables that the runtime reads: the machine's own are no part of a test."""

os.environ.setdefault("REPROLINT_NO_CACHE", "1")
"""A test is to see the work done, and to leave nothing in anybody's home folder."""

LONGEST = ("test_fixtures.py", "test_programs.py", "test_fix_programs.py", "test_verify_torch.py", "test_random_programs.py")


def pytest_configure(config: pytest.Config) -> None:
    """pytest-xdist would begin with the files that hold many tests, and leave those that take minutes for one process at the end."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def reprolint() -> Run:
    """Runs the command line as a process of its own: ``reprolint("check", ".", cwd=folder)``."""

    def run(
        *arguments: str, cwd: Path = ROOT, python: tuple[str, ...] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
        return subprocess.run(
            [sys.executable, *python, "-m", "reprolint", *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    return run


@pytest.fixture
def python(tmp_path: Path) -> Run:
    """Runs code as a program of its own, with the runtime on its path: ``python("import random; …")``; a list is a command line."""

    def run(
        code: str | list[str],
        *,
        flags: tuple[str, ...] = (),
        fails: bool = False,
        stdin: str | None = None,
        **variables: str | None,
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONHASHSEED": "0",
            **dict.fromkeys((*TOUCHY, "REPROLINT_NO_CACHE")),
            **variables,
        }
        done = subprocess.run(
            [sys.executable, *flags, *(["-c", textwrap.dedent(code)] if isinstance(code, str) else code)],
            cwd=tmp_path,
            env={name: value for name, value in environment.items() if value is not None},
            input="" if stdin is None else stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert fails or done.returncode == 0, done.stderr[-4000:]
        return done

    return run


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that seeds: afterwards, generators, switches and environment are what they were."""
    numpy, torch = pytest.importorskip("numpy"), pytest.importorskip("torch")
    from reprolint import runtime

    variables = dict(os.environ)
    for name in TOUCHY:
        monkeypatch.delenv(name, raising=False)
    before = random.getstate(), numpy.random.get_bit_generator(), numpy.random.get_state(legacy=False), torch.get_rng_state()
    cudnn = torch.backends.cudnn
    switches = cudnn.deterministic, cudnn.benchmark, torch.are_deterministic_algorithms_enabled()
    finders = list(sys.meta_path)
    yield
    monkeypatch.undo()
    os.environ.clear()
    os.environ.update(variables)
    sys.meta_path[:] = finders
    runtime._on_import.clear()
    random.setstate(before[0])
    numpy.random.set_bit_generator(before[1])
    numpy.random.set_state(before[2])
    torch.set_rng_state(before[3])
    cudnn.deterministic, cudnn.benchmark = switches[:2]
    if torch.are_deterministic_algorithms_enabled() != switches[2]:  # the first call imports half of PyTorch
        torch.use_deterministic_algorithms(switches[2])
