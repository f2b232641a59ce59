"""The past: the journal of the run under way, and earlier runs as baselines.

The journal is one JSON line per event, flushed before anything else happens with it, so that a killed session costs at
most the case under way. Baselines are pytest-benchmark's saved runs: what they hold of a case is its `extra_info`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any

from pytest_asrbench import strict_json
from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import SCHEMA, TIMING, Outcome, RunInfo, Status, outcome_from_dict, rate, to_dict

JOURNAL = "journal.jsonl"


class Journal:
    """Appends to a run's journal. A failing disk is remembered in `failure` and does not stop the measuring."""

    def __init__(self, path: Path, info: RunInfo, *, resume: bool) -> None:
        self.path = path
        self.failure: OSError | None = None
        if resume:
            _mend_last_line(path)
        else:
            _keep_interrupted(path)
        self._file: IO[bytes] = path.open("ab" if resume else "wb", buffering=0)
        self._write({"event": "resume" if resume else "run", "info": to_dict(info)})

    def append(self, outcome: Outcome) -> None:
        """Write one outcome; it survives the death of this process from here on."""
        self._write({"event": "outcome", "outcome": to_dict(outcome)})

    def finish(self) -> None:
        """Mark the run as complete."""
        self._write({"event": "end"})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, event: Mapping[str, Any]) -> None:
        if self.failure is not None:
            return
        line = memoryview(strict_json.dumps(event).encode() + b"\n")
        try:
            while line:  # an unbuffered write may take a part only
                line = line[self._file.write(line) or 0 :]
        except OSError as error:
            self.failure = error


def read_journal(path: Path) -> tuple[dict[str, Any], list[Outcome], bool]:
    """Return the run's info, its outcomes and whether it was complete.

    The last line may have been cut by a crash and is dropped then. Raises HistoryError for a file that is no journal,
    or one whose figures do not go with those of this version.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise HistoryError(f"{path} does not exist: there is no interrupted run to resume in this folder") from None
    except OSError as error:
        raise HistoryError(f"{path} cannot be read ({error.strerror}): mend it, or run without --asr-resume") from error
    info: dict[str, Any] = {}
    outcomes: list[Outcome] = []
    complete = False
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    for number, line in lines:
        try:
            event = json.loads(line)
            kind = event["event"]
            if kind in ("run", "resume"):
                info = dict(event["info"])
                _check_versions(path, info)
            elif kind == "outcome":
                outcomes.append(outcome_from_dict(event["outcome"]))
            complete = kind == "end"
        except HistoryError:
            raise
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            if number == lines[-1][0]:
                break
            raise HistoryError(
                f"{path}, line {number} is no journal entry ({error}): delete the file, or run without --asr-resume"
            ) from None
    if not info:
        raise HistoryError(f"{path} does not begin as a journal does: run without --asr-resume, or in another folder")
    return info, outcomes, complete


def _check_versions(path: Path, info: Mapping[str, Any]) -> None:
    for name, ours in (("schema", SCHEMA), ("timing", TIMING)):
        if info.get(name) != ours:
            raise HistoryError(
                f"{path} is of {name} {info.get(name)}, this version writes {ours}: it cannot be resumed; "
                "run without --asr-resume"
            )


def _mend_last_line(path: Path) -> None:
    """Make sure that the next line begins as one: a crash may have cut the last, or only its line end."""
    if not path.is_file():
        return
    with path.open("r+b") as file:
        content = file.read()
        rest = content[content.rfind(b"\n") + 1 :]
        if not rest:
            return
        try:
            json.loads(rest)
        except ValueError:
            file.truncate(len(content) - len(rest))
        else:
            file.seek(0, os.SEEK_END)
            file.write(b"\n")


def _keep_interrupted(path: Path) -> None:
    """Move the journal of an interrupted run aside instead of overwriting what only it holds."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - 64))
            interrupted = size > 0 and b'"event": "end"' not in file.read(64)
    except OSError:
        return
    if interrupted:
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(path.stat().st_mtime))
        aside = path.with_name(f"journal-interrupted-{stamp}.jsonl")
        number = 2
        while aside.exists():
            aside = path.with_name(f"journal-interrupted-{stamp}-{number}.jsonl")
            number += 1
        path.replace(aside)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a comparison needs of one measured snippet, of this run or of a saved one."""

    model: str
    corpus: str
    snippet: str
    errors: int
    reference_words: int
    normalized_reference: str
    normalized_transcript: str
    seconds: float | None
    audio_seconds: float | None
    conditions: Mapping[str, Any]


# Two figures are comparable if these agree.
CONDITIONS = ("normalizer", "task", "timing", "normalized_reference")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model × corpus against its baseline: the snippets in both, and those that cannot be compared, by reason."""

    model: str
    corpus: str
    source: str
    pairs: Sequence[tuple[Entry, Entry]]
    not_compared: Mapping[str, Sequence[str]]

    @property
    def wer_now(self) -> float | None:
        """Corpus WER of this run over the common snippets; failures count as deleted."""
        return _wer(now for now, _ in self.pairs)

    @property
    def wer_then(self) -> float | None:
        """Corpus WER of the baseline over the common snippets."""
        return _wer(then for _, then in self.pairs)

    @property
    def rtf_now(self) -> float | None:
        """RTF of this run over the common snippets that it measured."""
        return _rtf([now for now, _ in self.pairs if now.seconds is not None])

    @property
    def rtf_then(self) -> float | None:
        """RTF of the baseline over the snippets that `rtf_now` covers."""
        return _rtf([then for now, then in self.pairs if now.seconds is not None])

    def worse(self) -> list[tuple[Entry, Entry]]:
        """Pairs with more errors than before, worst first."""
        worse = [(now, then) for now, then in self.pairs if now.errors > then.errors]
        return sorted(worse, key=lambda pair: (pair[1].errors - pair[0].errors, pair[0].snippet))


