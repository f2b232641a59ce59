"""Real weights in a model's process, as a session runs them, against the hand-written loop in this one.

The seconds of the adapter's side are those that its process measures and a session writes down. What the loop says is
what both have to say, in each round.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import Decoding, Utterance
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from tests.benchmarks import hand_written
from tests.benchmarks.hand_written import FREE, LANGUAGE
from tests.benchmarks.turns import AGAIN, LOOP, OURS, Call, clocked
from tests.checkpoints.common import Clip, audio, clips
from tests.checkpoints.real import whisper
from tests.real.models import CLASSES, Way, loaded

PATIENCE = Limit(3600.0)


def sides(name: str, way: Way, threads: int) -> tuple[ExitStack, dict[str, Call], list[Clip]]:
    """Load the Whisper `name` twice; return what closes both, what is timed, and the clips with the loop's words."""
    counted = {"threads": threads} if way.adapter != "whisper" else {}  # transformers: torch's own setting
    adapter, source = loaded(name, way, **counted)
    loop = getattr(hand_written, way.loop)(adapter, source, FREE)
    spoken = [Clip(clip.id, clip.samples, loop(clip.samples)) for clip in clips()]
    stack = ExitStack()
    stack.callback(adapter.close)
    host = _host(
        name, way, threads, {**way.options, **counted}, Path(stack.enter_context(tempfile.TemporaryDirectory()))
    )
    stack.callback(host.close)
    host.load(PATIENCE)
    received = {clip.id: Utterance(audio(clip.samples, clip.id), LANGUAGE) for clip in spoken}

    def ours(clip: Clip) -> tuple[str, float]:
        (call,) = host.transcribe([received[clip.id]], Decoding(), rounds=1, warmup=0, limit=PATIENCE)
        return call.transcripts[0].text, call.seconds

    by_hand = clocked(lambda clip: str(loop(clip.samples)))
    return stack, {OURS: ours, LOOP: by_hand, AGAIN: by_hand}, spoken


def _host(name: str, way: Way, threads: int, options: dict[str, Any], folder: Path) -> ChildHost:
    return ChildHost(
        HostPlan(
            name,
            f"pytest_asrbench.model_adapters.{CLASSES[way.adapter]}",
            str(whisper(name, way.layout)),
            options,
            "cpu",
            "auto",
            folder / "log.txt",
            env={"OMP_NUM_THREADS": str(threads)},
        )
    )
