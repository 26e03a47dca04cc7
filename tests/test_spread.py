"""Work in several processes comes to what one process comes to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from reprolint import run as runs
from reprolint.config import load
from reprolint.engine import Report, check
from reprolint.sources.cache import Cache
from reprolint.spread import cores, spread

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes forked in a test. What else runs the tests may have children of its own."""
    fork, children = os.fork, []

    def noted() -> int:
        if child := fork():
            children.append(child)
        return child

    monkeypatch.setattr(os, "fork", noted)
    return children


def is_over(child: int) -> bool:
    """Whether a process has ended and somebody has waited for it."""
    try:
        os.waitpid(child, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("tasks", [1, 2, 40])
def test_every_task_is_done_once_and_every_process_closes(tasks: int, jobs: int, forked: list[int]) -> None:
    given = list(spread(tasks, lambda number: b"%d" % number * 5000, lambda: b"end", jobs))
    assert sorted(given) == sorted([*(b"%d" % number * 5000 for number in range(tasks)), *[b"end"] * min(jobs, tasks)])
    assert len(forked) == min(jobs, tasks)
    assert all(map(is_over, forked))


def failing(number: int) -> bytes:
    if number == 2:
        raise RuntimeError
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return b"%d" % number


def test_what_takes_a_process_down_is_left_out(forked: list[int]) -> None:
    given = list(spread(30, failing, lambda: b"", 3))
    assert b"2" not in given
    assert b"5" not in given
    assert b"0" in given
    assert len(forked) == 3
    assert all(map(is_over, forked))


def test_whoever_stops_listening_leaves_no_process_behind(forked: list[int]) -> None:
    messages = spread(50, lambda number: b"x" * 100_000, lambda: b"", 2)
    assert next(messages) == b"x" * 100_000
    messages.close()  # type: ignore[attr-defined]
    assert len(forked) == 2
    assert all(map(is_over, forked))


def test_a_machine_that_cannot_fork_works_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    assert list(spread(3, lambda number: b"", lambda: b"", 2)) == []
    monkeypatch.delattr(os, "fork")
    assert cores() == 1


SHARED = "import torch\n\n\ndef build():\n    return torch.nn.Linear(3, 3)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Programs with all that can come of one: nothing, findings with and without fixes, orders, files that do not parse."""
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "shared.py").write_text(SHARED)
    for number in range(12):
        seed = "torch.manual_seed(0)\n    " if number % 3 else ""
        (tmp_path / f"train{number:02}.py").write_text(
            "import os\nimport random\n\nimport torch\n\nfrom shared import build\n\n\n"
            f"def main():\n    {seed}print(build())\n    print(os.listdir('data')[{number}])  # noqa: RPL101\n\n\n"
            'if __name__ == "__main__":\n    main()\n'
        )
    (tmp_path / "broken.py").write_text("import shared\n\nif x:\n")
    return tmp_path


Checked = Callable[..., Report]


@pytest.fixture
def checked(project: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    def run(jobs: int, cache: Cache | None = None, named: str = "") -> Report:
        spreads = []

        def counted(*arguments: object) -> object:
            spreads.append(arguments)
            return spread(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(runs, "PATIENCE", -1.0)
        monkeypatch.setattr(runs, "cores", lambda: jobs)
        monkeypatch.setattr(runs, "spread", counted)
        settings = load(project, isolated=True)
        report = check([project / named], settings, project, fixes=True, cache=cache)
        assert bool(spreads) == (jobs > 1) or cache is not None
        return report

    return run


def test_several_processes_say_what_one_says(checked: Checked) -> None:
    alone = checked(1)
    together = checked(3)
    assert {finding.code for finding in alone.findings} == {"RPL103", "RPL401", "RPL900", "RPL901"}
    assert together.findings == alone.findings
    assert (together.files, together.programs, together.trouble) == (alone.files, alone.programs, ())
    lines = {(finding.path, finding.span.line) for finding in alone.findings}
    assert all(together.excerpt(path, None, line) == alone.excerpt(path, None, line) for path, line in lines)


def test_single_files_too(checked: Checked) -> None:
    assert checked(2, named="shared.py").findings == checked(1, named="shared.py").findings


def test_what_the_others_found_out_is_kept(checked: Checked, project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = Cache(tmp_path_factory.mktemp("kept"))
    alone = checked(1)
    assert checked(3, cache).findings == alone.findings
    sizes = {path.name: path.stat().st_size for path in cache.folder.glob("*.reprolint")}
    assert any(name.endswith("facts.reprolint") and size > 5000 for name, size in sizes.items())
    assert checked(3, cache).findings == alone.findings
    (project / "shared.py").write_text(SHARED.replace("torch.nn.Linear(3, 3)", "3"))
    assert checked(3, cache).findings == checked(1).findings


def test_a_process_that_dies_costs_no_finding(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = checked(1)
    parent = os.getpid()
    follow = runs.Run._follow

    def deadly(run: runs.Run, entry: runs.EntryPoint, fixes: bool) -> runs.Program:
        if os.getpid() != parent and entry.module.path.name == "train03.py":
            os.kill(os.getpid(), signal.SIGKILL)
        return follow(run, entry, fixes)

    monkeypatch.setattr(runs.Run, "_follow", deadly)
    assert checked(3).findings == alone.findings
