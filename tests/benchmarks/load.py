"""Whether latencies under load are those of the queue: its theory in virtual time, and a real service over HTTP.

`python -m tests.benchmarks.load [REQUESTS [SECONDS]]`. The service takes a fixed time for each request, one after the
other, and tells what it was by its clock. What the latencies should be follows from these and the very arrivals
(Lindley's recursion), so that no luck of the draw is left: the rest is that of network, threads and clocks.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pytest_asrbench.adapter import Audio, Decoding, Utterance
from pytest_asrbench.engine.host.answers import Served
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.engine.host.serving import Serving
from pytest_asrbench.engine.load import Load
from pytest_asrbench.metrics.latencies import PERCENTILES, percentile
from tests import load_server
from tests.unit.test_serving import SERVICE, Simulation, quantile

LOADS = (0.3, 0.6, 0.8)
WORST = 0.02


def lindley(arrivals: Sequence[float], services: Sequence[float]) -> list[float]:
    """The latency of each request before one server that takes `services` seconds for them."""
    free, latencies = 0.0, []
    for due, service in zip(arrivals, services, strict=True):
        free = max(free, due) + service
        latencies.append(free - due)
    return latencies


def theory(requests: int) -> bool:
    """Print how far percentiles in virtual time are from M/D/1; return whether all are within `WORST`."""
    good = True
    for load in LOADS:
        simulation, latencies = Simulation(), list[float]()
        Serving(
            simulation.ask,
            lambda times, _answer, kept=latencies: kept.append(times["finished"] - times["due"]),  # type: ignore[misc]
            Load(rate=load / SERVICE).schedule(requests),
            clock=lambda moved=simulation: moved.now,  # type: ignore[misc]
            sleep=simulation.sleep,
        ).run()
        off = {p: (percentile(latencies, p) or 0.0) / quantile(load, p / 100) - 1 for p in PERCENTILES}
        good = good and max(map(abs, off.values())) <= WORST
        print(f"M/D/1, load {load}: " + ", ".join(f"p{p} {value:+.2%}" for p, value in off.items()))
    return good


def over_http(requests: int, seconds: float) -> None:
    """Print latencies of a real service beside those that follow from the arrivals."""
    with tempfile.TemporaryDirectory() as folder, load_server.serving(seconds) as address:
        Path(folder, "far.py").write_text(load_server.ADAPTER, "utf-8")
        plan = HostPlan("far", "far:Far", address, {}, "auto", "auto", Path(folder, "log"), paths=(folder,))
        host, limit, clip = ChildHost(plan), Limit(120), Utterance(Audio(bytes(64_000), 16_000, "clips/c0"))
        host.load(limit)
        host.transcribe([clip], Decoding(), rounds=0, warmup=3, limit=limit)
        for load in LOADS:
            schedule, served = Load(rate=load / seconds).schedule(requests), list[Served]()
            host.serve([clip], Decoding(), [0] * requests, schedule, served.append, limit)
            found = [one.finished - one.due for one in served]
            ordered = sorted(served, key=lambda one: one.number)
            worked = [one.transcript.details["worked"] for one in ordered if one.transcript is not None]
            expected = lindley(schedule.arrivals or (), worked)
            told = ", ".join(
                f"p{p} {percentile(found, p) or 0:.4f} s (should be {percentile(expected, p) or 0:.4f})"
                for p in PERCENTILES
            )
            print(f"HTTP, load {load}: {told}; sent up to {max(one.late for one in served) * 1e3:.1f} ms late")
        host.close()


def main(requests: int = 300, seconds: float = 0.05) -> None:
    """Print both."""
    print("all within 2 %" if theory(2_000_000) else "not within 2 %")
    over_http(requests, seconds)


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, float), sys.argv[1:], strict=False)))
