"""Audio in the page: playable, the worst first, within its budgets, and never another recording than the measured."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import AudioError
from pytest_asrbench.report import page_audio
from pytest_asrbench.report.page_audio import RATE, Clip, Embedded, embed

pytestmark = pytest.mark.skipif(not page_audio.can_encode(), reason="this libsndfile writes no MP3")


def tone(seconds: float) -> Callable[[], Audio]:
    samples = (np.sin(np.arange(int(RATE * seconds)) * 0.2) * 0.5).astype("float32")
    return lambda: Audio(samples.tobytes(), RATE, "tone")


def clips(count: int, seconds: float = 0.5) -> list[Clip]:
    return [Clip(f"0-{number}", tone(seconds), seconds) for number in range(count)]


def test_a_clip_is_an_mp3_of_the_same_length() -> None:
    told = Embedded()
    ((name, text),) = embed(clips(1, 2.0), told)
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(text)))
    assert (name, rate) == ("0-0", RATE)
    assert len(samples) / rate == pytest.approx(2.0, abs=0.2)
    assert told == Embedded(1, len(text), {})
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.1)


def test_the_budget_holds_and_what_is_left_out_is_counted() -> None:
    told = Embedded()
    every = list(embed(clips(40), told))
    one = len(every[0][1])
    told = Embedded()
    some = list(embed(clips(40), told, budget=one * 5))
    assert [name for name, _ in some] == [f"0-{number}" for number in range(len(some))]
    assert sum(len(text) for _, text in some) == told.size <= one * 5
    assert told.clips + sum(told.left_out.values()) == 40


def test_no_clip_is_begun_when_the_time_is_up() -> None:
    told = Embedded()
    assert list(embed(clips(10), told, patience=-1.0)) == []
    assert told.left_out == {"the time for audio was used up": 10}


def test_clips_that_were_begun_in_time_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((0.0, 1.0, 2.0, 3.0))  # the start, then before each two clips
    monkeypatch.setattr(page_audio, "time", SimpleNamespace(perf_counter=lambda: next(moments)))
    monkeypatch.setattr(page_audio, "MAX_THREADS", 1)  # two clips at a time
    told = Embedded()
    assert len(list(embed(clips(10), told, patience=2.0))) == 4
    assert told.left_out == {"the time for audio was used up": 6}


def test_another_recording_is_not_played_for_the_measured_one() -> None:
    told = Embedded()
    assert list(embed([Clip("0-0", tone(0.5), 0.7)], told)) == []
    assert list(told.left_out) == ["its file is not the one that was measured: the length differs"]


def test_what_is_not_found_or_cannot_be_read_is_left_out() -> None:
    def broken() -> Audio:
        raise AudioError("damaged")

    told = Embedded()
    found = embed([Clip("0-0", None, 1.0), Clip("0-1", broken, 1.0), Clip("0-2", tone(0.3), None)], told)
    assert [name for name, _ in found] == ["0-2"]
    assert sorted(told.left_out.values()) == [1, 1]


def test_without_mp3_there_is_no_audio_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_audio, "can_encode", lambda: False)
    told = Embedded()
    assert list(embed(clips(3), told)) == []
    assert told.left_out == {"this machine's libsndfile writes no MP3: update the package soundfile": 3}
