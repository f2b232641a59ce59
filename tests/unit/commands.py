"""The command `pytest-asrbench`, typed in an empty folder."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import pytest

from pytest_asrbench.cli.main import main
from pytest_asrbench.machine import environment

_chain = cache(partial(environment.chain, seconds=30.0))  # devices do not change, and to ask for them loads a runtime


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, and an empty cache of weights."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HF_HUB_CACHE", str(folder / "cache"))
    monkeypatch.setattr(environment, "chain", _chain)
    return folder


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as error:
        code = int(error.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err
