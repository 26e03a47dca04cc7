"""RPL401: the order in which a file system lists its files decides something."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolint.rules.rule import Rule, decided
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.order.survey import Decision


def _message(decision: Decision) -> str:
    return (
        f"`{decision.origin.text}` lists files in whatever order the file system keeps them, and that order {decision.use.what}"
        " ({use}). Sort them first."
    )


RULES = (
    Rule(
        "RPL401",
        "unordered-listing",
        "error",
        page(
            "The order of a directory listing decides what the program computes.",
            "Follows the results of `os.listdir`, `os.scandir`, `os.walk`, `glob.glob` and `Path.iterdir/glob/rglob` through variables, "
            "lists, attributes and functions of the project, and reports a listing whose order\ndecides something: which file is picked "
            "(`[0]`, `next(...)`, a slice), which item an index stands for in a dataset, what a seeded shuffle or split gives, which number "
            "a class gets, what is paired by `zip`, which one wins a tie (`max(names, key=len)`), which file gets which of the numbers drawn in a loop, what is written to a file.",
            "None of them promises an order. It differs between machines and file systems, and on one machine after the files were copied, "
            "so the same seed trains on another split. See https://docs.python.org/3/library/os.html#os.listdir and "
            "https://docs.python.org/3/library/glob.html.",
            "files = [os.path.join(folder, name) for name in os.listdir(folder)]\nrandom.Random(0).shuffle(files)",
            "files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]\nrandom.Random(0).shuffle(files)",
            "Where the listing, or what was made of it, is sorted before it is used; where the order cannot matter: `len`, `sum`, `max`, membership, sets, "
            "one independent action for each file; where a\ncheck makes sure that there is only one file (`assert len(files) == 1`). What is done in "
            "functions of other libraries is not followed.",
            "Safe: the call is wrapped in `sorted(...)`; `os.walk` gets its lists of folders and files sorted at the top of the loop.",
        ),
        look=partial(decided, code="RPL401", message=_message),
        fix="safe",
        per_line=True,
    ),
)
