"""Compare reprolint.runtime with the seeding functions of other libraries, by running them all.

In:  the Python environments in which the libraries are installed; by default the one that runs this script.
Out: a Markdown table, one column for each library; or, with --check, the cells in which a document differs from it.

Every answer comes from a process of its own that imports one library, calls it and looks at what changed: this script starts
itself with --probe for that. A probe gives back plain values, and ROWS turns them into words, so no cell is written by hand.
What runs is in TOOLS, as source text beside the words by which a cell names it.

CUDA is observed without a device: the two functions of torch.cuda that seed are replaced by recorders, and a stand-in for
torch_xla records likewise. Where a library sets switches only if there is a GPU, torch.cuda.is_available answers True.

    python tools/compare_runtimes.py [--python PATH ...] [--json | --write FILE | --check FILE]

Exit status: 0; 1 if --check found a difference; 2 if a library is installed and could not be measured, or for wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.metadata
import json
import os
import random
import re
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START = "<!-- comparison: written by tools/compare_runtimes.py -->"
END = "<!-- end of comparison -->"
MARK = "measured:"
LIMIT = 600
"""Seconds for one probe: the slowest ones take half a minute."""
FAMILIES = ("python", "numpy", "torch")
WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
HASH_SEED = "PYTHONHASHSEED"
HELD = {
    "held Generator": "`Generator`",
    "held RandomState": "`RandomState`",
    "held Random": "`random.Random`",
    "held torch.Generator": "`torch.Generator`",
    "held protocol": "objects with `set_random_state`",
}
"""Generators that a dataset may hold, and what a cell calls them. The last one sits in an object of MONAI's protocol."""
INHERITED = (WORKSPACE, HASH_SEED, "PL_GLOBAL_SEED", "PL_SEED_WORKERS", "RANK", "LOCAL_RANK", "WORLD_SIZE", "SLURM_PROCID")
"""Variables of the shell that would decide what is measured."""


# ---------------------------------------------------------------------------------------------- what is compared


@dataclass(frozen=True)
class Tool:
    """One library. All code is source text; `seed`, `rank`, `data`, `body` and `state` are names that a probe provides."""

    name: str
    distribution: str
    url: str
    imports: str
    """What a program writes that only seeds: its time is measured."""
    seed: str
    more: str = ""
    """Imports of what the other fields use."""
    options: dict[str, str] = field(default_factory=dict)
    """Further calls that set switches, by what a cell calls them: the first one that does what a row asks for is named."""
    ranks: dict[str, str] = field(default_factory=dict)
    """Further calls that know the rank of the process."""
    hash_seed: tuple[str, str] | None = None
    """What a cell calls it and a call that is about the hashes of strings."""
    loader: tuple[str, str] | None = None
    """What a cell calls it and a DataLoader whose workers the library seeds; None: PyTorch's own."""
    within: tuple[str, str] | None = None
    """What a cell calls it and a statement that runs `body()` and restores the generators."""
    save: tuple[str, str, str] | None = None
    """What a cell calls it, an expression for the state of the generators, a call that restores `state`."""

    def calls(self) -> dict[str, str]:
        """Every call that may set switches, the plain one first, under an empty name."""
        return {"": self.seed, **self.options}

    def prepare(self) -> dict[str, Any]:
        """Import the library; return the names that its source text uses."""
        names: dict[str, Any] = {"partial": __import__("functools").partial}
        exec(self.imports + "\n" + self.more, names)
        return names


