"""The runtime's seeds: the same numbers as the libraries' own calls, checked first, reported."""

from __future__ import annotations

import json
import os
import random
import sys
import types
import unittest.mock
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import ROOT, Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprolint import runtime
from reprolint.runtime import SeedReport, derive_seed, fingerprint, generator, set_seed

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

pytestmark = pytest.mark.usefixtures("clean")

seeds = st.integers(0, 2**32 - 1)
in_one_test = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

Draws = tuple[float, list[float], list[float]]


def draws() -> Draws:
    return random.random(), list(np.random.rand(3)), torch.rand(3).tolist()


def everything() -> tuple[Any, ...]:
    """What a call that fails must not have touched."""
    cudnn = torch.backends.cudnn
    switches = cudnn.deterministic, cudnn.benchmark, torch.are_deterministic_algorithms_enabled()
    return fingerprint(), random.getstate(), switches, dict(os.environ), dict(runtime._on_import)


# The numbers


@in_one_test
@given(seeds)
def test_the_numbers_are_those_of_the_libraries(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    expected = draws()
    report = set_seed(seed)
    assert draws() == expected
    assert (report.seed, report.effective_seed, report.rank) == (seed, seed, None)
    assert report.seeded == ("python", "numpy", "torch")
    assert (report.on_import, report.skipped) == ((), {})


def test_the_default_is_42() -> None:
    set_seed()
    first = draws()
    set_seed(42)
    assert draws() == first


class Index:
    def __init__(self, value: object) -> None:
        self.value = value

    def __index__(self) -> Any:
        return self.value


@pytest.mark.parametrize(
    "seed",
    [np.int64(7), np.uint8(7), np.uint32(7), np.array(7), torch.tensor(7), Index(7)],
    ids=lambda seed: type(seed).__module__ + "." + type(seed).__name__,
)
def test_every_integer_type_is_a_seed(seed: Any) -> None:
    report = set_seed(seed)
    assert type(report.seed) is int
    after = draws()
    set_seed(7)
    assert draws() == after


BAD_SEEDS = [
    (-1, ValueError),
    (2**32, ValueError),
    (10**30, ValueError),
    (np.int64(-1), ValueError),
    (1.0, TypeError),
    (float("nan"), TypeError),
    ("42", TypeError),
    (None, TypeError),
    (True, TypeError),
    (np.bool_(True), TypeError),
    ([1], TypeError),
    (np.array([1, 2]), TypeError),
    (np.float64(3), TypeError),
    (torch.tensor([1, 2]), TypeError),
    (Index("1"), TypeError),
    (Index(None), TypeError),
    (int, TypeError),
    (Index, TypeError),
]


@pytest.mark.parametrize(("seed", "error"), BAD_SEEDS, ids=lambda value: repr(value)[:30])
def test_a_bad_seed_touches_nothing(seed: Any, error: type[Exception]) -> None:
    before = everything()
    for call in (
        set_seed,
        lambda seed: set_seed(seed, deterministic="strict"),
        generator,
        derive_seed,
        lambda seed: runtime.isolated_rng(seed) if seed is not None else set_seed(seed),
        runtime.ensure_hash_seed,
    ):
        with pytest.raises(error, match="a seed is"):
            call(seed)
    assert everything() == before


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"deterministic": "yes"}, ValueError),
        ({"deterministic": None}, ValueError),
        ({"deterministic": 2}, ValueError),
        ({"deterministic": 1}, ValueError),
        ({"deterministic": 0}, ValueError),
        ({"deterministic": 1.0}, ValueError),
        ({"deterministic": np.bool_(True)}, ValueError),
        ({"deterministic": np.array([True, False])}, ValueError),
        ({"deterministic": "Strict"}, ValueError),
        ({"warn_only": 1}, ValueError),
        ({"warn_only": None, "deterministic": "strict"}, ValueError),
        ({"rank": -1}, ValueError),
        ({"rank": 2**32}, ValueError),
        ({"rank": True}, TypeError),
        ({"rank": "0"}, TypeError),
        ({"rank": 1.0}, TypeError),
    ],
    ids=str,
)
def test_a_bad_argument_touches_nothing(arguments: dict[str, Any], error: type[Exception]) -> None:
    before = everything()
    with pytest.raises(error):
        set_seed(1, **arguments)
    assert everything() == before


