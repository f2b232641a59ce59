"""The journal outlives its process."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import SCHEMA, Outcome, Status
from pytest_asrbench.store import Journal, read_journal
from pytest_asrbench.store.journal import Shaped
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
    info, outcomes, complete, _ = read_journal(written(path, *entries))
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
    info, outcomes, complete, _ = read_journal(path)
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


def test_what_shaped_each_answer_comes_back_with_the_last_word(path: Path) -> None:
    journal = Journal(path, run_info(), resume=False)
    journal.append(measured("a"), Shaped({"device": "cpu"}, {"prompt": "1"}))
    journal.append(measured("b"), Shaped({"device": "cpu"}, {"prompt": "1"}))
    journal.append(measured("b"), Shaped({"device": "cpu"}, {"prompt": "2"}))
    journal.close()
    conditions = read_journal(path).conditions
    assert [conditions[measured(name).case] for name in "ab"] == [
        {"device": "cpu", "prompt": "1"},
        {"device": "cpu", "prompt": "2"},
    ]


def test_what_shapes_all_answers_of_a_model_stands_in_a_journal_once_and_again_when_it_changes(path: Path) -> None:
    for device in ("cpu", "cuda"):
        journal = Journal(path, run_info(), resume=device == "cuda")
        for name in "ab":
            journal.append(measured(f"{device}{name}"), Shaped({"device": device}, {}))
        journal.close()
    assert path.read_text("utf-8").count('"device": "cuda"}') == 1
    assert [read["device"] for read in read_journal(path).conditions.values()] == ["cpu", "cpu", "cuda", "cuda"]


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


Change = Callable[[dict[str, Any]], object]


def edited(path: Path, line: int, change: Change) -> None:
    """Write a journal of two outcomes of which someone has changed the event in one line."""
    lines = written(path, measured("a"), measured("b")).read_text("utf-8").splitlines()
    event = json.loads(lines[line - 1])
    change(event)
    lines[line - 1] = json.dumps(event)
    path.write_text("\n".join(lines) + "\n", "utf-8")


FACTS: dict[str, Change] = {
    "no settings": lambda event: event["info"].pop("settings"),
    "settings that are a list": lambda event: event["info"].update(settings=[]),
    "normalizers that are a text": lambda event: event["info"].update(normalizers="whisper"),
    "facts that are a text": lambda event: event.update(info="facts"),
}
OUTCOMES: dict[str, Change] = {
    "no model": lambda event: event["outcome"].pop("model"),
    "a model that is a number": lambda event: event["outcome"].update(model=3),
    "a key that nobody knows": lambda event: event["outcome"].update(colour="red"),
    "a status that nobody knows": lambda event: event["outcome"].update(status="FINE"),
    "seconds that are a text": lambda event: event["outcome"].update(seconds="abc"),
    "seconds that hold one": lambda event: event["outcome"].update(seconds=["abc"]),
    "seconds below 0": lambda event: event["outcome"].update(seconds=[-1.0]),
    "seconds that are no number": lambda event: event["outcome"].update(seconds=[float("nan")]),
    "tags that are no list": lambda event: event["outcome"].update(tags=7),
    "versions that are a list": lambda event: event["outcome"].update(versions=["torch"]),
    "versions that are numbers": lambda event: event["outcome"].update(versions={"torch": 2}),
    "a transcript that is a list": lambda event: event["outcome"].update(transcript=["a"]),
    "scores that are a text": lambda event: event["outcome"].update(scores="perfect"),
    "counts that are a text": lambda event: event["outcome"]["scores"].update(wer="perfect"),
    "counts that are texts": lambda event: event["outcome"]["scores"]["wer"].update(errors="many"),
    "parts that are texts": lambda event: event["outcome"]["scores"]["wer"].update(parts={"hits": "many"}),
    "versions that are texts": lambda event: event["outcome"].update(metrics={"wer": "one"}),
    "memory that is a text": lambda event: event["outcome"].update(peak_ram="1 GB"),
    "an answer without scores": lambda event: event["outcome"].update(scores={}),
    "an outcome that is a list": lambda event: event.update(outcome=[1]),
    "conditions that are a text": lambda event: event.update(conditions="same"),
    "no event": lambda event: event.pop("event"),
}


@pytest.mark.parametrize(
    ("line", "change"),
    [*((1, change) for change in FACTS.values()), *((number, c) for c in OUTCOMES.values() for number in (2, 3))],
    ids=[*FACTS, *(f"{name} in line {number}" for name in OUTCOMES for number in (2, 3))],
)
def test_a_line_that_someone_edited_is_named(path: Path, line: int, change: Change) -> None:
    edited(path, line, change)
    assert f"{path}, line {line} is no journal entry" in complaint(path)


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
