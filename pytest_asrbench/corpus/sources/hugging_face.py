"""Data sets by the library `datasets`: `hf:NAME[config=..,split=..,revision=..]`, local Parquet and Arrow.

The library fetches and keeps the rows; audio is left as it was stored, and decoded here like any file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries, tables
from pytest_asrbench.corpus.listing.entries import Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.corpus.recording import EncodedRecording, FileRecording
from pytest_asrbench.errors import AudioError, CorpusError, MissingDependencyError

_BATCH = 1_000  # rows that are looked at together
_ROW = "number of the row"
_STORED = "whether the audio is in the row"
_TEXTS = ("string", "large_string")
_COLUMNS = ("text", "id", "speaker", "language")


@dataclass(frozen=True, slots=True)
class _Data:
    """What is loaded. files: local ones, Parquet or Arrow; none of a data set on the hub. times: when these changed."""

    name: str
    config: str = ""
    split: str = "test"
    revision: str = ""
    files: tuple[str, ...] = ()
    times: tuple[int, ...] = ()
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRecording(EncodedRecording):
    """The audio in a row of a data set."""

    data: _Data
    column: str
    row: int

    def source(self) -> BytesIO:
        """The bytes as they were stored."""
        value = _dataset(self.data).select_columns([self.column])[self.row][self.column]
        if not isinstance(value, Mapping) or not value.get("bytes"):
            raise AudioError(f"{self.data.name}, row {self.row}: there is no audio in it")
        return BytesIO(value["bytes"])

    def version(self) -> str:
        """When local files changed; else the files that the library made, whose names tell what was fetched."""
        made = self.data.times or sorted(one["filename"] for one in _dataset(self.data).cache_files)
        return f"{made}|{self.row}"


def load(locator: Locator) -> Corpus:
    """Return the corpus of one split; raises CorpusError for what cannot be had, MissingDependencyError."""
    options = locator.only("config", "split", "revision", "audio", *_COLUMNS)
    data = _data(locator)
    dataset = _dataset(data)
    folder = Path(data.files[0]).parent if data.files else _cache()
    fence = Fence(folder, [*locator.allowed, _cache()])
    columns = _chosen(locator, dataset, {key: str(options[key]) for key in _COLUMNS if key in options})

    def locate(entry: Mapping[str, Any]) -> EncodedRecording:
        name = entry["audio_filepath"]
        if not entry[_STORED]:
            return FileRecording(fence.inside(name))
        return RowRecording(Path(name), data=data, column=columns["audio_filepath"], row=entry[_ROW])

    listing = Listing(entries.snippets(_entries(data.name, dataset, columns), locate))
    if not listing:
        raise CorpusError(f"{locator.text} has no rows: name another split")
    parts = [Path(data.name).stem if data.files else data.name.rpartition("/")[2], data.config, data.split]
    name = "-".join(part for part in parts if part)
    return Corpus(name, listing, version=data.revision, licence=str(dataset.info.license or ""))


def _data(locator: Locator) -> _Data:
    text = locator.text_option
    place = locator.path
    if place.name in ("dataset_info.json", "state.json"):
        place = place.parent
    files: tuple[Path, ...] = (place,)
    if place.is_dir():
        files = tuple(sorted(one for ending in ("parquet", "arrow") for one in place.rglob(f"*.{ending}")))
        if not files:
            raise CorpusError(f"{place} has no .parquet and no .arrow: of a folder of recordings, audiofolder:{place}")
    elif not place.exists():
        if Path(locator.place).is_absolute() or locator.place.startswith(".") or place.suffix in (".parquet", ".arrow"):
            raise CorpusError(f"{place} does not exist: name a file or folder of Parquet, or a data set on the hub")
        default = text("split", "test")
        return _Data(locator.place, text("config"), default, text("revision"), offline=locator.offline)
    if split := text("split"):  # files are called by it: test-00000-of-00001.parquet
        files = tuple(one for one in files if split in (one.parent.name, one.name.partition("-")[0].partition(".")[0]))
        if not files:
            raise CorpusError(f"{place} has no files of the split {split!r}: name another one, or none for all")
    names, times = zip(*((str(one.resolve()), one.stat().st_mtime_ns) for one in files), strict=True)
    return _Data(str(place), "", split, "", names, times)


@lru_cache(maxsize=4)
def _dataset(data: _Data) -> Any:
    """Return the rows, audio undecoded."""
    if data.offline:  # read when the library is imported
        os.environ["HF_HUB_OFFLINE"] = "1"
    datasets = _library(data.name)
    try:
        loaded = _local(datasets, data) if data.files else _fetched(datasets, data)
        for column in _audio_columns(datasets, loaded):
            loaded = loaded.cast_column(column, datasets.Audio(decode=False))
        return loaded
    except datasets.exceptions.DatasetNotFoundError as error:
        raise CorpusError(
            f"hf:{data.name} cannot be had: {_first(error)} If it is gated or private, ask for access at "
            f"https://huggingface.co/datasets/{data.name} and log in (hf auth login); else correct its name"
        ) from None
    except ImportError as error:
        raise MissingDependencyError(f"{data.name}: {_first(error)} pip install torchcodec") from None
    except Exception as error:  # of damaged files, absent splits and networks it raises what comes
        raise CorpusError(
            f"{data.name} cannot be loaded by datasets ({type(error).__name__}: {_first(error)}): correct "
            "config, split or revision in brackets, or fetch it while there is a network"
        ) from error


def _local(datasets: Any, data: _Data) -> Any:
    if data.files[0].endswith(".arrow"):
        return datasets.concatenate_datasets([datasets.Dataset.from_file(one) for one in data.files])
    return datasets.load_dataset("parquet", data_files={"train": list(data.files)}, split="train")


def _fetched(datasets: Any, data: _Data) -> Any:
    return datasets.load_dataset(data.name, data.config or None, split=data.split, revision=data.revision or None)


def _library(what: str) -> Any:
    try:
        import datasets
    except ImportError:
        raise MissingDependencyError(
            f'{what} needs the library datasets: pip install "pytest-asrbench[datasets]"'
        ) from None
    return datasets


def _cache() -> Path:
    """Where the library keeps what it has fetched."""
    import datasets

    return Path(os.path.commonpath([datasets.config.HF_DATASETS_CACHE, datasets.config.HF_CACHE_HOME]))


def _audio_columns(datasets: Any, loaded: Any) -> list[str]:
    return [name for name, kind in loaded.features.items() if isinstance(kind, datasets.Audio)]


def _chosen(locator: Locator, dataset: Any, chosen: dict[str, str]) -> dict[str, str]:
    """Return which columns hold audio and text, and what else is known."""
    given = locator.text_option("audio")
    audio = [given] if given else _audio_columns(_library(locator.text), dataset)
    bare = [
        name for name, kind in dataset.features.items() if isinstance(kind, dict) and set(kind) >= {"bytes", "path"}
    ]
    if not audio and not bare:
        raise CorpusError(f"{locator.text} has no column of audio, but {', '.join(dataset.column_names)}: name another")
    try:
        found = tables.columns(dataset.column_names, {"audio_filepath": (audio or bare)[0], **chosen})
    except CorpusError as error:
        raise CorpusError(f"{locator.text}: {error}") from None
    # An "id" is often that of a sentence, which several speakers say.
    known = ("audio_filepath", *_COLUMNS[2:], "text")
    texts = [name for name, kind in dataset.features.items() if getattr(kind, "dtype", "") in _TEXTS]
    return {
        **tables.fields(texts, found.values()),
        **{key: name for key, name in found.items() if key in chosen or key in known},
    }


def _entries(name: str, dataset: Any, columns: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the rows; of the audio, nothing but its name and whether it is there is read."""
    import pyarrow.compute

    labels = {key: getattr(dataset.features[column], "int2str", None) for key, column in columns.items()}
    number = 0
    for batch in dataset.select_columns(list(columns.values())).with_format("arrow").iter(_BATCH):
        audio = batch.column(columns["audio_filepath"])
        rows = {key: batch.column(column).to_pylist() for key, column in columns.items() if key != "audio_filepath"}
        paths = pyarrow.compute.struct_field(audio, "path").to_pylist()
        stored = pyarrow.compute.is_valid(pyarrow.compute.struct_field(audio, "bytes")).to_pylist()
        for place, (path, is_stored) in enumerate(zip(paths, stored, strict=True)):
            entry = {key: _value(values[place], labels[key]) for key, values in rows.items()}
            entry |= {"audio_filepath": path or f"row-{number}", _ROW: number, _STORED: is_stored}
            yield f"{name}, row {number}", entry
            number += 1


def _value(value: Any, label: Any) -> Any:
    """A cell as it is meant: classes stand as numbers."""
    return label(value) if label is not None and isinstance(value, int) and value >= 0 else value


def _first(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0].rstrip() if lines else type(error).__name__
