"""Starts the recorder in every Python process below ``reprolint verify``, and runs the ``sitecustomize`` that is hidden by this one.

Python imports it by itself (https://docs.python.org/3/library/site.html), whatever version of Python that is: this file has to be
valid in all of them, and the recorder is started from 3.8 on.
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))


def _run_the_hidden_one():  # type: () -> None
    from importlib import import_module

    for name in [name for name in sys.modules if name == "sitecustomize"]:
        del sys.modules[name]
    try:
        import_module("sitecustomize")
    except ImportError as error:
        if getattr(error, "name", None) != "sitecustomize":
            raise
    finally:
        # The import system, which is importing this file, finds the module under its name when it is done.
        sys.modules.setdefault("sitecustomize", _this)


def _start():  # type: () -> None
    if sys.version_info < (3, 8) or "REPROLINT_VERIFY" not in os.environ:
        return
    sys.path.insert(0, _here)
    try:
        import reprolint_recorder

        reprolint_recorder.start(os.environ["REPROLINT_VERIFY"])
    except Exception:
        # Whatever is wrong with the recorder, the program has to run as it does without it. `verify` says that a record is missing.
        pass
    finally:
        sys.path.remove(_here)


_this = sys.modules[__name__]
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != _here]
try:
    _run_the_hidden_one()
finally:
    _start()
