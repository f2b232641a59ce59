"""What of two measurements is comparable: one table of rules, for gates and for the history."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from pytest_asrbench.statistics.comparable import Facts, Figure, Machine, Place, obstacle, same_audio

HERE = Place("CPython 3.13 on Linux", Machine("desk", "fast", ("a GPU",)))
FACTS = Facts("transcribe", "1", 2.0, "whisper-1", "a b", "child-wall-1", "cpu", 4.0, HERE)
ACCURACY, SPEED, TRANSCRIPTS = Figure.ACCURACY, Figure.SPEED, Figure.TRANSCRIPTS


def told(**then: Any) -> dict[Figure, str]:
    """The figures that cannot be compared with a measurement of which these facts are others, and why."""
    found = {figure: obstacle(figure, FACTS, replace(FACTS, **then)) for figure in Figure}
    return {figure: reason for figure, reason in found.items() if reason is not None}


def place(platform: str | None = HERE.platform, **machine: Any) -> Place:
    return Place(platform, replace(HERE.machine, **machine))


@pytest.mark.parametrize(
    ("then", "figures", "reason"),
    [
        ({"task": "cleanup"}, {ACCURACY, SPEED, TRANSCRIPTS}, "task was cleanup, is transcribe"),
        ({"corpus_version": "0"}, {ACCURACY, SPEED, TRANSCRIPTS}, "corpus version was 0, is 1"),
        ({"audio_seconds": 2.1}, {ACCURACY, SPEED, TRANSCRIPTS}, "the audio has another length"),
        ({"normalizer": "whisper-0"}, {ACCURACY}, "normalizer was whisper-0, is whisper-1"),
        ({"normalizer": None}, {ACCURACY}, "normalizer was not recorded, is whisper-1"),
        ({"reference": "a c"}, {ACCURACY}, "the reference differs"),
        ({"timing": "child-wall-0"}, {SPEED}, "timing was child-wall-0, is child-wall-1"),
        ({"timing": ""}, {SPEED}, "timing was not recorded, is child-wall-1"),
        ({"device": "cuda"}, {SPEED}, "device was cuda, is cpu"),
        ({"cores": 2.0}, {SPEED}, "processor cores allowed were 2, are 4"),
        ({"place": place("PyPy 3.11 on Windows")}, {SPEED}, "measured with PyPy 3.11 on Windows, this is CPython"),
        ({"place": place(node="lap")}, {SPEED}, "machine was lap, is desk"),
        ({"place": place(cpu="slow")}, {SPEED}, "machine was slow, is fast"),
        ({"place": place(accelerators=())}, {SPEED}, "machine was without accelerators, is a GPU"),
    ],
)
def test_each_fact_stands_in_the_way_of_its_figures(then: dict[str, Any], figures: set[Figure], reason: str) -> None:
    found = told(**then)
    assert set(found) == figures
    assert all(one.startswith(reason) for one in found.values())


@pytest.mark.parametrize("fact", [one.name for one in fields(Facts) if one.name not in ("normalizer", "timing")])
def test_what_one_of_them_does_not_tell_is_taken_for_the_same(fact: str) -> None:
    unknown: Any = Place() if fact == "place" else None
    assert told(**{fact: unknown}) == {}
    assert obstacle(SPEED, replace(FACTS, **{fact: unknown}), FACTS) is None


def test_a_machine_that_tells_no_name_is_known_by_its_processor() -> None:
    assert told(place=place(node="")) == {}
    assert set(told(place=place(node="", cpu="slow"))) == {SPEED}


def test_recordings_are_equally_long_within_a_millisecond() -> None:
    assert same_audio(2.0, 2.0009)
    assert not same_audio(2.0, 2.0011)
    assert same_audio(float("nan"), 2.0), "not known"
