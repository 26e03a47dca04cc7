"""Following orders through code that is odd, large or deep; the same output whatever the hash seed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import ROOT, environment

from reprolint.config import Settings
from reprolint.engine import check
from reprolint.facts.guard import with_deep_stack
from reprolint.knowledge import load
from reprolint.order.survey import Survey
from reprolint.program.project import Project

SETTINGS = Settings(select=("RPL401", "RPL402", "RPL403", "RPL404"))

ODD = """\
from call import call as name, const
import os
import os.path as name
global_ = lambda call, name: {call, name}
def f(*name, call=None, **const):
    global call
    x.extend(); x.pop(); {1,}.add(); next(); sorted(); set().update(); zip(); enumerate(); dict(); map(); open(); hash(); len(); list()
    "".join(); d = {}; d.setdefault(); os.listdir(); x.map(); max(); abs(); int(); str(); iter(); filter(); range(); x.shuffle()
    random.sample(); itertools.islice(); itertools.repeat(); next(**k); next(default=1); open(file="a", mode="a").write(x); sorted(key=1)
    open(mode="a"); print(*a, file=b); f"{hash(x)}"; x[...]; x[:, None]; [*a]; {**a, 1: 2}; x.sort(key=hash); divmod(); x.get(); x.add()
    print(*os.listdir(), **{"a": 1}); g(*set(map(str, x)), key=hash); open(*args); len(*a); set(*a); os.listdir(*a); hash(*a); d.get(*a)
    del x
    y: "set[str]" = set(); z: dict[str] = {}; w: tuple[()] = (); v: Optional["x"] = 1; u: list["a", "b"] = []; t: Callable[..., int]
class A(B): x = os.listdir()
class B(A): pass
class A(B):
    def __init__(self): self.x = A(self.x); self.y = [self]
    def f(): return self.x[0]
    def g(self): self.x = self.g(); return os.listdir(self.x)[0]
def a(x): return b(x)
def b(x): return a(x) or os.listdir(x)
for x.y, (z[0], *w) in os.walk(a): x.y.z = w
[x for x.y in os.listdir()]
while (n := set(x)): n.pop()
match os.listdir():
    case [x, *y]: print(x)
print(a(".")[0])
"""


def findings(folder: Path) -> list[str]:
    report = check([folder], SETTINGS, folder)
    assert not report.trouble
    return [f"{one.span.line}: {one.code}" for one in report.findings]


def test_odd_code_is_read(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(ODD)
    assert findings(tmp_path)


def nested(depth: int, line: str) -> str:
    return "".join("    " * level + line.format(level) + "\n" for level in range(depth)) + "    " * depth


DEEP = {
    "loops": "import os\nx = []\n" + nested(15, "for a{} in os.listdir(str(x)):") + "x.append(a0)\nprint(x[0])\n",
    "functions": "import os\n" + nested(40, "def f{}(x):") + "return os.listdir(x)[0]\n",
    "classes": "import os\n" + "".join(
        "    " * 2 * level + f"class C{level}:\n" + "    " * (2 * level + 1) + "def m(self):\n" for level in range(20)
    ) + "    " * 40 + "return os.listdir('.')[0]\n",
    "tuples": "import os\na = os.listdir()\nfor i in range(3):\n    if a:\n" + "        a = (a, a, [a], {1: a})\n" * 40
    + "    else:\n" + "        a = [a, (a, a)]\n" * 40 + "print(os.listdir()[0])\n",
    "calls": "import os\n" + "".join(f"def f{i}(x):\n    return f{i + 1}(x) + f{i + 1}(x)\n" for i in range(600))
    + "def f600(x):\n    return os.listdir(x)\nprint(f0('.')[0])\n",
}  # fmt: skip


@pytest.mark.parametrize("name", DEEP)
def test_deep_code_takes_no_longer_than_its_size_says(name: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(DEEP[name])
    start = time.process_time()
    assert findings(tmp_path)
    assert time.process_time() - start < 10


def test_the_hash_seed_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text(
        "import glob\nimport os\n\n\ndef load(folder, more):\n    return os.listdir(folder) + glob.glob(more) + list(set(folder.split()))\n"
    )
    (tmp_path / "main.py").write_text(
        "from data import load\n\n\nclass Data:\n    def __init__(self, rows):\n        self.rows = rows\n\n    def __getitem__(self, i):\n"
        "        return self.rows[i], self.rows[0]\n\n\nrows = load('a', 'b') + load('c', 'd')\nprint(Data(rows)[0], rows[1:], rows[2])\n"
    )
    command = [
        sys.executable,
        "-m",
        "reprolint",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "RPL4",
        "--output-format",
        "json",
        ".",
    ]
    told = {
        subprocess.run(command, cwd=tmp_path, env=environment(seed), capture_output=True, text=True).stdout for seed in range(4)
    }
    assert len(told) == 1
    assert "RPL402" in told.pop()


def test_this_project_has_no_such_order() -> None:
    project = Project(ROOT, sorted((ROOT / "src").rglob("*.py")), ROOT)
    survey = with_deep_stack(lambda: Survey(project, load()))
    assert with_deep_stack(lambda: [(one.at.module.shown, one.origin.text, one.use.text) for one in survey.decisions]) == []
    assert survey.relevant and not survey.trouble
