"""Calls into libraries: models first, then what the knowledge base says of a name, then the callbacks handed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from reprolint.knowledge import FIT_METHODS, TENSOR, Draw, Flag, Operation, Runner, Seed, Varying
from reprolint.knowledge import UNKNOWN as UNKNOWN_ARGUMENT
from reprolint.model import FAMILIES, Family
from reprolint.trace import own
from reprolint.trace import values as v
from reprolint.trace.lattice import FRESH, Marks, spawned
from reprolint.trace.machine import Machine, PathEnds
from reprolint.trace.models import MODELS, applications
from reprolint.trace.models.builtin import constant_method, mapping_method, sequence_method
from reprolint.trace.models.call import Call
from reprolint.trace.models.config import hydra_config
from reprolint.trace.models.data import LOADERS, iterate_loader
from reprolint.trace.story import Event
from reprolint.trace.values import (
    ABSENT,
    NONE,
    UNKNOWN,
    Args,
    Choice,
    Class,
    Const,
    External,
    Function,
    Instance,
    Iteration,
    Kwargs,
    Mapping,
    Partial,
    Product,
    Sequence,
    Unknown,
    Value,
)

_RUNS: Final = re.compile(
    r"(?:^|_)(?:launch(?:er)?|run|main|submit|apply|map|fit|train|execute|optimi[sz]e|start|minimize|reduce|spawn|call|wrapper"
    r"|parallel|thread|delayed|remote|distribute|starmap|imap|transform|filter|cli|agent)(?:$|_)",
    re.IGNORECASE,
)
"""Names of library functions that run the function they are given."""

_KEEPS: Final = re.compile(
    r"hook|register|signal|atexit|partial|add_|callback|lru_cache|wraps|deprecat|subscribe|on_|set_|connect", re.IGNORECASE
)
"""Names of library functions that keep a function for later, or for never."""

_SELF_METHODS: Final = frozenset(
    "to cuda cpu train eval half float double bfloat16 requires_grad_ share_memory share_memory_ xpu mps compile to_empty detach "
    "with_format set_format contiguous clone pin_memory type".split()
)
_NOT_TENSORS: Final = re.compile(
    r"torch\.(?:load|save|device|no_grad|enable_grad|set_|get_|is_|manual_seed|seed|initial_seed|compile|Generator|Size|dtype|"
    r"inference_mode|autocast|use_|cuda|backends|utils|nn|optim|jit|distributed|hub|hashlib|finfo|iinfo|compiled|typename|float|int|long)"
)
_NETWORK: Final = re.compile(
    r"torch\.nn\.[A-Z]\w*$|torch\.(?:jit\.|hub\.)?load$|torchvision\.models\.|timm\.create_model$|transformers\.\w+\.from_(?:pretrained|config)$"
    r"|transformers\.\w+(?:Model|For\w+|LMHeadModel)$|segmentation_models_pytorch\.|monai\.networks\.|torch_geometric\.nn\.|diffusers\.\w+\.from_pretrained$"
)
"""Names of libraries that build or load a network."""

_USES_CUDA_ITSELF: Final = frozenset(
    {
        "transformers.Trainer",
        "transformers.Seq2SeqTrainer",
        "lightning.pytorch.Trainer",
        "accelerate.Accelerator",
        "lightning.fabric.Fabric",
    }
)
"""Names of libraries that move the work to CUDA where there is one, without being told."""
_DECORATORS: Final = frozenset(
    {
        "click.command", "click.group", "click.pass_context", "click.pass_obj", "contextlib.contextmanager",
        "contextlib.asynccontextmanager", "functools.lru_cache", "functools.cache", "functools.cached_property",
        "builtins.staticmethod", "builtins.classmethod", "builtins.property",
    }
)  # fmt: skip
"""Decorators that change how a function is called and take it without arguments of their own (``click.pass_context(f)``)."""

_WORKS: Final = re.compile(
    r"torch\.(?!(?:use|set|get|are|is|initial|manual)_|(?:cuda|distributed|backends|utils|random|hub|version|jit|multiprocessing)\.|"
    r"(?:save|load|seed|device|compile|no_grad|enable_grad|inference_mode|Generator|Size)$)"
)
"""Names of torch that compute something, or build what does."""

_TRAINING: Final = frozenset("fit train test validate evaluate predict backward step".split())

_WITHOUT_GRADIENT: Final = ("torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad")
"""Context managers and decorators under which torch keeps no gradients."""

_DEFAULTS: Final = frozenset(
    {
        "typer.Option", "typer.Argument", "typer.params.Option", "pydantic.Field", "pydantic.fields.Field", "dataclasses.field",
        "attr.ib", "attrs.field", "attr.field", "simple_parsing.field", "transformers.HfArg", "transformers.hf_argparser.HfArg",
        "click.Option", "fastapi.Query", "simple_parsing.helpers.field", "chz.field", "tyro.conf.arg", "flax.struct.field",
        "simple_parsing.choice", "msgspec.field", "cyclopts.Parameter",
    }
)  # fmt: skip


class Libraries(Machine):
    """Calls whose target is a name of a library, or an object that a library made."""

    _captured: dict[int, tuple[Family, Marks]]
    _fetched: dict[tuple[Any, ...], Value]
    last_varying: str

    def run_function(
        self, func: Function, args: Args, kwargs: Kwargs, site: int, text: str, on_yield: Callable[[Value], bool] | None = None
    ) -> Value:
        raise NotImplementedError

    def run_iteration(self, iteration: Iteration, site: int, on_yield: Callable[[Value], bool] | None = None) -> Value:
        raise NotImplementedError

    def iterate_instance(self, instance: Instance, site: int) -> Value:
        raise NotImplementedError

    def is_record(self, cls: Class) -> bool:
        raise NotImplementedError

    def decorate(self, decorator: Value, target: Value, site: int, text: str) -> Value:
        raise NotImplementedError

    def item_of(self, container: Value, index: Value) -> Value:
        raise NotImplementedError

    def element(self, value: Value) -> Value:
        raise NotImplementedError

    def from_annotation(self, annotation: tuple[Any, ...], func: Function | None = None) -> Value | None:
        raise NotImplementedError

    # Calls.

    def call_library(self, name: str, receiver: Value | None, args: Args, kwargs: Kwargs, site: int, text: str) -> Value:
        """Call a library's function, class or method.

        :param name: its dotted name, in any spelling.
        :param receiver: the object whose method it is; for ``super().__init__`` the instance being built.
        """
        name = self.knowledge.canonical(name)
        constructing = name.endswith(".__init__") and receiver is not None
        if name in _DECORATORS or (name.endswith(".command") and applications.application(receiver) is not None):
            made = self.decorated(External(name, receiver), args, kwargs, site, text)
            if made is not None:
                return made
        model = MODELS.get(name)
        if constructing:
            name = name.removesuffix(".__init__")
            model = model or MODELS.get(name)
        call = Call(name, receiver, args, kwargs, site, text)
        if model is None and name[0] == "<":
            model = _CONTAINERS.get(name.partition(".")[0])
        value = model(self, call) if model is not None else None
        if value is None:
            self.start_building()
            value = self._known(call, constructing)
            drawn = self.finish_building()
            if isinstance(value, Product) and not value.drawn:
                value.drawn = drawn | v.drawn_in((*args, *kwargs.values()))
        self._seed_own(call)
        own.called(self, call, value)
        if constructing and isinstance(receiver, Instance) and isinstance(value, Product):
            receiver.base = receiver.base or value
        return value

    def _known(self, call: Call, constructing: bool) -> Value:
        name = call.name
        if not self.story.runs_networks and _NETWORK.match(name):
            self.story.runs_networks = True
        if self.story.on_cuda is None and name in _USES_CUDA_ITSELF and not self.skipping and not _runs_elsewhere(call):
            self.story.on_cuda = self.chain(call.site, call.text)
        seed = self.knowledge.seed(name)
        if seed is not None:
            self._seed(seed, call)
        for flag in self.knowledge.flag(name):
            self._flag(flag, call)
        self.note_operation(call)
        if self.undone and (_WORKS.match(name) or call.method in _TRAINING):
            self.note_work()
        family = self.knowledge.captures(name)
        if family is not None:
            capture = Product("<captured>")
            self._captured[id(capture)] = (family, self.state.of(family))
            self._kept.append(capture)
            return capture
        family = self.knowledge.restores(name)
        if family is not None:
            self._restore(family, call)
            return NONE
        if not constructing:
            held = self._method(call)
            if held is not None:
                return held
        varying = self.draw_known(call)
        row = self.knowledge.varying(name)
        if row is not None and not any(self._argument(call, row.parameters, given) for given in row.unless_given):
            self.last_varying = f"{name}()"
            self.varying_place = self.place(call.site)
            varying = True
            if row.generator is not None:
                self.note_local(
                    row.generator, name, call.site, call.text, "it takes fresh entropy" if name.endswith(".seed") else ""
                )
        self._seed_local(call, row)
        for runner in self.knowledge.runner(name):
            self._run(runner, call)
        passthrough = self.knowledge.passthrough(name)
        if passthrough is not None and call.args:
            if passthrough.returns == "first" or len(call.args) == 1:
                return call.args[0]
            return self.new_sequence("tuple", call.args)
        if name.startswith("sklearn.model_selection.") and call.method[:1].islower():
            for part in self._inside([*call.args, *call.kwargs.values()]):
                self._fit(part, call, 0)
        if seed is None and not self.knowledge.runner(name) and not _KEEPS.search(call.method):
            self.hand_over((*call.args, *call.kwargs.values()), call.site, runs=_RUNS.search(call.method) is not None)
            self._unknown_seeder(call)
        return self._result(call, varying)

    def _result(self, call: Call, varying: bool) -> Value:
        name, receiver = call.name, call.receiver
        if isinstance(receiver, Product | Instance) and call.method in _SELF_METHODS:
            return receiver
        given = self.knowledge.returns(name)
        if given is not None:
            return self.new_product(given, call.args, dict(call.kwargs), varying)
        inherits = isinstance(receiver, Product) and receiver.varies
        varying = varying or inherits or any(v.varies(arg) for arg in (*call.args, *call.kwargs.values()))
        if name.startswith("torch.Tensor.") or (
            name.count(".") == 1 and name.startswith("torch.") and not _NOT_TENSORS.match(name)
        ):
            if call.method in ("item", "tolist", "size", "dim", "numel", "numpy"):
                return Unknown(varying)
            return Product("torch.Tensor", varies=varying)
        if name.startswith("pandas.DataFrame."):
            return Product("pandas.DataFrame", varies=varying)
        if name.startswith(("builtins.", "os.", "math.", "time.", "sys.", "<")) and not name.startswith("builtins.open"):
            return Unknown(varying)
        product = self.new_product(name, call.args, dict(call.kwargs), varying)
        if receiver is not None:
            product.attrs["<receiver>"] = receiver
        return product

    def _unknown_seeder(self, call: Call) -> None:
        """A library function that no row knows, by the looks of its name a seeder."""
        method = call.method.lower()
        known = self.knowledge.draws(call.name) or self.knowledge.varying(call.name)
        seedish = (
            re.search(r"(?:^|_)seed(?:_|s$|$)|seed_(?:all|everything)|set_determin|fix_random|reproducib", method) is not None
        )
        in_full = ("numpy.random.", "random.", "torch.", "reprolint.runtime.")
        if seedish and not known and not call.name.startswith(in_full) and call.receiver is None:
            self.unclear(call.name, call.site, call.text)

    def _seed_local(self, call: Call, row: Varying | None) -> None:
        """A generator of the program's own that is made or seeded with a value that varies."""
        family = row.generator if row is not None else _SEEDS_ITS_OWN.get(call.name)
        given = [*call.args, *call.kwargs.values()]
        # Where the seed is drawn from a generator, that one is to blame.
        rows = [self.knowledge.varying(value.name) for value in given if isinstance(value, Product)]
        drawn = any(row is not None and row.generator is not None for row in rows)
        if (
            family is not None
            and any(v.varies(value) for value in given)
            and not drawn
            and "nothing seeds" not in self.last_varying
        ):
            self.note_local(family, call.name, call.site, call.text, f"its seed comes from {self.last_varying}")

    # Seeds and switches.

    def _seed(self, row: Seed, call: Call) -> None:
        for flag, value in row.flags.items():
            self.set_flag(flag, Const(value), call.name, call.site, call.text)
        for argument, flags in row.flags_when.items():
            given = self._argument_named(argument, row, call)
            known = v.truth(given) if given is not None else False
            if known is not False:  # false, the switches stay as they are
                for flag, value in flags.items():
                    self.set_flag(flag, Const(value) if known else UNKNOWN, call.name, call.site, call.text)
        varying = self._varying_seed(row, call)
        if varying is not None:
            self.seed(row.families, call.name, call.site, call.text, varying, self._seed_value(row, call))

    def _seed_own(self, call: Call) -> None:
        """Note which generators of libraries' own a call seeds, whether or not it surely runs."""
        generators = self.knowledge.seeds_own(call.name)
        if generators:
            row = self.knowledge.seed(call.name)
            if row is None or self._varying_seed(row, call) is not None:
                self.story.seeded_own.update(generators)

    def _varying_seed(self, row: Seed, call: Call) -> str | None:
        """ "" for a seed that is the same in every run, a reason for one that is not, None where nothing is seeded."""
        value = self._seed_value(row, call)
        if value is None:
            if row.default is not None or (row.argument is None and row.none != "entropy"):
                return ""
            value = NONE
        if isinstance(value, Const) and value.value is False and row.argument == "seed_everything_default":
            return None
        if v.is_none(value) and self.skipping and v.option_in(value):
            return ""  # this runs only once the option is given
        if v.is_none(value):
            if row.none == "nothing":
                return None
            return "it is called without a seed, which takes fresh entropy" if row.none == "entropy" else ""
        if v.varies(value):
            return f"its seed comes from {self.last_varying}, which differs from run to run"
        return ""

    def _seed_value(self, row: Seed, call: Call) -> Value | None:
        if row.from_argument is not None:
            return self._argument_named(row.from_argument, row, call)
        if row.argument is None and row.position is None:
            return None
        value = call.argument(row.argument or "", row.position)
        if value is None and ("*" in call.kwargs or "**" in call.kwargs):
            return UNKNOWN
        return value

    def _argument_named(self, name: str, row: Seed, call: Call) -> Value | None:
        """The argument ``deterministic``, or the attribute of another one: ``args.seed``."""
        holder, _, attribute = name.partition(".")
        if not attribute:
            return call.kwargs.get(name)
        config = call.argument(holder, row.position)
        if config is None or isinstance(config, Unknown | External):
            return None
        if isinstance(config, Product):
            return config.kwargs.get(attribute) or config.attrs.get(attribute)
        configured = self.attribute(config, attribute)
        return None if isinstance(configured, External | Unknown) else configured

    def _flag(self, row: Flag, call: Call) -> None:
        if row.attribute:
            return
        value: Value | None
        if row.value is not None:
            value = Const(row.value)
        else:
            value = call.argument(row.argument or "", row.position)
            if value is None and row.default is not None:
                value = Const(row.default)
        if value is not None and v.is_none(value) is not True:
            if isinstance(value, Const) and (row.on_values or row.off_values is not None):
                switched = value.value in row.on_values
                if not switched and row.off_values is not None and value.value not in row.off_values:
                    return
                value = Const(switched)
            self.set_flag(row.sets, value, call.name, call.site, call.text)

    def _restore(self, family: Family, call: Call) -> None:
        captured = self._captured.get(id(call.args[0])) if call.args else None
        if self.skipping:
            return
        if captured is not None:
            self.state = self.state.with_marks((captured[0],), captured[1])
        else:
            self.unclear(call.name, call.site, call.text, (family,))

    def note_operation(self, call: Call) -> None:
        """Note an operation whose result differs from run to run on CUDA."""
        rows = self.knowledge.operation(call.name)
        running = [frame.function for frame in self.frames if frame.function is not None] if rows else []
        if not rows or self.skipping or any(function.name == "__getitem__" for function in running):
            return  # samples are made on the CPU
        if self.state.flag("deterministic_algorithms") & {"on", "unknown"}:
            return
        graded = not self.without_gradient and not any(function.marked(*_WITHOUT_GRADIENT) for function in running)
        for row in rows:
            if (graded or not row.backward) and row.holds(self._operands(row, call)):
                event = Event(
                    "operation",
                    (),
                    call.name,
                    self.chain(call.site, call.text),
                    certain=not self.possible,
                    process=self.process,
                )
                self.story.operations.setdefault((event.place, call.name), (event, row))
                return

    @staticmethod
    def _operands(row: Operation, call: Call) -> dict[str, object]:
        unsure = "*" in call.kwargs or "**" in call.kwargs
        named = (*row.when, *row.unless, *row.when_given, *row.when_tensor)
        arguments: dict[str, object] = dict.fromkeys(named, UNKNOWN_ARGUMENT) if unsure else {}
        for name, value in (*zip(row.parameters, call.args, strict=False), *call.kwargs.items()):
            arguments[name] = (
                TENSOR if isinstance(value, Product) and value.name == "torch.Tensor" else _plain(_repeated(value))
            )
        return arguments

    # Draws.

    def draw_known(self, call: Call, on: str = "call") -> bool:
        """Note what the knowledge base says this call draws; returns whether its value differs from run to run."""
        varying = False
        for row in self.knowledge.draws(call.name):
            if row.on == on:
                varying = self._draw(row, call) or varying
        return varying

    def _draw(self, row: Draw, call: Call) -> bool:
        holds = row.holds(self._arguments(row, call))
        if holds is False:
            return False
        varying = self.draw(
            row.families,
            row.name if "*" not in row.name else call.name,
            call.site,
            call.text,
            certain=holds is True and not row.training,
        )
        if varying:
            self.last_varying = f"{call.name}(), which nothing seeds"
            self.varying_place = self.place(call.site)
        return varying

    def _arguments(self, row: Draw, call: Call) -> dict[str, object]:
        arguments: dict[str, object] = {}
        names = row.parameters
        for name, value in zip(names, call.args, strict=False):
            arguments[name] = _plain(value)
        for name, value in call.kwargs.items():
            arguments[name] = _plain(value)
        if "**" in call.kwargs:
            for name in (*row.unless_given, *row.unless_true, *row.when_given, *row.when, *row.unless):
                arguments.setdefault(name, UNKNOWN_ARGUMENT)
        return arguments

    def _argument(self, call: Call, parameters: tuple[str, ...], name: str) -> bool:
        position = parameters.index(name) if name in parameters else None
        value = call.argument(name, position)
        return value is not None and v.is_none(value) is not True

    def _method(self, call: Call) -> Value | None:
        """A method of an object that a library made, or of the library's part of an object: fitting, splitting, loading."""
        receiver, method = call.receiver, call.method
        if method == "load_state_dict" and isinstance(receiver, Product | Instance):
            self._load(receiver, call)
        part = receiver.base if isinstance(receiver, Instance) else receiver
        if isinstance(part, Product):
            if method in FIT_METHODS or method in ("fit", "train", "run"):
                self._fit(part, call, 0)
            elif method == "split":
                self._made(part, call, "split")
            elif method == "__iter__":
                return part
        return None

    def _load(self, network: Product | Instance, call: Call) -> None:
        """Weights from a file replace all that was drawn when the network was built; another network's do not settle it."""
        weights = call.argument("state_dict", 0)
        copied = isinstance(weights, Product) and weights.name.endswith(".state_dict")
        strict = call.argument("strict", 1)
        partly = strict is not None and v.truth(strict) is not True
        if not (copied or partly or self.possible or self.skipping) and self.uncertain <= network.born:
            self.story.overwritten |= network.drawn

    def _made(self, product: Product, call: Call, on: str) -> bool:
        made = Call(self.knowledge.canonical(product.name), None, product.args, product.kwargs, call.site, call.text)
        return self.draw_known(made, on)

    def _fit(self, product: Product, call: Call, depth: int) -> None:
        """Fitting an estimator fits the estimators inside it (a pipeline's steps, a search's candidate)."""
        self._made(product, call, "fit")
        own.used(self, product, "fit")
        cv = product.kwargs.get("cv")
        if isinstance(cv, Product):
            self._made(cv, call, "split")
        if depth < 5:
            for part in self._inside(product.parts()):
                self._fit(part, call, depth + 1)

    def _inside(self, values: Iterator[Value] | list[Value], depth: int = 0) -> Iterator[Product]:
        for value in values:
            if isinstance(value, Product):
                yield value
            elif isinstance(value, Sequence) and depth < 3:
                yield from self._inside(value.items, depth + 1)
            elif isinstance(value, Mapping) and depth < 3:
                yield from self._inside(list(value.entries.values()), depth + 1)

    # Callbacks.

    def hand_over(self, values: tuple[Value, ...], site: int, runs: bool) -> None:
        """Functions of the project that are given to code which cannot be followed: they may be called, or surely are."""
        for value in values:
            if isinstance(value, Function | Partial):
                if runs:
                    self.call(value, (), {}, site)
                else:
                    self.possible += 1
                    self.uncertain += 1
                    try:
                        self.call(value, (), {}, site)
                    except PathEnds:
                        pass
                    finally:
                        self.possible -= 1
                        self.uncertain -= 1
            elif runs and isinstance(value, Instance) and value.cls.find("__call__") is not None:
                self.call(value, (), {}, site)
        self._fit_arguments(values, site)

    def _fit_arguments(self, values: tuple[Value, ...], site: int) -> None:
        """``cross_val_score(estimator, X, y, cv=splitter)`` fits and splits what it is given."""
        for value in values:
            if isinstance(value, Product) and value.name.startswith("sklearn."):
                call = Call(value.name, None, (), {}, site, "")
                if any(row.on == "split" for row in self.knowledge.draws(self.knowledge.canonical(value.name))):
                    self._made(value, call, "split")

    def _run(self, row: Runner, call: Call) -> None:
        target = call.argument(row.callback or "", row.position)
        if target is None:
            return
        if row.methods:
            self._run_methods(target, row, call)
            return
        packed = call.argument(row.arguments or "", row.arguments_position) if row.arguments else None
        given: Args = (UNKNOWN,) * row.prepend
        if isinstance(packed, Sequence):
            given = (*given, *packed.items)
        elif packed is not None:
            given = (*given, packed)
        spawns = row.process == "spawn" or (row.process == "default" and self.spawns)
        if isinstance(target, Const | Unknown):
            return
        self.in_process(spawns, lambda: self.call(target, given, {}, call.site, call.text), same=row.process == "same")

    def _run_methods(self, target: Value, row: Runner, call: Call) -> None:
        for option in v.options_of(target):
            if isinstance(option, Product | Sequence):
                self.iterate(option, call.site)
            if not isinstance(option, Instance):
                continue
            for name in row.methods:
                located = option.cls.find(name)
                if located is not None and isinstance(located[0], Function):
                    text = f"{option.cls.name}.{name}()"
                    result = self.call(located[0].bind(option), (), {}, call.site, text)
                    if name.endswith("dataloader"):
                        self.iterate(result, call.site)

    def in_process(self, spawns: bool, run: Callable[[], Value], same: bool = False) -> Value:
        """Run something in a child process: forked, it starts with NumPy's and torch's generators of the parent; spawned, afresh.

        A spawned child imports the main module again, so that module-level seeds of it count there.
        """
        if same:
            return run()
        if len(self.frames) > 60 or self.processes > 40:
            return UNKNOWN
        before, process, modules, worker = self.state, self.process, self.modules, self.worker
        value: Value = UNKNOWN
        try:
            self.processes += 1
            self.process = self.processes
            # One more link is the call that starts the process.
            self.story.children[self.process] = sum(frame.link is not None for frame in self.frames) + 1
            if spawns:
                self.state = spawned(self.state)
                self.modules = {}
                if not self.entry.is_notebook:
                    self.run_main_again()
                for module, known in modules.items():
                    self.modules.setdefault(module, known)
            else:
                # A forked child has its parent's generators, but `random` takes fresh entropy: the last lines of
                # https://github.com/python/cpython/blob/v3.11.7/Lib/random.py register that with os.register_at_fork.
                self.state = self.state.with_marks(("python",), FRESH.of("python"))
            value = run()
        except PathEnds:
            pass
        finally:
            self.story.ends.append(self.state)
            self.state, self.process, self.modules, self.worker = before, process, modules, worker
        return value

    def run_main_again(self) -> None:
        raise NotImplementedError

    # Objects that libraries made.

    def call_product(self, product: Product, args: Args, kwargs: Kwargs, site: int, text: str) -> Value:
        """Call an object: a transform, a layer, a command-line application."""
        name = self.knowledge.canonical(product.name)
        if applications.is_application(self, product):
            return applications.run(self, product, site)
        made_of = self.decorated(product, args, kwargs, site, text)
        if made_of is not None:
            return made_of
        call = Call(name, product, args, kwargs, site, text)
        if name == "joblib.delayed" and product.args:
            return self.call(product.args[0], args, kwargs, site, text)
        varying = self._made(product, call, "apply")
        own.applied(self, product, site, text)
        self.note_work()
        for part in product.parts():
            self.exercise(part, site, 1)
        if name.startswith("torch.nn."):
            return Product("torch.Tensor")
        return Unknown(varying or product.varies)

    def exercise(self, value: Value, site: int, depth: int = 0) -> None:
        """Use an object as the library that holds it would: call a function, a transform, a layer."""
        if depth > 4:
            return
        if isinstance(value, Function | Partial):
            self.call(value, (), {}, site)
        elif isinstance(value, Instance):
            if any(value.cls.find(name) is not None for name in ("__call__", "forward")):
                self.call(value, (), {}, site, f"{value.cls.name}()")
        elif isinstance(value, Product):
            made = Call(
                self.knowledge.canonical(value.name), None, value.args, value.kwargs, site, f"{value.name.rpartition('.')[2]}()"
            )
            self.draw_known(made, "apply")
            for part in value.parts():
                self.exercise(part, site, depth + 1)
        elif isinstance(value, Sequence):
            for item in value.items[:16]:
                self.exercise(item, site, depth + 1)
        elif isinstance(value, Mapping):
            for item in list(value.entries.values())[:16]:
                self.exercise(item, site, depth + 1)
        elif isinstance(value, Choice):
            for option in value.options:
                self.exercise(option, site, depth + 1)

    @contextmanager
    def fetching(self, in_workers: bool) -> Iterator[None]:
        """Data is fetched here. A worker process derives the seeds of random and numpy from torch's.

        Source: https://docs.pytorch.org/docs/stable/data.html#randomness-in-multi-process-data-loading, measured on 2.13.
        """
        before, was = self.state, self.worker
        if in_workers:
            marks = self.state.of("torch")
            self.state = self.state.with_marks(FAMILIES, marks)
            self.worker = True
        try:
            yield
        finally:
            self.worker = was
            if in_workers:
                self.state = before

    def fetch(self, value: Value, site: int, depth: int = 0) -> None:
        """Take one sample out of a dataset, through the wrappers that libraries put around it."""
        if depth > 4:
            return
        if isinstance(value, Instance):
            for name in ("__getitem__", "__iter__", "__call__"):
                located = value.cls.find(name)
                if located is not None and isinstance(located[0], Function):
                    given: Args = () if name == "__iter__" else (UNKNOWN,)
                    found = self.call(located[0].bind(value), given, {}, site, f"{value.cls.name}.{name}()")
                    if isinstance(found, Iteration):
                        self.run_iteration(found, site)
                    return
            if value.base is not None:
                self.fetch(value.base, site, depth + 1)
        elif isinstance(value, Product):
            made = Call(
                self.knowledge.canonical(value.name), None, value.args, value.kwargs, site, f"{value.name.rpartition('.')[2]}()"
            )
            self.draw_known(made, "apply")
            for part in value.parts():
                if isinstance(part, Instance) and part.cls.find("__getitem__") is not None:
                    self.fetch(part, site, depth + 1)
                else:
                    self.exercise(part, site, depth + 1)
        elif isinstance(value, Choice):
            for option in value.options:
                self.fetch(option, site, depth + 1)
        elif isinstance(value, Function | Partial):
            self.call(value, (), {}, site)
        elif isinstance(value, Sequence):
            for item in value.items[:8]:
                self.fetch(item, site, depth + 1)

    def iterate(self, value: Value, site: int) -> Value:
        """Iterate a value; gives one element."""
        if isinstance(value, Choice):
            options = [option for option in value.options if not isinstance(option, Const | Unknown) and option is not ABSENT]
            return self.choose([partial(self.iterate, option, site) for option in options]) if options else UNKNOWN
        if isinstance(value, Iteration):
            return self.run_iteration(value, site)
        if isinstance(value, Instance):
            return self.iterate_instance(value, site)
        if isinstance(value, Product):
            return self._iterate_product(value, site)
        if isinstance(value, Mapping):
            joined: Value | None = None
            for key in list(value.entries)[:8]:
                joined = v.join(joined, Const(key))
            return joined or UNKNOWN
        return self.element(value)

    def _iterate_product(self, product: Product, site: int) -> Value:
        name = self.knowledge.canonical(product.name)
        if name == "builtins.enumerate":
            return self.new_sequence("tuple", [UNKNOWN, self.iterate(product.args[0], site)])
        if name == "builtins.zip":
            return self.new_sequence("tuple", [self.iterate(part, site) for part in product.args])
        key = (id(product), self.state, self.worker, self.process, self.possible > 0, site)
        known = self._fetched.get(key)
        if known is not None:
            return known
        self._fetched[key] = UNKNOWN
        self._kept.append(product)
        call = Call(name, None, product.args, product.kwargs, site, f"{name.rpartition('.')[2]}()")
        self.draw_known(call, "iterate")
        value: Value = UNKNOWN
        if name in LOADERS:
            value = iterate_loader(self, product, site)
        elif self.knowledge.passthrough(name) is not None and product.args:
            value = self.iterate(product.args[0], site)
        else:
            for part in product.parts():
                if isinstance(part, Product) and (part.name in LOADERS or self.knowledge.canonical(part.name) in LOADERS):
                    value = self.iterate(part, site)
            if isinstance(value, Unknown) and name in ("torch.Tensor", "pandas.DataFrame"):
                value = product
        self._fetched[key] = value
        return value

    _kept: list[Value]

    # With.

    def within_library(self, manager: Value, inside: Callable[[Value], bool], site: int, text: str) -> bool:
        if isinstance(manager, External | Product):
            name = self.knowledge.canonical(manager.name)
            if name in _WITHOUT_GRADIENT:
                self.without_gradient += 1
                try:
                    return inside(UNKNOWN)
                finally:
                    self.without_gradient -= 1
            if name == "torch.backends.cudnn.flags" and isinstance(manager, Product):
                return self._within_switches(manager, inside)
            scope = self.knowledge.scope(name)
            if scope is not None:
                before = self.state
                seed = manager.argument(scope.argument or "", scope.position) if isinstance(manager, Product) else None
                if scope.seeds and (scope.default is not None or (seed is not None and v.is_none(seed) is not True)):
                    varying = seed is not None and v.varies(seed)
                    reason = f"its seed comes from {self.last_varying}, which differs from run to run" if varying else ""
                    self.seed(scope.seeds, name, site, text, reason)
                falls = inside(UNKNOWN)
                for family in scope.families:
                    self.state = self.state.with_marks((family,), before.of(family))
                return falls
        return inside(manager if isinstance(manager, Product) else UNKNOWN)

    def _within_switches(self, manager: Product, inside: Callable[[Value], bool]) -> bool:
        """``with cudnn.flags(deterministic=True):`` sets both switches, and puts them back.

        Source: torch/backends/cudnn/__init__.py of 2.13.
        """
        before = self.state
        for flag, argument, position in (("cudnn.benchmark", "benchmark", 1), ("cudnn.deterministic", "deterministic", 3)):
            known = v.truth(manager.argument(argument, position) or Const(False))
            self.state = self.state.with_flag(flag, "unknown" if known is None else "on" if known else "off")
            if flag == "cudnn.deterministic" and known is not False and not self.skipping:
                self.story.deterministic_blocks = True
        falls = inside(UNKNOWN)
        for flag in ("cudnn.benchmark", "cudnn.deterministic"):
            self.state = self.state.with_flag(flag, *before.flag(flag))
        return falls

    # Decorators and commands.

    def decorate_with_library(self, decorator: External | Product, target: Value, site: int) -> Value | None:
        """What a library's decorator makes of a function or class; None: the thing itself, marked."""
        name = self.knowledge.canonical(decorator.name)
        receiver = decorator.attrs.get("<receiver>") if isinstance(decorator, Product) else decorator.receiver
        method = name.rpartition(".")[2]
        app = applications.application(receiver)
        if method in applications.REGISTERING and app is not None:
            applications.register(self, app, method, target)
            return target
        if method == "automain" and self.module is self.entry:
            self.unclear(name, site, "@automain")
            self.call(target, (), {}, site, "automain()")
            return target
        if name in ("functools.wraps", "functools.update_wrapper", "functools.total_ordering"):
            return target
        return None

    def decorated(self, decorator: Value, args: Args, kwargs: Kwargs, site: int, text: str) -> Value | None:
        """``click.option("--seed")(f)``: a decorator called as a function; None where the call is no such thing.

        An object that was itself made from a function (``jax.vmap(f)``) does that function's work instead, unless that is all
        that it is there for (``functools.wraps(f)``).
        """
        if len(args) != 1 or kwargs or not isinstance(args[0], Function | Partial):
            return None
        made_of = decorator.args if isinstance(decorator, Product) and decorator.name != "functools.wraps" else ()
        if any(isinstance(arg, Function | Partial) for arg in made_of):
            return None
        target = args[0]
        return self.decorate(decorator, target.copy() if isinstance(target, Function) else target, site, text)

    def read_commands(self) -> None:
        raise NotImplementedError

    def run_commands(self, commands: list[Value], site: int) -> None:
        """One of several commands of an application runs; which, the user says."""
        self.read_commands()
        runnable = [
            command
            for command in commands
            if isinstance(command, Function | Class | Partial) or applications.is_application(self, command)
        ]
        for command in runnable:
            if isinstance(command, Function) and not command.marks:  # typer's; click's options stand in its marks
                self.note_parameters(command, site, f"{command.name}()")
        if runnable:
            self.choose([partial(self.call, command, (), {}, site) for command in runnable])

    def call_command(self, func: Function, args: Args, kwargs: Kwargs, site: int) -> tuple[Args, Kwargs] | None:
        """The arguments that a decorator passes where the program passes none: hydra's configuration, click's options."""
        if not func.marks:
            return None
        hydra = func.marked("hydra.main")
        if isinstance(hydra, Product):
            return None if args or kwargs else ((hydra_config(self, func, hydra),), {})
        given = applications.passed(func, args, kwargs)
        if given is not None and not args and not kwargs:
            self.note_parameters(func, site, f"{func.name}()", list(given[1]))
        return given

    def declared_default(self, value: Value, what: str) -> Value:
        """The default inside ``field(default=…)``, ``typer.Option(…)`` and the like, marked as open to change."""
        if isinstance(value, Product) and self.knowledge.canonical(value.name) in _DEFAULTS:
            factory = value.kwargs.get("default_factory") or value.kwargs.get("factory")
            if factory is not None and not isinstance(factory, Const | Unknown):
                return self.call(factory, (), {}, self.site, "default_factory()")
            inner = value.argument("default", 0)
            return self.declared_default(inner, what) if inner is not None else UNKNOWN
        if isinstance(value, Const) and value.option is None:
            return Const(value.value, what)
        return value


