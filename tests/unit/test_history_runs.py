"""Saved runs, read small: what is ours comes back as sums and columns, what is damaged is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import Status
from pytest_asrbench.statistics.comparable import Machine
from pytest_asrbench.store.files import check_loadable, holds_entries, storage_folder
from pytest_asrbench.store.runs import read_run, read_runs
from tests.unit.outcomes import LONE_SURROGATES, NUL, failed, measured
from tests.unit.saved_runs import MACHINE, document, flat_info, save


def test_a_run_comes_back_with_what_identifies_it(tmp_path: Path) -> None:
    save(tmp_path, 7, document([measured()], day=3))
    ((run,), problems) = read_runs(tmp_path)
    assert problems == []
    assert (run.number, run.file) == ("0007", f"{MACHINE}/0007_run.json")
    assert run.datetime == "2025-01-03T12:00:00+00:00"
    assert (run.commit, run.dirty, run.branch, run.version) == ("0303030303", False, "main", "0.1.0")
    assert run.machine == Machine("bench", "fast", ("a GPU",))


def test_sums_and_columns_of_each_model_and_corpus(tmp_path: Path) -> None:
    outcomes = [
        measured("b", "one two", "one too", seconds=(0.3,), speaker="17", corpus_version="2", device="cuda:0"),
        measured("a", "one two three", "", seconds=(0.1,), unstable=True, corpus_version="2", device="cuda:0"),
    ]
    save(tmp_path, 1, document(outcomes))
    ((run,), _) = read_runs(tmp_path)
    (found,) = run.measurements
    assert (found.model, found.corpus, found.device, found.device_kinds, found.dtype) == (
        *("model", "corpus", "cuda:0", "cuda", "float32"),
    )
    assert (found.task, found.corpus_version, found.unstable, found.failed) == ("transcribe", "2", 1, 0)
    assert (found.errors, found.reference_words, found.wer) == (4, 5, 0.8)
    assert (found.compute_seconds, found.audio_seconds, found.rtf) == (0.4, 4.0, 0.1)
    assert (found.snippets.names, found.snippets.speakers) == (("a", "b"), (None, "17"))
    assert list(found.snippets.counts["wer"].errors) == [3, 1]
    assert list(found.snippets.seconds) == [0.1, 0.3]
    assert len(set(found.snippets.transcripts)) == len(set(found.snippets.references)) == 2


def test_failed_snippets_count_as_deleted_as_they_did_in_the_run(tmp_path: Path) -> None:
    save(tmp_path, 1, document([measured("a"), failed("b", words=3), failed("c", Status.SKIPPED, words=6)]))
    ((run,), _) = read_runs(tmp_path)
    (found,) = run.measurements
    assert (found.failed, found.lost_words, found.wer) == (2, 9, 0.75)


def test_runs_of_earlier_versions_tell_what_they_can(tmp_path: Path) -> None:
    content = document([measured("a"), failed("b", words=3)], flat_info)
    for benchmark in content["benchmarks"]:
        for name in ("lost_words", "corpus_version", "speaker", "unstable"):
            benchmark["extra_info"].pop(name, None)
    save(tmp_path, 1, content)
    content["benchmarks"].pop()
    save(tmp_path, 2, content)
    ((first, second), _) = read_runs(tmp_path)
    (found,) = first.measurements
    assert (found.failed, found.lost_words, found.wer, found.corpus_version) == (1, None, 0.5, "")
    (found,) = second.measurements
    assert (found.failed, found.wer) == (None, 0.0), "without totals nobody knows of failures"


def test_runs_come_oldest_first_whatever_their_machines_and_numbers(tmp_path: Path) -> None:
    save(tmp_path, 1, document([measured()], day=5), machine="Windows-CPython-3.13-64bit")
    save(tmp_path, 2, document([measured()], day=4))
    save(tmp_path, 1, document([measured()], day=6))
    (tmp_path / "0001_flat.json").write_text(json.dumps(document([measured()], day=3)), "utf-8")
    assert [run.datetime[8:10] for run in read_runs(tmp_path)[0]] == ["03", "04", "05", "06"]


def test_a_snippet_measured_twice_counts_once_with_its_last_value(tmp_path: Path) -> None:
    save(tmp_path, 1, document([measured("a", "x", "y"), measured("a", "x", "x")]))
    ((run,), _) = read_runs(tmp_path)
    assert (run.measurements[0].errors, run.measurements[0].reference_words) == (0, 1)


@pytest.mark.parametrize("text", [NUL, LONE_SURROGATES])
def test_every_text_has_a_digest(tmp_path: Path, text: str) -> None:
    save(tmp_path, 1, document([measured("a", text, text)]))
    assert len(read_runs(tmp_path)[0]) == 1


def test_what_a_file_does_not_tell_is_not_known(tmp_path: Path) -> None:
    facts: dict[str, Any] = {"machine_info": None, "commit_info": [], "datetime": 3}
    save(tmp_path, 1, document([measured(audio_seconds=None)], **facts))
    save(tmp_path, 2, document([measured()], commit_info={"id": "unversioned", "dirty": "no"}))
    ((first, second), _) = read_runs(tmp_path)
    assert (first.datetime, first.commit, first.dirty, first.machine) == ("", "", None, Machine("", "", ()))
    assert first.measurements[0].rtf is None
    assert first.measurements[0].audio_seconds is None
    assert (second.commit, second.dirty) == ("", None)


# Strangers and wrecks


def test_runs_of_others_and_other_files_are_passed_over(tmp_path: Path) -> None:
    other = {"benchmarks": [{"fullname": "test_x", "extra_info": {"model": "T"}, "stats": {}}, {"extra_info": None}]}
    save(tmp_path, 1, other)
    save(tmp_path, 2, {"benchmarks": []})
    (tmp_path / MACHINE / "notes.json").write_text("no JSON", "utf-8")
    (tmp_path / "README.md").write_text("x", "utf-8")
    assert read_runs(tmp_path) == ([], [])
    assert read_runs(tmp_path / "absent") == ([], [])


def changed(**values: Any) -> dict[str, Any]:
    content = document([measured()], flat_info)
    content["benchmarks"][0]["extra_info"] |= values
    return content


WRECKS = {
    "empty": (b"", "is damaged, it is no JSON"),
    "truncated": (json.dumps(document([measured()])).encode()[:-99], "is damaged, it is no JSON"),
    "not UTF-8": (b"\xff\xfe{}", "is damaged, it is no JSON"),
    "deep": (b"[" * 100_000, "is damaged, it is no JSON"),
    "a list": ([], "is no saved run of pytest-benchmark"),
    "a number": (3, "is no saved run of pytest-benchmark"),
    "an object": ({"a": 1}, "is no saved run of pytest-benchmark"),
    "benchmarks by name": ({"benchmarks": {}}, "is no saved run of pytest-benchmark"),
    "a benchmark that is none": ({"benchmarks": [3]}, "a benchmark in it is no object"),
    "errors in words": (changed(errors="3"), "errors of model-corpus/a is '3', not a count"),
    "NaN": (changed(errors=float("nan")), "errors of model-corpus/a is 'nan', not a count"),
    "negative": (changed(seconds=-1), "seconds of model-corpus/a is '-1', not a number of seconds"),
    "huge": (changed(reference_words=10**400), "reference_words of model-corpus/a is '1000"),
}


@pytest.mark.parametrize("kind", WRECKS)
def test_a_damaged_file_is_named_and_the_others_are_read(tmp_path: Path, kind: str) -> None:
    content, words = WRECKS[kind]
    path = save(tmp_path, 1, content)
    save(tmp_path, 2, document([measured()]))
    runs, (problem,) = read_runs(tmp_path)
    assert [run.number for run in runs] == ["0002"]
    assert problem.startswith(str(path))
    assert words in problem
    assert "\n" not in problem
    with pytest.raises(HistoryError, match="0001_run"):
        read_run(path, tmp_path)


def test_totals_of_the_wrong_kind_are_named(tmp_path: Path) -> None:
    content = document([measured()])
    content["benchmarks"][-1]["extra_info"]["failed"] = "none"
    save(tmp_path, 1, content)
    _, (problem,) = read_runs(tmp_path)
    assert "failed of model-corpus is 'none', not a count" in problem


def test_a_folder_in_a_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / MACHINE / "0001_run.json").mkdir(parents=True)
    _, (problem,) = read_runs(tmp_path)
    assert "0001_run.json cannot be read" in problem


def test_what_pytest_benchmark_could_not_load_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    figures = dict.fromkeys(("min", "max", "mean", "stddev", "median", "iqr", "rounds", "iterations"), 1)
    good = {"machine_info": {}, "benchmarks": [{"fullname": "test_x", "stats": figures}]}
    check_loadable(path, good)
    for broken, words in (
        ({**good, "machine_info": None}, "it tells no machine"),
        ({**good, "benchmarks": [{"fullname": "", "stats": figures}]}, "has no name"),
        ({**good, "benchmarks": [{"fullname": "test_x"}]}, "the figures of test_x are not complete"),
        ({**good, "benchmarks": [{"fullname": "test_x", "stats": figures | {"mean": "1"}}]}, "are not complete"),
    ):
        with pytest.raises(HistoryError, match=words):
            check_loadable(path, broken)


def test_a_run_is_ours_if_one_entry_is_even_a_damaged_one() -> None:
    assert holds_entries(document([measured()]))
    assert holds_entries(changed(errors="3"))
    assert not holds_entries({"benchmarks": [{}, {"extra_info": {"model": "x", "corpus": "y", "wer_measured": 0.1}}]})


def test_a_storage_is_named_as_pytest_benchmark_does(tmp_path: Path) -> None:
    assert storage_folder("file://./.benchmarks") == Path(".benchmarks")
    assert storage_folder(f"file://{tmp_path}") == storage_folder(str(tmp_path)) == tmp_path
    with pytest.raises(HistoryError, match=r"elasticsearch\+http://host is no folder"):
        storage_folder("elasticsearch+http://host")
