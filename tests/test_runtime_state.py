"""The state of all generators: saved, restored, isolated."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import os
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprolint import runtime
from reprolint.runtime import fingerprint, isolated_rng, restore_rng_state, rng_state, seed_worker, set_seed

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

pytestmark = pytest.mark.usefixtures("clean")

in_one_test = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

DRAWS: list[Callable[[], Any]] = [
    random.random,
    lambda: random.gauss(0, 1),
    lambda: random.randrange(10**30),
    lambda: np.random.rand(),
    lambda: np.random.randn(),
    lambda: np.random.randint(0, 9, 3, dtype=np.uint8).tolist(),
    lambda: torch.rand(3).tolist(),
    lambda: torch.randn(17).tolist(),
    lambda: torch.randperm(5).tolist(),
]


def draws() -> list[Any]:
    return [draw() for draw in DRAWS]


def by_json(state: dict[str, Any]) -> Any:
    return json.loads(json.dumps(state))


def by_torch(state: dict[str, Any]) -> Any:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


# There and back


@pytest.mark.parametrize("way", [lambda state: state, by_json, by_torch], ids=["itself", "json", "torch.save"])
@in_one_test
@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from(DRAWS), max_size=6))
def test_draws_after_restoring_are_the_same(way: Callable[[Any], Any], seed: int, before: list[Callable[[], Any]]) -> None:
    set_seed(seed)
    for draw in before:
        draw()
    state = way(rng_state())
    mark = fingerprint()
    first = draws()
    restore_rng_state(state)
    assert fingerprint() == mark
    assert draws() == first


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"])
@pytest.mark.parametrize("way", [by_json, by_torch], ids=["json", "torch.save"])
def test_another_bit_generator_under_numpy(name: str, way: Callable[[Any], Any]) -> None:
    np.random.set_bit_generator(getattr(np.random, name)(3))
    np.random.randn(), np.random.randint(0, 9, dtype=np.uint32)
    state = way(rng_state())
    first = draws()
    for there in ("MT19937", "PCG64", name):
        np.random.set_bit_generator(getattr(np.random, there)(4))
        restore_rng_state(state)
        assert type(np.random.get_bit_generator()).__name__ == name
        assert draws() == first


def test_a_bit_generator_that_numpy_does_not_ship() -> None:
    class Own(np.random.PCG64):  # type: ignore[misc]
        pass

    np.random.set_bit_generator(Own(3))
    with isolated_rng():
        first = draws()
    assert draws() == first
    assert type(np.random.get_bit_generator()) is Own


def test_looking_moves_nothing() -> None:
    set_seed(1)
    first = draws()
    set_seed(1)
    rng_state(), fingerprint()
    assert draws() == first


def test_a_default_device_does_not_matter() -> None:
    torch.set_default_device("meta")
    try:
        state = rng_state()
        restore_rng_state(state)
        assert rng_state() == state
    finally:
        torch.set_default_device(None)


def test_what_the_state_does_not_know_is_left_alone() -> None:
    state = rng_state()
    del state["numpy"], state["torch"]
    marks = fingerprint("numpy"), fingerprint("torch")
    random.random()
    restore_rng_state(state)
    assert (fingerprint("numpy"), fingerprint("torch")) == marks


# States that are none


def valid_state() -> Any:
    set_seed(77)
    random.gauss(0, 1), np.random.randn()
    return by_json(rng_state())


def broken(*path: Any, to: Any = ...) -> Any:
    state = valid_state()
    place = state
    for key in path[:-1]:
        place = place[key]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to(place[path[-1]]) if callable(to) else to
    return state


NUMPYS = ("numpy", "state", "key", "values")


@pytest.mark.parametrize(
    "make",
    [
        lambda: None,
        lambda: [],
        lambda: "state",
        lambda: 5,
        dict,
        lambda: broken("format"),
        lambda: broken("format", to=2),
        lambda: broken("python"),
        lambda: broken("python", to=None),
        lambda: broken("python", "words"),
        lambda: broken("python", "words", to=lambda words: words[:-1]),
        lambda: broken("python", "words", to=lambda words: [*words, 1]),
        lambda: broken("python", "words", to=7),
        lambda: broken("python", "words", 5, to=-1),
        lambda: broken("python", "words", 5, to=2**32),
        lambda: broken("python", "words", 5, to="1"),
        lambda: broken("python", "words", 5, to=1.5),
        lambda: broken("python", "words", 5, to=True),
        lambda: broken("python", "words", 624, to=625),
        lambda: broken("python", "version"),
        lambda: broken("python", "version", to=9),
        lambda: broken("python", "gauss"),
        lambda: broken("python", "gauss", to="0.5"),
        lambda: broken("python", "gauss", to=[0.5]),
        lambda: broken("numpy", to=None),
        lambda: broken("numpy", to="MT19937"),
        lambda: broken("numpy", to={}),
        lambda: broken("numpy", "bit_generator"),
        lambda: broken("numpy", "bit_generator", to="seed"),
        lambda: broken("numpy", "bit_generator", to="shuffle"),
        lambda: broken("numpy", "bit_generator", to="BitGenerator"),
        lambda: broken("numpy", "bit_generator", to="PCG64"),
        lambda: broken("numpy", "bit_generator", to=None),
        lambda: broken("numpy", "bit_generator", to=["MT19937"]),
        lambda: broken("numpy", "state", "pos"),
        lambda: broken("numpy", "state", "pos", to=625),
        lambda: broken("numpy", "state", "pos", to=-1),
        lambda: broken("numpy", "state", "pos", to=10**30),
        lambda: broken("numpy", "state", "pos", to=None),
        lambda: broken("numpy", "state", "key"),
        lambda: broken("numpy", "state", "key", "dtype"),
        lambda: broken("numpy", "state", "key", "dtype", to="float64"),
        lambda: broken("numpy", "state", "key", "dtype", to="no such type"),
        lambda: broken("numpy", "state", "key", "dtype", to="object"),
        lambda: broken(*NUMPYS, to=lambda words: words[:-1]),
        lambda: broken(*NUMPYS, to=lambda words: [*words, 1]),
        lambda: broken(*NUMPYS, to=lambda words: [words]),
        lambda: broken(*NUMPYS, 0, to=-1),
        lambda: broken(*NUMPYS, 0, to=2**40),
        lambda: broken(*NUMPYS, 0, to="x"),
        lambda: broken("numpy", "has_gauss"),
        lambda: broken("numpy", "gauss"),
        lambda: broken("numpy", "gauss", to="x"),
        lambda: broken("torch", to=None),
        lambda: broken("torch", to={}),
        lambda: broken("torch", "cpu"),
        lambda: broken("torch", "cpu", to=""),
        lambda: broken("torch", "cpu", to=None),
        lambda: broken("torch", "cpu", to=lambda text: text[:-1]),
        lambda: broken("torch", "cpu", to=lambda text: text[:-4]),
        lambda: broken("torch", "cpu", to=lambda text: text[:400]),
        lambda: broken("torch", "cpu", to=lambda text: text + "AAAA"),
        lambda: broken("torch", "cpu", to=lambda text: "*" + text),
        lambda: broken("torch", "cpu", to=lambda text: "A" * len(text)),
        lambda: broken("torch", "cpu", to=lambda text: "é" * len(text)),
        lambda: broken("torch", "cuda", to="AAAA"),
        lambda: broken("torch", "cuda", to=["A"]),
        lambda: broken("torch", "cuda", to=[None]),
        lambda: broken("torch", "cuda", to=["AAAA", "AAAAAAAA"]),
        lambda: broken("torch", "cuda", to=1.5),
        lambda: broken("torch", "cuda", to=None),
        lambda: broken("torch", "xpu", to=5),
        lambda: broken("torch", "mps", to={"0": "AAAA"}),
        lambda: broken("torch", to={"on_import": 5}),
        lambda: broken("torch", to={"on_import": {}}),
        lambda: broken("torch", to={"on_import": {"seed": -1, "deterministic": True, "warn_only": False}}),
        lambda: broken("torch", to={"on_import": {"seed": 1, "deterministic": "x", "warn_only": False}}),
        lambda: broken("torch", to={"on_import": {"seed": 1}}),
        lambda: broken("torch", to={"on_import": {"state": {}}}),
        lambda: broken("numpy", to={"on_import": {"seed": "1"}}),
        lambda: broken("numpy", to={"on_import": {"state": {}}}),
        lambda: broken("numpy", to={"on_import": None}),
    ],
)
def test_a_broken_state_touches_nothing(make: Callable[[], Any]) -> None:
    state = make()
    set_seed(1)
    before = fingerprint(), np.random.get_bit_generator()
    with pytest.raises(ValueError, match=r"^not a state of rng_state\(\): "):
        restore_rng_state(state)
    assert (fingerprint(), np.random.get_bit_generator()) == before
    assert not runtime._on_import


def test_positions_outside_a_buffer_are_refused() -> None:
    np.random.set_bit_generator(np.random.Philox(1))
    state = by_json(rng_state())
    for position in (5, -1, "1", None):
        with pytest.raises(ValueError, match="position"):
            restore_rng_state({**state, "numpy": {**state["numpy"], "buffer_pos": position}})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    out = [path] if path else []
    entries = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, inner in entries:
        out += places(inner, (*path, key))
    return out


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(in_one_test, max_examples=200)
@given(st.data())
def test_whatever_is_in_a_state_it_is_restored_or_refused_as_a_whole(data: st.DataObject) -> None:
    state = valid_state()
    for path in data.draw(st.lists(st.sampled_from(places(state)), min_size=1, max_size=2)):
        place = state
        try:
            for key in path[:-1]:
                place = place[key]
            old = place[path[-1]]
        except (LookupError, TypeError):
            continue
        what = data.draw(st.sampled_from(["drop", "replace", "cut", "swap"]))
        if what == "drop" and isinstance(place, (dict, list)):
            del place[path[-1]]
        elif what == "cut" and isinstance(old, (str, list)) and isinstance(place, (dict, list)):
            place[path[-1]] = old[: data.draw(st.integers(0, len(old)))]
        elif isinstance(place, (dict, list)):
            place[path[-1]] = data.draw(anything)
    set_seed(1)
    before = fingerprint()
    untouched = copy.deepcopy(state)
    try:
        restore_rng_state(state)
    except ValueError:
        assert fingerprint() == before
    else:
        first = draws()
        set_seed(1)
        restore_rng_state(untouched)
        assert draws() == first


# Devices, pretended


class Devices:
    """CUDA with some devices, without the hardware."""

    def __init__(self, count: int, *, started: bool = True) -> None:
        self.states = [torch.full((16,), index, dtype=torch.uint8) for index in range(count)]
        self.started = started
        self.seeds: list[int] = []

    def set(self, state: Any, device: str) -> None:
        self.states[int(device.rpartition(":")[2])] = state

    def install(self, monkeypatch: pytest.MonkeyPatch, kind: str = "cuda") -> Devices:
        monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: kind == "cuda")
        for name, value in {
            "is_available": lambda: True,
            "is_initialized": lambda: self.started,
            "device_count": lambda: len(self.states),
            "get_rng_state_all": lambda: list(self.states),
            "get_rng_state": lambda device=0: self.states[0],
            "set_rng_state": self.set,
            "manual_seed": lambda seed: None,
            "manual_seed_all": self.seeds.append,
        }.items():
            monkeypatch.setattr(getattr(torch, kind), name, value)
        return self


@pytest.mark.parametrize("kind", ["cuda", "xpu"])
def test_the_generators_of_devices(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = Devices(3).install(monkeypatch, kind)
    saved = list(devices.states)
    state = by_torch(rng_state())
    mark = fingerprint("torch")
    devices.states = [torch.zeros(16, dtype=torch.uint8)] * 3
    assert fingerprint("torch") != mark
    restore_rng_state(state)
    assert all(torch.equal(now, before) for now, before in zip(devices.states, saved, strict=True))
    with isolated_rng():
        devices.states[1] = torch.ones(16, dtype=torch.uint8)
    assert fingerprint("torch") == mark


def test_the_generator_of_mps(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [torch.arange(16, dtype=torch.uint8)]
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "get_rng_state", lambda: states[-1])
    monkeypatch.setattr(torch.mps, "set_rng_state", lambda state: states.append(state))
    state = rng_state()
    states.append(torch.zeros(16, dtype=torch.uint8))
    restore_rng_state(state)
    assert torch.equal(states[-1], states[0])


def test_devices_that_have_not_started_are_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = Devices(1, started=False).install(monkeypatch)
    set_seed(5)
    devices.seeds.clear()
    state = by_json(rng_state())
    assert state["torch"]["cuda"] == 5
    restore_rng_state(state)
    assert devices.seeds == [5]


def test_more_devices_in_the_state_than_here(monkeypatch: pytest.MonkeyPatch) -> None:
    Devices(3).install(monkeypatch)
    state = rng_state()
    devices = Devices(1).install(monkeypatch)
    devices.states[0] = torch.ones(16, dtype=torch.uint8)
    with pytest.warns(RuntimeWarning, match=r"no such device here.*: cuda:1, cuda:2$") as caught:
        restore_rng_state(state)
    assert Path(caught[0].filename) == Path(__file__), "the warning is about the caller's line"
    assert devices.states[0].sum() == 0


def test_fewer_devices_in_the_state_than_here(monkeypatch: pytest.MonkeyPatch) -> None:
    Devices(1).install(monkeypatch)
    state = rng_state()
    devices = Devices(2).install(monkeypatch)
    devices.states[1] = torch.full((16,), 9, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        restore_rng_state(state)
    assert devices.states[1][0] == 9


def test_a_broken_state_of_a_device_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    Devices(2).install(monkeypatch)
    state = by_json(rng_state())
    before = fingerprint()
    random.random()
    moved = fingerprint()
    assert moved != before
    for states in (["AAAA", "AAAA"], [*state["torch"]["cuda"][:1], "AAAA"], ["*", "*"], [1, 2]):
        with pytest.raises(ValueError, match="not a state"):
            restore_rng_state({**state, "torch": {**state["torch"], "cuda": states}})
        assert fingerprint() == moved


def test_a_state_of_another_machine_without_its_devices() -> None:
    state = rng_state()
    state["torch"]["cuda"] = 3
    restore_rng_state(state)
    state["torch"]["xpu"] = ["AAAA"]
    with pytest.warns(RuntimeWarning, match="xpu:0"):
        restore_rng_state(state)


# Going on in the middle of an epoch


class Noisy(torch.utils.data.Dataset):  # type: ignore[misc]
    """Augments with all three libraries, and with a generator of its own."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def __len__(self) -> int:
        return 24

    def __getitem__(self, index: int) -> Any:
        noise = random.random() + np.random.randn() + torch.randn(1).item()
        return torch.full((4,), index + noise), torch.tensor([float(index % 3)])


