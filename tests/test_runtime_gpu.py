"""The runtime on a CUDA device; skipped where there is none."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import pytest
from conftest import Run

from reprolint.runtime import fingerprint, isolated_rng, restore_rng_state, rng_state, set_seed

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.usefixtures("clean"),
]


def devices() -> list[Any]:
    return [torch.device("cuda", index) for index in range(torch.cuda.device_count())]


def draws() -> list[Any]:
    """Numbers of the CPU and of every device, by more than one kind of kernel."""
    out: list[Any] = [torch.rand(3).tolist()]
    for device in devices():
        out.append(torch.rand(5, device=device).tolist())
        out.append(torch.randn(1000, device=device).sum().item())
        out.append(torch.randperm(50, device=device).tolist())
        out.append(torch.nn.functional.dropout(torch.ones(64, device=device)).tolist())
    return out


def digest_of_a_training() -> str:
    """A small convolutional network, whose weights are hashed bit by bit."""
    device = torch.device("cuda")
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 16, 3, padding=1),
        torch.nn.BatchNorm2d(16),
        torch.nn.ReLU(),
        torch.nn.Conv2d(16, 32, 3, padding=1, stride=2),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.3),
        torch.nn.Flatten(),
        torch.nn.Linear(32 * 16 * 16, 10),
    ).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(20):
        images = torch.randn(32, 3, 32, 32, device=device)
        labels = torch.randint(10, (32,), device=device)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    digest = hashlib.sha256()
    for tensor in model.state_dict().values():
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("mode", [True, "strict"])
def test_two_trainings_are_one(mode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # too late for cuBLAS if CUDA runs, but PyTorch asks for it
    results = []
    for seed in (11, 11, 12):
        report = set_seed(seed, deterministic=mode)
        assert report.seeded == ("python", "numpy", "torch")
        results.append(digest_of_a_training())
    assert results[0] == results[1] != results[2]


TRAINING = """
import sys; sys.path.insert(0, {folder!r})
from reprolint.runtime import set_seed
set_seed(11, deterministic="strict")
from test_runtime_gpu import digest_of_a_training
import torch
print(digest_of_a_training(), torch.rand(1, device="cuda").item())
"""


def test_two_processes_are_one(python: Run) -> None:
    """From the first import on, with cuBLAS set up in time, and an order of sets that differs."""
    code = TRAINING.format(folder=os.path.dirname(__file__))
    assert python(code, PYTHONHASHSEED="1").stdout == python(code, PYTHONHASHSEED="2").stdout


def test_every_device_gets_the_seed() -> None:
    torch.zeros(1, device="cuda")
    set_seed(5)
    assert [torch.cuda.default_generators[device.index].initial_seed() for device in devices()] == [5] * len(devices())
    first = draws()
    set_seed(5)
    assert draws() == first


def test_a_seed_before_cuda_starts(python: Run) -> None:
    done = python("""
        from reprolint.runtime import fingerprint, restore_rng_state, rng_state, set_seed
        import torch
        set_seed(5)
        assert not torch.cuda.is_initialized(), "seeding starts no device"
        state = rng_state()
        assert state["torch"]["cuda"] == 5 and not torch.cuda.is_initialized()
        first = torch.rand(3, device="cuda").tolist()
        restore_rng_state(state)
        print(torch.rand(3, device="cuda").tolist() == first)
        torch.manual_seed(5)
        print(torch.rand(3, device="cuda").tolist() == first)
    """)
    assert done.stdout == "True\nTrue\n"


def test_the_state_of_all_devices() -> None:
    set_seed(7)
    draws()
    state = json.loads(json.dumps(rng_state()))
    assert len(state["torch"]["cuda"]) == len(devices())
    mark = fingerprint()
    first = draws()
    assert fingerprint() != mark
    restore_rng_state(state)
    assert fingerprint() == mark
    assert draws() == first


def test_a_broken_state_of_a_device_touches_nothing() -> None:
    draws()
    state = json.loads(json.dumps(rng_state()))
    draws()
    before = fingerprint()
    state["torch"]["cuda"][-1] = state["torch"]["cuda"][-1][:-8]
    with pytest.raises(ValueError, match="not a state"):
        restore_rng_state(state)
    assert fingerprint() == before


def test_a_state_of_more_devices() -> None:
    draws()
    state = rng_state()
    state["torch"]["cuda"] = state["torch"]["cuda"] + state["torch"]["cuda"][:1]
    with pytest.warns(RuntimeWarning, match=f"cuda:{len(devices())}"):
        restore_rng_state(state)


def test_isolation() -> None:
    draws()
    mark = fingerprint()
    with isolated_rng(3):
        inside = draws()
    assert fingerprint() == mark
    with isolated_rng(3):
        assert draws() == inside
    assert fingerprint() == mark


def test_isolation_in_which_cuda_starts(python: Run) -> None:
    done = python("""
        from reprolint.runtime import isolated_rng, set_seed
        import torch
        set_seed(5)
        with isolated_rng(6):
            inside = torch.rand(3, device="cuda").tolist()
        after = torch.rand(3, device="cuda").tolist()
        set_seed(5)
        print(after == torch.rand(3, device="cuda").tolist(), inside != after)
    """)
    assert done.stdout == "True True\n"


def test_the_workspace_of_cublas_comes_too_late(python: Run) -> None:
    done = python("""
        from reprolint.runtime import set_seed
        import torch
        early = set_seed(1, deterministic="strict")
        import os; del os.environ["CUBLAS_WORKSPACE_CONFIG"]
        torch.zeros(1, device="cuda")
        late = set_seed(1, deterministic="strict")
        print([any("after CUDA started" in sentence for sentence in report.warnings) for report in (early, late)])
    """)
    assert done.stdout == "[False, True]\n"


def test_strict_mode_refuses_what_cannot_be_repeated() -> None:
    set_seed(1, deterministic="strict")
    with pytest.raises(RuntimeError, match="deterministic"):
        torch.nn.AvgPool3d(1)(torch.randn(3, 4, 5, 6, device="cuda", requires_grad=True)).sum().backward()
    set_seed(1, deterministic="strict", warn_only=True)
    with pytest.warns(UserWarning, match="deterministic"):
        torch.nn.AvgPool3d(1)(torch.randn(3, 4, 5, 6, device="cuda", requires_grad=True)).sum().backward()
