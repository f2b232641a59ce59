"""What an adapter may give back: plain JSON of bearable size, or an exception that says what was wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pytest_asrbench.adapter import Loaded, Transcript
from pytest_asrbench.engine.host import contract
from pytest_asrbench.support.plain import MAX_TOLD, told


def test_what_keeps_the_contract_goes_on_as_json() -> None:
    details: dict[Any, Any] = {"score": math.nan, 3: (1, 2), "deep": {"x": -math.inf}}
    given = [Transcript("half \ud800", details)]
    wanted = {"text": "half ?", "details": {"score": None, "3": [1, 2], "deep": {"x": None}}}
    assert contract.transcripts(given, 1) == [wanted]
    assert contract.loaded(Loaded("cpu", "int8", {"beams": 5})) == {
        "device": "cpu",
        "dtype": "int8",
        "details": {"beams": 5},
    }


ENDLESS: dict[str, Any] = {}
ENDLESS["self"] = ENDLESS


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"x": b"raw"}, "cannot be written as JSON"),
        ({(1, 2): 3}, "cannot be written as JSON"),
        (ENDLESS, "cannot be written as JSON"),
        ({"x": 10**5_000}, "cannot be written as JSON"),
        (5, "cannot be written as JSON"),
        ({"x": "y" * contract.MAX_DETAILS}, "bytes of details, more than 4,000,000"),
    ],
)
def test_details_that_cannot_be_kept_are_named(details: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        contract.transcripts([Transcript("x", details)], 1)


def test_a_generator_is_refused_because_it_would_work_after_the_clock_has_stopped() -> None:
    with pytest.raises(TypeError, match="the adapter returned generator, not a sequence of Transcript"):
        contract.transcripts((Transcript("x") for _ in range(1)), 1)
    with pytest.raises(TypeError, match="the adapter returned str, not a sequence"):
        contract.transcripts("x", 1)


@pytest.mark.parametrize("answer", [None, "cpu", Loaded(5)])  # type: ignore[arg-type]
def test_a_load_that_gives_back_something_else_is_named(answer: Any) -> None:
    with pytest.raises(TypeError, match=r"load\(\) of the adapter returned .*, not a Loaded with the names of device"):
        contract.loaded(answer)


def test_an_exception_whose_text_fails_is_told_all_the_same() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert told(Mute()) == "(its text cannot be had: RuntimeError)"
    assert len(told(ValueError("x" * 10_000_000))) < MAX_TOLD + 100
