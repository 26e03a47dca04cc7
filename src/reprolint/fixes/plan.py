"""From the problems of one program to fixes that are shown to settle them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from reprolint.fixes.child import seed_child
from reprolint.fixes.draft import Draft
from reprolint.fixes.flags import switch_off
from reprolint.fixes.insert import Spot, insert, latest_spot, usual_spot
from reprolint.fixes.layouts import Layouts
from reprolint.fixes.names import Target
from reprolint.fixes.place import Container, container, number_in
from reprolint.fixes.repair import complete, move_up, runs
from reprolint.fixes.unused import taken_out, unused_imports
from reprolint.fixes.value import constant_of, seed_expression
from reprolint.fixes.varying import constant
from reprolint.fixes.verify import Unsound, applied
from reprolint.fixes.workspace import set_workspace
from reprolint.model import Family
from reprolint.program.project import Module, Project
from reprolint.trace.lattice import UNSEEDED
from reprolint.trace.story import Event, Place, Story

Key: TypeAlias = "tuple[str, Family | None]"
"""What tells the problems of one program apart: the rule's code and the family."""


@dataclass(slots=True)
class Planner:
    """Looks for fixes of one program.

    :ivar judge: follows the program in an edited project and gives the problems that are left, and the families that it may
        still draw from before anything has seeded them.
    :ivar target: the seeding function as a given file imports it, and the file that has to be added for that, if any; None
        where the file cannot have it.
    :ivar seed: the seed where the program has none of its own.
    """

    project: Project
    story: Story
    judge: Callable[[Project], tuple[set[Key], set[Family]]]
    target: Callable[[Module], tuple[Target, dict[Path, bytes]] | None]
    seed: int
    layouts: Layouts

    def fixes(self, problems: Sequence[Key]) -> dict[Key, Draft]:
        """A fix for each problem that has one. Problems that one fix settles share it."""
        before = set(problems)
        out: dict[Key, Draft] = {}
        for kind in (self._seeding, self._varying, self._children, self._switches):
            partly: tuple[Draft, set[Key]] | None = None
            for goal, draft in kind([key for key in problems if key not in out]):
                if goal <= out.keys():
                    continue
                left = self._left(draft, before)
                if left is None or not goal - left:
                    continue
                settled = before - left - out.keys()
                if goal & left:
                    if partly is None or len(settled) > len(partly[1]):
                        partly = draft, settled
                else:
                    out.update(dict.fromkeys(settled, draft))
            if partly is not None:
                out.update(dict.fromkeys(partly[1] - out.keys(), partly[0]))
        return out

    def _left(self, draft: Draft, before: set[Key]) -> set[Key] | None:
        """The problems that are left after a fix; None where it brings new ones or cannot be applied."""
        try:
            after = applied(self.project, draft)
        except Unsound:
            return None
        left, exposed = self.judge(after)
        if not left <= before:
            return None
        # A problem that is only not certain any more is not settled.
        return left | {key for key in before if key[1] in exposed and key[0][:5] in ("RPL10", "RPL11", "RPL12")}

    # Unseeded, optional and late: the seed is missing, or is not where it should be.

    def _seeding(self, problems: Sequence[Key]) -> Iterator[tuple[set[Key], Draft]]:
        goal = {key for key in problems if key[0][:5] in ("RPL10", "RPL11", "RPL12") or key[0] == "RPL301"}
        if not goal:
            return
        for draft in self._seed_drafts({family for _, family in goal if family is not None}):
            yield goal, draft

    def _seed_drafts(self, families: set[Family]) -> Iterator[Draft]:
        events, seeds = self.story.events, self._seeds()
        completed: list[Draft] = []
        for run in runs(self.layouts, seeds):
            found = self.target(run.module)
            gone = [one.span for one in run.statements]
            unused = list(unused_imports(self.project, run.module, run.layout, gone, run.seed))
            draft = complete(run, found[0], unused) if found is not None else None
            if found is not None and draft is not None:
                draft.new_files.update(found[1])
                completed.append(draft)
        yield from completed
        draws = [event for event in events if event.kind == "draw" and event.process == 0]
        chains = [event.chain for event in draws] or [event.chain for event in seeds]
        if not chains and self.story.on_cuda is not None:
            chains = [self.story.on_cuda]
        first = events.index(draws[0]) + 1 if draws else len(events) + 1
        verdicts = [self.story.verdict(family) for family in families]
        place = container(self.layouts, chains) if chains else None
        for verdict in verdicts:
            if verdict.outcome == "late" and verdict.seed is not None and place is not None:
                for moved in move_up(self.layouts, place, verdict.seed, seeds, draws):
                    yield moved
                    yield from (_merged([moved, draft]) for draft in completed)  # a helper that is late and incomplete
        inserted: list[Draft] = []
        earlier = [event for event in seeds if events.index(event) + 1 < first]
        outside = [event for event in earlier if place is not None and number_in(self.layouts, place, event) is None]
        if outside:
            # Seeds that ran before the block is reached: a call above them leaves what they seed as it was.
            where = container(self.layouts, [*chains, *(event.chain for event in earlier)])
            if where is not None and not latest_spot(where).at_import:
                inserted += self._insertions(where, first, seeds)
        for where in (place, container(self.layouts, chains, descend=False) if chains else None):
            if where is not None:
                inserted += self._insertions(where, first, seeds)
        concerned = [event.chain for event in draws if families & set(event.families)]
        if concerned and len(concerned) < len(chains):
            where = container(self.layouts, concerned)
            if where is not None:
                inserted += self._insertions(where, first, [])
        yield from inserted
        in_children = self._child_drafts(families)
        if in_children:
            yield _merged(in_children)
            for draft in inserted:
                yield _merged([draft, *in_children])

    def _seeds(self) -> list[Event]:
        return [event for event in self.story.events if event.kind == "seed" and event.certain and event.process == 0]

    def _insertions(self, place: Container, before: int, seeds: Sequence[Event]) -> Iterator[Draft]:
        fallback = constant_of(event.value for event in seeds)
        seed, earliest = seed_expression(self.layouts, self.story, place, before, self.seed if fallback is None else fallback)
        spots = [self._before_seeds(usual_spot(place, earliest), earliest, seeds), latest_spot(place)]
        found = self.target(place.module)
        if found is None:
            return
        for spot in spots:
            draft = insert(spot, found[0], seed if spot.number >= earliest else str(self.seed))
            if draft is not None:
                draft.new_files.update(found[1])
                yield draft

    def _before_seeds(self, spot: Spot, earliest: int, seeds: Sequence[Event]) -> Spot:
        """Above the program's own seeds, which so keep the last word: what they seed stays as it was."""
        place = spot.place
        numbers = [number for event in seeds if (number := number_in(self.layouts, place, event)) is not None]
        number = min([spot.number, *numbers])
        return Spot(place, number) if number >= earliest else spot

    # A seed that differs from run to run.

    def _varying(self, problems: Sequence[Key]) -> Iterator[tuple[set[Key], Draft]]:
        goal = {key for key in problems if key[0][:5] == "RPL13"}
        if any(event.kind == "draw" and event.place == seed.source for seed in self._seeds() for event in self.story.events):
            # What varies is drawn from a generator that only has to be seeded first.
            for draft in self._seed_drafts({family for _, family in goal if family is not None}):
                yield goal, draft
        for code, family in problems:
            if code[:5] == "RPL13" and family is not None:
                for draft in self._constants(family):
                    yield {(code, family)}, draft

    def _constants(self, family: Family) -> Iterator[Draft]:
        """A constant for the seed that is to blame, and for every one of the family that varies."""
        seed = self.story.verdict(family).seed
        if seed is not None:
            yield from constant(self.layouts, seed, self.seed)
        varying = [event for event in self.story.events if event.kind == "seed" and event.detail and family in event.families]
        each = [draft for event in varying if (draft := next(constant(self.layouts, event, self.seed), None)) is not None]
        if each:
            together = _merged(each)
            for module, changes in list(together.changes.items()):
                layout, gone = self.layouts.of(module), [change.span for change in changes if change.replacement]
                unused = unused_imports(self.project, module, layout, gone, str(self.seed))
                together.add(module, *(taken_out(layout, one) for one in unused))
            yield together

    # A child process.

    def _children(self, problems: Sequence[Key]) -> Iterator[tuple[set[Key], Draft]]:
        goal = {key for key in problems if key[0][:5] == "RPL14"}
        drafts = self._child_drafts({family for _, family in goal if family is not None})
        if drafts:
            yield goal, _merged(drafts)

    def _child_drafts(self, families: set[Family]) -> list[Draft]:
        """A seed for every function that runs in a child process and there draws from generators which nothing seeds."""
        wanted: dict[Place, list[Event]] = {}
        for event in self.story.events:
            level = self.story.children.get(event.process, 0)
            if event.kind == "draw" and event.process and len(event.chain) > level and families & set(event.families):
                unseeded = event.certain and any(
                    verdict == UNSEEDED and family in families
                    for family, verdict in zip(event.families, event.verdicts, strict=True)
                )
                if unseeded:
                    wanted.setdefault(event.chain[level - 1].place, []).append(event)
        drafts: list[Draft] = []
        for started in wanted.values():
            draft = self._child_draft(started)
            if draft is not None and not any(draft.changes == other.changes for other in drafts):
                drafts.append(draft)
        return drafts

    def _child_draft(self, draws: Sequence[Event]) -> Draft | None:
        level = self.story.children[draws[0].process]
        processes = {draw.process for draw in draws}
        draws = [
            event
            for event in self.story.events
            if event.kind == "draw" and event.process in processes and len(event.chain) > level
        ]
        found = self.target(draws[0].chain[level].place.module)
        if found is None:
            return None
        fallback = constant_of(event.value for event in self.story.events if event.kind == "seed")
        draft = seed_child(
            self.layouts,
            self.story,
            draws,
            level,
            found[0],
            self.seed if fallback is None else fallback,
        )
        if draft is not None:
            draft.new_files.update(found[1])
        return draft

    # Switches of cuDNN.

    def _switches(self, problems: Sequence[Key]) -> Iterator[tuple[set[Key], Draft]]:
        for code, flag, drafts in (
            ("RPL302", "cudnn.benchmark", switch_off),
            ("RPL305", "deterministic_algorithms", set_workspace),
        ):
            if (code, None) in problems:
                for event in reversed(self.story.events):
                    if event.kind == "flag" and event.name == flag and event.detail == "on":
                        for draft in drafts(self.layouts, event):
                            yield {(code, None)}, draft


def _merged(drafts: Sequence[Draft]) -> Draft:
    """Several fixes as one, which is as safe as the least safe of them."""
    unsafe = any(draft.applicability == "unsafe" for draft in drafts)
    merged = Draft("; ".join(dict.fromkeys(draft.message for draft in drafts)), "unsafe" if unsafe else "safe")
    for draft in drafts:
        for module, changes in draft.changes.items():
            merged.add(module, *changes)
        merged.new_files.update(draft.new_files)
    return merged
