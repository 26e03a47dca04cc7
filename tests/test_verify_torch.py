"""`reprolint verify` over programs that use PyTorch."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from verifying import Folder

pytest.importorskip("torch")

TRAIN = """
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Rows(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, at):
        return torch.tensor([float(self.rows[at])]) NOISE

def train(rows, workers=0, shuffle=True):
    net = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
    for batch in DataLoader(Rows(rows), batch_size=4, shuffle=shuffle, num_workers=workers):
        loss = net(batch).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.write(TRAIN.replace("NOISE", ""), "common.py")
    return made


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(TRAIN.lstrip("\n").splitlines(), 1) if text in line)


def test_a_model_that_nothing_seeds(folder: Folder) -> None:
    folder.write("import random\nimport common\nrandom.seed(0)\ncommon.train(range(8))\n")
    done = folder.verify(json=False)
    assert done.code == 1
    line = line_of("nn.Linear")
    assert done.out.startswith(
        f"The runs part at common.py:{line}, in train (event 2 of 11)\n     {line} | net = nn.Linear(1, 1)\n"
        "PyTorch's generator holds another state in each run after this line: it drew from it, and nothing had seeded it before. "
        "Seed it earlier; `reprolint fix train.py` does.\n"
        "The same up to there: 1 seed or draw.\n"
        "It shows first in batch 1 at common.py:"
    )


def test_a_seeded_training(folder: Folder) -> None:
    folder.write("import torch, common\ntorch.manual_seed(0)\ncommon.train(range(8))\n")
    done = folder.verify(json=False, options=("--compare-output",))
    assert (done.code, done.out) == (
        0,
        "The 2 runs are the same: 3 seeds and draws, 2 batches, 2 losses, 2 steps' gradients and 2 steps' parameters.\n",
    )


def test_a_seed_that_varies(folder: Folder) -> None:
    line = folder.write("import time, torch, common\ntorch.manual_seed(time.time_ns())  # here\ncommon.train(range(8))\n")
    done = folder.verify()
    assert done.where == ("state", "torch", "train.py", line)
    assert done.first["message"].startswith("This line seeds PyTorch's generator differently in each run.")


def test_the_order_of_a_set_decides_what_is_in_a_batch(folder: Folder) -> None:
    folder.write(
        """
        import torch, common
        torch.manual_seed(0)
        names = {f"name{number}" for number in range(20)}
        common.train([int(name[4:]) for name in names])
        """
    )
    done = folder.verify()
    assert done.where == ("batch", None, "common.py", line_of("DataLoader(Rows"))
    assert done.first["number"] == 1
    assert "though all generators agreed" in done.first["message"]


def test_a_local_generator_decides_the_first_loss(folder: Folder) -> None:
    pytest.importorskip("numpy")
    line = folder.write(
        """
        import numpy as np
        import torch
        rng = np.random.default_rng()  # here
        weight = torch.tensor(rng.normal(size=3), requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.1)
        for _ in range(2):
            loss = (weight * weight).sum()
            loss.backward()
            optimizer.step()
        """
    )
    done = folder.verify()
    assert done.where == ("loss", None, "train.py", 8)
    assert f"made without a seed at train.py:{line} (numpy)" in done.first["message"]


def test_gradients_that_differ_though_the_loss_agrees(folder: Folder) -> None:
    line = folder.write(
        """
        import os, torch

        class Noisy(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 1

            @staticmethod
            def backward(ctx, grad):
                return grad + os.getpid()

        first, second = torch.ones(2, 3, requires_grad=True), torch.ones(4, 5, requires_grad=True)
        optimizer = torch.optim.SGD([first, second], lr=0.1)
        (first.sum() + Noisy.apply(second).sum()).backward()
        optimizer.step()  # here
        """
    )
    done = folder.verify()
    assert done.where == ("gradients", None, "train.py", line)
    assert done.first["message"].startswith(
        "The gradients of step 1 differ in 1 of 2 tensors (the first: number 2, of shape 4x5), though the loss agrees: "
    )


def test_parameters_that_differ_though_the_gradients_agree(folder: Folder) -> None:
    line = folder.write(
        """
        import os, torch
        weight = torch.full((3,), float(os.getpid()), requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.1)
        (weight * 0 + weight / weight.detach() * 0).sum().backward()
        optimizer.step()  # here
        """
    )
    assert folder.verify().where == ("parameters", None, "train.py", line)


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_workers(folder: Folder, context: str) -> None:
    """Workers draw what PyTorch's seed in the parent gives them; a DataLoader alone draws nothing that matters."""
    folder.write(
        TRAIN.replace("NOISE", "+ random.random()").replace("import torch\n", "import random\nimport torch\n", 1), "noisy.py"
    )
    program = f"""
    import torch, sys
    if __name__ == "__main__":
        if "seeded" in sys.argv:
            torch.manual_seed(0)
        module = __import__(sys.argv[1])
        rows = module.Rows(range(8))
        loader = module.DataLoader(rows, batch_size=4, num_workers=2, multiprocessing_context="{context}")
        print([batch.tolist() for batch in loader])
    """
    folder.write(program)
    folder.verify(sys.executable, "train.py", "common", options=("--compare-output",)).assert_same()
    folder.verify(sys.executable, "train.py", "noisy", "seeded", options=("--compare-output",)).assert_same()
    done = folder.verify(sys.executable, "train.py", "noisy")
    assert done.where == ("state", "python", "noisy.py", line_of("return torch.tensor") + 1)
    assert "this is a DataLoader worker" in done.first["message"]


