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
from pathlib import Path
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


def objects(shape: int | tuple[int, ...]) -> Any:
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(array.shape):
        array[index] = np.random.default_rng(0)
    return array


def structured() -> Any:
    array = np.zeros(2, dtype=[("weight", float), ("rng", object)])
    array["rng"] = objects(2)
    return array


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
    "deque": (lambda: collections.deque([np.random.default_rng(0)], maxlen=3), lambda held: number(held[0])),
    "set": (lambda: {np.random.default_rng(0), "x"}, lambda held: number((held - {"x"}).pop())),
    "frozenset": (lambda: frozenset([random.Random(0)]), lambda held: number(next(iter(held)))),
    "object in a set": (lambda: {Transform(np.random.default_rng(0))}, lambda held: number(next(iter(held)).rng)),
    "array of objects": (lambda: objects(2), lambda held: number(held[1])),
    "array of objects, two axes": (lambda: objects((2, 3)), lambda held: number(held[1, 2])),
    "array of objects, no axis": (lambda: objects(()), lambda held: number(held[()])),
    "field of a structured array": (structured, lambda held: number(held["rng"][1])),
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
    "deque",
    "set",
    "array of objects",
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


# Ranks


def rows(worker_init_fn: Any = reporting) -> list[Any]:
    return list(loaded(Report(), worker_init_fn=worker_init_fn))


def reporting_without(worker: int) -> None:
    get_worker_info().dataset.said = functools.partial(seed_worker, rank=None)(worker).as_dict()


@pytest.mark.parametrize(
    ("variables", "rank"),
    [
        ({"RANK": "0", "SLURM_PROCID": "5"}, 0),
        ({"RANK": "1"}, 1),
        ({"RANK": "3", "SLURM_PROCID": "5", "LOCAL_RANK": "7"}, 3),
        ({"SLURM_PROCID": "5", "LOCAL_RANK": "7"}, 5),
        ({"LOCAL_RANK": "7"}, 7),
    ],
    ids=str,
)
def test_the_workers_of_each_rank_draw_their_own_numbers(
    variables: dict[str, str], rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = rows()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for plain, (initial, said, python, numpy, own, held) in zip(without, rows(), strict=True):
        base = plain[0] % 2**32
        seed = derive_seed(base, rank) if rank else base
        assert (said["rank"], said["effective_seed"]) == (rank, seed)
        assert ("LOCAL_RANK" in str(said["warnings"])) == (set(variables) == {"LOCAL_RANK"})
        assert python == random.Random(seed).random()
        assert numpy == np.random.RandomState(seed).rand()
        assert held == np.random.default_rng(derive_seed(seed, "dataset.rng")).random()
        assert initial == (seed if rank else plain[0]), "rank 0 leaves PyTorch as it is"
        assert own == torch.rand(1, generator=torch.Generator().manual_seed(initial)).item()
        assert (list(plain[2:]) == [python, numpy, own, held]) == (rank == 0)


def test_no_two_ranks_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float] = []
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        drawn += [value for row in rows() for value in row[2:]]
        again = [value for row in rows() for value in row[2:]]
        assert drawn[-len(again) :] == again
    assert len(set(drawn)) == len(drawn) == 3 * 2 * 4


def test_ranks_that_work_on_the_same_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    without = rows()
    monkeypatch.setenv("RANK", "3")
    assert rows(reporting_without) == without


