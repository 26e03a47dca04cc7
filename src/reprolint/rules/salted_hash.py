"""RPL403: the hash of a string decides something."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolint.rules.rule import Rule, decided
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.order.survey import Decision


def _message(decision: Decision) -> str:
    return (
        f"`{decision.origin.text}` is another number in every run, since Python salts the hashes of strings, and it"
        f" {decision.use.what} ({{use}}). Use a hash that stays the same: `zlib.crc32(text.encode())`, or `hashlib`."
    )


RULES = (
    Rule(
        "RPL403",
        "salted-hash",
        "error",
        page(
            "The built-in hash of a string decides what the program computes.",
            "Reports `hash(...)` of a string, of bytes (`hash(pickle.dumps(x))`), of a path or of a tuple with one of them in it, where the number is calculated with, "
            "compared, made part of a text,\nused as a seed or to sort by.",
            "Python salts these hashes in every process, so `hash(name) % 10` puts a sample into another fold in every run. See "
            "https://docs.python.org/3/reference/datamodel.html#object.__hash__.",
            "is_validation = hash(os.path.basename(path)) % 10 == 0",
            "is_validation = zlib.crc32(os.path.basename(path).encode()) % 10 == 0",
            "`__hash__` methods; hashes of numbers; hashes that are only looked up or compared for equality within one run; values that cannot "
            "be told to be strings.",
            "None: which hash is wanted, its author knows.",
        ),
        look=partial(decided, code="RPL403", message=_message),
        per_line=True,
    ),
)
