"""`--asr-vram-budget`: what cannot fit is skipped before it is loaded, what took more fails, what took none is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench import Bench, text

# An adapter whose torch says that a card held 3 GB, and its driver 4 GB: no machine of the tests has a card.
CARD = """
import sys
from types import SimpleNamespace
from pytest_asrbench.adapter import Loaded
from pytest_asrbench.engine.host import vram
from pytest_asrbench.model_adapters.stub import Stub

class Card(Stub):
    def load(self, device, dtype):
        cuda = SimpleNamespace(is_initialized=lambda: True, max_memory_allocated=lambda index: 3 * 10**9,
            device_count=lambda: 1, get_device_properties=lambda index: SimpleNamespace(is_integrated=False))
        sys.modules["torch"] = SimpleNamespace(cuda=cuda)
        vram._DRIVERS["cuda"] = lambda _processes: 4 * 10**9
        super().load(device, dtype)
        return Loaded("cuda:0", "float32")

class Silent(Card):
    def load(self, device, dtype):
        loaded = super().load(device, dtype)
        del sys.modules["torch"], vram._DRIVERS["cuda"]
        return loaded
"""
LARGE = """
[models.large]
adapter = "stub"
[models.large.facts]
parameters = 4_000_000_000
dtype = { cpu = "float32", cuda = "bfloat16" }
[models.packed]
adapter = "whisper"
[models.packed.options]
quantization = "4bit"
[models.packed.facts]
parameters = 8_000_000_000
"""


@pytest.fixture
def cards(bench: Bench) -> Bench:
    """Two models on a card, one of which does not tell what it takes."""
    bench.pytester.makepyfile(cards=CARD)
    bench.model_table('[models.carded]\nadapter = "cards:Card"\n[models.silent]\nadapter = "cards:Silent"\n')
    return bench


def test_the_larger_mark_is_held_against_the_budget(cards: Bench) -> None:
    kept = cards.run("--asr-models=carded", "--asr-vram-budget=4GB")
    kept.assert_outcomes(passed=4)
    missed = cards.run("--asr-models=carded", "--asr-vram-budget=3.9GB")
    missed.assert_outcomes(passed=3, failed=1)
    assert "peak VRAM 3815 MB of carded on clips exceeds the limit of 3719 MB (--asr-vram-budget)" in text(missed)


def test_a_card_that_tells_nothing_is_no_pass(cards: Bench) -> None:
    result = cards.run("--asr-models=silent", "--asr-vram-budget=12GB")
    result.assert_outcomes(passed=3, failed=1)
    assert "cannot be judged (the runtime reports no device memory), and --asr-vram-budget demands it" in text(result)


def test_a_model_on_the_cpu_takes_none_and_that_is_told(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}", "--asr-vram-budget=1MB")
    result.assert_outcomes(passed=4)
    assert "--asr-vram-budget does not judge" in text(result)
    assert "it ran on no accelerator of this machine, but cpu" in text(result)


def test_what_cannot_fit_is_skipped_before_it_is_loaded(bench: Bench) -> None:
    bench.model_table(LARGE)
    result = bench.run("--asr-models=large", "--asr-vram-budget=7.9GB", "-rs")
    result.assert_outcomes(skipped=4)
    assert "its weights alone take 8.00 GB in bfloat16, more than --asr-vram-budget allows" in text(result)
    rows = bench.rows()
    assert {row["Status"] for row in rows} == {"SKIPPED"}
    assert {row["Load_Time_Sec"] for row in rows} == {""}, "nothing was loaded"
    assert bench.run("--asr-models=large", "--asr-vram-budget=8GB").parseoutcomes()["passed"] >= 1


@pytest.mark.parametrize("options", [("--asr-dtype=float32",), ("--asr-device=cpu",)])
def test_dtype_and_device_count_as_they_were_asked_for(bench: Bench, options: tuple[str, ...]) -> None:
    bench.model_table(LARGE)
    outcomes: dict[str, Any] = bench.run("--asr-models=large", "--asr-vram-budget=8GB", *options).parseoutcomes()
    assert outcomes.get("skipped", 0) == (4 if "dtype" in options[0] else 0)


def test_packed_weights_count_packed(bench: Bench) -> None:
    bench.model_table(LARGE)
    small = bench.run("--asr-models=packed", "--asr-vram-budget=4GB", "-rs")
    small.assert_outcomes(skipped=4)
    assert "its weights alone take 4.50 GB in nf4" in text(small)


def test_it_can_stand_in_the_configuration(bench: Bench) -> None:
    bench.model_table(LARGE)
    bench.pytester.makeini("[pytest]\nasr_vram_budget = 4GiB\n")
    bench.run("--asr-models=large").assert_outcomes(skipped=4)


@pytest.mark.parametrize("given", ["12G", "much", "-3GB", "0"])
def test_an_amount_that_is_none_is_refused(bench: Bench, given: str) -> None:
    result = bench.refused("--asr-models=stub", f"--asr-vram-budget={given}")
    assert f"--asr-vram-budget: '{given}' is no amount of memory; write 12GB" in text(result)
