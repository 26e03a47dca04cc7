"""What methods do with the order of what they are called on and given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Node, show
from reprolint.order import syntax
from reprolint.order.flow import ANYTHING, NUMBER, PATH, TEXT, Flow, join, sequence
from reprolint.order.functions import Arguments
from reprolint.order.library import NAMES, hashed_key, listing, ties

if TYPE_CHECKING:
    from reprolint.order.walker import Walker

_TEXT_METHODS: Final = frozenset(
    "lower upper strip lstrip rstrip replace join format title capitalize casefold zfill removeprefix removesuffix decode encode "
    "read read_text read_bytes hexdigest isoformat strftime swapcase ljust rjust center as_posix".split()
)
_IN_ORDER: Final = frozenset("astype reshape copy to float double long cuda cpu numpy tolist reset_index fillna dropna".split())
"""Methods of arrays and tables that give the same rows in the same order."""

_SORTS: Final = ("sort_values", "sort_index")
_DRAWS: Final = {"shuffle": "shuffle", "permutation": "shuffle", "sample": "sample", "choices": "sample", "choice": "choice"}
"""Methods of a generator that is not known any further, and which of `random.Random` is like it."""

_WRITES: Final = frozenset("to_csv to_parquet to_json to_pickle to_excel to_feather to_hdf".split())
_LEARNS: Final = frozenset("fit partial_fit fit_transform train_on_batch add_tokens add_special_tokens fit_on_texts".split())


def method(walker: Walker, receiver: Flow, func_node: Node, args: Arguments) -> Flow:
    method, holder = func_node[2], func_node[1]
    if method in ("glob", "rglob", "iterdir") and _like_a_path(receiver, holder, method):
        return listing(walker, "path", args, lazy=True if receiver.shape == "path" else None)
    if method == "walk" and receiver.shape == "path":
        return listing(walker, "walk", args, lazy=True)
    if method == "imap_unordered" or (method == "as_completed" and receiver.shape != "external"):
        return sequence(None, frozenset({walker.origin("RPL404", args.site, args.text)}))
    if method == "sort" and receiver.shape != "external":
        hashed_key(walker, args, receiver.element)
        if not ties(args.node):
            walker.settle(holder)
        return ANYTHING
    if receiver.shape == "file":
        return _of_file(walker, receiver, holder, method, args)
    if receiver.shape == "set":
        return _of_set(walker, receiver, holder, method, args)
    if receiver.shape == "dict":
        return _of_dict(walker, receiver, holder, method, args)
    if receiver.shape == "text" or (receiver.shape in ("path", "entry") and method.startswith("read")):
        return _of_text(walker, receiver, method, args)
    if receiver.shape == "path":
        if method in ("write_text", "write_bytes"):
            walker.sink(args.first.order, args.site, args.text, "is written to a file")
        named = frozenset().union(*(flow.order for flow in args.positional))
        if method in ("rename", "replace"):
            walker.sink(named, args.site, args.text, NAMES)
        return Flow("file") if method == "open" else PATH.ordered(named)
    changed = _grows(walker, receiver, holder, method, args)
    if changed is not None:
        return changed
    if method == "join" and receiver.shape == "unknown":
        return ANYTHING
    if method in ("map", "imap", "starmap") and len(args.positional) > 1:
        return sequence(None, args.consumed(walker, 1).order)  # a pool's, in the order of the tasks
    if method in _SORTS:
        if any(keyword == "inplace" and value == (s.CONST, True) for _, keyword, value in args.node[3]):
            walker.settle(holder)
        return receiver.settled()
    if method in _DRAWS and args.first.order and args.first.shape in ("sequence", "array"):
        what = walker.survey.knowledge.order(f"random.Random.{_DRAWS[method]}") or ""
        walker.sink(args.first.order, args.site, args.text, what)
    if receiver.shape in ("sequence", "array") and receiver.order:
        return _of_ordered(walker, receiver, holder, method, args)
    if (method in _LEARNS and receiver.name != "sorts") or method == "split":
        order = frozenset().union(*(flow.order for flow in args.all() if flow.shape in ("sequence", "array")))
        sets = [
            args.consumed(walker, n)
            for n, flow in enumerate(args.positional)
            if flow.shape == "set" and method.startswith("add")
        ]
        order |= frozenset().union(*(flow.order for flow in sets))
        walker.sink(
            order, args.site, args.text, "decides the split" if method == "split" else "decides in which order it is learnt"
        )
    if method in ("pop", "popleft") and receiver.shape == "sequence":
        return receiver.element
    if method in ("tokenize", "split", "splitlines"):
        return sequence(TEXT)
    if method in _IN_ORDER:
        return receiver
    if method in ("lower", "upper", "strip", "hexdigest", "format", "decode", "encode"):
        return TEXT
    if method == "index" and receiver.shape == "sequence":
        return NUMBER
    return ANYTHING


def _like_a_path(receiver: Flow, holder: Node, method: str) -> bool:
    """Whether an object that has ``glob`` is a path: what else has it are file systems, whose listings are sorted."""
    if receiver.shape == "path":
        return True
    if receiver.shape != "unknown":
        return False
    return method != "glob" or not show(holder).rpartition(".")[2].lower().endswith(("fs", "filesystem", "glob"))


def _of_ordered(walker: Walker, receiver: Flow, holder: Node, method: str, args: Arguments) -> Flow:
    if method in _IN_ORDER:
        return receiver
    if method == "index":
        return Flow("number", receiver.order)
    if method in _WRITES:
        walker.sink(receiver.order, args.site, args.text, "is written to a file")
    elif method in ("head", "tail", "sample", "take"):
        walker.sink(receiver.order, args.site, args.text, "decides which items are taken")
    elif method in ("pop", "popleft") and receiver.shape == "sequence" and not walker.loops:
        walker.sink(receiver.order, args.site, args.text, "decides which one is picked")
    if method in ("pop", "popleft"):
        return receiver.element
    return ANYTHING


def _grows(walker: Walker, receiver: Flow, holder: Node, method: str, args: Arguments) -> Flow | None:
    """Methods that add to a list; None for others."""
    if method not in ("append", "extend", "insert", "appendleft", "extendleft"):
        return None
    order = walker.ordering(walker.depth_of(syntax.root(holder)))
    added = args.positional[-1] if args.positional else ANYTHING
    held: Flow | None
    if method.startswith("extend"):
        added = args.consumed(walker, len(args.positional) - 1)
        order |= added.order
        held = added.of
    else:
        if added.shape in ("number", "unknown"):
            order |= added.order
        elif added.shape == "tuple":
            order |= frozenset().union(*(item.order for item in added.items if item.shape == "number"))
        held = added.settled() if added.shape not in ("sequence",) else added
    if receiver.shape in ("sequence", "unknown"):
        of = receiver.of if held is None else held if receiver.of is None else join(receiver.of, held)
        grown = replace(receiver, shape="sequence", of=of, order=receiver.order | order, parameter=None)
        if receiver.shape == "sequence" or order:
            walker.update(holder, grown)
    return ANYTHING


def _of_file(walker: Walker, receiver: Flow, holder: Node, method: str, args: Arguments) -> Flow:
    if method in ("read", "readline"):
        return TEXT
    if method == "readlines":
        return sequence(TEXT)
    if method in ("write", "writelines", "writerow", "writerows"):
        order = walker.ordering(receiver.ref if receiver.name == "appended" else walker.depth_of(holder))
        given = args.consumed(walker) if method in ("writelines", "writerows") else args.first
        if given.shape != "number":
            order |= given.order
        walker.sink(order, args.site, args.text, "is written to a file")
    return ANYTHING


def _of_set(walker: Walker, receiver: Flow, holder: Node, method: str, args: Arguments) -> Flow:
    if method in ("add", "update", "discard", "remove"):
        added = args.first if method == "add" else args.first.element
        if method in ("add", "update") and args.positional:
            of = added if receiver.of is None else join(receiver.of, added)
            walker.update(holder, replace(receiver, of=of.settled()))
        return ANYTHING
    if method == "pop":
        held = walker.consumed(receiver, args.site, args.text, "none")
        if not walker.loops and not walker.is_single(holder):
            walker.sink(held.order, args.site, args.text, "decides which one is picked")
        return receiver.element
    if method in ("union", "intersection", "difference", "symmetric_difference", "copy"):
        return replace(receiver, of=receiver.of or (args.first.element if args.positional else None))
    return ANYTHING


def _of_dict(walker: Walker, receiver: Flow, holder: Node, method: str, args: Arguments) -> Flow:
    values = receiver.values or ANYTHING
    if method == "keys":
        return Flow("dict", receiver.order, receiver.of, receiver.values, name="keys")
    if method == "values":
        return sequence(values, receiver.order)
    if method == "items":
        return sequence(Flow("tuple", items=(receiver.element, values)), receiver.order)
    if method in ("get", "pop"):
        return values
    if method == "setdefault" and len(args.positional) == 2:
        key, value = args.positional
        walker.numbers(value, receiver, args.text)
        order = walker.insertion((s.ITEM, holder, args.first_node))
        of = join(receiver.of, key.settled()) if receiver.of else key.settled()
        walker.update(holder, replace(receiver, of=of, values=join(receiver.values, value)).ordered(order))
        return join(receiver.values, value)
    if method == "update":
        walker.update(holder, receiver.ordered(walker.ordering(walker.depth_of(holder))))
        return ANYTHING
    if method in ("most_common",):
        return sequence(Flow("tuple", items=(receiver.element, NUMBER)))
    return receiver if method == "copy" else ANYTHING


def _of_text(walker: Walker, receiver: Flow, method: str, args: Arguments) -> Flow:
    if method == "join":
        held = args.consumed(walker)
        return Flow("text", held.order)
    if method in ("split", "splitlines", "rsplit", "partition", "rpartition"):
        return sequence(TEXT)
    if method == "format" and any(flow.shape == "salted" for flow in args.all()):
        for flow in args.all():
            if flow.shape == "salted":
                walker.sink(flow.order, args.site, args.text, "decides this text")
    if method in _TEXT_METHODS:
        return receiver
    return ANYTHING
