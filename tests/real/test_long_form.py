"""OpenAI's Whisper tiny.en on a minute of a telephone conference: each runtime's own way through long recordings."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
import soundfile
import soxr

from tests.adapters.listening import ask
from tests.checkpoints.common import RATE, ROOT, Clip, audio, wer
from tests.real.models import WAYS, loaded

CORPUS = ROOT / "corpora" / "share-alike"
SNIPPET = "earnings22-4482311"
MOST = 0.07  # 2 to 4 of 100 words, and a margin
END = "recurring operations over 17 billion euros"


@cache
def minute() -> Clip:
    """The recording: 59.6 s, accented and spontaneous."""
    entries = map(json.loads, (CORPUS / "manifest.jsonl").read_text("utf-8").splitlines())
    entry = next(one for one in entries if one["id"] == SNIPPET)
    samples, rate = soundfile.read(CORPUS / entry["audio_filepath"], dtype="float32", always_2d=True)
    mono = soxr.resample(samples.mean(axis=1), rate, RATE) if rate != RATE else samples.mean(axis=1)
    return Clip(SNIPPET, np.ascontiguousarray(mono, np.float32), entry["text"])


@pytest.mark.parametrize("name", WAYS)
def test_a_minute_is_heard_to_its_end(name: str) -> None:
    pytest.importorskip(WAYS[name].library)
    adapter, _ = loaded("tiny.en", WAYS[name])
    (answer,) = ask(adapter, [audio(minute().samples)])
    assert wer([minute().text], [answer.text]) <= MOST
    assert END in answer.text[-60:]


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_the_batched_pipeline_hears_it_as_well(precision: str) -> None:
    pytest.importorskip("faster_whisper")
    adapter, _ = loaded("tiny.en", WAYS["faster-whisper"], compute_type=precision, batch_size=4)
    (answer,) = ask(adapter, [audio(minute().samples)])
    assert wer([minute().text], [answer.text]) <= MOST
    assert END in answer.text[-60:]


def test_half_of_it_would_be_noticed() -> None:
    pytest.importorskip("faster_whisper")
    adapter, _ = loaded("tiny.en", WAYS["faster-whisper-int8"])
    (answer,) = ask(adapter, [audio(minute().samples[: 30 * RATE])])
    assert wer([minute().text], [answer.text]) > 4 * MOST
    assert END not in answer.text