_SEEDS_ITS_OWN: Final[dict[str, Family]] = {
    "random.Random.seed": "python",
    "numpy.random.RandomState.seed": "numpy",
    "torch.Generator.manual_seed": "torch",
}
"""Methods that seed a generator which the program has made."""


def _runs_elsewhere(call: Call) -> bool:
    """Whether the arguments of a trainer, or the record of them that it is given, name hardware other than CUDA."""
    if _keeps_to_cpu(call.kwargs):
        return True
    for value in (*call.args, *call.kwargs.values()):
        for option in v.options_of(value):
            if isinstance(option, Const) and option.value in ("cpu", "tpu", "mps", "xla", "hpu"):
                return True
            if isinstance(option, External | Product) and "XLA" in option.name:
                return True
            if isinstance(option, Product | Instance):
                set_by_itself = option.kwargs if isinstance(option, Product) else {}
                if _keeps_to_cpu({**set_by_itself, **option.attrs}):
                    return True
    return False


def _keeps_to_cpu(settings: Kwargs) -> bool:
    """Whether ``cpu=True``, ``use_cpu=True`` (``no_cuda=True`` in older versions of transformers) is among them."""
    return any(name in settings and v.truth(settings[name]) for name in ("cpu", "use_cpu", "no_cuda"))


def _repeated(value: Value) -> Value:
    """What is given once for each dimension (``(1, 1)``), as one value."""
    items = value.items if isinstance(value, Sequence) and not value.open else []
    return items[0] if items and all(isinstance(item, Const) and item == items[0] for item in items) else value


def _plain(value: Value) -> object:
    """An argument as the knowledge base's conditions see it."""
    if isinstance(value, Const):
        return value.value
    if (
        isinstance(value, Choice)
        and all(isinstance(option, Const | External) for option in value.options)
        and ABSENT in value.options
    ):
        return UNKNOWN_ARGUMENT
    if isinstance(value, Unknown | Choice) or (isinstance(value, External) and value.receiver is not None):
        return UNKNOWN_ARGUMENT
    return value


_CONTAINERS: Final = {"<mapping>": mapping_method, "<sequence>": sequence_method, "<constant>": constant_method}
