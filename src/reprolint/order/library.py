"""What functions of libraries, and Python's own, do with the order of what they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Node
from reprolint.order import syntax
from reprolint.order.flow import (
    ANYTHING,
    IDENTITY,
    NOTHING,
    NUMBER,
    PATH,
    TEXT,
    Flow,
    hashes_differently,
    join_all,
    sequence,
)
from reprolint.order.functions import Arguments, applied

if TYPE_CHECKING:
    from reprolint.order.walker import Walker

_TEXT_FUNCTIONS: Final = frozenset(
    """
    builtins.str builtins.repr builtins.input builtins.ascii builtins.chr builtins.bytes builtins.format json.dumps pickle.dumps
    os.path.join os.path.basename os.path.dirname os.path.abspath os.path.splitext os.path.realpath os.path.relpath
    os.path.normpath os.path.expanduser os.getcwd os.fspath marshal.dumps dill.dumps cloudpickle.dumps yaml.dump re.sub
    textwrap.dedent
    """.split()
)
_LISTS_OF_TEXT: Final = frozenset(
    "re.findall re.split nltk.word_tokenize nltk.tokenize.word_tokenize nltk.sent_tokenize shlex.split jieba.cut jieba.lcut".split()
)
_OPENS: Final = ("builtins.open", "io.open", "gzip.open", "codecs.open", "bz2.open", "lzma.open", "tensorflow.io.gfile.GFile")


def library(walker: Walker, name: str, args: Arguments) -> Flow:
    knowledge = walker.survey.knowledge
    listed = knowledge.listing(name)
    if listed is not None:
        return listing(walker, listed, args, lazy=listed in ("path", "entry") or name == "glob.iglob")
    if knowledge.completes(name):
        return sequence(None, frozenset({walker.origin("RPL404", args.site, args.text)}))
    model = _BUILTINS.get(name)
    if model is not None:
        return model(walker, args)
    role = knowledge.order(name)
    if role is not None:
        return _with_role(walker, name, role, args)
    if name in _TEXT_FUNCTIONS:
        if any(flow.shape == "salted" for flow in args.positional) and name in (
            "builtins.str",
            "builtins.repr",
            "builtins.format",
        ):
            walker.sink(args.first.order, args.site, args.text, "decides this text")
        return Flow("text", frozenset().union(*(flow.order for flow in args.positional if flow.shape in ("number", "text"))))
    if name in _LISTS_OF_TEXT:
        return sequence(TEXT)
    if name in _OPENS:
        return _opened(walker, args)
    if name in _GENERATORS:
        return Flow("external", name=_GENERATORS[name])
    if name.startswith("sklearn.model_selection."):
        return Flow("external", name=name)
    if name.startswith(("sklearn.preprocessing.", "sklearn.feature_extraction.")):
        return Flow(name="sorts")
    if name == "csv.reader":
        return sequence(sequence(TEXT))
    if name in ("csv.writer", "csv.DictWriter"):
        return args.first
    if name.startswith("pathlib.") and name.count(".") == 1:
        return Flow("path")
    if name in ("numpy.genfromtxt", "numpy.loadtxt"):
        return Flow("array", of=TEXT if _is_text(args.keywords.get("dtype")) else None)
    if name == "numpy.dtype":
        return args.first
    if name in ("collections.OrderedDict", "collections.defaultdict", "collections.Counter"):
        return Flow(
            "dict", args.first.order if args.first.shape == "dict" else NOTHING, args.first.element if args.positional else None
        )
    return ANYTHING


_GENERATORS: Final = {
    "random.Random": "random.Random",
    "numpy.random.RandomState": "numpy.random",
    "numpy.random.default_rng": "numpy.random.Generator",
    "numpy.random.Generator": "numpy.random.Generator",
}
"""Under which name the methods of what a call makes are known."""

_TABLES: Final = ("numpy.", "torch.", "pandas.", "polars.")
NAMES: Final = "decides which name each file gets"


def _opened(walker: Walker, args: Arguments) -> Flow:
    """A file; one that is appended to in each round of a loop is the same one, unless its name is a round's own."""
    modes = [value for _, keyword, value in args.node[3][1:] if keyword in (None, "mode")]
    if modes and modes[0][0] == s.CONST and "a" in str(modes[0][1]):
        return Flow("file", name="appended", ref=walker.level(args.first_node))
    return Flow("file")


def _is_text(flow: Flow | None) -> bool:
    return flow is not None and (flow.shape == "text" or (flow.shape == "external" and flow.name == "builtins.str"))