class Training:
    def __init__(self, workers: int) -> None:
        set_seed(3)
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.Dropout(0.5), torch.nn.Linear(16, 1))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-4, momentum=0.9)
        self.loader = torch.utils.data.DataLoader(
            Noisy(), batch_size=4, shuffle=True, num_workers=workers, worker_init_fn=seed_worker
        )

    def step(self, batch: Any) -> None:
        self.optimizer.zero_grad()
        (self.model(batch[0]) - batch[1]).square().mean().backward()
        self.optimizer.step()

    def result(self) -> list[Any]:
        return [parameter.tolist() for parameter in self.model.parameters()] + draws()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_training_that_goes_on_in_the_middle_of_an_epoch(workers: int) -> None:
    whole = Training(workers)
    for batch in whole.loader:
        whole.step(batch)
    expected = whole.result()

    stopped = Training(workers)
    epoch = rng_state()
    for number, batch in enumerate(stopped.loader):
        stopped.step(batch)
        if number == 2:
            break
    checkpoint = {
        "model": stopped.model.state_dict(),
        "optimizer": stopped.optimizer.state_dict(),
        "epoch": epoch,
        "now": rng_state(),
    }
    file = io.BytesIO()
    torch.save(checkpoint, file)
    file.seek(0)

    resumed = Training(workers)
    set_seed(999)
    draws()
    loaded = torch.load(file, weights_only=True)
    resumed.model.load_state_dict(loaded["model"])
    resumed.optimizer.load_state_dict(loaded["optimizer"])
    restore_rng_state(loaded["epoch"])
    batches = iter(resumed.loader)
    for _ in range(3):
        next(batches)
    restore_rng_state(loaded["now"])
    for batch in batches:
        resumed.step(batch)
    assert resumed.result() == expected


