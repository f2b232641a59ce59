"""results.csv and results.json: every text comes through, nothing is computed by a spreadsheet, no half files."""

from __future__ import annotations

import csv
import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jiwer
import pytest

from pytest_asrbench.errors import ReportError
from pytest_asrbench.metrics.totals import total
from pytest_asrbench.records import Outcome
from pytest_asrbench.report import results
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.findings import Findings
from pytest_asrbench.store.serialized import outcome_from_dict
from tests.unit.outcomes import LONE_SURROGATES, NUL, ODD_TEXTS, failed, measured, run_info

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")
WRITERS = [results.write_csv, results.write_json]


def rows(folder: Path, *entries: Outcome) -> list[dict[str, str]]:
    """What Python's csv reads back of results.csv."""
    path = results.write_csv(folder, run_info(), entries, [])
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def document(folder: Path, *entries: Outcome) -> dict[str, Any]:
    """What a strict reader makes of results.json."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    totals = [total("model", "corpus", entries)]
    path = results.write_json(folder, run_info(), entries, totals)
    content: dict[str, Any] = json.loads(path.read_bytes().decode("utf-8"), parse_constant=refuse)
    return content


# CSV


def test_the_first_ten_columns_are_a_contract(tmp_path: Path) -> None:
    results.write_csv(tmp_path, run_info(), [], [])
    header = (tmp_path / "results.csv").read_text("utf-8").splitlines()[0]
    assert header.startswith(
        "Model,Snippet,Transcript,Reference,WER,Time_Sec,RTF,Peak_RAM_MB,Load_Time_Sec,Error,Status,"
    )


def test_a_measured_case_in_full(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, measured("clip", "one two", "one too", tags=("x", "y"), versions={"a": "1", "b": "2"}))
    assert (row["Model"], row["Corpus"], row["Snippet"], row["Status"]) == ("model", "corpus", "clip", "OK")
    assert (row["Reference"], row["Transcript"]) == ("one two", "one too")
    assert (row["WER"], row["Substitutions"], row["Reference_Words"]) == ("0.5", "1", "2")
    assert (row["Time_Sec"], row["RTF"], row["Audio_Sec"], row["Rounds"]) == ("0.1", "0.05", "2.0", "1")
    assert (row["Peak_RAM_MB"], row["Peak_RAM_Above_Empty_MB"], row["Peak_VRAM_MB"]) == ("300.0", "280.0", "")
    assert (row["Tags"], row["Versions"], row["Error"]) == ("x y", "a=1 b=2", "")


def test_a_failed_case_has_its_cause_and_no_figures(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, failed("clip"))
    assert (row["Status"], row["Error"], row["Cause"]) == ("CRASH", "it died", "HostCrashed")
    assert row["WER"] == row["Time_Sec"] == row["RTF"] == row["Transcript"] == ""


@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_texts_survive_the_round_trip(tmp_path: Path, kind: str) -> None:
    text = ODD_TEXTS[kind]
    first, second = rows(tmp_path, measured("a", text, text, error=text), measured("b"))
    for column in ("Reference", "Transcript", "Error"):
        defused = first[column].startswith("'") and text.startswith(FORMULA_STARTS)
        assert first[column][defused:] == text
    assert second["Snippet"] == "b"


def test_nul_and_half_pairs_stay_visible(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, measured("a", NUL, LONE_SURROGATES))
    assert row["Reference"] == "a\ufffdb"
    assert row["Transcript"] == r"\ud800 a \udfff"


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_starts_like_a_formula(tmp_path: Path, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    (row,) = rows(tmp_path, measured(text, text, text, error=text, speaker=text, device=text, tags=(text,)))
    assert [cell for cell in row.values() if cell.startswith(FORMULA_STARTS)] == []
    assert row["Transcript"] == f"'{text}"


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, measured(peak_ram=10, empty_ram=20 * 2**20))
    assert float(row["Peak_RAM_Above_Empty_MB"]) == -20.0


def test_wer_can_be_recomputed_from_the_file_alone(tmp_path: Path) -> None:
    pairs = [("a b c", "a x c d"), ("-5 degrees", "5 degrees"), ("=one two", "=one 2"), ("x", "")]
    for row in rows(tmp_path, *(measured(str(n), *pair) for n, pair in enumerate(pairs))):
        assert float(row["WER"]) == jiwer.wer(row["Normalized_Reference"], row["Normalized_Transcript"])


# JSON


@pytest.mark.parametrize("text", [*ODD_TEXTS.values(), NUL, LONE_SURROGATES])
def test_json_keeps_the_exact_text(tmp_path: Path, text: str) -> None:
    (outcome,) = document(tmp_path, measured("a", text, text, log_tail=text))["outcomes"]
    assert outcome["transcript"] == outcome["reference"] == outcome["log_tail"] == text


def test_json_holds_run_totals_and_outcomes(tmp_path: Path) -> None:
    entries = [measured("a", "one two", "one too"), failed("b")]
    content = document(tmp_path, *entries)
    assert content["run"]["command"] == "pytest --asr-models=model"
    assert (content["totals"][0]["failed"], content["totals"][0]["lost_words"]) == (1, 3)
    assert content["totals"][0]["wer"] == pytest.approx(0.8)
    assert [outcome["counts_as"] for outcome in content["outcomes"]] == ["measured", "deleted"]
    computed = ("counts_as", "time", "rtf", "wer", "cer", "mer", "wil", "raw_wer", "score")
    assert content["outcomes"][0]["wer"] == content["outcomes"][0]["score"]["wer"] == 0.5
    plain = [{k: v for k, v in outcome.items() if k not in computed} for outcome in content["outcomes"]]
    assert [outcome_from_dict(outcome) for outcome in plain] == entries


def test_json_holds_the_findings_one_a_line(tmp_path: Path) -> None:
    entries = [measured("a", "one two", "one too"), failed("b")]
    findings = analyse(entries)
    path = results.write_json(tmp_path, run_info(), entries, [], findings)
    text = path.read_text("utf-8")
    assert json.loads(text)["findings"] == findings.to_dict()
    assert list(json.loads(text))[-2:] == ["findings", "outcomes"]
    assert len(findings.intervals) == len(findings.rates["cer"].intervals) == 1
    assert sum('"estimate": ' in line for line in text.splitlines()) == 2
    assert sum('"kind": ' in line for line in text.splitlines()) == len(findings.word_errors) == 1


def test_json_without_outcomes_is_valid(tmp_path: Path) -> None:
    assert document(tmp_path)["outcomes"] == []
    path = results.write_json(tmp_path, run_info(), [], [], Findings())
    assert json.loads(path.read_text("utf-8"))["findings"] == Findings().to_dict()


def test_figures_that_are_no_numbers_do_not_spoil_the_file(tmp_path: Path) -> None:
    (outcome,) = document(tmp_path, measured(transcript_details={"logprob": float("nan")}))["outcomes"]
    assert outcome["transcript_details"] == {"logprob": None}


def test_one_outcome_stands_on_one_line(tmp_path: Path) -> None:
    document(tmp_path, measured("a", "x\ny", "x\ny"), measured("b"))
    lines = (tmp_path / "results.json").read_text("utf-8").splitlines()
    assert sum('"snippet": ' in line for line in lines) == 2


# Disks


@pytest.mark.parametrize("write", WRITERS)
def test_a_missing_folder_is_told(tmp_path: Path, write: Callable[..., Path]) -> None:
    with pytest.raises(ReportError, match=r"No such file or directory|cannot find") as caught:
        write(tmp_path / "absent", run_info(), [], [])
    assert str(tmp_path / "absent" / "results.") in str(caught.value)
    assert "--asr-report-dir" in str(caught.value)


@pytest.mark.parametrize("write", WRITERS)
def test_a_full_disk_leaves_the_old_results(
    tmp_path: Path, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, run_info(), [measured("old")], [])
    before = path.read_bytes()
    real = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if self.suffix == ".tmp":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ReportError, match="No space left on device"):
        write(tmp_path, run_info(), [measured("new")], [])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name], "nothing half-written is left behind"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("write", WRITERS)
def test_a_disk_that_fills_up_amid_the_file(
    tmp_path: Path, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def full(self: Path, *arguments: Any, **options: Any) -> Any:
        return real(Path("/dev/full") if self.suffix == ".tmp" else self, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ReportError, match="No space left on device") as caught:
        write(tmp_path, run_info(), [measured(str(n)) for n in range(100)], [])
    assert str(tmp_path / "results.") in str(caught.value)
    assert not list(tmp_path.iterdir())
