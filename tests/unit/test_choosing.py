"""Which of the saved runs each model × corpus is held against, and the advice where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pytest_asrbench.records import Outcome
from pytest_asrbench.store import Baseline, choosing
from pytest_asrbench.store.baseline import (
    Facts,
    unmeasured,
    unmeasured_record,
)
from pytest_asrbench.store.choosing import advice, choose
from pytest_asrbench.store.entries import saved_info
from pytest_asrbench.store.places import platform_here, platform_name, platform_of_folder
from tests.unit.outcomes import failed, measured

ABC = frozenset("abc")


def run(number: int, held: dict[tuple[str, str], str], **facts: Any) -> Baseline:
    """A saved run that holds of each model and corpus these snippets, one letter each."""
    infos = [
        saved_info(replace(measured(name), model=model, corpus=corpus))
        for (model, corpus), names in held.items()
        for name in names
    ]
    source = f"{number:04}.json"
    option = Facts(option=f"--benchmark-compare={number:04}")
    return Baseline(source, [{"extra_info": info} for info in infos], replace(option, **facts))


def chosen(wanted: Iterable[tuple[str, str]], runs: Iterable[Baseline], ids: frozenset[str] = ABC) -> dict[str, str]:
    found = choose(dict.fromkeys(wanted, ids), runs).chosen
    return {f"{model} {corpus}": one.source for (model, corpus), one in found.items()}


MINE, OTHER = ("mine", "g"), ("other", "g")


def test_the_newest_run_that_holds_the_model_and_corpus_is_taken() -> None:
    runs = [run(4, {OTHER: "abc"}), run(3, {("mine", "h"): "abc"}), run(2, {MINE: "abc"}), run(1, {MINE: "abc"})]
    assert chosen([MINE], runs) == {"mine g": "0002.json"}
    assert chosen([MINE, OTHER, ("third", "g")], runs) == {"mine g": "0002.json", "other g": "0004.json"}


def test_a_run_of_a_part_does_not_take_the_place_of_a_full_one() -> None:
    assert chosen([MINE], [run(3, {MINE: "a"}), run(2, {MINE: "abc"}), run(1, {MINE: "abc"})]) == {
        "mine g": "0002.json"
    }
    assert chosen([MINE], [run(3, {MINE: "a"}), run(2, {MINE: "ab"}), run(1, {MINE: "bc"})]) == {"mine g": "0002.json"}
    assert chosen([MINE], [run(2, {MINE: "xyz"})]) == {"mine g": "0002.json"}, "what is wrong with it is told later"


def test_no_more_runs_are_read_than_needed() -> None:
    def endless(held: dict[tuple[str, str], str]) -> Iterator[Baseline]:
        for number in range(1_000, 0, -1):
            read.append(number)
            yield run(number, held)

    read: list[int] = []
    assert chosen([MINE], endless({MINE: "abcd"})) == {"mine g": "1000.json"}
    assert len(read) == 1
    read.clear()
    assert chosen([MINE], endless({MINE: "ab"})) == {"mine g": "1000.json"}
    assert len(read) == choosing.LOOKED_AT


def test_several_runs_are_told_with_what_is_held_against_each() -> None:
    runs = [run(2, {OTHER: "abc"}), run(1, {MINE: "abc"})]
    assert str(choose({MINE: ABC, OTHER: ABC}, runs)) == "0001.json (mine-g), 0002.json (other-g)"
    assert str(choose({MINE: ABC}, runs)) == "0001.json"


@pytest.mark.parametrize(
    ("pair", "runs", "words"),
    [
        (
            MINE,
            [run(2, {MINE: "ab"}), run(1, {OTHER: "abc"})],
            "0002.json (--benchmark-compare=0002) holds it: name it",
        ),
        (MINE, [run(3, {MINE: "ab"}), run(2, {MINE: "a"})], "0003.json (--benchmark-compare=0003), 0002.json (--"),
        (MINE, [run(n, {MINE: "a"}) for n in range(6, 0, -1)], " and 3 more hold it: name one of them"),
        (
            ("mine[seconds=0]", "g"),
            [run(2, {MINE: "abc"})],
            "0002.json holds mine, and with other options it is another",
        ),
        (
            MINE,
            [run(2, {("mine[x=1]", "g"): "abc"})],
            "0002.json holds mine[x=1], and with other options it is another",
        ),
        (
            ("mine", "hotline"),
            [run(2, {MINE: "abc"})],
            'give it that name again (name = "g" in its corpus.toml), or run once anew',
        ),
        (("mine", "hotline"), [run(2, {MINE: "axyz"})], "run once anew, and name the run that is saved"),
        (("stub[odd", "g"), [run(2, {MINE: "abc"})], "run once anew, and name the run that is saved"),
        (MINE, [], "run once anew, and name the run that is saved"),
    ],
)
def test_the_advice_says_what_was_meant(pair: tuple[str, str], runs: list[Baseline], words: str) -> None:
    told = advice(pair, ABC, runs, "anew")
    assert words in told


# What a run tells besides its measurements


def test_what_was_not_measured_goes_through_a_file() -> None:
    outcomes = [measured("a"), failed("b"), Outcome("model", "corpus", "c"), replace_model(measured("a"))]
    written = unmeasured_record(outcomes, {"corpus": ["a", "b", "c", "d"], "unused": ["x"]})
    read = unmeasured(written)
    assert read == {("model", "corpus"): {"b", "c", "d"}, ("another", "corpus"): {"b", "c", "d"}}
    assert unmeasured_record([measured("a")], {"corpus": ["a"]}) == []


def replace_model(outcome: Outcome) -> Outcome:
    return replace(outcome, model="another")


@pytest.mark.parametrize("value", [None, "text", [1], {"model": "m"}])
def test_what_is_no_such_record_tells_nothing(value: Any) -> None:
    assert unmeasured(value) is None


def test_systems_and_pythons_have_one_name_whoever_tells() -> None:
    assert platform_name("Linux", "CPython", "3.10.4") == platform_of_folder("Linux-CPython-3.10-64bit")
    assert platform_name("Windows", "PyPy", "3.11") == "PyPy 3.11 on Windows"
    assert platform_name(None, "CPython", "3.10") is None
    assert platform_of_folder("reports") is platform_of_folder("a-b-c-d") is None


@pytest.mark.parametrize("folder", [platform_here(), "CPython 2.7 on Plan 9"])
def test_speed_is_compared_on_the_same_system_and_python_only(folder: str) -> None:
    facts = Facts(platforms=frozenset({folder, platform_here()}))
    then = Baseline("1", [{"extra_info": saved_info(measured("a"))}], facts)
    found = then.compare("model", "corpus", [measured("a")])
    assert found.accuracy.pairs
    assert found.transcripts.pairs
    assert bool(found.speed.pairs) == (folder == platform_here())
    if not found.speed.pairs:
        assert list(found.speed.obstacles) == [f"measured with CPython 2.7 on Plan 9, this is {platform_here()}"]


def test_snippets_that_only_the_baseline_has_are_told_apart() -> None:
    then = run(1, {("model", "corpus"): "abcd"})
    found = then.compare("model", "corpus", [measured("a"), measured("new")], ids=["a", "b", "new"])
    assert found.not_compared == {
        "new, not in the baseline": ["new"],
        "in the baseline, not measured in this run": ["b"],
        "in the baseline, no longer in the corpus": ["c", "d"],
    }
