"""seed_worker: what the workers of a DataLoader draw."""

from __future__ import annotations

import collections
import enum
import functools
import random
import threading
import types
import unittest.mock
import weakref
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

import pytest

from reprolint import runtime
from reprolint.runtime import derive_seed, seed_worker, set_seed

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

from torch.utils.data import (  # noqa: E402
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    get_worker_info,
)

pytestmark = pytest.mark.usefixtures("clean")

Draw = Callable[[], float]


def number(rng: Any) -> float:
    """One number from whatever kind of generator."""
    if isinstance(rng, torch.Generator):
        return float(torch.rand(1, generator=rng).item())
    if isinstance(rng, np.random.BitGenerator):
        return float(rng.random_raw())
    return float(rng.random())


class Held(Dataset):  # type: ignore[misc]
    """Gives the worker's number and one draw; holds its generator somewhere."""

    def __init__(self, holder: Any, draw: Callable[[Any], float]) -> None:
        self.holder = holder
        self.draw = draw

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> tuple[int, float]:
        info = get_worker_info()
        return (-1 if info is None else info.id), self.draw(self.holder)


class Slotted:
    __slots__ = ("__hidden", "rng", "unset")

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.__hidden = random.Random(0)

    def hidden(self) -> random.Random:
        return self.__hidden


class Transform:
    def __init__(self, rng: Any) -> None:
        self.rng = rng

    def __call__(self, value: float) -> float:
        return value + number(self.rng)


class ClassWide:
    rng = np.random.default_rng(0)


class Pair(NamedTuple):
    name: str
    rng: Any


def closure() -> Callable[[], float]:
    rng = np.random.default_rng(0)
    return lambda: number(rng)


def default(rng: Any = np.random.default_rng(0)) -> float:  # noqa: B008 - that is the point
    return number(rng)


def keyword(*, rng: Any = np.random.default_rng(0)) -> float:  # noqa: B008
    return number(rng)


def inherited() -> Any:
    class Child(ClassWide):
        pass

    return Child()


def call(held: Any) -> float:
    return float(held())


def transformed(held: Any) -> float:
    return sum(float(transform(0)) for transform in held)


def state_with_an_advance() -> Any:
    state = np.random.RandomState(0)
    state.randn()
    return state


PLAIN: dict[str, tuple[Callable[[], Any], Callable[[Any], float]]] = {
    "default_rng": (lambda: np.random.default_rng(0), number),
    "Philox": (lambda: np.random.Generator(np.random.Philox(0)), number),
    "RandomState": (lambda: np.random.RandomState(0), number),
    "RandomState with an advance": (state_with_an_advance, lambda held: float(held.randn())),
    "RandomState on PCG64": (lambda: np.random.RandomState(np.random.PCG64(0)), number),
    "BitGenerator": (lambda: np.random.PCG64(0), number),
    "Random": (lambda: random.Random(0), number),
    "torch.Generator": (lambda: torch.Generator().manual_seed(0), number),
    "transforms": (lambda: [Transform(np.random.default_rng(0)), Transform(random.Random(0))], transformed),
    "tuple": (lambda: Pair("x", np.random.default_rng(0)), lambda held: number(held.rng)),
    "dict": (lambda: {"train": {1: np.random.default_rng(0)}}, lambda held: number(held["train"][1])),
    "slots": (Slotted, lambda held: number(held.rng)),
    "hidden slot": (Slotted, lambda held: number(held.hidden())),
    "partial": (lambda: functools.partial(number, np.random.default_rng(0)), call),
    "keyword of a partial": (lambda: functools.partial(number, rng=np.random.default_rng(0)), call),
    "bound method": (lambda: Transform(np.random.default_rng(0)).__call__, lambda held: float(held(0))),
    "bound method of a generator": (lambda: np.random.default_rng(0).random, call),
    "bound method of Random": (lambda: random.Random(0).gauss, lambda held: float(held(0, 1))),
    "builtin method of Random": (lambda: random.Random(0).random, call),
    "closure": (closure, call),
    "default argument": (lambda: default, call),
    "keyword default": (lambda: keyword, call),
    "attribute of the class": (ClassWide, lambda held: number(held.rng)),
    "attribute of the parent class": (inherited, lambda held: number(held.rng)),
}


