"""What an adapter may give back: plain JSON of bearable size, or an exception that says what was wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pytest_asrbench.adapter import SETTINGS, AdapterInfo, Decoding, Loaded, Partial, Transcript
from pytest_asrbench.engine.host import contract
from pytest_asrbench.errors import UnsuitedError, UsageError
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


BARE = AdapterInfo("bare", max_batch=2)


@pytest.mark.parametrize(
    ("prompts", "decoding", "words"),
    [
        ([None], Decoding("translate"), "it cannot be asked to translate, only to transcribe"),
        ([None, "say it so"], Decoding(), "it follows no prompt"),
        ([None], Decoding(max_new_tokens=5), "it does not follow max_new_tokens = 5"),
        ([None], Decoding(num_beams=5), "it does not follow num_beams = 5"),
        ([None], Decoding(temperature=0.5), "it does not follow temperature = 0.5"),
        ([None], Decoding(timestamps=True), "it does not follow timestamps = True"),
        ([None], Decoding(target_language="de"), "it does not follow target_language = de"),
    ],
)
def test_what_an_adapter_does_not_follow_is_not_asked_of_it(
    prompts: list[str | None], decoding: Decoding, words: str
) -> None:
    with pytest.raises(UnsuitedError, match=f"^{words}$"):
        contract.check_asked(BARE, prompts, decoding)
    able = AdapterInfo("able", tasks=("translate", "transcribe"), follows=("prompt", *SETTINGS))
    contract.check_asked(able, prompts, decoding)


def test_what_asks_for_nothing_can_be_asked_of_any_adapter() -> None:
    contract.check_asked(BARE, [None, None], Decoding(num_beams=1, temperature=0.0))
    with pytest.raises(UsageError, match="3 utterances were given in one call, but it takes at most 2"):
        contract.check_asked(BARE, [None] * 3, Decoding())


def test_an_adapter_of_another_version_of_the_contract_is_named() -> None:
    class Old:
        def transcribe(self, batch: Any, request: Any) -> Any:
            return []

    class Loose:
        def transcribe(self, *batch: Any, **more: Any) -> Any:
            return []

    contract.check_version(Loose(), "theirs:Loose")
    with pytest.raises(UsageError, match=r"the adapter theirs:Old is written for version 1 of .*; this is version 2"):
        contract.check_version(Old(), "theirs:Old")
    with pytest.raises(UsageError, match=r"which imports Request .* is written for version 1"):
        from pytest_asrbench.adapter import Request  # type: ignore[attr-defined]  # noqa: F401
    with pytest.raises(ImportError, match="Requests"):
        from pytest_asrbench.adapter import Requests  # type: ignore[attr-defined]  # noqa: F401


@pytest.mark.parametrize(
    ("answer", "last", "words"),
    [
        ((Partial("x") for _ in range(1)), False, "returned generator, not a sequence of Partial"),
        (["x"], False, "returned a str in place of a Partial"),
        ([Partial("x", True), Partial("y")], True, "has ended, but its last partial is not final"),
    ],
)
def test_a_stream_that_breaks_its_contract_is_named(answer: Any, last: bool, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        contract.partials(answer, last)
    good = [Partial("a \ud800", True), Partial("b")]
    assert contract.partials(good, False) == [{"text": "a ?", "final": True}, {"text": "b", "final": False}]
