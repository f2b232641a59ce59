"""The benchmark of adapters against loops: what it takes for a clip's time, and what it does not let pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.benchmarks import adapters
from tests.benchmarks.adapters import AGAIN, LOOP, OURS, Measured, measure, row
from tests.checkpoints.common import Clip

CLIPS = [Clip(name, np.zeros(1, np.float32), name) for name in ("one", "two")]


class Clock:
    """Time that passes only when a side says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def side(self, *seconds: float) -> Callable[[Clip], str]:
        """A side that takes these seconds in turn, and the last of them from then on."""
        left = list(seconds)

        def transcribe(clip: Clip) -> str:
            self.now += left.pop(0) if len(left) > 1 else left[0]
            return clip.text

        return transcribe


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.perf_counter", clock)
    return clock


def test_the_shortest_time_of_each_clip_counts_once_warm(clock: Clock) -> None:
    warm = (0.1,) * (adapters.WARM_UP * len(CLIPS))
    measured = measure({"it": clock.side(*warm, 5, 3, 4, 6, 9)}, CLIPS, rounds=3, seconds=0)
    assert measured == Measured({"it": [4, 3]}, 3)


def test_short_clips_get_more_rounds(clock: Clock) -> None:
    assert measure({"it": clock.side(1)}, CLIPS, rounds=3, seconds=20).rounds == 10


@pytest.mark.parametrize("turn", [0, 4, 9])
def test_another_text_ends_it(turn: int) -> None:
    calls = iter(range(100))
    with pytest.raises(ValueError, match=r"it on (one|two): 'other'"):
        measure({"it": lambda clip: "other" if next(calls) == turn else clip.text}, CLIPS, rounds=3, seconds=0)


@pytest.mark.parametrize(("ours", "flagged"), [([1.00, 2.05], False), ([1.00, 2.07], True)])
def test_the_limit_is_on_all_clips_together(ours: list[float], flagged: bool) -> None:
    measured = Measured({OURS: ours, LOOP: [1.0, 2.0], AGAIN: [1.0, 2.0]}, 30)
    assert measured.ratio(OURS, LOOP) == pytest.approx(sum(ours) / 3)
    assert measured.median(OURS, LOOP) == pytest.approx((1 + ours[1] / 2) / 2)
    assert ("more than 1.02" in row("whisper", measured)) is flagged


def test_a_restless_machine_is_named() -> None:
    calm, restless = (row("whisper", Measured({OURS: [1], LOOP: [1], AGAIN: [x]}, 30)) for x in (1.01, 0.97))
    assert "restless" in restless
    assert "restless" not in calm
