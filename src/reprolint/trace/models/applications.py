"""Command-line applications that are made of commands: click, typer, and what registers commands as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reprolint.trace.models.call import Call, Model
from reprolint.trace.models.command_line import apply_arguments
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
    Partial,
    Product,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from reprolint.trace.library import Libraries

REGISTERING: Final = frozenset({"command", "callback", "main", "group"})
"""Methods of an application that register the function under them."""

ADDING: Final = REGISTERING | {"add_command", "add_typer"}
"""All that can give an application a command."""

_MADE: Final = frozenset({"typer.Typer", "click.Group", "click.Command", "click.CommandCollection"})
"""Applications that are made by calling a class, before they have any command."""

_CALLBACK: Final = "<callback>"
"""Attribute for the function that runs before the chosen command."""
_COMMANDS: Final = "<commands>"


def application(value: Value | None) -> Product | Function | None:
    """The application that a value is or inherits from; a function is one once commands are attached to it."""
    if isinstance(value, Instance):
        value = value.base
    return value if isinstance(value, Product | Function) else None


def is_application(machine: Libraries, value: Value) -> bool:
    app = application(value)
    return isinstance(app, Product) and (
        not app.attrs.keys().isdisjoint((_COMMANDS, _CALLBACK)) or machine.knowledge.canonical(app.name) in _MADE
    )


def commands_of(app: Product | Function) -> list[Value]:
    """The commands of an application, as a list to add to."""
    if isinstance(app, Function):
        return app.registered
    held = app.attrs.get(_COMMANDS)
    if not isinstance(held, Sequence):
        held = app.attrs[_COMMANDS] = Sequence("list")
    return held.items


def register(machine: Libraries, app: Product | Function, method: str, target: Value) -> None:
    """What ``@app.command()``, ``@app.callback()`` and the like do with the function under them."""
    if method == "callback" and isinstance(app, Product):
        app.attrs[_CALLBACK] = target
        return
    commands_of(app).append(target)
    # Click makes a command out of the function; elsewhere it stays a function that can be called as one.
    if isinstance(target, Function) and (
        isinstance(app, Function) or machine.knowledge.canonical(app.name).startswith("click.")
    ):
        target.marks.append(External("click.command"))


def run(machine: Libraries, app: Product, site: int) -> Value:
    """Run an application: its callback, and then the command that the user names."""
    before = app.attrs.get(_CALLBACK)
    if isinstance(before, Function | Class | Partial):
        machine.call(before, (), _declared(machine, app.kwargs.get("params")), site)
    machine.run_commands(commands_of(app), site)
    return NONE


def _declared(machine: Libraries, params: Value | None) -> Kwargs:
    """The defaults of ``params=[click.Option(["--seed"], default=1)]``."""
    declared = params.items if isinstance(params, Sequence) else ()
    return dict(
        option(param)
        for param in declared
        if isinstance(param, Product) and machine.knowledge.canonical(param.name) == "click.Option"
    )


def make(machine: Libraries, call: Call) -> Value:
    """An application; it keeps the functions that it is given until it is run."""
    settings = dict(call.kwargs)
    if call.name == "typer.Typer":
        callback = settings.pop("callback", None)  # `app.callback` is the decorator all the same
    else:
        callback = call.argument("callback", 2 if call.name == "click.Command" else None)
    app = machine.new_product(call.name, call.args, settings)
    if callback is not None:
        app.attrs[_CALLBACK] = callback
    given = call.argument("commands", 1) if call.name == "click.Group" else None
    if isinstance(given, Mapping):
        commands_of(app).extend(given.entries.values())
    elif isinstance(given, Sequence):
        commands_of(app).extend(given.items)
    if call.name == "click.CommandCollection":
        # It offers the commands of its sources, without what these run before them.
        sources = call.argument("sources", 1)
        for source in sources.items if isinstance(sources, Sequence) else ():
            known = application(source)
            commands_of(app).extend(commands_of(known) if known is not None else ())
    return app


def add_command(machine: Libraries, call: Call) -> Value:
    app, command = application(call.receiver), call.argument("cmd", 0)
    if app is not None and command is not None:
        commands_of(app).append(command)
    return NONE


def add_typer(machine: Libraries, call: Call) -> Value:
    """A typer application as a command of another; a callback given here comes before its own."""
    app, added = application(call.receiver), application(call.argument("typer_instance", 0))
    if app is None or not isinstance(added, Product):
        return NONE
    callback = call.kwargs.get("callback")
    if callback is not None:
        outer = machine.new_product(added.name, added.args, dict(added.kwargs))
        commands_of(added)
        outer.attrs = {**added.attrs, _CALLBACK: callback}
        added = outer
    commands_of(app).append(added)
    return NONE


def start(machine: Libraries, call: Call) -> Value | None:
    """``cli.main(...)``, and ``cli(...)`` where that is an object of a project's own subclass."""
    app = application(call.receiver)
    return machine.call(app, call.args, call.kwargs, call.site, call.text) if app is not None else None


def passed(func: Function, args: Args, kwargs: Kwargs) -> tuple[Args, Kwargs] | None:
    """What click passes to the function of a command; None where the program calls the function itself.

    :param args: the arguments of the call, which are those of ``click.Command.main`` where the function is a command.
    """
    command = func.marked("click.command", "click.group") is not None
    if (args or kwargs) and not command:
        return None
    positional: Args = ()
    given: Kwargs = {}
    for mark in func.marks:
        if isinstance(mark, Product) and mark.name == "click.option":
            name, value = option(mark)
            given[name] = value
        elif isinstance(mark, External | Product) and mark.name in ("click.pass_context", "click.pass_obj"):
            positional = (UNKNOWN,)
    words = args[0] if args else kwargs.get("args")
    if isinstance(words, Sequence) and not words.open:
        chosen = Mapping(dict(given))
        apply_arguments(chosen, words)
        given = {name: value for name, value in chosen.entries.items() if isinstance(name, str)}
    return (positional, given) if given or positional or command else None


def option(declared: Product) -> tuple[str, Value]:
    """The parameter that an option of click fills, and its default."""
    words = declared.args[0].items if declared.args and isinstance(declared.args[0], Sequence) else declared.args
    names = [word.value for word in words if isinstance(word, Const) and isinstance(word.value, str)]
    long = next((name for name in names if name.startswith("--")), names[0] if names else "--?")
    plain = next((name for name in names if not name.startswith("-")), None)
    flag = declared.kwargs.get("is_flag")
    shown = long.split("/")[0]
    default = declared.kwargs.get("default")
    name = (plain or shown.lstrip("-").replace("-", "_")).lower()
    if default is not None:
        return name, Const(default.value, shown) if isinstance(default, Const) else default
    required = declared.kwargs.get("required")
    if isinstance(required, Const) and required.value:
        return name, UNKNOWN
    is_flag = (isinstance(flag, Const) and flag.value) or "/" in long
    return name, Const(False if is_flag else None, shown)


MODELS: dict[str, Model] = {
    **dict.fromkeys(_MADE, make),
    "click.Group.add_command": add_command,
    "typer.Typer.add_typer": add_typer,
    **{f"{name}.{method}": start for name in _MADE for method in ("main", "__call__")},
}