# isolated_rng


def switches() -> tuple[Any, ...]:
    cudnn = torch.backends.cudnn
    enabled, warn_only = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    return cudnn.deterministic, cudnn.benchmark, enabled, warn_only


def disturb() -> None:
    draws()
    torch.backends.cudnn.benchmark = True
    os.environ["PYTHONHASHSEED"] = "77"
    os.environ["PL_GLOBAL_SEED"] = "77"
    os.environ.pop("PL_SEED_WORKERS", None)


def standing() -> tuple[Any, ...]:
    return fingerprint(), switches(), dict(os.environ)


def test_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PL_SEED_WORKERS", "1")
    random.gauss(0, 1), np.random.randn()
    before = standing()
    with isolated_rng() as nothing:
        assert nothing is None
        first = draws()
        disturb()
    assert standing() == before
    with isolated_rng(4, deterministic="strict") as report:
        assert report is not None
        assert report.seeded == ("python", "numpy", "torch")
        disturb()
        assert switches() == (True, True, True, False)
        assert "CUBLAS_WORKSPACE_CONFIG" in os.environ
    assert standing() == before
    assert draws() == first


@pytest.mark.parametrize("mode", [False, True])
def test_the_deterministic_mode_is_put_back(mode: bool) -> None:
    torch.use_deterministic_algorithms(True, warn_only=mode)
    torch.backends.cudnn.deterministic = True
    before = standing()
    with isolated_rng(
        1,
        deterministic="strict",
    ):
        pass
    assert standing() == before
    with isolated_rng():
        torch.use_deterministic_algorithms(False)
        torch.backends.cudnn.deterministic = False
    assert standing() == before
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.deterministic = False


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, SystemExit])
def test_after_an_exception(error: type[BaseException]) -> None:
    before = standing()
    with pytest.raises(error), isolated_rng(1):
        raise error(disturb())
    assert standing() == before


