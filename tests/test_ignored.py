"""What ``.gitignore`` and the like leave out; git itself is the judge where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reprolint.sources.discover import files

GIT = shutil.which("git")


def tree(root: Path, names: dict[str, str]) -> None:
    for name, text in names.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def found(root: Path, *paths: str) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in files([root / path for path in paths or ("",)], (".git",), respect_gitignore=True)
    }


def test_by_default_nothing_is_ignored(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "*", "a.py": ""})
    assert files([tmp_path], ()) == [tmp_path / "a.py"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", {"a.py", "d/a.py", "d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("a.py\n", {"d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("/a.py\n", {"d/a.py", "d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("\ufeffa.py\r\n\r\n# no pattern\r\n", {"d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("d/\n", {"a.py", "my file.py", "#c.py", "!d.py"}),
        ("a.py/\n", {"a.py", "d/a.py", "d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("d/a.py\n", {"a.py", "d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("e/b.py\n", {"a.py", "d/a.py", "d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("**/b.py\n", {"a.py", "d/a.py", "my file.py", "#c.py", "!d.py"}),
        ("d/**/b.py\n", {"a.py", "d/a.py", "my file.py", "#c.py", "!d.py"}),
        ("d/**\n", {"a.py", "my file.py", "#c.py", "!d.py"}),
        ("my file.py   \n", {"a.py", "d/a.py", "d/e/b.py", "#c.py", "!d.py"}),
        ("my\\ file.py\n", {"a.py", "d/a.py", "d/e/b.py", "#c.py", "!d.py"}),
        ("\\#c.py\n\\!d.py\n", {"a.py", "d/a.py", "d/e/b.py", "my file.py"}),
        ("*.py\n!b.py\n", {"d/e/b.py"}),
        ("*.py\n!/d/a.py\n", {"d/a.py"}),
        ("d/*\n!d/a.py\n", {"a.py", "d/a.py", "my file.py", "#c.py", "!d.py"}),
        ("d\n!d/a.py\n", {"a.py", "my file.py", "#c.py", "!d.py"}),
        ("!a.py\na.py\n", {"d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("[ab].py\n", {"my file.py", "#c.py", "!d.py"}),
        ("[!a].py\n", {"a.py", "d/a.py", "my file.py", "#c.py", "!d.py"}),
        ("[ab.py\n", {"a.py", "d/a.py", "d/e/b.py", "my file.py", "#c.py", "!d.py"}),
        ("[z-a].py\nb.p\\\n", {"a.py", "d/a.py", "d/e/b.py", "my file.py", "#c.py", "!d.py"}),
    ],
)
def test_patterns(tmp_path: Path, text: str, left: set[str]) -> None:
    tree(tmp_path, {".gitignore": text, **dict.fromkeys(("a.py", "d/a.py", "d/e/b.py", "my file.py", "#c.py", "!d.py"), "")})
    assert found(tmp_path) == left


def test_a_nested_file_wins_and_counts_from_where_it_stands(tmp_path: Path) -> None:
    tree(tmp_path, {".git/HEAD": "", ".gitignore": "gen*.py\n", "d/.gitignore": "!gen.py\n/x.py\n"})
    tree(tmp_path, dict.fromkeys(("gen.py", "x.py", "d/gen.py", "d/gen2.py", "d/x.py", "d/e/x.py", "d/e/gen.py"), ""))
    assert found(tmp_path) == {"x.py", "d/gen.py", "d/e/x.py", "d/e/gen.py"}
    assert found(tmp_path, "d") == {"d/gen.py", "d/e/x.py", "d/e/gen.py"}
    assert found(tmp_path, "d/e") == {"d/e/x.py", "d/e/gen.py"}


def test_the_file_of_searches_wins_and_that_of_the_clone_comes_last(tmp_path: Path) -> None:
    tree(tmp_path, {".git/info/exclude": "a.py\nb.py\n", "d/.gitignore": "!b.py\nc.py\n", ".ignore": "!c.py\nd.py\n"})
    tree(tmp_path, dict.fromkeys(("d/a.py", "d/b.py", "d/c.py", "d/d.py"), ""))
    assert found(tmp_path) == found(tmp_path, "d") == {"d/b.py", "d/c.py"}


def test_what_is_named_is_taken(tmp_path: Path) -> None:
    tree(tmp_path, {".git/HEAD": "", ".gitignore": "gen/\nx.py\n", "gen/a.py": "", "x.py": "", "gen/x.py": ""})
    assert found(tmp_path, "x.py") == {"x.py"}
    assert found(tmp_path, "gen") == {"gen/a.py"}, "the folder is named, its x.py is not"


def test_nobody_asks_beyond_the_repository(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "*\n", "r/.git/HEAD": "", "r/d/a.py": "", "p/setup.py": "", "p/d/a.py": ""})
    assert found(tmp_path, "r/d") == {"r/d/a.py"}
    assert found(tmp_path, "p/d") == {"p/d/a.py"}
    assert found(tmp_path, "p") == {"p/d/a.py", "p/setup.py"}
    assert found(tmp_path) == set()


def test_a_repository_inside_another_one_has_its_own_say(tmp_path: Path) -> None:
    tree(tmp_path, {".git/HEAD": "", ".gitignore": "a.py\n", "sub/.git": "gitdir: ../.git/modules/sub\n"})
    tree(tmp_path, {".git/modules/sub/info/exclude": "b.py\n", "sub/a.py": "", "sub/b.py": "", "a.py": "", "b.py": ""})
    assert found(tmp_path) == {"b.py", "sub/a.py"}


def test_a_worktree_shares_the_exclusions_of_its_repository(tmp_path: Path) -> None:
    tree(tmp_path, {"main/.git/info/exclude": "b.py\n", "main/.git/worktrees/w/commondir": "../..\n"})
    tree(tmp_path, {"w/.git": f"gitdir: {tmp_path}/main/.git/worktrees/w\n", "w/a.py": "", "w/b.py": ""})
    assert found(tmp_path / "w") == {"a.py"}


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    tree(tmp_path, {"a.py": "", "d/b.py": "", ".git": "gitdir: \0"})
    (tmp_path / ".gitignore").mkdir()
    os.mkfifo(tmp_path / "d/.gitignore")
    (tmp_path / ".ignore").write_bytes(b"\xff\n")
    assert found(tmp_path) == {"a.py", "d/b.py"}


NAMES = st.sampled_from(["a.py", "b.py", "a", "ab", "a b.py", "-.py", "[a].py", "a\\.py", "^.py", "!.py"])
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join).filter(lambda path: path.endswith(".py")), max_size=8)
LINES = st.text(alphabet="ab*?[]!^-\\. #/py", max_size=8) | st.lists(
    st.sampled_from(["a", "b.py", "*", "**", "/", "!", "[ab]", "[!a]", "?", ".py", "a.py", " ", "\\"]), max_size=5
).map("".join)


@pytest.mark.skipif(GIT is None, reason="git is not installed")
@settings(max_examples=60)
@given(PATHS, st.dictionaries(st.sampled_from(["", "a/", "a/ab/"]), st.lists(LINES, max_size=4).map("\n".join), max_size=3))
@example(["a/a.py", "a/b.py"], {"": "/**\n!a\n!a/b.py"})
@example(["a/ab/a.py"], {"": "a/**/a.py"})
@example(["a.py"], {"": "**a.py"})
@example(["a b.py"], {"": "a\\ b.py \\"})
@example(["-.py", "a.py"], {"": "[!--/].py"})
@example(["^.py", "a.py"], {"": "[^^].py"})
def test_git_says_the_same(paths: list[str], ignores: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path in paths:
            if not any(parent.is_file() for parent in (root / path).parents) and not (root / path).exists():
                tree(root, {path: ""})
        for folder, text in ignores.items():
            if not (root / folder).is_file():
                tree(root, {f"{folder}.gitignore": text})
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "HOME": name}
        assert GIT is not None
        subprocess.run([GIT, "init", "-q", name], check=True, env=environment)
        listed = subprocess.run(
            [GIT, "-C", name, "ls-files", "-z", "--others", "--exclude-standard", "*.py"],
            check=True,
            env=environment,
            capture_output=True,
            encoding="utf-8",
        )
        assert found(root) == {path for path in listed.stdout.split("\0") if path}
