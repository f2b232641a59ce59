"""Layouts in which corpora are published, recognised by the file that holds their texts.

They are not read as they are: who names such a folder or file is told what it was taken for, and the way in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from pytest_asrbench.corpus.decoding.content import require_regular
from pytest_asrbench.errors import CorpusError

_WAY_IN = (
    'which is not read as it is. Write a manifest of it, one {"audio_filepath": ..., "text": ...} a line, and name '
    'that; scripts for it are in docs/corpora.md under "Other layouts"'
)
_HEAD = 2**14  # bytes of a table that are looked at
_MOST_TABLES = 50  # that are opened, and no more


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to lay a corpus out. evidence: the file (or folder) that shows it."""

    name: str
    evidence: Path


@dataclass(frozen=True, slots=True)
class _Sign:
    """What tells a layout: how the file with its texts is called, and how that begins."""

    layout: str
    name: re.Pattern[str]
    content: re.Pattern[bytes]


def _sign(layout: str, name: str, content: bytes = b"") -> _Sign:
    return _Sign(layout, re.compile(name, re.IGNORECASE), re.compile(content, re.DOTALL | re.IGNORECASE))


_SIGNS = (
    _sign("LibriSpeech", r".+\.trans\.txt"),
    _sign("a data folder of Kaldi", r"wav\.scp"),
    _sign("an audiofolder of Hugging Face", r"metadata\.(?:csv|jsonl)", rb"[^\n]*\bfile_name\b"),
    _sign("a data set of Hugging Face", r"dataset_info\.json|.+\.(?:parquet|arrow)"),
    _sign("Common Voice", r".+\.tsv", rb"(?:[^\n]*\t)?path\t(?:[^\n]*\t)?sentence\b"),
    _sign("LJ Speech", r"(?:metadata|.+)\.(?:csv|txt)", rb"[^|\n]+\|[^|\n]+(?:\|[^|\n]*)?\r?(?:\n|$)"),
    _sign("CMU Arctic", r"(?:txt\.done\.data|.+\.data)", rb'\(\s*\S+\s+"'),
    _sign("VoxForge", r"prompts(?:-original)?", rb"\S+ \S"),
    _sign("TED-LIUM", r".+\.stm"),
    _sign("Lhotse", r".+\.jsonl(?:\.gz)?", rb'[^\n]*"(?:supervisions|recording_id|sources)"'),
    _sign("WebDataset", r".+\.tar(?:\.gz)?"),
    _sign("a table of recordings and texts", r".+\.(?:csv|tsv)", rb"[^\n]*[,;\t]"),
)
_TABLE = re.compile(rb"(?m)^\W*([\w./\\-]+?)(?:\.\w{2,4})?[\s,;|:\"]+\S")  # a line that begins with a recording's name
_TABLE_ENDINGS = (".txt", ".csv", ".tsv", ".lst", ".text", ".trans", ".list", "")


def recognise(folder: Path, files: Sequence[Path], recordings: Iterable[Path]) -> Layout | None:
    """Tell how `folder` is laid out, by its `files` and those of them that are recordings; None: in no known way."""
    for sign in _SIGNS:
        named = [path for path in files if sign.name.fullmatch(path.name)]
        for path in named[:_MOST_TABLES]:
            if sign.content.match(_head(path)):
                return Layout(sign.layout, path)
    recordings = list(recordings)
    return _table(files, recordings) or _parallel(folder, files, recordings)


def refuse_file(path: Path, content: bytes) -> None:
    """Raise CorpusError for a file that begins like a table of one of the layouts and is no manifest."""
    if b'"audio_filepath"' in content[:_HEAD]:
        return
    for sign in _SIGNS:
        if sign.content.pattern and sign.name.fullmatch(path.name) and sign.content.match(content[:_HEAD]):
            raise CorpusError(f"{path} is no manifest, but looks like {sign.layout}, {_WAY_IN}")


def refuse(folder: Path, layout: Layout) -> None:
    """Raise CorpusError that says what `folder` was taken for, and how its recordings get in."""
    raise CorpusError(f"{folder} is laid out like {layout.name} (as {layout.evidence} shows), {_WAY_IN}")


def _table(files: Sequence[Path], recordings: Sequence[Path]) -> Layout | None:
    """Find a text of which several lines, or its only one, begin with the names of recordings."""
    stems = {path.stem for path in recordings}
    for path in [path for path in files if path.suffix.lower() in _TABLE_ENDINGS][:_MOST_TABLES]:
        names = (match[1].decode("utf-8", "replace") for match in _TABLE.finditer(_head(path)))
        lines = [PureWindowsPath(name).name for name in names]  # which takes both slashes
        if lines and sum(name in stems for name in lines) * 2 >= len(lines):
            return Layout("a table of recordings and texts", path)
    return None


def _parallel(folder: Path, files: Sequence[Path], recordings: Sequence[Path]) -> Layout | None:
    """Find folders side by side, one of recordings and one of texts of the same names."""
    places: dict[str, set[Path]] = defaultdict(set)
    for path in recordings:
        places[path.stem].add(path.parent)
    for path in files:
        if path.suffix.lower() in (".txt", ".lab", ".normalized") and places.get(path.stem, set()) - {path.parent}:
            return Layout("a corpus with folders of recordings and of texts", path.parent)
    return None


def _head(path: Path) -> bytes:
    try:
        require_regular(path)
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""