TOOLS = (
    Tool(
        name="reprolint.runtime",
        distribution="reprolint-seeding",
        url="runtime.md",
        imports="from reprolint.runtime import set_seed",
        more="from reprolint.runtime import ensure_hash_seed, isolated_rng, restore_rng_state, rng_state, seed_worker",
        seed="set_seed(seed)",
        options={
            '`deterministic="strict"`': 'set_seed(seed, deterministic="strict")',
            '`deterministic="strict", warn_only=True`': 'set_seed(seed, deterministic="strict", warn_only=True)',
        },
        ranks={'`rank="auto"`': 'set_seed(seed, rank="auto")'},
        hash_seed=("`ensure_hash_seed`", "ensure_hash_seed()"),
        loader=("`seed_worker`", "DataLoader(data, num_workers=2, worker_init_fn=seed_worker)"),
        within=("`isolated_rng`", "with isolated_rng(): body()"),
        save=("`rng_state`", "rng_state()", "restore_rng_state(state)"),
    ),
    Tool(
        name="lightning",
        distribution="lightning",
        url="https://lightning.ai/docs/pytorch/stable/common/trainer.html#reproducibility",
        imports="from lightning import seed_everything",
        more="from lightning import Trainer\n"
        "from lightning.fabric.utilities.seed import pl_worker_init_function\n"
        "from lightning.pytorch.utilities.seed import isolate_rng",
        seed="seed_everything(seed)",
        options={
            "`Trainer(deterministic=True)`": 'Trainer(deterministic=True, accelerator="cpu", logger=False)',
            '`Trainer(deterministic="warn")`': 'Trainer(deterministic="warn", accelerator="cpu", logger=False)',
        },
        loader=(
            "`pl_worker_init_function`",
            "DataLoader(data, num_workers=2, worker_init_fn=partial(pl_worker_init_function, rank=rank))",
        ),
        within=("`isolate_rng`", "with isolate_rng(): body()"),
    ),
    Tool(
        name="transformers",
        distribution="transformers",
        url="https://huggingface.co/docs/transformers/main/en/internal/trainer_utils",
        imports="from transformers import set_seed",
        more="from transformers import enable_full_determinism\nfrom transformers.trainer_utils import seed_worker",
        seed="set_seed(seed)",
        options={
            "`deterministic=True`": "set_seed(seed, deterministic=True)",
            "`enable_full_determinism`": "enable_full_determinism(seed)",
            "`enable_full_determinism(…, warn_only=True)`": "enable_full_determinism(seed, warn_only=True)",
        },
        loader=(
            "`trainer_utils.seed_worker`",
            "DataLoader(data, num_workers=2, worker_init_fn=partial(seed_worker, num_workers=2, rank=rank))",
        ),
    ),
    Tool(
        name="accelerate",
        distribution="accelerate",
        url="https://huggingface.co/docs/accelerate/main/en/package_reference/utilities#accelerate.utils.set_seed",
        imports="from accelerate.utils import set_seed",
        more="from accelerate import Accelerator",
        seed="set_seed(seed)",
        options={"`deterministic=True`": "set_seed(seed, deterministic=True)"},
        ranks={"`device_specific=True`": "Accelerator(cpu=True); set_seed(seed, device_specific=True)"},
    ),
    Tool(
        name="composer",
        distribution="mosaicml",
        url="https://docs.mosaicml.com/projects/composer/en/stable/api_reference/composer.utils.reproducibility.html",
        imports="from composer.utils.reproducibility import seed_all",
        more="from composer.utils.reproducibility import (\n"
        "    configure_deterministic_mode, get_rng_state, load_rng_state, seed_context)",
        seed="seed_all(seed)",
        options={"`configure_deterministic_mode`": "configure_deterministic_mode()"},
        within=("`seed_context`", "with seed_context(7): body()"),
        save=("`get_rng_state`", "get_rng_state()", "load_rng_state(state)"),
    ),
    Tool(
        name="MONAI",
        distribution="monai",
        url="https://docs.monai.io/en/stable/utils.html#monai.utils.misc.set_determinism",
        imports="from monai.utils import set_determinism",
        more="import monai.data",
        seed="set_determinism(seed)",
        options={"`use_deterministic_algorithms=True`": "set_determinism(seed, use_deterministic_algorithms=True)"},
        loader=("`monai.data.DataLoader`", "monai.data.DataLoader(data, num_workers=2)"),
    ),
    Tool(
        name="fastai",
        distribution="fastai",
        url="https://docs.fast.ai/torch_core.html#set_seed",
        imports="from fastai.torch_core import set_seed",
        more="from fastai.torch_core import get_random_states, no_random, set_random_states\nimport fastai.data.load",
        seed="set_seed(seed)",
        options={"`reproducible=True`": "set_seed(seed, reproducible=True)"},
        loader=("`fastai.data.load.DataLoader`", "fastai.data.load.DataLoader(data, bs=1, num_workers=2)"),
        within=("`no_random`", "with no_random(): body()"),
        save=("`get_random_states`", "get_random_states()", "set_random_states(**state)"),
    ),
    Tool(
        name="ignite",
        distribution="pytorch-ignite",
        url="https://pytorch.org/ignite/utils.html#ignite.utils.manual_seed",
        imports="from ignite.utils import manual_seed",
        more="from ignite.engine import DeterministicEngine\nfrom ignite.engine.deterministic import keep_random_state",
        seed="manual_seed(seed)",
        options={"`DeterministicEngine.run`": "DeterministicEngine(lambda engine, batch: None).run([0], max_epochs=1)"},
        within=("`keep_random_state`", "keep_random_state(body)()"),
    ),
)


# ---------------------------------------------------------------------------------------------- probes, run in a child


def digests() -> dict[str, str]:
    """A digest of the state of each global generator."""
    import numpy
    import torch

    states = {"python": random.getstate(), "numpy": numpy.random.get_state(), "torch": torch.get_rng_state().tolist()}
    with numpy.printoptions(threshold=10**6):
        return {family: hashlib.sha256(repr(state).encode()).hexdigest()[:12] for family, state in states.items()}


def plainly_seeded(seed: Any) -> dict[str, str]:
    """The digests after the plain call of each family, those that take the seed."""
    import numpy
    import torch

    taken = []
    calls: tuple[Callable[[Any], Any], ...] = (random.seed, numpy.random.seed, torch.manual_seed)
    for family, call in zip(FAMILIES, calls, strict=True):
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            call(seed)
            taken.append(family)
    found = digests()
    return {family: found[family] for family in taken}


def switches() -> dict[str, Any]:
    """Where PyTorch's switches stand."""
    import torch

    algorithms = torch.are_deterministic_algorithms_enabled()
    warn = torch.is_deterministic_algorithms_warn_only_enabled()
    return {
        "deterministic": torch.backends.cudnn.deterministic,
        "benchmark": torch.backends.cudnn.benchmark,
        "algorithms": ("warn" if warn else "raise") if algorithms else "off",
    }


def undo_switches() -> None:
    """Put PyTorch's switches to where a call that sets them is seen to."""
    import torch

    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.deterministic = False
    torch.backends.cudnn.benchmark = True