def run(loader: Any, epochs: int = 2) -> list[list[tuple[int, float]]]:
    return [list(loader) for _ in range(epochs)]


def streams(epochs: list[list[tuple[int, float]]]) -> list[tuple[float, ...]]:
    """What each worker drew in each epoch."""
    out = []
    for epoch in epochs:
        by_worker = collections.defaultdict(list)
        for worker, value in epoch:
            by_worker[worker].append(value)
        out += [tuple(values) for _, values in sorted(by_worker.items())]
    return out


def loaded(dataset: Any, **options: Any) -> Any:
    set_seed(1)
    options = {
        "batch_size": None,
        "num_workers": 2,
        "worker_init_fn": seed_worker,
        "multiprocessing_context": "fork",
        **options,
    }
    return DataLoader(dataset, **options)


@pytest.mark.parametrize("kind", PLAIN)
def test_each_worker_of_each_epoch_draws_its_own_numbers(kind: str) -> None:
    make, draw = PLAIN[kind]
    without = streams(run(loaded(Held(make(), draw), worker_init_fn=None)))
    assert len(set(without)) == 1, "the problem that this solves"
    drawn = streams(run(loaded(Held(make(), draw))))
    assert len(drawn) == 4
    assert len({value for stream in drawn for value in stream}) == 16
    assert streams(run(loaded(Held(make(), draw)))) == drawn


def test_nested_datasets() -> None:
    def make() -> Any:
        first, second = (Held(make(), draw) for make, draw in (PLAIN["default_rng"], PLAIN["Random"]))
        return Subset(ConcatDataset([first, Subset(second, range(8))]), list(range(16)))

    assert len(set(streams(run(loaded(make(), worker_init_fn=None))))) == 1
    drawn = run(loaded(make()))
    assert len({value for epoch in drawn for _, value in epoch}) == 32
    assert run(loaded(make())) == drawn


def test_persistent_workers() -> None:
    make, draw = PLAIN["default_rng"]
    drawn = run(loaded(Held(make(), draw), persistent_workers=True), epochs=3)
    assert len({value for epoch in drawn for _, value in epoch}) == 24
    assert run(loaded(Held(make(), draw), persistent_workers=True), epochs=3) == drawn


def test_no_workers() -> None:
    make, draw = PLAIN["default_rng"]
    drawn = run(loaded(Held(make(), draw), num_workers=0, multiprocessing_context=None))
    rng = np.random.default_rng(0)
    assert [value for epoch in drawn for _, value in epoch] == [rng.random() for _ in range(16)], "nothing is touched"


class Endless(IterableDataset):  # type: ignore[misc]
    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def __iter__(self) -> Iterator[tuple[int, float]]:
        for _ in range(4):
            yield get_worker_info().id, self.rng.random()


def test_an_iterable_dataset() -> None:
    assert len(set(streams(run(loaded(Endless(), worker_init_fn=None))))) == 1
    drawn = run(loaded(Endless()))
    assert len({value for epoch in drawn for _, value in epoch}) == 16
    assert run(loaded(Endless())) == drawn


# A torch.Generator is missing: PyTorch 2.13 cannot send one to a process that it spawns.
SPAWNED = (
    "default_rng",
    "RandomState",
    "Random",
    "transforms",
    "slots",
    "keyword of a partial",
    "bound method",
)


class Many(Dataset):  # type: ignore[misc]
    """All at once, because a worker that is spawned takes seconds."""

    def __init__(self) -> None:
        self.holders = {kind: PLAIN[kind][0]() for kind in SPAWNED}

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> tuple[int, tuple[float, ...]]:
        return get_worker_info().id, tuple(PLAIN[kind][1](holder) for kind, holder in self.holders.items())


def test_spawned_workers_draw_what_forked_workers_draw() -> None:
    spawned = run(loaded(Many(), multiprocessing_context="spawn"), epochs=1)
    assert len({values[place] for _, values in spawned[0] for place in range(len(SPAWNED))}) == 4 * len(SPAWNED)
    assert run(loaded(Many()), epochs=1) == spawned


