"""Whether a model's weights alone are more than a budget of device memory: then it need not be loaded to be told."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_asrbench.models import footprint
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.fit import CARD, Question, fit, packed, usual_precision
from pytest_asrbench.models.pipelines import RESIDENT
from pytest_asrbench.support.sizes import gigabytes


def over_budget(entry: ModelEntry, device: str, dtype: str, budget: int) -> str:
    """Return why a model cannot fit into `budget` bytes by its weights alone; "" if it may.

    device, dtype: as the user asked, "auto" included; the CPU takes no device memory. Of a pipeline both models count,
    or the larger if they take turns.
    """
    kind = device.partition(":")[0]
    if kind == "cpu":
        return ""
    kind = CARD if kind == "auto" else kind
    precisions = [_precision(one, kind, dtype) for one in entry.parts]
    size = _size(entry, precisions)
    if size <= budget:
        return ""
    other = fit(entry, Question(kind, budget)).instead
    way = f"; {other} would fit" if other else ""
    taken = f"{gigabytes(size)} GB in {' + '.join(precisions)}"
    return f"its weights alone take {taken}, more than --asr-vram-budget allows{way}"


def _precision(entry: ModelEntry, kind: str, dtype: str) -> str:
    return usual_precision(entry, kind) if dtype == "auto" or packed(entry) else dtype


def _size(entry: ModelEntry, precisions: Sequence[str]) -> int:
    """Bytes of the weights, as far as they are known."""
    sizes = [
        footprint.weights(one.facts, precision) or 0 for one, precision in zip(entry.parts, precisions, strict=True)
    ]
    return sum(sizes) if entry.options.get(RESIDENT, True) else max(sizes)
