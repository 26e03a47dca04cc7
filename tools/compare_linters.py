"""Compare reprolint with other linters on small programs, by running them all.

In:  where the other tools are, each as a command or as the virtual environment that holds it. Ours is the one beside this script.
Out: Markdown: a table of programs, a table of features, the commands; or, with --check, the cells in which a document differs.

PROGRAMS holds the programs. A line that ends in `#!` is one on which a finding is right; the mark is taken off before anybody sees
the file. A program without marks gives the same result in each run, so a finding about it is a false alarm. Whether two runs do
agree is measured as well (column "two runs"): with two hash seeds, and folders that list their files in two orders.

A finding counts if its rule is about what the program shows (`topics`); which rule is about what is in TOOLS. A finding on another
topic stands in brackets. No cell is written by hand, but for the last row of features, which comes from the tools' documentation.

    python tools/compare_linters.py [--ruff PATH] [--fixit PATH] [--dslinter-python PATH] [--torchfix PATH]
        [--semgrep PATH --semgrep-rules FOLDER] [--mlcheck PATH] [--other-reprolint PATH]
        [--run-python PATH ...] [--no-runs] [--no-times] [--row TEXT] [--json | --write FILE | --check FILE]

A column whose tool is not given stays as the document has it, and so does a row that is not measured. --run-python, which can be
repeated, names environments with the libraries that the programs import. dslinter installs on Python 3.10 in two steps:
`pip install pylint==2.12.2 astroid==2.9.3 mypy==0.931 "setuptools<70"`, then `pip install --no-deps dslinter==2.0.9`. reprolint 0.1.0
on PyPI is another project and needs an environment without ours. The rules for semgrep are the folder `python` of a clone of
trailofbits/semgrep-rules. Fixit serves editors only if it is installed as `fixit[lsp]`.

Exit status: 0; 1 if --check found a difference; 2 if a tool was given and could not be run, or for wrong usage.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = "<!-- comparison: written by tools/compare_linters.py -->"
END = "<!-- end of comparison -->"
OURS = "reprolint"
RUNS = "two runs"
LIMIT = 600
"""Seconds for one run of a tool: some need minutes for a larger folder on a busy machine."""
FOLDERS = ("examples/spirals", "fixtures")
"""Of this project, for the row that tells how long a tool takes."""

# ---------------------------------------------------------------------------------------------- programs


@dataclass(frozen=True)
class Program:
    """A project in which one thing can be got right or wrong."""

    title: str
    topics: frozenset[str]
    """What a finding has to be about, to count."""
    text: str
    """Its files, each below a line `=== path`. Of a notebook only the cells, each below a line `# %%`."""
    hardware: str = ""
    """What two runs would need in order to differ, where that is no library."""

    def files(self) -> dict[str, str]:
        """What is written to the disk, by path."""
        return {path: notebook(text) if path.endswith(".ipynb") else text for path, text in self._parts(marked=False)}

    def marks(self) -> set[tuple[str, int | None, int]]:
        """The path, cell and line of each mark."""
        found = set()
        for path, text in self._parts(marked=True):
            pieces = cells_of(text) if path.endswith(".ipynb") else [text]
            for cell, piece in enumerate(pieces, 1):
                for line, content in enumerate(piece.splitlines(), 1):
                    if content.endswith("#!"):
                        found.add((path, cell if path.endswith(".ipynb") else None, line))
        return found

    def entry(self) -> str:
        """What is run."""
        return next(iter(self.files()))

    def libraries(self) -> list[str]:
        """What it needs to run."""
        known = ("lightning", "numpy", "sklearn", "tensorflow", "torch")
        return [name for name in known if re.search(rf"^(import|from) {name}\b", self.text, re.MULTILINE)]

    def _parts(self, *, marked: bool) -> Iterator[tuple[str, str]]:
        for part in re.split(r"^=== ", self.text, flags=re.MULTILINE)[1:]:
            path, _, text = part.partition("\n")
            yield path, text if marked else re.sub(r"[ ]*#!$", "", text, flags=re.MULTILINE)


def cells_of(text: str) -> list[str]:
    """The cells of a notebook that is written as text."""
    return [cell.strip("\n") + "\n" for cell in re.split(r"^# %%\n", text, flags=re.MULTILINE)[1:]]


def notebook(text: str) -> str:
    """A notebook as it is stored."""
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": cell.splitlines(keepends=True)}
        for cell in cells_of(text)
    ]
    language = {"language_info": {"name": "python", "version": "3.11.0"}}
    return json.dumps({"cells": cells, "metadata": language, "nbformat": 4, "nbformat_minor": 4}, indent=1) + "\n"


def program(title: str, topics: str, text: str, hardware: str = "") -> Program:
    """A program as the list below writes it."""
    return Program(title, frozenset(topics.split()), text, hardware)


PROGRAMS = (
    program(
        "`random`, nothing seeds it",
        "python",
        """
=== train.py
import random


def main():
    items = list(range(20))
    random.shuffle(items)  #!
    print(items)


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "NumPy's global generator, nothing seeds it",
        "numpy",
        """
=== train.py
import numpy as np


def main():
    noise = np.random.rand(3)  #!
    print(noise)


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "the same in a script that uses scikit-learn",
        "numpy",
        """
=== train.py
import numpy as np
from sklearn.linear_model import LinearRegression


def main():
    points = np.random.rand(8, 2)  #!
    model = LinearRegression().fit(points, points[:, 0] + points[:, 1])
    print(points, model.coef_)


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "PyTorch: the weights of a model, nothing seeds them",
        "torch",
        """
=== train.py
import torch


def main():
    model = torch.nn.Linear(2, 1)  #!
    print(model.weight)


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "all three are seeded first",
        "python numpy torch",
        """
=== train.py
import random

import numpy as np
import torch


