"""All rules. A rule stands in a module of this package, in its tuple ``RULES``; `MODULES` says in which.

A module is imported when its rules are asked for, so that the page of one rule costs no more than that.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from reprolint.rules.rule import Problem, Rule

MODULES: Final = {
    "RPL101": "unseeded",
    "RPL102": "unseeded",
    "RPL103": "unseeded",
    "RPL111": "optional_seed",
    "RPL112": "optional_seed",
    "RPL113": "optional_seed",
    "RPL121": "late_seed",
    "RPL122": "late_seed",
    "RPL123": "late_seed",
    "RPL131": "varying_seed",
    "RPL132": "varying_seed",
    "RPL133": "varying_seed",
    "RPL141": "seed_not_in_child",
    "RPL142": "seed_not_in_child",
    "RPL143": "seed_not_in_child",
    "RPL201": "local_generator",
    "RPL202": "local_generator",
    "RPL203": "local_generator",
    "RPL204": "library_generator",
    "RPL301": "cudnn_not_deterministic",
    "RPL302": "cudnn_benchmark",
    "RPL303": "determinism_disabled",
    "RPL304": "nondeterministic_op",
    "RPL305": "cublas_workspace",
    "RPL401": "unordered_listing",
    "RPL402": "unordered_set",
    "RPL403": "salted_hash",
    "RPL404": "completion_order",
    "RPL411": "worker_init",
    "RPL501": "hash_seed_in_process",
    "RPL502": "reseed_in_loop",
    "RPL503": "seed_option_unused",
    "RPL504": "seed_on_import",
    "RPL900": "unreadable",
    "RPL901": "unused_suppression",
    "RPL902": "unreadable",
}
"""The module of every rule, by code, in order."""


def named(word: str) -> Rule | None:
    """The rule that has a code or a name; None: there is none."""
    among = _rules_of(MODULES[word]) if word in MODULES else _all()
    return next((rule for rule in among if word in (rule.code, rule.name)), None)


def _rules_of(module: str) -> tuple[Rule, ...]:
    rules: tuple[Rule, ...] = import_module(f"{__name__}.{module}").RULES
    return rules


@cache
def _all() -> tuple[Rule, ...]:
    rules = {rule.code: rule for module in dict.fromkeys(MODULES.values()) for rule in _rules_of(module)}
    return tuple(rules[code] for code in MODULES)


if TYPE_CHECKING:
    ALL: tuple[Rule, ...]
    """Every rule, by code."""
else:

    def __getattr__(name: str) -> tuple[Rule, ...]:
        if name == "ALL":
            return _all()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["ALL", "MODULES", "Problem", "Rule", "named"]
