#!/usr/bin/env python
"""Runs the command line without installing the package."""
import sys

from forecaster.cli import main

sys.exit(main())
