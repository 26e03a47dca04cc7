"""RPL402: the order of a set of strings decides something."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolint.rules.rule import Rule, decided
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.order.survey import Decision


def _message(decision: Decision) -> str:
    cause, advice = "its elements hash differently in every run", "Keep them in a list or a dict, which keep their order."
    if decision.origin.sortable:
        cause, advice = "strings hash differently in every run", "Sort the set first."
    return (
        f"`{decision.origin.text}` goes through a set, whose order is another one in every run ({cause}), and that order"
        f" {decision.use.what} ({{use}}). {advice}"
    )


RULES = (
    Rule(
        "RPL402",
        "unordered-set",
        "error",
        page(
            "The order of a set decides what the program computes.",
            "Follows sets of strings, of paths, of tuples with strings in them, and of objects that hash by their address, and reports where one is put in an order (`list(s)`,\n"
            "`enumerate(s)`, a loop) that decides something: which number a word or class gets, which item is picked, what a shuffle or "
            "split gives, which one wins a tie (`max(set(labels), key=labels.count)`), what is written to a file.",
            "Python salts the hashes of strings in every process, so `list(set(words))` is another list in every run, and a vocabulary built from it "
            "gives every word another number. See https://docs.python.org/3/reference/datamodel.html#object.__hash__.",
            'classes = set(row["label"].strip() for row in rows)\nlabel_to_id = {name: i for i, name in enumerate(classes)}',
            'classes = set(row["label"].strip() for row in rows)\nlabel_to_id = {name: i for i, name in enumerate(sorted(classes))}',
            "Sets of numbers, whose hashes are not salted; sets whose elements cannot be told to be strings; membership tests, `len`, other sets, "
            "`sorted(...)`; loops that do the same for each element whatever its place.",
            "Safe for sets of strings: what is gone through is wrapped in `sorted(...)`. None for objects that cannot be sorted.",
        ),
        look=partial(decided, code="RPL402", message=_message),
        fix="safe",
        per_line=True,
    ),
)
