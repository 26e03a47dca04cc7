"""The pages of the rules: what each says, and that ``docs/rules`` holds them as they are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
from running import ROOT

from reprolint import rules
from reprolint.model import FAMILIES
from reprolint.rules import ALL, MODULES, Rule
from reprolint.rules.wording import GENERATOR

HEADINGS = ["What it does", "Why is this bad?", "Example", "When it stays quiet", "Fix"]
ABOUT_FILES = ("RPL900", "RPL901", "RPL902")
"""Rules about what a file looks like: nothing of a library's stands behind them."""


def test_the_written_pages_are_current() -> None:
    done = subprocess.run([sys.executable, "tools/rule_pages.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("rule", [rule for rule in ALL if rule.code not in ABOUT_FILES], ids=lambda rule: rule.code)
def test_a_page_says_all_there_is_to_say(rule: Rule) -> None:
    assert re.findall(r"^## (.+)$", rule.doc, re.MULTILINE) == HEADINGS
    assert not rule.summary.startswith("#") and rule.summary.endswith(".")
    assert re.search(r"https://\S+", rule.doc), "the page says where its facts come from"
    bad, good = re.findall(r"```python\n(.+?)```", rule.doc, re.DOTALL)
    assert bad != good
    for code in (bad, good):
        ast.parse(code)
    fix = rule.doc.rpartition("## Fix")[2].strip().lower()
    assert fix.startswith(rule.fix if rule.fix != "none" else "none"), f"{rule.fix}: {fix[:60]}"


def test_names_and_codes_are_unique() -> None:
    assert len({rule.code for rule in ALL}) == len({rule.name for rule in ALL}) == len(ALL)
    assert all(re.fullmatch(r"RPL\d{3}", rule.code) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name) for rule in ALL)


def test_every_rule_is_where_the_table_of_modules_says() -> None:
    names = sorted(found.name for found in iter_modules(rules.__path__) if found.name not in ("rule", "wording"))
    stand = {rule.code: name for name in names for rule in import_module(f"reprolint.rules.{name}").RULES}
    assert stand == MODULES
    assert list(MODULES) == sorted(MODULES) == [rule.code for rule in ALL]


def test_a_rule_is_found_by_code_and_by_name() -> None:
    assert [rules.named(rule.code) for rule in ALL] == [rules.named(rule.name) for rule in ALL] == list(ALL)
    assert rules.named("RPL1") is rules.named("") is None


def test_generators_are_named_in_the_order_of_codes() -> None:
    assert tuple(GENERATOR) == FAMILIES


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_severity_is_as_the_code_says(rule: Rule) -> None:
    grave = rule.code[:4] in ("RPL1", "RPL2", "RPL4") or rule.code == "RPL900"
    assert rule.severity == ("error" if grave else "warning")
