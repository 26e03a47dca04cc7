"""Command line of the forecaster."""
from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence

from . import Pipeline, PipelineConfig

logger = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="forecaster")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--horizon", type=int, default=6)
    parser.add_argument("--window", type=int, default=12)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    options = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.WARNING)

    config = PipelineConfig(window=options.window, horizon=options.horizon)
    logger.debug("configuration: %s", config)
    outcome = Pipeline(config).execute()
    print("forecast", " ".join(f"{value:.3f}" for value in outcome.forecast))
    print("DIGEST", outcome.digest)
    return 0
