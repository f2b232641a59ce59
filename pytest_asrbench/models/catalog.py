"""Facts about models that the catalogue holds besides how they are run: where weights come from, sizes, known figures.

Each model has two optional tables, `[models.NAME.hub]` and `[models.NAME.facts]`; the classes below are their schema.
Projects may give the same tables to their own models.
"""

from __future__ import annotations

import difflib
import reprlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.support.checks import lacks

# Bytes of one weight. Block formats of ggml carry scales, so that a file's own size is given in `weights` instead.
BYTES_PER_WEIGHT = {"float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True, slots=True)
class HubSource:
    """Where a model's weights are at the model hub.

    repo: "owner/name". files: names or patterns (as in fnmatch), each of which must match; optional: those that are
    taken where they match. revision: branch, tag or commit. path: what of the download is handed to the adapter, ""
    for all of it. allow_pickle: take formats that run code when loaded, of a revision that is named. bytes: size of
    the download, None if nobody has looked.
    """

    repo: str
    files: tuple[str, ...]
    optional: tuple[str, ...] = ()
    revision: str = "main"
    path: str = ""
    allow_pickle: bool = False
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """Figures that somebody else has published.

    wer: mean over the leaderboard's English sets, a fraction. rtfx: audio seconds per compute second.
    sets: WER by set. source says who, when, and on what.
    """

    source: str
    wer: float | None = None
    rtfx: float | None = None
    sets: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of a model that its working memory is reckoned from; 0 for what it does not have.

    front: values a second in the largest layer before the encoder. encoder_width, encoder_inner: of a layer of the
    encoder and of its feed-forward part; encoder_frames: a second; window: seconds that the encoder always takes, with
    silence behind a shorter clip; joined: whether the decoder gets all windows of a clip together. span: seconds to
    which one frame attends; None: all that the encoder is given. pairs: values that its attention holds of each pair of
    frames in any runtime, scores with a bias or positions. layers, width: of the decoder; cache_width: heads of keys ×
    size of a head; audio_tokens: positions a second that the audio takes in the decoder's cache.
    """

    front: int = 0
    encoder_width: int = 0
    encoder_inner: int = 0
    encoder_heads: int = 0
    encoder_frames: float = 0
    window: float | None = None
    joined: bool = False
    span: float | None = None
    pairs: int = 0
    layers: int = 0
    width: int = 0
    cache_width: int = 0
    audio_tokens: float = 0
    vocabulary: int = 0


@dataclass(frozen=True, slots=True)
class Runtime:
    """What an adapter's runtime takes, and in which further precisions it loads a model.

    resident: bytes in main memory, beyond an empty process, before there is a model; None: not measured. scores:
    whether it holds the scores of the encoder's attention, frames × frames. copies: how many of its busiest layer it
    holds at once. precisions: option that asks for it by precision. measured: with which versions `resident` was found.
    """

    resident: int | None = None
    scores: bool = False
    copies: float = 1
    precisions: Mapping[str, str] = field(default_factory=dict)
    measured: str = ""


@dataclass(frozen=True, slots=True)
class CatalogFacts:
    """What is known of a model.

    parameters: number of weights. weights: their bytes by dtype where a file's own size says more than parameters ×
    bytes. architecture: what its working memory is reckoned from. longest_seconds: longest audio that the authors
    vouch for in one call; None: any length, or not stated. dtype: recommended dtype by kind of device. generation:
    defaults of decoding. measured: what others saw, with hardware. sources: where these facts stand. note: what a user
    should know before choosing it.
    """

    parameters: int | None = None
    weights: Mapping[str, int] = field(default_factory=dict)
    architecture: Architecture | None = None
    longest_seconds: float | None = None
    dtype: Mapping[str, str] = field(default_factory=dict)
    generation: Mapping[str, Any] = field(default_factory=dict)
    measured: tuple[str, ...] = ()
    published: Published | None = None
    sources: tuple[str, ...] = ()
    note: str = ""

    def memory(self) -> dict[str, int]:
        """Bytes of the weights by dtype: files' own sizes, else parameters × bytes of one weight.

        That is a lower bound of what a run takes: activations, caches and the runtime come on top.
        """
        computed = {} if self.weights or not self.parameters else _by_dtype(self.parameters)
        return {**computed, **self.weights}


@dataclass(frozen=True, slots=True)
class Layout:
    """What is taken of a repository that nobody has described; `files` and `optional` are those of a `HubSource`.

    adapters: whose models are laid out so. An option that is called like a layout takes a repository of that kind.
    """

    files: tuple[str, ...]
    optional: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()


def layouts(text: str) -> dict[str, Layout]:
    """Return the layouts of a catalogue, by name."""
    content = tomllib.loads(text)
    return {
        name: Layout(
            tuple(table["files"]),
            tuple(content["optional_files"][table["optional"]]) if "optional" in table else (),
            tuple(table.get("adapters", ())),
        )
        for name, table in content["layouts"].items()
    }


def load(text: str) -> dict[str, dict[str, Any]]:
    """Return the tables of all models in a catalogue.

    `languages = "NAME"` stands for the list `[languages] NAME`, a hub's `optional = "NAME"` for `[optional_files]`, and
    `architecture = "NAME"` of the facts for the table `[architectures.NAME]`.
    """
    content = tomllib.loads(text)
    lists: Mapping[str, list[str]] = content.get("languages", {})
    models: dict[str, dict[str, Any]] = content["models"]
    for table in models.values():
        if isinstance(table.get("languages"), str):
            table["languages"] = lists[table["languages"]]
        hub_table = table.get("hub", {})
        if isinstance(hub_table.get("optional"), str):
            hub_table["optional"] = content["optional_files"][hub_table["optional"]]
        facts_table = table.get("facts", {})
        if isinstance(facts_table.get("architecture"), str):
            facts_table["architecture"] = content["architectures"][facts_table["architecture"]]
    return models


def runtimes(text: str) -> dict[str, Runtime]:
    """Return what a catalogue knows of runtimes, by adapter."""
    tables: Mapping[str, Any] = tomllib.loads(text)["runtimes"]
    return {name: Runtime(**checked(Runtime, table, f"runtimes.{name}")) for name, table in tables.items()}


def hub(table: Mapping[str, Any], where: str) -> HubSource:
    """Read a `hub` table; raises UsageError that begins with `where`."""
    values = checked(HubSource, table, where)
    if not isinstance(values.get("repo"), str) or not isinstance(values.get("files"), list) or not values["files"]:
        raise UsageError(f'{where} needs repo = "owner/name" and files = ["..."], the names or patterns of its files')
    return HubSource(**{**values, "files": tuple(values["files"]), "optional": tuple(values.get("optional", ()))})


def facts(table: Mapping[str, Any], where: str) -> CatalogFacts:
    """Read a `facts` table; raises UsageError that begins with `where`."""
    values = checked(CatalogFacts, table, where)
    for name in ("measured", "sources"):
        if name in values:
            values[name] = tuple(values[name])
    if "architecture" in values:
        values["architecture"] = Architecture(**checked(Architecture, values["architecture"], f"{where}.architecture"))
    if "published" in values:
        values["published"] = Published(**checked(Published, values["published"], f"{where}.published"))
    return CatalogFacts(**values)


def checked(schema: type, table: Any, where: str) -> dict[str, Any]:
    """Return `table` if it holds what the dataclass `schema` does; raises UsageError that begins with `where`."""
    known = [one.name for one in fields(schema)]
    if not isinstance(table, Mapping):
        raise UsageError(f"{where} is no table; its keys are {', '.join(known)}")
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, 1)
            meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            raise UsageError(f"{where} has an unknown key {key!r}; {meant}")
    for one in fields(schema):
        if one.name in table and (wanted := lacks(str(one.type), table[one.name])):
            raise UsageError(f"{where}.{one.name} is {reprlib.repr(table[one.name])}; it should be {wanted}")
    return dict(table)


def _by_dtype(parameters: int) -> dict[str, int]:
    return {dtype: parameters * size for dtype, size in BYTES_PER_WEIGHT.items()}


def parameters_text(parameters: int | None) -> str:
    """A number of weights in words: "61.5 M", "4.7 B"; "" where they are not counted."""
    if parameters is None:
        return ""
    return f"{parameters / 1e9:.2g} B" if parameters >= 995_000_000 else f"{parameters / 1e6:.3g} M"
