"""Which models fit into a memory, by what `auto` loads there: verdicts, what would fit instead, the doctor's answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_asrbench.models import fit as fits
from pytest_asrbench.models import footprint
from pytest_asrbench.models.budget import over_budget
from pytest_asrbench.models.catalog import Architecture, CatalogFacts
from pytest_asrbench.models.entry import PIPELINE, ModelEntry, catalogue
from pytest_asrbench.models.fit import HEADROOM, Question, Verdict, fit, misfit
from pytest_asrbench.store.peaks import Peak

GB = 10**9
NOTHING = Architecture()  # no cache, no activations
# 4 GB in float32, 2 GB in half precision; the runtime takes nothing on a CPU, the context 0.5 GB on a card.
FACTS = CatalogFacts(
    parameters=GB, architecture=NOTHING, dtype={"cpu": "float32", "cuda": "bfloat16", "rocm": "bfloat16"}
)
MODEL = ModelEntry("model", "stub", facts=FACTS)


def machine(memory: float, *cards: tuple[str, float | None, bool]) -> dict[str, Any]:
    """A machine of so many GB, with graphics processors (vendor, GB of their own, whether they share the memory)."""
    found = [
        {"vendor": vendor, "memory": None if own is None else int(own * GB), "unified": unified}
        for vendor, own, unified in cards
    ]
    return {"memory": int(memory * GB), "accelerators": found}


@pytest.mark.parametrize(
    ("kind", "room", "verdict"),
    [
        ("cuda", 3.2, Verdict.FITS),
        ("cuda", 3.1, Verdict.TIGHT),
        ("cuda", 2.5, Verdict.TIGHT),
        ("cuda", 2.49, Verdict.NO),
        ("cpu", 5.0, Verdict.FITS),
        ("cpu", 4.0, Verdict.TIGHT),
        ("cpu", 3.9, Verdict.QUANTISE),  # the stub takes no packed weights, but half precision is there
        ("cpu", 1.9, Verdict.NO),
    ],
)
def test_a_fifth_of_a_memory_stays_free(kind: str, room: float, verdict: Verdict) -> None:
    assert HEADROOM == 0.2
    assert fit(MODEL, Question(kind, room * GB)).verdict is verdict


def test_fewer_bits_are_named_as_they_are_asked_for() -> None:
    voxtral = catalogue()["voxtral"]
    tight = fit(voxtral, Question("cuda", 12 * GB))
    assert tight.verdict is Verdict.TIGHT
    assert tight.instead == "voxtral[quantization=8bit]", "the most bits that leave headroom"
    least = fit(voxtral, Question("cuda", 5.5 * GB))
    assert (least.verdict, least.instead) == (Verdict.QUANTISE, "voxtral[quantization=4bit]")
    assert least.smaller is not None
    assert 0.8 * 5.5 * GB > least.smaller.total - footprint.CONTEXT > least.smaller.weights
    assert fit(voxtral, Question("cuda", 3 * GB)) == fits.Fit(Verdict.NO, tight.usual)
    assert fit(voxtral, Question("cpu", 20 * GB)).instead == "--asr-dtype=bfloat16"


def test_a_file_is_taken_as_it_is() -> None:
    answer = fit(catalogue()["voxtral-gguf"], Question("cuda", 5 * GB))
    assert (answer.verdict, answer.instead) == (Verdict.NO, "")


def test_a_model_whose_options_pack_it_is_taken_so() -> None:
    own = replace(catalogue()["voxtral"], name="mine", options={"quantization": "4bit"})
    answer = fit(own, Question("cuda", 6 * GB))
    assert answer.usual is not None
    assert (answer.usual.precision, answer.verdict) == ("nf4", Verdict.FITS)


def test_without_a_size_there_is_no_verdict() -> None:
    assert fit(ModelEntry("new", "stub"), Question("cuda", GB)) == fits.Fit(Verdict.UNKNOWN)


def test_what_was_measured_replaces_the_estimate() -> None:
    peaks = {("model", "bfloat16"): Peak(3 * GB, 30.0)}
    answer = fit(MODEL, Question("cuda", 3.5 * GB, peaks=peaks))
    assert answer.usual is not None
    assert (answer.usual.total, answer.usual.measured, answer.verdict) == (3 * GB, 3 * GB, Verdict.TIGHT)
    for other in (("other", "bfloat16"), ("model", "float32")):
        assert fit(MODEL, Question("cuda", 3.5 * GB, peaks={other: Peak(3 * GB, 30.0)})).verdict is Verdict.FITS


def test_longer_clips_than_were_measured_take_more_by_the_formula() -> None:
    voxtral = catalogue()["voxtral"]

    def total(seconds: float) -> int:
        peaks = {("voxtral", "bfloat16"): Peak(10 * GB, 60.0)}
        usual = fit(voxtral, Question("cuda", 12 * GB, seconds, peaks=peaks)).usual
        assert usual is not None
        return usual.total

    assert total(30) == total(60) == 10 * GB, "a shorter clip is no reason to hope for less"
    assert 10 * GB < total(120) < total(600) < 13 * GB


# Two models as one


def both(**options: Any) -> ModelEntry:
    """A pipeline of MODEL and a language model that can be packed."""
    last = replace(MODEL, name="last", adapter="transformers-llm")
    return ModelEntry("model+last", PIPELINE, options=options, stages=("model", "last"), chain=(MODEL, last))


def test_both_models_of_a_pipeline_count_or_the_larger_if_they_take_turns() -> None:
    together, in_turn = (fit(both(**more), Question("cuda", 20 * GB)).usual for more in ({}, {"resident": False}))
    assert together is not None
    assert in_turn is not None
    assert (together.total, together.weights, in_turn.total) == (5 * GB, 4 * GB, 2.5 * GB)


def test_the_last_model_of_a_pipeline_is_packed() -> None:
    answer = fit(both(), Question("cuda", 5 * GB))
    assert (answer.verdict, answer.instead) == (Verdict.TIGHT, "model+last[quantization=8bit]")
    assert answer.smaller is not None
    assert answer.smaller.weights == 3 * GB
    least = misfit(both(), machine(1, ("nvidia", 4.9, False)))
    assert least[1] == '--asr-models="model+last[quantization=4bit]"', "the most bits that leave headroom"
    assert fit(both(), Question("cuda", 3 * GB)).verdict is Verdict.NO


# A budget


@pytest.mark.parametrize(
    ("entry", "device", "dtype", "budget", "said"),
    [
        (MODEL, "auto", "auto", 1.9, "2.00 GB in bfloat16"),
        (MODEL, "auto", "auto", 2.0, ""),
        (MODEL, "cuda:1", "float32", 3.9, "4.00 GB in float32"),
        (MODEL, "cpu", "float32", 0.1, ""),
        (ModelEntry("new", "stub"), "auto", "auto", 0.1, ""),
        (both(), "auto", "auto", 3.9, "4.00 GB in bfloat16 + bfloat16"),
        (both(), "auto", "auto", 4.0, ""),
        (both(resident=False), "auto", "auto", 2.0, ""),
        (both(resident=False), "auto", "auto", 1.9, "2.00 GB"),
    ],
)
def test_weights_alone_are_held_against_a_budget(
    entry: ModelEntry, device: str, dtype: str, budget: float, said: str
) -> None:
    reason = over_budget(entry, device, dtype, int(budget * GB))
    assert bool(reason) == bool(said)
    assert said in reason


def test_a_budget_names_what_would_fit() -> None:
    reason = over_budget(catalogue()["voxtral"], "auto", "auto", 8 * GB)
    assert reason.endswith("more than --asr-vram-budget allows; voxtral[quantization=8bit] would fit")
    packed = replace(catalogue()["voxtral"], options={"quantization": "8bit"})
    assert over_budget(packed, "auto", "auto", 8 * GB) == ""


# The doctor's answer


@pytest.mark.parametrize(
    "here",
    [
        machine(4),
        machine(3, ("nvidia", 2.5, False)),
        machine(2, ("nvidia", 1, False), ("amd", 4, False)),
        machine(3, ("amd", 0.5, True)),
        machine(3, ("apple", None, True)),
    ],
)
def test_what_fits_somewhere_is_recommended(here: dict[str, Any]) -> None:
    assert misfit(MODEL, here) == ("", "")


@pytest.mark.parametrize(
    ("here", "reason", "option"),
    [
        (machine(3.9), "4.0 GB in float32 (4.0 of weights), of the 3.9 GB", "--asr-dtype=bfloat16"),
        (machine(1.9), "4.0 GB in float32 (4.0 of weights), of the 1.9 GB", ""),
        (machine(1, ("nvidia", 2.4, False)), "2.5 GB in bfloat16 (2.0 of weights), of the 2.4 GB", ""),
        (machine(1, ("intel", 2, False)), "2.5 GB in bfloat16 (2.0 of weights), of the 2.0 GB", ""),
        (machine(2, ("amd", 0.5, True)), "of the 2.0 GB", "--asr-dtype=bfloat16"),
    ],
)
def test_what_fits_nowhere_says_why_and_how_it_would(here: dict[str, Any], reason: str, option: str) -> None:
    why, smaller = misfit(MODEL, here)
    assert why.startswith("it takes about ")
    assert reason in why
    assert smaller == option


def test_what_a_model_took_counts_before_what_it_is_thought_to_take() -> None:
    here = machine(1, ("nvidia", 2.4, False))
    assert misfit(MODEL, here)[0].startswith("it takes about 2.5 GB in bfloat16")
    took = {("model", "cuda", "bfloat16"): Peak(int(2.3 * GB), 60.0)}
    assert misfit(MODEL, here, took) == ("", "")
    more = {("model", "cuda", "bfloat16"): Peak(3 * GB, 60.0), ("model", "cpu", "float32"): Peak(2 * GB, 60.0)}
    said = "it took 3.0 GB in bfloat16 (2.0 of weights), of the 2.4 GB of this machine"
    assert misfit(MODEL, here, more) == (said, "")
    roomy = machine(5)
    assert misfit(MODEL, roomy) == ("", "")
    assert misfit(MODEL, roomy, {("model", "cpu", "float32"): Peak(6 * GB, 60.0)})[0].startswith("it took 6.0 GB")
    assert misfit(MODEL, roomy, {("model", "cuda", "float32"): Peak(6 * GB, 60.0)}) == ("", ""), "that was on a card"


@pytest.mark.parametrize(
    ("entry", "here"),
    [
        (ModelEntry("new", "stub"), machine(1)),
        (MODEL, machine(0)),
        (MODEL, machine(1, ("nvidia", None, False))),
    ],
)
def test_what_is_not_known_keeps_nobody_from_trying(entry: ModelEntry, here: dict[str, Any]) -> None:
    assert misfit(entry, here) == ("", "")