class Report(Dataset):  # type: ignore[misc]
    """Gives what seed_worker said, and what the global generators give after it."""

    said: dict[str, Any]

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.transforms = [random.Random(0), random.SystemRandom()]

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        return torch.initial_seed(), self.said, random.random(), np.random.rand(), torch.rand(1).item(), self.rng.random()


def reporting(worker: int) -> None:
    get_worker_info().dataset.said = seed_worker(worker).as_dict()


def test_the_global_generators_follow_the_documented_recipe() -> None:
    rows = list(loaded(Report(), worker_init_fn=reporting))
    assert len({row[0] for row in rows}) == 2
    for initial, said, python, numpy, own, held in rows:
        seed = initial % 2**32
        assert python == random.Random(seed).random()
        assert numpy == np.random.RandomState(seed).rand()
        assert own == torch.rand(1, generator=torch.Generator().manual_seed(initial)).item(), "torch is left as it is"
        assert held == np.random.default_rng(derive_seed(seed, "dataset.rng")).random()
        assert said == {
            "seed": None,
            "effective_seed": seed,
            "rank": None,
            "seeded": ["python", "numpy", "torch", "dataset.rng", "dataset.transforms[0]"],
            "on_import": [],
            "set": {},
            "skipped": {"dataset.transforms[1]": "TypeError: draws from the operating system, which nothing seeds"},
            "warnings": [],
        }


def test_another_bit_generator_under_numpy_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.utils.data, "get_worker_info", lambda: space(dataset=space()))
    np.random.set_bit_generator(np.random.PCG64(1))
    before = runtime.fingerprint()
    with pytest.raises(ValueError, match=r"numpy\.random runs on PCG64"):
        seed_worker(0)
    assert runtime.fingerprint() == before


def test_outside_a_worker() -> None:
    before = runtime.fingerprint()
    with pytest.raises(RuntimeError, match="worker_init_fn"):
        seed_worker(0)
    assert runtime.fingerprint() == before


# What is found in a dataset, and what is not


def found(dataset: Any) -> tuple[list[str], dict[str, str]]:
    skipped: dict[str, str] = {}
    return [path for path, _ in runtime._held_generators(dataset, skipped)], skipped


def rng() -> Any:
    return np.random.default_rng(0)


def space(**attributes: Any) -> types.SimpleNamespace:
    return types.SimpleNamespace(**attributes)


def test_paths() -> None:
    one = rng()
    dataset = space(
        a=one,
        again=one,
        b=[None, rng()],
        c={"x": rng(), 3: rng()},
        d=functools.partial(number, rng(), rng=rng()),
        e=space(f=space(g=rng())),
    )
    assert found(dataset) == (
        [
            "dataset.a",
            "dataset.b[1]",
            "dataset.c['x']",
            "dataset.c[3]",
            "dataset.d.args[0]",
            "dataset.d.keywords['rng']",
            "dataset.e.f.g",
        ],
        {},
    )


class Long(list[Any]):
    """A dataset that is a list."""

    rng: Any


class Key:
    """Looks different in each process, as most objects do."""


class Split(enum.Enum):
    TRAIN = 1


def test_a_path_is_the_same_in_each_run() -> None:
    paths, _ = found(space(a={Key(): rng(), Split.TRAIN: rng(), (1, 2): rng(), True: rng()}))
    assert paths == [f"dataset.a.values()[{index}]" for index in range(4)]


def test_the_global_generators_are_not_held() -> None:
    dataset = space(
        a=random.random,
        b=random._inst,  # type: ignore[attr-defined]
        c=np.random.rand,
        d=np.random.mtrand._rand,
        e=np.random.get_bit_generator(),
        f=np.random.Generator(np.random.get_bit_generator()),
        g=torch.default_generator,
        h=np.random,
        i=torch,
        j=random,
        k=random.Random,
    )
    assert found(dataset) == ([], {})


def test_objects_that_hold_each_other() -> None:
    parent = space(rng=rng())
    parent.child = space(parent=parent, children=[parent])
    parent.children = [parent.child, parent.child]
    parent.children.append(parent.children)
    assert found(parent) == (["dataset.rng"], {})


