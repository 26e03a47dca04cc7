"""The JSON schema of the settings says what reprolint reads."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from reprolint.config import KEYS, load
from reprolint.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads((ROOT / "docs/reprolint.schema.json").read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_the_written_schema_is_current() -> None:
    done = subprocess.run([sys.executable, "tools/config_schema.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


VALID = [
    "",
    'select = ["ALL", "RPL1", "RPL103", "unseeded-torch"]\nextend-select = []\nignore = ["RPL"]',
    '[per-file-ignores]\n"a b/*.py" = ["RPL1"]',
    'exclude = ["a"]\nextend-exclude = ["b/*"]\nsrc = ["lib"]\nentry-points = ["jobs/*.py"]',
    "force-exclude = true\nrespect-gitignore = false",
    'seed = 4294967295\nset-seed = "lab.repro.set_seed"\nruntime = "vendor"\ntarget-torch = "2.4.1+cu121"',
    'baseline = "known.json"\noutput-format = "sarif"\ncache-dir = ".cache"',
    '[seeders]\n"lab.start" = ["python", "torch"]\n[draws]\n"lab.noise" = { families = ["numpy"], unless_given = ["rng"] }',
    '[[draws."lab.noise"]]\nfamilies = ["numpy"]\n[[draws."lab.noise"]]\nfamilies = ["torch"]',
]
INVALID = [
    "cache-dir = 1",
    'selct = ["RPL1"]',
    'select = "RPL1"',
    'select = ["RPL999"]',
    "ignore = [1]",
    'per-file-ignores = ["a"]',
    '[per-file-ignores]\n"a" = "RPL1"',
    "force-exclude = 1",
    'respect-gitignore = "no"',
    "seed = -1",
    "seed = 4294967296",
    "seed = 1.5",
    'set-seed = "set_seed"',
    'runtime = "copy"',
    'target-torch = "two"',
    "target-torch = 2.4",
    'output-format = "xml"',
    "baseline = ''",
    "extend = []",
    "seeders = []",
]


@pytest.mark.parametrize("text", VALID)
def test_what_is_read_is_valid(validator: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / "reprolint.toml").write_text(text)
    load(tmp_path)
    validator.validate(tomllib.loads(text))


@pytest.mark.parametrize("text", INVALID)
def test_what_is_refused_is_not(validator: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / "reprolint.toml").write_text(text)
    with pytest.raises(UsageError):
        load(tmp_path)
    assert not validator.is_valid(tomllib.loads(text))


def test_the_examples_of_the_readme_are_valid(validator: Any) -> None:
    examples = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    ours = [
        document["tool"]["reprolint"] for document in map(tomllib.loads, examples) if "reprolint" in document.get("tool", {})
    ]
    assert ours
    for settings in ours:
        validator.validate(settings)


def test_the_readme_explains_every_key() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.partition("## Settings")[2].partition("\n## ")[0]
    assert [key for key in KEYS if f"`{key}`" not in section] == []