def listing(walker: Walker, listed: str, args: Arguments, lazy: bool | None) -> Flow:
    """What a call gives that lists files."""
    role = "walk" if listed == "walk" else "call"
    origin = walker.origin("RPL401", args.site, args.text, role=role, lazy=lazy)
    order = frozenset({origin})
    if listed == "walk":
        names = sequence(TEXT, order)
        return Flow("sequence", order, Flow("tuple", items=(TEXT, names, names)), name="walk")
    held = {"path": PATH, "entry": Flow("entry")}.get(listed, TEXT)
    return sequence(held, order)


def _with_role(walker: Walker, name: str, role: str, args: Arguments) -> Flow:
    if role == "is written to a file" or name.startswith(_TABLES):  # these take a set as one thing
        flows = args.positional
    else:
        flows = [args.consumed(walker, number) for number in range(len(args.positional))]
    unordered = {"is written to a file": ("text", "number", "dict"), NAMES: ()}.get(role, ("text", "number"))
    order = frozenset().union(*(flow.order for flow in (*flows, *args.keywords.values()) if flow.shape not in unordered))
    if role == "draws":  # each round of a loop gets the next number
        return Flow("number", walker.ordering(0))
    if role not in ("keeps", "numbers", "pairs"):
        walker.sink(order, args.site, args.text, role)
        return sequence(flows[0].of if flows else None, order)
    if role == "numbers":
        index = Flow("number", order)
        return sequence(Flow("tuple", items=(index, flows[0].element if flows else ANYTHING)), order)
    if role == "pairs":
        unlike = [flow.order for flow in flows if flow.name not in ("alike", "derived") and flow.shape != "instance"]
        if unlike:
            differing = order.difference(frozenset.intersection(*unlike))
            walker.sink(differing, args.site, args.text, "decides what is paired with what")
        return sequence(Flow("tuple", items=tuple(flow.element for flow in flows)), order)
    held = flows[0] if flows else ANYTHING
    if name.startswith(_TABLES):
        if held.shape == "dict" and held.values is not None:
            order |= held.values.order  # a table of columns
        return Flow("array", order, held.of)
    if name == "builtins.dict.fromkeys":
        return Flow("dict", order, held.of)
    return sequence(held.element if held.shape != "unknown" else held.of, order)


# Python's own functions.


def _sorted(walker: Walker, args: Arguments) -> Flow:
    held = args.first
    hashed_key(walker, args, held.element)
    order = args.consumed(walker).order if ties(args.node) else NOTHING
    return sequence(held.element if held.of is not None or held.shape in ("text", "set") else held.of, order)


def ties(node: Node) -> bool:
    """Whether a call sorts or chooses by a key that many things share: their length, how often they come. These stay as they were."""
    key = next((value for _, keyword, value in node[3] if keyword == "key"), None)
    if key is None:
        return False
    if key[0] == s.LAMBDA and len(key[2]) == 1:
        name = (s.NAME, key[2][0][0])
        body = key[3][2] if key[3][0] == s.UNARY else key[3]
        counted = body[0] == s.CALL and [value for _, _, value in body[3]] == [name]
        return (counted and _counts(body[2])) or (body[0] == s.ITEM and body[2] == name)
    return _counts(key)


def _counts(func: Node) -> bool:
    return bool(func == (s.NAME, "len") or (func[0] == s.ATTR and func[2] in ("count", "get", "__getitem__")))


def hashed_key(walker: Walker, args: Arguments, element: Flow) -> None:
    """``key=hash``"""
    key = args.keywords.get("key")
    if key is None:
        return
    if key.shape == "external" and key.name == "builtins.hash":
        differs, needs = hashes_differently(element)
        if differs:
            origin = walker.origin("RPL403", args.site, args.text, needs=needs)
            walker.sink(frozenset({origin}), args.site, args.text, "decides this order")


def _length(walker: Walker, args: Arguments) -> Flow:
    # Of a collection that a loop fills, the length says how far the loop has come.
    order = NOTHING
    if args.first_node[0] in (s.NAME, s.ATTR, s.ITEM):
        order = args.first.order & walker.ordering(walker.depth_of(syntax.root(args.first_node)))
    if args.first.shape == "dict":
        return Flow("number", order)
    return Flow("number", order, of=Flow(order=args.first.order) if args.first.order else None)


def _range(walker: Walker, args: Arguments) -> Flow:
    last = args.positional[min(1, len(args.positional) - 1)] if args.positional else ANYTHING
    if last.of is not None and last.of.order:
        return Flow("lengths", last.of.order, of=Flow("number", last.of.order))
    return sequence(NUMBER)


def _set(walker: Walker, args: Arguments) -> Flow:
    held = args.first
    of: Flow | None = held.element if args.positional else None
    func = args.first_node
    if func[0] == s.CALL and func[2][0] == s.ATTR and func[2][2] in ("parameters", "modules", "children"):
        of = IDENTITY
    return Flow("set", of=of.settled() if of is not None else None, made=(walker.module, args.site))


