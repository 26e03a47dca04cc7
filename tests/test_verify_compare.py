"""How records are read and compared, for what no program does on demand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verifying import INJECTED

from reprolint.verify.compare import Difference, first_difference
from reprolint.verify.records import Process, processes
from reprolint.verify.run import TextDifference, difference_of_texts


class Recorded:
    """Records of one run, written by hand."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def process(self, name: str, *lines: str, **about: Any) -> None:
        number = len(list(self.folder.iterdir())) + 1
        header = {
            "id": name, "parent": "", "fork": None, "pid": number, "started": float(number), "command": ["train.py"], "rank": ["", ""],
            "lines": "trace",
        } | about  # fmt: skip
        places = [f"place\t{line}\t{line}\tmain\t/x/train.py" for line in range(10)]
        (self.folder / f"{name}.rec").write_text("\n".join([json.dumps(header), *places, *lines, ""]), "utf-8")

    def read(self) -> list[Process]:
        return processes(self.folder)


def state(digest: str, line: int | str = 1, family: str = "python", how: str = "draw", time: int = 0) -> str:
    return f"state\t{time}\t{line}\t{family}\tcpu\t{digest}\t{how}"


def value(kind: str, number: int, digest: str, line: int | str = 1, text: str = "") -> str:
    return f"{kind}\t0\t{line}\t{number}\t{digest}\t{text}"


def compared(tmp_path: Path, first: list[str], other: list[str]) -> Difference | None:
    runs = [Recorded(tmp_path / name) for name in ("first", "other")]
    for run, lines in zip(runs, (first, other), strict=True):
        run.process("a", *lines)
    return first_difference(runs[0].read(), runs[1].read())


def test_a_record_that_was_cut_off(tmp_path: Path) -> None:
    run = Recorded(tmp_path)
    run.process("a", state("1"), "note\tsomething", "note\tsomething")
    path = tmp_path / "a.rec"
    path.write_text(path.read_text() + "state\t1\t1\tpyth", "utf-8")
    (tmp_path / "empty.rec").touch()
    (tmp_path / "half.rec").write_text('{"id": "half"')
    (tmp_path / "strange.rec").write_text('{"id": "strange"}\n')
    (process,) = run.read()
    assert (process.events, process.notes, [event.digest for event in process]) == (1, ["something"], ["1"])


def test_an_empty_line_of_code_has_no_place(tmp_path: Path) -> None:
    found = compared(tmp_path, [state("1"), state("2", "")], [state("1"), state("3", "")])
    assert (
        found is not None and found.event is not None and (found.kind, found.event.place, found.position) == ("state", None, 2)
    )


def test_a_process_that_runs_no_code_of_the_users_may_draw(tmp_path: Path) -> None:
    assert compared(tmp_path, [state("1", "")], [state("2", "")]) is None
    assert compared(tmp_path, [state("1", ""), value("loss", 1, "a", "")], [value("loss", 1, "a", "")]) is None
    found = compared(tmp_path, [value("loss", 1, "a", "")], [value("loss", 1, "b", "")])
    assert found is not None and found.kind == "loss"


def test_what_shows_after_a_difference(tmp_path: Path) -> None:
    rest = [value("batch", 1, "a"), value("loss", 1, "b")]
    found = compared(tmp_path, [state("1"), *rest], [state("2"), *rest])
    assert found is not None and (found.shows, found.values_after) == (None, 2)
    found = compared(tmp_path, [state("1"), *rest], [state("2"), state("3"), rest[0], value("loss", 1, "c")])
    assert found is not None and found.shows is not None and (found.shows.kind, found.shows.number) == ("loss", 1)
    found = compared(tmp_path, [state("1"), *rest], [*rest])
    assert found is not None and (found.kind, found.shows) == ("order", None)


@pytest.mark.parametrize(
    ("first", "other", "line"),
    [
        ("1 2 3", "1 2 3", 0),
        ("1 3", "2 3", 1),
        ("1 3", "3", 0),  # noticed together with the next draw
        ("1 2", "1 2 3", 0),
        ("1 2 3", "1 3", 0),
        ("1 2 3 4", "1 5 6 4", 2),
        ("1 2 3", "1 2 4", 3),
        ("1 2", "3 4", 1),
        ("1 2 1 2 1 2", "1 2 1 2 1 2", 0),  # the same seed again and again
        ("1 2 1 2 1 2", "1 1 2 1", 0),
        ("1 2 1 2 1 4", "1 2 1 2 1 5", 6),
    ],
)
def test_threads(tmp_path: Path, first: str, other: str, line: int) -> None:
    """Two runs see different samples of the states that a generator takes; parts of the way that have none in common are different."""
    sides = [["threads", *(state(one, at) for at, one in enumerate(run.split(), 1))] for run in (first, other)]
    found = compared(tmp_path, *sides)
    assert (found.event.place.line if found is not None and found.event and found.event.place else 0) == line


@given(kept=st.lists(st.booleans(), max_size=12))
def test_a_run_that_sees_less_does_not_part(tmp_path_factory: pytest.TempPathFactory, kept: list[bool]) -> None:
    digests = [str(number) for number in range(len(kept) + 1)]
    some = [digest for digest, keep in zip(digests, [*kept, True], strict=True) if keep]
    folder = tmp_path_factory.mktemp("threads")
    assert compared(folder, ["threads", *map(state, digests)], ["threads", *map(state, some)]) is None


