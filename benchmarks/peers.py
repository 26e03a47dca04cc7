#!/usr/bin/env python3
"""Compare reprolint with its peers on hand-labelled training scripts.

    peers.py LABELS.jsonl CORPUS_DIR [--reprolint COMMAND] [--dslinter-python PATH] [--mlcheck PATH]
             [--other-reprolint PATH] [--skip-notebooks]

LABELS.jsonl holds one labelled entry script a line; CORPUS_DIR one folder OWNER+NAME per labelled repository.
The question put to every tool is the same: "does this script, run with its default arguments, draw from this family
of global random state (python, numpy, torch) without seeding it properly?" Each tool gives one prediction per script
and family, and the answers are counted against the labels. Labels `unclear` and `benign` are not scored; `none` and
`seeded` are clean; every other label is a problem that a tool should find.

How each tool's output is read:

reprolint
    `check --isolated --no-cache --output-format json .` in each repository. A finding RPL1xx whose `entry` is the
    script predicts the family named by the last digit of its code (1 python, 2 numpy, 3 torch).
dslinter (a pylint plugin; needs a Python 3.10 environment of its own)
    one pylint run per script, default options. W5508 predicts numpy, W5511 torch. It has no rule for `random`.
mlcheck (PyPI ml-engineer-skills)
    `scan-repro` on the scripts. MISSING_SEED (no random_state=, np.random without a seed) predicts numpy,
    MISSING_TORCH_SEED torch. It has no rule for `random`.
PyPI reprolint 0.1.0 (another project of that name; install it into an environment of its own)
    one verdict per repository, no family: "Random seeds FAIL" is read as "every script: torch unseeded", which is the
    single family that suits it best.
every script: torch unseeded
    no tool at all, but the bar that a tool has to clear before it has learnt anything.

dslinter installs on Python 3.10 in two steps: `pip install pylint==2.12.2 astroid==2.9.3 mypy==0.931 "setuptools<70"`,
then `pip install --no-deps dslinter==2.0.9`.

None of the peers reads notebooks: a notebook counts as "nothing predicted" for them, unless --skip-notebooks drops the
notebooks from every row. A tool whose place is not given is skipped, and a line says so.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

FAMILIES = ("python", "numpy", "torch")
CLEAN = frozenset({"none", "seeded"})
NOT_SCORED = frozenset({"unclear", "benign"})

DSLINTER_CODES = {"W5508": "numpy", "W5511": "torch"}
MLCHECK_CODES = {"MISSING_SEED": "numpy", "MISSING_TORCH_SEED": "torch"}
REPROLINT_DIGITS = {"1": "python", "2": "numpy", "3": "torch"}

TIMEOUT_S = 900


class ToolError(Exception):
    """A tool did not run as it should, so its row would be worthless."""


@dataclass(frozen=True, order=True)
class Key:
    """One thing to predict: a family of one script of one repository."""

    repo: str
    path: str
    family: str


@dataclass(frozen=True)
class Script:
    """One labelled entry script."""

    repo: str
    path: str
    truth: dict[str, str]

    @property
    def is_notebook(self) -> bool:
        """Whether the script is a Jupyter notebook."""
        return self.path.endswith(".ipynb")


@dataclass
class Answer:
    """What one tool predicted: its name as printed, the positive predictions, and the scripts it could not read."""

    name: str
    positive: set[Key]
    unread: set[tuple[str, str]]


@dataclass(frozen=True)
class Score:
    """Counts of one tool against the labels."""

    hits: int
    false_alarms: int
    missed: int

    @property
    def precision(self) -> float | None:
        """Share of the predictions that are right; None without predictions."""
        made = self.hits + self.false_alarms
        return self.hits / made if made else None

    @property
    def recall(self) -> float | None:
        """Share of the problems that were predicted; None without problems."""
        wanted = self.hits + self.missed
        return self.hits / wanted if wanted else None


def read_labels(path: pathlib.Path) -> list[Script]:
    """Read the labelled scripts, in file order."""
    scripts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            scripts.append(Script(row["repo"], row["path"], {family: row[family] for family in FAMILIES}))
    return scripts


def folder_of(corpus: pathlib.Path, repo: str) -> pathlib.Path:
    """Return the folder that holds a repository."""
    return corpus / repo.replace("/", "+")


def by_repo(scripts: Iterable[Script]) -> Iterator[tuple[str, list[Script]]]:
    """Group scripts by repository, in name order."""
    groups: dict[str, list[Script]] = defaultdict(list)
    for script in scripts:
        groups[script.repo].append(script)
    yield from sorted(groups.items())


def run(argv: list[str], cwd: pathlib.Path, accepted: Callable[[int], bool]) -> str:
    """Run a tool and return its standard output; an exit status that is not accepted is a ToolError."""
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONSAFEPATH"] = "1"  # `python -m tool` in a corpus folder must not import the corpus (Python >= 3.11)
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{argv[0]}: {error}") from error
    if not accepted(done.returncode):
        raise ToolError(f"{shlex.join(argv[:4])} … in {cwd.name}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
    return done.stdout


def version_beside(executable: pathlib.Path, distribution: str) -> str:
    """Return the version of a distribution in the environment that an executable belongs to, or an empty string."""
    python = executable.with_name("python.exe" if os.name == "nt" else "python")
    if not python.exists():
        return ""
    code = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else ""


def executable_in(place: str, name: str) -> pathlib.Path:
    """Return the absolute path of a tool given as an executable or as the virtual environment that holds it."""
    path = pathlib.Path(place).absolute()
    if path.is_dir():
        inside = [path / "bin" / name, path / "Scripts" / f"{name}.exe"]
        found = [candidate for candidate in inside if candidate.exists()]
        if not found:
            raise ToolError(f"{place}: no {name} in this environment")
        return found[0]
    if not path.exists():
        raise ToolError(f"{place}: no such file")
    return path


def ask_reprolint(command: str, scripts: list[Script], corpus: pathlib.Path) -> Answer:
    """Run our own tool once per repository and keep the seeding findings of the labelled programs."""
    argv = shlex.split(command)
    if os.path.dirname(argv[0]):  # a relative path means one from here, not from the corpus folder
        argv[0] = os.path.abspath(argv[0])
    answer = Answer("reprolint (this project)", set(), set())
    for repo, group in by_repo(scripts):
        arguments = ["check", "--isolated", "--no-cache", "--output-format", "json", "."]
        output = run([*argv, *arguments], folder_of(corpus, repo), lambda status: status in (0, 1))
        paths = {script.path for script in group}
        try:
            findings = json.loads(output)
        except ValueError as error:  # a crash also exits 1, but prints no JSON
            raise ToolError(f"reprolint printed no JSON in {repo}: {error}") from error
        for finding in findings:
            code, entry = finding["code"], finding.get("entry") or finding["path"]
            if code.startswith("RPL1") and code[-1] in REPROLINT_DIGITS and entry in paths:
                answer.positive.add(Key(repo, entry, REPROLINT_DIGITS[code[-1]]))
    return answer


def ask_dslinter(python: str, scripts: list[Script], corpus: pathlib.Path) -> Answer:
    """Run pylint with the dslinter plugin once per script, so that modules of the same name cannot mix."""
    interpreter = executable_in(python, "python")
    pylint = [str(interpreter), "-I", "-B", "-m", "pylint", f"--rcfile={os.devnull}", "--load-plugins=dslinter"]
    listed = run([*pylint, "--list-msgs-enabled"], corpus, lambda status: status == 0)
    absent = [code for code in DSLINTER_CODES if code not in listed]
    if absent:  # a plugin that fails to import is silent
        raise ToolError(f"dslinter did not load: pylint does not know {', '.join(absent)}")

    answer = Answer(f"dslinter {version_beside(interpreter, 'dslinter')}".strip(), set(), set())
    choice = ["--disable=all", f"--enable={','.join(DSLINTER_CODES)},syntax-error,astroid-error,fatal"]
    shape = ["--score=n", "--reports=n", "--output-format=text", "--msg-template={msg_id}"]
    for script in scripts:
        if script.is_notebook:
            answer.unread.add((script.repo, script.path))
            continue
        argv = [*pylint, *choice, *shape, script.path]
        output = run(argv, folder_of(corpus, script.repo), lambda status: not status & 32)
        lines = output.splitlines()
        if any(re.match(r"[EF]\d{4}$|ERROR: Could not finish", line) for line in lines):
            answer.unread.add((script.repo, script.path))
        for code, family in DSLINTER_CODES.items():
            if code in lines:
                answer.positive.add(Key(script.repo, script.path, family))
    return answer


def ask_mlcheck(place: str, scripts: list[Script], corpus: pathlib.Path) -> Answer:
    """Run `mlcheck scan-repro` on the labelled scripts of each repository."""
    tool = executable_in(place, "mlcheck")
    answer = Answer(f"mlcheck {version_beside(tool, 'ml-engineer-skills')}".strip(), set(), set())
    for repo, group in by_repo(scripts):
        paths = [script.path for script in group if not script.is_notebook]
        answer.unread.update((repo, script.path) for script in group if script.is_notebook)
        if not paths:
            continue
        output = run([str(tool), "scan-repro", *paths], folder_of(corpus, repo), lambda status: status in (0, 1))
        headers, path = {f"# {each}": each for each in paths}, ""
        seen = set()
        for line in output.splitlines():
            path = headers.get(line, path)
            if line in headers:
                seen.add(path)
            found = re.match(r"\[[A-Z]+\] ([A-Z_]+):", line)
            if found and found[1] in MLCHECK_CODES:
                answer.positive.add(Key(repo, path, MLCHECK_CODES[found[1]]))
            elif found and found[1] == "PARSE_ERROR":
                answer.unread.add((repo, path))
        if seen != set(paths):
            raise ToolError(f"mlcheck said nothing about {sorted(set(paths) - seen)} of {repo}")
    return answer


def ask_other_reprolint(place: str, scripts: list[Script], corpus: pathlib.Path) -> Answer:
    """Run the other reprolint once per repository and spread its one verdict over the repository's scripts."""
    tool = executable_in(place, "reprolint")
    if not (version := version_beside(tool, "reprolint")).startswith("0.1."):
        raise ToolError(f"{place}: expected PyPI reprolint 0.1.x, found {version or 'an unknown version'}")
    answer = Answer(f"PyPI reprolint {version}", set(), set())
    for repo, group in by_repo(scripts):
        output = run([str(tool), "."], folder_of(corpus, repo), lambda status: status == 0)
        verdict = re.search(r"Random seeds\W+\w+\W+(PASS|FAIL)", output)
        if verdict is None:
            raise ToolError(f"PyPI reprolint gave no verdict on {repo}")
        for script in group:
            if script.is_notebook:
                answer.unread.add((repo, script.path))
            elif verdict[1] == "FAIL":
                answer.positive.add(Key(repo, script.path, "torch"))
    return answer


