"""Settings: found, checked, and laid over each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolint.config import KEYS, NAMES, Settings, effective, load, selectors
from reprolint.errors import UsageError
from reprolint.rules import ALL
from reprolint.sources.discover import EXCLUDE

CODES = [rule.code for rule in ALL]


def on(settings: Settings) -> set[str]:
    return {rule.code for rule in ALL if settings.enabled(rule.code, rule.name)}


def loaded(folder: Path, text: str, name: str = "reprolint.toml", **given: Any) -> Settings:
    (folder / name).write_text(text)
    return load(folder, **given)


# Which file


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load(tmp_path, isolated=True)
    assert on(settings) == {rule.code for rule in ALL if rule.on} == on(Settings())
    assert (settings.exclude, settings.output_format, settings.file) == (EXCLUDE, "full", None)
    assert settings.src == (tmp_path, tmp_path / "src")


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "reprolint.toml").write_text('output-format = "json"')
    assert load(tmp_path / "a/b").output_format == "json"
    assert load(tmp_path / "a/b/x.py").file == tmp_path / "reprolint.toml"
    (tmp_path / "a/pyproject.toml").write_text("[tool.other]\nname = 'reprolint'\n")
    assert load(tmp_path / "a/b").output_format == "json", "a pyproject.toml without our section says nothing"
    (tmp_path / "a/pyproject.toml").write_text("[tool.reprolint]\noutput-format = 'concise'\n")
    assert load(tmp_path / "a/b").output_format == "concise"
    assert load(tmp_path / "a/b").root == tmp_path / "a"
    assert load(tmp_path / "a/b", isolated=True).output_format == "full"


def test_in_one_folder_the_file_of_our_own_counts(tmp_path: Path) -> None:
    for name in reversed(NAMES):
        section = "[tool.reprolint]\n" if name == "pyproject.toml" else ""
        (tmp_path / name).write_text(f'{section}entry-points = ["{name}"]\n')
        assert load(tmp_path).entry_points == (name,)


def test_the_pyproject_of_others_need_not_be_valid(tmp_path: Path) -> None:
    assert loaded(tmp_path, "broken [", "pyproject.toml").file is None


def test_a_named_file_counts_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci/strict.toml").write_text('src = ["lib"]')
    settings = load(tmp_path, config=Path("ci/strict.toml"))
    assert (settings.src, settings.root) == ((tmp_path / "lib",), tmp_path)
    (tmp_path / "ci/pyproject.toml").write_text("")
    assert load(tmp_path, config=Path("ci/pyproject.toml")).file == Path("ci/pyproject.toml")
    with pytest.raises(UsageError, match=r"no such file: ci/strct\.toml; did you mean strict\.toml\?"):
        load(tmp_path, config=Path("ci/strct.toml"))
    with pytest.raises(UsageError, match=r"no such file: no/x\.toml$"):
        load(tmp_path, config=Path("no/x.toml"))
    with pytest.raises(UsageError, match="ci cannot be read: is a directory"):
        load(tmp_path, config=Path("ci"))
    with pytest.raises(UsageError, match="exclude each other"):
        load(tmp_path, config=Path("ci/strict.toml"), isolated=True)


# What it may say


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('selct = ["RPL1"]', 'reprolint.toml:1: unknown key "selct"; did you mean select?'),
        ("\n# x\nline-length = 3", 'reprolint.toml:3: unknown key "line-length"'),
        ("\n[per-file-ignore]\n", 'reprolint.toml:2: unknown key "per-file-ignore"; did you mean per-file-ignores?'),
        ('select = "RPL1"', 'reprolint.toml:1: "select" must be a list of strings'),
        ("select = [1]", "must be a list of strings"),
        ("exclude = [[]]", "must be a list of strings"),
        ('per-file-ignores = ["a"]', '"per-file-ignores" must be a table'),
        ('[per-file-ignores]\n"a" = "RPL1"', "must be a table of patterns, each with a list of rules"),
        ('[per-file-ignores]\n"a" = ["RPL1", "RPL7"]', 'per-file-ignores: unknown rule "RPL7"'),
        ('seeders = ["a"]', '"seeders" must be a table'),
        ("respect-gitignore = 1", '"respect-gitignore" must be true or false'),
        ('force-exclude = "yes"', '"force-exclude" must be true or false'),
        ("cache-dir = 1", '"cache-dir" must be the path of a folder'),
        ("baseline = true", '"baseline" must be the path of a file'),
        ('baseline = ""', '"baseline" must be the path of a file'),
        ('baseline = "a\\u0000"', '"baseline" must be the path of a file'),
        ('cache-directory = ".cache"', 'unknown key "cache-directory"; did you mean cache-dir?'),
        ("\nextend = 1", 'reprolint.toml:2: "extend" must be the path of a file'),
        ('extend = "b.toml"', "reprolint.toml:1: extend: no such file: b.toml"),
        ('extend = "eprolint.toml"', "no such file: eprolint.toml; did you mean reprolint.toml?"),
        (f'extend = "{"a" * 5000}"', "extend: no such file: aaa"),
        ('extend = "."', r"\. cannot be read: is a directory|circle"),
        ('extend = "./reprolint.toml"', "extend: a circle: reprolint.toml extends reprolint.toml"),
        ("draws = 1", '"draws" must be a table'),
        ("output-format = 1", '"output-format" must be one of full, concise, grouped, json, .*rdjson$'),
        ('output-format = "jsn"', "must be one of full, concise, grouped, json, .*; did you mean json"),
        (
            'ignore = ["unseeded-troch"]',
            'reprolint.toml:1: ignore: unknown rule "unseeded-troch"; did you mean unseeded-torch?',
        ),
        ("a = 1\nselect = x", "reprolint.toml is not valid TOML: .*line 2"),
        ("a = " + "[" * 10_000, "reprolint.toml is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message.replace("?", r"\?")) as caught:
        loaded(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_the_place_in_pyproject_is_that_in_our_section(tmp_path: Path) -> None:
    text = "[tool.other]\nselct = 1\n[tool.reprolint]\nignore = []\nselct = 1\n"
    with pytest.raises(UsageError, match=r"pyproject\.toml:5: unknown key"):
        loaded(tmp_path, text, "pyproject.toml")
    with pytest.raises(UsageError, match=r"pyproject\.toml:2: unknown key"):
        loaded(tmp_path, "\n[tool.reprolint.selct]\n", "pyproject.toml")
    with pytest.raises(UsageError, match=r"pyproject\.toml: unknown key"):
        loaded(tmp_path, 'tool = {reprolint = {"selct" = 1}}', "pyproject.toml")
    with pytest.raises(UsageError, match=r"tool\.reprolint must be a table"):
        loaded(tmp_path, "[tool]\nreprolint = 1", "pyproject.toml")


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "reprolint.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        load(tmp_path)


@given(st.text() | st.binary())
def test_no_settings_file_raises_anything_else(text: str | bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "reprolint.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            load(Path(name))
        except UsageError as error:
            assert "\n" not in str(error)


def test_every_key_reaches_the_settings(tmp_path: Path) -> None:
    text = """
        select = ["RPL1", "cudnn-benchmark"]
        extend-select = ["ALL"]
        ignore = ["unseeded-torch"]
        exclude = ["a"]
        extend-exclude = ["b/c", "/d/e", "**/f", "./g/h"]
        src = ["lib", "/abs"]
        entry-points = ["jobs/*.py", "run*"]
        output-format = "json"
        force-exclude = true
        respect-gitignore = false
        baseline = "known/all.json"
        [per-file-ignores]
        "jobs/*" = ["RPL301"]
        [seeders]
        "lab.start" = ["torch"]
        [draws]
        "lab.noise" = { families = ["numpy"], unless_given = ["rng"] }
    """
    settings = loaded(tmp_path, text)
    root = tmp_path.as_posix()
    assert settings.select == ("RPL1", "RPL302")
    assert settings.extend_select == ("ALL",)
    assert settings.ignore == ("RPL103",)
    assert settings.exclude == ("a",)
    assert settings.extend_exclude == (f"{root}/b/c", "/d/e", "**/f", f"{root}/g/h")
    assert settings.src == (tmp_path / "lib", Path("/abs"))
    assert settings.seeders == {"lab.start": ["torch"]}
    assert settings.draws == {"lab.noise": {"families": ["numpy"], "unless_given": ["rng"]}}
    assert settings.output_format == "json"
    assert (settings.force_exclude, settings.respect_gitignore) == (True, False)
    assert settings.baseline == tmp_path / "known/all.json"
    assert settings.ignored_in(tmp_path / "jobs/x/y.py", "RPL301")
    assert not settings.ignored_in(tmp_path / "jobs/x.py", "RPL302")
    assert not settings.ignored_in(tmp_path / "other/jobs/x.py", "RPL301")
    assert settings.is_entry_point(tmp_path / "jobs/x.py")
    assert settings.is_entry_point(tmp_path / "deep/runner.py")
    assert not settings.is_entry_point(tmp_path / "other/jobs/x.py")


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "[v1]*"
    folder.mkdir()
    settings = loaded(folder, 'entry-points = ["a/b.py"]')
    assert settings.is_entry_point(folder / "a/b.py")
    assert not settings.is_entry_point(tmp_path / "v/a/b.py")


# Which rules


@pytest.mark.parametrize(
    ("select", "extend_select", "ignore", "expected"),
    [
        (["ALL"], [], [], set(CODES)),
        (["RPL10"], [], [], {"RPL101", "RPL102", "RPL103"}),
        (["unseeded-torch"], ["RPL301"], [], {"RPL103", "RPL301"}),
        (["RPL10"], [], ["RPL103"], {"RPL101", "RPL102"}),
        (["RPL103"], [], ["RPL1"], {"RPL103"}),
        (["RPL103"], [], ["RPL103"], set()),
        (["RPL103"], [], ["ALL"], {"RPL103"}),
        (["ALL"], [], ["ALL"], set()),
        (["ALL"], ["RPL103"], ["RPL1", "RPL3", "RPL9"], {code for code in CODES if code[3] not in "139"} | {"RPL103"}),
    ],
)
def test_the_more_specific_selector_wins(
    tmp_path: Path, select: list[str], extend_select: list[str], ignore: list[str], expected: set[str]
) -> None:
    assert on(load(tmp_path, isolated=True, select=select, extend_select=extend_select, ignore=ignore)) == expected


def test_ignore_takes_from_the_default(tmp_path: Path) -> None:
    assert on(load(tmp_path, isolated=True, ignore=["RPL1"])) == {rule.code for rule in ALL if rule.on and rule.code[3] != "1"}


def test_select_on_the_command_line_replaces_what_the_file_selects(tmp_path: Path) -> None:
    text = 'select = ["RPL3"]\nextend-select = ["RPL9"]\nignore = ["RPL103"]'
    assert on(loaded(tmp_path, text, select=["RPL10"])) == {"RPL101", "RPL102", "RPL103"}


def test_the_rest_of_the_command_line_adds_to_the_file(tmp_path: Path) -> None:
    text = 'select = ["RPL10", "RPL302"]\nignore = ["RPL103"]'
    assert on(loaded(tmp_path, text, ignore=["RPL101"])) == {"RPL102", "RPL302"}
    assert on(loaded(tmp_path, text, extend_select=["RPL103", "RPL301"])) == {"RPL101", "RPL102", "RPL103", "RPL301", "RPL302"}
    assert on(loaded(tmp_path, text, ignore=["RPL302"])) == {"RPL101", "RPL102"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [("rpl103", "; did you mean RPL103"), ("unseeded-pytorch", "; did you mean unseeded-torch"), ("ll", ""), ("", "")],
)
def test_an_unknown_rule_names_the_nearest(word: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f'--select: unknown rule "{word}"{meant}'):
        selectors([word], "--select")


# One file on top of another


def files(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        file = folder / f"{name.replace('__', '/')}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_a_file_extends_another_one(tmp_path: Path) -> None:
    files(
        tmp_path,
        reprolint="""
            extend = "shared/base.toml"
            seed = 7
            extend-exclude = ["mine/b.py"]
            [seeders]
            "lab.start" = ["torch"]
        """,
        shared__base="""
            extend = "../root.toml"
            seed = 1
            src = ["lib"]
            baseline = "known.json"
            extend-exclude = ["theirs/a.py"]
            [seeders]
            "lab.start" = ["python"]
            "lab.go" = ["numpy"]
        """,
        root='runtime = "vendor"\nseed = 3\n',
    )
    settings = load(tmp_path)
    assert (settings.seed, settings.runtime, settings.root) == (7, "vendor", tmp_path)
    assert settings.file == tmp_path / "reprolint.toml"
    assert settings.src == (tmp_path / "shared/lib",), "a path counts from the file that it stands in"
    assert settings.baseline == tmp_path / "shared/known.json"
    assert settings.extend_exclude == (f"{tmp_path}/shared/theirs/a.py", f"{tmp_path}/mine/b.py")
    assert settings.seeders == {"lab.start": ["torch"], "lab.go": ["numpy"]}


def test_choices_of_rules_are_laid_over_each_other(tmp_path: Path) -> None:
    base = 'select = ["RPL10", "RPL302"]\nignore = ["RPL103"]\n'
    files(tmp_path, base=base, reprolint='extend = "base.toml"\nignore = ["RPL101"]\n')
    assert on(load(tmp_path)) == {"RPL102", "RPL302"}
    files(tmp_path, reprolint='extend = "base.toml"\nextend-select = ["RPL103", "RPL301"]\n')
    assert on(load(tmp_path)) == {"RPL101", "RPL102", "RPL103", "RPL301", "RPL302"}
    files(tmp_path, reprolint='extend = "base.toml"\nselect = ["RPL10"]\n')
    assert on(load(tmp_path)) == {"RPL101", "RPL102", "RPL103"}
    assert on(load(tmp_path, select=["RPL302"])) == {"RPL302"}


def test_a_pyproject_extends_and_is_extended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files(tmp_path, pyproject='[tool.reprolint]\nextend = "up/pyproject.toml"\n', up__pyproject="[tool.reprolint]\nseed = 5\n")
    assert load(tmp_path).seed == 5
    files(tmp_path, up__pyproject="[tool.other]\n")
    with pytest.raises(UsageError, match=r"pyproject\.toml:2: extend: up/pyproject\.toml has no \[tool\.reprolint\]$"):
        load(tmp_path)


def test_a_named_file_extends_what_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files(tmp_path, ci__strict='extend = "base.toml"\n', ci__base="seed = 5\nsrc = ['lib']\n")
    settings = load(tmp_path, config=Path("ci/strict.toml"))
    assert (settings.seed, settings.root, settings.src) == (5, tmp_path, (tmp_path / "ci/lib",))


def test_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    files(tmp_path, home__lab="seed = 5\n", reprolint='extend = "~/lab.toml"\n')
    assert load(tmp_path).seed == 5


def test_files_that_extend_each_other_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files(tmp_path, reprolint='extend = "b.toml"\n', b='\nextend = "c/c.toml"\n', c__c='extend = "../link.toml"\n')
    (tmp_path / "link.toml").symlink_to(tmp_path / "b.toml")
    circle = "reprolint.toml extends b.toml extends c/c.toml extends link.toml"
    with pytest.raises(UsageError, match=rf"^c/c\.toml:1: extend: a circle: {circle}$"):
        load(tmp_path)
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    files(tmp_path, b='\n\nextend = "gone.toml"\n')
    with pytest.raises(UsageError, match=r"^b\.toml:3: extend: no such file: gone\.toml"):
        load(tmp_path)


def test_what_is_wrong_below_is_named_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files(tmp_path, reprolint='extend = "base.toml"\n', base="\nsed = 1\n")
    with pytest.raises(UsageError, match=r'^base\.toml:2: unknown key "sed"; did you mean seed\?'):
        load(tmp_path)


# The command line


def test_patterns_of_the_command_line_count_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    text = 'exclude = ["a"]\nextend-exclude = ["b"]\n[per-file-ignores]\n"*.py" = ["RPL1"]\n'
    settings = loaded(tmp_path, text, exclude=["x/y.py"], extend_exclude=["z"], per_file_ignores=["a b/*.py:RPL2"])
    assert settings.exclude == (f"{tmp_path}/sub/x/y.py",)
    assert settings.extend_exclude == ("b", "z")
    assert settings.per_file_ignores == ((f"{tmp_path}/sub/a b/*.py", ("RPL2",)),)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a.py:RPL1", [("a.py", ("RPL1",))]),
        ("a.py:RPL1,b.py:unseeded-torch", [("a.py", ("RPL1",)), ("b.py", ("RPL103",))]),
        ("a.py:RPL1,RPL2 RPL3, b.py: RPL4", [("a.py", ("RPL1", "RPL2", "RPL3")), ("b.py", ("RPL4",))]),
        ("my file.py:RPL1,a.py:ALL,my file.py:RPL2", [("my file.py", ("RPL1", "RPL2")), ("a.py", ("ALL",))]),
        (r"C:\\a.py:RPL1", [(r"C:\\a.py", ("RPL1",))]),
        ("a:RPL1", [("a", ("RPL1",))]),
    ],
)
def test_pairs_of_patterns_and_rules(tmp_path: Path, text: str, pairs: list[tuple[str, tuple[str, ...]]]) -> None:
    assert load(tmp_path, isolated=True, per_file_ignores=[text]).per_file_ignores == tuple(pairs)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.py", 'expected PATTERN:RULES, not "a.py"'),
        ("", 'expected PATTERN:RULES, not ""'),
        (":RPL1", 'expected PATTERN:RULES, not ":RPL1"'),
        ("a.py:", 'expected PATTERN:RULES, not "a.py:"'),
        ("RPL1,a.py:RPL1", "expected PATTERN:RULES"),
        ("a.py:RPL1 b.py:RPL2", 'unknown rule "b.py:RPL2"'),
        ("a.py:RPL999", 'unknown rule "RPL999"; did you mean RPL'),
    ],
)
def test_what_is_no_such_pair(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=rf"^--per-file-ignores: {message}"):
        load(tmp_path, isolated=True, per_file_ignores=[text])


# Who said what


def test_every_setting_says_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files(
        tmp_path,
        pyproject='[tool.reprolint]\nextend = "base.toml"\nignore = ["RPL103"]\nextend-exclude = ["b"]\n',
        base='\nextend-exclude = ["a"]\nignore = ["RPL1"]\ntarget-torch = "2.4"\n[per-file-ignores]\n"a" = ["RPL3"]\n',
    )
    settings = load(tmp_path, ignore=["RPL2"], seed=0, output_format="json", origins={"output_format": "THE_VARIABLE"})
    rows = {key: (value, origin) for key, value, origin in effective(settings)}
    assert set(rows) == set(KEYS) - {"extend"}
    assert rows["ignore"] == (["RPL1", "RPL103", "RPL2"], "base.toml:3, pyproject.toml:3, --ignore")
    assert rows["extend-exclude"] == (["a", "b"], "base.toml:2, pyproject.toml:4")
    assert rows["target-torch"] == ("2.4", "base.toml:4")
    assert rows["per-file-ignores"] == ({"a": ["RPL3"]}, "base.toml:5")
    assert rows["output-format"] == ("json", "THE_VARIABLE")
    assert rows["seed"] == (0, "--seed")
    assert rows["src"] == ([str(tmp_path), str(tmp_path / "src")], "default")
    assert rows["select"] == rows["baseline"] == (None, "default")
    chosen = {key: origin for key, _, origin in effective(load(tmp_path, select=["RPL1"]))}
    assert (chosen["select"], chosen["ignore"]) == ("--select", "default")
