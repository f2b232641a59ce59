"""Models load beside a torchvision and a torchaudio that were built for another torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_asrbench.model_adapters.optional_packages import usable

from tests.checkpoints.common import ROOT

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

LISTEN = """
import sys
from pytest_asrbench.model_adapters.granite import Granite
from pytest_asrbench.model_adapters.phi4 import Phi4
from tests.adapters.listening import errors, hear
for adapter in (Granite(sys.argv[1], {}), Phi4(sys.argv[2], {})):
    report = adapter.load("cpu", "auto")
    print(report.details.get("features"), report.details.get("image_processor"), errors(hear(adapter)))
"""


def test_names() -> None:
    assert usable("json")
    assert not usable("a_package_that_nobody_has")


def test_broken_neighbours_do_no_harm(granite_checkpoint: Path, phi4_checkpoint: Path, tmp_path: Path) -> None:
    for package in ("torchaudio", "torchvision"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise OSError('libcudart.so.13: cannot open shared object')")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LISTEN, granite_checkpoint, phi4_checkpoint],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "stand-in None 0.0\nNone none 0.0\n"
