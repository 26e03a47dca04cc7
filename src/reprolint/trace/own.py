"""Draws from generators that libraries keep to themselves: no seed of Python's, NumPy's or torch's reaches them.

Only what surely happens is noted, and whether anything in the program seeds such a generator is asked once the story is
complete (`Story.seeds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reprolint.knowledge import UNKNOWN, Own
from reprolint.trace import values as v
from reprolint.trace.models.call import Call
from reprolint.trace.story import OwnDraw
from reprolint.trace.values import Choice, Const, External, Product, Sequence, Unknown, Value

if TYPE_CHECKING:
    from reprolint.trace.library import Libraries


def called(machine: Libraries, call: Call, value: Value) -> None:
    """Note what a call of a library draws by itself, and what ``value``, which it gives, will draw once it is used."""
    if isinstance(call.receiver, Product):
        used(machine, call.receiver, call.method)
    if call.text.startswith("super()"):
        return  # the class's own methods decide what is handed on, and the base may draw nothing by itself
    for row in machine.knowledge.own(call.name):
        draw = _draw(machine, row, call) if row.on == "call" else None
        if draw is None:
            continue
        if not row.uses:
            machine.story.note_own(draw)
        elif isinstance(value, Product):
            value.latent = draw


def used(machine: Libraries, product: Product, method: str) -> None:
    """Note what calling a method of an object draws, where making the object has not drawn yet."""
    draw = product.latent
    if draw is None or machine.possible or machine.skipping:
        return
    # ``study.sampler = TPESampler(seed=1)`` gives afterwards what the constructor lacks.
    if method in draw.row.uses and product.attrs.keys().isdisjoint(draw.row.unless_given):
        machine.story.note_own(draw)


def applied(machine: Libraries, product: Product, site: int, text: str) -> None:
    """Note what calling an object that a library made draws."""
    call = Call(machine.knowledge.canonical(product.name), None, product.args, product.kwargs, site, text)
    for row in machine.knowledge.own(call.name):
        draw = _draw(machine, row, call) if row.on == "apply" else None
        if draw is not None:
            machine.story.note_own(draw)


def _draw(machine: Libraries, row: Own, call: Call) -> OwnDraw | None:
    if machine.possible or machine.skipping:
        return None
    given = _given(row, call)
    detail, source = "", None
    if given is not None and v.varies(given) and _is_to_blame(machine, given):
        detail, source = f"its seed comes from {machine.last_varying}", machine.varying_place
    elif row.required or not _holds(machine, row, call):
        return None
    elif (option := v.option_in(given)) is not None:
        detail = f"{option if option.startswith('`') else f'`{option}`'} is None by default"
    generator = machine.knowledge.generator(row.generator)
    return OwnDraw(row, generator, machine.chain(call.site, call.text), detail, source, len(machine.story.events))


def _given(row: Own, call: Call) -> Value | None:
    position = row.parameters.index(row.argument) if row.argument in row.parameters else None
    return call.argument(row.argument, position)


def _is_to_blame(machine: Libraries, given: Value) -> bool:
    """Whether a seed that varies is not drawn from a generator that is reported for itself."""
    drawn = isinstance(given, Product) and machine.knowledge.varying(given.name) is not None
    return not drawn and "nothing seeds" not in machine.last_varying


def _holds(machine: Libraries, row: Own, call: Call) -> bool:
    """Whether the draw surely happens with the arguments of a call, and those of the object whose method it is."""
    arguments: dict[str, object] = {name: _plain(value) for name, value in zip(row.parameters, call.args, strict=False)}
    arguments.update((name, _plain(value)) for name, value in call.kwargs.items())
    if "*" in call.kwargs or "**" in call.kwargs:
        for name in (*row.unless_given, *row.when_given, *row.when, *row.unless):
            arguments.setdefault(name, UNKNOWN)
    if isinstance(call.receiver, Product):
        for name in ("seed", row.argument, *row.when):
            if name in call.receiver.kwargs:
                arguments.setdefault(name, _plain(call.receiver.kwargs[name]))
    return row.holds(arguments) is True and (not row.within or _holds_within(machine, row, call))


def _holds_within(machine: Libraries, row: Own, call: Call) -> bool:
    """Whether something in an argument draws when it is applied; for a method, in one of the object's, when it is called there."""
    position = row.parameters.index(row.within) if row.within in row.parameters else None
    if not isinstance(call.receiver, Product):
        held = call.argument(row.within, position)
        return held is not None and any(_draws(machine, part, "apply", "") for part in _parts(held))
    held = call.receiver.argument(row.within, position)
    method = call.name[len(machine.knowledge.canonical(call.receiver.name)) :]
    return held is not None and any(_draws(machine, part, "call", method) for part in _parts(held))


def _draws(machine: Libraries, part: Product, on: str, method: str) -> bool:
    """Whether applying an object, or calling a method of it, draws without a further argument.

    :param method: with a dot before it; empty where the object is applied.
    """
    name = machine.knowledge.canonical(part.name)
    call = Call(f"{name}{method}", part if method else None, *(((), {}) if method else (part.args, part.kwargs)), 0, "")
    return any(row.on == on and _holds(machine, row, call) for row in machine.knowledge.own(call.name))


def _parts(value: Value, depth: int = 0) -> Iterator[Product]:
    if isinstance(value, Product):
        yield value
    elif isinstance(value, Sequence) and depth < 3:
        for item in value.items:
            yield from _parts(item, depth + 1)


def _plain(value: Value) -> object:
    """An argument as the conditions of a row see it."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Unknown | Choice | External):
        return UNKNOWN
    return value
