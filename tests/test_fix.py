"""`reprolint fix`: what it makes of small programs, to the byte (``tests/fixes``), and what it never does."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fixing import CASES, Case, read

from reprolint import fixer, vendor
from reprolint.config import Settings, load
from reprolint.fixer import Fixed
from reprolint.model import Finding

RULES = ["RPL1", "RPL2", "RPL301", "RPL302", "RPL303", "RPL305", "RPL4", "RPL9"]
"""What the cases are about: other rules may have something to say about them, too."""


def fixed_in(folder: Path, paths: Sequence[Path] = (), *, unsafe: bool = False, **settings: Any) -> Fixed:
    """Fix what lies in a folder, and write it."""
    chosen = load(folder, **{"select": RULES, **settings})
    fixed = fixer.fix(paths or [folder], chosen, folder, unsafe=unsafe)
    assert fixer.write(fixed.changed) == []
    assert not fixed.report.trouble
    return fixed


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "reprolint.toml"
    }


def codes(findings: Sequence[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def text_of(files: dict[str, bytes]) -> dict[str, str]:
    return {path: data.decode().replace(vendor.text(), "<the runtime>\n") for path, data in files.items()}


def parameters() -> list[object]:
    return [pytest.param(case, id=f"{path.stem}: {case.name}") for path in sorted(CASES.glob("*.md")) for case in read(path)]


@pytest.mark.parametrize("case", parameters())
def test_case(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path)
    fixed = fixed_in(tmp_path, unsafe=case.unsafe)
    assert text_of(contents(tmp_path)) == text_of(case.expected(vendor.text()))
    assert codes(fixed.report.findings) == set(case.left)
    again = fixed_in(tmp_path, unsafe=case.unsafe)
    assert again.changed == ()
    assert codes(again.report.findings) == set(case.left)


def test_every_case_changes_something_or_says_what_is_left() -> None:
    names = [(path.stem, case.name) for path in CASES.glob("*.md") for case in read(path)]
    assert len(names) == len(set(names)) > 200
    for path in CASES.glob("*.md"):
        for case in read(path):
            assert case.before, case.name
            for name, blocks in case.after.items():
                before = case.before.get(name, blocks)
                assert len(blocks) == len(before), f"{path.stem}: {case.name}"


# The bytes of a file


LAYOUTS: dict[str, tuple[bytes, bytes]] = {
    "tabs": (
        b"import random\n\n\ndef main():\n\tx = 1\n\tprint(random.random(), x)\n\n\nmain()\n",
        b"import random\n\nfrom reprolint.runtime import set_seed\n\n\n"
        b"def main():\n\tset_seed(42)\n\tx = 1\n\tprint(random.random(), x)\n\n\nmain()\n",
    ),
    "two spaces": (
        b"import random\n\n\ndef main():\n  x = 1\n  print(random.random(), x)\n\n\nmain()\n",
        b"import random\n\nfrom reprolint.runtime import set_seed\n\n\n"
        b"def main():\n  set_seed(42)\n  x = 1\n  print(random.random(), x)\n\n\nmain()\n",
    ),
    "carriage returns": (
        b"import random\r\n\r\nprint(random.random())\r\n",
        b"import random\r\n\r\nfrom reprolint.runtime import set_seed\r\n\r\nset_seed(42)\r\n\r\nprint(random.random())\r\n",
    ),
    "no newline at the end": (
        b"import random\n\nprint(random.random())",
        b"import random\n\nfrom reprolint.runtime import set_seed\n\nset_seed(42)\n\nprint(random.random())",
    ),
    "late seed on the last line, without a newline": (
        b"import random\n\nprint(random.random())\nrandom.seed(3)",
        b"import random\n\nrandom.seed(3)\nprint(random.random())",
    ),
    "form feeds": (
        b"import random\n\x0c\ndef main():\n    x = 1\n    print(random.random(), x)\n\x0c\nmain()\n",
        b"import random\n\nfrom reprolint.runtime import set_seed\n\x0c\n"
        b"def main():\n    set_seed(42)\n    x = 1\n    print(random.random(), x)\n\x0c\nmain()\n",
    ),
    "byte order mark": (
        b"\xef\xbb\xbfimport random\n\nprint(random.random())\n",
        b"\xef\xbb\xbfimport random\n\nfrom reprolint.runtime import set_seed\n\nset_seed(42)\n\nprint(random.random())\n",
    ),
    "another encoding": (
        b"# -*- coding: latin-1 -*-\nimport random\n\nprint(random.random(), '\xe9')\n",
        b"# -*- coding: latin-1 -*-\nimport random\n\nfrom reprolint.runtime import set_seed\n\nset_seed(42)\n\n"
        b"print(random.random(), '\xe9')\n",
    ),
    "wide characters before a varying seed": (
        "import random, time\n\nname, seed = '日本é', int(time.time())\nrandom.seed(seed)\nprint(random.random(), name)\n".encode(),
        "import random, time\n\nname, seed = '日本é', 42\nrandom.seed(seed)\nprint(random.random(), name)\n".encode(),
    ),
    "blanks at the ends of lines": (
        b"import random   \n\nprint(random.random())   \n",
        b"import random   \n\nfrom reprolint.runtime import set_seed\n\nset_seed(42)\n\nprint(random.random())   \n",
    ),
    "main guard over several lines": (
        b"import random\n\nif (\n    __name__ == '__main__'\n):\n    print(random.random())\n",
        b"import random\n\nfrom reprolint.runtime import set_seed\n\nif (\n    __name__ == '__main__'\n):\n"
        b"    set_seed(42)\n    print(random.random())\n",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_bytes(name: str, tmp_path: Path) -> None:
    before, after = LAYOUTS[name]
    (tmp_path / "main.py").write_bytes(before)
    fixed = fixed_in(tmp_path, unsafe="varying" in name)
    assert (tmp_path / "main.py").read_bytes() == after
    assert fixed.report.findings == ()


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", '"""Nothing."""\n', "import torch\n", "x = 1", "def broken(:\n"])
def test_files_without_a_draw_are_left(text: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(text)
    assert fixed_in(tmp_path).changed == ()


def test_an_encoding_that_lacks_a_character_of_the_file_is_no_reason_to_fail(tmp_path: Path) -> None:
    """What cannot be written is no fix: here the project's own function has a name that latin-1 does not know."""
    (tmp_path / "main.py").write_bytes(b"# coding: latin-1\nimport random\nprint(random.random())\n")
    (tmp_path / "seeding.py").write_text("import random\n\n\ndef säen_日(seed):\n    random.seed(seed)\n", encoding="utf-8")
    (tmp_path / "reprolint.toml").write_text('set-seed = "seeding.säen_日"\n', encoding="utf-8")
    fixed = fixed_in(tmp_path)
    assert fixed.changed == ()
    assert codes(fixed.report.findings) == {"RPL101"}


