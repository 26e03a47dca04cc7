"""A quick look at a file with CPython's own parser, which is ten times as fast as libcst's.

It decides nothing but whether the file has to be read in full: most modules of a project only define things when they are
imported, and most of what they define is never reached by the program at hand. Where this parser fails, as it does on syntax
newer than the running Python's, the file is read in full.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Skim:
    """What importing a file does.

    :ivar imports: its import statements: (level, module, names); names is empty for ``import module`` and holds pairs of
        name and alias for ``from module import …``.
    :ivar calls: dotted names that are called, or used as decorators, when the file is imported; "" for what has no name.
    :ivar handed: names of the file's own functions that are given to such a call, which may call them.
    :ivar bodies: for each function and class that importing the file defines, the dotted names that calling it may call.
    :ivar defined: names that the file's own code binds at the top level.
    :ivar guard: whether it has a main guard at the top level.
    :ivar acts: whether it holds a call, loop or with-statement at the top level that is no definition or assignment.
    :ivar writes: whether importing it changes an attribute or item of something else.
    """

    imports: tuple[tuple[int, str, tuple[tuple[str, str], ...]], ...]
    calls: tuple[str, ...]
    handed: tuple[str, ...]
    bodies: dict[str, frozenset[str]]
    defined: frozenset[str]
    guard: bool
    acts: bool
    writes: bool

    def values(self) -> tuple[Any, ...]:
        """What `Skim` is made of, in plain values."""
        return tuple(getattr(self, one.name) for one in fields(self))


def skim(text: bytes) -> Skim | None:
    """Look at a file; None where CPython cannot parse it."""
    tree = _tree(text)
    if tree is None:
        return None
    imports: list[tuple[int, str, tuple[tuple[str, str], ...]]] = []
    calls: list[str] = []
    handed: list[str] = []
    functions: set[str] = set()
    defined: set[str] = set()
    bodies: dict[str, frozenset[str]] = {}
    writes = False
    for node in _at_import(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports.append((0, alias.name, ()))
                defined.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            names = tuple((alias.name, alias.asname or alias.name) for alias in node.names)
            imports.append((node.level, node.module or "", names))
            defined.update(alias for _, alias in names)
        elif isinstance(node, ast.Call):
            calls.append(dotted(node.func))
            if dotted(node.func).rpartition(".")[2] != "partial":
                given = (*node.args, *(keyword.value for keyword in node.keywords))
                handed += [one.id for one in given if isinstance(one, ast.Name)]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
            if not isinstance(node, ast.ClassDef):
                functions.add(node.name)
            bodies[node.name] = bodies.get(node.name, frozenset()) | frozenset(_called_by(node))
            calls += [dotted(decorator) for decorator in node.decorator_list if not isinstance(decorator, ast.Call)]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            defined.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            target = dotted(node)
            # A lazy package puts itself into sys.modules; what its names mean stays the same.
            own = isinstance(node, ast.Subscript) and target.partition(".")[0] in defined and target != "os.environ"
            writes = writes or not (own or target == "sys.modules")
    guard = any(isinstance(node, ast.If) and _is_guard(node) for node in tree.body)
    return Skim(
        tuple(imports),
        tuple(dict.fromkeys(calls)),
        tuple(functions.intersection(handed)),
        bodies,
        frozenset(defined),
        guard,
        _acts(tree.body),
        writes,
    )


def is_python(text: bytes) -> bool:
    """Whether CPython can parse a file."""
    return _tree(text) is not None


def _tree(text: bytes) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _called_by(node: ast.stmt) -> Iterator[str]:
    """What calling a function, or making an object of a class, may call: of a class the constructor and its bases."""
    parts: list[ast.AST] = [node]
    if isinstance(node, ast.ClassDef):
        yield from (dotted(base) for base in node.bases)
        makers = ("__init__", "__new__", "__post_init__", "__init_subclass__")
        parts = [part for part in node.body if not isinstance(part, ast.FunctionDef) or part.name in makers]
    for part in parts:
        yield from (dotted(inner.func) for inner in ast.walk(part) if isinstance(inner, ast.Call))


def _is_guard(node: ast.If) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


def _acts(body: list[ast.stmt]) -> bool:
    for node in body:
        if isinstance(node, ast.For | ast.While | ast.With | ast.AsyncFor | ast.AsyncWith):
            return True
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
            return True
        if isinstance(node, ast.If) and not _is_guard(node) and (_acts(node.body) or _acts(node.orelse)):
            return True
        if isinstance(node, ast.Try) and (_acts(node.body) or _acts(node.finalbody)):
            return True
    return False


def _at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node that runs when the file is imported: not the bodies of functions, not the main guard."""
    stack: list[ast.AST] = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack += [
                *node.decorator_list,
                *node.args.defaults,
                *(default for default in node.args.kw_defaults if default is not None),
            ]
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, ast.If) and _is_guard(node):
            stack += reversed(node.orelse)
        else:
            stack += reversed(list(ast.iter_child_nodes(node)))


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for the callee ``a.b.c`` and for ``a.b.c(...)``; "" where it is no plain name."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Name):
            return ".".join([node.id, *reversed(parts)])
        else:
            return f".{parts[0]}" if parts else ""
