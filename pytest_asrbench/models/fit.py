"""Whether a model's weights fit into this machine's memory: what cannot run is not recommended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.models.catalog import CatalogFacts

# Activations, caches, the runtime and all that runs beside it need the rest: weights alone never fill a memory.
SHARE = 0.9
_DEVICES = {"nvidia": "cuda", "amd": "rocm", "intel": "xpu", "apple": "mps"}


def misfit(facts: CatalogFacts, machine: Mapping[str, Any]) -> tuple[str, str]:
    """Return why a model cannot run here in the dtype that `auto` takes, and one in which it could ("" if in none).

    ("", "") if it can, or if that is not known. machine: as `machine.facts()` returns it.
    """
    sizes = facts.memory()
    memory = machine["memory"]
    places = [("cpu", memory)]
    places += [
        (_DEVICES.get(one["vendor"], ""), memory if one["unified"] else one["memory"])
        for one in machine["accelerators"]
    ]
    if not sizes or not all(room for _, room in places):
        return "", ""
    wanted = [(facts.dtype.get(kind, ""), room) for kind, room in places]
    needs = [(sizes.get(dtype, min(sizes.values())), dtype, room) for dtype, room in wanted]
    if any(size <= SHARE * room for size, _, room in needs):
        return "", ""
    size, dtype, room = max(needs, key=lambda need: need[2])
    other = next((name for name, least in sizes.items() if least <= SHARE * room and name in facts.dtype.values()), "")
    how = f" in {dtype}" if dtype else ""
    return f"its weights alone take {size / 1e9:.1f} GB{how}, of the {room / 1e9:.1f} GB of this machine", other