def main():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    print(random.random(), np.random.rand(3), torch.nn.Linear(2, 1).weight)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "a helper in another file seeds all three",
        "python numpy torch",
        """
=== train.py
import random

import numpy as np
import torch

from seeding import fix_seeds


def main():
    fix_seeds(0)
    print(random.random(), np.random.rand(3), torch.nn.Linear(2, 1).weight)


if __name__ == "__main__":
    main()

=== seeding.py
import random

import numpy as np
import torch


def fix_seeds(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
""",
    ),
    program(
        "the helper in another file forgets NumPy",
        "numpy",
        """
=== train.py
import numpy as np
import torch

from seeding import fix_seeds


def main():
    fix_seeds(0)  #!
    print(torch.rand(3), np.random.rand(3))  #!


if __name__ == "__main__":
    main()  #!

=== seeding.py
import random

import torch


def fix_seeds(seed):  #!
    random.seed(seed)  #!
    torch.manual_seed(seed)  #!
""",
    ),
    program(
        "`lightning.seed_everything` seeds",
        "python numpy torch",
        """
=== train.py
import numpy as np
import torch
from lightning import seed_everything


def main():
    seed_everything(0)
    print(np.random.rand(3), torch.nn.Linear(2, 1).weight)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "seeded after the model is built",
        "torch",
        """
=== train.py
import torch


def main():
    model = torch.nn.Linear(2, 1)  #!
    torch.manual_seed(0)  #!
    print(model(torch.randn(1, 2)))


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "drawn when a module is imported, before `main` seeds",
        "numpy",
        """
=== train.py
import numpy as np

from augment import crop  #!


def main():
    np.random.seed(0)  #!
    print(crop(np.random.rand(4)))


if __name__ == "__main__":
    main()

=== augment.py
import numpy as np

JITTER = np.random.rand(4)  #!


def crop(image):
    return image + JITTER
""",
    ),
    program(
        "seeded only if `--seed` is given",
        "numpy",
        """
=== train.py
import argparse

import numpy as np


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=None)  #!
    args = parser.parse_args()
    if args.seed is not None:  #!
        np.random.seed(args.seed)  #!
    print(np.random.rand(3))  #!


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "the function that seeds is never called",
        "numpy",
        """
=== train.py
import numpy as np


def fix_seeds():  #!
    np.random.seed(0)  #!


def main():
    print(np.random.rand(3))  #!


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "the class that draws is picked from a dictionary by its name",
        "torch",
        """
=== train.py
import argparse

import torch


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)  #!


class Large(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(20, 1)  #!


MODELS = {"small": Small, "large": Large}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="small")
    args = parser.parse_args()
    print(MODELS[args.model]().layer.weight)  #!


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "the seed is an environment variable with a default",
        "numpy",
        """
=== train.py
import os

import numpy as np


def main():
    np.random.seed(int(os.environ.get("SEED", "0")))
    print(np.random.rand(3))


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "the seed is the clock",
        "torch",
        """
=== train.py
import time

import torch


def main():
    torch.manual_seed(time.time_ns() % 2**32)  #!
    print(torch.nn.Linear(2, 1).weight)  #!


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "only CUDA is seeded, the weights are drawn on the CPU",
        "torch",
        """
=== train.py
import torch


def main():
    torch.cuda.manual_seed_all(0)  #!
    print(torch.nn.Linear(2, 1).weight)  #!


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "seeded in the parent, drawn in a spawned child",
        "python",
        """
=== train.py
import multiprocessing
import random


def sample(number):
    return number + random.random()  #!


def main():
    random.seed(0)  #!
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:  #!
        print(pool.map(sample, range(4)))  #!


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "NumPy in `DataLoader` workers, only NumPy is seeded",
        "numpy torch workers",
        """
=== train.py
import numpy as np
from torch.utils.data import DataLoader, Dataset


class Crops(Dataset):  #!
    def __len__(self):
        return 4

    def __getitem__(self, index):  #!
        return index + np.random.randint(0, 1000)  #!


def main():
    np.random.seed(0)  #!
    loader = DataLoader(Crops(), num_workers=2)  #!
    for batch in loader:  #!
        print(batch)


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "the same with PyTorch seeded, which seeds the workers",
        "numpy torch workers",
        """
=== train.py
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Crops(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return index + np.random.randint(0, 1000)


def main():
    torch.manual_seed(0)
    loader = DataLoader(Crops(), num_workers=2)
    for batch in loader:
        print(batch)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "`worker_init_fn` gives each worker the same seed, in each epoch",
        "workers",
        """
=== train.py
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Crops(Dataset):  #!
    def __len__(self):
        return 4

    def __getitem__(self, index):  #!
        return index + np.random.randint(0, 1000)  #!


def start(worker):  #!
    np.random.seed(0)  #!


def main():
    torch.manual_seed(0)
    loader = DataLoader(Crops(), num_workers=2, worker_init_fn=start)  #!
    for epoch in range(2):
        for batch in loader:
            print(epoch, batch)


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "`default_rng()` without a seed",
        "numpy",
        """
=== train.py
import numpy as np


def main():
    rng = np.random.default_rng()  #!
    print(rng.normal(size=3))  #!


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "scikit-learn without `random_state`, nothing seeds NumPy",
        "numpy",
        """
=== train.py
from sklearn.model_selection import train_test_split


def main():
    train, test = train_test_split(list(range(40)))  #!
    print(train, test)


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "the same under `np.random.seed`",
        "numpy",
        """
=== train.py
import numpy as np
from sklearn.model_selection import train_test_split


def main():
    np.random.seed(0)
    train, test = train_test_split(list(range(40)))
    print(train, test)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "`KFold()`, which does not shuffle",
        "numpy",
        """
=== train.py
from sklearn.model_selection import KFold


def main():
    for train, test in KFold(n_splits=4).split(list(range(8))):
        print(train, test)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "weights drawn, then all overwritten by a checkpoint",
        "torch",
        """
=== train.py
import torch


def main():
    torch.save({"weight": torch.ones(1, 2), "bias": torch.zeros(1)}, "weights.pt")
    model = torch.nn.Linear(2, 1)
    model.load_state_dict(torch.load("weights.pt", weights_only=True))
    print(model(torch.ones(1, 2)))


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "a library that draws, without a program that calls it",
        "numpy",
        """
=== noise.py
import numpy as np


def add_noise(values):
    return values + np.random.rand(len(values))
""",
    ),
    program(
        "TensorFlow, nothing seeds it",
        "tensorflow",
        """
=== train.py
import tensorflow as tf


def main():
    print(tf.random.normal([3]))  #!


if __name__ == "__main__":
    main()  #!
""",
    ),
    program(
        "`os.listdir` decides which files are for training",
        "order",
        """
=== train.py
import os


def write():
    os.makedirs("data", exist_ok=True)
    for number in range(10):
        with open(os.path.join("data", f"{number}.txt"), "w") as file:
            file.write(str(number))


def main():
    write()
    names = os.listdir("data")  #!
    train, test = names[:8], names[8:]  #!
    print(train, test)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "the same, sorted",
        "order",
        """
=== train.py
import os


def write():
    os.makedirs("data", exist_ok=True)
    for number in range(10):
        with open(os.path.join("data", f"{number}.txt"), "w") as file:
            file.write(str(number))


def main():
    write()
    names = sorted(os.listdir("data"))
    train, test = names[:8], names[8:]
    print(train, test)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "a listing that is only added up",
        "order",
        """
=== train.py
import os


def write():
    os.makedirs("data", exist_ok=True)
    for number in range(10):
        with open(os.path.join("data", f"{number}.txt"), "w") as file:
            file.write(str(number))


def main():
    write()
    size = 0
    for name in os.listdir("data"):
        size += os.path.getsize(os.path.join("data", name))
    print(size)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "the order of a set decides the numbers of labels",
        "order",
        """
=== train.py
def main():
    labels = ["cat", "dog", "bird", "fish", "cat", "dog"]
    numbers = {name: number for number, name in enumerate(set(labels))}  #!
    print([numbers[name] for name in labels])


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "`hash()` of a string decides the split",
        "hash",
        """
=== train.py
def main():
    names = [f"image-{number}" for number in range(20)]
    print([name for name in names if hash(name) % 10 < 8])  #!


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "`uuid.uuid4()` decides the split",
        "entropy",
        """
=== train.py
import uuid


def main():
    ids = [uuid.uuid4() for number in range(20)]  #!
    print([number for number, one in enumerate(ids) if one.int % 10 < 8])  #!


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "`PYTHONHASHSEED` set by the running program",
        "hash order",
        """
=== train.py
import os

os.environ["PYTHONHASHSEED"] = "0"  #!


def main():
    words = {"cat", "dog", "bird", "fish"}
    print(list(words))  #!


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "results in the order in which threads finish",
        "order",
        """
=== train.py
import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed


def load(number):
    time.sleep(os.urandom(1)[0] / 2000)
    return number


def main():
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(load, number) for number in range(8)]
        values = [future.result() for future in as_completed(futures)]  #!
    print(values)


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "`--seed` is an option that nothing reads",
        "option",
        """
=== train.py
import argparse

import numpy as np


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)  #!
    parser.add_argument("--size", type=int, default=3)
    args = parser.parse_args()
    np.random.seed(0)  #!
    print(np.random.rand(args.size))


