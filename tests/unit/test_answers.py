"""What a child may answer, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.adapter import Partial, Transcript
from pytest_asrbench.engine.host.answers import Call, Fed, record
from pytest_asrbench.engine.host.checked import MAX_NAME, MAX_SENTENCE, checked
from pytest_asrbench.engine.host.wire import GarbledError

MEMORY = {"peak_ram": 1, "empty_ram": None, "peak_vram": None, "peak_vram_driver": 2, "unified": None}
CALL = {
    "event": "call",
    "number": 0,
    "warmup": False,
    "seconds": 0.5,
    "cpu_seconds": 0,
    "transcripts": [{"text": "\x1b[31mexact", "details": {"score": None}}],
    **MEMORY,
}
LOADED = {
    "event": "loaded",
    "load_seconds": 1.5,
    "device": "cpu",
    "dtype": "float32",
    "runtime": "stub",
    "sample_rate": 16_000,
    "versions": {"python": "3.12"},
    "device_notes": ["cuda:0 passed over"],
    "remote": False,
    "details": {},
    **MEMORY,
}
FAILED = {"event": "failed", "kind": "ValueError", "message": "why", "for_user": False, "out_of_memory": False}


FED = {
    "event": "fed",
    "number": 1,
    "seconds": 0.5,
    "cpu_seconds": 0,
    "at": 2.5,
    "partials": [{"text": "\x1b[31mexact", "final": False}],
    **MEMORY,
}


@pytest.mark.parametrize(
    ("answer", "records"),
    [
        (CALL, {"transcripts": [Transcript("\x1b[31mexact", {"score": None})]}),
        (LOADED, {}),
        (FED, {"partials": [Partial("\x1b[31mexact")]}),
    ],
    ids=["call", "loaded", "fed"],
)
def test_an_answer_in_order_comes_through_as_it_is(answer: dict[str, Any], records: dict[str, Any]) -> None:
    assert checked(answer, answer["event"]) == {**answer, **records}
    assert checked(FAILED, answer["event"]) == FAILED


def test_a_call_owns_the_time_and_its_utterances_the_texts() -> None:
    call = record(Call, checked(CALL, "call"))
    assert (call.seconds, call.memory.peak_ram, call.memory.empty_ram) == (0.5, 1, None)
    assert [one.text for one in call.transcripts] == ["\x1b[31mexact"]
    fed = record(Fed, checked(FED, "fed"))
    assert (fed.at, fed.partials, fed.memory) == (2.5, [Partial("\x1b[31mexact", final=False)], call.memory)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", -1),
        ("partials", "words"),
        ("partials", [{"text": "x"}]),
        ("partials", [{"text": "x", "final": 1}]),
        ("partials", [{"text": 5, "final": True}]),
        ("number", None),
    ],
)
def test_so_it_is_for_a_stream(field: str, value: Any) -> None:
    with pytest.raises(GarbledError, match=f"the event 'fed' whose {field} is "):
        checked({**FED, field: value}, "fed")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seconds", None),
        ("seconds", -0.001),
        ("seconds", 1e9),
        ("seconds", "1"),
        ("seconds", True),
        ("cpu_seconds", 10**400),
        ("number", -1),
        ("number", 0.0),
        ("warmup", 0),
        ("transcripts", {}),
        ("transcripts", ["text"]),
        ("transcripts", [{"text": None, "details": {}}]),
        ("transcripts", [{"text": "x"}]),
        ("peak_ram", 1.5),
        ("peak_ram", -1),
        ("unified", "yes"),
    ],
)
def test_a_field_of_the_wrong_kind_is_a_breach(field: str, value: Any) -> None:
    with pytest.raises(GarbledError, match=f"the event 'call' whose {field} is "):
        checked({**CALL, field: value}, "call")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("device", 3),
        ("versions", ["3.12"]),
        ("versions", {"python": 3}),
        ("device_notes", "one"),
        ("details", None),
        ("remote", "no"),
    ],
)
def test_so_it_is_for_loading(field: str, value: Any) -> None:
    with pytest.raises(GarbledError, match=f"the event 'loaded' whose {field} is "):
        checked({**LOADED, field: value}, "loaded")


def test_a_missing_field_and_another_event_are_breaches() -> None:
    with pytest.raises(GarbledError, match="whose seconds is missing"):
        checked({name: value for name, value in CALL.items() if name != "seconds"}, "call")
    for event in ("loaded", "reference", "call\x1b", None, ["call"]):
        with pytest.raises(GarbledError, match="in place of 'call'"):
            checked({**LOADED, "event": event}, "call")


def test_text_for_people_is_cut_and_freed_of_escapes() -> None:
    told = checked({**FAILED, "message": "\x1b[2J" + "x" * 10**6, "kind": "K" * 10**5}, "call")
    assert told["message"].startswith("\\x1b[2Jxxx")
    assert len(told["message"]) < MAX_SENTENCE + 100
    assert len(told["kind"]) < MAX_NAME + 100
