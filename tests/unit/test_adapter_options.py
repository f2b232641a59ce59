"""Options of adapters: unknown names and values of a wrong kind are named, in all adapters alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.granite import Granite
from pytest_asrbench.model_adapters.moonshine import Moonshine
from pytest_asrbench.model_adapters.options import parse_options
from pytest_asrbench.model_adapters.phi4 import Phi4
from pytest_asrbench.model_adapters.stub import Stub
from pytest_asrbench.model_adapters.transformers_generic import TransformersGeneric
from pytest_asrbench.model_adapters.voxtral import Voxtral
from pytest_asrbench.model_adapters.whisper import Whisper
from pytest_asrbench.model_adapters.whisper_cpp import WhisperCpp

from pytest_asrbench.errors import UsageError, WeightsError

KNOWN: dict[str, Any] = {
    "beams": 1,
    "threads": 0,
    "rate": 0.5,
    "fast": False,
    "mode": "auto",
    "languages": frozenset(),
    "more": {},
}


@pytest.mark.parametrize(
    ("option", "value", "parsed"),
    [
        ("beams", "5", 5),
        ("beams", 5, 5),
        ("threads", 0, 0),
        ("rate", "1e-3", 0.001),
        ("fast", "on", True),
        ("fast", "No", False),
        ("fast", True, True),
        ("mode", "eager", "eager"),
        ("mode", 7, "7"),
        ("languages", "en de", frozenset({"en", "de"})),
        ("languages", ["en"], frozenset({"en"})),
        ("more", {"a": 1}, {"a": 1}),
    ],
)
def test_values_as_strings_or_as_they_are(option: str, value: Any, parsed: Any) -> None:
    assert parse_options("m", {option: value}, KNOWN) == {option: parsed}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("beams", 0, "no whole number above 0"),
        ("beams", -2, "no whole number above 0"),
        ("beams", "2.5", "no whole number"),
        ("beams", True, "no whole number"),
        ("beams", "9" * 400, "no whole number"),
        ("beams", "9" * 5_000, "no whole number"),
        ("threads", -1, "no whole number from 0 up"),
        ("rate", "nan", "no number above 0"),
        ("rate", "inf", "no number above 0"),
        ("rate", "fast", "no number"),
        ("rate", None, "no number"),
        ("fast", "perhaps", "no truth value"),
        ("fast", 2, "no truth value"),
        ("mode", ["a"], "no text"),
        ("mode", None, "no text"),
        ("mode", False, "no text"),
        ("languages", 5, "no list of texts"),
        ("languages", ["en", 5], "no list of texts"),
        ("more", "a=1", "no table"),
        ("more", [1], "no table"),
    ],
)
def test_values_of_a_wrong_kind_are_named(option: str, value: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_options("m", {option: value}, KNOWN)
    assert str(caught.value).startswith(f"m[{option}=")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [-3, "0", 0.5])
def test_signed_numbers_where_a_library_takes_them(value: Any) -> None:
    assert parse_options("m", {"rate": value}, KNOWN, signed=True) == {"rate": float(value)}


def test_an_option_that_resembles_none_is_answered_with_all() -> None:
    with pytest.raises(
        UsageError, match=r"m has no option 'zzz'; it has beams, fast, languages, mode, more, rate, thr"
    ):
        parse_options("m", {"zzz": 1}, KNOWN)


MISSPELT: dict[type, tuple[str, str]] = {
    Whisper: ("guard", "guards"),
    WhisperCpp: ("thread", "threads"),
    Granite: ("laro", "lora"),
    Voxtral: ("num_beam", "num_beams"),
    Phi4: ("atention", "attention"),
    TransformersGeneric: ("language", "languages"),
    Moonshine: ("tokens_per_secnd", "tokens_per_second"),
    Stub: ("txt", "text"),
}


@pytest.mark.parametrize("adapter", MISSPELT)
def test_every_adapter_names_the_option_that_was_meant(adapter: type) -> None:
    wrong, right = MISSPELT[adapter]
    with pytest.raises(UsageError, match=f"has no option '{wrong}'; did you mean '{right}'"):
        adapter("somewhere", {wrong: 1})


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ({"txt": "hello"}, "stub has no option 'txt'; did you mean 'text'"),
        ({"clips": {"a/b": {"secnds": 1}}}, "stub has no option 'secnds'; did you mean 'seconds'"),
        ({"clips": {"a/b": {"seconds": "long"}}}, r"stub\[seconds=long\]: that is no number"),
        ({"clips": {"a/b": 5}}, "stub"),
        ({"clips": 5}, "that is no table"),
    ],
)
def test_a_script_of_the_stub_is_checked_too(script: dict[str, Any], message: str, tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text(json.dumps(script), "utf-8")
    with pytest.raises(UsageError, match=message):
        Stub(str(tmp_path / "script.json"), {}).load("cpu", "auto")


@pytest.mark.parametrize("content", ["", "[1]", "{", "[" * 100_000, "5"])
def test_a_script_that_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text(content, "utf-8")
    with pytest.raises(WeightsError, match=r"script\.json"):
        Stub(str(tmp_path / "script.json"), {}).load("cpu", "auto")
