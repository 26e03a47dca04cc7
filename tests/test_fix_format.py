"""Code that a formatter has nothing to say about stays so when it is fixed, and sorted imports stay sorted."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import pytest
from program_grammar import RandomChoices, write
from running import NAMES, PROGRAMS, case_of

from reprolint import fixer
from reprolint.config import Settings

RANDOM_PROGRAMS: Final = 120

NAMES_AND_SYNTAX: Final = "E9,F401,F811,F821"
"""What ruff knows of names that are unused, bound twice or unbound: a fix must add none."""

LAYOUTS: Final = {
    "no-imports-but-one": """
        import random
        print(random.random())
    """,
    "docstring": '''
        """A program."""

        import random

        print(random.random())
    ''',
    "comment-first": """
        #!/usr/bin/env python
        # Copyright the authors.

        # What is drawn.
        import random

        # The number.
        print(random.random())
    """,
    "future": '''
        """A program."""

        from __future__ import annotations

        import numpy as np

        def main() -> None:
            print(np.random.rand())

        if __name__ == "__main__":
            main()
    ''',
    "function-after-imports": """
        import numpy as np

        def draw():
            return np.random.rand()

        print(draw())
    """,
    "class-after-imports": """
        import numpy as np
        import torch

        class Model:
            def __init__(self):
                self.weights = torch.rand(3)

        model = Model()
        print(model.weights, np.random.rand())
    """,
    "decorated": """
        import functools
        import random

        @functools.lru_cache
        def draw():
            return random.random()

        @functools.lru_cache
        def twice():
            return draw() + draw()

        print(twice())
    """,
    "main-with-docstring": '''
        import argparse
        import random

        def main():
            """Draw."""
            parser = argparse.ArgumentParser()
            parser.add_argument("--seed", type=int, default=3)
            args = parser.parse_args()
            print(args.seed, random.random())

        if __name__ == "__main__":
            main()
    ''',
    "main-of-a-docstring-and-a-draw": '''
        import random

        def main():
            """Draw."""

            # Once.
            return random.random()

        if __name__ == "__main__":
            main()
    ''',
    "nested-function-first": """
        import random

        def main():
            def draw():
                return random.random()

            print(draw())

        if __name__ == "__main__":
            main()
    """,
    "import-in-function": """
        def main():
            import random

            print(random.random())

        if __name__ == "__main__":
            main()
    """,
    "work-in-the-guard": """
        import random

        def draw():
            return random.random()

        if __name__ == "__main__":
            # Three of them.
            for _ in range(3):
                print(draw())
    """,
    "parsed-in-the-guard": """
        import argparse

        import numpy as np
        import torch

        def train(args):
            print(torch.rand(args.count), np.random.rand())

        if __name__ == "__main__":
            parser = argparse.ArgumentParser()
            parser.add_argument("--seed", type=int, default=None)
            parser.add_argument("--count", type=int, default=2)

            args = parser.parse_args()

            train(args)
    """,
    "constants": """
        import os
        import random

        import numpy as np

        SEED = 7
        ROUNDS = 3

        for _ in range(ROUNDS):
            print(random.random(), np.random.rand(), os.name)
    """,
    "partly-seeded": """
        import random

        import numpy as np
        import torch

        # Repeatable.
        random.seed(3)
        np.random.seed(3)  # numpy, too

        class Model(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.Linear(2, 2)

        print(Model(), random.random(), np.random.rand())
    """,
    "seeded-at-the-top-of-main": """
        import random

        import torch

        def main():
            random.seed(0)

            print(torch.rand(1))
            print(random.random())

        main()
    """,
    "only-the-seed-uses-the-import": """
        import random

        import torch

        random.seed(1)

        print(torch.rand(2))
    """,
    "seed-from-an-import": """
        import os

        import numpy as np
        import torch

        np.random.seed(int(os.environ.get("SEED", "3")))

        print(torch.rand(2), np.random.rand())
    """,
    "seeded-late": """
        import random

        class Deck:
            def __init__(self):
                self.cards = random.sample(range(52), 52)

        def main():
            deck = Deck()

            # So that the game can be repeated.
            random.seed(11)

            print(deck.cards, random.random())

        if __name__ == "__main__":
            main()
    """,
    "seeded-late-then-a-function": """
        import random

        DECK = random.sample(range(52), 52)

        random.seed(11)

        def draw():
            return random.random()

        print(DECK, draw())
    """,
    "seeded-late-twice": """
        import random

        import numpy as np

        table = np.random.rand(3)
        shuffled = random.sample(range(9), 9)
        np.random.seed(1)
        random.seed(1)

        def draw():
            return random.random()

        print(table, shuffled, draw(), np.random.rand())
    """,
    "optional": """
        import argparse
        import random

        def get_args():
            parser = argparse.ArgumentParser()
            parser.add_argument("--seed", type=int)
            return parser.parse_args()

        def main():
            args = get_args()
            if args.seed is not None:
                random.seed(args.seed)
            print(random.random())

        if __name__ == "__main__":
            main()
    """,
    "varying": """
        import random
        import time

        random.seed(int(time.time()) % 1000)

        def draw():
            return random.random()

        print(draw())
    """,
    "typing-only": """
        from __future__ import annotations

        import random
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from collections.abc import Iterable

        def draw(items: Iterable[int]) -> int:
            return random.choice(list(items))

        print(draw([1, 2, 3]))
    """,
    "tried-import": """
        import random

        try:
            import numpy as np
        except ImportError:
            np = None

        print(random.random(), np)
    """,
    "path-before-imports": """
        import sys
        from pathlib import Path

        sys.path.insert(0, str(Path(__file__).parent))

        import random

        print(random.random())
    """,
    "many-sections": """
        import json
        import random
        from collections import Counter
        from pathlib import Path

        import numpy as np
        import torch
        import yaml
        from torch import nn
        from torch.utils.data import DataLoader

        from . import helper
        from .other import thing

        print(json, Counter, Path, np, yaml, DataLoader, helper, thing)
        print(nn.Linear(2, 2), torch.rand(2), random.random())
    """,
    "last-third-party": """
        import random

        import yaml
        from zope import interface

        print(yaml, interface, random.random())
    """,
    "name-taken": """
        import random

        def set_seed(garden):
            return [garden, random.random()]

        print(set_seed("roses"))
    """,
    "drawn-while-importing": """
        import random

        import helper

        print(helper.TABLE, random.random())
    """,
    "drawn-while-importing-first": """
        import helper

        if __name__ == "__main__":
            print(helper.TABLE)
    """,
    "branches": """
        import random
        import sys

        if len(sys.argv) > 1:
            print(random.random())
        else:
            print(random.gauss(0, 1))
    """,
    "loop-with-comment": """
        import numpy as np

        total = 0.0

        # Add them up.
        for _ in range(3):
            total += np.random.rand()

        print(total)
    """,
    "assigned-then-drawn": """
        import numpy as np

        names = [
            "one",
            "two",
        ]
        weights = np.random.rand(len(names))

        print(weights)
    """,
    "async-main": """
        import asyncio
        import random

        async def draw() -> float:
            await asyncio.sleep(0)
            return random.random()

        async def main() -> None:
            print(await draw())

        asyncio.run(main())
    """,
    "child": """
        import multiprocessing
        import random

        def work(rank, queue):
            queue.put(random.random())

        def main():
            context = multiprocessing.get_context("spawn")
            queue = context.Queue()
            for rank in range(2):
                context.Process(target=work, args=(rank, queue)).start()
            print(queue.get(), queue.get())

        if __name__ == "__main__":
            main()
    """,
    "benchmark": """
        import torch

        torch.backends.cudnn.benchmark = True

        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = torch.nn.Linear(2, 2).to(device)
        print(model)
    """,
    "star-import": """
        import random

        import yaml

        from helper import *

        print(yaml, random.random())
    """,
    "seeded-late-between-functions": """
        import random

        def first():
            return random.random()

        DECK = [random.random() for _ in range(3)]

        def second():
            return first()

        random.seed(3)

        def third():
            return second()

        print(DECK, third())
    """,
    "long-line": """
        import random

        import numpy as np
        import torch

        random.seed(20_231_231)  # the day on which all of this was run for the first time, which is as good as any
        np.random.seed(20_231_231)

        values = {"uniform": np.random.rand(3), "normal": np.random.randn(3), "choice": random.random()}
        print(values, torch.rand(2))
    """,
}
"""Ways in which a file can begin, and what can stand around the place where a seed goes."""

GAPS: Final[dict[str, str]] = {}
"""Layouts and programs of which fixes are known to get something wrong."""

HELPER: Final = """
    import random

    TABLE = [random.random() for _ in range(3)]
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def tool(name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", name, *arguments], cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def ruff(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    # What lies beside the random programs is theirs; for all others, ruff sees by itself what is their own.
    own = ("--config", 'lint.isort.known-first-party=["utils", "pkg"]') if cwd.name == "random" else ()
    return tool("ruff", *arguments[:1], "--isolated", "--no-cache", "--quiet", *arguments[1:], *own, ".", cwd=cwd)


def sort_imports(folder: Path) -> None:
    ruff("check", "--select", "I", "--fix", cwd=folder)


def with_ruff(folder: Path) -> None:
    ruff("format", cwd=folder)


def ruff_complains(folder: Path) -> str:
    return ruff("format", "--diff", cwd=folder).stdout


def with_black(folder: Path) -> None:
    tool("black", "--quiet", ".", cwd=folder)


def black_complains(folder: Path) -> str:
    return tool("black", "--quiet", "--diff", ".", cwd=folder).stdout


FORMATTERS: Final = {"ruff": (with_ruff, ruff_complains), "black": (with_black, black_complains)}


def complaints(folder: Path, formatter: str) -> str:
    return FORMATTERS[formatter][1](folder) + ruff("check", "--select", "I", "--diff", cwd=folder).stdout


def names_and_syntax(folder: Path) -> Counter[str]:
    done = ruff("check", "--select", NAMES_AND_SYNTAX, "--output-format", "concise", cwd=folder)
    return Counter(line.partition(":")[0] + line.rpartition(": ")[2] for line in done.stdout.splitlines())


@pytest.fixture(params=FORMATTERS)
def formatter(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"needs {name}")
    return name


def tidy(folder: Path, formatter: str) -> None:
    for _ in range(2):  # sorting may leave what the formatter has to break again
        sort_imports(folder)
        FORMATTERS[formatter][0](folder)
    found = complaints(folder, formatter)
    assert not found, f"the input is not formatted\n{found}"


def fix(folder: Path) -> int:
    """Make all fixes, also unsafe ones.

    :returns: how many findings that settled.
    """
    fixed = fixer.fix([folder], Settings(), folder, unsafe=True)
    assert fixed.report.trouble == ()
    assert fixer.write(fixed.changed) == []
    return len(fixed.findings)


def assert_stays_formatted(folders: Iterable[Path], home: Path, formatter: str) -> int:
    """Format, fix and look again.

    :param folders: the programs; ``home``: the folder in which the tools run.
    :returns: how many findings were settled.
    """
    tidy(home, formatter)
    before = names_and_syntax(home)
    count = sum(fix(folder) for folder in folders)
    found = complaints(home, formatter)
    assert not found, f"after the fix, {formatter} or isort would change\n{found}"
    new = names_and_syntax(home) - before
    assert not new, f"the fix leaves {sorted(new)}"
    return count


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


def marked(names: Iterable[str]) -> list[object]:
    return [
        pytest.param(
            name, marks=[pytest.mark.xfail(strict=True, raises=AssertionError, reason=GAPS[name])] if name in GAPS else []
        )
        for name in names
    ]


@pytest.mark.parametrize("layout", marked(LAYOUTS))
def test_a_formatted_layout_stays_formatted(layout: str, formatter: str, tmp_path: Path) -> None:
    files = {"main.py": LAYOUTS[layout]}
    if "helper" in LAYOUTS[layout]:
        files["helper.py"] = HELPER
    assert assert_stays_formatted([put(tmp_path, files)], tmp_path, formatter)


def readable(name: str) -> bool:
    """Whether ruff reads all files of a program: it knows UTF-8 alone."""
    try:
        return all(path.read_text(encoding="utf-8") is not None for path in (PROGRAMS / name).rglob("*.py"))
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("name", marked(name for name in NAMES if readable(name)))
def test_a_formatted_program_stays_formatted(name: str, formatter: str, tmp_path: Path) -> None:
    home = tmp_path / "program"
    shutil.copytree(PROGRAMS / name, home, ignore=shutil.ignore_patterns("case.json", "__pycache__"))
    settled = assert_stays_formatted([home / case_of(name)["cwd"]], home, formatter)
    assert not (settled and case_of(name)["clean"])


def test_random_programs_stay_formatted(formatter: str, tmp_path: Path) -> None:
    home = tmp_path / "random"
    folders: Sequence[Path] = [
        put(home / str(number), dict(write(RandomChoices(number)).files)) for number in range(RANDOM_PROGRAMS)
    ]
    assert assert_stays_formatted(folders, home, formatter) > RANDOM_PROGRAMS // 2
