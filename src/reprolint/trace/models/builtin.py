"""Python's own functions, and the methods of lists, dictionaries and constants."""

from __future__ import annotations

import ast
import os.path
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reprolint.trace import values as v
from reprolint.trace.models.call import Call, Model
from reprolint.trace.values import (
    ABSENT,
    NONE,
    UNKNOWN,
    Class,
    Const,
    External,
    Function,
    Instance,
    Iteration,
    Mapping,
    ModuleValue,
    Partial,
    Product,
    Sequence,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from reprolint.trace.library import Libraries


def _first(call: Call) -> Value:
    return call.args[0] if call.args else UNKNOWN


def _folded(function: Callable[..., Any]) -> Model:
    """A function of constants, worked out; of anything else unknown."""

    def model(machine: Libraries, call: Call) -> Value | None:
        if call.args and all(isinstance(arg, Const) for arg in call.args) and not call.kwargs:
            constants = [arg for arg in call.args if isinstance(arg, Const)]
            try:
                return Const(
                    function(*(arg.value for arg in constants)), next((arg.option for arg in constants if arg.option), None)
                )
            except Exception:  # the analysed program's own type error
                return UNKNOWN
        if len(call.args) == 1 and isinstance(call.args[0], v.Choice):
            joined: Value | None = None
            for option in call.args[0].options:
                joined = v.join(joined, model(machine, Call(call.name, None, (option,), {}, call.site, call.text)) or UNKNOWN)
            return joined
        return Unknown(any(v.varies(arg) for arg in call.args))

    return model


def length(machine: Libraries, call: Call) -> Value:
    value = _first(call)
    if isinstance(value, Sequence) and not value.open and value.kind != "set":
        return Const(len(value.items))
    if isinstance(value, Const) and isinstance(value.value, str | bytes):
        return Const(len(value.value))
    if isinstance(value, Instance):
        return machine.call(machine.attribute(value, "__len__"), (), {}, call.site, call.text)
    return UNKNOWN


def container(kind: str) -> Model:
    def model(machine: Libraries, call: Call) -> Value:
        if not call.args:
            return machine.new_sequence(kind)
        value = call.args[0]
        if isinstance(value, Sequence):
            return machine.new_sequence(kind, value.items, value.open)
        if isinstance(value, Mapping):
            return machine.new_sequence(kind, [Const(key) for key in value.entries], value.open or bool(value.rest))
        return machine.new_sequence(kind, [machine.iterate(value, call.site)], open=True)

    return model


def dictionary(machine: Libraries, call: Call) -> Value:
    result = machine.new_mapping(
        {name: value for name, value in call.kwargs.items() if name not in ("*", "**")}, "**" in call.kwargs, plain=True
    )
    if call.args:
        value = call.args[0]
        if isinstance(value, Mapping):
            result.entries = {**value.entries, **result.entries}
            result.rest = list(value.rest)
            result.open = result.open or value.open
        else:
            result.open = True
            machine.iterate(value, call.site)
    return result


def keyed(machine: Libraries, call: Call) -> Value:
    """sorted, min, max: the key function runs; a sorted container keeps its elements."""
    value = _first(call)
    element = machine.iterate(value, call.site)
    key = call.kwargs.get("key")
    if key is not None and not isinstance(key, Const | Unknown):
        machine.call(key, (element,), {}, call.site, call.text)
    if call.method == "sorted":
        items = value.items if isinstance(value, Sequence) else [element]
        return machine.new_sequence("list", items, open=True)
    folded = _folded(min if call.method == "min" else max)(machine, call) if not call.kwargs else None
    return folded if isinstance(folded, Const) else Unknown(v.varies(element))


def mapped(machine: Libraries, call: Call) -> Value:
    """map and filter run their function on the elements."""
    if len(call.args) < 2:
        return UNKNOWN
    elements = tuple(machine.iterate(value, call.site) for value in call.args[1:])
    if isinstance(call.args[0], Const | Unknown):
        return machine.new_sequence("list", [], open=True)
    result = machine.call(call.args[0], elements, {}, call.site, call.text)
    return machine.new_sequence("list", [result if call.method == "map" else elements[0]], open=True)


def enumerated(machine: Libraries, call: Call) -> Value:
    if not call.args:
        return UNKNOWN
    value = call.args[0]
    if isinstance(value, Sequence) and not value.open and value.kind != "set" and len(value.items) <= 8:
        return machine.new_sequence(
            "list", [machine.new_sequence("tuple", [Const(number), item]) for number, item in enumerate(value.items)]
        )
    return Product("builtins.enumerate", call.args)


def zipped(machine: Libraries, call: Call) -> Value:
    rows = [value for value in call.args if isinstance(value, Sequence) and not value.open and len(value.items) <= 8]
    if len(rows) == len(call.args) and rows:
        return machine.new_sequence(
            "list", [machine.new_sequence("tuple", row) for row in zip(*(row.items for row in rows), strict=False)]
        )
    return Product("builtins.zip", call.args)


def iterator(machine: Libraries, call: Call) -> Value:
    return _first(call)


def following(machine: Libraries, call: Call) -> Value:
    """next(): of a generator, its code up to the first yield; what comes after may run later, or never."""
    value = _first(call)
    if not isinstance(value, Iteration):
        return machine.iterate(value, call.site)
    before = machine.possible

    def stop(yielded: Value) -> bool:
        machine.possible = before + 1
        return True

    try:
        return machine.run_iteration(value, call.site, stop)
    finally:
        machine.possible = before


def ranged(machine: Libraries, call: Call) -> Value:
    if len(call.args) == 1 and isinstance(call.args[0], Const) and call.args[0].value in (0, 1):
        return machine.new_sequence("list", [Const(0)] if call.args[0].value == 1 else [])
    return machine.new_sequence("list", [UNKNOWN], open=True)


def instance_of(machine: Libraries, call: Call) -> Value:
    if len(call.args) < 2:
        return UNKNOWN
    value, wanted = call.args[0], call.args[1]
    kinds = wanted.items if isinstance(wanted, Sequence) else [wanted]
    if isinstance(value, Const):
        names = {kind.name for kind in kinds if isinstance(kind, External)}
        if len(names) == len(kinds) and all(name.startswith("builtins.") for name in names):
            lineage = {f"builtins.{base.__name__}" for base in type(value.value).__mro__}
            return Const(bool(names & lineage), value.option)
    plain = {f"builtins.{name}" for name in ("str", "bytes", "int", "float", "bool", "list", "tuple", "dict", "set")}
    if isinstance(value, Function | Partial | Class) and all(
        isinstance(kind, External) and kind.name in plain for kind in kinds
    ):
        return v.FALSE
    if isinstance(value, Instance) and all(isinstance(kind, Class) for kind in kinds):
        if any(kind in list(value.cls.lineage()) for kind in kinds if isinstance(kind, Class)):
            return v.TRUE
        return UNKNOWN if any(value.cls.external_bases()) else v.FALSE
    if isinstance(value, Sequence | Mapping) and any(
        isinstance(kind, External) and kind.name.endswith(".Iterable") for kind in kinds
    ):
        return v.TRUE
    if isinstance(value, Sequence | Mapping) and all(isinstance(kind, External) for kind in kinds):
        own = f"builtins.{value.kind if isinstance(value, Sequence) else 'dict'}"
        names = {kind.name for kind in kinds if isinstance(kind, External)}
        return v.TRUE if own in names else UNKNOWN
    return UNKNOWN


def is_dataclass(machine: Libraries, call: Call) -> Value:
    value = _first(call)
    cls = value.cls if isinstance(value, Instance) else value
    if isinstance(cls, Class):
        return Const(machine.is_record(cls))
    return v.FALSE if isinstance(value, Sequence | Mapping | Const) else UNKNOWN


def has_attribute(machine: Libraries, call: Call) -> Value:
    value, name = _first(call), call.string("", 1)
    if isinstance(value, Instance) and name is not None:
        if name in value.attrs and ABSENT not in v.options_of(value.attrs[name]):
            return v.TRUE
        if value.cls.find(name) is not None:
            return v.TRUE
        return UNKNOWN
    if isinstance(value, Mapping) and name is not None:
        return v.TRUE if name in value.entries else UNKNOWN if value.open else v.FALSE
    return UNKNOWN


def get_attribute(machine: Libraries, call: Call) -> Value:
    value, name = _first(call), call.string("", 1)
    default = call.args[2] if len(call.args) > 2 else None
    if name is not None:
        if default is not None and isinstance(value, Mapping) and name not in value.entries:
            return default if not value.open else v.join(default, UNKNOWN)
        if default is not None and isinstance(value, Instance) and name not in value.attrs and value.cls.find(name) is None:
            return v.join(default, UNKNOWN)
        return machine.attribute(value, name)
    if isinstance(value, External):
        return External(f"{value.name}.*")
    if isinstance(value, ModuleValue) and value.scope is not None:
        machine.materialize(value.scope)
        return machine.item_of(Mapping(value.scope.vars), UNKNOWN)
    return UNKNOWN


def set_attr(machine: Libraries, call: Call) -> Value:
    name = call.string("", 1)
    if name is not None and len(call.args) > 2:
        target = call.args[0]
        if isinstance(target, External):
            for flag in machine.knowledge.flag(machine.knowledge.canonical(f"{target.name}.{name}")):
                machine.set_flag(flag.sets, call.args[2], target.name, call.site, call.text)
        machine.set_attribute(target, name, call.args[2])
    return NONE


def variables(machine: Libraries, call: Call) -> Value:
    value = call.args[0] if call.args else None
    if value is None:
        return Mapping(machine.scope.vars)
    if isinstance(value, Instance):
        return Mapping(value.attrs)
    if isinstance(value, ModuleValue) and value.scope is not None:
        machine.materialize(value.scope)
        return Mapping(value.scope.vars)
    if isinstance(value, Class):
        return Mapping(value.attrs)
    return value if isinstance(value, Mapping) else UNKNOWN


def global_names(machine: Libraries, call: Call) -> Value:
    module = machine.modules[machine.module]
    if module.scope is not None:
        machine.materialize(module.scope)
    return Mapping(module.scope.vars) if module.scope is not None else UNKNOWN


def evaluated(machine: Libraries, call: Call) -> Value:
    """``eval(name)``: the thing of that name; of a name that is not known, any callable of the module. Nothing is evaluated."""
    text = call.string("", 0)
    if text is None:
        names = global_names(machine, call)
        argument = _first(call)
        prefix = argument.kwargs.get("prefix") if isinstance(argument, Product) else None
        if isinstance(names, Mapping) and isinstance(prefix, Const):
            known = {name: value for name, value in names.entries.items() if name.startswith(str(prefix.value))}
            names = machine.new_mapping(known)
        return machine.item_of(names, UNKNOWN)
    first, *rest = text.strip().split(".")
    if not all(part.isidentifier() for part in (first, *rest)):
        return UNKNOWN
    value = machine.present(machine.lookup(first))
    for part in rest:
        value = machine.attribute(value, part)
    return value


def type_of(machine: Libraries, call: Call) -> Value:
    value = _first(call)
    if isinstance(value, Instance) and len(call.args) == 1:
        return value.cls
    if isinstance(value, Const) and len(call.args) == 1:
        return External(f"builtins.{type(value.value).__name__}")
    if isinstance(value, Mapping) and len(call.args) == 1:
        return External("builtins.dict")
    return UNKNOWN


def hashed(machine: Libraries, call: Call) -> Value:
    """The hash of a string differs in every process unless PYTHONHASHSEED is set; that of a number does not."""
    value = _first(call)
    salted = isinstance(value, Const) and isinstance(value.value, str | bytes)
    salted = salted or (isinstance(value, Product) and value.name == "builtins.str")
    return Unknown(varies=salted or v.varies(value))


def opened(machine: Libraries, call: Call) -> Value:
    return Product("builtins.open", call.args, dict(call.kwargs))


def partial(machine: Libraries, call: Call) -> Value:
    if not call.args:
        return UNKNOWN
    return Partial(call.args[0], call.args[1:], dict(call.kwargs))


def imported(machine: Libraries, call: Call) -> Value:
    """importlib.import_module and __import__ of a name that is known."""
    name = call.string("name", 0)
    if name is None:
        return UNKNOWN
    if name.startswith("."):
        target = machine.finder.relative(machine.module, len(name) - len(name.lstrip(".")), name.lstrip("."))
        return machine.import_module(target, call.site, call.text) if target is not None else UNKNOWN
    value: Value | None = None
    for count in range(1, name.count(".") + 2):
        target = machine.finder.find(".".join(name.split(".")[:count]))
        if target is None:
            return External(name) if value is None else UNKNOWN
        value = machine.import_module(target, call.site, call.text)
    return value or UNKNOWN


def run_path(machine: Libraries, call: Call) -> Value:
    """``%run other.py`` in a notebook, and runpy.run_path: the file's code runs here."""
    name = call.string("path_name", 0)
    if name is not None:
        path = os.path.normpath(os.path.join(machine.module.path.parent.as_posix(), name))
        if machine.project.has(path):
            machine.import_module(machine.project.module(path), call.site, call.text)
    return UNKNOWN


# Methods of mappings.


def mapping_method(machine: Libraries, call: Call) -> Value:
    mapping = call.receiver
    assert isinstance(mapping, Mapping)
    method = call.method
    if method in ("get", "pop", "setdefault"):
        key, default = (
            (call.args[0] if call.args else UNKNOWN),
            (call.args[1] if len(call.args) > 1 else call.kwargs.get("default", NONE)),
        )
        found = machine.item_of(mapping, key)
        if isinstance(key, Const):
            if key.value in mapping.entries:
                held = mapping.entries[key.value]
                return v.join(default, found) if ABSENT in v.options_of(held) else found
            if method == "setdefault":
                machine.set_item(mapping, key, default)
                return default
            return v.join(default, found) if mapping.open or mapping.rest else default
        return found if isinstance(found, Unknown) else v.join(found, default)
    if method == "update":
        for other in call.args:
            if isinstance(other, Mapping):
                for name, value in list(other.entries.items()):
                    machine.set_item(mapping, Const(name), value)
                mapping.rest.extend(other.rest)
                mapping.open = mapping.open or other.open
            else:
                mapping.open = True
        for name, value in call.kwargs.items():
            machine.set_item(mapping, Const(name), value)
        return NONE
    if method == "copy":
        copy = machine.new_mapping(dict(mapping.entries), mapping.open, mapping.plain)
        copy.rest = list(mapping.rest)
        return copy
    opened = mapping.open or bool(mapping.rest)
    values = [*mapping.entries.values(), *mapping.rest][:64]
    if method == "values":
        return machine.new_sequence("list", values, opened)
    if method == "keys":
        return machine.new_sequence("list", [Const(key) for key in list(mapping.entries)[:64]], opened)
    if method == "items":
        pairs = [machine.new_sequence("tuple", [Const(key), value]) for key, value in list(mapping.entries.items())[:64]]
        return machine.new_sequence("list", pairs, opened or len(mapping.entries) > 64)
    return mapping if method == "to_dict" else UNKNOWN


def sequence_method(machine: Libraries, call: Call) -> Value:
    sequence = call.receiver
    assert isinstance(sequence, Sequence)
    method = call.method
    if method in ("append", "add", "insert", "appendleft") and call.args:
        if machine.uncertain > sequence.born:
            sequence.open = True
        if len(sequence.items) < 200:
            sequence.items.append(call.args[-1])
        else:
            sequence.open = True
        return NONE
    if method in ("extend", "update") and call.args:
        other = call.args[0]
        if isinstance(other, Sequence):
            sequence.items.extend(other.items[: max(0, 200 - len(sequence.items))])
            sequence.open = sequence.open or other.open or machine.uncertain > sequence.born
        else:
            sequence.items.append(machine.iterate(other, call.site))
            sequence.open = True
        return NONE
    if method in ("pop", "popleft"):
        return machine.item_of(sequence, UNKNOWN)
    if method == "copy":
        return machine.new_sequence(sequence.kind, sequence.items, sequence.open)
    if method == "sort" and "key" in call.kwargs:
        machine.call(call.kwargs["key"], (machine.item_of(sequence, UNKNOWN),), {}, call.site, call.text)
        return NONE
    return NONE if method in ("sort", "reverse", "remove", "clear") else UNKNOWN


_STRING_METHODS = frozenset(
    "lower upper strip lstrip rstrip split startswith endswith replace format join title capitalize isdigit partition rpartition "
    "removeprefix removesuffix encode zfill find count".split()
)


def constant_method(machine: Libraries, call: Call) -> Value:
    constant = call.receiver
    if isinstance(constant, Const) and call.method in _STRING_METHODS and all(isinstance(arg, Const) for arg in call.args):
        if call.kwargs or len(str(constant.value)) > 10_000:
            return UNKNOWN
        try:
            result = getattr(constant.value, call.method)(*(arg.value for arg in call.args if isinstance(arg, Const)))
        except Exception:  # the analysed program's own error
            return UNKNOWN
        if isinstance(result, list | tuple):
            return machine.new_sequence("list", [Const(item) for item in result])
        return Const(result, constant.option)
    return Unknown(any(v.varies(arg) for arg in call.args))


_ALWAYS_SET = frozenset(
    {"HOME", "PATH", "USER", "LOGNAME", "SHELL", "PWD", "LANG", "TMPDIR", "TEMP", "USERPROFILE", "HOSTNAME"}
)


def environment_get(machine: Libraries, call: Call) -> Value:
    """A variable of the environment: what the program takes where it is not set."""
    if len(call.args) > 1:
        return v.join(call.args[1], UNKNOWN) if not isinstance(call.args[1], Const) else call.args[1]
    name = call.string("key", 0)
    known = name is not None and name not in _ALWAYS_SET and name not in machine.environment
    return Const(None, f"${name}") if known else UNKNOWN


def environment_set(machine: Libraries, call: Call) -> Value:
    name = call.string("key", 0)
    machine.environment.add(name)
    if name is not None:
        machine.note_environment(name, call.site, call.text)
    if call.method != "setdefault" or "unset" in machine.state.flag("cublas_workspace"):
        machine.note_workspace(name, call.argument("value", 1) or UNKNOWN, call.site, call.text)
    return UNKNOWN


def environment_update(machine: Libraries, call: Call) -> Value:
    given = call.args[0] if call.args else None
    for name, value in {**(given.entries if isinstance(given, Mapping) else {}), **call.kwargs}.items():
        machine.environment.add(name)
        machine.note_environment(str(name), call.site, call.text)
        machine.note_workspace(name, value, call.site, call.text)
    return UNKNOWN


def join_path(machine: Libraries, call: Call) -> Value:
    if call.args and all(isinstance(arg, Const) and isinstance(arg.value, str) for arg in call.args):
        return Const(os.path.join(*(arg.value for arg in call.args if isinstance(arg, Const))))
    return Unknown(any(v.varies(arg) for arg in call.args))


def path_part(machine: Libraries, call: Call) -> Value:
    value = _first(call)
    if isinstance(value, Const) and isinstance(value.value, str):
        if call.method in ("dirname", "basename", "normpath"):
            return Const(getattr(os.path, call.method)(value.value))
        return Const(os.path.normpath(os.path.join(machine.module.path.parent.as_posix(), value.value)))
    return value


def _from_python(machine: Libraries, data: object) -> Value:
    if isinstance(data, dict):
        return machine.new_mapping({key: _from_python(machine, item) for key, item in data.items()}, plain=True)
    if isinstance(data, list | tuple | set):
        return machine.new_sequence(
            type(data).__name__, [_from_python(machine, item) for item in list(data)[:200]], len(data) > 200
        )
    return Const(data)


def literal(machine: Libraries, call: Call) -> Value:
    text = call.string("", 0)
    if text is not None:
        try:
            return _from_python(machine, ast.literal_eval(text))
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return UNKNOWN
    return UNKNOWN


def extend_path(machine: Libraries, call: Call) -> Value:
    """sys.path.append and insert of a directory that is known."""
    folder = call.args[-1] if call.args else None
    if isinstance(folder, Const) and isinstance(folder.value, str):
        machine.finder.add_root(os.path.normpath(os.path.join(machine.entry.path.parent.as_posix(), folder.value)))
    return NONE


def leave(machine: Libraries, call: Call) -> Value:
    from reprolint.trace.machine import PathEnds

    raise PathEnds


def _absolute(value: float) -> float:
    return abs(value)


_FOLDED: dict[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "abs": _absolute,
    "round": round,
    "chr": chr,
    "ord": ord,
}

MODELS: dict[str, Model] = {
    **{f"builtins.{name}": _folded(function) for name, function in _FOLDED.items()},
    "builtins.len": length,
    "builtins.list": container("list"),
    "builtins.tuple": container("tuple"),
    "builtins.set": container("set"),
    "builtins.frozenset": container("set"),
    "builtins.reversed": container("list"),
    "builtins.dict": dictionary,
    "collections.OrderedDict": dictionary,
    "builtins.sorted": keyed,
    "builtins.min": keyed,
    "builtins.max": keyed,
    "builtins.map": mapped,
    "builtins.filter": mapped,
    "builtins.enumerate": enumerated,
    "builtins.zip": zipped,
    "builtins.iter": iterator,
    "builtins.next": following,
    "builtins.range": ranged,
    "builtins.isinstance": instance_of,
    "dataclasses.is_dataclass": is_dataclass,
    "builtins.hasattr": has_attribute,
    "builtins.getattr": get_attribute,
    "builtins.setattr": set_attr,
    "builtins.vars": variables,
    "builtins.locals": variables,
    "builtins.globals": global_names,
    "builtins.eval": evaluated,
    "builtins.type": type_of,
    "builtins.hash": hashed,
    "builtins.open": opened,
    "builtins.exit": leave,
    "builtins.quit": leave,
    "sys.exit": leave,
    "os._exit": leave,
    "os.abort": leave,
    "functools.partial": partial,
    "importlib.import_module": imported,
    "builtins.__import__": imported,
    "runpy.run_path": run_path,
    "builtins.__reprolint_run__": run_path,
    "os.environ.get": environment_get,
    "os.getenv": environment_get,
    "os.environ.setdefault": environment_set,
    "os.environ.update": environment_update,
    "os.putenv": environment_set,
    "os.path.join": join_path,
    "os.path.dirname": path_part,
    "os.path.abspath": path_part,
    "os.path.realpath": path_part,
    "os.path.basename": path_part,
    "os.path.normpath": path_part,
    "os.path.expanduser": lambda machine, call: _first(call),
    "ast.literal_eval": literal,
    "sys.path.append": extend_path,
    "sys.path.insert": extend_path,
}