def run(code: str, names: dict[str, Any], **given: Any) -> Any:
    """Run source text of a tool; return its value if it is an expression."""
    names.update(given)
    try:
        compiled = compile(code, "<tool>", "eval")
    except SyntaxError:
        exec(code, names)
        return None
    return eval(compiled, names)


def probe_version(tool: Tool) -> Any:
    """The versions of the library and of PyTorch. Ours is that of the document, which goes with the code."""
    tool.prepare()
    import torch

    version = "this one" if tool is TOOLS[0] else importlib.metadata.version(tool.distribution)
    return [version, torch.__version__.partition("+")[0]]


def probe_seeding(tool: Tool) -> Any:
    """Which families the plain call seeds, and for which seeds the numbers are those of the plain calls."""
    import torch

    names = tool.prepare()
    after = []
    for before in (1, 2):
        plainly_seeded(before)
        run(tool.seed, names, seed=42)
        after.append(digests())
    differing = {}
    for seed in (0, 42, 2**32 - 1):
        expected = plainly_seeded(seed)
        plainly_seeded(1)
        run(tool.seed, names, seed=seed)
        found = digests()
        differing[str(seed)] = [family for family in FAMILIES if found[family] != expected[family]]
    recorded: list[int] = []
    torch.cuda.manual_seed = torch.cuda.manual_seed_all = recorded.append  # type: ignore[assignment]
    run(tool.seed, names, seed=42)
    return {
        "seeded": [family for family in FAMILIES if after[0][family] == after[1][family]],
        "cuda": 42 in recorded,
        "differing": differing,
    }


def probe_later(tool: Tool) -> Any:
    """What becomes of NumPy and PyTorch if the program has not imported them when it seeds."""
    names = tool.prepare()
    run(tool.seed, names, seed=42)
    imported = [name for name in ("numpy", "torch") if name in sys.modules]
    import numpy  # noqa: F401 - here it is imported for the first time, if the library has not done it
    import torch  # noqa: F401

    found = digests()
    expected = plainly_seeded(42)
    return {"imported": imported, "seeded": [family for family in FAMILIES if found[family] == expected[family]]}


def probe_xla(tool: Tool) -> Any:
    """Whether PyTorch/XLA is seeded, if only installed and if the program has imported it: a stand-in that answers to every name
    takes its place."""
    from importlib import import_module
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from unittest.mock import MagicMock

    recorded: list[Any] = []

    class StandIn(ModuleType):
        __version__ = "2.9.0"
        __path__: list[str] = []  # noqa: RUF012 - what a package has

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return recorded.append if name == "set_rng_state" else MagicMock()

    class Finder:
        @staticmethod
        def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
            return ModuleSpec(name, Finder(), is_package=True) if name.partition(".")[0] == "torch_xla" else None  # type: ignore[arg-type]

        def create_module(self, spec: ModuleSpec) -> ModuleType:
            return StandIn(spec.name)

        def exec_module(self, module: ModuleType) -> None:
            """Nothing to run."""

    real_version = importlib.metadata.version

    def version(distribution_name: str) -> str:
        return StandIn.__version__ if distribution_name == "torch_xla" else real_version(distribution_name)

    importlib.metadata.version = version
    sys.meta_path.insert(0, Finder())
    names = dict[str, Any]()
    exec(tool.imports, names)
    run(tool.seed, names, seed=42)
    installed_only = 42 in recorded
    recorded.clear()
    import_module("torch")  # as torch_xla does
    import_module("torch_xla.core.xla_model")
    run(tool.seed, names, seed=42)
    return {"installed": installed_only, "imported": 42 in recorded}


def probe_switches(tool: Tool) -> Any:
    """What each call sets: PyTorch's switches and environment variables."""
    import torch

    names = tool.prepare()
    there, torch.cuda.is_available = torch.cuda.is_available, lambda: True
    try:
        return {name: _switched(code, names) for name, code in tool.calls().items()}
    finally:
        torch.cuda.is_available = there


def _switched(code: str, names: dict[str, Any]) -> dict[str, Any]:
    undo_switches()
    before = dict(os.environ)
    run(code, names, seed=42)
    found: dict[str, Any] = switches()
    found["environment"] = {name: value for name, value in os.environ.items() if before.get(name) != value}
    os.environ.clear()
    os.environ.update(before)
    os.environ[WORKSPACE] = ":16:8" if found["environment"].get(WORKSPACE) != ":16:8" else ":4096:8"
    there = os.environ[WORKSPACE]
    run(code, names, seed=42)
    found["overwrites"] = os.environ[WORKSPACE] != there
    os.environ.clear()
    os.environ.update(before)
    return found


def probe_frozen(tool: Tool) -> Any:
    """What becomes of cuDNN's switches where the program has frozen them with torch.backends.disable_global_flags()."""
    import torch

    names = tool.prepare()
    found = {}
    for name, code in tool.calls().items():
        undo_switches()
        run(code, names, seed=42)
        if switches()["deterministic"]:
            undo_switches()
            torch.backends.disable_global_flags()  # type: ignore[no-untyped-call]
            try:
                run(code, names, seed=42)
                found[name] = "set" if torch.backends.cudnn.deterministic else "left"
            except RuntimeError as error:
                found[name] = type(error).__name__
            break
    return found


