"""Hooks with which a project extends the benchmark, from its conftest.py or a plugin of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_asrbench.metrics.normalizers import Normalize
    from pytest_asrbench.records import Outcome


@pytest.hookspec
def pytest_asrbench_models(config: pytest.Config) -> Mapping[str, Mapping[str, Any]] | None:
    """Add models: names -> the keys of a catalogue entry, `{"mine": {"adapter": "my_package:MyAdapter"}}`.

    They replace catalogue entries of the same name.
    """


@pytest.hookspec
def pytest_asrbench_corpora(config: pytest.Config) -> Mapping[str, Path | str] | None:
    """Add corpora: names -> a folder, a manifest, or a locator such as "hf:NAME[split=test]" each."""


@pytest.hookspec
def pytest_asrbench_normalizers(config: pytest.Config) -> Mapping[str, Normalize] | None:
    """Add normalisers: names -> a function from (text, language or None) to words separated by single blanks."""


@pytest.hookspec
def pytest_asrbench_outcome(outcome: Outcome, config: pytest.Config) -> None:
    """Look at the outcome of a case when it stands in the journal, whatever came of it. Called once per case."""
