"""Where a program already holds a seed that it could seed with: ``Story.seed_sources``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from reprolint.knowledge import load
from reprolint.program.entry import EntryPoint
from reprolint.program.project import Project
from reprolint.sources.discover import files
from reprolint.trace import values as v
from reprolint.trace.interpreter import tell

Source = tuple[str, str, str, Any]
"""File, function ("" for the module's own code), expression, value; ``...`` for a value that is not known."""


def sources(folder: Path, programs: dict[str, str]) -> set[Source]:
    """What the story of ``main.py`` notes."""
    for name, text in programs.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    project = Project(folder, sorted(files([folder], ())), folder)
    story = tell(project, EntryPoint(project.module((folder / "main.py").as_posix())), load())
    return {
        (
            source.module.shown,
            names_of_functions(source.module.body).get(source.function, "") if source.function is not None else "",
            source.expression,
            source.value.value if isinstance(source.value, v.Const) else ...,
        )
        for source in story.seed_sources
    }


def names_of_functions(body: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            if len(node) == 7 and node[0] == "def":
                found[node[1]] = node[2]
            stack.extend(node)
    return found


ABSL = """
from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_integer("seed", 7, "seed")
flags.DEFINE_integer("epochs", 3, "epochs")


def train():
    print(FLAGS.epochs)


def main(argv):
    train()


if __name__ == "__main__":
    app.run(main)
"""


def test_flags_of_absl(tmp_path: Path) -> None:
    assert sources(tmp_path, {"main.py": ABSL}) == {
        ("main.py", "main", "FLAGS.seed", 7),
        ("main.py", "train", "FLAGS.seed", 7),
    }


def test_flags_of_absl_are_no_seed_before_they_are_parsed(tmp_path: Path) -> None:
    text = ABSL.replace('if __name__ == "__main__":\n    app.run(main)', "train()")
    assert sources(tmp_path, {"main.py": text}) == set()


def test_flags_of_absl_that_the_program_parses(tmp_path: Path) -> None:
    text = ABSL.replace("app.run(main)", "FLAGS(['main'])\n    train()")
    assert sources(tmp_path, {"main.py": text}) == {
        ("main.py", "", "FLAGS.seed", 7),
        ("main.py", "train", "FLAGS.seed", 7),
    }


def test_flags_of_absl_defined_in_another_module(tmp_path: Path) -> None:
    found = sources(
        tmp_path,
        {
            "options.py": 'from absl import flags\n\nFLAGS = flags.FLAGS\nflags.DEFINE_integer("random_seed", None, "seed")\n',
            "train.py": "from options import FLAGS\n\n\ndef train():\n    print(FLAGS.random_seed)\n",
            "plain.py": "def plain():\n    print(1)\n",
            "main.py": (
                "from absl import app\n\nfrom plain import plain\nfrom train import train\n\n\n"
                "def main(argv):\n    train()\n    plain()\n\n\napp.run(main)\n"
            ),
        },
    )
    assert found == {("train.py", "train", "FLAGS.random_seed", None)}


def test_holder_of_one_flag(tmp_path: Path) -> None:
    text = (
        'from absl import app, flags\n\n_SEED = flags.DEFINE_integer("seed", 4, "seed")\n'
        '_EPOCHS = flags.DEFINE_integer("epochs", 4, "epochs")\n\n\ndef main(argv):\n    print(_EPOCHS.value)\n\n\napp.run(main)\n'
    )
    assert sources(tmp_path, {"main.py": text}) == {("main.py", "main", "_SEED.value", 4)}


CONFIG = """
SEED = 11
EPOCHS = 3


class Config:
    seed = 12
    epochs = 3


cfg = Config()
settings = {"seed": 13, "train": {"seed": 14}}
"""


def imported(tmp_path: Path, statement: str, config: str = CONFIG) -> set[tuple[str, Any]]:
    found = sources(tmp_path, {"config.py": config, "main.py": f"{statement}\n\nprint(1)\n"})
    return {(expression, value) for path, function, expression, value in found if (path, function) == ("main.py", "")}


def test_imported_seed(tmp_path: Path) -> None:
    assert imported(tmp_path, "from config import EPOCHS, SEED") == {("SEED", 11)}


def test_imported_seed_by_another_name(tmp_path: Path) -> None:
    assert imported(tmp_path, "from config import SEED as START") == {("START", 11)}


def test_imported_configuration(tmp_path: Path) -> None:
    assert imported(tmp_path, "from config import Config, cfg, settings") == {
        ("Config.seed", 12),
        ("cfg.seed", 12),
        ('settings["seed"]', 13),
        ('settings["train"]["seed"]', 14),
    }


def test_imported_module(tmp_path: Path) -> None:
    assert imported(tmp_path, "import config") >= {
        ("config.SEED", 11),
        ("config.Config.seed", 12),
        ("config.cfg.seed", 12),
        ('config.settings["seed"]', 13),
    }


def test_imported_module_by_another_name(tmp_path: Path) -> None:
    assert ("c.SEED", 11) in imported(tmp_path, "import config as c")


def test_imported_module_of_a_package(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "config.py").write_text("SEED = 5\n")
    assert imported(tmp_path, "import package.config") == {("package.config.SEED", 5)}
    assert imported(tmp_path, "from package import config as chosen") == {("chosen.SEED", 5)}


def test_star_import(tmp_path: Path) -> None:
    assert {("SEED", 11), ("cfg.seed", 12)} <= imported(tmp_path, "from config import *")


def test_seed_that_passes_through_a_package(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("from .base import SEED\n")
    (tmp_path / "package" / "base.py").write_text("SEED = 5\n")
    assert imported(tmp_path, "from package import SEED") == {("SEED", 5)}


def test_a_module_is_not_read_for_a_name_that_promises_nothing(tmp_path: Path) -> None:
    assert imported(tmp_path, "from config import EPOCHS") == set()
    (tmp_path / "tools.py").write_text("SEED = 1\n\n\ndef tool():\n    return 1\n")
    assert imported(tmp_path, "import tools\nfrom tools import tool") == set()


def test_import_inside_a_function(tmp_path: Path) -> None:
    found = sources(
        tmp_path, {"config.py": CONFIG, "main.py": "def main():\n    from config import SEED\n    print(SEED)\n\n\nmain()\n"}
    )
    assert ("main.py", "main", "SEED", 11) in found


def test_attribute_of_the_object(tmp_path: Path) -> None:
    text = """
import argparse


class Trainer:
    def __init__(self, seed, args):
        self.seed = seed
        self.args = args

    def fit(self):
        print(self.seed)


parser = argparse.ArgumentParser()
parser.add_argument("--seed", default=2)
Trainer(3, parser.parse_args()).fit()
"""
    found = sources(tmp_path, {"main.py": text})
    assert {(function, expression, value) for _, function, expression, value in found if "self" in expression} == {
        ("__init__", "self.seed", 3),
        ("fit", "self.seed", 3),
        ("fit", "self.args.seed", 2),
    }


def test_attribute_of_the_class(tmp_path: Path) -> None:
    text = """
class Base:
    seed = 1


class Trainer(Base):
    seed = 2

    def __init__(self):
        self.epochs = 3

    def fit(self):
        print(self.epochs)


Trainer().fit()
"""
    found = sources(tmp_path, {"main.py": text})
    assert found == {
        ("main.py", "", "Base.seed", 1),
        ("main.py", "", "Trainer.seed", 2),
        ("main.py", "__init__", "self.seed", 2),
        ("main.py", "fit", "self.seed", 2),
    }


def test_object_without_a_seed(tmp_path: Path) -> None:
    text = "class Trainer:\n    def fit(self):\n        print(self)\n\n\nTrainer().fit()\n"
    assert sources(tmp_path, {"main.py": text}) == set()


def test_variable_of_a_comprehension_is_no_source(tmp_path: Path) -> None:
    assert sources(tmp_path, {"main.py": "print([seed for seed in (1, 2)])\n"}) == set()


def test_attribute_that_is_assigned_outside(tmp_path: Path) -> None:
    text = "class Options:\n    pass\n\n\noptions = Options()\noptions.seed = 9\nprint(options.seed)\n"
    found = sources(tmp_path, {"main.py": text})
    assert {(expression, value) for *_, expression, value in found} == {("options.seed", 9)}


def test_every_expression_can_be_written_into_the_program(tmp_path: Path) -> None:
    for _, _, expression, _ in sources(tmp_path, {"config.py": CONFIG, "main.py": f"import config\n{CONFIG}"}):
        assert re.fullmatch(r'[\w.]+(\["\w+"\])*', expression), expression
