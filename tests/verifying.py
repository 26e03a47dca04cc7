"""How tests run ``reprolint verify``."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conftest import ROOT

INJECTED: Final = ROOT / "src" / "reprolint" / "verify" / "injected"
TIMEOUT: Final = 300
LEFT_OUT: Final = ("PYTHONHASHSEED", "PYTHONPATH", "RANK", "LOCAL_RANK", "COVERAGE_PROCESS_START")


@functools.cache
def pythons() -> tuple[str, ...]:
    """This Python, and another one that follows lines in another way, if there is one that runs."""
    others = (
        ("python3.13", "python3.12") if sys.version_info < (3, 12) else ("python3.11", "python3.10", "python3.9", "python3.8")
    )
    for name in others:
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            return sys.executable, found
    return (sys.executable,)


def environment(**variables: str) -> dict[str, str]:
    """Variables for a program under test."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {**kept, "OMP_NUM_THREADS": "1", "COLUMNS": "200", **variables}


@dataclass(frozen=True)
class Verified:
    """What a run of ``reprolint verify`` gave."""

    code: int
    out: str
    err: str

    @functools.cached_property
    def document(self) -> dict[str, Any]:
        """Of ``--output-format json``."""
        assert self.out, f"exit {self.code}: {self.err}"
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def first(self) -> dict[str, Any]:
        """The first difference."""
        first: dict[str, Any] | None = self.document["first"]
        assert first is not None, self.document
        return first

    @property
    def where(self) -> tuple[str, str | None, str | None, int | None]:
        """Kind, family, file and line of the first difference."""
        return self.first["kind"], self.first["family"], self.first["path"], self.first["line"]

    def assert_same(self) -> None:
        """The runs did not part."""
        assert (self.code, self.document["verdict"], self.document["first"]) == (0, "same", None), self.document


class Folder:
    """A folder with programs to verify."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str, name: str = "train.py") -> int:
        """Write a program.

        :returns: the line with the mark ``# here``, or 0.
        """
        text = textwrap.dedent(text).lstrip("\n")
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, "utf-8")
        return next((number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# here")), 0)

    def verify(
        self, *command: str, options: tuple[str, ...] = (), python: str = sys.executable, json: bool = True, **variables: str
    ) -> Verified:
        """Verify a command; without one, the program ``train.py``."""
        form = ("--output-format", "json") if json else ()
        done = subprocess.run(
            [sys.executable, "-m", "reprolint", "verify", *form, *options, "--", *(command or (python, "train.py"))],
            cwd=self.path,
            env=environment(**{"PYTHONPATH": str(ROOT / "src"), **variables}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT,
        )
        return Verified(done.returncode, done.stdout, done.stderr)

    def run(self, *command: str, recorded: bool, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program as it is, or with the recorder."""
        records = self.path / "records"
        shutil.rmtree(records, ignore_errors=True)
        records.mkdir()
        extra = (
            {"PYTHONPATH": str(INJECTED), "REPROLINT_VERIFY": str(records), "REPROLINT_VERIFY_PARENT": ""} if recorded else {}
        )
        if recorded and "PYTHONPATH" in variables:
            extra["PYTHONPATH"] += os.pathsep + variables["PYTHONPATH"]
        return subprocess.run(
            [*command],
            cwd=self.path,
            env=environment(**{**variables, **extra}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT,
        )

    def records(self) -> str:
        """What was recorded, of all processes."""
        return "".join(path.read_text("utf-8") for path in sorted((self.path / "records").glob("*.rec")))


Make = Callable[[], Folder]