if __name__ == "__main__":
    main()
""",
    ),
    program(
        "convolutions on CUDA, cuDNN may choose any algorithm",
        "cuda",
        """
=== train.py
import torch


def main():
    torch.manual_seed(0)
    model = torch.nn.Conv2d(3, 8, 3).cuda()  #!
    loss = model(torch.randn(4, 3, 64, 64).cuda()).sum()  #!
    loss.backward()
    print(model.weight.grad)


if __name__ == "__main__":
    main()  #!
""",
        hardware="CUDA",
    ),
    program(
        "`cudnn.benchmark = True`",
        "cuda",
        """
=== train.py
import torch


def main():
    torch.manual_seed(0)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = True  #!
    model = torch.nn.Conv2d(3, 8, 3).cuda()
    print(model(torch.randn(4, 3, 64, 64).cuda()).sum())


if __name__ == "__main__":
    main()
""",
        hardware="CUDA",
    ),
    program(
        "deterministic algorithms, switched off again",
        "cuda",
        """
=== train.py
import torch


def main():
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True)
    model = torch.nn.Conv2d(3, 8, 3).cuda()
    torch.use_deterministic_algorithms(False)  #!
    loss = model(torch.randn(4, 3, 64, 64).cuda()).sum()
    loss.backward()
    print(model.weight.grad)


if __name__ == "__main__":
    main()
""",
        hardware="CUDA",
    ),
    program(
        "an operation that is nondeterministic on CUDA",
        "cuda",
        """
=== train.py
import torch


def main():
    torch.manual_seed(0)
    torch.backends.cudnn.deterministic = True
    index = torch.randint(0, 8, (100000,)).cuda()
    values = torch.randn(100000).cuda()
    print(torch.zeros(8).cuda().index_add_(0, index, values))  #!


if __name__ == "__main__":
    main()
""",
        hardware="CUDA",
    ),
    program(
        "a notebook, nothing seeds NumPy",
        "numpy",
        """
=== train.ipynb
# %%
import numpy as np
# %%
noise = np.random.rand(3)  #!
print(noise)
""",
    ),
    program(
        "a notebook that seeds in an earlier cell",
        "numpy",
        """
=== train.ipynb
# %%
import numpy as np

np.random.seed(0)
# %%
noise = np.random.rand(3)
print(noise)
""",
    ),
)
SCATTERED = program(
    "six draws in three files",
    "numpy",
    """
=== train.py
import numpy as np
from sklearn.preprocessing import scale

from data import points
from model import weights


def main():
    noise = np.random.rand(3)  #!
    order = np.random.permutation(3)  #!
    print(scale(points()[order] + noise), weights())


if __name__ == "__main__":
    main()  #!

=== data.py
import numpy as np


def points():
    return np.random.rand(3) + np.random.randn(3)  #!

=== model.py
import numpy as np


def weights():
    return np.random.rand(3) + np.random.randn(3)  #!
""",
)
"""For the row that counts findings."""
HELPER, FORGETFUL = (
    next(one for one in PROGRAMS if one.title == title)
    for title in ("a helper in another file seeds all three", "the helper in another file forgets NumPy")
)
PLAIN = PROGRAMS[:4]
"""For the row on imports."""


# ---------------------------------------------------------------------------------------------- tools


@dataclass(frozen=True)
class Finding:
    """What a tool says, as far as it is compared."""

    code: str
    path: str | None = None
    """None: the verdict is about the whole folder."""
    line: int | None = None
    """None: about the whole file."""
    end: int | None = None
    cell: int | None = None

    def meets(self, marks: set[tuple[str, int | None, int]]) -> bool:
        """Whether a marked line is among those that it is about."""
        if self.path is None or self.line is None:
            return False
        lines = range(self.line, (self.end or self.line) + 1)
        return any(path == self.path and cell == self.cell and line in lines for path, cell, line in marks)


class NotMeasuredError(Exception):
    """A tool did not run as it should. The message says why, in a line."""


@dataclass(frozen=True)
class Tool:
    """One linter."""

    name: str
    option: str
    distribution: str
    executable: str
    url: str
    command: str
    """How it is run in the folder of a program; FILES stands for all its Python files and notebooks."""
    read: Callable[[str], list[Finding]]
    rules: Mapping[str, str]
    """What its rules are about, by code or the start of one. Those with an empty value touch the subject and mean something else."""
    sample: tuple[str, str]
    """A rule, and a file on whose marked line it reports something."""
    statuses: tuple[int, ...] = (0, 1)
    comments: tuple[str, ...] = ("# noqa",)
    """What may suppress the sample's finding."""
    fix: str = ""
    server: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)
    """Further commands, by the name of the format that they give."""
    baseline: Callable[[Runner, Path], bool] | None = None
    hook: tuple[str, str] = ("none", "")
    """From its documentation: whether pre-commit can run it as it is, and where that is said."""

    def topics(self, code: str) -> frozenset[str] | None:
        """What a rule is about; None: not the subject here."""
        best = max((known for known in self.rules if code.startswith(known)), key=len, default=None)
        return None if best is None else frozenset(self.rules[best].split())


