"""Tables of recordings and texts with a heading: which column is which, and a row after the other."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_asrbench.corpus.listing.entries import Entry
from pytest_asrbench.corpus.listing.text_lines import not_utf8, opened
from pytest_asrbench.errors import CorpusError
from pytest_asrbench.records import FIELD

# What columns are called that hold a fact, by the fact's key in an entry.
NAMES: Mapping[str, Sequence[str]] = {
    "audio_filepath": (
        *("audio_filepath", "audio", "audio_path", "audio_file", "file_name", "filename", "file", "path"),
        *("wav", "wav_filename"),
    ),
    "text": ("text", "sentence", "transcription", "transcript", "reference", "normalized_text"),
    "id": ("id", "utterance_id", "segment_id"),
    "speaker": ("speaker", "speaker_id", "client_id"),
    "language": ("language", "lang", "locale"),
    "duration": ("duration",),
    "offset": ("offset",),
    "channel": ("channel",),
}
_NUMBERS = {"duration": float, "offset": float, "channel": int}
# The options that name a column otherwise, and the keys that they stand for.
OPTIONS = {"audio": "audio_filepath", **{key: key for key in NAMES if key != "audio_filepath"}}


class Delimited(NamedTuple):
    """A table's form. quoted: a cell in double quotes is one, whatever is in it."""

    delimiter: str
    quoted: bool = True


def columns(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return which of the columns in `header` holds which key; `chosen` are those that the user named.

    Raises CorpusError for one that is not there, and if that of recordings or of texts is not known.
    """
    lowered = {name.strip().lower(): name for name in header}
    found = {key: lowered[name] for key, names in NAMES.items() for name in reversed(names) if name in lowered}
    for key, name in chosen.items():
        if name not in header:
            raise CorpusError(f"there is no column {name!r}; it has {_shown(header)}")
        found[key] = name
    if missing := [option for option, key in OPTIONS.items() if key in ("audio_filepath", "text") and key not in found]:
        again = ",".join(f"{option}=COLUMN" for option in missing)
        raise CorpusError(
            f"no column is known to hold the {' and '.join(missing)}, it has {_shown(header)}: name them in brackets, "
            f"[{again}], or give it a heading"
        )
    return found


def fields(header: Iterable[str], used: Iterable[str]) -> dict[str, str]:
    """Return which of the columns that are not used may hold further references, by the fields of these."""
    taken = {*used, *(name for names in NAMES.values() for name in names)}
    lowered = {name.strip().lower(): name for name in header if name not in taken}
    return {field: name for field, name in lowered.items() if FIELD.fullmatch(field) and field not in taken}


def entries(path: Path, form: Delimited, chosen: Mapping[str, str], *, further: bool = True) -> Iterator[Entry]:
    """Yield the rows of a table as entries; raises CorpusError for a heading without the columns that it takes.

    further: whether other columns are references by field.
    """
    with opened(path) as file:
        quoting: Any = csv.QUOTE_MINIMAL if form.quoted else csv.QUOTE_NONE
        reader = csv.reader(file, delimiter=form.delimiter, quoting=quoting)
        header = next(reader, [])
        try:
            wanted = columns(header, chosen)
        except CorpusError as error:
            raise CorpusError(f"{path}: {error}") from None
        if further:
            wanted = {**fields(header, wanted.values()), **wanted}
        places = {key: header.index(name) for key, name in wanted.items()}
        for row in reader:
            if row:
                yield f"{path}, line {reader.line_num}", _entry(row, places, len(header))


def _entry(row: Sequence[str], places: Mapping[str, int], width: int) -> dict[str, Any] | CorpusError:
    if len(row) != width:
        return CorpusError(f"{len(row)} cells, and {width} columns: quote cells that hold the delimiter")
    if error := not_utf8("".join(row)):
        return error
    entry: dict[str, Any] = {key: row[place] for key, place in places.items() if row[place] or key == "text"}
    for key, number in _NUMBERS.items():
        if key in entry:
            try:
                entry[key] = number(entry[key])
            except ValueError:
                return CorpusError(f"{key} is {entry[key]!r}; it should be a number")
    entry.setdefault("audio_filepath", "")
    return entry


def _shown(header: Sequence[str]) -> str:
    names = ", ".join(name[:40] for name in header[:12])
    return f"the columns {names}" if header else "no heading"
