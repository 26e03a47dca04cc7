"""What annotations promise of values."""

from __future__ import annotations

from typing import Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Node, show
from reprolint.order.flow import ANYTHING, NUMBER, TEXT, Flow, join_all, sequence


def annotated(node: Node) -> Flow:
    """What an annotation promises."""
    text = show(node).replace("typing.", "").replace("t.", "")
    head, _, rest = text.partition("[")
    head = head.strip("'\"").rpartition(".")[2]
    inner = annotated(node[2]) if node[0] == s.ITEM and node[2][0] != s.SEQ else None
    if node[0] == s.CONST and isinstance(node[1], str):
        head, _, rest = node[1].partition("[")
        inner = _SIMPLE.get(rest.rstrip("]").strip()) if rest else None
        head = head.strip().rpartition(".")[2]
    if head in _SIMPLE:
        return _SIMPLE[head]
    if head in ("list", "List", "Sequence", "Iterable", "Iterator", "Collection", "Generator", "MutableSequence"):
        return sequence(inner)
    if head in ("set", "Set", "FrozenSet", "frozenset", "AbstractSet", "MutableSet"):
        return Flow("set", of=inner)
    if head in ("dict", "Dict", "Mapping", "MutableMapping", "DefaultDict", "OrderedDict", "Counter"):
        if node[0] == s.ITEM and node[2][0] == s.SEQ and len(node[2][2]) == 2:
            key, value = node[2][2]
            return Flow("dict", of=annotated(key), values=annotated(value))
        return Flow("dict", of=inner)
    if head in ("tuple", "Tuple") and node[0] == s.ITEM and node[2][0] == s.SEQ:
        parts = node[2][2]
        held = [annotated(part) for part in parts if part[0] != s.CONST]
        return Flow("tuple", items=tuple(held)) if len(held) == len(parts) else sequence(join_all(held))
    if head == "Optional" and inner is not None:
        return inner
    return ANYTHING


_SIMPLE: Final = {
    "str": TEXT,
    "bytes": TEXT,
    "int": NUMBER,
    "float": NUMBER,
    "bool": NUMBER,
    "Path": Flow("path"),
    "PathLike": Flow("path"),
    "PurePath": Flow("path"),
}
