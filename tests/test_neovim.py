"""The language server in a real editor, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

pytest.importorskip("pygls", reason="the server needs pygls")
NEOVIM = shutil.which("nvim")
pytestmark = pytest.mark.skipif(NEOVIM is None, reason="Neovim (nvim) is not installed")


def test_neovim_shows_explains_fixes_and_follows_what_is_typed(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").touch()
    script = tmp_path / "train.py"
    script.write_text(
        "import torch\n\n\ndef main():\n    print(torch.nn.Linear(3, 3)(torch.ones(3)))\n\n\n"
        'if __name__ == "__main__":\n    main()\n'
    )
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    subprocess.run(
        [str(NEOVIM), "--headless", "-u", "NONE", "-c", f"luafile {ROOT / 'tests' / 'data' / 'neovim.lua'}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": sys.executable, "PYTHONPATH": path, "XDG_STATE_HOME": str(tmp_path / "state")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=180,
        check=False,
    )
    said = (tmp_path / "session.txt").read_text().splitlines()
    assert said == ["opened 1", "line 5 RPL103", "hover unseeded-torch", "fixed 0", "typed 1", "stopped true"]
    assert "    set_seed(42)\n    print(" in script.read_text()
