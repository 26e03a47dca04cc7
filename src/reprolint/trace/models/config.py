"""Configuration read from files: hydra and omegaconf YAML, JSON and YAML with a path that is known."""

from __future__ import annotations

import json
import os.path
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from reprolint.trace import values as v
from reprolint.trace.machine import is_seed_name
from reprolint.trace.models.call import Call, Model
from reprolint.trace.story import Link, Place
from reprolint.trace.values import (
    NONE,
    UNKNOWN,
    Args,
    Class,
    Const,
    External,
    Function,
    Instance,
    Kwargs,
    Mapping,
    Product,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from reprolint.trace.library import Libraries

_PACKAGE = re.compile(r"^#\s*@package\s+(\S+)", re.MULTILINE)
_REFERENCE = re.compile(r"^\$\{([\w.]+)\}$")


def value_of(machine: Libraries, data: Any, option: str = "", depth: int = 0) -> Value:
    """Plain data from a configuration file as values; each scalar remembers the key that overrides it."""
    if depth > 30:
        return UNKNOWN
    if isinstance(data, dict):
        entries: dict[object, Value] = {}
        for key, item in data.items():
            if isinstance(key, str | int | float | bool):
                entries[key] = value_of(machine, item, f"{option}.{key}" if option else str(key), depth + 1)
        return machine.new_mapping(entries, plain=True)
    if isinstance(data, list):
        return machine.new_sequence(
            "list", [value_of(machine, item, option, depth + 1) for item in data[:200]], len(data) > 200
        )
    if isinstance(data, str) and "${" in data:
        return Product("<reference>", (Const(data),))
    if data is None or isinstance(data, str | int | float | bool):
        return Const(data, option or None)
    return UNKNOWN


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def find_file(machine: Libraries, name: str) -> Path | None:
    """A file that the program names: beside the script, at the project's root, or beside the module that names it."""
    for folder in (machine.entry.path.parent, machine.project.root, machine.module.path.parent):
        path = Path(os.path.normpath(os.path.join(folder.as_posix(), name)))
        if machine.project.is_file(path):
            return path
    return None


# hydra


def compose(machine: Libraries, directory: Path, name: str) -> Value:
    """The configuration that hydra composes from ``directory/name.yaml`` and its defaults list."""
    root = machine.new_mapping()
    overrides: dict[str, str] = {}
    _compose(machine, root, directory, name.removesuffix(".yaml").removesuffix(".yml"), "", overrides, 0)
    _resolve(root, root, 0)
    return root


def _compose(
    machine: Libraries, root: Mapping, directory: Path, name: str, group: str, overrides: dict[str, str], depth: int
) -> None:
    stored = machine.stored_configs.get(f"{group}/{name}" if group else name)
    text = None
    for suffix in (".yaml", ".yml"):
        text = text or machine.project.read_text(directory / group / f"{name}{suffix}")
    if text is None or depth > 12:
        if stored is not None:
            _merge(_at(machine, root, group), _as_mapping(machine, stored))
        return
    data = _yaml(text)
    if not isinstance(data, dict):
        return
    package = _PACKAGE.search(text[:400])
    place = (
        group.replace("/", ".")
        if package is None
        else ""
        if package[1] == "_global_"
        else package[1].replace("_group_", group.replace("/", "."))
    )
    own = {key: item for key, item in data.items() if key != "defaults"}
    defaults = data.get("defaults")
    entries = [*defaults] if isinstance(defaults, list) else []
    for entry in entries:
        if isinstance(entry, dict):
            for key, choice in entry.items():
                if str(key).startswith("override ") and isinstance(choice, str):
                    overrides[str(key).removeprefix("override ").strip("/ ")] = choice
    if "_self_" not in entries:
        entries.append("_self_")
    for entry in entries:
        if entry == "_self_":
            _merge(_at(machine, root, place), value_of(machine, own, place))
        elif isinstance(entry, str):
            _compose(machine, root, directory, entry.strip("/"), group, overrides, depth + 1)
        elif isinstance(entry, dict):
            for key, choice in entry.items():
                words = str(key).split()
                if words and words[0] == "override":
                    continue
                target = words[-1].partition("@")[0] if words else ""
                inner = target.strip("/") if target.startswith("/") or not group else f"{group}/{target}"
                picked = overrides.get(target.strip("/"), choice)
                for one in picked if isinstance(picked, list) else [picked]:
                    if isinstance(one, str):
                        _compose(machine, root, directory, one.removesuffix(".yaml"), inner, overrides, depth + 1)


def _at(machine: Libraries, root: Mapping, dotted: str) -> Mapping:
    current = root
    for part in filter(None, dotted.split(".")):
        inner = current.entries.get(part)
        if not isinstance(inner, Mapping):
            inner = current.entries[part] = machine.new_mapping()
        current = inner
    return current


def _as_mapping(machine: Libraries, value: Value) -> Value:
    if isinstance(value, Class):
        value = machine.instantiate_defaults(value, {}, machine.site)
    return Mapping(value.attrs) if isinstance(value, Instance) else value


def _merge(target: Mapping, source: Value) -> None:
    if isinstance(source, Mapping):
        for key, item in source.entries.items():
            old = target.entries.get(key)
            if isinstance(old, Mapping) and isinstance(item, Mapping):
                _merge(old, item)
            else:
                target.entries[key] = item


def _resolve(root: Mapping, current: Mapping, depth: int) -> None:
    """Replace ``${a.b}`` by what stands at a.b; any other interpolation stays unknown."""
    for key, item in list(current.entries.items()):
        if isinstance(item, Mapping) and depth < 20:
            _resolve(root, item, depth + 1)
        elif isinstance(item, Product) and item.name == "<reference>":
            current.entries[key] = _referenced(root, str(item.args[0].value if isinstance(item.args[0], Const) else ""))


def _referenced(root: Mapping, text: str) -> Value:
    match = _REFERENCE.match(text)
    target: Value = root
    for part in match[1].split(".") if match else ():
        target = target.entries.get(part, UNKNOWN) if isinstance(target, Mapping) else UNKNOWN
    return target if match and isinstance(target, Const) else UNKNOWN


def hydra_config(machine: Libraries, func: Function, mark: Product) -> Value:
    """What ``@hydra.main`` passes to the function it decorates."""
    path, name = mark.argument("config_path", 0), mark.argument("config_name", 1)
    folder = func.scope.module.path.parent
    if isinstance(name, Const) and isinstance(name.value, str):
        where = path.value if isinstance(path, Const) and isinstance(path.value, str) else ""
        directory = Path(os.path.normpath(os.path.join(folder.as_posix(), where)))
        composed = compose(machine, directory, name.value)
        if isinstance(composed, Mapping) and composed.entries:
            _note_seeds(machine, func, composed, directory)
            return composed
        stored = machine.stored_configs.get(name.value)
        if stored is not None:
            return _config_object(machine, stored)
    annotation = func.params[0][3] if func.params else None
    if annotation is not None:
        known = machine.from_annotation(annotation, func)
        if known is not None:
            return known
    return UNKNOWN


_SEED_REFERENCE: Final = re.compile(r"\$\{[^}]*seed")
_MAX_FILES: Final = 300


def _note_seeds(machine: Libraries, func: Function, composed: Mapping, directory: Path) -> None:
    """Note the seeds of a configuration, unless another entry of it refers to one."""
    names = [name for name in composed.entries if isinstance(name, str) and is_seed_name(name)]
    files = machine.project.files_like(directory, "**/*.y*ml") if names else []
    if len(files) > _MAX_FILES or any(_SEED_REFERENCE.search(machine.project.read_text(path) or "") for path in files):
        return
    holder = func.params[0][0] if func.params else "cfg"
    declared = Link(Place(func.scope.module, func.site), f"def {func.name}({holder})")
    for name in names:
        machine.note_option(f"{name}: …", name, f"{holder}.{name}", declared)


def _config_object(machine: Libraries, stored: Value) -> Value:
    return machine.instantiate_defaults(stored, {}, machine.site) if isinstance(stored, Class) else stored


def store(machine: Libraries, call: Call) -> Value:
    """``ConfigStore.instance().store(name=…, node=…, group=…)``."""
    name, group, node = call.string("name", 0), call.string("group"), call.argument("node", 1)
    if name is not None and node is not None:
        machine.stored_configs[f"{group}/{name}" if group else name] = node
    return NONE


def compose_call(machine: Libraries, call: Call) -> Value:
    name = call.string("config_name", 0)
    if name is not None:
        for folder in (machine.module.path.parent, machine.project.root):
            for directory in (folder, folder / "configs", folder / "conf", folder / "config"):
                if machine.project.is_file(directory / f"{name}.yaml"):
                    return compose(machine, directory, name)
    return UNKNOWN


def instantiate(machine: Libraries, call: Call) -> Value:
    """``hydra.utils.instantiate(cfg)``: calls ``cfg._target_`` with the rest of the configuration."""
    config = call.argument("config", 0)
    if not isinstance(config, Mapping | Instance):
        return UNKNOWN
    return _instantiate(machine, config.entries if isinstance(config, Mapping) else config.attrs, call, 0)


def _instantiate(machine: Libraries, entries: dict[Any, Value], call: Call, depth: int) -> Value:
    target = entries.get("_target_")
    if not isinstance(target, Const) or not isinstance(target.value, str) or depth > 8:
        return UNKNOWN
    kwargs: Kwargs = {}
    recursive = entries.get("_recursive_")
    for key, item in entries.items():
        if isinstance(key, str) and not key.startswith("_"):
            nested = (
                isinstance(item, Mapping)
                and "_target_" in item.entries
                and not (isinstance(recursive, Const) and recursive.value is False)
            )
            kwargs[key] = _instantiate(machine, item.entries, call, depth + 1) if nested and isinstance(item, Mapping) else item
    kwargs.update({key: item for key, item in call.kwargs.items() if not key.startswith("_") and depth == 0})
    func = named(machine, target.value, call)
    args: Args = ()
    listed = entries.get("_args_")
    if isinstance(listed, Sequence):
        args = tuple(listed.items)
    partial = entries.get("_partial_")
    if isinstance(partial, Const) and partial.value:
        return v.Partial(func, args, kwargs)
    return machine.call(func, args, kwargs, call.site, f"instantiate({target.value})")


def named(machine: Libraries, dotted: str, call: Call) -> Value:
    """The class or function that a dotted name in a configuration means."""
    parts = dotted.split(".")
    for count in range(len(parts) - 1, 0, -1):
        target = machine.finder.find(".".join(parts[:count]))
        if target is not None:
            value: Value = machine.import_module(target, call.site, f"import {'.'.join(parts[:count])}")
            for part in parts[count:]:
                value = machine.attribute(value, part)
            return value
    return External(dotted) if machine.finder.find(parts[0]) is None else UNKNOWN


def named_call(machine: Libraries, call: Call) -> Value:
    name = call.string("path", 0)
    return named(machine, name, call) if name is not None else UNKNOWN


# Files


def _text(machine: Libraries, source: Value | None) -> str | None:
    """The text behind an open file, a path, or what was read from either."""
    while isinstance(source, Product) and source.name in ("builtins.open", "pathlib.Path", "<text>") and source.args:
        source = source.args[0]
    if isinstance(source, Const) and isinstance(source.value, str):
        path = find_file(machine, source.value) if len(source.value) < 1000 and "\n" not in source.value else None
        return machine.project.read_text(path) if path is not None else None
    return None


def load_json(machine: Libraries, call: Call) -> Value:
    source = call.argument("fp", 0)
    text = _text(machine, source)
    if text is None and call.method == "loads" and isinstance(source, Const) and isinstance(source.value, str):
        text = source.value
    try:
        return value_of(machine, json.loads(text)) if text is not None else UNKNOWN
    except (ValueError, RecursionError):
        return UNKNOWN


def load_yaml(machine: Libraries, call: Call) -> Value:
    text = _text(machine, call.argument("stream", 0) or call.argument("file_", 0))
    data = _yaml(text) if text is not None else None
    if not isinstance(data, dict):
        return UNKNOWN
    loaded = value_of(machine, data)
    if isinstance(loaded, Mapping):
        _resolve(loaded, loaded, 0)
    return loaded


def read_file(machine: Libraries, call: Call) -> Value:
    return Product("<text>", (call.receiver,) if call.receiver is not None else ())


def merged(machine: Libraries, call: Call) -> Value:
    """``OmegaConf.merge(a, b)``: what any part leaves open stays open."""
    result = machine.new_mapping()
    for part in call.args:
        mapping = _as_mapping(machine, part)
        if isinstance(mapping, Mapping):
            _merge(result, mapping)
            result.open = result.open or mapping.open
    # An argument that is not known (the command line) overrides nothing by default.
    return result if result.entries else UNKNOWN


def structured(machine: Libraries, call: Call) -> Value:
    value = call.argument("obj", 0)
    return _config_object(machine, value) if value is not None else UNKNOWN


def unchanged(machine: Libraries, call: Call) -> Value:
    return call.args[0] if call.args else UNKNOWN


MODELS: dict[str, Model] = {
    "hydra.utils.instantiate": instantiate,
    "hydra.utils.call": instantiate,
    "hydra.compose": compose_call,
    "hydra.utils.get_class": named_call,
    "hydra.utils.get_method": named_call,
    "hydra.utils.get_object": named_call,
    "pydoc.locate": named_call,
    "hydra.core.config_store.ConfigStore.store": store,
    "hydra.core.config_store.ConfigStore.instance": lambda machine, call: Product("hydra.core.config_store.ConfigStore"),
    "omegaconf.OmegaConf.load": load_yaml,
    "omegaconf.OmegaConf.merge": merged,
    "omegaconf.OmegaConf.structured": structured,
    "omegaconf.OmegaConf.to_container": unchanged,
    "omegaconf.OmegaConf.to_object": unchanged,
    "omegaconf.OmegaConf.from_cli": lambda machine, call: UNKNOWN,
    "yaml.safe_load": load_yaml,
    "yaml.load": load_yaml,
    "yaml.full_load": load_yaml,
    "yaml.unsafe_load": load_yaml,
    "json.load": load_json,
    "json.loads": load_json,
    "builtins.open.read": read_file,
    "pathlib.Path.read_text": read_file,
    "pathlib.Path.open": lambda machine, call: Product("builtins.open", (call.receiver,) if call.receiver is not None else ()),
}
