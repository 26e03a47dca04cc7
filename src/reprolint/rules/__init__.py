"""All rules. A rule is registered by standing in a module of this package, in its tuple ``RULES``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from reprolint.rules.rule import Problem, Rule

ALL: Final[tuple[Rule, ...]] = tuple(
    sorted(
        (
            rule
            for found in iter_modules(__path__)
            if found.name not in ("rule", "wording")
            for rule in import_module(f"{__name__}.{found.name}").RULES
        ),
        key=lambda rule: rule.code,
    )
)
"""Every rule, by code."""

__all__ = ["ALL", "Problem", "Rule"]