def probe_hashes(tool: Tool) -> Any:
    """A hash of a string, and what the environment says about it; run twice."""
    with Path("starts").open("a") as file:
        file.write(".")
    names = tool.prepare()
    run(tool.seed, names, seed=42)
    if tool.hash_seed is not None:
        run(tool.hash_seed[1], names)
    return {
        "hash": hash("a word"),
        "variable": HASH_SEED in os.environ,
        "restarted": len(Path("starts").read_text()) > 1,
    }


def probe_odd_seeds(tool: Tool) -> Any:
    """What becomes of seeds that are none, or doubtful ones."""
    import numpy
    import torch

    names = tool.prepare()
    known = {number: plainly_seeded(number) for number in (42, 7, 1, 0, -1, 2, 2**32 - 1, 2**32, 2**32 - 2)}
    code = dict.fromkeys(("-1", "2**32", "1.5", '"7"', "True", "np.int64(7)", "None"), tool.seed)
    code["nothing"] = re.sub(r"\(seed.*", "()", tool.seed)
    found = {}
    for name, call in code.items():
        value = None if name == "nothing" else eval(name, {"np": numpy})
        outcomes: list[dict[str, Any]] = []
        for prior in (1001, 1002):
            plainly_seeded(prior)
            undo_switches()
            before, flags, environment = digests(), switches(), dict(os.environ)
            error = ""
            try:
                run(call, names, seed=value)
            except Exception as raised:
                error = type(raised).__name__
            after = digests()
            touched = [family for family in FAMILIES if after[family] != before[family]]
            touched += ["switches"] * (flags != switches()) + ["environment"] * (environment != dict(os.environ))
            same_as = [number for number, plain in known.items() if plain == after]
            outcomes.append({"error": error, "touched": touched, "as": same_as[:1], "state": after})
            os.environ.clear()
            os.environ.update(environment)
        fresh = [family for family in FAMILIES if outcomes[0]["state"][family] != outcomes[1]["state"][family]]
        found[name] = {**{key: outcomes[0][key] for key in ("error", "touched", "as")}, "fresh": fresh}
    torch.use_deterministic_algorithms(False)
    return found


def probe_ranks(tool: Tool) -> Any:
    """The seeds of two processes that torch.distributed connects, and the draws of their workers, for each call."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = []
    for rank in "01":
        together = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        command = [sys.executable, os.path.abspath(__file__), "--probe", "rank", tool.name]
        running.append(subprocess.Popen(command, env={**os.environ, **together}, stdout=subprocess.PIPE, text=True))
    try:
        first, second = (json.loads(process.communicate(timeout=LIMIT / 2)[0].rpartition(MARK)[2]) for process in running)
    finally:
        for process in running:  # where one has failed, the other would wait for it
            process.kill()
    return {name: [first[name], second[name]] for name in first}


def probe_rank(tool: Tool) -> Any:
    """One of the two processes."""
    import torch
    import torch.distributed

    torch.distributed.init_process_group("gloo")
    names = tool.prepare()
    found = {}
    for name, code in {"": tool.seed, **tool.ranks}.items():
        run(code, names, seed=42)
        found[name] = {"seed": torch.initial_seed(), "workers": drawn_by_workers(tool, names, torch.distributed.get_rank())}
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()
    return found


class Protocol:
    """What MONAI's random transforms offer to those who seed them."""

    def __init__(self) -> None:
        self.set_random_state(0)

    def set_random_state(self, seed: int | None = None, state: Any = None) -> Protocol:
        """Reseed."""
        import numpy

        self.generator = numpy.random.RandomState(seed)
        return self


class Draws:
    """A dataset whose samples are draws: from each global generator, and from each generator that it holds."""

    def __init__(self) -> None:
        import numpy
        import torch

        self.generator = numpy.random.default_rng(0)
        self.state = numpy.random.RandomState(0)
        self.random = random.Random(0)
        self.torch = torch.Generator().manual_seed(0)
        self.protocol = Protocol()

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> Any:
        import numpy
        import torch

        info = torch.utils.data.get_worker_info()
        assert info is not None
        everywhere = (random.random(), numpy.random.rand(), torch.rand((), dtype=torch.float64).item())
        held = (self.generator.random(), self.state.rand(), self.random.random())
        last = (torch.rand((), dtype=torch.float64, generator=self.torch).item(), self.protocol.generator.rand())
        return torch.tensor((info.id, *everywhere, *held, *last), dtype=torch.float64)


def drawn_by_workers(tool: Tool, names: dict[str, Any], rank: int) -> dict[str, list[float]]:
    """The first draws of two workers in two epochs, from each generator."""
    from torch.utils.data import DataLoader

    code = tool.loader[1] if tool.loader else "DataLoader(data, num_workers=2)"
    loader = run(code, names, DataLoader=DataLoader, data=Draws(), rank=rank)
    labels = (*FAMILIES, *HELD)
    draws: dict[str, list[float]] = {label: [] for label in labels}
    for _ in range(2):
        first: dict[int, list[float]] = {}
        for batch in loader:
            for worker, *drawn in batch.tolist():
                first.setdefault(int(worker), drawn)
        for _, drawn in sorted(first.items()):
            for label, number in zip(labels, drawn, strict=True):
                draws[label].append(number)
    return draws


