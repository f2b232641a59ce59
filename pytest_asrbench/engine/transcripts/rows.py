"""What a file of answers holds, whatever its form: one row for each answer, under the names that the file has."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

# What the parts of a row are called, the most telling name first.
CLIPS = (
    *("snippet", "id", "utterance_id", "segment_id"),
    *("audio_filepath", "audio", "file_name", "filename", "file", "path"),
)
TEXTS = ("pred_text", "prediction", "hypothesis", "transcript", "transcription", "text")
_OTHERS = {"corpus": "corpus", "task": "task", "model": "model"}
_REFERENCES = ("reference", "text")


@dataclass(frozen=True, slots=True)
class Row:
    """One answer. where: in which line it stands. clip: what it is of, as the file says it: an id, or a path.

    corpus, task, model: where the file tells them. reference: what should have been said, where it tells that.
    """

    where: str
    clip: str
    text: str
    corpus: str = ""
    task: str = ""
    model: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The rows of a file, and a sentence for each line that is none."""

    rows: Sequence[Row] = ()
    problems: Sequence[str] = ()

    @property
    def models(self) -> list[str]:
        """Whose answers these are, as far as the file tells."""
        return list(dict.fromkeys(row.model for row in self.rows if row.model))

    def of(self, model: str) -> Content:
        """Those of one model alone."""
        return replace(self, rows=[row for row in self.rows if row.model == model])


def content(entries: Iterable[tuple[str, Any]]) -> Content:
    """Sort entries, each with where it stands, into rows and sentences on what is wrong with the others.

    An entry is a table by the names of its parts, or the error that says why there is none. One without any text is
    no answer, and no mistake: its clip is among the missing.
    """
    rows: list[Row] = []
    problems: list[str] = []
    for where, entry in entries:
        made = _row(where, entry)
        if isinstance(made, Row):
            rows.append(made)
        elif made:
            problems.append(f"{where}: {made}")
    return Content(rows, problems)


def _row(where: str, entry: Any) -> Row | str | None:
    """A row, or what is wrong with it; None for a clip that was not answered."""
    if not isinstance(entry, Mapping):
        return str(entry) if isinstance(entry, Exception) else f"{reprlib.repr(entry)} is no answer with id and text"
    known = {str(name).strip().lower(): value for name, value in entry.items()}
    clip = next(_given(known, CLIPS), None)
    name = next((name for name in TEXTS if name in known), None)
    if clip is None or name is None:
        missing = "the clip (id, audio_filepath)" if clip is None else TEXTS[0]
        return f"{missing} is missing; say of which clip it is, and what was answered"
    text = known[name]
    if text is None:
        return None
    if not isinstance(text, str):
        return f"{name} is {reprlib.repr(text)}; it should be a text"
    others = {key: value for key, part in _OTHERS.items() if isinstance(value := known.get(part), str)}
    reference = next((value for value in _given(known, _REFERENCES) if name not in _REFERENCES), "")
    return Row(where, clip, text, **others, reference=reference)


def _given(known: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    """The texts under these names; numbers count as texts."""
    for name in names:
        value = known.get(name)
        if isinstance(value, str) and value.strip():
            yield value
        elif isinstance(value, int) and not isinstance(value, bool):
            yield str(value)
