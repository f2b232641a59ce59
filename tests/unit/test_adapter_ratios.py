"""The benchmark of adapters against loops: what it takes for a clip's time, and what it does not let pass."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.turns import AGAIN, LOOP, OURS, WARM_UP, Call, Measured, clocked, measure, row
from tests.checkpoints.common import Clip

ROUNDS = {side: [3.0] * 30 for side in (OURS, LOOP, AGAIN)}
CLIPS = [Clip(name, np.zeros(1, np.float32), name) for name in ("one", "two")]


class Clock:
    """Time that passes only when a side says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def side(self, *seconds: float) -> Call:
        """A side that takes these seconds in turn, and the last of them from then on."""
        left = list(seconds)

        def transcribe(clip: Clip) -> str:
            self.now += left.pop(0) if len(left) > 1 else left[0]
            return clip.text

        return clocked(transcribe)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.perf_counter", clock)
    return clock


def test_the_shortest_time_of_each_clip_counts_once_warm(clock: Clock) -> None:
    warm = (0.1,) * (WARM_UP * len(CLIPS))
    measured = measure({"it": clock.side(*warm, 5, 3, 4, 6, 9)}, CLIPS, rounds=3, seconds=0)
    assert measured.shortest == {"it": [4, 3]}
    assert measured.rounds["it"] == pytest.approx([8, 10, 18])


def test_short_clips_get_more_rounds(clock: Clock) -> None:
    assert measure({"it": clock.side(1)}, CLIPS, rounds=3, seconds=20).rounds == {"it": [2.0] * 10}


@pytest.mark.parametrize("turn", [0, 4, 9])
def test_another_text_ends_it(turn: int) -> None:
    calls = iter(range(100))
    with pytest.raises(ValueError, match=r"it on (one|two): 'other'"):
        measure({"it": lambda clip: ("other" if next(calls) == turn else clip.text, 1.0)}, CLIPS, rounds=3, seconds=0)


@pytest.mark.parametrize(("ours", "flagged"), [([1.00, 2.05], False), ([1.00, 2.07], True)])
def test_the_limit_is_on_all_clips_together(ours: list[float], flagged: bool) -> None:
    measured = Measured({OURS: ours, LOOP: [1.0, 2.0], AGAIN: [1.0, 2.0]}, ROUNDS)
    assert measured.ratio(OURS, LOOP) == pytest.approx(sum(ours) / 3)
    assert measured.median(OURS, LOOP) == pytest.approx((1 + ours[1] / 2) / 2)
    assert ("more than 1.02" in row("whisper", measured)) is flagged


def test_a_restless_machine_is_named() -> None:
    calm, restless = (row("whisper", Measured({OURS: [1], LOOP: [1], AGAIN: [x]}, ROUNDS)) for x in (1.01, 0.97))
    assert "restless" in restless
    assert "restless" not in calm


def test_the_interval_is_as_wide_as_the_rounds_are_restless() -> None:
    calm, restless = [3.0] * 30, [2.9, 3.1] * 15
    for rounds, width in ((calm, 0.0), (restless, 0.025)):
        low, high = Measured({}, {OURS: rounds, LOOP: calm}).interval(OURS, LOOP)
        assert low <= 1.0 <= high
        assert high - low == pytest.approx(width, abs=0.005)
    low, high = Measured({}, {OURS: [3.3, 3.4] * 15, LOOP: calm}).interval(OURS, LOOP)
    assert low > 1.1
