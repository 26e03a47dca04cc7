"""Options and their defaults: argparse, fire, absl, tyro and other record parsers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolint.trace import values as v
from reprolint.trace.models.call import Call, Model
from reprolint.trace.story import Link
from reprolint.trace.values import NONE, UNKNOWN, Class, Const, External, Function, Mapping, Product, Sequence, Value

if TYPE_CHECKING:
    from reprolint.trace.library import Libraries

OPTIONS = "<options>"
"""Attribute under which a parser keeps its options: a Mapping from destination to default."""


def options_of(machine: Libraries, parser: Value | None) -> Mapping | None:
    """The options declared on a parser, its groups and its subparsers, which all share one table."""
    from reprolint.trace.values import Instance

    if isinstance(parser, Product | Instance):
        held = parser.attrs.get(OPTIONS)
        if not isinstance(held, Mapping):
            held = parser.attrs[OPTIONS] = machine.new_mapping()
        return held
    return None


def parser(machine: Libraries, call: Call) -> Value:
    made = machine.new_product("argparse.ArgumentParser", call.args, dict(call.kwargs))
    target: Value = call.receiver if isinstance(call.receiver, v.Instance) else made
    table = options_of(machine, target)
    parents = call.kwargs.get("parents")
    for parent in parents.items if isinstance(parents, Sequence) else ():
        inherited = options_of(machine, parent)
        if inherited is not None and table is not None:
            table.entries.update(inherited.entries)
    return made


def add_argument(machine: Libraries, call: Call) -> Value:
    table = options_of(machine, call.receiver)
    names = [arg.value for arg in call.args if isinstance(arg, Const) and isinstance(arg.value, str)]
    if table is None or not names:
        return UNKNOWN
    long = next((name for name in names if name.startswith("--")), names[0])
    given = call.string("dest")
    destination = given or long.lstrip("-").replace("-", "_")
    value = _default(machine, call, long)
    if call.string("action") in ("store_true", "store_false") and destination in table.entries and "default" not in call.kwargs:
        value = table.entries[destination]  # --x and --no-x share a destination: the first one's default holds
    table.entries[destination] = value
    machine.note_option(long, destination, f"args.{destination}", Link(machine.place(call.site), call.text))
    return UNKNOWN


def _default(machine: Libraries, call: Call, name: str) -> Value:
    """The value of an option that the user does not pass."""
    if not name.startswith("-"):
        optional = call.string("nargs") in ("?", "*")
        return _marked(call.kwargs.get("default", NONE), name) if optional else UNKNOWN
    action = call.argument("action")
    kind = action.value if isinstance(action, Const) else None
    if "default" in call.kwargs:
        default = call.kwargs["default"]
        if isinstance(default, External) and default.name == "argparse.SUPPRESS":
            return v.ABSENT
        converter = call.kwargs.get("type")
        if (
            isinstance(default, Const)
            and isinstance(default.value, str)
            and converter is not None
            and not isinstance(converter, Const)
        ):
            default = machine.call(converter, (default,), {}, call.site, call.text)
        return _marked(default, name)
    required = call.kwargs.get("required")
    if isinstance(required, Const) and required.value:
        return UNKNOWN
    if kind == "store_true":
        return Const(False, name)
    if kind == "store_false":
        return Const(True, name)
    return Const(None, name)


def _marked(value: Value, option: str) -> Value:
    return Const(value.value, option) if isinstance(value, Const) else value


def same_parser(machine: Libraries, call: Call) -> Value:
    """Groups and subparsers declare options of the same namespace."""
    return call.receiver or UNKNOWN


def set_defaults(machine: Libraries, call: Call) -> Value:
    table = options_of(machine, call.receiver)
    if table is not None:
        for name, value in call.kwargs.items():
            if name == "**":
                continue
            old = table.entries.get(name)
            if isinstance(value, Function | Class) and old is not None:
                value = v.join(old, value)  # one handler per subcommand
            table.entries[name] = _marked(value, f"--{name}")
    return NONE


def get_default(machine: Libraries, call: Call) -> Value:
    table, name = options_of(machine, call.receiver), call.string("dest", 0)
    return table.entries.get(name, NONE) if table is not None and name else UNKNOWN


def parse_args(machine: Libraries, call: Call) -> Value:
    table = options_of(machine, call.receiver)
    given = call.argument("args", 0)
    entries = {name: value for name, value in (table.entries if table is not None else {}).items() if value is not v.ABSENT}
    namespace = machine.new_mapping(entries)
    existing = call.argument("namespace", 1)
    if isinstance(existing, Mapping):
        namespace.entries = {**entries, **existing.entries}
    if isinstance(given, Sequence) and given.items and not given.open:
        apply_arguments(namespace, given)
    if call.method in ("parse_known_args", "parse_known_intermixed_args"):
        return machine.new_sequence("tuple", [namespace, machine.new_sequence("list", [], open=True)])
    return namespace


def apply_arguments(namespace: Mapping, given: Sequence) -> None:
    """``parse_args(["--seed", "1"])``: what the list sets is no default any more."""
    words = [item.value if isinstance(item, Const) else None for item in given.items]
    for number, word in enumerate(words):
        if isinstance(word, str) and word.startswith("--"):
            name, _, value = word[2:].partition("=")
            following = words[number + 1] if number + 1 < len(words) else None
            name = name.replace("-", "_")
            if name in namespace.entries:
                takes = following is not None and not str(following).startswith("--")
                namespace.entries[name] = Const(value) if value else UNKNOWN if takes else Const(True)


def namespace(machine: Libraries, call: Call) -> Value:
    """argparse.Namespace(...), SimpleNamespace, EasyDict …: an object of the given names."""
    entries: dict[object, Value] = {name: value for name, value in call.kwargs.items() if name not in ("*", "**")}
    opened = "**" in call.kwargs
    for value in call.args:
        if isinstance(value, Mapping):
            entries.update(value.entries)
            opened = opened or value.open
        elif not isinstance(value, Const):
            opened = True
    return machine.new_mapping(entries, opened)


# absl


def define_flag(machine: Libraries, call: Call) -> Value:
    name = call.string("name", 0)
    default = call.argument("default", 1)
    value = _marked(default, f"--{name}") if default is not None else NONE
    if name is not None:
        machine.flags_defined[name] = value
    holder: v.Kwargs = {"value": value, "default": value}
    return Product("absl.flags.FlagHolder", (), holder if name is None else {**holder, "name": Const(name)})


def parse_flags(machine: Libraries, call: Call) -> Value:
    """``FLAGS(sys.argv)``: from here on flags have values."""
    machine.flags_parsed = True
    machine.note_flags(call.site)
    return machine.new_sequence("list", [], open=True)


# Records filled from the command line: tyro, draccus, simple_parsing, HfArgumentParser, tap, pyrallis …


def record(machine: Libraries, call: Call) -> Value | None:
    wanted = call.argument("config_class", 0) or call.argument("f", 0)
    if isinstance(wanted, Class):
        machine.note_fields(wanted, call.site, call.text)
        return machine.instantiate_defaults(wanted, {}, call.site)
    if isinstance(wanted, Function):
        machine.note_parameters(wanted, call.site, call.text)
        return machine.call(wanted, (), {}, call.site, call.text)
    return None


def records(machine: Libraries, call: Call) -> Value:
    """HfArgumentParser((A, B)).parse_args_into_dataclasses() → (A(), B())."""
    parser = call.receiver
    wanted: Value | None = None
    if isinstance(parser, v.Instance):
        wanted = parser.attrs.get("dataclass_types")
        parser = parser.base
    if wanted is None and isinstance(parser, Product):
        wanted = parser.argument("dataclass_types", 0)
    classes = wanted.items if isinstance(wanted, Sequence) else [wanted] if wanted is not None else []
    made: list[Value] = []
    for cls in classes:
        if isinstance(cls, Class):
            machine.note_fields(cls, call.site, call.text)
            made.append(machine.instantiate_defaults(cls, {}, call.site))
        elif isinstance(cls, External):
            made.append(machine.new_product(cls.name))
        else:
            made.append(UNKNOWN)
    if v.truth(call.kwargs.get("return_remaining_strings", NONE)):
        made.append(UNKNOWN)
    return machine.new_sequence("tuple", made)


def fire(machine: Libraries, call: Call) -> Value:
    """fire.Fire(f), typer.run(f), absl.app.run(f), jsonargparse.CLI(f): the function runs with its defaults."""
    target = call.argument("component", 0) or call.argument("main", 0)
    targets: list[Value] = []
    if target is None:
        own = machine.modules[machine.module].scope
        targets = [value for value in (own.vars.values() if own is not None else ()) if isinstance(value, Function)]
        targets = [value for value in targets if isinstance(value, Function) and value.scope is own]
    elif isinstance(target, Mapping):
        targets = [value for value in target.entries.values() if isinstance(value, Function | Class)]
    elif isinstance(target, Function | Class | v.Partial):
        targets = [target]
    elif isinstance(target, v.Instance):
        targets = [
            method
            for name in target.cls.attrs
            if not name.startswith("_") and isinstance(method := machine.attribute(target, name), Function)
        ]
    if not targets:
        return UNKNOWN
    given: v.Args = ()
    if call.name == "absl.app.run":
        machine.flags_parsed = True
        given = (machine.new_sequence("list", [UNKNOWN], open=True),)

    def run(option: Value) -> Value:
        if isinstance(option, Function) and not given:
            machine.note_parameters(option, call.site, call.text)
        made = machine.call(option, given, {}, call.site, call.text)
        if isinstance(made, v.Instance) and target is not None and not isinstance(option, Function):
            return fire(machine, Call(call.name, None, (made,), {}, call.site, call.text))
        return made

    return run(targets[0]) if len(targets) == 1 else machine.choose([partial(run, option) for option in targets])


_PARSER = "argparse.ArgumentParser"
_GROUPS = ("add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "add_parser")

MODELS: dict[str, Model] = {
    _PARSER: parser,
    **{f"{_PARSER}.{name}": same_parser for name in _GROUPS},
    f"{_PARSER}.__init__": parser,
    f"{_PARSER}.add_argument": add_argument,
    f"{_PARSER}.add": add_argument,
    f"{_PARSER}.set_defaults": set_defaults,
    f"{_PARSER}.get_default": get_default,
    f"{_PARSER}.parse_args": parse_args,
    f"{_PARSER}.parse_known_args": parse_args,
    f"{_PARSER}.parse_intermixed_args": parse_args,
    f"{_PARSER}.parse_known_intermixed_args": parse_args,
    **dict.fromkeys(
        (
            "argparse.Namespace",
            "types.SimpleNamespace",
            "easydict.EasyDict",
            "box.Box",
            "munch.Munch",
            "munch.munchify",
            "addict.Dict",
            "ml_collections.ConfigDict",
            "ml_collections.config_dict.ConfigDict",
            "ml_collections.FrozenConfigDict",
            "yacs.config.CfgNode",
            "omegaconf.OmegaConf.create",
            "omegaconf.DictConfig",
            "transformers.HfArgumentParser.parse_dict",
        ),
        namespace,
    ),
    **{
        f"absl.flags.DEFINE_{kind}": define_flag
        for kind in (
            "integer",
            "string",
            "bool",
            "boolean",
            "float",
            "enum",
            "list",
            "multi_string",
            "multi_integer",
            "spaceseplist",
            "enum_class",
        )
    },
    **dict.fromkeys(("absl.flags.FLAGS", "absl.app.parse_flags_with_usage"), parse_flags),
    **dict.fromkeys(
        (
            "tyro.cli",
            "draccus.parse",
            "simple_parsing.parse",
            "pyrallis.parse",
            "dataclass_wizard.fromdict",
            "chz.entrypoint",
            "jsonargparse.auto_cli",
            "chz.nested_entrypoint",
        ),
        record,
    ),
    "transformers.HfArgumentParser.parse_args_into_dataclasses": records,
    "trl.TrlParser.parse_args_and_config": records,
    **dict.fromkeys(
        (
            "fire.Fire",
            "fire.core.Fire",
            "typer.run",
            "absl.app.run",
            "jsonargparse.CLI",
            "defopt.run",
            "plac.call",
            "argh.dispatch_command",
            "jsonargparse.cli",
            "cyclopts.run",
        ),
        fire,
    ),
}
