"""Baselines: each figure is compared under its own conditions, and what is not compared is named."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.metrics import registry
from pytest_asrbench.records import TIMING, Outcome
from pytest_asrbench.store import Baseline
from pytest_asrbench.store.entries import RECORD, entry_of, saved_info
from pytest_asrbench.store.reading import read_entry
from pytest_asrbench.store.serialized import to_dict
from pytest_asrbench.support import strict_json
from tests.unit.outcomes import failed, measured
from tests.unit.saved_runs import flat_info

WER, RTF = registry.get("wer"), registry.get("rtf")


def baseline(*entries: Outcome, **changed: Any) -> Baseline:
    """What pytest-benchmark's JSON gives back of these outcomes, with some of the values changed."""
    infos = [{**flat_info(entry), **changed} for entry in entries]
    return Baseline("0001.json", json.loads(json.dumps([{"name": "test", "extra_info": info} for info in infos])))


def older(*entries: Outcome, without: tuple[str, ...]) -> Baseline:
    """A baseline that was saved before these fields existed."""
    infos = [{name: value for name, value in flat_info(e).items() if name not in without} for e in entries]
    return Baseline("0001.json", [{"extra_info": info} for info in infos])


def test_the_common_snippets_are_compared_and_the_others_named() -> None:
    then = baseline(measured("both", "a b", "a x"), measured("gone"))
    now = [measured("both", "a b", "a b"), measured("new"), failed("broken"), Outcome("model", "corpus", "never")]
    found = then.compare("model", "corpus", now)
    for paired in (found.accuracy, found.speed, found.transcripts):
        assert [now.snippet for now, _ in paired.pairs] == ["both"]
        assert paired.obstacles == {}
    assert found.rates(WER) == (0.0, 0.5)
    assert found.not_compared == {"new, not in the baseline": ["new", "broken"]}


ASKED = {"task version": "2", "language": "en"}


@pytest.mark.parametrize(
    ("changed", "reason", "compared"),
    [
        ({"normalizer": "whisper-9"}, "WER: normalizer was whisper-9, is none-1-", "speed transcripts"),
        ({"normalized_reference": "old"}, "WER: the reference differs", "speed transcripts"),
        ({"asked": {"task version": "1"}}, "task version was 1, is 2", ""),
        ({"asked": {**ASKED, "prompt": "0f"}}, "the prompt differs", ""),
        ({"asked": {"task version": "2"}}, "language was not given, is en", ""),
        ({"asked": {**ASKED, "language": "de"}}, "language was de, is en", ""),
        ({"asked": {**ASKED, "max_new_tokens": 50}}, "max_new_tokens was 50, is not given", ""),
        ({"asked": {**ASKED, "num_beams": 5}}, "num_beams was 5, is not given", ""),
        ({"asked": None}, "", "accuracy speed transcripts"),
        ({"corpus_version": "1"}, "corpus version was 1, is 2", ""),
        ({"audio_seconds": 2.0011}, "the audio has another length", ""),
        ({"timing": "child-wall-0"}, "speed: timing was child-wall-0, is child-wall-1", "accuracy transcripts"),
        ({"device": "cuda:0"}, "speed: device was cuda, is cpu", "accuracy transcripts"),
        ({"seconds": None}, "speed: not timed in the baseline", "accuracy transcripts"),
        ({"audio_seconds": 2.0009}, "", "accuracy speed transcripts"),
        ({"dtype": "float16", "speaker": "17", "unstable": True}, "", "accuracy speed transcripts"),
    ],
)
def test_each_figure_has_conditions_of_its_own(changed: dict[str, Any], reason: str, compared: str) -> None:
    now = measured("a", corpus_version="2", task_version="2", language_told="en")
    found = baseline(now, **changed).compare("model", "corpus", [now])
    figures = {"accuracy": found.accuracy, "speed": found.speed, "transcripts": found.transcripts}
    assert " ".join(name for name, paired in figures.items() if paired.pairs) == compared
    assert len(found.not_compared) == (1 if reason else 0)
    assert all(told.startswith(reason) and names == ["a"] for told, names in found.not_compared.items())
    if not found.accuracy.pairs:
        assert found.rates(WER) == (None, None)
        assert reason.removeprefix("WER: ")[:20] in next(iter(found.accuracy.obstacles))
    if not found.speed.pairs:
        assert found.rates(RTF) == (None, None)