@dataclass(frozen=True)
class Runner:
    """A tool and where it is."""

    tool: Tool
    place: tuple[str, ...]
    """The words that stand for the first word of each command."""
    rules: str
    """The folder of rules, for semgrep."""
    scratch: Path
    """The home directory of what is run."""

    def run(self, command: str, folder: Path, given: str = "", statuses: Sequence[int] | None = None) -> str:
        """Run a command of the tool in a folder and return its stdout."""
        words = shlex.split(command)
        assert words[0] == self.tool.executable, command
        argv: list[str] = list(self.place)
        for word in words[1:]:
            if word == "FILES":
                argv += sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in {".py", ".ipynb"})
            else:
                argv.append(self.rules if word == "RULES" else word)
        try:
            done = subprocess.run(
                argv, cwd=folder, env=self.environment(), input=given, capture_output=True, encoding="utf-8", timeout=LIMIT
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotMeasuredError(f"{shlex.join(argv[:3])} …: {error}") from None
        if done.returncode not in (self.tool.statuses if statuses is None else statuses):
            last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
            raise NotMeasuredError(f"{shlex.join(argv[:3])} …: exit status {done.returncode}: {last}")
        return done.stdout

    def environment(self) -> dict[str, str]:
        """The variables for a tool: plain output, and nothing read from or left in the user's home."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("REPROLINT_", "RUFF_", "SEMGREP_"))}
        home = str(self.scratch)
        kept.update(HOME=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home, PYLINTHOME=home, PYTHONDONTWRITEBYTECODE="1")
        kept.update(NO_COLOR="1", COLUMNS="120", SEMGREP_SEND_METRICS="off", SEMGREP_ENABLE_VERSION_CHECK="0")
        kept.pop("FORCE_COLOR", None)
        return kept

    def findings(self, folder: Path) -> list[Finding]:
        """What the tool says about a folder."""
        output = self.run(self.tool.command, folder)
        try:
            return self.tool.read(output)
        except (ValueError, KeyError, IndexError) as error:
            raise NotMeasuredError(f"{self.tool.name} printed something else than expected: {error!r}") from None

    def version(self) -> str:
        """The version of the distribution. Ours is that of the document, which goes with the code."""
        if self.tool.name == OURS:
            return "this one"
        python = Path(self.place[0]).with_name("python")
        code = f"import importlib.metadata as m; print(m.version({self.tool.distribution!r}))"
        done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, timeout=60)
        return done.stdout.strip() or "unknown"


def plain(path: str) -> str:
    """A path as the programs here write it."""
    return path.removeprefix("./")


def read_ours(output: str) -> list[Finding]:
    """JSON of our own."""
    return [Finding(f["code"], f["path"], f["line"], f["end_line"], f["cell"]) for f in json.loads(output)]


def read_ruff(output: str) -> list[Finding]:
    """JSON of ruff, whose paths are absolute."""
    return [
        Finding(
            f["code"] or "syntax",
            Path(f["filename"]).name,
            f["location"]["row"],
            f["end_location"]["row"],
            f.get("cell"),
        )
        for f in json.loads(output)
    ]


def read_lines(pattern: str) -> Callable[[str], list[Finding]]:
    """A reader for output in lines; the pattern has the groups path, line, code."""

    def read(output: str) -> list[Finding]:
        return [
            Finding(match["code"], plain(match["path"]), int(match["line"]))
            for match in re.finditer(pattern, output, re.MULTILINE)
        ]

    return read


def read_pylint(output: str) -> list[Finding]:
    """JSON of pylint. Its rules on a whole module stand on the first line, which no program here marks."""
    return [
        Finding(f["message-id"], plain(f["path"]), None if f["line"] == 1 and not f["obj"] and f["column"] == 0 else f["line"])
        for f in json.loads(output)
    ]


def read_semgrep(output: str) -> list[Finding]:
    """JSON of semgrep, which puts the folder of the rules before their names."""
    return [
        Finding(f["check_id"].rpartition(".")[2], plain(f["path"]), f["start"]["line"], f["end"]["line"])
        for f in json.loads(output)["results"]
    ]


def read_mlcheck(output: str) -> list[Finding]:
    """Text of mlcheck: findings stand below the name of their file, some without a line."""
    found, path = [], ""
    for line in output.splitlines():
        if line.startswith("# "):
            path = line[2:]
        elif match := re.match(r"\[[A-Z]+\] ([A-Z_]+)(?: \(line (\d+)\))?:", line):
            found.append(Finding(match[1], path, int(match[2]) if match[2] else None))
    return found


def read_other(output: str) -> list[Finding]:
    """The table of the other reprolint: a verdict for each check."""
    verdicts = re.findall(r"^│ (\S.*?) +│.*│ (PASS|FAIL) ", output, re.MULTILINE)
    if not verdicts:
        raise ValueError("no table of verdicts")
    return [Finding(check) for check, verdict in verdicts if verdict == "FAIL"]


def our_baseline(runner: Runner, folder: Path) -> bool:
    """Write all findings into a baseline; ask again."""
    runner.run("reprolint check --isolated --baseline baseline.json --update-baseline .", folder)
    again = runner.run("reprolint check --isolated --baseline baseline.json --output-format json .", folder)
    return read_ours(again) == []


def semgrep_baseline(runner: Runner, folder: Path) -> bool:
    """Commit the file; ask for what is new since then."""
    git = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "init.defaultBranch=main"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "all"]):
        subprocess.run([*git, *words], cwd=folder, check=True, capture_output=True, timeout=60)
    with (folder / "sample.py").open("a", encoding="utf-8") as file:  # without a change there is nothing that it would read
        file.write("\nprint(1)\n")
    output = runner.run("semgrep scan --quiet --metrics off --config RULES --json --baseline-commit HEAD .", folder)
    return read_semgrep(output) == []


SEMGREP = "semgrep scan --quiet --metrics off --config RULES"
PYLINT = (
    "python -I -m pylint --rcfile=/dev/null --load-plugins=dslinter --disable=all --enable=W5507,W5508,W5509,W5510,W5511,W5512"
)
SPLIT = 'from sklearn.model_selection import train_test_split\n\nprint(train_test_split("abcd"))  #!\n'
CROPS = """import numpy as np
from torch.utils.data import Dataset


class Crops(Dataset):  #!
    def __getitem__(self, index):
        return index + np.random.randint(0, 1000)
"""
RUFF = "ruff check --isolated --no-cache --preview --select ALL"

TOOLS = (
    Tool(
        name=OURS,
        option="--reprolint",
        distribution="reprolint-seeding",
        executable="reprolint",
        url="rules/README.md",
        command="reprolint check --isolated --no-cache --output-format json .",
        read=read_ours,
        rules={
            **{
                f"RPL1{kind}{digit}": family
                for kind in range(5)
                for digit, family in ((1, "python"), (2, "numpy"), (3, "torch"))
            },
            "RPL201": "python",
            "RPL202": "numpy",
            "RPL203": "python numpy torch",
            "RPL204": "tensorflow",
            "RPL3": "cuda",
            "RPL401": "order",
            "RPL402": "order",
            "RPL403": "hash",
            "RPL404": "order",
            "RPL411": "workers",
            "RPL501": "hash",
            "RPL503": "option",
        },
        sample=("RPL101", "import random\n\nprint(random.random())  #!\n"),
        comments=("# reprolint: ignore[RPL101]", "# noqa: RPL101"),
        fix="reprolint fix --isolated --no-cache .",
        server="reprolint server",
        formats={
            name: f"reprolint check --isolated --no-cache --output-format {name} ."
            for name in ("concise", "full", "github", "gitlab", "grouped", "json", "json-lines", "junit", "rdjson", "sarif")
        },
        baseline=our_baseline,
        hook=("yes", "ci.md"),
    ),
    Tool(
        name="ruff",
        option="--ruff",
        distribution="ruff",
        executable="ruff",
        url="https://docs.astral.sh/ruff/rules/",
        command=f"{RUFF} --output-format json .",
        read=read_ruff,
        rules={"NPY002": "", "S311": "", "PTH207": "", "PTH208": "", "PLC0208": "", "PLR1704": ""},
        sample=("F401", "import os  #!\n"),
        comments=("# noqa: F401", "# ruff: ignore[F401]"),
        fix="ruff check --isolated --no-cache --select F --fix .",
        server="ruff server",
        formats={
            name: f"{RUFF} --output-format {name} ."
            for name in (
                *("azure", "concise", "full", "github", "gitlab", "grouped", "json", "json-lines", "junit", "pylint"),
                *("rdjson", "sarif"),
            )
        },
        hook=("yes", "https://docs.astral.sh/ruff/integrations/#pre-commit"),
    ),
    Tool(
        name="Fixit",
        option="--fixit",
        distribution="fixit",
        executable="fixit",
        url="https://fixit.readthedocs.io/",
        command="fixit --quiet lint .",
        read=read_lines(r"^(?P<path>[^\s@]+)@(?P<line>\d+):\d+ (?P<code>\w+): "),
        rules={},
        sample=(
            "CompareSingletonPrimitivesByIs",
            "def small(x):\n    return x == None  #!\n\n\nprint(small(1))\n",
        ),
        comments=("# lint-ignore: CompareSingletonPrimitivesByIs", "# noqa"),
        fix="fixit --quiet fix --automatic .",
        server="fixit lsp",
        formats={
            "fixit": "fixit --quiet --output-format fixit lint .",
            "vscode": "fixit --quiet --output-format vscode lint .",
            "custom template": "fixit --quiet --output-format custom --output-template {path}:{start_line}:{rule_name} lint .",
        },
        hook=("yes", "https://fixit.readthedocs.io/en/latest/guide/integrations.html#pre-commit"),
    ),
    Tool(
        name="dslinter",
        option="--dslinter-python",
        distribution="dslinter",
        executable="python",
        url="https://github.com/SERG-Delft/dslinter",
        command=f"{PYLINT} --score=n --output-format=json FILES",
        read=read_pylint,
        rules={
            "W5507": "cuda",
            "W5508": "numpy",
            "W5509": "numpy",
            "W5510": "tensorflow",
            "W5511": "torch",
            "W5512": "workers",
        },
        sample=("W5509", SPLIT),
        statuses=tuple(range(32)),
        comments=("# pylint: disable=W5509", "# noqa"),
        formats={
            name: f"{PYLINT} --score=n --output-format={name} FILES"
            for name in ("colorized", "json", "msvs", "parseable", "text")
        },
        hook=("pylint's", "https://pylint.readthedocs.io/en/stable/user_guide/installation/pre-commit-integration.html"),
    ),
    Tool(
        name="torchfix",
        option="--torchfix",
        distribution="torchfix",
        executable="torchfix",
        url="https://github.com/pytorch-labs/torchfix",
        command="torchfix --jobs 1 --select ALL .",
        read=read_lines(r"^(?P<path>[^\s:]+):(?P<line>\d+):\d+: (?P<code>TOR\d+) "),
        rules={},
        sample=("TOR101", "import torch\n\nones = torch.ones(3)\nprint(torch.ger(ones, ones))  #!\n"),
        comments=("# noqa: TOR101", "# noqa"),
        fix="torchfix --jobs 1 --fix .",
        formats={"text": "torchfix --jobs 1 --select ALL ."},
        hook=("flake8's", "https://flake8.pycqa.org/en/latest/user/using-hooks.html"),
    ),
    Tool(
        name="semgrep",
        option="--semgrep",
        distribution="semgrep",
        executable="semgrep",
        url="https://github.com/trailofbits/semgrep-rules#python",
        command=f"{SEMGREP} --json .",
        read=read_semgrep,
        rules={"numpy-in-pytorch-datasets": "workers"},
        sample=("numpy-in-pytorch-datasets", CROPS),
        comments=("# nosemgrep", "# noqa"),
        fix=f"{SEMGREP} --autofix .",
        server="semgrep lsp",
        formats={
            name: f"{SEMGREP} --{option} ."
            for name, option in (
                ("emacs", "emacs"),
                ("gitlab", "gitlab-sast"),
                ("json", "json"),
                ("junit", "junit-xml"),
                ("sarif", "sarif"),
                ("text", "text"),
                ("vim", "vim"),
            )
        },
        baseline=semgrep_baseline,
        hook=("yes", "https://semgrep.dev/docs/extensions/pre-commit"),
    ),
    Tool(
        name="mlcheck",
        option="--mlcheck",
        distribution="ml-engineer-skills",
        executable="mlcheck",
        url="https://github.com/krishi-shah/ml-engineer-skills",
        command="mlcheck scan-repro FILES",
        read=read_mlcheck,
        rules={"MISSING_SEED": "numpy", "MISSING_TORCH_SEED": "torch"},
        sample=("MISSING_SEED", SPLIT),
        formats={"text": "mlcheck scan-repro FILES", "json": "mlcheck audit --source sample.py --repro --format json"},
        hook=("yes", "https://github.com/krishi-shah/ml-engineer-skills"),
    ),
    Tool(
        name="PyPI's reprolint",
        option="--other-reprolint",
        distribution="reprolint",
        executable="reprolint",
        url="https://pypi.org/project/reprolint/",
        command="reprolint .",
        read=read_other,
        rules={"Random seeds": "python numpy torch tensorflow", "Deterministic execution": "cuda"},
        sample=("Random seeds", "import random\n\nprint(random.random())  #!\n"),
        formats={"text": "reprolint .", "file": "reprolint --output report.txt ."},
    ),
)


# ---------------------------------------------------------------------------------------------- programs, measured

LISTING = '''"""Lists folders in another order for each value of LISTING_ORDER: what file systems are free to do."""
import os
import zlib

_listdir = os.listdir
_order = os.environ.get("LISTING_ORDER", "")


def listdir(path="."):
    return sorted(_listdir(path), key=lambda name: zlib.crc32(_order.encode() + os.fsencode(name)))


if _order:
    os.listdir = listdir
'''
NOTEBOOK = """
import json, sys
for cell in json.load(open(sys.argv[1]))["cells"]:
    exec("".join(cell["source"]), globals())
"""


@functools.cache
def has(python: str, libraries: tuple[str, ...]) -> bool:
    """Whether an environment has all of some libraries; this does not import them."""
    code = f"import importlib.util as u; raise SystemExit(not all(u.find_spec(name) for name in {libraries!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write a program into a folder."""
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")


def output_of(python: str, entry: str, folder: Path, number: int) -> str:
    """What one run prints. The number stands for a hash seed and an order of folders."""
    with tempfile.TemporaryDirectory() as beside:
        Path(beside, "sitecustomize.py").write_text(LISTING, encoding="utf-8")
        path = os.pathsep.join([beside, *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": str(number), "LISTING_ORDER": str(number)}
        environment.update(OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run(
            [python, *(["-c", NOTEBOOK] if entry.endswith(".ipynb") else []), entry],
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
        )
    if done.returncode:
        raise NotMeasuredError(f"{entry}: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def agree(python: str, entry: str, folder: Path) -> bool:
    """Whether two runs print the same."""
    return output_of(python, entry, folder, 1) == output_of(python, entry, folder, 2)


def two_runs(one: Program, pythons: Sequence[str]) -> str | None:
    """The cell on what a program does; None if no environment here can run it."""
    if one.hardware:
        return f"not run: needs {one.hardware}"
    python = next((python for python in pythons if has(python, tuple(one.libraries()))), None)
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        write(one.files(), Path(folder))
        return "same" if agree(python, one.entry(), Path(folder)) else "differ"


def sorted_out(runner: Runner, one: Program) -> tuple[list[Finding], list[Finding]]:
    """What a tool says about a program: on its topics, and on others of the subject."""
    with tempfile.TemporaryDirectory() as folder:
        write(one.files(), Path(folder))
        known = [(found, runner.tool.topics(found.code)) for found in runner.findings(Path(folder))]
    on_topic = [found for found, topics in known if topics is not None and topics & one.topics]
    return on_topic, [found for found, topics in known if topics is not None and not topics & one.topics]


def codes(findings: Sequence[Finding]) -> str:
    """The names of rules, as code."""
    return ", ".join(f"`{code}`" for code in sorted({found.code for found in findings}))


def where(found: Finding, marks: set[tuple[str, int | None, int]]) -> str:
    """How near a finding is to where it is right."""
    if found.path is None:
        return "folder"
    if found.meets(marks):
        return "line"
    if found.path not in {path for path, _, _ in marks}:
        return "other file"
    return "file" if found.line is None else "other line"


def verdict(runner: Runner, one: Program) -> str:
    """The cell of a tool for a program."""
    on_topic, beside = sorted_out(runner, one)
    marks = one.marks()
    brackets = f" ({codes(beside)})" if beside else ""
    if not marks:
        return f"false alarm: {codes(on_topic)}" if on_topic else f"quiet{brackets}"
    for place in ("line", "file", "folder", "other line", "other file"):
        if found := [one for one in on_topic if where(one, marks) == place]:
            return f"{place}: {codes(found)}"
    return f"no{brackets}"


def wanted(one: Program) -> str:
    """The right answer."""
    return "yes" if one.marks() else "no"


def right(cell: str, one: Program) -> bool:
    """Whether a cell is a right answer, however near."""
    return cell.startswith(("line:", "file:", "folder:") if one.marks() else "quiet")


# ---------------------------------------------------------------------------------------------- features, measured


def sample_of(tool: Tool) -> str:
    """The sample as it is written to the disk."""
    return re.sub(r"[ ]*#!$", "", tool.sample[1], flags=re.MULTILINE)


def says(runner: Runner, files: Mapping[str, str]) -> list[Finding]:
    """What a tool reports about some files by the rule that its sample is about."""
    with tempfile.TemporaryDirectory() as folder:
        write(files, Path(folder))
        return [found for found in runner.findings(Path(folder)) if found.code == runner.tool.sample[0]]


def check_sample(runner: Runner) -> str:
    """Every other answer rests on this one: that the sample is reported. What a finding is about, at its most precise."""
    found = says(runner, {"sample.py": sample_of(runner.tool)})
    if not found:
        raise NotMeasuredError(f"{runner.tool.name} says nothing about its sample")
    return "a folder" if found[0].path is None else "a file" if found[0].line is None else "a line"


def imports(runner: Runner) -> str:
    """Whether what another file does counts: the helper that seeds, and the one that forgets."""
    if not any(right(verdict(runner, one), one) for one in PLAIN):
        return "-"
    return "yes" if right(verdict(runner, HELPER), HELPER) and right(verdict(runner, FORGETFUL), FORGETFUL) else "no"


def scattered(runner: Runner) -> str:
    """How many findings one unseeded program gives."""
    return str(len(sorted_out(runner, SCATTERED)[0]) or "-")


def fixes(runner: Runner) -> str:
    """Whether it can change the sample."""
    if not runner.tool.fix:
        return "no"
    before = sample_of(runner.tool)
    with tempfile.TemporaryDirectory() as folder:
        write({"sample.py": before}, Path(folder))
        runner.run(runner.tool.fix, Path(folder))
        return "yes" if Path(folder, "sample.py").read_text(encoding="utf-8") != before else "not by these rules"


def fixable() -> list[Program]:
    """Programs whose two runs differ and that need nothing but Python and NumPy, so that the tests can run them quickly."""
    heavy = {"torch", "sklearn", "tensorflow", "lightning"}
    return [
        one
        for one in PROGRAMS
        if one.marks() and not one.hardware and "option" not in one.topics and not heavy & {*one.libraries()}
    ]


def repaired(runner: Runner) -> str:
    """How many programs give the same in two runs after a fix. What is run has our runtime, for fixes that import it."""
    if not runner.tool.fix:
        return "-"
    fixed = 0
    for one in fixable():
        with tempfile.TemporaryDirectory() as folder:
            write(one.files(), Path(folder))
            runner.run(runner.tool.fix, Path(folder))
            fixed += agree(sys.executable, one.entry(), Path(folder))
    return f"{fixed} of {len(fixable())}"


def notebooks(runner: Runner) -> str:
    """Whether the sample is found in the second cell of a notebook, and called by that cell."""
    check_sample(runner)
    text = f"# %%\nprint(1)\n# %%\n{sample_of(runner.tool)}"
    found = says(runner, {"sample.ipynb": notebook(text)})
    if not found:
        return "no"
    if found[0].path is None:
        # A verdict on a folder may come from there being nothing to read: it has to turn when the notebook seeds.
        return "no" if says(runner, {"sample.ipynb": notebook(f"# %%\nimport random\nrandom.seed(0)\n{text}")}) else "yes"
    return "yes" if found[0].cell == 2 else "yes, without the cell"


def suppressed(runner: Runner) -> str:
    """The comments that suppress the sample's finding."""
    check_sample(runner)
    marked = runner.tool.sample[1]
    good = [one for one in runner.tool.comments if not says(runner, {"sample.py": marked.replace("  #!", f"  {one}")})]
    return ", ".join(f"`{comment}`" for comment in good) or "none found"


def formats(runner: Runner) -> str:
    """The formats for which it printed, or wrote, something about the sample."""
    good = []
    for name, command in runner.tool.formats.items():
        with tempfile.TemporaryDirectory() as folder:
            write({"sample.py": sample_of(runner.tool)}, Path(folder))
            printed = runner.run(command, Path(folder))
            if len(list(Path(folder).iterdir())) > 1 if name == "file" else printed.strip():
                good.append(name)
    return ", ".join(good)


def baseline(runner: Runner) -> str:
    """Whether findings that are known can be left out."""
    if runner.tool.baseline is None:
        return "no"
    with tempfile.TemporaryDirectory() as folder:
        write({"sample.py": sample_of(runner.tool)}, Path(folder))
        return "yes" if runner.tool.baseline(runner, Path(folder)) else "no"


def server(runner: Runner) -> str:
    """Whether it answers an editor's first message, of the Language Server Protocol."""
    if not runner.tool.server:
        return "no"
    body = json.dumps(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"processId": None, "rootUri": None, "capabilities": {}, "workspaceFolders": None},
        }
    )
    argv = [*runner.place, *shlex.split(runner.tool.server)[1:]]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=runner.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
            process.stdin.flush()
            return "yes" if process.stdout.readline().startswith(b"Content-") else "no"
        except OSError:
            return "no"
        finally:
            process.kill()
            process.communicate()


def seconds(runner: Runner) -> str:
    """Processor time for two folders of this project, the least of two runs, or one where that is long; children included."""
    cells = []
    for place in FOLDERS:
        times: list[float] = []
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent, "project")
            shutil.copytree(ROOT / place, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            while not times or (len(times) < 2 and sum(times) < 20):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                runner.run(runner.tool.command, folder)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        cells.append(f"{min(times):.2g} s")
    return ", ".join(cells)


def hook(runner: Runner) -> str:
    """From the documentation."""
    word, url = runner.tool.hook
    return f"[{word}]({url})" if url else word


@dataclass(frozen=True)
class Feature:
    """One question about a tool, and what answers it."""

    title: str
    cell: Callable[[Runner], str]
    noisy: bool = False
    """Differs from run to run: shown, never checked."""


FEATURES = (
    Feature("version", Runner.version, noisy=True),
    Feature("a finding names at best", check_sample),
    Feature("what an imported file seeds or forgets counts", imports),
    Feature("findings about one program that draws six times in three files", scattered),
    Feature("fixes its sample", fixes),
    Feature("programs above that its fix makes repeatable (those with Python and NumPy alone)", repaired),
    Feature("notebooks", notebooks),
    Feature("comments that suppress", suppressed),
    Feature("output formats", formats),
    Feature("baseline of known findings", baseline),
    Feature("language server", server),
    Feature("processor time for `examples/spirals`, for `fixtures` (not checked)", seconds, noisy=True),
    Feature("pre-commit hook (from its documentation)", hook),
)


# ---------------------------------------------------------------------------------------------- documents


Cells = dict[str, dict[str, str]]
"""By column and title of the row."""


def measure(runner: Runner, some: str, times: bool) -> tuple[dict[str, str], list[str]]:
    """The cells of one tool, and why some of them have a dash."""
    found: dict[str, str] = {}
    problems: list[str] = []
    rows: list[tuple[str, Callable[[Runner], str]]] = [(one.title, functools.partial(verdict, one=one)) for one in PROGRAMS]
    rows += [(feature.title, feature.cell) for feature in FEATURES if times or feature.cell is not seconds]
    for title, cell in rows:
        if some not in title:
            continue
        try:
            found[title] = cell(runner).replace("|", "\\|")
        except NotMeasuredError as error:
            found[title] = "-"
            problems.append(f"{title}: {error}")
    return found, problems


def totals(cells: Cells, names: Sequence[str]) -> list[str]:
    """Two rows that count the right answers of each tool."""
    lines = []
    for title, some in (
        ("**found, on the right line / only the file or folder**", [one for one in PROGRAMS if one.marks()]),
        ("**false alarms**", [one for one in PROGRAMS if not one.marks()]),
    ):
        row = []
        for name in names:
            words = [cells[name].get(one.title, "-").partition(":")[0] for one in some]
            if some[0].marks():
                row.append(f"{words.count('line')} / {words.count('file') + words.count('folder')}")
            else:
                row.append(str(words.count("false alarm")))
        lines.append(f"| {title} | {len(some)} | | " + " | ".join(row) + " |")
    return lines


def table(cells: Cells) -> str:
    """Both tables and the commands."""
    tools = [tool for tool in TOOLS if tool.name in cells]
    names = [tool.name for tool in tools]
    lines = [f"| program | should report | {RUNS} | " + " | ".join(names) + " |", "|---" * (len(tools) + 3) + "|"]
    for one in PROGRAMS:
        row = [wanted(one), cells.get(RUNS, {}).get(one.title, "-"), *(cells[name].get(one.title, "-") for name in names)]
        lines.append(f"| {one.title} | " + " | ".join(row) + " |")
    lines += totals(cells, names)
    lines += ["", "| feature | " + " | ".join(names) + " |", "|---" * (len(tools) + 1) + "|"]
    for feature in FEATURES:
        row = [cells[name].get(feature.title, "-") for name in names]
        lines.append(f"| {feature.title} | " + " | ".join(row) + " |")
    lines += ["", "The commands, each run in the folder of the program:", ""]
    lines += [f"- [{tool.name}]({tool.url}): `{tool.command}`" for tool in tools]
    return "\n".join(lines)


def parts(text: str) -> tuple[str, str, str]:
    """A document before, between and after the markers; ValueError if there are none."""
    head, first, rest = text.partition(START)
    inside, last, tail = rest.partition(END)
    if not (first and last):
        raise ValueError(f"no lines {START!r} and {END!r}")
    return head + first, inside, last + tail


def read_table(text: str) -> Cells:
    """The cells that a document has, whatever rows and columns these are; counted rows and fixed columns aside."""
    cells: Cells = {}
    columns: list[str] = []
    for line in parts(text)[1].splitlines():
        values = [value.strip() for value in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not values:
            columns = []
        elif not columns:
            columns = values[1:]
        elif not values[0].startswith(("---", "**")):
            for column, value in zip(columns, values[1:], strict=False):
                if column != "should report":
                    cells.setdefault(column, {})[values[0]] = value
    return cells


def differences(document: Cells, measured: Cells) -> Iterator[str]:
    """A line for each cell that the document has differently, or should not have at all."""
    noisy = {feature.title for feature in FEATURES if feature.noisy}
    for column, cells in measured.items():
        if column not in document:
            yield f"{column}: no column in the document"
            continue
        for title, cell in cells.items():
            if title not in noisy and document[column].get(title) != cell:
                yield f"{column}, {title}: the document says {document[column].get(title)!r}, measured is {cell!r}"
    for column in sorted(document.keys() - {RUNS, *(tool.name for tool in TOOLS)}):
        yield f"{column}: a column that nothing measures"
    known = {row.title for row in (*PROGRAMS, *FEATURES)}
    for title in sorted({title for cells in document.values() for title in cells} - known):
        yield f"{title}: a row that nothing measures"


def place_of(tool: Tool, given: str | None) -> tuple[str, ...]:
    """The words that start a tool: from a command, or from the environment that holds it."""
    if given is None:
        return (sys.executable, "-m", "reprolint")
    path = Path(given).absolute()
    if path.is_dir():
        path = path / "bin" / tool.executable
    if not path.exists():
        raise NotMeasuredError(f"{given}: there is no {tool.executable}")
    return (str(path),)


def main() -> int:
    """Measure, then print, write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for tool in TOOLS:
        parser.add_argument(
            tool.option, metavar="PATH", dest=tool.name, help=f"{tool.executable} of {tool.name}, or its environment"
        )
    parser.add_argument(
        "--semgrep-rules", metavar="FOLDER", default="", help="the folder `python` of the rules of Trail of Bits"
    )
    parser.add_argument("--run-python", action="append", metavar="PATH", help="an environment that can run programs")
    parser.add_argument("--no-runs", action="store_true", help=f'leave the column "{RUNS}" as it is')
    parser.add_argument("--no-times", action="store_true", help="leave the row on processor time as it is")
    parser.add_argument("--row", metavar="TEXT", default="", help="measure only the rows with this in their title")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print the cells")
    how.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the markers of a document")
    how.add_argument("--check", type=Path, metavar="FILE", help="name the cells that differ in a document")
    options = parser.parse_args()
    path: Path | None = options.write or options.check
    try:
        document = read_table(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError) as error:
        parser.error(f"{path}: {error}")
    given = vars(options)
    if given["semgrep"] and not options.semgrep_rules:
        parser.error("--semgrep needs --semgrep-rules")

    measured: Cells = {}
    status = 0
    if not options.no_runs:
        runs = {
            one.title: two_runs(one, options.run_python or [sys.executable]) for one in PROGRAMS if options.row in one.title
        }
        measured[RUNS] = {title: cell for title, cell in runs.items() if cell is not None}
        for title in runs.keys() - measured[RUNS].keys():
            print(f"{title}: no environment can run it, its cell is left as it is", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        for tool in TOOLS:
            if given[tool.name] is None and tool.name != OURS:
                continue
            try:
                rules = str(Path(options.semgrep_rules).absolute())
                runner = Runner(tool, place_of(tool, given[tool.name]), rules, Path(scratch))
                measured[tool.name], problems = measure(runner, options.row, not (options.no_times or options.check))
            except NotMeasuredError as error:
                problems = [str(error)]
            for problem in problems:
                print(f"{tool.name}: not measured: {problem}", file=sys.stderr)
                status = 2
    if options.json:
        print(json.dumps(measured, indent=1))
    elif options.check:
        for line in (found := list(differences(document, measured))):
            print(line)
        status = status or int(bool(found))
    else:
        merged = {name: {**document.get(name, {}), **measured.get(name, {})} for name in (*document, *measured)}
        if path:
            head, _, tail = parts(path.read_text(encoding="utf-8"))
            path.write_text(f"{head}\n\n{table(merged)}\n\n{tail}", encoding="utf-8")
        else:
            print(table(merged))
    return status


if __name__ == "__main__":
    sys.exit(main())
