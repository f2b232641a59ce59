"""A model under load says what it says one clip at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.checkpoints.common import clips

for module in ("torch", "transformers"):
    pytest.importorskip(module)


def test_the_words_under_load_are_those_of_single_clips(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, whisper_checkpoint: Path
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    chosen = [clip.id for clip in clips(3)]
    result = pytester.runpytest_subprocess(
        f"--asr-models=whisper:{whisper_checkpoint}", "--asr-device=cpu", "-k", " or ".join(chosen),
        "--asr-scenario=single-stream,server", "--asr-rate=1,50", "--asr-requests=6", timeout=500,
    )  # fmt: skip
    assert result.parseoutcomes()["passed"] == 3 * len(chosen), result.stdout.str()
    results = json.loads((pytester.path / "reports" / "results.json").read_text("utf-8"))
    said: dict[str, set[str]] = {}
    for outcome in results["outcomes"]:
        said.setdefault(outcome["snippet"], set()).add(outcome["transcript"])
        assert outcome["variants"] == []
    assert {len(texts) for texts in said.values()} == {1}, "one answer to each clip, however it was asked for"
    alone, slow, fast = results["totals"]
    assert alone["wer"] == slow["wer"] == fast["wer"] == 0
    assert slow["load"]["failed"] == fast["load"]["failed"] == 0
    assert fast["load"]["latency"]["p50"] > slow["load"]["latency"]["p50"], "more than it can do: they wait"
