"""What the session process costs while the model computes: processor seconds per second of waiting."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from pytest_asrbench.adapter import Audio, Decoding, Utterance
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit

SECONDS = 10.0


def main() -> None:
    """Wait for a stub that computes for ten seconds."""
    with tempfile.TemporaryDirectory() as name:
        plan = HostPlan(
            name="stub",
            adapter="pytest_asrbench.model_adapters.stub:Stub",
            source=None,
            options={"seconds": SECONDS},
            device="cpu",
            dtype="auto",
            log=Path(name) / "log",
        )
        host = ChildHost(plan)
        limit = Limit(60)
        host.load(limit)
        start, start_cpu = time.perf_counter(), time.process_time()
        host.transcribe([Utterance(Audio(bytes(64_000), 16_000))], Decoding(), rounds=1, warmup=0, limit=limit)
        wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        host.close()
    print(f"waiting: {cpu:.4f} s of processor time in {wall:.2f} s = {cpu / wall:.4%} of a core")
