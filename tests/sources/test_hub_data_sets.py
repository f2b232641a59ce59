"""Data sets on a hub, as `datasets` fetches them: by name, configuration, split and revision; gated; gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import Bench, text
from tests.hub.datasets import DataHub, serve
from tests.sources import clips

datasets = pytest.importorskip("datasets", reason="fetches the data sets")
pytest_plugins = ("pytester",)
README = """---
configs:
- config_name: en
  data_files:
  - split: test
    path: en/test*.parquet
- config_name: de
  data_files:
  - split: test
    path: de/test*.parquet
---
"""


@pytest.fixture
def bench(pytester: pytest.Pytester) -> Bench:
    """A project with three clips."""
    project = Bench(pytester)
    project.apart = True  # data sets are read by libraries that cannot be loaded twice in a process
    project.clips()
    return project


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataHub]:
    """A hub with the data set `someone/calls`, of two configurations."""
    from tests.sources.test_hugging_face import rows

    files = {"README.md": README.encode()}
    for number, language in enumerate(("en", "de")):
        path = tmp_path / "made" / f"{language}.parquet"
        rows(tmp_path / "made").select(range(2 + number)).to_parquet(path)
        files[f"{language}/test-00000-of-00001.parquet"] = path.read_bytes()
    with serve() as running:
        running.files["someone/calls"] = files
        running.files["someone/secret"] = files
        running.gated.add("someone/secret")
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        yield running


def test_a_data_set_is_fetched_by_name_configuration_and_split(bench: Bench, hub: DataHub) -> None:
    result = bench.run(
        "--asr-models=stub[text=go forward ten meters]", "--asr-corpus=hf:someone/calls[config=de,revision=v2]"
    )
    result.assert_outcomes(passed=4)
    assert {row["Corpus"] for row in bench.rows()} == {"calls-de-test"}
    assert [row["Reference"] for row in bench.rows()] == list(clips.WORDS)
    assert any("/resolve/v2/" in one for one in hub.requests)
    asked = len(hub.requests)
    offline = bench.run("--asr-models=stub", "--asr-corpus=hf:someone/calls[config=de,revision=v2]", "--asr-offline")
    offline.assert_outcomes(passed=4)
    assert len(hub.requests) == asked, "what was fetched is there"


FAULTS = {
    "hf:someone/gone": "hf:someone/gone cannot be had: Dataset 'someone/gone' doesn't exist",
    "hf:someone/secret[config=en]": "hf:someone/secret cannot be had: Dataset 'someone/secret' is a gated dataset",
    "hf:someone/calls[config=fr,name=a]": "someone/calls cannot be loaded by datasets (ValueError: BuilderConfig 'fr'",
    "hf:someone/calls[config=en,split=dev,name=b]": "someone/calls cannot be loaded by datasets (ValueError: Unknown",
}


def test_what_cannot_be_had_is_one_sentence_and_the_rest_is_measured(bench: Bench, hub: DataHub) -> None:
    result = bench.run(
        f"--asr-models={bench.script()}", "--asr-corpus=./clips", *(f"--asr-corpus={one}" for one in FAULTS)
    )
    result.assert_outcomes(passed=4, errors=4, failed=4)
    told = {row["Corpus"]: row["Error"] for row in bench.rows() if row["Error"]}
    assert list(told) == ["gone", "secret", "a", "b"]
    for error, words in zip(told.values(), FAULTS.values(), strict=True):
        assert error.startswith(words)
        assert "\n" not in error
    assert "hf auth login" in told["secret"]


def test_alone_it_ends_the_session(bench: Bench, hub: DataHub) -> None:
    result = bench.run("--asr-models=stub", "--asr-corpus=hf:someone/gone")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: hf:someone/gone cannot be had" in text(result)
    assert "Traceback" not in text(result)
