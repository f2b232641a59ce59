"""Which models fit into a machine's memory, by the dtype that `auto` takes on each device."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.models.catalog import CatalogFacts
from pytest_asrbench.models.fit import misfit

GB = 10**9
# 4 GB in float32, 2 GB in half precision.
MODEL = CatalogFacts(parameters=GB, dtype={"cpu": "float32", "cuda": "bfloat16", "rocm": "bfloat16"})


def machine(memory: float, *cards: tuple[str, float | None, bool]) -> dict[str, Any]:
    """A machine of so many GB, with graphics processors (vendor, GB of their own, whether they share the memory)."""
    found = [
        {"vendor": vendor, "memory": None if own is None else int(own * GB), "unified": unified}
        for vendor, own, unified in cards
    ]
    return {"memory": int(memory * GB), "accelerators": found}


@pytest.mark.parametrize(
    "here",
    [
        machine(5),
        machine(3, ("nvidia", 2.5, False)),
        machine(2, ("nvidia", 1, False), ("amd", 4, False)),
        machine(3, ("amd", 0.5, True)),
        machine(3, ("apple", None, True)),
    ],
)
def test_what_fits_somewhere_is_recommended(here: dict[str, Any]) -> None:
    assert misfit(MODEL, here) == ("", "")


@pytest.mark.parametrize(
    ("here", "reason", "dtype"),
    [
        (machine(4), "4.0 GB in float32, of the 4.0 GB", "bfloat16"),  # weights alone never fill a memory
        (machine(3), "4.0 GB in float32, of the 3.0 GB", "bfloat16"),
        (machine(2), "4.0 GB in float32, of the 2.0 GB", ""),
        (machine(1, ("nvidia", 2, False)), "2.0 GB in bfloat16, of the 2.0 GB", ""),
        (machine(1, ("intel", 2, False)), "2.0 GB, of the 2.0 GB", ""),
        (machine(2, ("amd", 0.5, True)), "of the 2.0 GB", ""),
    ],
)
def test_what_fits_nowhere_says_why_and_in_which_dtype_it_would(here: dict[str, Any], reason: str, dtype: str) -> None:
    why, smaller = misfit(MODEL, here)
    assert why.startswith("its weights alone take ")
    assert reason in why
    assert smaller == dtype


def test_a_quantised_file_has_the_size_that_it_has() -> None:
    facts = CatalogFacts(parameters=10 * GB, weights={"q5_0": GB}, dtype={"cpu": "q5_0"})
    assert misfit(facts, machine(1.2)) == ("", "")
    assert misfit(facts, machine(1)) == ("its weights alone take 1.0 GB in q5_0, of the 1.0 GB of this machine", "")


@pytest.mark.parametrize(
    ("facts", "here"),
    [(CatalogFacts(), machine(1)), (MODEL, machine(0)), (MODEL, machine(1, ("nvidia", None, False)))],
)
def test_what_is_not_known_keeps_nobody_from_trying(facts: CatalogFacts, here: dict[str, Any]) -> None:
    assert misfit(facts, here) == ("", "")
