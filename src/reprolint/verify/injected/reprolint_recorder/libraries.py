"""Waits until the program imports ``random``, NumPy or PyTorch, and then listens to them.

Nothing of them is replaced, except for NumPy's source of entropy, which has no code that could be followed. What a function is given
and returns is seen by following its code (`Lines.follow`); optimizers tell by their hooks
(https://docs.pytorch.org/docs/stable/generated/torch.optim.optimizer.register_optimizer_step_pre_hook.html).
"""

from __future__ import annotations

import sys

from reprolint_recorder import digests
from reprolint_recorder.lines import Followed

TYPE_CHECKING = False  # importing typing for this would cost every process its time
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from reprolint_recorder.generators import Generators
    from reprolint_recorder.journal import Journal
    from reprolint_recorder.lines import Lines

MOST_TENSORS = 256
"""Of so many gradients or parameters it is written down which one is which."""


class Libraries:
    """What is listened to.

    :param journal: where it is written.
    :param generators: the generators, which are looked at first whenever something else is written, so that all is in order.
    :param lines: follows functions.
    :ivar after_random: is called when ``random`` was imported.
    """

    def __init__(self, journal: Journal, generators: Generators, lines: Lines) -> None:
        self._journal = journal
        self._generators = generators
        self._lines = lines
        self._counts: dict[str, int] = {}
        self._process = ""
        self._shapes = ""
        self._unreadable = False
        self.after_random: Callable[[], object] = lambda: None

    def wait(self) -> None:
        """Begin. What is imported already is listened to at once."""
        wanted: dict[str, Callable[[Any], None]] = {
            "random": self._random,
            "numpy.random.mtrand": self._numpy,
            "torch": self._torch,
            "torch.autograd": self._autograd,
            "torch.optim.optimizer": self._optimizer,
            "torch.utils.data.dataloader": self._dataloader,
            "torch.utils.data._utils.worker": self._worker,
        }
        for name in [name for name in wanted if name in sys.modules]:
            self._done(wanted.pop(name), sys.modules[name])
        sys.meta_path.insert(0, _Finder(wanted, self._done))

    def _done(self, listen: Callable[[Any], None], module: Any) -> None:
        try:
            listen(module)
        except Exception as error:
            self._journal.note(f"{module.__name__} is not listened to: {type(error).__name__}: {error}")

    # What is done when a module was imported

    def _random(self, module: Any) -> None:
        self._generators.add_python(module)
        self._lines.follow(Followed(module.Random.__init__, begin=self._instance_made))
        self.after_random()

    def _numpy(self, module: Any) -> None:
        self._generators.add_numpy(module)
        bits = sys.modules["numpy.random.bit_generator"]
        ask: Callable[..., int] = bits.randbits

        def randbits(*arguments: Any) -> int:
            self._entropy("numpy", sys._getframe(1))
            return ask(*arguments)

        bits.randbits = randbits  # type: ignore[attr-defined]

    def _torch(self, module: Any) -> None:
        self._generators.add_torch(module)

    def _autograd(self, module: Any) -> None:
        self._lines.follow(Followed(module.backward, begin=self._backward))

    def _optimizer(self, module: Any) -> None:
        module.register_optimizer_step_pre_hook(self._before_step)
        module.register_optimizer_step_post_hook(self._after_step)

    def _dataloader(self, module: Any) -> None:
        iterator = module._BaseDataLoaderIter
        # Every iteration draws a seed for workers, even where there are none and whatever the workers do with it. Draws in a
        # worker are recorded there.
        self._lines.follow(
            Followed(iterator.__init__, lambda *_: self._look(), lambda *_: self._generators.settle_family("torch"))
        )
        self._lines.follow(Followed(iterator.__next__, end=self._batch))

    def _worker(self, module: Any) -> None:
        self._lines.follow(Followed(module._worker_loop, begin=self._worker_begins))

    # What is done when something happens

    def _look(self) -> tuple[str, int, str] | None:
        place = self._lines.here()
        self._generators.look(place)
        return place

    def _worker_begins(self, arguments: dict[str, Any], frame: FrameType) -> None:
        self._journal.mark("worker")
        self._generators.settle_at_next_look()  # it is seeded before any code of the user's runs in it

    def _instance_made(self, arguments: dict[str, Any], frame: FrameType) -> None:
        if arguments.get("x") is None and frame.f_back is not None:
            self._entropy("python", frame.f_back)

    def _entropy(self, family: str, frame: FrameType) -> None:
        """A line of the user's code (not one of a library, which may want a name for a file) makes a generator without a seed."""
        try:
            if self._lines.is_own(frame.f_code.co_filename):
                self._journal.event("entropy", self._lines.here(), family)
        except Exception as error:
            self._journal.stop_after(error)

    def _batch(self, arguments: dict[str, Any], batch: Any) -> None:
        if batch is not None:  # None: it raised StopIteration
            self._write("batch", batch)

    def _backward(self, arguments: dict[str, Any], frame: FrameType) -> None:
        if not _is_out_of_reach(sys.modules["torch"]):
            self._write("loss", arguments.get("tensors"), _number)

    def _before_step(self, optimizer: Any, arguments: Any, keywords: Any) -> None:
        self._guarded_step("gradients", [one.grad for one in _parameters(optimizer) if one.grad is not None])

    def _after_step(self, optimizer: Any, arguments: Any, keywords: Any) -> None:
        self._guarded_step("parameters", _parameters(optimizer))

    def _guarded_step(self, kind: str, values: list[Any]) -> None:
        try:
            if not _is_out_of_reach(sys.modules["torch"]):
                self._step(kind, values)
        except Exception as error:
            self._lines.trouble(error)

    def _step(self, kind: str, values: list[Any]) -> None:
        place, number = self._look(), self._count(kind)
        try:
            found = digests.tensors(values)
        except Exception as error:
            self._cannot_read(kind, error)
            found = []
        listed = values[:MOST_TENSORS]
        shapes = " ".join("x".join(map(str, value.shape)) or "1" for value in listed)
        if shapes != self._shapes:
            self._shapes = shapes
            self._journal.mark(f"shapes\t{shapes}")
        details = "".join(one[:2].hex() for one in found[:MOST_TENSORS])
        self._journal.event(kind, place, number, digests.digest(found), details)

    def _write(self, kind: str, value: Any, shown: Callable[[Any], str] = lambda value: "") -> None:
        place, number = self._look(), self._count(kind)
        try:
            found, text = digests.digest(value), shown(value)
        except Exception as error:
            self._cannot_read(kind, error)
            found = text = ""
        self._journal.event(kind, place, number, found, text)

    def _cannot_read(self, kind: str, error: Exception) -> None:
        self._lines.raise_if_foreign(error)
        if not self._unreadable:
            self._unreadable = True
            self._journal.note(f"{kind} cannot be read, at least once: {type(error).__name__}: {error}")

    def _count(self, kind: str) -> int:
        if self._process != self._journal.id:  # a forked child counts from the start
            self._process = self._journal.id
            self._counts.clear()
            self._shapes = ""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]


