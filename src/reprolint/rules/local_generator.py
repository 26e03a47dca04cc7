"""RPL201-203: a generator of the program's own that starts from fresh entropy or from a value that varies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from reprolint.rules.rule import Problem, Rule, witness
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.model import Family
    from reprolint.trace.story import Event, Story

_KIND = {"python": "RPL201", "numpy": "RPL202", "torch": "RPL203"}


def _code(event: Event) -> str:
    """Which of the three rules an event breaks."""
    return "RPL203" if event.detail else _KIND[event.families[0]]


def _check(code: str) -> Callable[[Story], Iterable[Problem]]:
    def check(story: Story) -> Iterable[Problem]:
        if story.gave_up:
            return
        for event in story.events:
            if event.kind != "local" or not event.certain or _code(event) != code:
                continue
            made = event.chain[-1].text
            family: Family = event.families[0]
            if event.detail:
                message = f"`{made}` gives a generator another seed in every run: {event.detail}. Seed it with a constant."
            else:
                message = f"`{made}` makes a generator that starts from fresh entropy: what it draws differs in every run. Pass it a seed."
            yield Problem(message, event.place, witness(event), family)

    return check


_NUMPY = "https://numpy.org/doc/stable/reference/random/generator.html"
_FIX = (
    "Safe: the seed is passed, the program's own where one is at hand. Unsafe where the call stands in a loop or a comprehension: all "
    "generators would draw the same numbers."
)


_QUIET = (
    "Where no program comes by; where the seed is passed, even by a default (`rng=None` is a finding only if a program leaves it out); `SystemRandom`\n"
    "and `secrets`, which are meant to be unpredictable."
)


RULES = (
    Rule(
        "RPL201",
        "unseeded-random-instance",
        "error",
        page(
            "A `random.Random()` is made without a seed.",
            "Reports `random.Random()` and `random.Random(None)` where a program reaches them.",
            "It takes its seed from the operating system, and `random.seed` does not reach it. See https://docs.python.org/3/library/random.html#random.Random.",
            "rng = random.Random()",
            "rng = random.Random(42)",
            _QUIET,
            _FIX,
        ),
        _check("RPL201"),
        fix="safe",
        per_line=True,
    ),
    Rule(
        "RPL202",
        "unseeded-numpy-generator",
        "error",
        page(
            "A NumPy generator is made without a seed.",
            "Reports `default_rng()`, `RandomState()`, bit generators such as `PCG64()`, and `SeedSequence()` without a seed, where a program reaches "
            "them; with `rng = rng or np.random.default_rng()` only if the program passes no generator.",
            f"It takes fresh entropy, and `np.random.seed` does not reach it. See {_NUMPY}.",
            "rng = np.random.default_rng()",
            "rng = np.random.default_rng(42)",
            _QUIET,
            _FIX,
        ),
        _check("RPL202"),
        fix="safe",
        per_line=True,
    ),
    Rule(
        "RPL203",
        "varying-local-seed",
        "error",
        page(
            "A generator of the program's own gets a seed that differs from run to run.",
            "Reports `torch.Generator().seed()`, and generators that are seeded from the clock, the process id or fresh entropy.",
            "A `torch.Generator()` starts from a constant; `.seed()` replaces that by a random number. See https://docs.pytorch.org/docs/stable/generated/torch.Generator.html.",
            "generator = torch.Generator()\ngenerator.seed()",
            "generator = torch.Generator()\ngenerator.manual_seed(42)",
            _QUIET,
            "Unsafe: what varies is replaced by a constant, and perhaps it varies on purpose.",
        ),
        _check("RPL203"),
        fix="unsafe",
        per_line=True,
    ),
)