@pytest.mark.parametrize("mode", [1, 0, 1.0, np.bool_(False), None, "yes"], ids=repr)
def test_a_mode_that_is_none_is_refused_everywhere(mode: Any) -> None:
    before = everything()
    for seed in (None, 3):
        with pytest.raises(ValueError, match=r'deterministic is True, False or "strict"'):
            runtime.isolated_rng(seed, deterministic=mode)
    for switches in ({"deterministic": mode, "warn_only": False}, {"deterministic": True, "warn_only": 1}):
        with pytest.raises(ValueError, match="not a state"):
            runtime.restore_rng_state({**runtime.rng_state(), "torch": {"on_import": {"seed": 1, **switches}}})
    assert everything() == before


def test_another_bit_generator_under_numpy_is_refused() -> None:
    np.random.set_bit_generator(np.random.PCG64(3))
    before = everything()
    with pytest.raises(ValueError, match=r"numpy\.random runs on PCG64.*set_bit_generator"):
        set_seed(1)
    assert everything() == before
    np.random.set_bit_generator(np.random.MT19937())
    set_seed(1)
    after = np.random.rand(3)
    np.random.seed(1)
    assert (np.random.rand(3) == after).all()


def test_a_normal_number_drawn_in_advance_is_forgotten() -> None:
    set_seed(5)
    first = [random.gauss(0, 1), np.random.randn()]
    random.gauss(0, 1), np.random.randn(2)
    set_seed(5)
    assert [random.gauss(0, 1), np.random.randn()] == first


# Devices


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What is asked of the devices."""
    out: list[tuple[str, tuple[Any, ...]]] = []

    def recorder(name: str) -> Callable[..., None]:
        return lambda *arguments: out.append((name, arguments))

    for module, names in (
        ("cuda", ("manual_seed", "manual_seed_all")),
        ("mps", ("manual_seed",)),
        ("xpu", ("manual_seed", "manual_seed_all")),
    ):
        for name in names:
            monkeypatch.setattr(getattr(torch, module), name, recorder(f"{module}.{name}"))
    return out


def test_every_device_is_seeded(calls: list[tuple[str, tuple[Any, ...]]]) -> None:
    set_seed(11)
    assert {name for name, _ in calls} >= {
        "cuda.manual_seed",
        "cuda.manual_seed_all",
        "mps.manual_seed",
        "xpu.manual_seed_all",
    }
    assert {arguments for _, arguments in calls} == {(11,)}


def test_the_calls_for_cuda_come_from_no_deeper_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before CUDA has started, each formats the stack that it comes from."""
    callers: list[tuple[str, str]] = []
    for module, name in ((torch, "manual_seed"), (torch.cuda, "manual_seed"), (torch.cuda, "manual_seed_all")):

        def recorder(seed: int, name: str = f"{module.__name__}.{name}") -> None:
            callers.append((name, sys._getframe(1).f_code.co_name))

        monkeypatch.setattr(module, name, recorder)
    set_seed(11)
    assert callers == [
        (name, "set_seed") for name in ("torch.manual_seed", "torch.cuda.manual_seed", "torch.cuda.manual_seed_all")
    ]


# PyTorch/XLA