# Settings


def test_the_seed_of_the_settings_and_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import random\n\nprint(random.random())\n")
    (tmp_path / "reprolint.toml").write_text("seed = 7\n")
    for given, used in ((None, 7), (8, 8)):
        chosen = load(tmp_path, seed=given)
        fixed = fixer.fix([tmp_path], chosen, tmp_path)
        assert f"set_seed({used})".encode() in fixed.changed[0].after


def test_rules_that_are_off_are_not_fixed(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import random\nimport torch\n\nrandom.seed(3)\nprint(random.random(), torch.rand(2))\n")
    assert fixed_in(tmp_path, ignore=["RPL103"]).changed == ()
    assert fixed_in(tmp_path, ignore=["RPL101"]).changed != ()


# Several files and programs


def test_every_program_that_reaches_the_one_named_file_is_fixed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("import util\n\nprint(util.roll())\n")
    (tmp_path / "three.py").write_text("import random\n\nprint(random.random())\n")
    (tmp_path / "util.py").write_text("import random\n\n\ndef roll():\n    return random.random()\n")
    fixed = fixed_in(tmp_path, [tmp_path / "util.py"])
    assert [one.shown for one in fixed.changed] == ["one.py", "two.py"]


def test_only_the_program_that_is_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("import random\n\nprint(random.random())\n")
    assert [one.shown for one in fixed_in(tmp_path, [tmp_path / "one.py"]).changed] == ["one.py"]


def test_an_unparsable_file_that_a_program_imports(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import random\nimport broken\n\nprint(random.random())\n")
    (tmp_path / "broken.py").write_text("def broken(:\n")
    fixed = fixed_in(tmp_path)
    assert codes(fixed.report.findings) == {"RPL900"}
    assert [one.shown for one in fixed.changed] == ["main.py"]


def test_two_programs_whose_fixes_want_the_same_lines(tmp_path: Path) -> None:
    """Both complete the same helper, one for numpy and one for torch: once is enough."""
    (tmp_path / "util.py").write_text("import random\n\n\ndef fix(seed):\n    random.seed(seed)\n")
    (tmp_path / "one.py").write_text("import numpy as np\n\nfrom util import fix\n\nfix(3)\nprint(np.random.rand(2))\n")
    (tmp_path / "two.py").write_text("import torch\n\nfrom util import fix\n\nfix(3)\nprint(torch.rand(2))\n")
    fixed = fixed_in(tmp_path)
    assert [one.shown for one in fixed.changed] == ["util.py"]
    assert fixed.report.findings == ()
    assert codes(fixed.findings) <= {"RPL102", "RPL103"}


def test_three_hundred_programs_in_one_folder(tmp_path: Path) -> None:
    for number in range(300):
        text = f"import random\n\nimport util\n\n\ndef main():\n    x = {number}\n    print(x, util.roll(), random.random())\n\n\nmain()\n"
        (tmp_path / f"program_{number}.py").write_text(text)
    (tmp_path / "util.py").write_text("import numpy as np\n\n\ndef roll():\n    return np.random.rand(3)\n")
    begin = time.monotonic()
    fixed = fixed_in(tmp_path)
    assert time.monotonic() - begin < 120
    assert len(fixed.changed) == 300
    assert fixed.report.findings == ()
    assert "set_seed(42)\n    x = 7\n" in (tmp_path / "program_7.py").read_text()


# What is never done


def test_a_sorted_listing_in_a_shared_file_holds_up_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits is followed once more: with many programs, that takes long."""
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "shared.py").write_text(
        "import os\n\n\ndef split(folder):\n    files = os.listdir(folder)\n    return files[:8], files[8:]\n"
    )
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").write_text(
            "import random\n\nfrom shared import split\n\n\ndef main():\n    print(split('x'), random.random())\n\n\n"
            'if __name__ == "__main__":\n    main()\n'
        )
    monkeypatch.setattr(fixer, "MAX_ROUNDS", 1)
    fixed = fixer.fix([tmp_path], load(tmp_path), tmp_path)
    assert sorted(one.path.name for one in fixed.changed) == ["a.py", "b.py", "c.py", "shared.py"]
    assert fixer.write(fixed.changed) == []
    monkeypatch.undo()
    again = fixer.fix([tmp_path], load(tmp_path), tmp_path)
    assert (again.changed, again.report.findings) == ((), ())


def test_whoever_does_not_call_a_helper_does_not_wait_until_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All import the helper's file. Only those that call the helper may be settled by what is changed in it."""
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "shared.py").write_text(
        "import random\n\nimport numpy as np\n\n\ndef fix(seed):\n    random.seed(seed)\n    return seed\n\n\n"
        "def crop(image):\n    return image[np.random.randint(4) :]\n"
    )
    guard = '\n\nif __name__ == "__main__":\n    main()\n'
    (tmp_path / "seeded.py").write_text(
        f"from shared import crop, fix\n\n\ndef main():\n    fix(1)\n    print(crop('images'))\n{guard}"
    )
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(f"from shared import crop\n\n\ndef main():\n    print(crop('images'))\n{guard}")
    (tmp_path / "also_seeded.py").write_text(
        "import numpy as np\n\nfrom shared import fix\n\n\ndef main():\n    fix(1)\n    print(np.random.rand(2))\n" + guard
    )
    monkeypatch.setattr(fixer, "MAX_ROUNDS", 1)
    fixed = fixer.fix([tmp_path], load(tmp_path), tmp_path)
    assert sorted(one.path.name for one in fixed.changed) == ["a.py", "b.py", "shared.py"]
    assert fixer.write(fixed.changed) == []
    monkeypatch.undo()
    again = fixer.fix([tmp_path], load(tmp_path), tmp_path)
    assert (again.changed, again.report.findings) == ((), ())


def test_a_file_that_changed_meanwhile_is_left(tmp_path: Path) -> None:
    program = tmp_path / "main.py"
    program.write_text("import random\n\nprint(random.random())\n")
    fixed = fixer.fix([tmp_path], Settings(), tmp_path)
    program.write_text("print(1)\n")
    assert fixer.write(fixed.changed) == ["main.py changed while it was being fixed; it is left as it is"]
    assert program.read_text() == "print(1)\n"
    assert [path.name for path in tmp_path.iterdir()] == ["main.py"]


def test_a_file_that_is_gone_meanwhile_stays_gone(tmp_path: Path) -> None:
    program = tmp_path / "main.py"
    program.write_text("import random\n\nprint(random.random())\n")
    fixed = fixer.fix([tmp_path], Settings(), tmp_path)
    program.unlink()
    assert len(fixer.write(fixed.changed)) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are another matter there")
def test_a_read_only_file_is_left(tmp_path: Path) -> None:
    program = tmp_path / "main.py"
    program.write_text("import random\n\nprint(random.random())\n")
    program.chmod(0o444)
    fixed = fixer.fix([tmp_path], Settings(), tmp_path)
    trouble = fixer.write(fixed.changed)
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    assert trouble == ["main.py cannot be written: permission denied"]
    assert "set_seed" not in program.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "real" / "script.py").write_text("import random\n\nprint(random.random())\n")
    (tmp_path / "project" / "main.py").symlink_to(tmp_path / "real" / "script.py")
    fixed_in(tmp_path / "project")
    assert (tmp_path / "project" / "main.py").is_symlink()
    assert "set_seed(42)" in (tmp_path / "real" / "script.py").read_text()


