"""Seeding for training scripts, in one file that needs the standard library only.

>>> set_seed(42)  # Python, NumPy and PyTorch, on every device, with the cuDNN switches that repeatable runs need

NumPy and PyTorch are used where they are installed and never imported from here: what is not loaded yet is seeded at the
moment at which the program imports it. Every function returns, or can be asked for, what it did and what came too late.
"""

from __future__ import annotations

import os
import random
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs as much as everything else here together
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType, TracebackType
    from typing import Any, Literal, TypeVar

    Deterministic = Literal[True, False, "strict"]
    Function = TypeVar("Function", bound=Callable[..., Any])

__all__ = [
    "SeedReport",
    "derive_seed",
    "ensure_hash_seed",
    "fingerprint",
    "generator",
    "isolated_rng",
    "restore_rng_state",
    "rng_state",
    "seed_worker",
    "set_seed",
]

SEEDS = 2**32
"""NumPy takes seeds below this, and the CPU generator of PyTorch uses only these bits: https://numpy.org/doc/stable/reference/random/generated/numpy.random.seed.html"""

FAMILIES = ("python", "numpy", "torch")
SIGNS = {"numpy": "ndarray", "torch": "manual_seed"}
"""What a module of that name has if it is the library, and not a file of the program's own or what an uninstaller left behind."""

WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
"""cuBLAS is repeatable with one of two values only: https://docs.nvidia.com/cuda/cublas/#results-reproducibility"""
WORKSPACES = (":4096:8", ":16:8")
HASH_SEED = "PYTHONHASHSEED"
RESTARTED = "REPROLINT_RESTARTED_FOR_HASH_SEED"