class Sent(Report):
    """One that can be sent to a process that is spawned."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)


def test_a_spawned_worker_has_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "2")
    spawned, forked = (list(loaded(Sent(), worker_init_fn=reporting, multiprocessing_context=how)) for how in ("spawn", "fork"))
    assert [row[2:] for row in spawned] == [row[2:] for row in forked]
    assert [row[1]["rank"] for row in spawned] == [2, 2]


def test_a_malformed_rank_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "one")
    monkeypatch.setattr(torch.utils.data, "get_worker_info", lambda: space(dataset=space()))
    before = runtime.fingerprint()
    for rank, error in (("auto", ValueError), (-1, ValueError), (True, TypeError), ("0", TypeError)):
        with pytest.raises(error, match=r"RANK is no rank: 'one'|a rank is"):
            seed_worker(0, rank=rank)  # type: ignore[arg-type]
    assert runtime.fingerprint() == before


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
        f=collections.deque([None, rng()]),
        g=objects(1),
        h=objects((1, 2)),
        i=structured(),
    )
    assert found(dataset) == (
        [
            "dataset.a",
            "dataset.b[1]",
            "dataset.c['x']",
            "dataset.c[3]",
            "dataset.f[1]",
            "dataset.g[0]",
            "dataset.h.flat[0]",
            "dataset.h.flat[1]",
            "dataset.d.args[0]",
            "dataset.d.keywords['rng']",
            "dataset.e.f.g",
            "dataset.i['rng'][0]",
            "dataset.i['rng'][1]",
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


IN_A_SET = "of them in a set, whose order is another one in each run; hold them in a list"


def test_sets() -> None:
    first, second, third = rng(), rng(), rng()
    assert found(space(a={first, random.Random(0), torch.Generator(), "x", 1, (1, "y"), None})) == (
        ["dataset.a{numpy.Generator}", "dataset.a{random.Random}", "dataset.a{torch.Generator}"],
        {},
    )
    assert found(space(a={first, second}, b=frozenset([third]))) == (
        ["dataset.b{numpy.Generator}"],
        {"dataset.a{numpy.Generator}": f"2 {IN_A_SET}"},
    )
    assert found(space(a={first, second}, z=[space(b=[second, first])])) == (["dataset.z[0].b[0]", "dataset.z[0].b[1]"], {})
    assert found(space(a={first, second}, z=[first])) == (["dataset.z[0]", "dataset.a{numpy.Generator}"], {}), "one is left"
    assert found({Transform(first), frozenset([Transform(second)])}) == (
        [
            "dataset{builtins.frozenset}{test_runtime_workers.Transform}.rng",
            "dataset{test_runtime_workers.Transform}.rng",
        ][::-1],
        {},
    )
    both = {Transform(first), Transform(second)}
    assert found(both) == ([], {"dataset{test_runtime_workers.Transform}": f"2 {IN_A_SET}"})
    assert found({np.random.mtrand._rand, np.random.RandomState(0)}) == (["dataset{numpy.RandomState}"], {}), "one is global"
    assert found(space(a={(1, "x"), (2, "y")}, b={"x", "y"}, c=frozenset(range(2000)), d={frozenset([1]), frozenset([2])})) == (
        [],
        {},
    )


class Bag(set[Any]):
    rng: Any


class Unread(set[Any]):
    def __iter__(self) -> Iterator[Any]:
        raise OSError("the file is closed")


def test_sets_of_ones_own() -> None:
    bag = Bag([1])
    bag.rng = rng()
    assert found(bag) == (["dataset.rng"], {})
    assert found(space(a=Unread([1]), b=rng())) == (
        ["dataset.b"],
        {"dataset.a": "cannot be searched for generators: OSError: the file is closed"},
    )


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: np.random.SeedSequence(0), "dataset.a"),
        (lambda: [np.random.SeedSequence(0)], "dataset.a[0]"),
        (lambda: {np.random.SeedSequence(0)}, "dataset.a{numpy.SeedSequence}"),
        (lambda: np.random.SeedSequence(0).spawn, "dataset.a.__self__"),
    ],
)
def test_a_seed_sequence_is_named(make: Callable[[], Any], path: str) -> None:
    paths, skipped = found(space(a=make(), b=rng()))
    assert paths == ["dataset.b"]
    assert set(skipped) == {path}
    assert skipped[path].startswith("spawns the same children in each worker and epoch")


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
    assert found(space(few=many[:1000])) == (["dataset.few[0]"], {})
    array = np.empty(1001, dtype=object)
    array[:] = many
    holding = {
        "all": many,
        "last": ["x"] * 1000 + [rng()],
        "pairs": [("x", rng())] * 1001,
        "nested": [{"x": [(1, rng())]}] * 1001,
        "table": dict.fromkeys(range(1001), rng()),
        "deque": collections.deque(many),
        "set": {rng() for _ in range(1001)},
        "objects": [Transform(rng()) for _ in range(1001)],
        "array": array,
        "column": array.reshape(1, 1001),
        "deep": [[[[[[[[0]]]]]]]] * 1001,  # as far as it looks
    }
    paths, skipped = found(holding)
    assert paths == []
    assert skipped == {
        f"dataset[{name!r}]": "holds more than 1000 entries, which are not searched for generators" for name in holding
    }


def test_samples_are_not_named_either() -> None:
    words = np.array(["x", None] * 1000, dtype=object)
    dataset = space(
        a=[("file", 1)] * 2000,
        b=["x"] * 2000,
        c=[Path("x"), None] * 1000,
        d=[{"file": "x", "boxes": [[1.0, 2.0]], "tags": {"y"}}] * 2000,
        e=[torch.zeros(2), np.zeros(2)] * 1000,
        f=[Pair("x", 1)] * 2000,
        g=dict.fromkeys(range(2000)),
        h=words,
        i=set(range(2000)),
        j=collections.deque([1] * 2000),
        k=[[]] * 2000,
        l=np.zeros(5000),
        m=[list(range(1200)) for _ in range(1200)],
        n=[0.5] * 300_000,
    )
    assert found(dataset) == ([], {})
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
