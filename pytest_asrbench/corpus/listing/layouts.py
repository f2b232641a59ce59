"""Layouts in which corpora are published, recognised by the file that holds their texts.

Most are read by a source of their own. Who names a folder or file of another one is told what it was taken for, and
the way in.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Literal

from pytest_asrbench.corpus.decoding.content import require_regular
from pytest_asrbench.errors import CorpusError

_WAY_IN = (
    'which is not read as it is. Write a manifest of it, one {"audio_filepath": ..., "text": ...} a line, and name '
    'that; scripts for it are in docs/corpora.md under "Other layouts"'
)
_HEAD = 2**14  # bytes of a table that are looked at
_MOST_TABLES = 50  # that are opened, and no more

Place = Literal["folder", "parent", "file"]


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to lay a corpus out. evidence: the files (or the folder) that show it.

    scheme: of the source that reads it, "" for none; at: what that source is to be given, of a folder that somebody
    named: this folder, the one of the evidence, or the evidence itself.
    """

    name: str
    evidence: tuple[Path, ...]
    scheme: str = ""
    at: Place = "folder"

    def place(self, folder: Path) -> Path:
        """Return what the source is to be given of `folder`; raises CorpusError if that may be one of several."""
        if self.at == "folder":
            return folder
        places = list(dict.fromkeys(path.parent if self.at == "parent" else path for path in self.evidence))
        if len(places) > 1:
            shown = ", ".join(place.relative_to(folder).as_posix() for place in places[:5])
            raise CorpusError(f"{folder} holds several corpora laid out like {self.name} ({shown}): name one of them")
        return places[0]


@dataclass(frozen=True, slots=True)
class _Sign:
    """What tells a layout: how the file with its texts is called, and how that begins."""

    layout: str
    name: re.Pattern[str]
    content: re.Pattern[bytes]
    scheme: str
    at: Place


def _sign(layout: str, name: str, content: bytes = b"", scheme: str = "", at: Place = "folder") -> _Sign:
    flags = re.DOTALL | re.IGNORECASE
    return _Sign(layout, re.compile(name, re.IGNORECASE), re.compile(content, flags), scheme, at)


_SIGNS = (
    _sign("LibriSpeech", r".+\.trans\.txt", scheme="librispeech"),
    _sign("a data folder of Kaldi", r"wav\.scp", scheme="kaldi", at="parent"),
    _sign("an audiofolder of Hugging Face", r"metadata\.(?:csv|jsonl)", rb"[^\n]*\bfile_name\b", "audiofolder"),
    _sign("a data set of Hugging Face", r"dataset_info\.json|.+\.(?:parquet|arrow)", scheme="hf"),
    _sign(
        "Common Voice", r".+\.tsv", rb"(?:[^\n]*\t)?path\t(?:[^\n]*\t)?sentence\b", "common-voice", "parent"
    ),
    _sign("LJ Speech", r".+\.(?:csv|txt)", rb"[^|\n]+\|[^|\n]+(?:\|[^|\n]*)?\r?(?:\n|$)", "lj-speech", "file"),
    _sign("CMU Arctic", r"(?:txt\.done\.data|.+\.data)", rb'\(\s*\S+\s+"'),
    _sign("VoxForge", r"prompts(?:-original)?", rb"\S+ \S"),
    _sign("TED-LIUM", r".+\.stm", scheme="stm"),
    _sign("Lhotse", r".+\.jsonl(?:\.gz)?", rb'[^\n]*"(?:supervisions|recording_id|sources)"', "lhotse", "file"),
    _sign("WebDataset", r".+\.tar(?:\.gz)?"),
    _sign("a table of recordings and texts", r".+\.(?:csv|tsv)", rb"[^\n]*[,;\t]", "table", "file"),
)  # fmt: skip
_SUBTITLES = _sign("subtitles", r".+\.(?:srt|vtt)", scheme="subtitles", at="file")  # beside recordings they are texts
_TABLE = re.compile(rb"(?m)^\W*([\w./\\-]+?)(?:\.\w{2,4})?[\s,;|:\"]+\S")  # a line that begins with a recording's name
_TABLE_ENDINGS = (".txt", ".csv", ".tsv", ".lst", ".text", ".trans", ".list", "")


def recognise(folder: Path, files: Sequence[Path], recordings: Iterable[Path]) -> Layout | None:
    """Tell how `folder` is laid out, by its `files` and those of them that are recordings; None: in no known way."""
    for sign in _SIGNS:
        named = [path for path in files if sign.name.fullmatch(path.name)]
        if found := tuple(path for path in named[:_MOST_TABLES] if sign.content.match(_head(path))):
            return Layout(sign.layout, found, sign.scheme, sign.at)
    recordings = list(recordings)
    return _table(files, recordings) or _parallel(folder, files, recordings)


def of_file(path: Path) -> Layout | None:
    """Tell which layout a file holds that somebody names by itself; None: no known one, as of a manifest of ours."""
    head = _head(path)
    if b'"audio_filepath"' in head:
        return Layout("a tarred data set of NeMo", (path,), "nemo", "file") if b'"shard_id"' in head else None
    for sign in (*_SIGNS, _SUBTITLES):
        if sign.name.fullmatch(path.name) and sign.content.match(head):
            return Layout(sign.layout, (path,), sign.scheme, sign.at)
    return None


def refuse_file(path: Path) -> None:
    """Raise CorpusError for a file that holds one of the layouts, and is no manifest."""
    if (layout := of_file(path)) is not None:
        way_in = f"name it with that source: {layout.scheme}:{path}" if layout.scheme else _WAY_IN
        raise CorpusError(f"{path} is no manifest, but looks like {layout.name}, {way_in}")


def refuse(folder: Path, layout: Layout) -> None:
    """Raise CorpusError that says what `folder` was taken for, and how its recordings get in."""
    raise CorpusError(f"{folder} is laid out like {layout.name} (as {layout.evidence[0]} shows), {_WAY_IN}")


def _table(files: Sequence[Path], recordings: Sequence[Path]) -> Layout | None:
    """Find a text of which several lines, or its only one, begin with the names of recordings."""
    stems = {path.stem for path in recordings}
    for path in [path for path in files if path.suffix.lower() in _TABLE_ENDINGS][:_MOST_TABLES]:
        names = (match[1].decode("utf-8", "replace") for match in _TABLE.finditer(_head(path)))
        lines = [PureWindowsPath(name).name for name in names]  # which takes both slashes
        if lines and sum(name in stems for name in lines) * 2 >= len(lines):
            return Layout("a table of recordings and texts", (path,))
    return None


def _parallel(folder: Path, files: Sequence[Path], recordings: Sequence[Path]) -> Layout | None:
    """Find folders side by side, one of recordings and one of texts of the same names."""
    places: dict[str, set[Path]] = defaultdict(set)
    for path in recordings:
        places[path.stem].add(path.parent)
    for path in files:
        if path.suffix.lower() in (".txt", ".lab", ".normalized") and places.get(path.stem, set()) - {path.parent}:
            return Layout("a corpus with folders of recordings and of texts", (path.parent,))
    return None


def _head(path: Path) -> bytes:
    """The first bytes, unpacked."""
    try:
        require_regular(path)
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return b""
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD)
    except zlib.error:
        return b""
