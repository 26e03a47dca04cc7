"""Small programs by varied hands: what they do when run twice, and what ``reprolint check`` says about them."""

from __future__ import annotations

import pytest
from running import NAMES, PROGRAMS, case_of, digests, missing, reprolint

from reprolint.rules import ALL

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


def test_cases_are_well_formed() -> None:
    assert len(NAMES) >= 80
    for name in NAMES:
        case = case_of(name)
        entry = PROGRAMS / name / case["cwd"] / case["entry"]
        assert entry.is_file(), name
        assert (entry.suffix == ".ipynb") == (case.get("runner") == "notebook"), name
        assert set(case["categories"]) <= CODES.keys(), name
        assert case["clean"] == (not case["categories"]), name
        assert case["before"] == ("same" if case["clean"] else "differs"), name
        assert not (case["clean"] and case["fix_expected"]), name


@pytest.mark.parametrize("name", NAMES)
def test_program_does_what_its_case_says(name: str) -> None:
    if missing(name):
        pytest.skip(missing(name))
    first, second = digests(name, PROGRAMS / name)
    assert ("same" if first == second else "differs") == case_of(name)["before"]


@pytest.mark.parametrize("name", NAMES)
def test_check_agrees_with_the_case(name: str) -> None:
    case = case_of(name)
    findings = reprolint(PROGRAMS / name / case["cwd"], "check")
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
