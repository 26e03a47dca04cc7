"""What is kept from run to run never changes what is said."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run
from hypothesis import given, settings
from hypothesis import strategies as st

from reprolint.sources import cache
from reprolint.sources.cache import Cache

TRAIN = """\
import torch

from helpers.model import build
from helpers.seeding import prepare


def main():
    prepare()
    model = build()
    print(model(torch.ones(3)))


if __name__ == "__main__":
    main()
"""

MODEL = """\
import torch.nn as nn


def build():
    return nn.Linear(3, 3)
"""

SEEDING = """\
import random

import torch


def prepare():
    torch.manual_seed(0)
    random.seed(0)
"""

PARTLY = SEEDING.replace("    torch.manual_seed(0)\n", "")


def tree(folder: Path, **texts: str) -> Path:
    """A project of a script and its helpers."""
    names = {"train": "train.py", "model": "helpers/model.py", "seeding": "helpers/seeding.py"}
    for name, text in {"train": TRAIN, "model": MODEL, "seeding": SEEDING, **texts}.items():
        file = folder / names[name]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "setup.cfg").touch()
    return folder


Check = Callable[..., Any]


@pytest.fixture
def check(tmp_path: Path, reprolint: Run) -> Check:
    """Checks a project with a cache, asserts that this says what a check without one says, and gives back the codes."""

    def run(folder: Path, *arguments: str) -> list[str]:
        given = ("check", "--output-format", "json", *(arguments or (".",)))
        kept = reprolint(*given, cwd=folder, REPROLINT_NO_CACHE="", REPROLINT_CACHE_DIR=str(tmp_path / "kept"))
        anew = reprolint(*given, "--no-cache", cwd=folder)
        assert (kept.stdout, kept.stderr, kept.returncode) == (anew.stdout, anew.stderr, anew.returncode)
        return [finding["code"] for finding in json.loads(kept.stdout)]

    return run


@pytest.fixture
def loaded(tmp_path: Path, python: Run) -> Callable[..., set[str]]:
    """Runs a command line with a cache and tells which packages it imported."""

    def run(folder: Path, *arguments: str) -> set[str]:
        code = f"""\
            import os, sys
            from reprolint.cli import main
            os.chdir({str(folder)!r})
            main({list(arguments)!r})
            print(*sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
        """
        done = python(code, REPROLINT_NO_CACHE=None, REPROLINT_CACHE_DIR=str(tmp_path / "kept"))
        return set(done.stderr.splitlines()[-1].split())

    return run


# What is said stays the same.


def test_a_change_in_a_helper_is_seen(tmp_path: Path, check: Check) -> None:
    folder = tree(tmp_path / "p")
    assert check(folder) == []
    assert check(folder) == []
    (folder / "helpers" / "seeding.py").write_text(PARTLY)
    assert check(folder) == ["RPL103"]
    (folder / "helpers" / "seeding.py").write_text(SEEDING)
    assert check(folder) == []


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path, check: Check) -> None:
    folder = tree(tmp_path / "p")
    helper = folder / "helpers" / "seeding.py"
    assert check(folder) == []
    before = helper.stat()
    helper.write_text(SEEDING.replace("torch.manual_seed(0)", "torch.manual_sead(0)"))
    os.utime(helper, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert check(folder) == ["RPL103"]


def test_a_module_that_comes_to_shadow_another_is_seen(tmp_path: Path, check: Check) -> None:
    folder = tree(tmp_path / "p", train=TRAIN.replace("helpers.seeding", "seeding"))
    (folder / "src").mkdir()
    (folder / "src" / "seeding.py").write_text(SEEDING)
    assert check(folder) == []
    (folder / "seeding.py").write_text(PARTLY)
    assert check(folder) == ["RPL103"]
    (folder / "seeding.py").unlink()
    assert check(folder) == []


def test_another_configuration_file_is_seen(tmp_path: Path, check: Check) -> None:
    folder = tmp_path / "p"
    (folder / "conf").mkdir(parents=True)
    (folder / "train.py").write_text(
        "import hydra\nimport torch\n\n\n"
        '@hydra.main(config_path="conf", config_name="main", version_base=None)\n'
        "def main(cfg):\n    if cfg.seed is not None:\n        torch.manual_seed(cfg.seed)\n    print(torch.rand(1))\n\n\n"
        'if __name__ == "__main__":\n    main()\n'
    )
    (folder / "conf" / "main.yaml").write_text("seed: 3\n")
    assert check(folder) == []
    (folder / "conf" / "main.yaml").write_text("seed: null\n")
    assert check(folder) == ["RPL113"]
    (folder / "conf" / "main.yaml").unlink()
    (folder / "conf" / "main.yml").write_text("seed: 3\n")
    assert check(folder) == []


def test_other_requirements_are_seen(tmp_path: Path, check: Check) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "train.py").write_text(
        "import torch\nfrom torch import nn\n\ntorch.manual_seed(0)\ntorch.use_deterministic_algorithms(True)\n"
        'model = nn.Linear(4, 1).to("cuda")\nprint(model(torch.rand(2, 4, device="cuda")))\n'
    )
    assert check(folder) == []
    (folder / "requirements.txt").write_text("torch==2.4.0\n")
    assert check(folder) == ["RPL305"]
    (folder / "requirements.txt").write_text("torch>=2.10\n")
    assert check(folder) == []


def test_other_settings_are_seen(tmp_path: Path, check: Check) -> None:
    folder = tree(tmp_path / "p", model="from company import make as build\n", seeding=PARTLY)
    assert check(folder) == []
    (folder / "reprolint.toml").write_text('[draws]\n"company.make" = ["torch"]\n')
    assert check(folder) == ["RPL103"]
    assert check(folder, "--isolated", ".") == []
    assert check(folder, "--ignore", "RPL103", ".") == []
    (folder / "reprolint.toml").unlink()
    assert check(folder) == []


def test_what_is_known_serves_a_check_of_single_files(tmp_path: Path, check: Check) -> None:
    folder = tree(tmp_path / "p", seeding=PARTLY)
    (folder / "alone.py").write_text("import random\n\nprint(random.random())\n")
    assert check(folder, "helpers/seeding.py") == ["RPL103"]
    assert check(folder, "alone.py") == ["RPL101"]
    assert check(folder) == ["RPL101", "RPL103"]
    assert check(folder, "helpers/seeding.py") == ["RPL103"]


def test_orders_name_the_program_that_is_there_now(tmp_path: Path, check: Check, reprolint: Run) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "data.py").write_text(
        "import os\n\n\ndef split(folder):\n    files = os.listdir(folder)\n    return files[:8], files[8:]\n"
    )
    script = "from data import split\n\nif __name__ == '__main__':\n    print(split('x'))\n"
    (folder / "b.py").write_text(script)
    assert check(folder) == ["RPL401"]
    (folder / "b.py").write_text(script.replace("split", "open").replace("data", "io"))
    assert check(folder) == ["RPL401"]
    (folder / "b.py").write_text(script)
    assert check(folder, "data.py") == ["RPL401"]


def test_a_file_that_only_a_full_parse_refuses_is_told_every_time(tmp_path: Path, check: Check) -> None:
    folder = tree(tmp_path / "p", model=MODEL + f"    x = {' + '.join(['1'] * 1500)}\n")
    for _ in range(3):
        assert "RPL900" in check(folder)


def test_facts_that_nest_deeper_than_can_be_kept_are_worked_out_anew(tmp_path: Path, check: Check) -> None:
    folder = tree(tmp_path / "p", model=MODEL.replace("nn.Linear(3, 3)", f"nn.Linear({' + '.join(['1'] * 990)}, 3)"))
    for _ in range(3):
        assert check(folder) == []


def test_whatever_is_edited_nothing_old_is_said(tmp_path: Path, check: Check) -> None:
    """A walk through versions of a project; `check` compares each step with a check from scratch."""
    draw = random.Random(20261124)
    folder = tree(tmp_path / "p")
    versions = {
        "train.py": [
            TRAIN,
            TRAIN.replace("    prepare()\n", ""),
            TRAIN.replace("from helpers.model", "from model"),
            "x = (",
            "import torch\n\ntorch.rand(1)\n",
        ],
        "helpers/model.py": [MODEL, MODEL + "\n\nbuild()\n", MODEL.replace("return", "return torch.rand(1) or")],
        "helpers/seeding.py": [SEEDING, PARTLY, "from helpers.other import prepare\n", ""],
        "helpers/other.py": [SEEDING, PARTLY, None],
        "model.py": [MODEL, None],
        "second.py": ["import helpers.model as m\n\nif __name__ == '__main__':\n    m.build()  # noqa: RPL103\n", None],
    }
    said = set()
    for _ in range(25):
        name = draw.choice(sorted(versions))
        text = draw.choice(versions[name])
        (folder / name).unlink(missing_ok=True) if text is None else (folder / name).write_text(text)
        said.add(tuple(check(folder, *draw.choice([(".",), ("helpers",), ("--extend-select", "RPL901", ".")]))))
    assert {(), ("RPL103",), ("RPL900",)} <= said


# What is not done a second time.


def test_a_warm_check_does_not_load_the_parser(tmp_path: Path, loaded: Callable[..., set[str]]) -> None:
    folder = tree(tmp_path / "p", seeding=PARTLY)
    assert "libcst" in loaded(folder, "check", ".")
    for arguments in (("check", "."), ("check", "--output-format", "sarif", "."), ("check", "helpers/seeding.py")):
        warm = loaded(folder, *arguments)
        assert "libcst" not in warm
        assert "reprolint" in warm


def test_a_warm_fix_of_what_needs_none_does_not_load_the_parser(tmp_path: Path, loaded: Callable[..., set[str]]) -> None:
    folder = tree(tmp_path / "p", seeding=PARTLY)
    loaded(folder, "check", ".")
    assert "libcst" in loaded(folder, "fix", ".")
    assert "set_seed(0)" in (folder / "helpers" / "seeding.py").read_text()
    loaded(folder, "check", ".")
    before = {path: path.read_bytes() for path in folder.rglob("*.py")}
    assert "libcst" not in loaded(folder, "fix", ".")
    assert {path: path.read_bytes() for path in folder.rglob("*.py")} == before


def test_an_edit_elsewhere_leaves_a_program_known(tmp_path: Path, loaded: Callable[..., set[str]]) -> None:
    """Only what is new is parsed: nothing, where the new file cannot do anything."""
    folder = tree(tmp_path / "p")
    (folder / "notes.py").write_text("x = 1\n")
    loaded(folder, "check", ".")
    (folder / "notes.py").write_text("x = 2\n")
    assert "libcst" not in loaded(folder, "check", ".")


# Where it is kept.


def names(folder: Path) -> set[str]:
    return {path.suffix or path.name for path in folder.iterdir()} if folder.exists() else set()


FULL = {".reprolint", ".TAG", ".gitignore"}


def test_the_folder_is_chosen_by_option_variable_setting_or_custom(tmp_path: Path, reprolint: Run) -> None:
    folder = tree(tmp_path / "p")
    home = {
        "REPROLINT_NO_CACHE": "",
        "REPROLINT_CACHE_DIR": "",
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "xdg"),
    }
    if sys.platform == "linux":
        reprolint("check", ".", cwd=folder, **home)
        assert names(tmp_path / "xdg" / "reprolint") == FULL
        reprolint("check", ".", cwd=folder, **{**home, "XDG_CACHE_HOME": ""})
        assert names(tmp_path / "home" / ".cache" / "reprolint") == FULL
    (folder / "reprolint.toml").write_text('cache-dir = "in-settings"\n')
    reprolint("check", ".", cwd=folder, **home)
    assert names(folder / "in-settings") == FULL
    reprolint("check", ".", cwd=folder, **{**home, "REPROLINT_CACHE_DIR": str(tmp_path / "variable")})
    assert names(tmp_path / "variable") == FULL
    reprolint("check", "--cache-dir", "../option", ".", cwd=folder, **{**home, "REPROLINT_CACHE_DIR": str(tmp_path / "unused")})
    assert names(tmp_path / "option") == FULL
    assert not (tmp_path / "unused").exists()


@pytest.mark.parametrize(("arguments", "value"), [(("--no-cache",), ""), ((), "1")])
def test_without_a_cache_nothing_is_written(tmp_path: Path, reprolint: Run, arguments: tuple[str, ...], value: str) -> None:
    folder = tree(tmp_path / "p")
    variables = {"REPROLINT_NO_CACHE": value, "REPROLINT_CACHE_DIR": str(tmp_path / "kept"), "HOME": str(tmp_path / "home")}
    assert reprolint("check", *arguments, ".", cwd=folder, **variables).returncode == 0
    assert not (tmp_path / "kept").exists()
    assert not (tmp_path / "home").exists()


def test_a_file_in_the_place_of_the_folder_is_one_line(tmp_path: Path, reprolint: Run) -> None:
    folder = tree(tmp_path / "p")
    (tmp_path / "file").write_text("")
    none = {"REPROLINT_NO_CACHE": "", "REPROLINT_CACHE_DIR": ""}
    done = reprolint("check", "--cache-dir", "../file", ".", cwd=folder, **none)
    assert (done.returncode, done.stderr) == (2, f"reprolint: --cache-dir: {tmp_path / 'file'} is not a folder\n")
    (folder / "reprolint.toml").write_text('cache-dir = "../file"\n')
    done = reprolint("check", ".", cwd=folder, **none)
    assert (done.returncode, done.stderr) == (2, f"reprolint: reprolint.toml:1: {tmp_path / 'file'} is not a folder\n")


def test_a_folder_that_cannot_be_made_costs_time_only(tmp_path: Path, reprolint: Run) -> None:
    folder = tree(tmp_path / "p", seeding=PARTLY)
    (tmp_path / "file").write_text("")
    done = reprolint(
        "check", "-q", ".", cwd=folder, REPROLINT_NO_CACHE="", REPROLINT_CACHE_DIR=str(tmp_path / "file" / "below")
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_the_settings_show_where(tmp_path: Path, reprolint: Run) -> None:
    done = reprolint("config", "--output-format", "json", cwd=tree(tmp_path / "p"), REPROLINT_CACHE_DIR="/some/where")
    row = json.loads(done.stdout)["cache-dir"]
    assert (row["value"], row["origin"]) == ("/some/where", "REPROLINT_CACHE_DIR")


def test_clean_removes_what_was_kept_and_nothing_else(tmp_path: Path, reprolint: Run) -> None:
    folder = tree(tmp_path / "p")
    kept = tmp_path / "kept"
    variables = {"REPROLINT_NO_CACHE": "", "REPROLINT_CACHE_DIR": str(kept)}
    reprolint("check", ".", cwd=folder, **variables)
    (kept / "mine.txt").write_text("keep me")
    done = reprolint("clean", cwd=folder, **variables)
    assert done.returncode == 0
    assert done.stderr.startswith("reprolint: removed 2 files (0.0 MB) from ")
    assert names(kept) == {".txt"}
    reprolint("check", ".", cwd=folder, **variables)
    (kept / "mine.txt").unlink()
    assert reprolint("clean", "--cache-dir", str(kept), cwd=folder).returncode == 0
    assert not kept.exists()
    assert "nothing is kept in" in reprolint("clean", cwd=folder, **variables).stderr


def test_clean_leaves_the_marks_of_another_tool(tmp_path: Path) -> None:
    Cache(tmp_path).write("a", 1)
    (tmp_path / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n# another tool's\n")
    assert cache.clean(tmp_path)[0] == 1
    assert names(tmp_path) == {".TAG"}


# Whether it is sound.


def test_what_a_repository_brings_along_is_not_taken(tmp_path: Path, reprolint: Run) -> None:
    """`marshal` may crash on crafted bytes, so a settings file alone does not make reprolint read them."""
    folder = tree(tmp_path / "p", seeding=PARTLY)
    (folder / "reprolint.toml").write_text('cache-dir = ".kept"\n')
    home = {
        "REPROLINT_NO_CACHE": "",
        "REPROLINT_CACHE_DIR": "",
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "home" / "cache"),
    }
    reprolint("check", ".", cwd=folder, **home)
    for path in (folder / ".kept").glob("*-results.reprolint"):
        name = path.name.removesuffix(".reprolint")
        listing, answers = Cache(folder / ".kept").read(name) or (None, None)
        assert listing is None, "it is sealed with the user's key"
        del answers
        Cache(folder / ".kept").write(name, (b"", {}))
        assert Cache(folder / ".kept").read(name) == (b"", {})
    done = reprolint("check", ".", cwd=folder, **home)
    assert (done.returncode, done.stderr) == (1, "")


@given(data=st.binary(max_size=200))
def test_no_bytes_are_taken_for_a_value(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "a.reprolint").write_bytes(data)
    assert Cache(folder).read("a") is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False)
    | st.text() | st.binary() | st.just(...),
    lambda inner: st.tuples(inner, inner) | st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    | st.frozensets(st.text() | st.integers(), max_size=3),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=50)
@given(value=PLAIN, cut=st.integers(min_value=0, max_value=10_000), flip=st.integers(min_value=1, max_value=255))
def test_a_value_comes_back_and_a_damaged_one_does_not(
    tmp_path_factory: pytest.TempPathFactory, value: Any, cut: int, flip: int
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    Cache(folder).write("a", value)
    assert Cache(folder).read("a") == value
    file = folder / "a.reprolint"
    data = bytearray(file.read_bytes())
    cut %= len(data)
    file.write_bytes(data[:cut])
    assert Cache(folder).read("a") is None
    data[cut] ^= flip
    file.write_bytes(data)
    assert Cache(folder).read("a") is None


def test_old_files_are_removed(tmp_path: Path) -> None:
    Cache(tmp_path).write("old", 1)
    long_ago = time.time() - 100 * 24 * 3600
    os.utime(tmp_path / "old.reprolint", (long_ago, long_ago))
    Cache(tmp_path).write("new", 2)
    assert names(tmp_path) == FULL
    assert Cache(tmp_path).read("old") is None
    assert Cache(tmp_path).read("new") == 2


def test_two_users_do_not_take_each_others_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "user_folder", lambda: tmp_path / "ann")
    Cache(tmp_path / "kept", keyed=True).write("a", 1)
    assert Cache(tmp_path / "kept", keyed=True).read("a") == 1
    monkeypatch.setattr(cache, "user_folder", lambda: tmp_path / "bob")
    assert Cache(tmp_path / "kept", keyed=True).read("a") is None
    assert (tmp_path / "ann" / "key").stat().st_mode & 0o077 == 0 or sys.platform == "win32"


def test_the_package_itself_is_part_of_what_results_rest_on() -> None:
    """A change between releases must not bring up what an older version said."""
    from reprolint.results import _this_package

    assert len(_this_package()) == 16
    assert (ROOT / "src" / "reprolint" / "knowledge").is_dir()