def _parameters(optimizer: Any) -> list[Any]:
    return [one for group in optimizer.param_groups for one in group["params"]]


def _number(loss: Any) -> str:
    """What a person reads of a loss; nothing if it is not one number."""
    is_one = isinstance(loss, sys.modules["torch"].Tensor) and loss.numel() == 1 and not loss.is_complex()
    return repr(loss.detach().item()) if is_one else ""


def _is_out_of_reach(torch: Any) -> bool:
    """Whether code is being compiled or a CUDA graph captured: there are no values then, and asking for them would spoil it."""
    is_compiling = getattr(getattr(torch, "compiler", None), "is_compiling", None)  # from PyTorch 2.1 on
    if is_compiling is not None and is_compiling():
        return True
    return bool(torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing())


class _Finder:
    """Is asked first for every module, and lets those that are asked next answer.

    :param wanted: what to do after the import of which modules.
    :param done: does it.
    """

    def __init__(self, wanted: dict[str, Callable[[Any], None]], done: Callable[[Callable[[Any], None], Any], None]) -> None:
        self._wanted = wanted
        self._done = done

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Part of the import system: https://docs.python.org/3/reference/import.html#the-meta-path"""
        if name not in self._wanted:
            return None
        finders = list(sys.meta_path)
        # Those above have their turn by themselves: one of them may be such a finder as well, and ask those below it.
        for finder in finders[finders.index(self) + 1 :] if self in finders else ():
            find = getattr(finder, "find_spec", None)
            spec = None if find is None else find(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec, lambda module: self._imported(name, module))
                return spec
        return None

    def _imported(self, name: str, module: Any) -> None:
        listen = self._wanted.pop(name, None)
        if listen is not None:  # None: it was imported before, and is loaded again
            self._done(listen, module)


class _Loader:
    """Stands in the place of a loader until it has run.

    :param spec: what was found.
    :param done: is called with the module.
    """

    def __init__(self, spec: Any, done: Callable[[Any], None]) -> None:
        self._spec = spec
        self._loader = spec.loader
        self._done = done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        """Part of the import system: https://docs.python.org/3/library/importlib.html#importlib.abc.Loader"""
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Load the module, as if it had been loaded without us."""
        self._spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._done(module)