def _dict(walker: Walker, args: Arguments) -> Flow:
    if not args.positional:
        values = list(args.keywords.values())
        return Flow("dict", of=TEXT if values else None, values=join_all(values) if values else None)
    held = args.first
    if held.shape == "dict":
        return held
    pair = held.element
    if len(pair.items) == 2:
        key, value = pair.items
        if value.order and value.shape == "number":
            walker.sink(value.order, args.site, args.text, "decides which number each item gets")
        return Flow("dict", held.order, key, value)
    return Flow("dict", held.order)


def _map(walker: Walker, args: Arguments) -> Flow:
    flows = [args.consumed(walker, number) for number in range(1, len(args.positional))]
    order = frozenset().union(*(flow.order for flow in flows))
    func = args.first
    if func.shape == "function" and flows:
        given = dict(zip([name for name, _, _, _ in func.ref.params], [flow.element for flow in flows], strict=False))
        summary = walker.survey.summary(func.ref)
        return sequence(applied(walker, func.ref, summary, given, args), order)
    return sequence(TEXT if func.name == "builtins.str" or func.name.startswith("builtins.str.") else None, order)


def _filter(walker: Walker, args: Arguments) -> Flow:
    held = args.consumed(walker, 1)
    return sequence(held.of, held.order)


def _iter(walker: Walker, args: Arguments) -> Flow:
    held = args.consumed(walker)
    return Flow("sequence", held.order, held.element if held.shape != "unknown" else held.of, name=held.name or "iterator")


def _islice(walker: Walker, args: Arguments) -> Flow:
    held = args.consumed(walker)
    if held.name != "iterator":  # an iterator goes on where the last slice ended: all of it comes in the end
        walker.sink(held.order, args.site, args.text, "decides which items are taken")
    return sequence(held.of, held.order)


def _next(walker: Walker, args: Arguments) -> Flow:
    held = args.consumed(walker)
    if held.name != "walk" and not walker.is_single(args.first_node):  # what `os.walk` gives first is the folder itself
        walker.sink(held.order, args.site, args.text, "decides which one is picked")
    return held.element


def _hash(walker: Walker, args: Arguments) -> Flow:
    function = walker.function
    if function is not None and function.name == "__hash__":
        return NUMBER
    differs, needs = hashes_differently(args.first)
    if not differs or args.first.shape == "identity":
        return NUMBER
    return Flow("salted", frozenset({walker.origin("RPL403", args.site, args.text, needs=needs)}))


def _calculated(walker: Walker, args: Arguments) -> Flow:
    if args.first.shape == "salted":
        walker.sink(args.first.order, args.site, args.text, "decides this number")
    return NUMBER


def _extreme(walker: Walker, args: Arguments) -> Flow:
    hashed_key(walker, args, args.first.element)
    if args.first.shape == "set" and ties(args.node):
        walker.sink(args.consumed(walker).order, args.site, args.text, "decides which one wins a tie")
    return args.first.element.settled()


def _super(walker: Walker, args: Arguments) -> Flow:
    owner = walker.function.owner if walker.function is not None else None
    bases = owner.lineage()[1:] if owner is not None else []
    return Flow("instance", ref=bases[0], name="super") if bases else ANYTHING


def _number(walker: Walker, args: Arguments) -> Flow:
    return args.first if args.first.shape in ("number", "salted") else NUMBER


def _print(walker: Walker, args: Arguments) -> Flow:
    target = next((value for _, word, value in args.node[3] if word == "file"), None)
    if target is not None and (file := args.keywords["file"]).shape == "file":
        order = walker.ordering(file.ref if file.name == "appended" else walker.depth_of(target))
        order |= frozenset().union(*(flow.order for flow in args.positional if flow.shape == "text"))
        walker.sink(order, args.site, args.text, "is written to a file")
    return ANYTHING


_BUILTINS: Final[dict[str, Callable[[Walker, Arguments], Flow]]] = {
    "builtins.super": _super,
    "builtins.sorted": _sorted,
    "builtins.iter": _iter,
    "itertools.islice": _islice,
    "itertools.repeat": lambda walker, args: Flow("sequence", of=args.first, name="alike"),
    "natsort.natsorted": _sorted,
    "builtins.len": _length,
    "builtins.range": _range,
    "builtins.set": _set,
    "builtins.frozenset": _set,
    "builtins.dict": _dict,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.next": _next,
    "builtins.hash": _hash,
    "builtins.abs": _calculated,
    "builtins.divmod": _calculated,
    "builtins.pow": _calculated,
    "builtins.hex": _calculated,
    "builtins.bin": _calculated,
    "builtins.int": _number,
    "builtins.float": _number,
    "builtins.min": _extreme,
    "builtins.max": _extreme,
    "builtins.print": _print,
}