def test_a_loader_that_does_not_shuffle_draws_nothing_that_matters(folder: Folder) -> None:
    folder.write("import torch, common\nnet = common.DataLoader(common.Rows(range(4)))\nprint([b.item() for b in net])\n")
    done = folder.verify()
    done.assert_same()
    folder.write("import torch, common\nnet = common.DataLoader(common.Rows(range(4)))\nlist(net)\ntorch.rand(1)\n")
    assert folder.verify().where == ("state", "torch", "train.py", 4)


def test_a_program_does_the_same(folder: Folder) -> None:
    """The recorder changes neither the numbers nor what an error looks like."""
    folder.write(
        """
        import copy, pickle
        import torch, common
        torch.manual_seed(0)
        common.train(range(8), workers=2)
        state = torch.get_rng_state()
        print(torch.randn(1).item(), torch.randn(1, dtype=torch.double).item(), torch.randn(3).tolist(), state.sum())
        values = [torch.tensor(1 + 2j), torch.ones(3, dtype=torch.bfloat16), torch.eye(3).to_sparse(), torch.ones(0), torch.tensor(True)]
        weights = [torch.nn.Parameter(value) for value in values if value.is_floating_point() and value.layout == torch.strided]
        optimizer = torch.optim.Adam(weights)
        for weight in weights:
            weight.grad = torch.ones_like(weight)
        optimizer.step()
        copy.deepcopy(optimizer), pickle.dumps(optimizer)
        embedding = torch.nn.Embedding(5, 2, sparse=True)
        sparse = torch.optim.SparseAdam(embedding.parameters())
        embedding(torch.tensor([1, 1, 2])).sum().backward()
        sparse.step()
        print(embedding.weight.tolist(), torch.compiler.is_compiling())

        def collate(rows):
            raise ValueError(rows)

        list(common.DataLoader(common.Rows(range(4)), collate_fn=collate))
        """
    )
    plain = folder.run(sys.executable, "train.py", recorded=False)
    recorded = folder.run(sys.executable, "train.py", recorded=True)
    assert plain.returncode == 1 and "ValueError" in plain.stderr
    assert (recorded.returncode, recorded.stdout, recorded.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    found = folder.records()
    assert "cannot be read" not in found and "recording stopped" not in found
    assert found.count("\nparameters\t") == 4


def test_processes_of_torchrun(folder: Folder) -> None:
    line = folder.write(
        """
        import os, torch
        rank = int(os.environ["RANK"])
        torch.manual_seed(rank)
        torch.rand(1)
        if rank == 1:
            torch.seed()  # here
        """
    )
    launch = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "train.py")
    done = folder.verify(*launch)
    assert done.where == ("state", "torch", "train.py", line)
    assert "rank 1" in done.first["process"]
    said = folder.verify(*launch, json=False)
    assert f"The runs part at train.py:{line}, in the process of rank 1 (event 3 of 3)" in said.out


def test_digests() -> None:
    """What differs has other digests, wherever it differs; what is equal has the same one."""
    import numpy as np
    import torch
    from verifying import INJECTED

    sys.path.insert(0, str(INJECTED))
    try:
        from reprolint_recorder import digests
    finally:
        sys.path.remove(str(INJECTED))

    class Box:
        def __init__(self, inner: object) -> None:
            self.inner = inner

    base = torch.arange(12.0).reshape(3, 4)
    values: list[object] = [
        base, base.reshape(4, 3), base.double(), base + torch.eye(3, 4) * 1e-7, base.flip(0), base.t(), base > 3, base.to(torch.bfloat16),
        base.to_sparse(), base * 1j, base[:0], np.arange(3), np.arange(3.0), np.array(["a", "b"]), np.array(["a", "c"]),
        np.array([1, "x"], dtype=object), np.float32(3), 3, 3.0, "3", b"3", None, True, [], (), {}, [1, 2], [2, 1], (1, 2), [[1], 2],
        {"a": 1}, {"a": 2}, {"b": 1}, {1, 2}, {1, 3}, Box(1), Box(2), Box(base), Box(base + 1), "ä", "\udcff", [base, base], [base],
    ]  # fmt: skip
    found = [digests.digest(value) for value in values]
    assert len(set(found)) == len(values)
    assert digests.digest(base.t().contiguous().t()) == digests.digest(base)
    assert digests.digest({"x", "y", "z"}) == digests.digest({"z", "y", "x"})
    loop: list[object] = []
    loop.append(loop)
    assert digests.digest(loop) == digests.digest(loop)
    large = torch.zeros(digests.MOST_BYTES // 4 + 1000)
    changed = large.clone()
    changed[-1] = 1
    assert digests.digest(large) != digests.digest(changed)
    # What is done on a GPU, here.
    sums = [digests._bits_there(torch, one) for one in (base, base.flip(0), base + 1, base.double(), base * 1j, base.bool())]
    assert len(set(sums)) == len(sums)
    assert digests._bits_there(torch, base.clone()) == sums[0]