def probe_workers(tool: Tool) -> Any:
    """What workers draw; run twice."""
    names = tool.prepare()
    run(tool.seed, names, seed=42)
    return drawn_by_workers(tool, names, rank=0)


def probe_within(tool: Tool) -> Any:
    """What a scope restores, at its end and if the body raises."""
    if tool.within is None:
        return None
    import numpy
    import torch

    def body() -> None:
        for draw in (random.random, numpy.random.rand, lambda: torch.rand(1)):
            draw()
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        torch.use_deterministic_algorithms(True)
        os.environ[WORKSPACE] = ":4096:8"
        if fail:
            raise KeyError("of the body")

    names = tool.prepare()
    found = {}
    for fail in (False, True):
        undo_switches()
        os.environ.pop(WORKSPACE, None)
        plainly_seeded(7)
        before, flags = digests(), switches()
        with contextlib.suppress(KeyError):
            run(tool.within[1], names, body=body)
        after, now = digests(), switches()
        restored = [family for family in FAMILIES if after[family] == before[family]]
        if (flags["deterministic"], flags["benchmark"]) == (now["deterministic"], now["benchmark"]):
            restored.append("cudnn")
        if flags["algorithms"] == now["algorithms"]:
            restored.append("algorithms")
        if WORKSPACE not in os.environ:
            restored.append("environment")
        found["raised" if fail else "ended"] = restored
    return found


def probe_state(tool: Tool) -> Any:
    """Whether a saved state restores the generators, and what can carry it."""
    if tool.save is None:
        return None
    import io

    import torch

    names = tool.prepare()
    plainly_seeded(7)
    before = digests()
    state = run(tool.save[1], names)
    plainly_seeded(8)
    run(tool.save[2], names, state=state)
    after = digests()
    carried = []
    with contextlib.suppress(TypeError):
        json.dumps(state)
        carried.append("JSON")
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    with contextlib.suppress(Exception):
        torch.load(buffer, weights_only=True)
        carried.append("`torch.load(weights_only=True)`")
    return {"restored": [family for family in FAMILIES if after[family] == before[family]], "carried": carried}


def probe_report(tool: Tool) -> Any:
    """What the plain call returns, and how many lines it prints where logging is not configured."""
    names = tool.prepare()
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(number) for number in (1, 2)]
    with tempfile.TemporaryFile() as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            value = run(tool.seed, names, seed=42)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
        file.seek(0)
        lines = len(file.read().decode().splitlines())
    fields = sorted(value.as_dict()) if hasattr(value, "as_dict") else []
    return {"type": type(value).__name__, "the_seed": value == 42, "fields": fields, "lines": lines}


PROBES: dict[str, Callable[[Tool], Any]] = {
    name.removeprefix("probe_"): value for name, value in list(globals().items()) if name.startswith("probe_")
}
TWICE = ("hashes", "workers")
"""Probes that run twice, as two runs of a program would. The words get both results."""


# ---------------------------------------------------------------------------------------------- words


def yes_or_no(value: bool) -> str:
    """A cell."""
    return "yes" if value else "no"


def names_of(families: list[str]) -> str:
    """Families and whatever else was touched, as a reader calls them."""
    words = {
        "python": "`random`",
        "numpy": "NumPy",
        "torch": "PyTorch",
        "cudnn": "cuDNN's switches",
        "algorithms": "deterministic mode",
        "environment": "environment variables",
        "switches": "switches",
    }
    return ", ".join(words[family] for family in families)


def by_option(results: dict[str, bool]) -> str:
    """`yes` for the plain call, else the first option with which it holds."""
    if results[""]:
        return "yes"
    return next((name for name, holds in results.items() if holds), "no")


def number(value: int) -> str:
    """A seed as people write it."""
    return {2**32: "2\\*\\*32", 2**32 - 1: "2\\*\\*32 - 1"}.get(value, str(value))


def xla(result: Any) -> str:
    """Whether PyTorch/XLA is seeded, and what the program has to do for it."""
    return "yes" if result["installed"] else "yes, once the program has started it" if result["imported"] else "no"


def same_numbers(result: Any) -> str:
    """The families that differ from the plain calls, with the seeds for which they do."""
    differing = [
        f"{names_of(families)} differ{'s' * (len(families) == 1)} for {number(int(seed))}"
        for seed, families in result["differing"].items()
        if families
    ]
    return "; ".join(differing) or "yes"


def later(result: Any) -> str:
    """What happens to libraries that the program imports later."""
    if len(result["imported"]) == 2:
        return "imports both itself"
    rest = [family for family in FAMILIES[1:] if family not in result["imported"]]
    missed = [family for family in rest if family not in result["seeded"]]
    return f"{names_of(missed)} not seeded" if missed else "seeded when imported"


def workspace(result: Any) -> str:
    """The value of the variable, with which call, and whether it overrules the reader."""
    for name, found in result.items():
        value = found["environment"].get(WORKSPACE)
        if value:
            kept = "overwrites another value" if found["overwrites"] else "keeps another value"
            return f"`{value}`, {kept}" + (f" ({name})" if name else "")
    return "no"


def other_variables(result: Any) -> str:
    """The other variables, with the call that sets most of them."""
    best = max(result, key=lambda name: len(set(result[name]["environment"]) - {WORKSPACE}))
    variables = sorted(set(result[best]["environment"]) - {WORKSPACE})
    return (", ".join(f"`{name}`" for name in variables) + (f" ({best})" if best else "")) if variables else "none"