def test_what_was_measured_for_another_task_is_no_baseline() -> None:
    now = measured("a")
    other = baseline(now, task="cleanup")
    assert list(other.pairs) == [("model", "corpus-cleanup")]
    found = other.compare("model", "corpus", [now])
    assert found.nothing_in_common
    assert baseline(now).compare("model", "corpus", [now]).accuracy.pairs


def test_two_devices_of_one_kind_are_comparable_and_two_kinds_are_told() -> None:
    now = measured(device="cuda:1")
    assert baseline(measured(device="cuda:0")).compare("model", "corpus", [now]).speed.pairs
    assert baseline(measured(device="cuda:0")).compare("model", "corpus", [now]).devices == []
    assert baseline(measured(device="rocm:0")).compare("model", "corpus", [now]).devices == [("rocm", "cuda")]


@pytest.mark.parametrize("absent", ["corpus_version", "audio_seconds", "device", "task"])
def test_what_either_run_does_not_tell_is_taken_for_the_same(absent: str) -> None:
    full = measured(corpus_version="2")
    then = baseline(full, **{absent: None})
    assert then.compare("model", "corpus", [full]).not_compared == {}


def test_runs_that_were_saved_before_a_field_existed_are_comparable() -> None:
    then = older(measured(), without=("corpus_version", "reference_seconds", "speaker", "unstable", "device"))
    assert then.compare("model", "corpus", [measured(corpus_version="2")]).not_compared == {}


@pytest.mark.parametrize(("absent", "figure"), [("normalizer", "WER"), ("timing", "speed")])
def test_rules_that_are_not_known_are_not_taken_for_the_same(absent: str, figure: str) -> None:
    found = baseline(measured(), **{absent: None}).compare("model", "corpus", [measured()])
    (reason,) = found.not_compared
    assert reason.startswith(f"{figure}: {absent} was not recorded, is ")


def test_a_failed_snippet_has_lost_its_words_whatever_the_normalizer() -> None:
    then = baseline(measured("a", "x y", "x y"), measured("b", "x y", "x y"))
    found = then.compare("model", "corpus", [measured("a", "x y", "x y"), failed("b", words=0)])
    assert found.rates(WER) == (0.5, 0.0)
    assert [now.snippet for now, _ in found.transcripts.pairs] == ["a"]


def test_speed_is_compared_on_what_both_measured() -> None:
    then = baseline(measured("a", seconds=(0.1,)), measured("b", seconds=(9.0,)))
    found = then.compare("model", "corpus", [measured("a", seconds=(0.2,)), failed("b")])
    assert found.rates(RTF) == (0.1, 0.05)


def test_worse_snippets_come_worst_first() -> None:
    then = baseline(*(measured(name, "a b c", "a b c") for name in ("p", "q", "r")))
    now = [measured("p", "a b c", "a b"), measured("q", "a b c", ""), measured("r", "a b c", "a b c")]
    assert [entry.snippet for entry, _ in then.compare("model", "corpus", now).worse(WER)] == ["q", "p"]


def test_changed_transcripts_are_those_whose_exact_text_changed() -> None:
    texts = {"same": "a b", "case": "A b", "better": "a b", "worse": "x y"}
    then = baseline(measured("same", "a b", "a b"), measured("case", "a b", "a b"), measured("worse", "a b", "a b"),
                    measured("better", "a b", "a c"))  # fmt: skip
    now = [measured(name, "a b", text) for name, text in texts.items()]
    changed = then.compare("model", "corpus", now).changed()
    assert [entry.snippet for entry, _ in changed] == ["worse", "case", "better"]


def test_an_entry_is_the_same_from_an_outcome_and_from_a_file() -> None:
    outcome = measured("a", "a b", "a x", seconds=(0.1, 0.3), speaker="17", corpus_version="2", unstable=True,
                       reference_seconds=({"compute": 0.1},))  # fmt: skip
    for info in (saved_info(outcome), flat_info(outcome)):
        assert read_entry(json.loads(json.dumps(info))) == entry_of(outcome)
    assert entry_of(failed()) is None


# What stands in a file


