"""What is the user's own code, and where in it a program is."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing for this would cost every process its time
if TYPE_CHECKING:
    from types import CodeType

INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class Places:
    """Tells files of the user's own code from those of Python, of installed packages and of reprolint."""

    def __init__(self) -> None:
        here = os.path.dirname(os.path.abspath(__file__))
        foreign = [
            os.path.dirname(os.__file__),
            # Behind a link (a virtual environment's lib64, a Python that was moved), the same folder has another name.
            os.path.realpath(os.path.dirname(os.__file__)),
            os.path.dirname(os.path.dirname(os.path.dirname(here))),  # reprolint itself, with its runtime
            os.path.dirname(os.path.abspath(sys.executable)) if sys.executable else here,  # console scripts
        ]
        self._foreign = tuple(folder + os.sep for folder in foreign)
        self._files: dict[str, bool] = {}

    def is_own(self, filename: str) -> bool:
        """Whether a file, by the name in its code objects, is the user's own."""
        found = self._files.get(filename)
        if found is None:
            found = self._files[filename] = self._is_own(filename)
        return found

    def _is_own(self, filename: str) -> bool:
        if filename.startswith("<"):
            # `python -c` and `python -`; multiprocessing starts its children with -c as well.
            typed = sys.argv[:1] == ["-c"] and "--multiprocessing-fork" not in sys.argv
            return filename == "<stdin>" or (filename == "<string>" and typed)
        path = os.path.abspath(filename)
        return not path.startswith(self._foreign) and not any(part in path for part in INSTALLED)

    def here(self) -> tuple[str, int, str] | None:
        """File, line and function of the innermost frame of this thread that runs the user's own code."""
        frame = sys._getframe(1)
        while frame is not None:
            if self.is_own(frame.f_code.co_filename):
                return place_of(frame.f_code, frame.f_lineno)
            frame = frame.f_back  # type: ignore[assignment]
        return None


def place_of(code: CodeType, line: int | None) -> tuple[str, int, str]:
    """File, line and function. Code may have no line (https://docs.python.org/3/reference/datamodel.html): 0 then."""
    return code.co_filename, line or 0, getattr(code, "co_qualname", code.co_name)
