"""What users' material is like: remarks that reach summary and records, and words that nobody is blamed for."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from tests.bench import RATE, Bench, text


def test_what_is_remarkable_is_told_once_for_all_models_and_kept_in_each_record(bench: Bench) -> None:
    tone = (0.3 * np.sin(np.arange(RATE) * 0.2)).astype("float32")
    soundfile.write(bench.path / "clips" / "c0.wav", np.stack([tone, -tone], axis=1), RATE)
    (bench.path / "clips" / "notes.txt").write_text("word " * 300)
    models = f"{bench.script()},{bench.script('other')}"
    result = bench.run(f"--asr-models={models}", "--asr-rounds=2", "--asr-max-wer=0%")
    result.assert_outcomes(passed=8)
    assert text(result).count("note: the two channels of c0.wav cancel each other") == 1
    assert text(result).count("notes.txt") == 1
    assert "notes.txt" in bench.results()["run"]["settings"]["corpora"]["clips"]["remarks"][0]
    remarks = {(one["model"], one["snippet"]): one["remarks"] for one in bench.results()["outcomes"]}
    for (_, snippet), told in remarks.items():
        assert len([remark for remark in told if "cancel" in remark]) == (snippet == "c0")


def test_ordinary_material_has_no_remarks(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}")
    assert "note: " not in text(result)


def test_lines_that_cannot_be_used_keep_their_words_and_fail_in_the_open(bench: Bench) -> None:
    lines = [
        {"audio_filepath": "clips/c0.wav", "text": "this is clip number 0 here", "id": "clips/c0"},
        {"audio_filepath": "clips/c1.wav", "text": "a b c d e f g", "id": "duration", "duration": "2.8"},
        {"audio_filepath": "../c1.wav", "text": "a b c d e f g", "id": "outside"},
        {"audio_filepath": "clips/gone.wav", "text": "a b c d e f g", "id": "gone"},
    ]
    (bench.path / "m.jsonl").write_text("\n".join(json.dumps(one) for one in lines), "utf-8")
    result = bench.run("--asr-models=stub[text=this is clip number 0 here]", "--asr-max-wer=60%", corpus="./m.jsonl")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcomes = {one["snippet"]: one for one in bench.results()["outcomes"]}
    for name in ("duration", "outside", "gone"):
        assert (outcomes[name]["status"], outcomes[name]["fault"]) == ("ERROR", "input")
        assert outcomes[name]["reference"] == "a b c d e f g"
        assert outcomes[name]["reference_words"] == 7
    assert bench.results()["totals"][0]["wer"] == 0.0, "faults of the input are nobody's deletions"


def test_a_folder_of_another_layout_ends_the_session_with_the_way_in(bench: Bench) -> None:
    for path in (bench.path / "clips").glob("*.txt"):
        path.unlink()
    (bench.path / "clips" / "PROMPTS").write_text("x/mfc/c0 GO FORWARD\nx/mfc/c1 TEN METERS\n")
    result = bench.refused(f"--asr-models={bench.script()}")
    assert "is laid out like VoxForge" in text(result)
