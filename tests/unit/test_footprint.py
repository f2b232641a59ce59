"""The formula of memory, term by term, on sizes that can be reckoned by hand."""

from __future__ import annotations

import pytest

from pytest_asrbench.models import catalog, footprint
from pytest_asrbench.models.catalog import Architecture, CatalogFacts, Runtime
from pytest_asrbench.models.entry import ModelEntry, catalogue
from pytest_asrbench.models.footprint import Working, estimate, weights, working

PLAIN = Runtime()
DECODER = Architecture(layers=10, width=100, cache_width=50, audio_tokens=10, vocabulary=1000)
ENCODER = Architecture(encoder_width=8, encoder_inner=32, encoder_heads=2, encoder_frames=50)


@pytest.mark.parametrize(
    ("precision", "size"),
    [("float32", 4_000_000), ("bfloat16", 2_000_000), ("int8", 900_000 + 200_000), ("nf4", 506_250 + 200_000)],
)
def test_packed_weights_leave_the_table_of_words_in_16_bits(precision: str, size: int) -> None:
    assert weights(CatalogFacts(parameters=1_000_000, architecture=DECODER), precision) == size


def test_a_files_own_size_is_not_reckoned_again() -> None:
    facts = CatalogFacts(parameters=1_000_000, weights={"q8_0": 1_100_000})
    assert weights(facts, "q8_0") == 1_100_000
    assert [weights(facts, other) for other in ("float32", "int8", "nf4")] == [None, None, None]
    assert weights(CatalogFacts(), "int8") is None


def test_the_cache_holds_keys_and_values_of_audio_and_text() -> None:
    tokens = 10 * 20 + 5 * 20 + 100
    assert working(DECODER, 20, 2, PLAIN).cache == 2 * 10 * 50 * tokens * 2


def test_activations_are_those_of_the_busiest_layer() -> None:
    layer = 50 * 10 * (4 * 8 + 2 * 32) * 4
    assert working(ENCODER, 10, 4, PLAIN) == Working(0, layer)
    assert working(ENCODER, 10, 4, Runtime(scores=True)).activations == layer + 2 * 500 * 500 * 4
    assert working(ENCODER, 10, 4, Runtime(copies=2.5)).activations == 2.5 * layer


def test_windows_come_one_by_one_unless_a_decoder_gets_them_together() -> None:
    windowed = Architecture(encoder_width=8, encoder_frames=50, window=30)
    joined = Architecture(encoder_width=8, encoder_frames=50, window=30, joined=True)
    whole = working(windowed, 30, 4, PLAIN)
    assert working(windowed, 1, 4, PLAIN) == working(windowed, 100, 4, PLAIN) == whole
    assert working(joined, 100, 4, PLAIN).activations == 4 * whole.activations


def test_a_frame_that_attends_to_few_holds_few_scores() -> None:
    near = Architecture(encoder_frames=50, span=2, pairs=2)
    far = Architecture(encoder_frames=50, pairs=2)
    assert working(near, 20, 2, PLAIN).activations == 2 * 1000 * 100 * 2
    assert working(far, 20, 2, PLAIN).activations == 2 * 1000 * 1000 * 2


def test_all_terms_make_the_memory() -> None:
    entry = catalogue()["whisper-base"]
    found = estimate(entry, "cuda", "bfloat16")
    assert found is not None
    assert found.total == found.weights + found.working.cache + found.working.activations + footprint.CONTEXT
    on_cpu = estimate(entry, "cpu", "float32")
    assert on_cpu is not None
    assert on_cpu.working.cache == 2 * found.working.cache
    assert on_cpu.runtime == footprint.runtimes()["whisper"].resident


def test_clips_are_cut_where_the_model_or_its_adapter_cuts_them() -> None:
    voxtral = catalogue()["voxtral"]
    assert voxtral.facts.longest_seconds == 1800

    def cache(seconds: float, longest: float | None = None) -> int:
        found = estimate(voxtral, "cuda", "bfloat16", seconds, longest)
        assert found is not None
        return found.working.cache

    assert cache(1800) == cache(7200) > cache(600) == cache(7200, 600)


def test_an_unknown_architecture_is_a_guess_and_says_so() -> None:
    entry = ModelEntry("new", "stub", facts=CatalogFacts(parameters=1_000_000))
    found = estimate(entry, "cuda", "float32")
    assert found is not None
    assert found.assumed
    assert found.working.total == 200_000
    known = estimate(catalogue()["whisper-base"], "cuda", "float32")
    assert known is not None
    assert not known.assumed


def test_a_runtime_that_nobody_measured_is_a_guess_on_a_cpu() -> None:
    entry = ModelEntry("new", "my.adapter:Class", facts=CatalogFacts(parameters=10**6, architecture=ENCODER))
    found = estimate(entry, "cpu", "float32")
    assert found is not None
    assert (found.runtime, found.assumed) == (footprint.RESIDENT, True)


# The data


def test_every_architecture_is_used_and_every_adapter_of_the_catalogue_has_its_runtime() -> None:
    models = [one for one in catalogue().values() if not one.stages]
    assert {one.adapter for one in models} <= footprint.runtimes().keys()
    assert len({one.facts.architecture for one in models} - {None}) > 20


def test_vocabulary_and_width_leave_weights_for_the_layers() -> None:
    for one in catalogue().values():
        if (built := one.facts.architecture) is not None:
            assert built.vocabulary * built.width < 0.7 * (one.facts.parameters or 0), one.name
            assert built.layers == 0 or built.cache_width, one.name


def test_an_architecture_can_be_given_by_a_project() -> None:
    table = {"parameters": 5, "architecture": {"layers": 2, "cache_width": 8}}
    assert catalog.facts(table, "here").architecture == Architecture(layers=2, cache_width=8)
    with pytest.raises(ValueError, match=r"here\.architecture has an unknown key 'layer'; did you mean 'layers'\?"):
        catalog.facts({"architecture": {"layer": 2}}, "here")