class SeedReport:
    """What a call did. Prints as one line; :meth:`as_dict` gives it to a log or a file.

    :ivar seed: the seed that was asked for; None where the call seeds from something else (a DataLoader worker).
    :ivar effective_seed: the seed that the generators got: ``seed``, or what was derived from it for a rank or a worker.
    :ivar rank: the rank of this process, if seeds differ by rank.
    :ivar seeded: what is seeded now: ``"python"``, ``"numpy"``, ``"torch"``, ``"torch_xla"``, or the path of a generator in a dataset.
    :ivar on_import: the libraries that are seeded when the program imports them.
    :ivar set: switches and environment variables that repeatable runs need, with the values that hold now.
    :ivar skipped: what was left alone, with the reason.
    :ivar warnings: what came too late, a sentence each.
    """

    __slots__ = ("effective_seed", "on_import", "rank", "seed", "seeded", "set", "skipped", "warnings")

    def __init__(self, seed: int | None, effective_seed: int | None = None, rank: int | None = None) -> None:
        self.seed = seed
        self.effective_seed = seed if effective_seed is None else effective_seed
        self.rank = rank
        self.seeded: tuple[str, ...] = ()
        self.on_import: tuple[str, ...] = ()
        self.set: dict[str, bool | str] = {}
        self.skipped: dict[str, str] = {}
        self.warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report as dicts, lists, strings, numbers and None, ready for JSON."""
        return {name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in self.__slots__}

    def __str__(self) -> str:
        who = "" if self.rank is None else f" (rank {self.rank})"
        parts = [f"seed {self.effective_seed}{who}: {', '.join(self.seeded) or 'nothing'} seeded"]
        if self.on_import:
            parts.append(f"when imported: {', '.join(self.on_import)}")
        parts += [f"{name}={value}" for name, value in self.set.items()]
        parts += [f"{name} skipped: {reason}" for name, reason in self.skipped.items()]
        parts += [f"warning: {sentence}" for sentence in self.warnings]
        return " ".join("; ".join(parts).split())  # the message of somebody's exception may have several lines

    def __repr__(self) -> str:
        return f"<SeedReport {self}>"


def set_seed(
    seed: int = 42,
    *,
    deterministic: Deterministic = True,
    warn_only: bool = False,
    rank: int | Literal["auto"] | None = None,
) -> SeedReport:
    """Seed Python, NumPy and PyTorch, and make cuDNN repeatable.

    The numbers are those of ``random.seed(seed)``, ``numpy.random.seed(seed)`` and ``torch.manual_seed(seed)``, so moving
    to this call moves nobody's results. A library that is not imported yet is seeded when it is.

    PyTorch means the CPU and every device that it knows; PyTorch/XLA is seeded, too, if the program has imported it.

    :param seed: from 0 to 2**32 - 1. It is checked before anything is touched.
    :param deterministic: True sets ``torch.backends.cudnn.deterministic = True`` and ``benchmark = False``; ``"strict"`` also calls
        ``torch.use_deterministic_algorithms(True)``, under which PyTorch refuses operations that it cannot repeat, and sets
        ``CUBLAS_WORKSPACE_CONFIG`` where the environment does not; False leaves all switches as they are.
        See https://docs.pytorch.org/docs/stable/notes/randomness.html.
    :param warn_only: with ``"strict"``: operations that cannot be repeated warn instead of raising.
    :param rank: None: every process draws the same numbers, as wanted where all ranks must build the same weights. A rank:
        rank 0 keeps the seed, every other rank gets ``derive_seed(seed, rank)``, as wanted for noise, dropout and augmentation.
        ``"auto"`` asks torch.distributed, then the variables RANK, SLURM_PROCID and LOCAL_RANK; a process without any keeps the seed.
    :returns: what was seeded and set, what was skipped and why, and what came too late.
    :raises TypeError: if the seed or the rank is no integer.
    :raises ValueError: if one of them is out of range, an argument has no meaning, or NumPy's global generator is no Mersenne Twister.
    """
    seed = _checked_seed(seed)
    _check_mode(deterministic, warn_only)
    warnings: list[str] = []
    number = _rank(rank, warnings)
    effective = derive_seed(seed, number) if number else seed
    numpy, torch = _loaded("numpy"), _loaded("torch")
    if numpy is not None:
        _refuse_other_bit_generator(numpy)

    report = SeedReport(seed, effective, number)
    random.seed(effective)
    report.seeded = ("python",)
    if numpy is not None:
        numpy.random.seed(effective)
        report.seeded += ("numpy",)
    if torch is not None:
        # As _seed_torch does, but from here: before CUDA has started, each call formats the whole stack that it comes from.
        torch.manual_seed(effective)
        torch.cuda.manual_seed(effective)
        torch.cuda.manual_seed_all(effective)
        report.seeded += ("torch",)
        if "torch_xla" in sys.modules:
            _seed_xla(effective, report)
        _set_switches(torch, deterministic, warn_only, report.set, warnings)
    _on_import.clear()
    for name, module in (("numpy", numpy), ("torch", torch)):
        if module is None:
            _seed_when_imported(name, {"seed": effective, "deterministic": deterministic, "warn_only": warn_only}, report)
    if "torch" in report.on_import:
        report.set.update(_switches_for(deterministic, warn_only))
    if deterministic == "strict":
        _set_workspace(torch, report, warnings)
    elif warn_only:
        warnings.append('warn_only acts only with deterministic="strict"')
    warnings += _too_late()
    report.warnings = tuple(warnings)
    return report


def seed_worker(worker_id: int, *, rank: int | Literal["auto"] | None = "auto") -> SeedReport:
    """Seed one worker of a DataLoader: ``DataLoader(dataset, num_workers=4, worker_init_fn=seed_worker)``.

    PyTorch gives each worker of each epoch a seed of its own. Python and NumPy follow it, as in
    https://docs.pytorch.org/docs/stable/notes/randomness.html#dataloader. So does every generator that the dataset holds: a NumPy
    ``Generator`` or ``RandomState``, a ``random.Random`` or a ``torch.Generator``, in an attribute, a list, a transform, a nested
    dataset, the default value of an argument. Those are copied into each worker, and would give the same numbers in all workers
    and all epochs. What only a global variable holds is not found; what is found and cannot be reseeded is named in ``skipped``.

    Where every rank has called ``set_seed(42)``, the workers of all ranks get the same seeds from PyTorch, and would draw the same
    augmentations. So every rank but 0 mixes itself in: Python, NumPy and PyTorch are seeded with ``derive_seed(worker_seed, rank)``.
    With rank 0, or without a rank, the numbers are those of PyTorch's recipe.

    :param worker_id: the number that DataLoader passes; the seed does not depend on it, PyTorch has mixed it in already.
    :param rank: as for :func:`set_seed`. None mixes nothing in, wanted where ranks work on the same batch (tensor parallelism):
        ``worker_init_fn=functools.partial(seed_worker, rank=None)``.
    :returns: what was seeded; ``seeded`` holds the path of each generator, as in ``dataset.transform.rng``.
    :raises RuntimeError: outside a worker.
    :raises TypeError: if the rank is no integer.
    :raises ValueError: if the rank is out of range, or NumPy's global generator is no Mersenne Twister.
    """
    torch, loaders = _loaded("torch"), sys.modules.get("torch.utils.data")
    info = None if loaders is None else loaders.get_worker_info()
    if torch is None or info is None:
        raise RuntimeError(
            "seed_worker runs inside DataLoader workers: pass it as worker_init_fn; in the main process use set_seed"
        )
    warnings: list[str] = []
    number = _rank(rank, warnings)
    numpy = _loaded("numpy")
    if numpy is not None:
        _refuse_other_bit_generator(numpy)
    seed = torch.initial_seed() % SEEDS
    if number:
        seed = derive_seed(seed, number)
        torch.manual_seed(seed)
    report = SeedReport(None, seed, number)
    report.warnings = tuple(warnings)
    random.seed(seed)
    report.seeded = ("python", "torch")
    if numpy is None:
        _seed_when_imported("numpy", {"seed": seed}, report)
    else:
        numpy.random.seed(seed)
        report.seeded = FAMILIES
    for path, held in _held_generators(info.dataset, report.skipped):
        try:
            _reseed(held, derive_seed(seed, path))
            report.seeded += (path,)
        except Exception as error:  # a generator of somebody's own is no reason to end the training
            report.skipped[path] = f"{type(error).__name__}: {error}"
    return report


def generator(seed: int, device: Any = "cpu") -> Any:
    """A ``torch.Generator`` of its own, for ``DataLoader(generator=…)``, ``random_split`` or ``torch.randn``.

    :param seed: from 0 to 2**32 - 1.
    :param device: where the generator lives, as in ``torch.Generator(device)``.
    :raises TypeError: if the seed is no integer.
    :raises ValueError: if the seed is out of range.
    :raises ModuleNotFoundError: if PyTorch is not installed.
    """
    seed = _checked_seed(seed)
    import torch

    return torch.Generator(device).manual_seed(seed)


def derive_seed(seed: int, *keys: int | str) -> int:
    """A seed for one rank, worker, fold or trial, the same in every version, on every machine.

    >>> derive_seed(42, "fold", 3)
    4155930674

    The seed and the keys, each as ``<type><length>:<text>``, are hashed with SHA-256 (an empty last part closes the list). If the last
    key is an integer from 0 to 2**32 - 1, it is left out of the hash and sent through a permutation of the 32-bit numbers that the
    hash picks (a Feistel network of four rounds, SHA-256 as its round function): under the same seed and the same other keys, two
    ranks never get the same seed.

    :param seed: from 0 to 2**32 - 1.
    :param keys: what tells this stream from others. 3 and "3" are different keys.
    :returns: a number from 0 to 2**32 - 1: PyTorch's CPU generator ignores higher bits, NumPy refuses them.
    :raises TypeError: if the seed or a key has another type.
    :raises ValueError: if the seed is out of range.
    """
    parts = [_checked_seed(seed), *(key if isinstance(key, str) else _integer(key, "a key") for key in keys)]
    last = parts[-1]
    counts = len(parts) > 1 and isinstance(last, int) and 0 <= last < SEEDS
    if counts:
        parts.pop()
    hashed = _sha256(b"".join(_key_bytes(part) for part in parts) + (b"i" if counts else b"."))
    if not (counts and isinstance(last, int)):
        return int.from_bytes(hashed[:4], "big")
    left, right = divmod(last, 1 << 16)
    for turn in range(4):
        mixed = _sha256(hashed + bytes([turn]) + right.to_bytes(2, "big"))
        left, right = right, left ^ int.from_bytes(mixed[:2], "big")
    return left << 16 | right


def rng_state() -> dict[str, Any]:
    """The state of every global generator, for a checkpoint.

    :returns: dicts, lists, strings and numbers only: ``json.dumps`` takes it, and ``torch.load(weights_only=True)`` gives it back.
        A library that is not imported is not part of it.
    """
    version, words, gauss = random.getstate()
    state: dict[str, Any] = {"format": 1, "python": {"version": version, "words": list(words), "gauss": gauss}}
    numpy, torch = _loaded("numpy"), _loaded("torch")
    if numpy is not None:
        state["numpy"] = _plain(numpy.random.get_state(legacy=False))
    if torch is not None:
        state["torch"] = _torch_state(torch)
    for name, action in _on_import.items():
        state.setdefault(name, {"on_import": action})
    return state


def restore_rng_state(state: Mapping[str, Any]) -> None:
    """Put all global generators back to where :func:`rng_state` saw them.

    A library that the state knows and the program has not imported yet gets its state when it is imported. A library that the state
    does not know is left alone.

    To go on in the middle of an epoch, take one state before the DataLoader's iterator is made and one beside each checkpoint:
    restore the first, make the iterator, skip the batches that are done, restore the second.

    :param state: what :func:`rng_state` returned, also by way of JSON or a checkpoint.
    :raises ValueError: if it is no such state, before any generator is touched; if only NumPy or PyTorch can tell and is not
        imported yet, from that import. A state of more devices than there are here is a ``RuntimeWarning`` that names them.
    """
    try:
        if state["format"] != 1:
            raise ValueError(f"this is format {state['format']!r}; this version reads format 1")
        python = _checked_python_state(state["python"])
        actions = {name: _checked_action(name, state[name]) for name in SIGNS if name in state}
    except (LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, ValueError) as error:
        raise ValueError(f"not a state of rng_state(): {type(error).__name__}: {error}") from error
    random.setstate(python)
    for name, action in actions.items():
        module = _loaded(name)
        if module is None:
            _seed_when_imported(name, action, SeedReport(None))
        else:
            _on_import.pop(name, None)
            _act(name, module, action)


def fingerprint(*families: str) -> str:
    """A short digest of where the global generators stand, to log beside a run: equal digests, equal draws from here on.

    :param families: ``"python"``, ``"numpy"``, ``"torch"``; without any: all that are imported.
    :returns: 16 hexadecimal digits.
    :raises ValueError: for another name.
    """
    import json

    for family in families:
        if family not in FAMILIES:
            raise ValueError(f"{family!r} is none of {', '.join(FAMILIES)}")
    state = rng_state()
    chosen = {name: state[name] for name in families or FAMILIES if name in state and "on_import" not in state[name]}
    return _sha256(json.dumps(chosen, sort_keys=True).encode())[:8].hex()


class isolated_rng:  # noqa: N801 - read as a function, as contextlib's are
    """What happens inside leaves the program's randomness as it was: a ``with`` block or a decorated function.

    Puts back the generators of all families and devices, cuDNN's switches, the deterministic mode, and the environment variables
    that seeding touches, also after an exception. A library that is first imported inside starts, afterwards, as if it had been
    imported then.

    :param seed: seed everything on entry, as :func:`set_seed` does; None: go on from the program's own state.
    :param deterministic: as for :func:`set_seed`; acts only with a seed.
    :raises TypeError: if the seed is no integer, or the decorated function is a coroutine or a generator.
    :raises ValueError: if the seed is out of range, or ``deterministic`` has no meaning.
    """

    VARIABLES = (WORKSPACE, HASH_SEED, "PL_GLOBAL_SEED", "PL_SEED_WORKERS")

    def __init__(self, seed: int | None = None, *, deterministic: Deterministic = True) -> None:
        self._seed = None if seed is None else _checked_seed(seed)
        _check_mode(deterministic, warn_only=False)
        self._deterministic = deterministic
        self._saved: list[tuple[dict[str, Any], dict[str, Any] | None, dict[str, str | None]]] = []

    def __enter__(self) -> SeedReport | None:
        torch = _loaded("torch")
        switches = None if torch is None else _switches(torch)
        variables = {name: os.environ.get(name) for name in self.VARIABLES}
        self._saved.append((rng_state(), switches, variables))
        if self._seed is None:
            return None
        try:
            return set_seed(self._seed, deterministic=self._deterministic)
        except BaseException:
            self._restore()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self._restore()
        return False

    def __call__(self, function: Function) -> Function:
        # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR: the body of such a function runs after the call has returned.
        if getattr(getattr(function, "__code__", None), "co_flags", 0) & (0x20 | 0x80 | 0x200):
            raise TypeError(
                "isolated_rng decorates plain functions; inside a generator or a coroutine use `with isolated_rng():`"
            )
        if isinstance(function, (type, staticmethod, classmethod)) or not callable(function):
            raise TypeError(f"isolated_rng decorates functions, not {type(function).__name__}: put it below, nearest to `def`")
        from functools import wraps

        @wraps(function)
        def isolated(*arguments: Any, **named: Any) -> Any:
            with self:
                return function(*arguments, **named)

        return isolated  # type: ignore[return-value]

    def _restore(self) -> None:
        state, switches, variables = self._saved.pop()
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        torch = _loaded("torch")
        if torch is not None:
            _put_switches(torch, switches or {"cudnn.deterministic": False, "cudnn.benchmark": False, "algorithms": None})
        for name in ("numpy", "torch"):
            module = _loaded(name)
            if module is not None and name not in state:  # imported inside: fresh entropy, as at any import
                module.random.seed()
        _on_import.clear()
        restore_rng_state(state)


def ensure_hash_seed(seed: int = 0) -> SeedReport:  # noqa: RET503 - the last line does not return
    """Start the program over with PYTHONHASHSEED set, unless the hashes of strings are fixed already.

    The order of a set of strings differs from run to run, and only a variable that is there before Python starts changes that:
    https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED. Call this first in the program: everything above it runs twice.
    Does nothing, and says why in ``skipped``, where a fresh start is not possible: with ``-I`` or ``-E``, in a notebook or a
    console, in a child process, under a debugger or pytest, for a program read from standard input, or if one fresh start did
    not help.

    :param seed: from 0 to 2**32 - 1. A value that the environment had from the start is kept.
    :returns: only if there was no fresh start: what holds, and why.
    :raises TypeError: if the seed is no integer.
    :raises ValueError: if the seed is out of range.
    """
    seed = _checked_seed(seed)
    report = SeedReport(seed)
    fixed = _hash_seed_at_start()
    if fixed is not None:
        os.environ.pop(RESTARTED, None)  # it has served: a program that this one starts may need a fresh start of its own
        report.set[HASH_SEED] = fixed
        if fixed != str(seed):
            report.skipped[HASH_SEED] = f"the environment has fixed it to {fixed}"
        return report
    reason = _no_restart()
    if reason:
        report.skipped[HASH_SEED] = reason
        report.warnings = tuple(_too_late())
        return report
    os.chdir(_FOLDER)
    environment = dict(os.environ, **{HASH_SEED: str(seed), RESTARTED: "1"})
    command = [sys.executable, *sys.orig_argv[1:]]
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if os.name == "nt":  # there, exec returns to the shell at once
        import subprocess

        raise SystemExit(subprocess.run(command, env=environment, check=False).returncode)
    os.execve(sys.executable, command, environment)


# Seeds and ranks


def _integer(value: Any, what: str) -> int:
    """Any integer type, NumPy's too; no bool, which is a slip rather than a number."""
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        raise TypeError(f"{what} is an integer, not {value!r}")
    try:
        number = value.__index__()
    except (AttributeError, TypeError):
        number = None
    if not isinstance(number, int):
        raise TypeError(f"{what} is an integer, not {value!r}")
    return int(number)


