"""What a child may answer, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.engine.host.answers import MAX_NAME, MAX_SENTENCE, checked
from pytest_asrbench.engine.host.wire import GarbledError

MEMORY = {"peak_ram": 1, "empty_ram": None, "peak_vram": None, "peak_vram_driver": 2, "unified": None}
LAP = {
    "event": "lap",
    "lap": 0,
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
    "details": {},
    **MEMORY,
}
FAILED = {"event": "failed", "kind": "ValueError", "message": "why", "for_user": False, "out_of_memory": False}


@pytest.mark.parametrize("answer", [LAP, LOADED], ids=["lap", "loaded"])
def test_an_answer_in_order_comes_through_as_it_is(answer: dict[str, Any]) -> None:
    assert checked(answer, answer["event"]) == answer
    assert checked(FAILED, answer["event"]) == FAILED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seconds", None),
        ("seconds", -0.001),
        ("seconds", 1e9),
        ("seconds", "1"),
        ("seconds", True),
        ("cpu_seconds", 10**400),
        ("lap", -1),
        ("lap", 0.0),
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
    with pytest.raises(GarbledError, match=f"the event 'lap' whose {field} is "):
        checked({**LAP, field: value}, "lap")


@pytest.mark.parametrize(
    ("field", "value"),
    [("device", 3), ("versions", ["3.12"]), ("versions", {"python": 3}), ("device_notes", "one"), ("details", None)],
)
def test_so_it_is_for_loading(field: str, value: Any) -> None:
    with pytest.raises(GarbledError, match=f"the event 'loaded' whose {field} is "):
        checked({**LOADED, field: value}, "loaded")


def test_a_missing_field_and_another_event_are_breaches() -> None:
    with pytest.raises(GarbledError, match="whose seconds is missing"):
        checked({name: value for name, value in LAP.items() if name != "seconds"}, "lap")
    for event in ("loaded", "reference", "lap\x1b", None, ["lap"]):
        with pytest.raises(GarbledError, match="in place of 'lap'"):
            checked({**LOADED, "event": event}, "lap")


def test_text_for_people_is_cut_and_freed_of_escapes() -> None:
    told = checked({**FAILED, "message": "\x1b[2J" + "x" * 10**6, "kind": "K" * 10**5}, "lap")
    assert told["message"].startswith("\\x1b[2Jxxx")
    assert len(told["message"]) < MAX_SENTENCE + 100
    assert len(told["kind"]) < MAX_NAME + 100
