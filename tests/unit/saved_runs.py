"""Saved runs as pytest-benchmark writes them, for the tests of everything that reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.totals import total
from pytest_asrbench.records import Outcome
from pytest_asrbench.store.entries import asked, saved_info

MACHINE = "Linux-CPython-3.11-64bit"


_COPIED = (
    *("audio_seconds", "first_seconds", "load_seconds", "peak_ram", "peak_vram", "runtime", "device", "dtype"),
    *("versions", "normalizer", "task", "timing", "corpus_version", "reference_seconds", "unstable", "speaker"),
    "cores_allowed",
)


def flat_info(outcome: Outcome) -> dict[str, Any]:
    """A measured case as earlier versions have saved it: each value by itself."""
    figures: dict[str, Any] = {"model": outcome.model, "corpus": outcome.corpus, "snippet": outcome.snippet}
    figures |= registry.flat(outcome.scores)
    figures |= {"normalized_reference": outcome.normalized_reference}
    figures |= {"normalized_transcript": outcome.normalized_transcript, "metrics": dict(outcome.metrics)}
    figures |= {"rtf": outcome.rtf, "seconds": outcome.time, "transcript": outcome.transcript}
    figures |= {name: getattr(outcome, name) for name in _COPIED}
    figures |= {"rounds": list(outcome.seconds), "cpu_rounds": list(outcome.cpu_seconds)}
    figures |= {"others": list(outcome.others)}
    return figures | {"reference_seconds": list(outcome.reference_seconds), "asked": asked(outcome)}


def document(
    outcomes: Sequence[Outcome],
    info_of: Callable[[Outcome], dict[str, Any]] = saved_info,
    *,
    day: int = 1,
    node: str = "bench",
    cpu: str = "fast",
    **facts: Any,
) -> dict[str, Any]:
    """The content of a run made on the `day` of a month; as the plugin does, totals stand for all, failed ones too."""
    infos: list[Mapping[str, Any]] = [info_of(outcome) for outcome in outcomes if outcome.measured]
    for key in dict.fromkeys((outcome.model, outcome.corpus) for outcome in outcomes):
        sums = total(*key, [outcome for outcome in outcomes if (outcome.model, outcome.corpus) == key])
        names = ("model", "corpus", "wer", "wer_measured", "rtf", "measured", "failed", "skipped", "lost_words")
        infos.append({name: getattr(sums, name) for name in names})
    ours = {"cpu": cpu, "accelerators": [{"name": "a GPU"}], "pytest-asrbench": "0.1.0"}
    return {
        "machine_info": {"node": node, "processor": "x86_64", "asrbench": ours},
        "commit_info": {"id": f"{day:02}" * 20, "dirty": day % 2 == 0, "branch": "main"},
        "benchmarks": [{"fullname": f"test[{n}]", "extra_info": info, "stats": {}} for n, info in enumerate(infos)],
        "datetime": f"2025-01-{day:02}T12:00:00+00:00",
        "version": "5.3.1",
        **facts,
    }


def save(folder: Path, number: int, content: Any, machine: str = MACHINE) -> Path:
    """Write a run, or bytes that are none, into a storage folder."""
    path = folder / machine / f"{number:04}_run.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path