def _checked_seed(seed: Any) -> int:
    number = _integer(seed, "a seed")
    if not 0 <= number < SEEDS:
        raise ValueError(f"a seed is at least 0 and below 2**32, not {number}")
    return number


def _check_mode(deterministic: Any, warn_only: Any) -> None:
    """1 and 0 are refused as slips: ``deterministic in (True, False)`` would let them through."""
    if not (isinstance(deterministic, bool) or (isinstance(deterministic, str) and deterministic == "strict")):
        raise ValueError(f'deterministic is True, False or "strict", not {deterministic!r}')
    if not isinstance(warn_only, bool):
        raise ValueError(f"warn_only is True or False, not {warn_only!r}")


def _rank(rank: Any, warnings: list[str]) -> int | None:
    if rank is None:
        return None
    if rank != "auto":
        return _checked_rank(_integer(rank, "a rank"), "a rank")
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_rank())
    for name in ("RANK", "SLURM_PROCID", "LOCAL_RANK"):
        text = os.environ.get(name)
        if text:
            if not (text.isascii() and text.isdigit()):
                raise ValueError(f"the environment variable {name} is no rank: {text!r}")
            if name == "LOCAL_RANK":
                warnings.append("the rank comes from LOCAL_RANK, which repeats on every machine")
            return _checked_rank(int(text), f"the environment variable {name}")
    return None


