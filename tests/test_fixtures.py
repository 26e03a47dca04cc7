"""Every rule proves itself: its ``bad`` program gives two results in two runs, its ``good`` program gives one."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from running import ROOT, environment

from reprolint.rules import ALL

FIXTURES = ROOT / "fixtures"
FAMILIES = ("python", "numpy", "torch")
STATES = {"10": "unseeded", "11": "optional-seed", "12": "late-seed", "13": "varying-seed", "14": "seed-not-in-child"}

RULES = {
    f"RPL{tens}{digit}": f"{state}-{family}" for tens, state in STATES.items() for digit, family in enumerate(FAMILIES, start=1)
}
RULES["RPL201"] = "unseeded-random-instance"
RULES["RPL202"] = "unseeded-numpy-generator"
RULES["RPL203"] = "varying-local-seed"
RULES["RPL204"] = "unseeded-library-generator"
RULES["RPL301"] = "cudnn-not-deterministic"
RULES["RPL302"] = "cudnn-benchmark"
RULES["RPL303"] = "determinism-disabled"
RULES["RPL304"] = "nondeterministic-op"
RULES["RPL305"] = "cublas-workspace"
RULES["RPL401"] = "unordered-listing"
RULES["RPL402"] = "unordered-set"
RULES["RPL403"] = "salted-hash"
RULES["RPL404"] = "completion-order"
RULES["RPL411"] = "worker-init"
RULES["RPL501"] = "hashseed-in-process"
RULES["RPL503"] = "seed-option-unused"

ALSO = {"RPL411": ["RPL132"], "RPL503": ["RPL101"]}
"""What else is wrong with a bad program."""

RUN_TIMEOUT = 120


def digest_of_run(folder: Path, hash_seed: int) -> str:
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        env=environment(hash_seed),
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT,
    )
    assert done.returncode == 0, f"{folder} failed:\n{done.stderr[-2000:]}"
    last = done.stdout.strip().splitlines()[-1]
    assert re.fullmatch(r"DIGEST [0-9a-f]{64}", last), f"{folder} ends with {last!r}"
    return last


def run_pair(folder: Path, first_hash_seed: int = 1) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(functools.partial(digest_of_run, folder), (first_hash_seed, first_hash_seed + 1)))


def check(folder: Path, code: str) -> tuple[int, list[dict[str, Any]]]:
    """What a check finds with the rules that are on by default and this one."""
    options = ["--isolated", "--no-cache", "--output-format", "json", "--extend-select", code]
    done = subprocess.run(
        [sys.executable, "-m", "reprolint", "check", *options, "."],
        cwd=folder,
        env=environment(0),
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT,
    )
    assert done.returncode in (0, 1) and done.stdout, f"exit {done.returncode}: {done.stderr[-2000:]}"
    payload = json.loads(done.stdout)
    findings: list[dict[str, Any]] = payload if isinstance(payload, list) else payload["findings"]
    assert done.returncode == (1 if findings else 0)
    return done.returncode, findings


def of_program_rules(findings: list[dict[str, Any]]) -> list[str]:
    return sorted(finding["code"] for finding in findings if finding["code"].startswith("RPL1"))


@functools.cache
def cuda_available() -> bool:
    if importlib.util.find_spec("torch") is None:
        return False
    probe = [sys.executable, "-c", "import torch; print(torch.cuda.is_available())"]
    return subprocess.run(probe, capture_output=True, text=True, timeout=RUN_TIMEOUT).stdout.strip() == "True"


def installed_torch() -> tuple[int, ...]:
    return tuple(map(int, importlib.metadata.version("torch").split(".")[:2]))


def imported_packages(folder: Path) -> set[str]:
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names & {"numpy", "scipy", "torch", "sklearn"}


def skip_unless_runnable(folder: Path) -> None:
    missing = [name for name in sorted(imported_packages(folder)) if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def proof_of(folder: Path) -> dict[str, Any]:
    path = folder / "proof.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def folder_of(code: str) -> Path:
    return FIXTURES / f"{code}-{RULES[code]}"


def codes(*, cuda: bool) -> list[str]:
    return [code for code in RULES if (proof_of(folder_of(code)).get("needs") == "cuda") == cuda]


def test_every_rule_has_a_fixture() -> None:
    expected = {f"{code}-{name}" for code, name in RULES.items()}
    present = {path.name for path in FIXTURES.iterdir() if path.is_dir() and re.match(r"RPL\d{3}-", path.name)}
    assert present == expected
    for name in sorted(expected):
        for side in ("bad", "good"):
            assert (FIXTURES / name / side / "main.py").is_file(), f"{name}/{side}/main.py"


@pytest.mark.parametrize("code", RULES)
def test_bad_and_good_differ(code: str) -> None:
    def text(side: str) -> dict[str, str]:
        base = folder_of(code) / side
        return {str(p.relative_to(base)): p.read_text(encoding="utf-8") for p in sorted(base.rglob("*.py"))}

    assert text("bad").keys() == text("good").keys()
    assert text("bad") != text("good")


@pytest.mark.parametrize("code", codes(cuda=False))
def test_bad_gives_two_results(code: str) -> None:
    folder = folder_of(code) / "bad"
    skip_unless_runnable(folder)
    first, second = run_pair(folder)
    assert first != second


@pytest.mark.parametrize("code", codes(cuda=False))
def test_good_gives_one_result(code: str) -> None:
    folder = folder_of(code) / "good"
    skip_unless_runnable(folder)
    first, second = run_pair(folder)
    assert first == second


def fixed(code: str, folder: Path) -> Path:
    """A copy of the bad program after `reprolint fix`."""
    shutil.copytree(folder_of(code) / "bad", folder, dirs_exist_ok=True)
    rule = next(rule for rule in ALL if rule.code == code)
    flags = ["--unsafe-fixes"] if rule.fix == "unsafe" else []
    done = subprocess.run(
        [sys.executable, "-m", "reprolint", "fix", "--isolated", *flags, "."],
        cwd=folder, env=environment(0), capture_output=True, text=True, timeout=RUN_TIMEOUT,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return folder


@pytest.mark.parametrize("code", [rule.code for rule in ALL if rule.fix != "none" and rule.code in codes(cuda=False)])
def test_the_fix_makes_bad_give_one_result(code: str, tmp_path: Path) -> None:
    skip_unless_runnable(folder_of(code) / "bad")
    first, second = run_pair(fixed(code, tmp_path))
    assert first == second
    assert code not in {finding["code"] for finding in check(tmp_path, code)[1]}


@pytest.mark.gpu
@pytest.mark.parametrize("code", codes(cuda=True))
def test_bad_gives_two_results_on_cuda(code: str) -> None:
    if not cuda_available():
        pytest.skip("no CUDA device: cuDNN's choice of algorithm cannot be shown here")
    folder, proof = folder_of(code) / "bad", proof_of(folder_of(code))
    if tuple(proof.get("torch_before", (999,))) <= installed_torch():
        pytest.skip(f"{code} is about an older torch than this one")
    if "bad_raises" in proof:
        with pytest.raises(AssertionError, match=proof["bad_raises"]):
            digest_of_run(folder, 0)
        return
    seen: set[str] = set()
    for start in range(0, proof.get("bad_runs", 2), 2):
        seen.update(run_pair(folder, start))
        if len(seen) > 1:
            return
    pytest.fail(f"{code}: all runs gave the same result")


@pytest.mark.gpu
@pytest.mark.parametrize("code", codes(cuda=True))
def test_good_gives_one_result_on_cuda(code: str) -> None:
    if not cuda_available():
        pytest.skip("no CUDA device: cuDNN's choice of algorithm cannot be shown here")
    assert len(set(run_pair(folder_of(code) / "good", 1) + run_pair(folder_of(code) / "good", 3))) == 1


@pytest.mark.parametrize("code", codes(cuda=True))
def test_cuda_programs_also_run_on_cpu(code: str) -> None:
    skip_unless_runnable(folder_of(code))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda side: digest_of_run(folder_of(code) / side, 0), ("bad", "good")))


@pytest.mark.parametrize("code", RULES)
def test_check_reports_the_rule_in_bad(code: str) -> None:
    exit_code, findings = check(folder_of(code) / "bad", code)
    assert exit_code == 1
    if code.startswith("RPL1"):
        assert of_program_rules(findings) == [code]
    elif code in ALSO:
        assert of_program_rules(findings) == ALSO[code]
    else:
        assert of_program_rules(findings) == []
    (finding,) = [finding for finding in findings if finding["code"] == code]
    assert finding["name"] == RULES[code]
    assert finding["entry"] == "main.py"
    if code.startswith("RPL1"):
        assert finding["family"] == FAMILIES[int(code[-1]) - 1]
        assert finding["trace"], "a finding about a program carries its witness"


@pytest.mark.parametrize("code", RULES)
def test_check_is_content_with_good(code: str) -> None:
    _, findings = check(folder_of(code) / "good", code)
    assert of_program_rules(findings) == []
    assert code not in {finding["code"] for finding in findings}