def bar(scripts: list[Script]) -> Answer:
    """Predict, without reading anything, that no script seeds torch."""
    return Answer("every script: torch unseeded", {Key(s.repo, s.path, "torch") for s in scripts}, set())


def score(answer: Answer, scripts: list[Script]) -> Score:
    """Count an answer against the labels."""
    hits = false_alarms = missed = 0
    for script in scripts:
        for family, truth in script.truth.items():
            if truth in NOT_SCORED:
                continue
            predicted = Key(script.repo, script.path, family) in answer.positive
            hits += predicted and truth not in CLEAN
            false_alarms += predicted and truth in CLEAN
            missed += not predicted and truth not in CLEAN
    return Score(hits, false_alarms, missed)


def table(rows: list[tuple[str, Score]]) -> str:
    """Return the scores as a Markdown table."""

    def share(value: float | None) -> str:
        return "n/a" if value is None else f"{value:.3f}"

    lines = ["| tool | TP | FP | missed | precision | recall |", "|---|---:|---:|---:|---:|---:|"]
    for name, got in rows:
        counts = f"{got.hits} | {got.false_alarms} | {got.missed}"
        lines.append(f"| {name} | {counts} | {share(got.precision)} | {share(got.recall)} |")
    return "\n".join(lines)


def main() -> int:
    """Ask every tool that was given, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=pathlib.Path, help="labelled entry scripts, one JSON object a line")
    parser.add_argument("corpus", type=pathlib.Path, help="folder of the labelled repositories, as OWNER+NAME")
    parser.add_argument("--reprolint", metavar="COMMAND", help="our own tool, such as 'python -m reprolint'")
    parser.add_argument("--dslinter-python", metavar="PATH", help="Python or environment that has dslinter")
    parser.add_argument("--mlcheck", metavar="PATH", help="the mlcheck command, or its environment")
    parser.add_argument("--other-reprolint", metavar="PATH", help="PyPI reprolint 0.1.0, or its environment")
    parser.add_argument("--skip-notebooks", action="store_true", help="leave notebooks out of every row")
    options = parser.parse_args()

    try:
        labelled = read_labels(options.labels)
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"{options.labels}: {error!r}")
    corpus: pathlib.Path = options.corpus.resolve()
    scripts = [s for s in labelled if not (options.skip_notebooks and s.is_notebook)]
    absent = [s for s in scripts if not (folder_of(corpus, s.repo) / s.path).is_file()]
    if absent:
        for script in absent:
            print(f"absent: {script.repo}/{script.path}", file=sys.stderr)
        return 2

    tools: list[tuple[str, str | None, Callable[[str, list[Script], pathlib.Path], Answer]]] = [
        ("--reprolint", options.reprolint, ask_reprolint),
        ("--dslinter-python", options.dslinter_python, ask_dslinter),
        ("--mlcheck", options.mlcheck, ask_mlcheck),
        ("--other-reprolint", options.other_reprolint, ask_other_reprolint),
    ]
    rows: list[tuple[str, Score]] = []
    notes: list[str] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        os.environ["PYLINTHOME"] = scratch  # pylint keeps statistics there; leave the user's alone
        for option, place, ask in tools:
            if place is None:
                notes.append(f"Skipped: {option} was not given.")
                continue
            try:
                answer = ask(place, scripts, corpus)
            except (ToolError, ValueError, KeyError) as error:
                notes.append(f"Failed: {option}: {error}")
                failed = True
                continue
            rows.append((answer.name, score(answer, scripts)))
            if answer.unread:
                notes.append(f"{answer.name}: {len(answer.unread)} script(s) not readable for it: nothing predicted.")
    guess = bar(scripts)
    rows.append((guess.name, score(guess, scripts)))

    truths = [truth for s in scripts for truth in s.truth.values() if truth not in NOT_SCORED]
    problems = sum(truth not in CLEAN for truth in truths)
    notebooks = sum(s.is_notebook for s in scripts)
    print(table(rows))
    print(
        f"\n{len(scripts)} scripts ({notebooks} of them notebooks), {len(truths)} scored pairs of script and family, "
        f"{problems} of them not seeded properly."
    )
    for note in notes:
        print(note)
    return 2 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
