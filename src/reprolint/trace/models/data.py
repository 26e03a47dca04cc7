"""What torch's data loading and nn.Module machinery run of the project's own code, and in which process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolint.trace import values as v
from reprolint.trace.models.call import Call, Model
from reprolint.trace.values import ABSENT, UNKNOWN, Choice, Const, Function, Instance, Product, Unknown, Value

if TYPE_CHECKING:
    from reprolint.trace.library import Libraries

LOADERS = frozenset(
    {
        "torch.utils.data.DataLoader",
        "torch_geometric.loader.DataLoader",
        "torchdata.stateful_dataloader.StatefulDataLoader",
        "monai.data.DataLoader",
    }
)


def runs_in_workers(loader: Product) -> bool:
    """Whether a DataLoader fetches in worker processes: ``num_workers`` may not be zero, nor be left out."""
    workers = loader.argument("num_workers", 5)
    if workers is None:
        return "**" in loader.kwargs
    for option in v.options_of(workers):
        if option is ABSENT or (isinstance(option, Const) and not option.value):
            return False
    if isinstance(workers, Choice) and any(isinstance(option, Unknown) for option in workers.options):
        return any(isinstance(option, Const) for option in workers.options) is False
    return True


def iterate_loader(machine: Libraries, loader: Product, site: int) -> Value:
    """One batch: the sampler runs in the main process, dataset and collate_fn where the loader fetches."""
    for name, position in (("sampler", 3), ("batch_sampler", 4)):
        sampler = loader.argument(name, position)
        if isinstance(sampler, Product | Instance):
            machine.iterate(sampler, site)
    parts = [loader.argument("dataset", 0), loader.argument("collate_fn", 6)]
    with machine.fetching(runs_in_workers(loader)):
        start = loader.argument("worker_init_fn", 10)
        if machine.worker and isinstance(start, Function | Instance | v.Partial):
            persistent = loader.argument("persistent_workers", None)
            with machine.starting_worker(persistent is None or v.truth(persistent) is False):
                machine.call(start, (v.WORKER,), {}, site, "worker_init_fn()")
        for part in parts:
            if part is not None:
                machine.fetch(part, site)
    return UNKNOWN


def apply_to_modules(machine: Libraries, call: Call) -> Value:
    """``module.apply(f)`` calls f on every submodule."""
    if call.args and not isinstance(call.args[0], Const | Unknown):
        machine.call(call.args[0], (UNKNOWN,), {}, call.site, call.text)
    return call.receiver or UNKNOWN


def itself(machine: Libraries, call: Call) -> Value:
    return call.receiver or UNKNOWN


def split(machine: Libraries, call: Call) -> Value | None:
    """random_split(dataset, lengths): the parts are subsets of the dataset."""
    lengths = call.argument("lengths", 1)
    count = len(lengths.items) if isinstance(lengths, v.Sequence) and not lengths.open else None
    machine.draw_known(call)
    subset = Product("torch.utils.data.Subset", (call.argument("dataset", 0) or UNKNOWN,))
    return machine.new_sequence("list", [subset] * (count or 1), open=count is None)


_SELF_METHODS = (
    "to cuda cpu train eval half float double bfloat16 requires_grad_ share_memory xpu mps type float16 compile to_empty with_format "
    "set_format cache prefetch"
).split()

MODELS: dict[str, Model] = {
    "torch.nn.Module.apply": apply_to_modules,
    "torch.utils.data.random_split": split,
    **{f"torch.nn.Module.{name}": itself for name in _SELF_METHODS},
}
