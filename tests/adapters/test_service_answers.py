"""What services say in place of an answer: their words in a line, when they want to be asked again, no key."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pytest_asrbench.model_adapters import endpoint
from pytest_asrbench.model_adapters.service_answers import Answer, names, refusal, seconds, told

from pytest_asrbench.errors import BusyError, EndpointError

KEY = "swordfish"


def answer(body: Any, status: int = 400, **headers: str) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer("http://h/v1/x", status, text.encode(), headers, KEY)


@pytest.mark.parametrize(
    "body",
    [
        "it is wrong",
        '"it is wrong"',
        {"error": "it is wrong"},
        {"error": {"message": "it is\nwrong", "type": "invalid_request_error"}},
        {"detail": {"error": {"message": "it is wrong"}}},
        {"detail": [{"msg": "it is wrong", "loc": ["body", "model"]}]},
        {"object": "error", "message": "it is wrong"},
    ],
)
def test_words_are_found_wherever_servers_put_them(body: Any) -> None:
    assert told(answer(body)) == "it is wrong"


def test_what_has_no_words_is_shown_as_it_is_and_not_at_length() -> None:
    assert told(answer({"code": 3})) == '{"code": 3}'
    assert told(answer("<!doctype HTML><p>" + "x" * 1_000)) == "an HTML page"
    assert len(told(answer("x" * 1_000))) == 300
    assert "answered 400: nothing" in str(refusal(answer("")))


def test_no_half_of_a_key_is_left_where_words_are_cut() -> None:
    assert KEY[:4] not in told(answer("x" * 295 + f" {KEY}"))
    assert KEY[:4] not in str(refusal(answer("", 302, location=f"http://other/?{'x' * 270}&key={KEY}")))


def test_a_key_in_an_answer_is_hidden_however_it_is_written() -> None:
    body = '{"text": ["a \\u0073wordfish", {"swordfish": 1, "n": null}]}'
    assert answer(body).json() == {"text": ["a ***", {"***": 1, "n": None}]}
    assert Answer("h", 200, b'["swordfish"]').json() == ["swordfish"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int) -> None:
    found = refusal(answer("wait", status, **{"retry-after": "7"}))
    assert isinstance(found, BusyError)
    assert found.seconds == 7


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 501])
def test_what_will_not_is_not(status: int) -> None:
    assert type(refusal(answer("no", status))) is EndpointError


@pytest.mark.parametrize(("text", "expected"), [("2.5", 2.5), ("-3", 0), ("", 0), ("soon", 0), ("1e999", float("inf"))])
def test_seconds_until_it_may_be_asked_again(text: str, expected: float) -> None:
    assert seconds(text) == expected


def test_a_date_until_which_to_wait() -> None:
    now = datetime.now(UTC)
    assert 90 < seconds(format_datetime(now + timedelta(seconds=100), usegmt=True)) <= 100
    assert seconds(format_datetime(now - timedelta(seconds=100), usegmt=True)) == 0


def test_models_that_are_offered_are_told_where_the_name_may_be_wrong() -> None:
    many = names(answer({"data": [{"id": f"m{n}"} for n in range(20)]}, 200))
    assert str(refusal(answer("no", 404), many)).endswith("it offers m0, m1, m2, m3, m4, m5, m6, m7, ...")
    assert "offers" not in str(refusal(answer("no", 413), many))
    assert names(answer("<html>", 200)) == names(answer({"data": 3}, 200)) == names(answer([], 200)) == ()


@pytest.mark.parametrize(
    ("source", "options", "expected"),
    [
        ("http://h/v1#m", {}, ("http://h/v1", "m")),
        ("http://h/v1/#a/b", {"model": "c"}, ("http://h/v1", "c")),
        ("http://h/v1", {}, ("http://h/v1", "")),
        (None, {"endpoint": "http://h/v1#m"}, ("http://h/v1", "m")),
        (None, {}, ("", "")),
    ],
)
def test_address_and_name(source: str | None, options: dict[str, Any], expected: tuple[str, str]) -> None:
    assert endpoint.place(source, {**endpoint.OPTIONS, **options}) == expected
