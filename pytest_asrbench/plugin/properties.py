"""What a JUnit file tells of each case: properties by name, for servers that draw or search them.

They cost nothing where no such file is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.records import Breach, Outcome

_OUTCOME = (
    *("model", "corpus", "snippet", "status", "rtf", "audio_seconds", "load_seconds", "peak_ram", "peak_vram"),
    *(
        "task",
        "scenario",
        "language",
        "language_source",
        "speaker",
        "runtime",
        "device",
        "dtype",
        "normalizer",
        "timing",
        "corpus_version",
    ),
)
_BREACH = "asr_breach_"
_TOTALS = (
    *("model", "corpus", "wer_measured", "errors", "reference_words", "lost_words"),
    *("snippets", "measured", "failed", "skipped", "left_out", "unsuited", "not_run"),
    *("compute_seconds", "audio_seconds", "peak_ram", "peak_vram"),
)


def add(item: Any, result: Outcome | Totals) -> None:
    """Give `item` the properties of what it measured, if a JUnit file is written. Unknown values are left out."""
    if not getattr(item.config.option, "xmlpath", None):
        return
    if isinstance(result, Totals):
        values = {name: getattr(result, name) for name in _TOTALS}
        values |= {name: result.rate(name) for name in registry.installed()}
        values |= _of_load(result)
    else:
        values = {name: getattr(result, name) for name in _OUTCOME} | {"seconds": result.time}
        values |= registry.flat(result.scores)
        values |= {"unstable": True} if result.unstable else {}
    known = {f"asr_{name}": value for name, value in values.items() if value is not None and value != ""}
    others = [(name, value) for name, value in item.user_properties if name not in known]
    item.user_properties[:] = [*others, *known.items()]  # measured again: the last one stands, as in the results


def _of_load(totals: Totals) -> dict[str, Any]:
    """The figures of a run at a rate."""
    load = totals.served
    if load is None:
        return {}
    latencies = {f"{name}_latency": value for name, value in load.latency.items()}
    return {"scenario": totals.scenario, "requests": load.requests, "throughput": load.throughput, **latencies}


def add_breaches(item: Any, found: Sequence[Breach]) -> None:
    """Add to `item` the limits that it missed, one property for each metric, if a JUnit file is written."""
    if not getattr(item.config.option, "xmlpath", None):
        return
    told: dict[str, list[str]] = {}
    for breach in found:
        told.setdefault(f"{_BREACH}{breach.metric}", []).append(breach.text)
    others = [(name, value) for name, value in item.user_properties if not name.startswith(_BREACH)]
    item.user_properties[:] = [*others, *((name, "; ".join(texts)) for name, texts in told.items())]
