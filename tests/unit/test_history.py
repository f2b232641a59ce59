"""The journal outlives its process."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.history import Journal, read_journal
from pytest_asrbench.records import SCHEMA, Outcome, Status
from tests.unit.outcomes import LONE_SURROGATES, NUL, ODD_TEXTS, failed, measured, run_info


def written(path: Path, *entries: Outcome, resume: bool = False, finish: bool = False) -> Path:
    """A journal with these outcomes."""
    journal = Journal(path, run_info(), resume=resume)
    for outcome in entries:
        journal.append(outcome)
    if finish:
        journal.finish()
    journal.close()
    assert journal.failure is None
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


# Writing and reading


def test_what_was_journalled_comes_back(path: Path) -> None:
    entries = [measured("a"), failed("b"), failed("c", Status.SKIPPED), Outcome("m", "c", "d")]
    info, outcomes, complete = read_journal(written(path, *entries))
    assert outcomes == entries
    assert info["run"] == run_info().run
    assert not complete
    assert read_journal(written(path, *entries, finish=True))[2]


@pytest.mark.parametrize("text", [*ODD_TEXTS.values(), NUL, LONE_SURROGATES])
def test_texts_come_back_exactly(path: Path, text: str) -> None:
    outcome = measured("a", text, text, log_tail=text)
    assert read_journal(written(path, outcome))[1] == [outcome]
    assert path.read_bytes().count(b"\n") == 2, "one line per event"


def test_an_outcome_is_on_disk_before_the_journal_is_closed(path: Path) -> None:
    journal = Journal(path, run_info(), resume=False)
    journal.append(measured("a"))
    assert [outcome.snippet for outcome in read_journal(path)[1]] == ["a"]
    journal.close()


# Interruptions


def test_a_line_cut_by_a_crash_costs_that_line_alone(path: Path) -> None:
    whole = written(path, measured("a"), measured("b")).read_bytes()
    last_line = len(whole) - whole.rfind(b"\n", 0, -1) - 1
    for cut in range(1, last_line, 97):
        path.write_bytes(whole[:-cut])
        outcomes = read_journal(path)[1]
        assert [outcome.snippet for outcome in outcomes] == (["a", "b"] if cut == 1 else ["a"])


def test_a_run_may_be_interrupted_and_resumed_again_and_again(path: Path) -> None:
    written(path, measured("a"))
    for snippet in ("b", "c", "d"):
        with path.open("ab") as file:
            file.write(b'{"event": "outcome", "outcome": {"model": "mod')  # killed amid a line
        written(path, measured(snippet), resume=True)
    written(path, measured("e"), resume=True, finish=True)
    info, outcomes, complete = read_journal(path)
    assert [outcome.snippet for outcome in outcomes] == ["a", "b", "c", "d", "e"]
    assert complete
    assert info


def test_an_outcome_that_only_lost_its_line_end_is_kept(path: Path) -> None:
    whole = written(path, measured("a"), measured("b")).read_bytes()
    path.write_bytes(whole[:-1])
    written(path, measured("c"), resume=True)
    assert [outcome.snippet for outcome in read_journal(path)[1]] == ["a", "b", "c"]


def test_a_resumed_run_is_not_complete_until_it_says_so(path: Path) -> None:
    written(path, measured("a"), finish=True)
    assert not read_journal(written(path, resume=True))[2]


def test_an_interrupted_journal_is_kept_aside_and_a_complete_one_is_not(path: Path) -> None:
    written(path, measured("a"), finish=True)
    written(path, measured("b"))
    assert not list(path.parent.glob("journal-interrupted-*"))
    for _ in range(3):
        written(path, measured("c"))
    kept = list(path.parent.glob("journal-interrupted-*"))
    assert len(kept) == 3
    assert {read_journal(one)[1][0].snippet for one in kept} == {"b", "c"}


def test_an_empty_journal_is_not_worth_keeping(path: Path) -> None:
    path.touch()
    written(path, measured("a"))
    assert not list(path.parent.glob("journal-interrupted-*"))


# What is no journal of ours


def complaint(path: Path) -> str:
    with pytest.raises(HistoryError) as caught:
        read_journal(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_no_journal_at_all(path: Path) -> None:
    assert "no interrupted run to resume" in complaint(path)
    path.mkdir()
    assert "without --asr-resume" in complaint(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b'{"event": "run", "info"',
        b'{"a": 1}\n',
        b"[]\n",
        b"3\n",
        b"\0" * 4096,
        b"\xff\xfe\n",
        b"[" * 9_999,
    ],
)
def test_a_file_that_does_not_begin_as_a_journal(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "run without --asr-resume" in complaint(path)


def test_a_foreign_file_is_named_by_its_first_line(path: Path) -> None:
    path.write_text('{"audio_filepath": "a.wav", "text": "x"}\n' * 3)
    assert "line 1 is no journal entry" in complaint(path)


def test_damage_in_the_middle_is_not_passed_over(path: Path) -> None:
    lines = written(path, measured("a"), measured("b")).read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:50] + b"\n" + lines[2])
    assert "line 2 is no journal entry" in complaint(path)


@pytest.mark.parametrize(("name", "value"), [("schema", SCHEMA + 1), ("schema", None), ("timing", "child-wall-0")])
def test_figures_of_another_definition_do_not_mix(path: Path, name: str, value: Any) -> None:
    lines = written(path, measured("a")).read_text("utf-8").splitlines()
    event = json.loads(lines[0])
    event["info"][name] = value
    outcome_of_that_schema = '{"event": "outcome", "outcome": {"of": "another shape"}}'
    path.write_text("\n".join([json.dumps(event), outcome_of_that_schema, lines[1]]) + "\n", "utf-8")
    assert f"is of {name} {value}" in complaint(path)


# Disks


class FullDisk:
    """A file on a disk with room for some bytes; like an unbuffered one, it may take a part of what it is given."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.content = b""

    def write(self, data: memoryview) -> int:
        taken = min(len(data), self.room, 100)
        if not taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= taken
        self.content += bytes(data[:taken])
        return taken

    def close(self) -> None:
        """Nothing to do."""


def test_a_full_disk_is_remembered_and_stops_nothing(path: Path) -> None:
    journal = Journal(path, run_info(), resume=False)
    journal.close()
    full = FullDisk(room=3_000)
    journal._file = full  # type: ignore[assignment]
    for number in range(20):
        journal.append(measured(str(number)))
    journal.finish()
    assert journal.failure is not None
    assert journal.failure.errno == errno.ENOSPC
    assert len(full.content) == 3_000
    with path.open("ab") as file:
        file.write(full.content)
    kept = read_journal(path)[1]
    assert [outcome.snippet for outcome in kept] == [str(number) for number in range(len(kept))]
    assert kept


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_device_that_is_always_full(path: Path) -> None:
    path.symlink_to("/dev/full")
    journal = Journal(path, run_info(), resume=True)
    journal.append(measured())
    journal.close()
    assert journal.failure is not None
    assert journal.failure.errno == errno.ENOSPC