def test_a_vendored_copy_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import random\n\nprint(random.random())\n")
    (tmp_path / "reprolint_runtime.py").mkdir()
    (tmp_path / "reprolint.toml").write_text('runtime = "vendor"\n')
    fixed_in(tmp_path)
    assert (tmp_path / "reprolint_runtime_2.py").read_text(encoding="utf-8") == vendor.text()
    assert "from reprolint_runtime_2 import set_seed" in (tmp_path / "main.py").read_text()


def test_a_vendored_copy_serves_the_next_program(tmp_path: Path) -> None:
    (tmp_path / "reprolint.toml").write_text('runtime = "vendor"\n')
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("import random\n\nprint(random.random())\n")
        fixed_in(tmp_path, [tmp_path / f"{name}.py"])
    assert sorted(path.name for path in tmp_path.glob("*.py")) == ["one.py", "reprolint_runtime.py", "two.py"]


# The command line


PROGRAM = "import random\n\nprint(random.random())\n"
VARYING = "import random\nimport time\n\nrandom.seed(time.time())\nprint(random.random())\n"


def test_diff_writes_nothing(reprolint: Any, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    shown = reprolint("fix", "--diff", ".", cwd=tmp_path)
    assert shown.returncode == 1
    assert "+set_seed(42)" in shown.stdout
    assert "would fix 1 problem in 1 file" in shown.stderr
    assert (tmp_path / "main.py").read_text() == PROGRAM
    assert reprolint("fix", ".", cwd=tmp_path).returncode == 0
    nothing = reprolint("fix", "--diff", ".", cwd=tmp_path)
    assert (nothing.returncode, nothing.stdout) == (0, "")


def test_unsafe_fixes_have_to_be_asked_for(reprolint: Any, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(VARYING)
    done = reprolint("fix", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert (tmp_path / "main.py").read_text() == VARYING
    done = reprolint("fix", "--unsafe-fixes", ".", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "main.py").read_text() == "import random\n\nrandom.seed(42)\nprint(random.random())\n"


def test_what_was_fixed_is_listed(reprolint: Any, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    done = reprolint("fix", "--show-fixes", "--exit-non-zero-on-fix", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "main.py:\n    RPL101 unseeded-python: Call `set_seed(42)` before the first draw\n" in done.stdout
    assert "Fixed 1 problem in 1 file." in done.stdout


def test_check_fixes_too_and_takes_a_seed(reprolint: Any, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    assert reprolint("check", "--fix", "--seed", "7", ".", cwd=tmp_path).returncode == 0
    assert "set_seed(7)" in (tmp_path / "main.py").read_text()
