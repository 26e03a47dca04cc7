"""Which version of torch a program's requirements name."""

from __future__ import annotations

from pathlib import Path

import pytest

from reprolint.config import Settings, load
from reprolint.engine import check
from reprolint.errors import UsageError
from reprolint.program.requirements import newest_torch


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("torch==1.13.1", (1, 13)),
        ("torch == 2.1.0+cu118 ; python_version > '3.8'", (2, 1)),
        ("torch==2.4.*  # as in the paper", (2, 4)),
        ("torch>=1.8,<2.0", (1, 13)),
        ("torch<2.4", (2, 3)),
        ("torch<2.4.1", (2, 4)),
        ("torch[opt-einsum]<=2.9.1", (2, 9)),
        ("torch~=2.1.0", (2, 1)),
        ('    "torch==2.2.2",', (2, 2)),
        ("  - pytorch=1.7.1=py3.8_cuda11.0", (1, 7)),
        ("  - pytorch::pytorch=1.7.1", None),
        ("torch~=2.1", None),
        ("torch>=2.0", None),
        ("torch!=2.0", None),
        ("torch", None),
        ('torch = "^2.1"', None),
        ("torchvision==0.15", None),
        ("torch-scatter==2.0", None),
        ("torch.cuda = 1.2", None),
        ("# torch==1.0", None),
        ("pytorch-cuda=11.8", None),
    ],
)
def test_lines(line: str, version: tuple[int, int] | None, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"numpy\n{line}\n", encoding="utf-8")
    assert newest_torch(tmp_path, tmp_path) == version


def test_the_newest_that_any_line_admits_counts(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==1.13\n", encoding="utf-8")
    (tmp_path / "requirements-gpu.txt").write_text("torch==2.1\n", encoding="utf-8")
    assert newest_torch(tmp_path, tmp_path) == (2, 1)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = [\n    "torch",\n]\n', encoding="utf-8")
    assert newest_torch(tmp_path, tmp_path) is None


def test_the_nearest_folder_that_speaks_of_torch_counts(tmp_path: Path) -> None:
    inner = tmp_path / "examples" / "mnist"
    inner.mkdir(parents=True)
    (tmp_path.parent / "requirements.txt").write_text("torch==1.0\n", encoding="utf-8")
    assert newest_torch(inner, tmp_path) is None
    (tmp_path / "requirements.txt").write_text("torch==2.1\n", encoding="utf-8")
    (inner / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    assert newest_torch(inner, tmp_path) == (2, 1)
    (inner / "requirements.txt").write_bytes(b"\xfftorch\ntorch==2.3\n")
    assert newest_torch(inner, tmp_path) == (2, 3)


PROGRAM = "import torch\n\ntorch.manual_seed(0)\nprint(torch.rand(10).cuda().kthvalue(3))\n"


def test_the_setting_goes_before_the_requirements(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("torch==2.1\n", encoding="utf-8")

    def codes(settings: Settings) -> set[str]:
        return {one.code for one in check([tmp_path], settings, cwd=tmp_path).findings}

    assert codes(Settings(extend_select=("RPL304",))) == {"RPL304"}
    (tmp_path / "reprolint.toml").write_text('target-torch = "2.13"\nextend-select = ["RPL304"]\n', encoding="utf-8")
    settings = load(tmp_path)
    assert settings.target_torch == (2, 13)
    assert codes(settings) == set()


@pytest.mark.parametrize("value", ["2.4", "[2, 4]", '"newest"', '"2"'])
def test_the_setting_is_a_version(value: str, tmp_path: Path) -> None:
    (tmp_path / "reprolint.toml").write_text(f"target-torch = {value}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r'"target-torch" must be a version such as "2\.4"'):
        load(tmp_path)
