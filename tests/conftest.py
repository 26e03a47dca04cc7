"""What several test files need."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure of the code.
settings.register_profile("reprolint", deadline=None)
settings.load_profile("reprolint")

ROOT = Path(__file__).resolve().parent.parent

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