class Baseline:
    """A saved run, by case."""

    def __init__(self, source: str, benchmarks: Iterable[Mapping[str, Any]]) -> None:
        self.source = source
        self._entries: dict[tuple[str, str, str], Entry] = {}
        for benchmark in benchmarks:
            entry = _from_extra_info(benchmark.get("extra_info") or {})
            if entry is not None:
                self._entries[entry.model, entry.corpus, entry.snippet] = entry

    def compare(self, model: str, corpus: str, outcomes: Iterable[Outcome]) -> Comparison:
        """Pair the outcomes of this run with the entries of the saved one."""
        pairs: list[tuple[Entry, Entry]] = []
        not_compared: dict[str, list[str]] = {}
        for outcome in outcomes:
            if outcome.status is Status.NOT_RUN:
                continue
            then = self._entries.get(outcome.key)
            now = _from_outcome(outcome, then)
            reason = _why_not(now, then)
            if reason is None and then is not None:
                pairs.append((now, then))
            else:
                not_compared.setdefault(reason or "", []).append(outcome.snippet)
        return Comparison(model, corpus, self.source, pairs, not_compared)


_COPIED = (
    *("audio_seconds", "first_seconds", "load_seconds", "peak_ram", "peak_vram", "runtime", "device", "dtype"),
    *("versions", "normalizer", "task", "timing", "unstable"),
)


def extra_info(outcome: Outcome) -> dict[str, Any]:
    """What pytest-benchmark's JSON keeps of a measured case; plain values, in the order people look for them."""
    score = outcome.score
    figures: dict[str, Any] = {"model": outcome.model, "corpus": outcome.corpus, "snippet": outcome.snippet}
    if score is not None:
        figures |= {"wer": score.wer, "cer": score.cer, "errors": score.errors, "raw_wer": score.raw_wer}
        figures |= {name: getattr(score, name) for name in ("substitutions", "deletions", "insertions")}
        figures |= {name: getattr(score, name) for name in ("reference_words", "normalized_reference")}
        figures |= {"normalized_transcript": score.normalized_transcript}
    figures |= {"rtf": outcome.rtf, "seconds": outcome.time, "transcript": outcome.transcript}
    return figures | {name: getattr(outcome, name) for name in _COPIED}


def _from_extra_info(info: Mapping[str, Any]) -> Entry | None:
    names = [f.name for f in fields(Entry) if f.name != "conditions"]
    if any(name not in info for name in names):
        return None
    return Entry(**{name: info[name] for name in names}, conditions={name: info.get(name) for name in CONDITIONS})


def _from_outcome(outcome: Outcome, then: Entry | None) -> Entry:
    if outcome.score is not None:
        return _from_extra_info(extra_info(outcome)) or _lost(outcome, then)
    return _lost(outcome, then)


def _lost(outcome: Outcome, then: Entry | None) -> Entry:
    """Build the entry of a failed case: all its words deleted, under the baseline's conditions."""
    reference = then.normalized_reference if then is not None else ""
    # A case that failed before its reference was read does not know how many words were lost.
    words = outcome.reference_words or (then.reference_words if then is not None else 0)
    conditions = then.conditions if then is not None else {}
    return Entry(*outcome.key, words, words, reference, "", None, outcome.audio_seconds, conditions)


def _why_not(now: Entry, then: Entry | None) -> str | None:
    if then is None:
        return "not in the baseline"
    for name in CONDITIONS:
        if now.conditions.get(name) != then.conditions.get(name):
            if name == "normalized_reference":
                return "the reference differs"
            return f"{name} was {then.conditions.get(name)}, is {now.conditions.get(name)}"
    return None


def _wer(entries: Iterable[Entry]) -> float | None:
    entries = list(entries)
    return rate(sum(e.errors for e in entries), sum(e.reference_words for e in entries))


def _rtf(entries: Sequence[Entry]) -> float | None:
    timed = [e for e in entries if e.seconds is not None]
    return rate(sum(e.seconds or 0.0 for e in timed), sum(e.audio_seconds or 0.0 for e in timed))
