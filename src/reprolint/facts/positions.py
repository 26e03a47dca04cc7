"""Where the sites of a file stand, worked out only for files that a finding or its witness names."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from reprolint.facts.extract import extract
from reprolint.facts.parse import parse
from reprolint.model import Span


def spans(source: bytes) -> list[Span]:
    """The span of every site of a file, indexed by site number.

    :param source: the very text that the facts came from.
    """
    sites: list[cst.CSTNode] = []
    wrapper = MetadataWrapper(parse(source), unsafe_skip_copy=True)
    extract(wrapper.module, sites)
    positions = wrapper.resolve(PositionProvider)
    out = []
    for node in sites:
        place = positions[node]
        out.append(Span(place.start.line, place.start.column + 1, place.end.line, place.end.column + 1))
    return out
