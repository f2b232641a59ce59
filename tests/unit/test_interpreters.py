"""Which Python runs a model: the most exact name counts first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.interpreters import Interpreters

PROJECT = Path("/project")
INFO = AdapterInfo(runtime="whisper.cpp", extra="whispercpp")
ENTRY = ModelEntry("wee[threads=2]", "whisper-cpp", defined="small", interpreter="own/python")


def told(_: str) -> AdapterInfo:
    return INFO


@pytest.mark.parametrize(
    "names",
    [
        ["wee[threads=2]", "wee", "small", "whisper-cpp", "whisper.cpp", "whispercpp"],
        ["wee", "small", "whisper-cpp", "whisper.cpp", "whispercpp"],
        ["small", "whisper-cpp", "whisper.cpp"],
        ["whisper-cpp", "whispercpp"],
        ["whisper.cpp", "whispercpp"],
        ["whispercpp", "transformers"],
    ],
)
def test_the_most_exact_name_counts(names: list[str]) -> None:
    named = {name: f"{number}/python" for number, name in enumerate(names)}
    reverse = dict(reversed(named.items()))
    for given in (named, reverse):
        assert Interpreters(given, PROJECT, told).of_model(ENTRY) == str(PROJECT / "0/python")


def test_the_models_own_entry_comes_last_but_before_this_python() -> None:
    assert Interpreters({"moonshine": "x"}, PROJECT, told).of_model(ENTRY) == str(PROJECT / "own/python")
    plain = ModelEntry("small", "whisper-cpp")
    assert Interpreters({"moonshine": "x"}, PROJECT, told).of_model(plain) == sys.executable


def test_an_adapter_that_cannot_be_read_here_is_known_by_its_name_alone() -> None:
    plain = ModelEntry("small", "elsewhere")
    assert Interpreters({"whisper.cpp": "x"}, PROJECT, lambda _: None).of_model(plain) == sys.executable
    assert Interpreters({"elsewhere": "x"}, PROJECT, lambda _: None).of_model(plain) == str(PROJECT / "x")


def test_an_adapter_is_asked_only_where_it_matters() -> None:
    def fail(_: str) -> AdapterInfo:
        raise AssertionError("asked")

    assert Interpreters({}, PROJECT, fail).of_model(ENTRY) == str(PROJECT / "own/python")
    assert Interpreters({"wee": "x"}, PROJECT, fail).of_model(ENTRY) == str(PROJECT / "x")
    assert Interpreters({"whisper-cpp": "x"}, PROJECT, fail).of_adapter("whisper-cpp") == str(PROJECT / "x")


@pytest.mark.parametrize(("name", "there"), [("whisper.cpp", True), ("whispercpp", True), ("wee", False)])
def test_an_adapter_alone(name: str, there: bool) -> None:
    found = Interpreters({name: "x"}, PROJECT, told).of_adapter("whisper-cpp")
    assert found == (str(PROJECT / "x") if there else sys.executable)