def frozen(result: Any) -> str:
    """What happens to frozen switches."""
    words = {"set": "sets them all the same", "left": "leaves them, no error"}
    return next((words.get(outcome, f"`{outcome}`") for outcome in result.values()), "sets none")


def hashes(results: list[Any], tool: Tool) -> str:
    """Whether strings have the same hashes in two runs."""
    if results[0]["hash"] == results[1]["hash"]:
        how = "by starting the program over" if results[0]["restarted"] else "in place"
        return f"fixed {how}" + (f" ({tool.hash_seed[0]})" if tool.hash_seed else "")
    return "sets the variable, hashes stay random" if results[0]["variable"] else "left alone"


def odd_seed(result: Any) -> str:
    """What became of one odd seed."""
    touched = result["touched"]
    if result["error"]:
        return f"`{result['error']}`" + (f" after changing {names_of(touched)}" if touched else "")
    if result["as"]:
        return f"taken as {number(result['as'][0])}"
    if result["fresh"]:
        return "fresh entropy" if len(result["fresh"]) == len(FAMILIES) else f"fresh entropy for {names_of(result['fresh'])}"
    return "taken, as a different number by each" if touched else "nothing happens"


def named(words: dict[str, str]) -> str:
    """What holds for the plain call, and then for each option, unless that makes no difference."""
    if len(set(words.values())) == 1:
        return words[""]
    return "; ".join(f"{name}: {what}" if name else what for name, what in words.items())


def ranks(result: Any) -> str:
    """The seeds of ranks 0 and 1."""
    words = {}
    for name, (first, second) in result.items():
        if first["seed"] == second["seed"]:
            words[name] = "same seed"
        elif (first["seed"], second["seed"]) == (42, 43):
            words[name] = "seed + rank"
        else:
            words[name] = "derived seed" + (", rank 0 keeps the seed" if first["seed"] == 42 else "")
    return named(words)


def workers_offer(_: Any, tool: Tool) -> str:
    """What the library has for workers."""
    return tool.loader[0] if tool.loader else "nothing of its own"


def spread(draws: list[float]) -> str:
    """How the draws of (epoch 1 worker 0, epoch 1 worker 1, epoch 2 worker 0, epoch 2 worker 1) relate."""
    workers, epochs = draws[0] != draws[1], draws[0] != draws[2]
    return {(True, True): "differ", (True, False): "same in each epoch", (False, True): "same in each worker"}.get(
        (workers, epochs), "same in each worker and epoch"
    )


def workers_global(results: list[Any]) -> str:
    """Global generators in workers: how they differ, and whether that repeats."""
    kinds = {spread(results[0][family]) for family in FAMILIES}
    repeated = all(results[0][family] == results[1][family] for family in FAMILIES)
    return ", ".join(sorted(kinds)) + ("; repeat in the next run" if repeated else "; another result in the next run")


def workers_held(results: list[Any]) -> str:
    """Generators that the dataset holds: which ones differ by worker and epoch, and whether that repeats."""
    good = [word for kind, word in HELD.items() if spread(results[0][kind]) == "differ"]
    rest = {spread(results[0][kind]) for kind in HELD} - {"differ"}
    if not good:
        return ", ".join(sorted(rest))
    repeated = all(results[0][kind] == results[1][kind] for kind in HELD)
    text = "differ" if len(good) == len(HELD) else f"{', '.join(good)}: differ; others: {', '.join(sorted(rest))}"
    return text + ("; repeat in the next run" if repeated else "; another result in the next run")


def workers_ranks(result: Any) -> str:
    """Whether the workers of two ranks draw differently."""
    words = {}
    for name, (first, second) in result.items():
        apart = [one for one in FAMILIES if not set(first["workers"][one]) & set(second["workers"][one])]
        words[name] = {0: "draw the same", len(FAMILIES): "differ"}.get(len(apart), f"differ in {names_of(apart)}")
    return named(words)


def within_name(_: Any, tool: Tool) -> str:
    """What the library has as a scope."""
    return tool.within[0] if tool.within else "none"


def within_families(kind: str) -> Callable[[Any], str]:
    """Which generators a scope restores."""

    def words(result: Any) -> str:
        if result is None:
            return "-"
        families = [family for family in FAMILIES if family in result[kind]]
        return "yes" if len(families) == len(FAMILIES) else f"only {names_of(families)}" if families else "no"

    return words


def within_more(result: Any) -> str:
    """What else a scope restores."""
    if result is None:
        return "-"
    return names_of([name for name in result["ended"] if name not in FAMILIES]) or "no"


def state(result: Any, tool: Tool) -> str:
    """Saving and restoring the state."""
    if result is None or tool.save is None:
        return "none"
    families = result["restored"]
    text = tool.save[0] + ("" if len(families) == len(FAMILIES) else f", restores only {names_of(families) or 'nothing'}")
    return f"{text}; fits {', '.join(result['carried'])}" if result["carried"] else f"{text}; pickle only"