def test_the_seed_inside() -> None:
    set_seed(5, deterministic=False)
    expected = draws()
    set_seed(1)
    with isolated_rng(5):
        assert draws() == expected
        set_seed(6)
        with isolated_rng(5):
            assert draws() == expected
    with isolated_rng(0):
        zero = draws()
    set_seed(0)
    assert draws() == zero


def test_blocks_in_blocks_and_one_object_twice() -> None:
    block = isolated_rng(3)
    before = standing()
    with block:
        first = draws()
        middle = standing()
        with block:
            assert draws() == first
            disturb()
        assert standing() == middle
        with isolated_rng():
            disturb()
        assert standing() == middle
    assert standing() == before


def test_another_generator_under_numpy() -> None:
    before = standing()
    with isolated_rng():
        np.random.set_bit_generator(np.random.PCG64(1))
        np.random.randn()
    assert standing() == before
    np.random.set_bit_generator(np.random.PCG64(1))
    before = standing()
    with pytest.raises(ValueError, match="PCG64"), isolated_rng(3):
        raise AssertionError
    assert standing() == before
    with isolated_rng():
        np.random.set_bit_generator(np.random.MT19937(1))
    assert standing() == before


def test_a_function() -> None:
    @isolated_rng(4)
    def noisy(count: int, *, twice: bool = False) -> list[Any]:
        """Docs."""
        out = draws()
        disturb()
        if count:
            assert noisy(count - 1) == out
        return out * (2 if twice else 1)

    before = standing()
    assert noisy(3) == noisy(0, twice=True)[: len(DRAWS)]
    assert standing() == before
    assert (noisy.__name__, noisy.__doc__) == ("noisy", "Docs.")

    @isolated_rng(4)
    def failing() -> None:
        disturb()
        raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert standing() == before


def test_a_method() -> None:
    class Model:
        @isolated_rng(4)
        def sample(self) -> list[Any]:
            return [self, *draws()]

        @staticmethod
        @isolated_rng(4)
        def fixed() -> list[Any]:
            return draws()

        @classmethod
        @isolated_rng(4)
        def made(cls) -> list[Any]:
            return [cls, *draws()]

    before = standing()
    model = Model()
    assert model.sample() == [model, *model.fixed()]
    assert Model.made()[1:] == Model.fixed()
    assert standing() == before


def test_what_cannot_be_decorated() -> None:
    def generator() -> Any:
        yield 1

    async def coroutine() -> None:
        await asyncio.sleep(0)

    async def both() -> Any:
        yield 1

    for function in (generator, coroutine, both):
        with pytest.raises(TypeError, match="plain functions"):
            isolated_rng(1)(function)
    for other in (staticmethod(test_a_block), classmethod(test_a_block), Training, 5):
        with pytest.raises(TypeError, match="decorates functions, not"):
            isolated_rng(1)(other)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="a seed is an integer"):
        isolated_rng(test_a_block)  # type: ignore[arg-type]
