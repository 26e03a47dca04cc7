"""What library functions give back, where that decides a branch, a seed or who is called: one file per kind of library.

A model is a function of the machine and a call that returns the call's value, or None to leave the call to the knowledge
base. `MODELS` finds it by the canonical name of what is called.
"""

from __future__ import annotations

from reprolint.trace.models import applications, builtin, command_line, config, data, process
from reprolint.trace.models.call import Model

MODELS: dict[str, Model] = {
    **applications.MODELS,
    **builtin.MODELS,
    **command_line.MODELS,
    **config.MODELS,
    **data.MODELS,
    **process.MODELS,
}

__all__ = ["MODELS"]