def report(result: Any) -> str:
    """What the caller learns."""
    value = "the seed" if result["the_seed"] else f"`{result['type']}`"
    if result["fields"]:
        value += f" ({', '.join(f'`{name}`' for name in result['fields'])})"
    lines = f", prints {result['lines']} line{'s' * (result['lines'] != 1)}" if result["lines"] else ""
    return ("returns nothing" if result["type"] == "NoneType" else f"returns {value}") + lines


def import_time(result: Any) -> str:
    """One significant digit: the second one is noise."""
    added, times = (float(f"{result[key]:.1g}") for key in ("ms", "ratio"))
    return f"+{added:.0f} ms (x{times:.0f})" if added >= 1 else "+0 ms"


@dataclass(frozen=True)
class Row:
    """One question: the probe that answers it, and the words for its result."""

    title: str
    probe: str
    words: Callable[..., str]
    with_tool: bool = False
    noisy: bool = False
    """Differs from run to run: shown, never checked."""


ROWS = (
    Row("version, with PyTorch", "version", lambda found: f"{found[0]}, {found[1]}"),
    Row("seeds Python's `random`", "seeding", lambda found: yes_or_no("python" in found["seeded"])),
    Row("seeds NumPy's global generator", "seeding", lambda found: yes_or_no("numpy" in found["seeded"])),
    Row("seeds PyTorch on the CPU", "seeding", lambda found: yes_or_no("torch" in found["seeded"])),
    Row("seeds PyTorch on CUDA", "seeding", lambda found: yes_or_no(found["cuda"])),
    Row("seeds PyTorch/XLA", "xla", xla),
    Row("numbers of the plain calls, for seeds 0, 42, 2\\*\\*32 - 1", "seeding", same_numbers),
    Row("NumPy, PyTorch not imported yet", "later", later),
    Row(
        "sets `cudnn.deterministic = True`",
        "switches",
        lambda found: by_option({name: one["deterministic"] for name, one in found.items()}),
    ),
    Row(
        "sets `cudnn.benchmark = False`",
        "switches",
        lambda found: by_option({name: not one["benchmark"] for name, one in found.items()}),
    ),
    Row(
        "`use_deterministic_algorithms(True)`",
        "switches",
        lambda found: by_option({name: one["algorithms"] == "raise" for name, one in found.items()}),
    ),
    Row(
        "the same with `warn_only=True`",
        "switches",
        lambda found: by_option({name: one["algorithms"] == "warn" for name, one in found.items()}),
    ),
    Row("sets `CUBLAS_WORKSPACE_CONFIG`", "switches", workspace),
    Row("sets other environment variables", "switches", other_variables),
    Row("cuDNN's switches frozen by `disable_global_flags()`", "frozen", frozen),
    Row("hashes of strings (`PYTHONHASHSEED`)", "hashes", hashes, with_tool=True),
    *(
        Row(f"seed {title}", "odd_seeds", lambda found, name=name: odd_seed(found[name]))
        for name, title in (
            ("-1", "-1"),
            ("2**32", "2\\*\\*32"),
            ("1.5", "1.5"),
            ('"7"', '"7"'),
            ("True", "True"),
            ("np.int64(7)", "np.int64(7)"),
            ("None", "None"),
            ("nothing", "not given"),
        )
    ),
    Row("ranks", "ranks", ranks),
    Row("DataLoader workers: offers", "workers", workers_offer, with_tool=True),
    Row("global generators in workers and epochs", "workers", workers_global),
    Row("generators that the dataset holds, in workers and epochs", "workers", workers_held),
    Row("workers of two ranks", "ranks", workers_ranks),
    Row("scope that restores", "within", within_name, with_tool=True),
    Row("restores the generators", "within", within_families("ended")),
    Row("restores them after an exception", "within", within_families("raised")),
    Row("restores besides", "within", within_more),
    Row("state to save", "state", state, with_tool=True),
    Row("says what it did", "report", report),
    Row("processor time to import (not checked)", "import_time", import_time, noisy=True),
)


# ---------------------------------------------------------------------------------------------- measuring


Cells = dict[str, dict[str, str]]
"""By tool and title of the row."""


class NotMeasuredError(Exception):
    """A probe did not get to its end. The message says why, in a line."""


def child(python: str, probe: str, tool: Tool) -> Any:
    """Run one probe in a process of its own and return its result."""
    environment = {name: value for name, value in os.environ.items() if name not in INHERITED}
    with tempfile.TemporaryDirectory() as folder:
        command = [python, os.path.abspath(__file__), "--probe", probe, tool.name]
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT
            )
        except subprocess.TimeoutExpired:
            raise NotMeasuredError(f"probe {probe}: no result after {LIMIT} seconds") from None
    if done.returncode or MARK not in done.stdout:
        last = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise NotMeasuredError(f"probe {probe}: {last}")
    return json.loads(done.stdout.rpartition(MARK)[2])