def _checked_rank(number: int, what: str) -> int:
    if not 0 <= number < SEEDS:
        raise ValueError(f"{what} is at least 0 and below 2**32, not {number}")
    return number


def _key_bytes(key: int | str) -> bytes:
    text = str(key).encode("utf-8", "surrogatepass")
    return b"%s%d:%s" % (b"s" if isinstance(key, str) else b"i", len(text), text)


def _sha256(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()


# Libraries that are there, and those that come later


_on_import: dict[str, dict[str, Any]] = {}
"""What to do when a library is imported: ``{"seed": …, "deterministic": …}``, or ``{"state": …}`` of :func:`rng_state`."""

_importing: set[str] = set()


def _loaded(name: str) -> Any:
    """The library, if it is imported to its end."""
    module = sys.modules.get(name)
    return module if hasattr(module, SIGNS[name]) and not _is_being_imported(module) else None


def _is_being_imported(module: Any) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def _seed_when_imported(name: str, action: dict[str, Any], report: SeedReport) -> None:
    if name in sys.modules and name not in _importing:
        module = sys.modules[name]
        if module is None:
            report.skipped[name] = "cannot be imported here"
        elif _is_being_imported(module):
            report.skipped[name] = "is being imported right now; call again afterwards"
        else:
            report.skipped[name] = f"something else has that name: {getattr(module, '__file__', None) or repr(module)}"
        return
    _on_import[name] = action
    finder = next((one for one in sys.meta_path if isinstance(one, _Finder)), None)
    if finder is None:
        # It stays: taken out while another thread goes through the list, it would make that thread miss the next finder.
        finder = _Finder()
        sys.meta_path.insert(0, finder)
    spec = None if name in sys.modules else finder.below(name)
    if name in sys.modules or (spec is not None and spec.loader is not None):
        report.on_import += (name,)
    else:
        report.skipped[name] = "not installed"


def _checked_action(name: str, saved: Mapping[str, Any]) -> dict[str, Any]:
    """What one library's part of a state asks for; whatever is wrong with it raises something."""
    action: dict[str, Any] = dict(saved["on_import"]) if "on_import" in saved else {"state": dict(saved)}
    if "state" in action:
        (_checked_numpy_state if name == "numpy" else _check_torch_state)(_loaded(name), action["state"])
    else:
        _checked_seed(action["seed"])
        if name == "torch":
            _check_mode(action["deterministic"], action["warn_only"])
    return action


def _act(name: str, module: Any, action: Mapping[str, Any]) -> None:
    if "state" in action:
        (_restore_numpy if name == "numpy" else _restore_torch)(module, action["state"])
    elif name == "numpy":
        module.random.seed(action["seed"])
    else:
        _seed_torch(module, action["seed"])
        _set_switches(module, action["deterministic"], action["warn_only"], {}, [])


class _Finder:
    """Stands first in ``sys.meta_path`` and lets the others find the module; see https://docs.python.org/3/reference/import.html."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in _on_import:
            return None
        spec = self.below(name, path, target)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader)
        return spec

    def below(self, name: str, path: Any = None, target: Any = None) -> Any:
        """What the finders behind this one find. Those before it have been asked, and may be another copy of this file."""
        finders = list(sys.meta_path)
        for finder in finders[finders.index(self) + 1 :] if self in finders else finders:
            if hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return spec
        return None


class _Loader:
    """Runs the module's own loader, which it then leaves in its place, and acts when that is done."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        if name == "_inner":  # copy.copy() looks for methods before there is one
            raise AttributeError(name)
        return getattr(self._inner, name)

    def create_module(self, spec: Any) -> ModuleType | None:
        made: ModuleType | None = self._inner.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        module.__loader__ = self._inner
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner
        _importing.add(name)
        try:
            self._inner.exec_module(module)
            while name in _on_import:  # another thread may ask for something else meanwhile
                action = _on_import[name]
                if hasattr(module, SIGNS[name]):
                    _act(name, module, action)  # if this raises, the import fails, and the next attempt comes here again
                if _on_import.get(name) is action:
                    del _on_import[name]
        finally:
            _importing.discard(name)


# Python's own generator


def _checked_python_state(saved: Mapping[str, Any]) -> tuple[int, tuple[int, ...], float | None]:
    """What ``random.setstate`` takes, which itself lets some of what is no state through."""
    words = tuple(_integer(word, "a word of the state") for word in saved["words"])
    gauss = saved["gauss"]
    if not all(0 <= word < 1 << 32 for word in words):
        raise ValueError("a word of the state has more than 32 bits")
    if gauss is not None and not isinstance(gauss, float):
        raise TypeError(f"gauss is a float or None, not {gauss!r}")
    state = (_integer(saved["version"], "the version"), words, gauss)
    random.Random().setstate(state)
    return state


# NumPy


def _bit_generator(numpy: Any) -> Any:
    """What NumPy's global functions draw from; None: a NumPy that knows the Mersenne Twister only."""
    return getattr(numpy.random, "get_bit_generator", lambda: None)()


def _refuse_other_bit_generator(numpy: Any) -> None:
    """A program may have put another generator in the place of NumPy's own. ``numpy.random.seed`` then keeps the normal number that
    was drawn in advance, and everybody else's numbers for the seed are different ones."""
    current = _bit_generator(numpy)
    if current is not None and type(current).__name__ != "MT19937":
        raise ValueError(
            f"numpy.random runs on {type(current).__name__}, where a seed does not give the usual numbers; "
            "call numpy.random.set_bit_generator(numpy.random.MT19937()) first"
        )


def _plain(value: Any) -> Any:
    """NumPy's state without arrays."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if hasattr(value, "dtype") and value.ndim:
        return {"dtype": str(value.dtype), "values": value.tolist()}
    return value.item() if hasattr(value, "item") else value


def _checked_numpy_state(numpy: Any, state: Mapping[str, Any]) -> Any:
    """A ``RandomState`` of its own in that state; whatever is wrong with the state raises something. Without NumPy, None."""
    name, inner = state["bit_generator"], state["state"]
    if name == "MT19937":  # what Python's generator is, too, so it can say now what NumPy would say at its import
        gauss = state["gauss"] if state["has_gauss"] else None
        _checked_python_state({"version": 3, "words": [*inner["key"]["values"], inner["pos"]], "gauss": gauss})
    elif not 0 <= _integer(state.get("buffer_pos", 0), "a position") <= 4:  # NumPy reads whatever memory it points to
        raise ValueError(f"a position in a buffer of {name} is from 0 to 4, not {state['buffer_pos']}")
    if numpy is None:
        return None

    def arrays(value: Any) -> Any:
        if isinstance(value, dict):
            if "dtype" in value:
                return numpy.array(value["values"], dtype=value["dtype"])
            return {key: arrays(inner) for key, inner in value.items()}
        return value

    current = _bit_generator(numpy)
    kind = type(current) if type(current).__name__ == name else getattr(numpy.random, name)
    if not (isinstance(kind, type) and issubclass(kind, numpy.random.BitGenerator)):
        raise ValueError(f"{name} is no bit generator of NumPy")
    own = numpy.random.RandomState(kind())
    own.set_state(arrays(dict(state)))
    if _plain(own.get_state(legacy=False)) != dict(state):  # NumPy passes over much of what is missing or too long
        raise ValueError(f"this is not the whole state of {name}")
    return own


def _restore_numpy(numpy: Any, state: Mapping[str, Any]) -> None:
    own = _checked_numpy_state(numpy, state)
    current = _bit_generator(numpy)
    if current is not None and type(current).__name__ != state["bit_generator"]:
        numpy.random.set_bit_generator(getattr(numpy.random, state["bit_generator"])())
    numpy.random.set_state(own.get_state(legacy=False))


# PyTorch


DEVICES = ("cuda", "xpu", "mps")


def _seed_torch(torch: Any, seed: int) -> None:
    # The first reaches every device of every kind already; the others are what readers and older versions know for CUDA.
    torch.manual_seed(seed)
    torch.cuda.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)


def _xla() -> Any:
    """Where PyTorch/XLA keeps its random state, one integer; None: the program has not started PyTorch/XLA.

    torch.manual_seed does not reach it: https://docs.pytorch.org/xla/master/learn/api-guide.html (xla_model, set_rng_state). Asking
    for the state would start the runtime, after which `xmp.spawn` refuses to work.
    """
    package = sys.modules.get("torch_xla")
    if package is None or _is_being_imported(package):
        return None
    started = getattr(getattr(package, "_XLAC", None), "_xla_runtime_is_initialized", None)
    if started is None or not started():
        return None
    import torch_xla.core.xla_model as xla_model  # type: ignore[import-not-found]

    return xla_model


def _seed_xla(seed: int, report: SeedReport) -> None:
    try:
        xla = _xla()
        if xla is None:
            report.skipped["torch_xla"] = "has not started; call again in the process that uses its devices"
        else:
            xla.set_rng_state(seed)
            report.seeded += ("torch_xla",)
    except Exception as error:  # a device of another kind must not keep the program from being seeded
        report.skipped["torch_xla"] = f"{type(error).__name__}: {error}"


def _switches_for(deterministic: Any, warn_only: bool) -> dict[str, bool | str]:
    if not deterministic:
        return {}
    switches: dict[str, bool | str] = {"cudnn.deterministic": True, "cudnn.benchmark": False}
    if deterministic == "strict":
        switches["use_deterministic_algorithms"] = "warn" if warn_only else True
    return switches


def _set_switches(torch: Any, deterministic: Any, warn_only: bool, done: dict[str, bool | str], warnings: list[str]) -> None:
    switches = _switches_for(deterministic, warn_only)
    if deterministic == "strict":
        torch.use_deterministic_algorithms(True, warn_only=warn_only)
    if deterministic:
        try:
            torch.backends.cudnn.deterministic = True
            torch.backends.cudnn.benchmark = False
        except RuntimeError:  # torch.backends.disable_global_flags() was called
            warnings.append("the switches of cuDNN are frozen by torch.backends.disable_global_flags()")
            switches = {name: value for name, value in switches.items() if not name.startswith("cudnn")}
    done.update(switches)


def _set_workspace(torch: Any, report: SeedReport, warnings: list[str]) -> None:
    before = os.environ.get(WORKSPACE)
    report.set[WORKSPACE] = os.environ.setdefault(WORKSPACE, WORKSPACES[0])
    if before is None and torch is not None and torch.cuda.is_initialized():
        warnings.append(
            f"{WORKSPACE} was set after CUDA started, too late for cuBLAS: call set_seed before anything uses the GPU"
        )
    elif before is not None and before not in WORKSPACES:
        warnings.append(f"{WORKSPACE}={before} is kept, but cuBLAS is repeatable only with {' or '.join(WORKSPACES)}")


def _switches(torch: Any) -> dict[str, Any]:
    enabled = torch.are_deterministic_algorithms_enabled()
    warn_only = getattr(torch, "is_deterministic_algorithms_warn_only_enabled", lambda: False)()
    return {
        "cudnn.deterministic": torch.backends.cudnn.deterministic,
        "cudnn.benchmark": torch.backends.cudnn.benchmark,
        "algorithms": warn_only if enabled else None,
    }


def _put_switches(torch: Any, saved: Mapping[str, Any]) -> None:
    now = _switches(torch)
    for name in ("deterministic", "benchmark"):
        if now[f"cudnn.{name}"] != saved[f"cudnn.{name}"]:
            try:
                setattr(torch.backends.cudnn, name, saved[f"cudnn.{name}"])
            except RuntimeError:  # torch.backends.disable_global_flags() was called inside, and cannot be taken back
                return
    if now["algorithms"] != saved["algorithms"]:
        warn_only = saved["algorithms"]
        torch.use_deterministic_algorithms(warn_only is not None, **({"warn_only": True} if warn_only else {}))


def _torch_state(torch: Any) -> dict[str, Any]:
    """The default generator of the CPU, and those of each kind of device that has started.

    A device that has not started has drawn nothing: its generators stand where torch.manual_seed will put them.
    """
    state: dict[str, Any] = {"cpu": _to_text(torch.get_rng_state())}
    if torch.backends.cuda.is_built():
        started = torch.cuda.is_initialized()
        state["cuda"] = [_to_text(one) for one in torch.cuda.get_rng_state_all()] if started else torch.initial_seed()
    if _device_count(torch, "xpu") and torch.xpu.is_initialized():
        state["xpu"] = [_to_text(one) for one in torch.xpu.get_rng_state_all()]
    if _device_count(torch, "mps"):
        state["mps"] = [_to_text(torch.mps.get_rng_state())]
    try:
        xla = _xla()
        if xla is not None:
            state["xla"] = int(xla.get_rng_state())
    except Exception:  # it cannot start where there is no device; then it has drawn nothing either
        pass
    return state


def _device_count(torch: Any, kind: str) -> int:
    if kind == "mps":
        return int(hasattr(torch, "mps") and torch.backends.mps.is_available())
    devices: Any = getattr(torch, kind, None)
    return devices.device_count() if devices is not None and devices.is_available() else 0


def _check_torch_state(torch: Any, state: Mapping[str, Any]) -> None:
    """Whatever is wrong with the state raises something; without PyTorch, only what can be seen without it."""
    cpu = _from_text(state["cpu"])
    if torch is not None:
        torch.Generator().set_state(_tensor(torch, cpu))
    for kind in DEVICES:
        saved = state.get(kind, [])
        if kind == "cuda" and not isinstance(saved, list):
            _integer(saved, "the seed of devices that have not started")
            continue
        if not isinstance(saved, list):
            raise TypeError(f"the states of {kind} are a list, not {saved!r}")
        sizes = {len(_from_text(text)) for text in saved}
        if (
            torch is not None
            and saved
            and _device_count(torch, kind)
            and (kind == "mps" or getattr(torch, kind).is_initialized())
        ):
            sizes.add(getattr(torch, kind).get_rng_state().numel())
        if len(sizes) > 1:
            raise ValueError(f"a state of {kind} has the wrong length")
    _integer(state.get("xla", 0), "the state of PyTorch/XLA")


def _restore_torch(torch: Any, state: Mapping[str, Any]) -> None:
    _check_torch_state(torch, state)
    torch.set_rng_state(_tensor(torch, _from_text(state["cpu"])))
    missing: list[str] = []
    for kind in DEVICES:
        saved = state.get(kind, [])
        if not isinstance(saved, list):
            torch.cuda.manual_seed_all(saved)
            continue
        there = _device_count(torch, kind) if saved else 0
        for index, text in enumerate(saved):
            tensor = _tensor(torch, _from_text(text))
            if index >= there:
                missing.append(f"{kind}:{index}")
            elif kind == "mps":
                torch.mps.set_rng_state(tensor)  # its other argument came with PyTorch 2.1 or later
            else:
                getattr(torch, kind).set_rng_state(tensor, f"{kind}:{index}")
    if "xla" in state:
        xla = _xla()
        if xla is None:
            missing.append("xla")
        else:
            xla.set_rng_state(state["xla"])
    if missing:
        import warnings

        warnings.warn(
            f"no such device here, its random state is not restored: {', '.join(missing)}", RuntimeWarning, stacklevel=4
        )


def _to_text(tensor: Any) -> str:
    import binascii

    return binascii.b2a_base64(bytes(tensor.tolist()), newline=False).decode("ascii")


def _from_text(text: str) -> bytes:
    import binascii

    data = binascii.a2b_base64(text)
    if binascii.b2a_base64(data, newline=False).decode("ascii") != text:  # a2b_base64 passes over what is no base64
        raise ValueError("a state of PyTorch is damaged")
    return data


def _tensor(torch: Any, data: bytes) -> Any:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).clone()


# Generators that a dataset holds


SHORT = 1000
"""A longer list, dict, set or array in a dataset holds samples, not generators."""

MOST = 100_000
"""So many objects take some tenths of a second, in each worker of each epoch."""


def _known(module: str, name: str) -> tuple[type, ...]:
    """A class, if the program has it; nothing can be of it otherwise."""
    found = getattr(sys.modules.get(module), name, None)
    return (found,) if isinstance(found, type) else ()


def _held_generators(dataset: Any, skipped: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """Every generator that can be reached from a dataset by attributes and containers, with its path; each once."""
    numpy, torch = _loaded("numpy"), _loaded("torch")
    the_global = [getattr(random, "_inst", None)]
    kinds: tuple[type, ...] = (random.Random,)
    closed: tuple[type, ...] = (type(None), str, bytes, bytearray, int, float, complex, type, type(sys))
    closed += _known("pathlib", "PurePath")
    arrays: tuple[type, ...] = ()
    if numpy is not None:
        kinds += (numpy.random.Generator, numpy.random.RandomState, numpy.random.BitGenerator)
        arrays = (numpy.ndarray,)
        closed += (numpy.ndarray, numpy.generic)
        the_global += [numpy.random.mtrand._rand, numpy.random.mtrand._rand._bit_generator]
    if torch is not None:
        kinds += (torch.Generator,)
        the_global.append(torch.default_generator)
        closed += (torch.Tensor, torch.Storage)
    sequences = _known("numpy.random", "SeedSequence")
    seen = {id(one) for one in the_global}
    waiting = [("dataset", dataset)]  # keeps alive what the ids in `seen` stand for
    sets: list[tuple[str, Any]] = []
    done = 0
    while done < len(waiting) or sets:
        last = done == len(waiting)  # sets come last: elsewhere, their members may have a place that says which one is which
        path, value = sets.pop(0) if last else waiting[done]
        done += not last
        if id(value) in seen and not last:
            continue
        seen.add(id(value))
        found = False
        try:
            kind = type(value)  # isinstance() would ask for value.__class__, which may be somebody's property
            if issubclass(kind, kinds):
                drawn_from = (value, getattr(value, "bit_generator", value))
                found = not any(one is other for one in drawn_from for other in the_global)
            elif issubclass(kind, sequences):
                skipped[path] = (
                    "spawns the same children in each worker and epoch; "
                    "make them from torch.initial_seed() in the worker, or hold the generators that it gives"
                )
            elif issubclass(kind, closed) and not (issubclass(kind, arrays) and value.dtype.hasobject):
                pass
            elif len(waiting) >= MOST:
                skipped["dataset"] = f"holds more than {MOST} objects, not all of which are searched for generators"
            elif last:
                waiting += _members(path, value, seen, closed, skipped)
            elif issubclass(kind, arrays):
                waiting += _elements(path, value, closed, skipped)
            else:
                if issubclass(kind, (set, frozenset)):
                    sets.append((path, value))
                waiting += _parts(path, value, kinds, closed, skipped)
        except Exception as error:  # properties and descriptors run somebody's code
            skipped[path] = f"cannot be searched for generators: {type(error).__name__}: {error}"
        if found:
            yield path, value


TOO_LONG = f"holds more than {SHORT} entries, which are not searched for generators"


def _parts(
    path: str, value: Any, kinds: tuple[type, ...], closed: tuple[type, ...], skipped: dict[str, str]
) -> Iterator[tuple[str, Any]]:
    kind = type(value)
    if issubclass(kind, (list, tuple, dict, *_known("collections", "deque"))):
        if len(value) <= SHORT:
            yield from _entries(path, value)
        elif _may_hold(value, closed):
            skipped[path] = TOO_LONG
    if issubclass(kind, _known("functools", "partial")):
        yield f"{path}.func", value.func
        yield f"{path}.args", value.args
        yield f"{path}.keywords", value.keywords
    attributes = _attribute(value, "__dict__")
    if isinstance(attributes, dict):
        yield from ((f"{path}.{name}", inner) for name, inner in list(attributes.items()))
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                hidden = name.startswith("__") and not name.endswith("__")
                yield f"{path}.{name}", _attribute(value, f"_{base.__name__.lstrip('_')}{name}" if hidden else name)
        yield from ((f"{path}.{name}", inner) for name, inner in list(base.__dict__.items()) if issubclass(type(inner), kinds))
    # A bound method (rng.normal kept as a source of noise), and what a function keeps.
    for name in ("__self__", "__func__", "__defaults__", "__kwdefaults__"):
        yield f"{path}.{name}", _attribute(value, name)
    for index, cell in enumerate(_attribute(value, "__closure__") or ()):
        try:
            yield f"{path}.{value.__code__.co_freevars[index]}", cell.cell_contents
        except ValueError:  # the variable has no value yet
            continue


def _entries(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if issubclass(type(value), dict):
        # The path makes the seed, and what other keys look like may be different in each run.
        for index, (key, inner) in enumerate(value.items()):
            yield f"{path}[{key!r}]" if type(key) in (str, int) else f"{path}.values()[{index}]", inner
    else:
        for index, inner in enumerate(value):
            yield f"{path}[{index}]", inner


def _elements(path: str, value: Any, closed: tuple[type, ...], skipped: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """What an array of objects holds, or the object fields of a structured one."""
    if value.dtype.names:
        yield from ((f"{path}[{name!r}]", value[name]) for name in value.dtype.names)
    elif value.size <= SHORT:
        for index, inner in enumerate(value.flat):
            yield f"{path}[{index}]" if value.ndim == 1 else f"{path}.flat[{index}]", inner
    elif _may_hold(value.ravel()[:: -(-value.size // MOST)].tolist(), closed):
        skipped[path] = TOO_LONG


def _members(
    path: str, value: Any, seen: set[int], closed: tuple[type, ...], skipped: dict[str, str]
) -> Iterator[tuple[str, Any]]:
    """What only this set holds. Its order is another one in each run, so the path of a member is its type, if that is enough."""
    alike: dict[str, list[Any]] = {}
    if len(value) > SHORT:
        if _may_hold(value, closed):
            skipped[path] = TOO_LONG
        return
    for one in value:
        kind = type(one)
        if id(one) not in seen and not issubclass(kind, closed):
            # The package and the name: where in a package a class is defined differs between versions.
            alike.setdefault(f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}", []).append(one)
    for name in sorted(alike):
        if len(alike[name]) == 1:
            yield f"{path}{{{name}}}", alike[name][0]
        elif _may_hold(alike[name], closed):
            skipped[f"{path}{{{name}}}"] = (
                f"{len(alike[name])} of them in a set, whose order is another one in each run; hold them in a list"
            )


def _may_hold(values: Any, closed: tuple[type, ...]) -> bool:
    """Whether there may be generators in a container that is too long to search: at its types, it can be told from samples."""
    plain = (list, tuple, dict, set, frozenset, *_known("collections", "deque"))
    level = _some(values, MOST)
    for _ in range(5):
        kinds = {kind for kind in set(map(type, level)) if not issubclass(kind, closed)}
        if any(not issubclass(kind, plain) or kind.__dictoffset__ for kind in kinds):
            return True
        holders = [one for one in level if type(one) in kinds]
        level = [inner for one in _some(holders, SHORT) for inner in _some(one, MOST // SHORT)]
        if not level:
            return False
    return True


def _some(values: Any, most: int) -> Any:
    """No more entries than that; those of a list evenly spread."""
    for kind in (list, tuple):
        if issubclass(type(values), kind):
            return kind.__getitem__(values, slice(None, None, -(-len(values) // most) or 1))
    from itertools import islice

    return list(islice(values.values() if issubclass(type(values), dict) else values, most))


def _attribute(value: Any, name: str) -> Any:
    """An attribute that is really there, or None: a class's ``__getattr__`` may have an answer to every name, a new one each time."""
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None


def _reseed(held: Any, seed: int) -> None:
    if isinstance(held, random.SystemRandom):
        raise TypeError("draws from the operating system, which nothing seeds")
    if isinstance(held, random.Random):
        held.seed(seed)
    elif hasattr(held, "manual_seed"):
        held.manual_seed(seed)
    elif hasattr(held, "set_state"):  # a RandomState: its state counts the normal number that it has drawn in advance
        held.set_state(type(held._bit_generator)(seed).state)
    else:
        bits = getattr(held, "bit_generator", held)
        bits.state = type(bits)(seed).state


# What comes too late


def _too_late() -> list[str]:
    out = []
    if _hash_seed_at_start() is None:
        out.append(
            f"{HASH_SEED} was not set when Python started, so the order of sets of strings differs from run to run: "
            "sort them where the order matters, or call ensure_hash_seed() first"
        )
    processes = sys.modules.get("multiprocessing.process")
    running = 0 if processes is None else len(processes.active_children())
    if running:
        what = "1 child process runs" if running == 1 else f"{running} child processes run"
        out.append(f"{what} already (DataLoader workers, pools) and keep the random state they started with")
    return out


def _hash_seed_at_start() -> str | None:
    """The value that fixes the hashes of strings in this interpreter; None: they are random."""
    if not sys.flags.hash_randomization:
        return "0"
    if sys.flags.ignore_environment:
        return None
    if not _hash_seed:
        _hash_seed.append(_read_hash_seed())
    value = _hash_seed[0]
    return value if value.isascii() and value.isdigit() and int(value) else None


_hash_seed: list[str] = []


def _read_hash_seed() -> str:
    """The variable as the process started with it. Set by the program itself, it fixes nothing; only Linux knows the difference."""
    try:
        with open("/proc/self/environ", "rb") as file:  # noqa: PTH123 - pathlib takes longer to import than all of this
            for entry in file.read().split(b"\0"):
                if entry.startswith(HASH_SEED.encode() + b"="):
                    return entry.partition(b"=")[2].decode("ascii", "replace")
        return ""
    except OSError:
        return os.environ.get(HASH_SEED, "")


def _no_restart() -> str | None:
    """Why the program cannot be started over; None: it can."""
    processes = sys.modules.get("multiprocessing.process")
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    if RESTARTED in os.environ:
        return "a fresh start with it did not fix the hashes"
    if sys.flags.isolated or sys.flags.ignore_environment:
        return "this interpreter ignores environment variables (-I or -E)"
    if "ipykernel" in sys.modules or hasattr(sys, "ps1") or sys.flags.interactive:
        return "a notebook or console cannot be started over; set the variable before it starts"
    if "pytest" in sys.modules:
        return "a test run cannot be started over; set the variable before it starts"
    inherits = processes is not None and getattr(processes.current_process(), "_inheriting", False)
    if os.getpid() != _PROCESS or inherits or (processes is not None and processes.parent_process() is not None):
        return "this is a child process; call it in the parent, before the child starts"
    if sys.gettrace() is not None or (hasattr(sys, "monitoring") and sys.monitoring.get_tool(sys.monitoring.DEBUGGER_ID)):
        return "a debugger or a coverage tool follows this process"
    if not hasattr(sys, "orig_argv") or not sys.executable:
        return "Python does not say how it was started"
    if not sys.argv or sys.argv[0] in ("", "-") or (file or "").startswith(("/dev/", "/proc/")):
        return "the program was read from standard input or a pipe"
    if file and getattr(main, "__spec__", None) is None:
        named = (os.path.abspath(os.path.join(_FOLDER, argument)) for argument in sys.orig_argv[1:])
        if os.path.abspath(os.path.join(_FOLDER, file)) not in named:
            return "the working directory has changed since Python started"
    if not os.path.isdir(_FOLDER):  # noqa: PTH112
        return "the working directory in which Python started is gone"
    return None


_PROCESS = os.getpid()
try:
    _FOLDER = os.getcwd()  # noqa: PTH109 - pathlib takes longer to import than all of this
except OSError:
    _FOLDER = ""
