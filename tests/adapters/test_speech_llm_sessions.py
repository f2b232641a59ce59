"""Granite, Voxtral and Phi-4 as users run them: through pytest, side by side, and one failing among the others."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.adapters.listening import broken_copy, cut_in_half
from tests.checkpoints.common import clips

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")
pytest.importorskip("mistral_common")


def session(pytester: pytest.Pytester, models: str, count: int) -> tuple[pytest.RunResult, list[dict[str, str]]]:
    """Run the plugin's own suite on `count` clips; return its result and the rows of results.csv."""
    chosen = " or ".join(clip.id for clip in clips(count))
    result = pytester.runpytest_subprocess(f"--asr-models={models}", "--asr-device=cpu", "-k", chosen)
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        return result, list(csv.DictReader(file))


def test_all_three_in_one_session(
    pytester: pytest.Pytester, granite_checkpoint: Path, voxtral_checkpoint: Path, phi4_checkpoint: Path
) -> None:
    models = {
        f"granite:{granite_checkpoint}": "transformers",
        f"granite:{granite_checkpoint}[speech_adapter=false]": "transformers",
        f"voxtral:{voxtral_checkpoint}": "transformers",
        f"phi4:{phi4_checkpoint}": "transformers",
    }
    result, rows = session(pytester, ",".join(models), len(clips()))
    assert result.parseoutcomes()["passed"] == len(models) * len(clips())
    assert {row["Model"]: row["Runtime"] for row in rows} == models
    for row in rows:
        assert (float(row["WER"]) > 0) == ("speech_adapter=false" in row["Model"]), row


def test_an_experimental_model_that_fails_is_skipped_and_the_others_finish(
    pytester: pytest.Pytester, granite_checkpoint: Path, phi4_checkpoint: Path, tmp_path: Path
) -> None:
    lora = Path("speech-lora") / "adapter_model.safetensors"
    folder = broken_copy(phi4_checkpoint, tmp_path / "phi4", lambda copy: cut_in_half(copy / lora))
    pytester.path.joinpath("asrbench.toml").write_text(
        f"[models.phi-4]\nadapter = 'phi4'\nsource = '{folder}'\nexperimental = true\n", encoding="utf-8"
    )
    result, rows = session(pytester, f"phi-4,granite:{granite_checkpoint}", 2)
    assert result.parseoutcomes() == {"skipped": 2, "passed": 2, "deselected": result.parseoutcomes()["deselected"]}
    first, second = (row["Error"] for row in rows if row["Model"] == "phi-4")
    assert "adapter_model.safetensors" in first
    assert "download it again" in first
    assert "phi-4 could not be loaded" in second