def installed(python: str, tool: Tool) -> bool:
    """Whether the environment has the library; this does not import it."""
    code = f"import importlib.metadata; importlib.metadata.version({tool.distribution!r})"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def seconds(python: str, code: str) -> float:
    """The least processor time of ten runs; of three where they are long. What else the machine does counts less there."""
    times: list[float] = []
    while len(times) < 3 or (len(times) < 10 and sum(times) < 3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([python, "-c", code], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def measure(python: str, tool: Tool, rows: Sequence[Row]) -> dict[str, Any]:
    """The results of all probes that rows of one tool need, by the name of the probe."""
    found: dict[str, Any] = {}
    for probe in dict.fromkeys(row.probe for row in rows):
        if probe == "import_time":
            nothing, all_of_it = seconds(python, "pass"), seconds(python, tool.imports)
            found[probe] = {"ms": 1000 * (all_of_it - nothing), "ratio": all_of_it / nothing}
            continue
        found[probe] = (
            [child(python, probe, tool), child(python, probe, tool)] if probe in TWICE else child(python, probe, tool)
        )
    return found


def cells_of(found: dict[str, Any], tool: Tool, rows: Sequence[Row]) -> dict[str, str]:
    """The words for the results of one tool."""
    cells = {}
    for row in rows:
        text = row.words(found[row.probe], tool) if row.with_tool else row.words(found[row.probe])
        cells[row.title] = text.replace("|", "\\|")
    return cells


# ---------------------------------------------------------------------------------------------- documents


def table(cells: Cells) -> str:
    """The cells as a Markdown table, with a footnote for each column."""
    tools = [tool for tool in TOOLS if tool.name in cells]
    lines = ["| | " + " | ".join(f"{tool.name}[^{tool.distribution}]" for tool in tools) + " |"]
    lines.append("|---" * (len(tools) + 1) + "|")
    for row in ROWS:
        lines.append(f"| {row.title} | " + " | ".join(cells[tool.name].get(row.title, "") for tool in tools) + " |")
    lines += ["", *(f"[^{tool.distribution}]: [Documentation of {tool.name}]({tool.url})" for tool in tools)]
    return "\n".join(lines)


def parts(text: str) -> tuple[str, str, str]:
    """A document before, between and after the markers; ValueError if there are none."""
    head, first, rest = text.partition(START)
    inside, last, tail = rest.partition(END)
    if not (first and last):
        raise ValueError(f"no lines {START!r} and {END!r}")
    return head + first, inside, last + tail


def read_table(text: str) -> Cells:
    """The cells that a document has, whatever rows and columns these are."""
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in parts(text)[1].splitlines() if line.startswith("|")]
    if not rows:
        return {}
    tools = [re.sub(r"\[\^.*", "", name).strip() for name in rows[0]]
    cells: Cells = {tool: {} for tool in tools[1:]}
    for row in rows[2:]:
        title, *values = (value.strip() for value in row)
        for tool, value in zip(tools[1:], values, strict=False):
            cells[tool][title] = value
    return cells


def differences(document: Cells, measured: Cells) -> Iterator[str]:
    """A line for each cell that the document has differently, or should not have at all."""
    titles = [row.title for row in ROWS if not row.noisy]
    for tool, cells in measured.items():
        if tool not in document:
            yield f"{tool}: no column in the document"
            continue
        for title in titles:
            if document[tool].get(title) != cells[title]:
                yield f"{tool}, {title}: the document says {document[tool].get(title)!r}, measured is {cells[title]!r}"
    for tool in document:
        if tool not in {known.name for known in TOOLS}:
            yield f"{tool}: a column that nothing measures"
    for title in sorted({title for cells in document.values() for title in cells} - {row.title for row in ROWS}):
        yield f"{title}: a row that nothing measures"


def main() -> int:
    """Measure, then print, write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--python", action="append", metavar="PATH", help="an environment; of several, the first with a library"
    )
    parser.add_argument("--tool", action="append", choices=[tool.name for tool in TOOLS], help="measure only this one")
    parser.add_argument("--probe", nargs=2, metavar=("NAME", "TOOL"), help=argparse.SUPPRESS)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print what the probes gave back")
    how.add_argument("--write", type=Path, metavar="FILE", help="put the table between the markers of a document")
    how.add_argument("--check", type=Path, metavar="FILE", help="name the cells that differ in a document")
    options = parser.parse_args()
    tools = {tool.name: tool for tool in TOOLS}
    if options.probe:
        probe, name = options.probe
        result = PROBES[probe](tools[name])
        print(MARK + json.dumps(result), flush=True)
        return 0

    path: Path | None = options.write or options.check
    try:
        document = read_table(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError) as error:
        parser.error(f"{path}: {error}")
    results: dict[str, dict[str, Any]] = {}
    rows = [row for row in ROWS if not (options.check and row.noisy)]
    status = 0
    for tool in TOOLS if not options.tool else [tools[name] for name in options.tool]:
        python = next((python for python in options.python or [sys.executable] if installed(python, tool)), None)
        if python is None:
            print(f"{tool.name}: not installed, its cells are left as they are", file=sys.stderr)
            continue
        try:
            results[tool.name] = measure(python, tool, rows)
        except (NotMeasuredError, subprocess.CalledProcessError) as error:
            print(f"{tool.name}: not measured: {error}", file=sys.stderr)
            status = 2
    measured = {name: cells_of(found, tools[name], rows) for name, found in results.items()}
    if options.json:
        print(json.dumps(results, indent=1))
    elif options.check:
        for line in (found := list(differences(document, measured))):
            print(line)
        status = status or int(bool(found))
    elif path:
        head, _, tail = parts(path.read_text(encoding="utf-8"))
        path.write_text(f"{head}\n\n{table({**document, **measured})}\n\n{tail}", encoding="utf-8")
    else:
        print(table(measured))
    return status


if __name__ == "__main__":
    sys.exit(main())
