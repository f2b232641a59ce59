"""The embedded default on real speech, through the public path."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import jiwer
import pytest
from pytest_asrbench.model_adapters.pocketsphinx import PocketSphinx

from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import ask
from tests.bench import Bench

pytest.importorskip("pocketsphinx")

CLIPS = "cards-001 or go-forward or librivox-austen-0880 or nonspeech-noise"


def run(pytester: pytest.Pytester) -> list[dict[str, str]]:
    result = pytester.runpytest_subprocess("--asr-models=pocketsphinx", "--benchmark-quiet", "-k", CLIPS)
    result.assert_outcomes(passed=4, deselected=20)
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def measured(pytester: pytest.Pytester, kept: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of one run, which all tests of this file look into."""
    if not kept:
        kept += run(pytester)
    return kept


@pytest.fixture(scope="module")
def kept() -> list[dict[str, str]]:
    return []


def test_real_speech_is_recognised_and_twice_the_same(
    pytester: pytest.Pytester, measured: list[dict[str, str]]
) -> None:
    rows = {row["Snippet"]: row for row in measured}
    assert rows["go-forward"]["Transcript"] == "go forward ten meters"
    assert float(rows["cards-001"]["WER"]) == 0
    assert rows["nonspeech-noise"]["WER"] == ""
    assert 0.01 < float(rows["go-forward"]["RTF"]) < 10
    assert 50 < float(rows["go-forward"]["Peak_RAM_MB"]) < 1000
    again = {row["Snippet"]: row for row in run(pytester)}
    for name, row in rows.items():
        assert (again[name]["Transcript"], again[name]["WER"]) == (row["Transcript"], row["WER"])


def test_order_does_not_matter(pytester: pytest.Pytester, measured: list[dict[str, str]]) -> None:
    """Nothing that a clip teaches the decoder may reach the next: measured alone or after others, it is the same."""
    rows = {row["Snippet"]: row["Transcript"] for row in measured}
    result = pytester.runpytest_subprocess(
        "--asr-models=pocketsphinx", "--benchmark-quiet", "--asr-warmup=0", "-k", "librivox-austen-0880"
    )
    result.assert_outcomes(passed=1, deselected=23)
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        alone = next(csv.DictReader(file))
    assert alone["Transcript"] == rows["librivox-austen-0880"]


def test_each_row_can_be_recomputed_with_jiwer_alone(measured: list[dict[str, str]]) -> None:
    for row in measured:
        if row["Reference_Words"] == "0":
            continue
        wer = jiwer.wer(row["Normalized_Reference"], row["Normalized_Transcript"])
        raw = jiwer.wer(row["Reference"], row["Transcript"])
        assert (float(row["WER"]), float(row["Raw_WER"])) == (wer, raw)


def test_a_device_or_dtype_that_it_does_not_have_is_an_error(pytester: pytest.Pytester) -> None:
    for option in ("--asr-device=cuda:0", "--asr-dtype=float16"):
        result = pytester.runpytest_subprocess(
            "--asr-models=pocketsphinx", option, "--benchmark-quiet", "-k", "cards-001"
        )
        result.assert_outcomes(errors=1, deselected=23)
        assert "pocketsphinx runs on the cpu" in result.stdout.str()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lww": 6}, "pocketsphinx has no option 'lww'; did you mean 'lw'"),
        ({"Beam": 6}, "did you mean 'beam'"),
        ({"lw": "abc"}, r"pocketsphinx\[lw=abc\]: that is no number"),
        ({"maxhmmpf": 1.5}, "that is no whole number"),
        ({"bestpath": "perhaps"}, "that is no truth value"),
        ({"hmm": ["a"]}, "that is no text"),
    ],
)
def test_options_that_it_does_not_know_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        PocketSphinx(None, options).load("cpu", "auto")


def test_options_that_it_cannot_use_together_with_the_model_are_named() -> None:
    with pytest.raises(WeightsError, match=r"cannot load its own model with the options .*nfft"):
        PocketSphinx(None, {"nfft": -1}).load("cpu", "auto")


def test_options_of_all_kinds_are_taken() -> None:
    adapter = PocketSphinx(None, {"lw": "7.5", "maxwpf": -1, "bestpath": "no", "agc": "none"})
    assert adapter.load("cpu", "auto").dtype == "int16"


@pytest.mark.parametrize("language", ["de", "de-AT"])
def test_its_own_model_is_for_english(language: str) -> None:
    adapter = PocketSphinx(None, {})
    adapter.load("cpu", "auto")
    with pytest.raises(UnsuitedError, match="own model does not know the language"):
        ask(adapter, [Audio(bytes(4 * 16_000), 16_000)], language=language)
    assert len(ask(adapter, [Audio(bytes(4 * 16_000), 16_000)], language="en-GB")) == 1


def test_a_model_without_the_language_is_skipped_and_counts_no_word(pytester: pytest.Pytester) -> None:
    bench = Bench(pytester)
    bench.clips(2)
    (bench.path / "clips" / "corpus.toml").write_text('language = "de"\n', "utf-8")
    bench.run("--asr-models=pocketsphinx", "-rs")
    for row in bench.rows():
        assert (row["Status"], row["WER"]) == ("SKIPPED", "")
        assert "pocketsphinx's own model does not know the language 'de'; it is English-only." in row["Error"]


def test_a_folder_that_is_no_model_is_named(pytester: pytest.Pytester, tmp_path: Path) -> None:
    result = pytester.runpytest_subprocess(
        f"--asr-models=pocketsphinx:{tmp_path}", "--benchmark-quiet", "-k", "cards-001"
    )
    result.assert_outcomes(errors=1, deselected=23)
    assert "is no PocketSphinx model" in result.stdout.str()
