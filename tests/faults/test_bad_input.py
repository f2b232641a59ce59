"""Broken recordings and transcripts: one sentence each, with file and remedy; the rest is measured."""

from __future__ import annotations

import json

import numpy as np
import soundfile

from tests.bench import RATE, Bench, text


def test_each_broken_file_is_a_failed_case_and_the_others_are_measured(bench: Bench) -> None:
    clips = bench.path / "clips"
    tone = np.sin(np.arange(RATE) * 0.1).astype("float32")
    (clips / "c0.wav").write_bytes(b"this is no audio at all")
    (clips / "c1.wav").write_bytes(b"")
    whole = (clips / "c2.wav").read_bytes()
    (clips / "c2.wav").write_bytes(whole[: len(whole) // 2])
    soundfile.write(clips / "c3.wav", tone[:0], RATE)
    soundfile.write(clips / "c4.wav", np.append(tone, np.nan), RATE, subtype="FLOAT")
    soundfile.write(clips / "c5.wav", np.repeat(tone[:, None], 8, axis=1), 192_000)
    (clips / "c6.txt").unlink()
    (clips / "c7.txt").write_bytes("für".encode("latin-1"))
    (clips / "lonely.txt").write_text("no recording")
    soundfile.write(clips / "silent.wav", tone, RATE)
    (clips / "silent.txt").write_text(" \n")
    soundfile.write(clips / "fine.wav", tone, 192_000)
    (clips / "fine.txt").write_text("hello")
    result = bench.run("--asr-models=stub[text=hello]")
    result.assert_outcomes(passed=1, errors=10, failed=1)
    errors = {row["Snippet"]: row["Error"] for row in bench.rows()}
    expected = {
        "c0": "c0.wav cannot be decoded",
        "c1": "c1.wav is empty (0 bytes)",
        "c2": "c2.wav is truncated",
        "c3": "c3.wav holds no samples",
        "c4": "c4.wav holds samples that are no numbers",
        "c5": "c5.wav has 8 channels",
        "c6": "c6.wav has no transcript",
        "c7": "c7.txt is not UTF-8",
        "lonely": "lonely.txt has no recording",
        "silent": "silent.txt: the reference is empty",
        "fine": "",
    }
    assert set(errors) == set(expected)
    for name, words in expected.items():
        assert words in errors[name], name
    assert "Traceback" not in text(result)
    totals = bench.results()["totals"][0]
    assert (totals["failed"], totals["left_out"], totals["lost_words"], totals["wer"]) == (10, 10, 0, 0.0)


def test_each_broken_manifest_line_is_a_failed_case_that_names_the_line(bench: Bench) -> None:
    lines = [
        json.dumps({"audio_filepath": "clips/c0.wav", "text": "hello"}),
        "{not json",
        json.dumps({"audio_filepath": "clips/c1.wav"}),
        json.dumps({"audio_filepath": "../outside.wav", "text": "x"}),
        json.dumps({"audio_filepath": "clips/c0.wav", "text": "again"}),
        json.dumps({"audio_filepath": "clips/gone.wav", "text": "x"}),
        json.dumps({"audio_filepath": "clips/c2.wav", "text": ""}),
        json.dumps({"audio_filepath": "clips/c3.wav", "text": "", "nonspeech": True}),
    ]
    (bench.path / "mine.jsonl").write_text("\n".join(lines), "utf-8")
    result = bench.run("--asr-models=stub[text=hello]", corpus="./mine.jsonl")
    result.assert_outcomes(passed=2, errors=6, failed=1)
    errors = " | ".join(row["Error"] for row in bench.rows())
    for words in (
        "line 2: not JSON",
        "line 3: text missing",
        "line 4: '../outside.wav' points outside",
        "the id 'c0' belongs to",
        "gone.wav does not exist",
        "the reference is empty",
    ):
        assert words in errors
    silent = bench.rows()[-1]
    assert (silent["Status"], silent["WER"], silent["Insertions"]) == ("OK", "", "1")
    assert "Traceback" not in text(result)
