"""Entry points: the files and functions of a project that a person can run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reprolint.facts import schema as s
from reprolint.facts.schema import Body, Node, calls, is_main_test
from reprolint.program.imports import Finder
from reprolint.program.project import Module, Project

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class EntryPoint:
    """A module that is run, and the function that is called in it (None: the module itself, as ``__main__``)."""

    module: Module
    function: str | None = None


_TEST = re.compile(r"^(?:test_.*|.*_test|conftest)\.py$")


def is_test(path: Path) -> bool:
    """Whether a file holds tests, judged by its name as pytest does."""
    return _TEST.match(path.name) is not None


def entry_points(
    project: Project,
    named: Callable[[Path], bool] = lambda path: False,
    matters: Callable[[Module], bool] = lambda module: True,
) -> list[EntryPoint]:
    """Every entry point of a project, in the order of their paths.

    :param named: whether the setting ``entry-points`` names an absolute path.
    :param matters: whether anybody wants to know about a file. Others are not parsed.
    """
    scripts = dict(_console_scripts(project))
    found: list[EntryPoint] = []
    loose: list[Module] = []
    for path, module in sorted(project.modules.items()):
        is_library = not module.is_notebook and (is_test(path) or module.is_package)
        if (is_library and not named(path)) or not matters(module):
            continue
        if named(path):
            found.append(EntryPoint(module))
        elif module.is_notebook:
            if module.text.strip():
                found.append(EntryPoint(module))
        elif path.name == "__main__.py" or _has_main_guard(module):
            found.append(EntryPoint(module))
        elif module.skim is None or module.skim.acts:
            loose.append(module)
    found += [EntryPoint(module) for module in _never_imported(project, loose) if does_work(module.body)]
    for module, functions in scripts.items():
        if matters(module):
            found += [EntryPoint(module, function) for function in functions]
    return sorted(found, key=lambda entry: (entry.module.shown, entry.function or ""))


def _has_main_guard(module: Module) -> bool:
    if b"__name__" not in module.text or (module.skim is not None and not module.skim.guard):
        return False
    return any(node[0] == s.IF and any(is_main_test(test) for test, _ in node[2]) for node in module.body)


_SETUP = frozenset(
    """
    logging warnings os.environ sys.path sys.setrecursionlimit os.makedirs os.mkdir matplotlib mpl plt.style plt.rc plt.rcParams
    plt.switch_backend load_dotenv dotenv sns.set pd.set_option pd.options np.set_printoptions torch.set_printoptions
    multiprocessing.set_start_method mp.set_start_method register warnings.filterwarnings signal locale gettext pyrootutils
    rootutils torch.set_num_threads torch.multiprocessing.set_sharing_strategy cv2.setNumThreads ssl urllib3 resource faulthandler
    tf.get_logger absl.logging OmegaConf.register_new_resolver gc sys.stdout sys.stderr pkg_resources nltk.download site atexit
    """.split()
)


def does_work(body: Body) -> bool:
    """Whether running a module does more than define things and set up logging, warnings and paths."""
    for node in body:
        tag = node[0]
        if tag == s.EXPR and _works(node[2]):
            return True
        if tag in (s.FOR, s.WHILE, s.WITH) and any(True for _ in calls(node)):
            return True
        if tag == s.IF and any(does_work(branch) for _, branch in (*node[2], (None, node[3]))):
            return True
        if tag == s.TRY and (does_work(node[2]) or does_work(node[5])):
            return True
    return False


def _works(node: Node) -> bool:
    if node[0] == s.AWAIT:
        return True
    if node[0] != s.CALL:
        return False
    name = s.show(node[2])
    parts = name.split(".")
    prefixes = {".".join(parts[: count + 1]) for count in range(len(parts))}
    return not prefixes & _SETUP and parts[-1] not in (
        "setup",
        "register",
        "store",
        "register_module",
        "__import__",
        "add_argument",
    )


def _never_imported(project: Project, loose: Sequence[Module]) -> list[Module]:
    """Scripts without a main guard that no other file imports: one that is imported is a library with side effects."""
    if not loose:
        return []
    stems = {module.path.stem for module in loose}
    imported: set[Path] = set()
    for module in project.modules.values():
        finder = None
        for level, dotted in module.imported_names:
            if stems.isdisjoint(dotted.split(".")):
                continue
            finder = finder or Finder(project, module)
            target = finder.relative(module, level, dotted) if level else finder.find(dotted)
            if isinstance(target, Module) and target is not module:
                imported.add(target.path)
    return [module for module in loose if module.path not in imported]


def _console_scripts(project: Project) -> Iterable[tuple[Module, list[str]]]:
    """Modules and functions that ``[project.scripts]`` and ``[project.gui-scripts]`` make commands of."""
    functions: dict[Path, set[str]] = {}
    for folder in project.distributions:
        try:
            data = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
        except (OSError, ValueError):
            continue
        table = data.get("project")
        for key in ("scripts", "gui-scripts"):
            scripts = table.get(key) if isinstance(table, dict) else None
            for target in scripts.values() if isinstance(scripts, dict) else ():
                dotted, _, function = str(target).partition(":")
                module = _in_distribution(project, folder, dotted.strip())
                if module is not None and function:
                    functions.setdefault(module.path, set()).add(function.split("[")[0].strip())
    for path, names in functions.items():
        yield project.modules[path], sorted(names)


def _in_distribution(project: Project, folder: Path, dotted: str) -> Module | None:
    for root in (folder, folder / "src"):
        base = (root / dotted.replace(".", "/")).as_posix()
        for path in (f"{base}.py", f"{base}/__init__.py"):
            if project.has(path):
                return project.module(path)
    return None