def test_benchmarks_of_others_are_passed_over() -> None:
    strangers: list[dict[str, Any]] = [
        {},
        {"extra_info": None},
        {"extra_info": {"model": "x"}},
        {"extra_info": {}},
        {"extra_info": {"model": "x", "corpus": "y", "snippet": "z"}},
        {"extra_info": {"model": 3, "corpus": "y", "snippet": "z", "normalizer": "n"}},
        {"extra_info": "text"},
    ]
    assert len(Baseline("x", strangers)) == 0


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("errors", "3", "a count"),
        ("errors", -1, "a count"),
        ("errors", 1.5, "a count"),
        ("errors", True, "a count"),
        ("errors", 10**30, "a count"),
        ("reference_words", float("nan"), "a count"),
        ("normalized_reference", None, "a text"),
        ("normalized_transcript", 3, "a text"),
        ("transcript", ["a"], "a text"),
        ("seconds", float("nan"), "a number of seconds"),
        ("seconds", "0.1", "a number of seconds"),
        ("audio_seconds", float("inf"), "a number of seconds"),
        ("audio_seconds", -2.0, "a number of seconds"),
        ("normalizer", 1, "a text"),
        ("corpus_version", 2, "a text"),
        ("device", {}, "a text"),
        ("unstable", "no", "true or false"),
        ("rounds", [0.1, "0.1"], "a list of seconds"),
        ("reference_seconds", [0.1], "a list of seconds by workload"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_its_file_and_case(name: str, value: Any, kind: str) -> None:
    with pytest.raises(HistoryError) as caught:
        baseline(measured("a"), **{name: value})
    told = str(caught.value)
    assert told.startswith(f"the baseline 0001.json is damaged ({name} of model-corpus/a is ")
    assert f"not {kind})" in told
    assert "--benchmark-compare=NUMBER" in told


@pytest.mark.parametrize("name", ["errors", "normalized_reference", "transcript", "seconds"])
def test_a_missing_value_is_named_too(name: str) -> None:
    with pytest.raises(HistoryError, match=rf"{name} of model-corpus/a is missing"):
        older(measured("a"), without=(name,))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, "the JSON object must be str"),
        ('{"model": ', "Expecting value"),
        ("[]", "is none: it is no object"),
        (json.dumps({}), "'status' is missing"),
        (strict_json.dumps(to_dict(measured("a")) | {"seconds": "0.1"}), "Expected array, got str - at seconds"),
        (strict_json.dumps(to_dict(measured("a")) | {"audio_seconds": -2.0}), "audio_seconds is -2.0: its numbers"),
    ],
)
def test_an_outcome_that_is_none_is_named_with_its_file_and_case(record: Any, said: str) -> None:
    info = saved_info(measured("a")) | {RECORD: record}
    with pytest.raises(
        HistoryError, match=r"^the baseline 0001.json is damaged \(the outcome of model-corpus/a is none"
    ):
        Baseline("0001.json", [{"extra_info": info}])
    with pytest.raises(HistoryError, match=re.escape(said)):
        Baseline("0001.json", [{"extra_info": info}])


def test_extra_info_is_plain_json() -> None:
    info = saved_info(measured("a", "a b", "a x", reference_seconds=({"compute": 0.1},), versions={"x": "1"}))
    assert json.loads(json.dumps(info)) == info
    assert (info["wer"], info["transcript"], info["rtf"]) == (0.5, "a x", 0.05)
    assert json.loads(info[RECORD])["scores"]["wer"]["errors"] == 1


def test_what_another_version_may_take_for_granted_is_told() -> None:
    """A record without its timing would be read as one of a later definition of seconds, and compared with it."""
    told = json.loads(saved_info(measured("a"))[RECORD])
    assert {"status", "task", "scenario", "timing"} <= told.keys()
    assert told["timing"] == TIMING
    assert "log_tail" not in told


@pytest.mark.parametrize(
    ("then", "now", "comparable"),
    [
        ({"cores": 8}, {"cores": 8}, True),
        ({"cores": 8}, {"cores": 8, "cpu_quota": 1.5}, False),
        ({"cores": 8}, {"cores": 2}, False),
        ({"cores": 8, "cpu_quota": 16.0}, {"cores": 8}, True),
        ({}, {"cores": 2}, True),
    ],
)
def test_speeds_under_different_quotas_are_not_compared(
    then: dict[str, Any], now: dict[str, Any], comparable: bool
) -> None:
    found = baseline(measured(**then)).compare("model", "corpus", [measured(**now)])
    assert bool(found.speed.pairs) is comparable
    assert found.accuracy.pairs, "accuracy does not depend on them"
    if not comparable:
        (reason,) = found.speed.not_compared
        assert reason.startswith("processor cores allowed were 8, are ")
