"""Small programs by varied hands: what they do when run twice, and what ``reprolint check`` says about them."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reprolint.rules import ALL

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(__file__).resolve().parent / "programs"
NAMES = sorted(path.parent.name for path in PROGRAMS.glob("*/case.json"))

CODES = {
    "python-unseeded": {"RPL101"},
    "numpy-unseeded": {"RPL102"},
    "torch-unseeded": {"RPL103"},
    "optional-seed": {"RPL111", "RPL112", "RPL113"},
    "late-seed": {"RPL121", "RPL122", "RPL123"},
    "varying-seed": {"RPL131", "RPL132", "RPL133"},
    "seed-not-in-child": {"RPL141", "RPL142", "RPL143"},
    "local-generator-unseeded": {"RPL201", "RPL202", "RPL203"},
}
RUN_TIMEOUT = 120


def case_of(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((PROGRAMS / name / "case.json").read_text(encoding="utf-8"))
    return case


def environment(hash_seed: int) -> dict[str, str]:
    env = dict(os.environ)
    env.update(
        OMP_NUM_THREADS="1",
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONHASHSEED=str(hash_seed),
        PYTHONPATH=os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]),
    )
    return env


def digest_of_run(name: str, hash_seed: int) -> str:
    case = case_of(name)
    done = subprocess.run(
        [sys.executable, case["entry"], *case["args"]],
        cwd=PROGRAMS / name / case["cwd"],
        env=environment(hash_seed),
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT,
    )
    assert done.returncode == 0, f"{name} failed:\n{done.stderr[-2000:]}"
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("DIGEST "), f"{name} ends with {last!r}"
    return last


def check(name: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "reprolint", "check", "--isolated", "--no-cache", "--output-format", "json", "."],
        cwd=PROGRAMS / name / case_of(name)["cwd"],
        env=environment(0),
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT,
    )
    assert done.returncode in (0, 1) and done.stdout, f"exit {done.returncode}: {done.stderr[-2000:]}"
    payload = json.loads(done.stdout)
    findings: list[dict[str, Any]] = payload if isinstance(payload, list) else payload["findings"]
    return findings


def test_cases_are_well_formed() -> None:
    assert len(NAMES) >= 16
    for name in NAMES:
        case = case_of(name)
        assert (PROGRAMS / name / case["cwd"] / case["entry"]).is_file(), name
        assert set(case["categories"]) <= CODES.keys(), name
        assert case["clean"] == (not case["categories"]), name
        assert case["before"] == ("same" if case["clean"] else "differs"), name


@pytest.mark.parametrize("name", NAMES)
def test_program_does_what_its_case_says(name: str) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (PROGRAMS / name).rglob("*.py"))
    for package in ("numpy", "torch", "sklearn"):
        used = f"import {package}" in source or f"from {package}" in source
        if used and importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package}")
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(functools.partial(digest_of_run, name), (1, 2))
    assert ("same" if first == second else "differs") == case_of(name)["before"]


@pytest.mark.parametrize("name", NAMES)
def test_check_agrees_with_the_case(name: str) -> None:
    case = case_of(name)
    findings = check(name)
    if case["clean"]:
        assert [f["code"] for f in findings if f["code"].startswith("RPL1")] == []
        return
    by_code = {code: category for category, codes in CODES.items() for code in codes}
    # a helper module that works while it is imported is a program of its own: only the case's entry counts here
    reported = {
        by_code[f["code"]]
        for f in findings
        if f["code"] in by_code and (f["entry"] == case["entry"] or f["code"].startswith("RPL2"))
    }
    # a category counts as soon as a rule of it exists
    existing = {category for category, codes in CODES.items() if any(rule.code in codes for rule in ALL)}
    assert reported == set(case["categories"]) & existing
