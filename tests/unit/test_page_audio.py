"""Audio in the page: playable, the worst first, within its budgets, and never another recording than the measured."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import AudioError
from pytest_asrbench.report.page import audio
from pytest_asrbench.report.page.audio import RATE, Clip, Embedded, embed

pytestmark = pytest.mark.skipif(not audio.can_encode(), reason="this libsndfile writes no MP3")


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
    assert told.left_out == {audio.LATE: 10}


class Clock:
    """A clock that stands still but for what a clip costs: seconds for each second of audio that is read."""

    def __init__(self, cost: float) -> None:
        self.now = 0.0
        self.cost = cost
        self.read: list[float] = []

    def perf_counter(self) -> float:
        return self.now

    def clip(self, name: str, seconds: float, known: bool = True) -> Clip:
        def read() -> Audio:
            self.read.append(seconds)
            self.now += seconds * self.cost
            return tone(seconds)()

        return Clip(name, read, seconds if known else None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock(0.02)  # 50 times as fast as speech
    monkeypatch.setattr(audio, "time", found)
    monkeypatch.setattr(audio, "MAX_THREADS", 1)
    return found


def test_a_clip_that_cannot_fit_is_not_even_read_and_shorter_ones_are_taken(clock: Clock) -> None:
    given = [clock.clip("hour", 3600.0), clock.clip("a", 5.0), clock.clip("minutes", 120.0), clock.clip("b", 5.0)]
    told = Embedded()
    assert [name for name, _ in embed(given, told, patience=1.5)] == ["a", "b"]
    assert clock.read == [5.0, 5.0]
    assert told.left_out == {audio.TOO_LONG: 2}
    assert clock.now <= 1.5


def test_what_clips_cost_is_learnt_on_the_way(clock: Clock) -> None:
    clock.cost = 0.2  # ten times as slow as is taken for granted
    told = Embedded()
    assert len(list(embed([clock.clip(str(n), 1.0) for n in range(20)], told, patience=1.0))) == 5
    assert clock.now <= 1.0 + 0.2
    clock.now, clock.cost = 0.0, 0.001  # much faster
    longer = [clock.clip("first", 5.0), clock.clip("then", 90.0)]
    assert len(list(embed(longer, Embedded(), patience=1.5))) == 2


def test_a_clip_that_takes_longer_than_foreseen_is_broken_off() -> None:
    sizes: list[int] = []

    def exceeded(size: int) -> str:
        sizes.append(size)
        return "enough" if len(sizes) == 3 else ""

    assert audio.mp3(tone(60.0)(), exceeded) == "enough"
    assert sizes == sorted(sizes)
    assert sizes[-1] > 10_000, "some 30 s of MP3"
    assert isinstance(audio.mp3(tone(9.0)(), lambda _: "enough"), bytes), "it is ready: nothing is won"


def test_a_clip_is_broken_off_where_space_or_time_ends(clock: Clock) -> None:
    means = audio.Means(10_000, 1.0)
    assert (means.exceeded(7_000), means.exceeded(8_000)) == ("", audio.FULL)
    clock.now = 1.0
    assert means.exceeded(10) == audio.TOO_LONG


def test_a_clip_of_unknown_length_is_judged_when_it_has_been_read(clock: Clock) -> None:
    clock.cost = 0.0
    told = Embedded()
    assert list(embed([clock.clip("x", 120.0, known=False)], told, patience=1.5)) == []
    assert told.left_out == {audio.TOO_LONG: 1}


def test_a_clip_that_is_too_large_is_not_encoded_in_vain(clock: Clock) -> None:
    told = Embedded()
    assert [name for name, _ in embed([clock.clip("hour", 3600.0), clock.clip("a", 1.0)], told, 1_000_000)] == ["a"]
    assert (clock.read, told.left_out) == ([1.0], {audio.FULL: 1})


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
    monkeypatch.setattr(audio, "can_encode", lambda: False)
    told = Embedded()
    assert list(embed(clips(3), told)) == []
    assert told.left_out == {"this machine's libsndfile writes no MP3: update the package soundfile": 3}