def test_samples_are_not_searched() -> None:
    many = [rng()] * 1001
    paths, skipped = found(space(samples=[("file", 1)] * 2000, names=["x"] * 2000, many=many, table=dict.fromkeys(range(2000))))
    assert paths == []
    assert set(skipped) == {"dataset.many", "dataset.table"}
    assert found(space(few=many[:1000])) == (["dataset.few[0]"], {})
    own = Long([1] * 2000)
    own.rng = rng()
    assert found(own) == (["dataset.rng"], {})


def test_a_search_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "MOST", 5000)
    boxes = [[space(x=[[1], [2]]) for _ in range(100)] for _ in range(100)]
    paths, skipped = found(space(boxes=boxes, rng=rng()))
    assert paths == ["dataset.rng"], "what is near is found first"
    assert skipped == {"dataset": "holds more than 5000 objects, not all of which are searched for generators"}


class Answers:
    """Has every attribute, a new one each time."""

    def __getattr__(self, name: str) -> Any:
        return Answers()


class Refuses:
    def __init__(self) -> None:
        self.rng = rng()

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    @property
    def __self__(self) -> Any:
        raise RuntimeError("no")


class Guarded:
    def __init__(self) -> None:
        object.__setattr__(self, "rng", rng())

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


class Pretends:
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("which?")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("equal?")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise RuntimeError("true?")

    def __repr__(self) -> str:
        raise RuntimeError("what?")


class Property:
    asked: ClassVar[list[int]] = []

    @property
    def rng(self) -> Any:
        self.asked.append(1)
        raise RuntimeError("too early")


class Rows(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        raise OSError("the file is closed")


class Slots:
    __slots__ = "rng"

    def __init__(self) -> None:
        self.rng = rng()


class Wrong:
    """Slots that are a used-up iterator, and a dict that is none."""

    __slots__ = iter(["a"])
    __dict__ = 5  # type: ignore[assignment]


def test_what_objects_do_when_asked_is_no_reason_to_stop() -> None:
    lock = threading.Lock()
    dataset = space(
        a=Answers(),
        b=Refuses(),
        c=Guarded(),
        d=Pretends(),
        e=Property(),
        f=Rows([rng()]),
        g=Slots(),
        h=unittest.mock.MagicMock(),
        i=[lock, open, print, (x for x in "a"), weakref.ref(lock), object(), NotImplemented, {1}, slice(1), memoryview(b"a")],
        j=Wrong(),
        k={Pretends: Pretends()},
        z=rng(),
    )
    dataset.l = weakref.proxy(dataset.b)
    paths, skipped = found(dataset)
    assert {"dataset.b.rng", "dataset.c.rng", "dataset.g.rng", "dataset.z"} <= set(paths)
    assert set(skipped) == {"dataset.b", "dataset.f"}
    assert not Property.asked
    assert all(path.startswith("dataset.") for path in paths)


def test_a_variable_without_a_value() -> None:
    def make() -> Callable[[], Any]:
        def inner() -> Any:
            return late, held

        held = rng()
        if held is None:
            late = 1
        return inner

    assert found(space(a=make())) == (["dataset.a.held"], {})


class Own(np.random.RandomState):  # type: ignore[misc]
    def set_state(self, state: Any) -> None:
        raise OSError("read only\nreally")


def test_a_generator_that_does_not_take_a_seed() -> None:
    class Broken(random.Random):
        def seed(self, *arguments: Any) -> None:
            if arguments and arguments[0] is not None:
                raise ArithmeticError("never")

    dataset = TensorDataset(torch.arange(2))
    dataset.rngs = [Own(0), Broken(), random.Random(0)]
    dataset.said = None
    loader = loaded(Subset(dataset, [0, 1]), worker_init_fn=lambda worker: print_report(seed_worker(worker)), num_workers=1)
    assert len(list(loader)) == 2


def print_report(report: runtime.SeedReport) -> None:
    assert report.seeded == ("python", "numpy", "torch", "dataset.dataset.rngs[2]")
    assert report.skipped == {
        "dataset.dataset.rngs[0]": "OSError: read only\nreally",
        "dataset.dataset.rngs[1]": "ArithmeticError: never",
    }
    assert len(str(report).splitlines()) == 1
