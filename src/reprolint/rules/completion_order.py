"""RPL404: the order in which parallel tasks finish decides something."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolint.rules.rule import Rule, decided
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.order.survey import Decision


def _message(decision: Decision) -> str:
    return (
        f"`{decision.origin.text}` gives results in the order in which the tasks finish, which is another one in every run, and that"
        f" order {decision.use.what} ({{use}}). Take the results in the order of the tasks: `executor.map`, `pool.imap`."
    )


RULES = (
    Rule(
        "RPL404",
        "completion-order",
        "error",
        page(
            "The order in which parallel tasks finish decides what the program computes.",
            "Reports `concurrent.futures.as_completed`, `asyncio.as_completed` and `Pool.imap_unordered` where the order of their results decides something, as\n"
            "for directory listings (RPL401).",
            "Which task is done first depends on the machine's load. See "
            "https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.as_completed.",
            "features = [future.result() for future in as_completed(futures)]\ntrain, test = train_test_split(features, random_state=0)",
            "features = [future.result() for future in futures]\ntrain, test = train_test_split(features, random_state=0)",
            "Where the results are put into a dict by their task, sorted, counted or added up.",
            "None: the results may be wanted as soon as they are there.",
        ),
        look=partial(decided, code="RPL404", message=_message),
        on=False,
        per_line=True,
    ),
)