@pytest.fixture
def xla(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A stand-in for torch_xla.core.xla_model, imported by the program; `state` is the random state of the device."""
    package, core, model = (types.ModuleType(name) for name in ("torch_xla", "torch_xla.core", "torch_xla.core.xla_model"))
    package.core, core.xla_model = core, model  # type: ignore[attr-defined]
    package._XLAC = types.SimpleNamespace(_xla_runtime_is_initialized=lambda: True)  # type: ignore[attr-defined]
    model.state = 101  # type: ignore[attr-defined]

    def set_rng_state(seed: int, device: str | None = None) -> None:
        model.state = seed  # type: ignore[attr-defined]

    model.set_rng_state = set_rng_state  # type: ignore[attr-defined]
    model.get_rng_state = lambda device=None: model.state  # type: ignore[attr-defined]
    for module in (package, core, model):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return model


def test_xla_is_seeded_where_the_program_has_imported_it(xla: Any) -> None:
    report = set_seed(42)
    assert xla.state == 42
    assert report.seeded == ("python", "numpy", "torch", "torch_xla")
    assert report.skipped == {}
    set_seed(42, rank=3)
    assert xla.state == derive_seed(42, 3)


def test_xla_is_not_imported_for_it(python: Run, tmp_path: Any) -> None:
    (tmp_path / "torch_xla.py").write_text("raise SystemExit('imported')")
    done = python("import torch; from reprolint.runtime import *; print(set_seed(1).seeded, len(rng_state()))")
    assert done.stdout == "('python', 'numpy', 'torch') 4\n"


def test_xla_without_a_device(xla: Any) -> None:
    def refuse(*arguments: Any) -> None:
        raise RuntimeError("no TPU\nhere")

    xla.set_rng_state = xla.get_rng_state = refuse
    report = set_seed(42)
    assert report.seeded == ("python", "numpy", "torch")
    assert report.skipped == {"torch_xla": "RuntimeError: no TPU\nhere"}
    assert "xla" not in runtime.rng_state()["torch"]
    with runtime.isolated_rng(1):
        pass


def test_something_else_named_torch_xla(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch_xla", types.ModuleType("torch_xla"))
    assert set_seed(42).skipped["torch_xla"].startswith("has not started")
    assert "xla" not in runtime.rng_state()["torch"]


def test_a_seed_while_xla_is_imported(xla: Any) -> None:
    sys.modules["torch_xla"].__spec__ = types.SimpleNamespace(_initializing=True)  # type: ignore[assignment]
    assert set_seed(42).skipped["torch_xla"].startswith("has not started")
    assert xla.state == 101


def test_xla_is_not_started_for_it(xla: Any) -> None:
    sys.modules["torch_xla"]._XLAC = types.SimpleNamespace(_xla_runtime_is_initialized=lambda: False)  # type: ignore[attr-defined]
    xla.set_rng_state = xla.get_rng_state = None
    assert set_seed(42).skipped == {"torch_xla": "has not started; call again in the process that uses its devices"}
    assert "xla" not in runtime.rng_state()["torch"]


def test_the_state_of_xla(xla: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    set_seed(42)
    state = json.loads(json.dumps(runtime.rng_state()))
    mark = fingerprint()
    assert state["torch"]["xla"] == 42
    xla.state = 7
    assert fingerprint() != mark
    runtime.restore_rng_state(state)
    assert (xla.state, fingerprint()) == (42, mark)
    with runtime.isolated_rng(5):
        assert xla.state == 5
    assert xla.state == 42
    with pytest.raises(ValueError, match="not a state"):
        runtime.restore_rng_state({**state, "torch": {**state["torch"], "xla": "42"}})
    for name in ("torch_xla", "torch_xla.core", "torch_xla.core.xla_model"):
        monkeypatch.delitem(sys.modules, name)
    with pytest.warns(RuntimeWarning, match="not restored: xla"):
        runtime.restore_rng_state(state)


# Switches


def test_the_switches_of_cudnn() -> None:
    cudnn = torch.backends.cudnn
    cudnn.deterministic, cudnn.benchmark = False, True
    assert set_seed(1, deterministic=False).set == {}
    assert (cudnn.deterministic, cudnn.benchmark) == (False, True)
    assert set_seed(1).set == {"cudnn.deterministic": True, "cudnn.benchmark": False}
    assert (cudnn.deterministic, cudnn.benchmark) == (True, False)
    assert not torch.are_deterministic_algorithms_enabled()
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ


@pytest.mark.parametrize("warn_only", [False, True])
def test_strict(warn_only: bool) -> None:
    report = set_seed(1, deterministic="strict", warn_only=warn_only)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled() is warn_only
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert report.set == {
        "cudnn.deterministic": True,
        "cudnn.benchmark": False,
        "use_deterministic_algorithms": "warn" if warn_only else True,
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    }


@pytest.mark.parametrize(("value", "complains"), [(":16:8", False), (":4096:8", False), (":0:0", True), ("", True)])
def test_the_workspace_of_the_environment_is_kept(value: str, complains: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", value)
    report = set_seed(1, deterministic="strict")
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == value
    assert any("CUBLAS_WORKSPACE_CONFIG" in sentence for sentence in report.warnings) is complains


def test_the_workspace_comes_too_late_once_cuda_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    for name in ("manual_seed", "manual_seed_all"):
        monkeypatch.setattr(torch.cuda, name, lambda seed: None)
    assert any("after CUDA started" in sentence for sentence in set_seed(1, deterministic="strict").warnings)
    assert not any("CUDA" in sentence for sentence in set_seed(1, deterministic="strict").warnings), "it is set by now"


def test_warn_only_without_strict_is_said_to_do_nothing() -> None:
    assert any("warn_only" in sentence for sentence in set_seed(1, warn_only=True).warnings)


def test_frozen_switches(python: Run) -> None:
    done = python("""
        import random, torch
        from reprolint.runtime import isolated_rng, set_seed
        random.seed(0)
        with isolated_rng(1):
            torch.backends.disable_global_flags()
        print(random.random(), torch.initial_seed() != 1, torch.backends.cudnn.deterministic)
        torch.manual_seed(0)
        report = set_seed(3, deterministic="strict")
        print(torch.initial_seed(), report.set, [sentence for sentence in report.warnings if "cuDNN" in sentence])
        with isolated_rng(1):
            pass
    """)
    assert done.stdout.splitlines() == [
        f"{random.Random(0).random()} True True",
        "3 {'use_deterministic_algorithms': True, 'CUBLAS_WORKSPACE_CONFIG': ':4096:8'} "
        "['the switches of cuDNN are frozen by torch.backends.disable_global_flags()']",
    ]


# Reports


def test_a_report_is_json_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":1:1\nx")
    monkeypatch.setenv("LOCAL_RANK", "3")
    report = set_seed(9, deterministic="strict", warn_only=True, rank="auto")
    report.skipped["dataset.rng"] = "ValueError: several\nlines"
    back = json.loads(json.dumps(report.as_dict()))
    assert back == report.as_dict()
    assert back["seed"] == 9
    assert back["effective_seed"] == derive_seed(9, 3)
    assert back["rank"] == 3
    assert back["seeded"] == ["python", "numpy", "torch"]
    assert set(back) == {"seed", "effective_seed", "rank", "seeded", "on_import", "set", "skipped", "warnings"}
    assert len(str(report).splitlines()) == 1
    assert str(report).startswith(f"seed {derive_seed(9, 3)} (rank 3): python, numpy, torch seeded; cudnn.deterministic=True")
    assert repr(report) == f"<SeedReport {report}>"


def test_a_report_of_nothing() -> None:
    assert str(SeedReport(1)) == "seed 1: nothing seeded"


def test_running_child_processes_are_reported() -> None:
    loader = torch.utils.data.DataLoader(list(range(4)), num_workers=1, persistent_workers=True)
    iterator = iter(loader)
    next(iterator)
    assert any("1 child process runs already" in sentence for sentence in set_seed(1).warnings)
    iterator._shutdown_workers()
    assert not any("child process" in sentence for sentence in set_seed(1).warnings)


# Modules that are not the library


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_a_module_of_ones_own_with_that_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = types.ModuleType(name)
    own.__file__ = f"{name}.py"
    monkeypatch.setitem(sys.modules, name, own)
    report = set_seed(1)
    assert name not in report.seeded
    assert report.skipped == {name: f"something else has that name: {name}.py"}
    assert name not in runtime.rng_state()
    with runtime.isolated_rng(2):
        pass


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_a_library_that_is_blocked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    report = set_seed(1)
    assert report.skipped == {name: "cannot be imported here"}
    assert name not in report.seeded + report.on_import
    assert name not in runtime._on_import


def test_a_mock_in_the_place_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    mock = unittest.mock.MagicMock()
    monkeypatch.setitem(sys.modules, "torch", mock)
    set_seed(1)
    mock.manual_seed.assert_called_once_with(1)


# generator


def test_generator() -> None:
    before = everything()
    own = generator(3)
    assert own.device.type == "cpu"
    assert torch.equal(torch.rand(4, generator=own), torch.rand(4, generator=torch.Generator().manual_seed(3)))
    assert torch.equal(torch.randperm(9, generator=generator(np.int64(3))), torch.randperm(9, generator=generator(3)))
    assert everything() == before


# derive_seed


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((0,), 2881392713),
        ((42,), 3858606834),
        ((4294967295,), 3036967350),
        ((42, 0), 1608264877),
        ((42, 1), 1169438811),
        ((42, 4294967295), 314108141),
        ((42, 4294967296), 1578014326),
        ((42, -1), 3906081834),
        ((42, "fold", 3), 4155930674),
        ((42, "fold"), 133098326),
        ((42, 3, "fold"), 3082021587),
        ((0, "", "\xe9", "\ud800"), 2392385045),
        ((7, 1, 2, 3), 2949474250),
    ],
    ids=str,
)
def test_derived_seeds_never_change(arguments: tuple[Any, ...], expected: int) -> None:
    assert derive_seed(*arguments) == expected


keys = st.one_of(st.integers(), st.integers(0, 2**32 - 1), st.text(st.characters(exclude_categories=())))


@in_one_test
@given(seeds, st.lists(keys, max_size=4))
def test_derived_seeds_are_seeds(seed: int, path: list[int | str]) -> None:
    derived = derive_seed(seed, *path)
    assert type(derived) is int
    assert 0 <= derived < 2**32
    assert derive_seed(seed, *path) == derived


@in_one_test
@given(seeds, st.lists(keys, max_size=2), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_two_ranks_never_share_a_seed(seed: int, path: list[int | str], one: int, other: int) -> None:
    assert (derive_seed(seed, *path, one) == derive_seed(seed, *path, other)) == (one == other)


def test_a_hundred_thousand_ranks() -> None:
    assert len({derive_seed(42, rank) for rank in range(100_000)}) == 100_000


def test_what_tells_streams_apart() -> None:
    different = [
        (1,),
        (1, 0),
        (1, "0"),
        (1, 3),
        (1, "3"),
        (1, -3),
        (1, "-3"),
        (1, 2**32 + 3),
        (1, ""),
        (1, "", ""),
        (1, "ab", "c"),
        (1, "a", "bc"),
        (1, "abc"),
        (1, "i1:3"),
        (1, "s1:3"),
        (1, 1, 2),
        (1, 2, 1),
        (1, 12),
        (1, "ab", 1),
        (1, 1, "ab"),
        (2,),
        (2, 0),
        (0, 1),
    ]
    assert len({derive_seed(*arguments) for arguments in different}) == len(different)


@pytest.mark.parametrize("key", [True, False, np.bool_(True), 1.0, None, b"a", (1,), [1]], ids=repr)
def test_what_is_no_key(key: Any) -> None:
    with pytest.raises(TypeError, match="a key is an integer"):
        derive_seed(1, key)
    with pytest.raises(TypeError, match="a key is an integer"):
        derive_seed(1, key, 2)


def test_the_type_of_an_integer_does_not_matter() -> None:
    assert derive_seed(np.uint32(1), np.int8(2), np.int64(3)) == derive_seed(1, 2, 3)
    assert derive_seed(1, np.str_("fold")) == derive_seed(1, "fold")


def test_derived_seeds_look_random() -> None:
    """Each of 32 bits is set in half of 20 000 consecutive ranks, and neighbours differ in half of the bits."""
    derived = np.array([derive_seed(0, rank) for rank in range(20_000)], dtype=np.uint32)
    bits = np.unpackbits(derived.view(np.uint8).reshape(-1, 4), axis=1)
    assert abs(bits.mean(axis=0) - 0.5).max() < 0.02
    flipped = np.unpackbits((derived[1:] ^ derived[:-1]).view(np.uint8)).mean()
    assert abs(flipped - 0.5) < 0.01
    counts = np.bincount(derived >> np.uint32(24), minlength=256)
    assert ((counts - counts.mean()) ** 2 / counts.mean()).sum() < 340, "chi-squared with 255 degrees of freedom, p = 0.0003"


# Ranks


@pytest.mark.parametrize(
    ("variables", "rank"),
    [
        ({}, None),
        ({"RANK": "2", "SLURM_PROCID": "3", "LOCAL_RANK": "4"}, 2),
        ({"LOCAL_RANK": "4", "SLURM_PROCID": "3"}, 3),
        ({"LOCAL_RANK": "4", "RANK": "2"}, 2),
        ({"LOCAL_RANK": "4"}, 4),
        ({"RANK": "", "SLURM_PROCID": "3"}, 3),
        ({"RANK": "0", "SLURM_PROCID": "3"}, 0),
        ({"RANK": "007"}, 7),
        ({"WORLD_SIZE": "8"}, None),
    ],
    ids=str,
)
def test_the_rank_of_the_environment(variables: dict[str, str], rank: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    report = set_seed(5, rank="auto")
    assert report.rank == rank
    assert report.seed == 5
    assert report.effective_seed == (derive_seed(5, rank) if rank else 5)
    assert any("LOCAL_RANK" in sentence for sentence in report.warnings) == (set(variables) == {"LOCAL_RANK"})
    after = draws()
    set_seed(report.effective_seed or 0)
    assert draws() == after
    assert set_seed(5).rank is None, "without rank=, all processes are alike"


@pytest.mark.parametrize("text", ["one", "-1", "1.0", " 1", "٣", "²", str(2**32), "9" * 40])
@pytest.mark.parametrize("name", ["RANK", "SLURM_PROCID", "LOCAL_RANK"])
def test_a_malformed_rank_touches_nothing(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    before = everything()
    with pytest.raises(ValueError, match=f"the environment variable {name} is"):
        set_seed(1, rank="auto")
    assert everything() == before


def test_a_rank_by_number() -> None:
    assert set_seed(5, rank=0).effective_seed == 5
    assert set_seed(5, rank=np.int64(7)).effective_seed == derive_seed(5, 7)


def test_the_rank_of_torch_distributed_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 6)
    assert set_seed(5, rank="auto").rank == 6


def test_two_processes_of_torch_distributed(python: Run, tmp_path: Any) -> None:
    (tmp_path / "two.py").write_text("""\
import json, random, sys, torch, torch.distributed as dist, torch.multiprocessing as mp
from reprolint.runtime import derive_seed, seed_worker, set_seed

class Draws(torch.utils.data.Dataset):
    def __len__(self): return 2
    def __getitem__(self, index): return torch.initial_seed(), random.random()

def work(rank, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    same = set_seed(7).effective_seed, torch.rand(1).item()
    loader = torch.utils.data.DataLoader(
        Draws(), batch_size=None, num_workers=2, worker_init_fn=seed_worker, multiprocessing_context="fork")
    workers = list(loader)
    report = set_seed(7, rank="auto")
    with open(f"{folder}/{rank}.json", "w") as file:
        json.dump([same, report.rank, report.effective_seed, random.random(), workers], file)
    dist.destroy_process_group()

if __name__ == "__main__":
    mp.start_processes(work, (sys.argv[1],), nprocs=2, start_method="fork")
""")
    python(["two.py", str(tmp_path)])
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first[0] == second[0]
    assert first[1:3] == [0, 7]
    assert second[1:3] == [1, derive_seed(7, 1)]
    assert [first[3], second[3]] == [random.Random(7).random(), random.Random(derive_seed(7, 1)).random()]
    for (plain, drawn), (mixed, other) in zip(first[4], second[4], strict=True):
        seed = plain % 2**32
        assert (drawn, mixed, other) == (random.Random(seed).random(), derive_seed(seed, 1), random.Random(mixed).random())


# fingerprint


def test_fingerprint() -> None:
    set_seed(1)
    first = fingerprint()
    assert len(first) == 16 and int(first, 16) >= 0
    assert fingerprint() == first, "looking moves nothing"
    parts = {family: fingerprint(family) for family in ("python", "numpy", "torch")}
    assert len({first, *parts.values()}) == 4
    for family, draw in (("python", random.random), ("numpy", np.random.rand), ("torch", lambda: torch.rand(1))):
        draw()
        assert fingerprint(family) != parts[family]
        for other in ("python", "numpy", "torch"):
            if other != family:
                assert fingerprint(other) == parts[other]
        assert fingerprint() != first
        set_seed(1)
    assert fingerprint("torch", "python") == fingerprint("python", "torch")
    with pytest.raises(ValueError, match="'jax' is none of"):
        fingerprint("jax")


def test_a_normal_number_drawn_in_advance_counts() -> None:
    set_seed(1)
    random.gauss(0, 1)
    advance = random.getstate()
    first = fingerprint("python")
    random.setstate((*advance[:2], None))
    assert fingerprint("python") != first


# What importing costs


def modules(text: str) -> set[str]:
    return {line.rpartition("|")[2].strip() for line in text.splitlines() if line.startswith("import time:")}


def test_importing_it_imports_next_to_nothing(python: Run) -> None:
    bare = modules(python("pass", flags=("-X", "importtime")).stderr)
    with_random = modules(python("import os, random, sys", flags=("-X", "importtime")).stderr)
    ours = modules(python("import reprolint.runtime", flags=("-X", "importtime")).stderr)
    assert "reprolint.runtime" in ours
    assert ours - bare - with_random <= {"reprolint", "reprolint.runtime", "__future__"}
    dear = {"torch", "numpy", "click", "libcst", "typing", "dataclasses", "inspect", "re", "contextlib", "json", "hashlib"}
    assert not (ours - bare) & dear


def test_it_uses_the_standard_library_only(python: Run) -> None:
    done = python(
        f"""
        import runpy
        found = runpy.run_path({str(ROOT / "src" / "reprolint" / "runtime.py")!r})
        report = found["set_seed"](3)
        import random
        print(random.random() == random.Random(3).random(), report.seeded, report.skipped)
        state = found["rng_state"](); first = random.random(); found["restore_rng_state"](state)
        print(random.random() == first, sorted(state), found["fingerprint"]() == found["fingerprint"]("python"))
        print(found["derive_seed"](42, "fold", 3))
        try: found["generator"](1)
        except ModuleNotFoundError as error: print(error)
        try: found["seed_worker"](0)
        except RuntimeError as error: print(error)
        """,
        flags=("-I", "-S"),
    )
    assert done.stdout.splitlines() == [
        "True ('python',) {'numpy': 'not installed', 'torch': 'not installed'}",
        "True ['format', 'numpy', 'python', 'torch'] True",
        "4155930674",
        "No module named 'torch'",
        "seed_worker runs inside DataLoader workers: pass it as worker_init_fn; in the main process use set_seed",
    ]


TRAINING = """
import hashlib, random
from reprolint.runtime import set_seed

for mode in (True, "strict"):
    set_seed(123, deterministic=mode)
    import numpy as np, torch
    from torch import nn

    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(144, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    data = torch.from_numpy(np.random.rand(16, 1, 8, 8).astype("float32"))
    target = torch.randint(3, (16,))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(data, target), batch_size=4, shuffle=True)
    for epoch in range(2):
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x + random.random()), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    digest = hashlib.sha256()
    for parameter in model.parameters():
        digest.update(parameter.detach().numpy().tobytes())
    print(digest.hexdigest(), random.random(), np.random.rand(), torch.rand(1).item(), loss.item())
"""


def test_two_trainings_are_one(python: Run) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda hashes: python(TRAINING, PYTHONHASHSEED=hashes).stdout, ["0", "7"])
    assert first == second
    relaxed, strict = first.splitlines()
    assert relaxed == strict, "what strict mode forbids is not in this training"