def test_values_of_programs_with_threads(tmp_path: Path) -> None:
    rest = [value("loss", 1, "a"), value("loss", 2, "b")]
    assert compared(tmp_path, ["threads", state("1"), *rest], ["threads", *rest, state("1")]) is None
    for other, kind in (
        ([rest[0]], "more"),
        ([rest[0], value("loss", 2, "c")], "loss"),
        ([rest[0], value("batch", 1, "c")], "order"),
    ):
        found = compared(tmp_path, ["threads", *rest], ["threads", *other])
        assert found is not None and (found.kind, found.position) == (kind, 2)


def test_children_have_the_same_name_in_each_run(tmp_path: Path) -> None:
    run = Recorded(tmp_path)
    about = {"parent": "a"}
    run.process("a", state("1"))
    run.process("c", command=["-c", "spawn_main(tracker_fd=5, pipe_handle=19)"], **about)
    run.process("b", command=["-c", "spawn_main(tracker_fd=5, pipe_handle=17)"], **about, pid=1)
    run.process("e", fork=2, **about, started=1.0)
    run.process("d", fork=1, **about)
    run.process("f", rank=["1", "1"], **about)
    run.process("g", command=["/tmp/tmpab12_x/run.py"], **about)
    run.process("h", parent="gone")
    keys = {process.id: process.key for process in run.read()}
    spawned = "/train.py#1/-c spawn_main(tracker_fd=N, pipe_handle=N)"
    assert keys == {
        "a": "/train.py#1", "b": f"{spawned}#1", "c": f"{spawned}#2", "d": "/train.py#1/fork#1", "e": "/train.py#1/fork#2",
        "f": "/train.py#1/train.py rank 1,1#1", "g": "/train.py#1//tmp/tmpN/run.py#1", "h": "/train.py#2",
    }  # fmt: skip


def test_process_ids_that_began_again(tmp_path: Path) -> None:
    run = Recorded(tmp_path)
    run.process("a", pid=32767, started=1.0)
    run.process("b", pid=300, started=2.0)
    assert [process.key for process in run.read()] == ["/train.py#1", "/train.py#2"]


def test_the_earliest_difference_of_all_processes(tmp_path: Path) -> None:
    runs = [Recorded(tmp_path / name) for name in ("first", "other")]
    for run, digest in zip(runs, "12", strict=True):
        run.process("a", state("0", time=1), state(digest, 3, time=9))
        run.process("b", state(digest, 4, time=5), parent="a", fork=1)
    found = first_difference(runs[0].read(), runs[1].read())
    assert found is not None and found.process.id == "b" and found.is_child


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        (b"", b"", None),
        (b"a\nb\n", b"a\nb\n", None),
        (b"a\nb\n", b"a\nc\n", TextDifference(2, "b", "c")),
        (b"a\nb\n", b"a\n", TextDifference(2, "b", None)),
        (b"", b"\n", TextDifference(1, None, "")),
        (b"a\n", b"a\r\n", TextDifference(1, "a", "a")),
        (b"\xff", b"\xfe", TextDifference(1, "\\xff", "\\xfe")),
        (b"x" * 25_000 + b"\ny", b"x" * 25_000 + b"\nz", TextDifference(2, "y", "z")),
    ],
)
def test_texts(tmp_path: Path, first: bytes, other: bytes, expected: TextDifference | None) -> None:
    (tmp_path / "a").write_bytes(first)
    (tmp_path / "b").write_bytes(other)
    assert difference_of_texts(tmp_path / "a", tmp_path / "b") == expected


class FakeCuda:
    """What a GPU's generator says; drawing moves the offset."""

    def __init__(self) -> None:
        self.state: tuple[int, int] | None = (8128, 0)

    def initial_seed(self) -> int:
        return 0 if self.state is None else self.state[0]

    def get_offset(self) -> int:
        if self.state is None:
            raise RuntimeError("a graph is captured")
        return self.state[1]


class FakeJournal:
    def __init__(self) -> None:
        self.written: list[tuple[object, ...]] = []

    def event(self, *fields: object) -> None:
        self.written.append(fields)


def test_generators_of_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(INJECTED))
    from reprolint_recorder.generators import Generators

    journal, one, two = FakeJournal(), FakeCuda(), FakeCuda()
    cuda = type("cuda", (), {"_initialized": False, "default_generators": (one, two)})
    generators = Generators(journal)  # type: ignore[arg-type]
    generators._cuda = cuda
    place = ("train.py", 1, "<module>")
    generators.look(place)
    assert journal.written == []
    cuda._initialized = True
    two.state = (8128, 4)
    generators.look(place)  # the line that started CUDA drew from the second one
    one.state = (1, 0)
    generators.look(place)
    one.state = None
    generators.look(place)
    one.state = (1, 8)
    generators.look(None)
    shown = [(fields[1], *fields[2:4], fields[5]) for fields in journal.written]
    assert shown == [
        (place, "torch", "cuda:1", "draw"), (place, "torch", "cuda:0", "seed"), (None, "torch", "cuda:0", "draw"),
    ]  # fmt: skip
    assert len({fields[4] for fields in journal.written}) == 3


@pytest.fixture(autouse=True)
def _unload() -> Any:
    yield
    for name in [name for name in sys.modules if name.startswith("reprolint_recorder")]:
        del sys.modules[name]
