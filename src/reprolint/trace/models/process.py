"""New processes: who is started, how, and with which generators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolint.trace.models.call import Call, Model
from reprolint.trace.values import NONE, UNKNOWN, Const, Function, Instance, Mapping, Partial, Product, Sequence, Value

if TYPE_CHECKING:
    from reprolint.trace.library import Libraries

_MODULES = ("multiprocessing", "torch.multiprocessing", "multiprocess")


def set_start_method(machine: Libraries, call: Call) -> Value:
    method = call.string("method", 0)
    if method is not None:
        machine.spawns = method in ("spawn", "forkserver")
    return NONE


def context(machine: Libraries, call: Call) -> Value:
    method = call.string("method", 0)
    spawns = machine.spawns if method is None else method in ("spawn", "forkserver")
    return Product("<process context>", (Const(spawns),))


def process(machine: Libraries, call: Call) -> Value:
    """``Process(target=f, args=…)``: f runs when the object is started."""
    return Product("<process>", (Const(_spawns(machine, call)),), dict(call.kwargs))


def thread(machine: Libraries, call: Call) -> Value:
    """``threading.Thread(target=f)``: f runs in this process when the object is started."""
    return Product("<thread>", (Const(False),), dict(call.kwargs))


def _spawns(machine: Libraries, call: Call) -> bool:
    if isinstance(call.receiver, Product) and call.receiver.name == "<process context>":
        first = call.receiver.args[0]
        return isinstance(first, Const) and bool(first.value)
    return machine.spawns


def start(machine: Libraries, call: Call) -> Value:
    """``process.start()`` runs the target; ``start`` of a subclass of Process runs its ``run`` method."""
    started = call.receiver
    if isinstance(started, Product):
        target = started.kwargs.get("target")
        args, kwargs = started.kwargs.get("args"), started.kwargs.get("kwargs")
        if target is not None and not isinstance(target, Const):
            given = tuple(args.items) if isinstance(args, Sequence) else ()
            entries = kwargs.entries if isinstance(kwargs, Mapping) else {}
            named = {key: value for key, value in entries.items() if isinstance(key, str)}
            machine.in_process(
                _is_true(started.args[0]),
                lambda: machine.call(target, given, named, call.site, _named(target)),
                same=started.name == "<thread>",
            )
    elif isinstance(started, Instance):
        method = machine.attribute(started, "run")
        if isinstance(method, Function):
            machine.in_process(machine.spawns, lambda: machine.call(method, (), {}, call.site, f"{started.cls.name}.run()"))
    return NONE


def _is_true(value: Value) -> bool:
    return isinstance(value, Const) and bool(value.value)


def _named(target: Value) -> str:
    return f"{target.name}()" if isinstance(target, Function) else "target()"


def pool(machine: Libraries, call: Call) -> Value:
    """A pool of processes; its initializer runs in each of them first."""
    starter = call.argument("initializer", 1)
    spawned = call.argument("mp_context")
    spawns = _spawns(machine, call)
    if isinstance(spawned, Product) and spawned.args:
        spawns = _is_true(spawned.args[0])
    return Product(
        "<pool>", (Const(spawns),), {"initializer": starter or NONE, "initargs": call.argument("initargs", 2) or NONE}
    )


def pool_run(machine: Libraries, call: Call) -> Value:
    """``pool.map(f, …)``, ``submit(f, …)``: f runs in a worker of the pool."""
    workers = call.receiver
    if not isinstance(workers, Product) or not call.args or isinstance(call.args[0], Const):
        return UNKNOWN
    func = call.args[0]
    given: tuple[Value, ...] = call.args[1:] if call.method == "submit" else (UNKNOWN,)
    if call.method in ("apply", "apply_async", "starmap") and len(call.args) > 1:
        packed = call.args[1]
        given = tuple(packed.items) if isinstance(packed, Sequence) and call.method != "starmap" else ()
    elif len(call.args) > 1 and call.method != "submit":
        given = tuple(machine.iterate(value, call.site) for value in call.args[1:2])

    def run() -> Value:
        starter, packed = workers.kwargs["initializer"], workers.kwargs["initargs"]
        if isinstance(starter, Function | Partial):
            arguments = tuple(packed.items) if isinstance(packed, Sequence) else ()
            machine.call(starter, arguments, {}, call.site, _named(starter))
        return machine.call(func, given, {}, call.site, _named(func))

    value = machine.in_process(_is_true(workers.args[0]), run)
    return machine.new_sequence("list", [value], open=True) if call.method != "submit" else UNKNOWN


def spawn(machine: Libraries, call: Call) -> Value:
    """``torch.multiprocessing.spawn(f, args=…)``: f(rank, *args) in fresh processes."""
    func = call.argument("fn", 0)
    packed = call.argument("args", 1)
    given = tuple(packed.items) if isinstance(packed, Sequence) else ()
    method = call.string("start_method", 5)
    if func is not None and not isinstance(func, Const):
        machine.in_process(method != "fork", lambda: machine.call(func, (UNKNOWN, *given), {}, call.site, _named(func)))
    return NONE


_POOL_METHODS = ("map", "imap", "imap_unordered", "map_async", "starmap", "starmap_async", "apply", "apply_async", "submit")

MODELS: dict[str, Model] = {
    **{f"{module}.set_start_method": set_start_method for module in _MODULES},
    **{f"{module}.get_context": context for module in _MODULES},
    **{f"{module}.Process": process for module in (*_MODULES, "<process context>", "multiprocessing.context")},
    **{f"{module}.Process.start": start for module in _MODULES},
    **{f"{module}.Pool": pool for module in (*_MODULES, "<process context>", "multiprocessing.pool")},
    "concurrent.futures.ProcessPoolExecutor": pool,
    "concurrent.futures.process.ProcessPoolExecutor": pool,
    "<process>.start": start,
    "threading.Thread": thread,
    "<thread>.start": start,
    **{f"<pool>.{name}": pool_run for name in _POOL_METHODS},
    "torch.multiprocessing.spawn": spawn,
    "torch.multiprocessing.spawn.spawn": spawn,
    "torch.multiprocessing.start_processes": spawn,
    "torch_xla.distributed.xla_multiprocessing.spawn": spawn,
}
