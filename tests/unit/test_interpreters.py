"""Which Python runs a model: the most exact name counts first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.models import interpreters
from pytest_asrbench.models.entry import ModelEntry

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
        assert interpreters.for_model(ENTRY, given, PROJECT, told) == str(PROJECT / "0/python")


def test_the_models_own_entry_comes_last_but_before_this_python() -> None:
    assert interpreters.for_model(ENTRY, {"moonshine": "x"}, PROJECT, told) == str(PROJECT / "own/python")
    plain = ModelEntry("small", "whisper-cpp")
    assert interpreters.for_model(plain, {"moonshine": "x"}, PROJECT, told) == sys.executable


def test_an_adapter_that_cannot_be_read_here_is_known_by_its_name_alone() -> None:
    plain = ModelEntry("small", "elsewhere")
    assert interpreters.for_model(plain, {"whisper.cpp": "x"}, PROJECT, lambda _: None) == sys.executable
    assert interpreters.for_model(plain, {"elsewhere": "x"}, PROJECT, lambda _: None) == str(PROJECT / "x")


def test_an_adapter_is_asked_only_where_it_matters() -> None:
    def fail(_: str) -> AdapterInfo:
        raise AssertionError("asked")

    assert interpreters.for_model(ENTRY, {}, PROJECT, fail) == str(PROJECT / "own/python")
    assert interpreters.for_model(ENTRY, {"wee": "x"}, PROJECT, fail) == str(PROJECT / "x")
    assert interpreters.for_adapter("whisper-cpp", {"whisper-cpp": "x"}, PROJECT, fail) == str(PROJECT / "x")


@pytest.mark.parametrize(("name", "there"), [("whisper.cpp", True), ("whispercpp", True), ("wee", False)])
def test_an_adapter_alone(name: str, there: bool) -> None:
    found = interpreters.for_adapter("whisper-cpp", {name: "x"}, PROJECT, told)
    assert found == (str(PROJECT / "x") if there else sys.executable)
