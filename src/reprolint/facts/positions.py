"""Where the sites of a file stand, worked out only for files that a finding or its witness names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import libcst as cst
from libcst.metadata import CodeRange, PositionProvider

from reprolint.facts.extract import extract
from reprolint.facts.parse import parse
from reprolint.model import Span


class Positions(PositionProvider):
    """libcst's positions without `MetadataWrapper`, which walks the whole tree once more for providers that nobody asked for."""

    def of(self, module: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
        self._gen_impl(module)
        return cast("Mapping[cst.CSTNode, CodeRange]", self._computed)


def spans(source: bytes) -> list[Span]:
    """The span of every site of a file, indexed by site number.

    :param source: the very text that the facts came from.
    """
    sites: list[cst.CSTNode] = []
    module = parse(source)
    extract(module, sites)
    positions = Positions().of(module)
    places = (positions[node] for node in sites)
    return [Span(place.start.line, place.start.column + 1, place.end.line, place.end.column + 1) for place in places]
