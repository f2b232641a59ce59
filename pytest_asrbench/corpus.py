"""Corpora: which snippets there are, what was said in them, and where each fact came from.

A corpus is a folder of `x.wav` + `x.txt`, a JSONL manifest with NeMo's keys, or a folder whose `corpus.toml` says more.
Listing opens no audio file. Whatever is wrong with a snippet becomes that snippet's `problem`: it is reported
as a failed case, in the open, and the rest of the corpus is measured.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pytest_asrbench import audio
from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import CorpusError, UnknownModelError

# Text files that lie beside recordings and are no transcripts.
_NOTICES = ("license", "licence", "copying", "notice", "readme", "changelog", "attribution", "sources", "requirements")
_LIMITS = ("max_wer", "max_rtf", "max_ram_mb", "max_vram_mb", "snippet_max_wer")
_OVERRIDES = ("language", "speaker", "nonspeech", "channel", "tags", "max_wer")


@dataclass(frozen=True, slots=True)
class Snippet:
    """One clip with its reference; `problem` tells why it cannot be measured, if it cannot.

    text: the reference if the manifest holds it, else None and it is read from `transcript`.
    nonspeech: declared to hold no speech, so that an empty reference is meant. duration, offset: seconds.
    """

    id: str
    audio: Path | None = None
    text: str | None = None
    transcript: Path | None = None
    language: str | None = None
    speaker: str | None = None
    nonspeech: bool = False
    duration: float | None = None
    offset: float | None = None
    channel: int | None = None
    tags: tuple[str, ...] = ()
    max_wer: float | None = None
    problem: str | None = None

    def reference(self) -> str:
        """The reference transcript; raises CorpusError for one that is absent, unreadable or empty unmeant."""
        text = self.text if self.text is not None else self._read_transcript()
        if not text.strip() and not self.nonspeech:
            where = self.transcript or f"snippet {self.id}"
            raise CorpusError(
                f"{where}: the reference is empty. Write what is said; if the clip holds no speech, "
                f'say so: "nonspeech": true in the manifest, or nonspeech = ["{self.id}"] in corpus.toml'
            )
        return text.strip()

    def read(self, rate: int, name: str) -> Audio:
        """Decode the clip to `rate` Hz mono; raises AudioError."""
        if self.problem is not None or self.audio is None:
            raise CorpusError(self.problem or f"snippet {self.id} has no audio")
        part = self.duration if self.offset is not None else None
        return audio.read(
            self.audio,
            rate,
            name,
            channel=self.channel,
            offset=self.offset or 0.0,
            duration=part,
            declared=self.duration,
        )

    def seconds(self) -> float | None:
        """Duration as declared, or else from the file's header; None if neither tells."""
        if self.duration is not None or self.audio is None:
            return self.duration
        return audio.duration(self.audio)

    def _read_transcript(self) -> str:
        if self.transcript is None:
            raise CorpusError(f"snippet {self.id} has no transcript")
        try:
            return self.transcript.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            raise CorpusError(
                f"{self.transcript} is not UTF-8 (byte {error.start} is 0x{error.object[error.start]:02x}). "
                "Save it as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8"
            ) from None
        except OSError as error:
            raise CorpusError(f"{self.transcript}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Corpus:
    """A named set of snippets with its defaults; `limits` are the gates that the corpus brings along."""

    name: str
    folder: Path
    snippets: tuple[Snippet, ...]
    version: str = ""
    description: str = ""
    licence: str = ""
    language: str | None = None
    normalizer: str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)


def load(where: Path, allowed: Sequence[Path] = ()) -> Corpus:
    """Read the corpus at `where`: a folder or a `.jsonl` manifest.

    `allowed` are folders outside the corpus to which a manifest may point. Raises CorpusError if nothing can be
    made of it as a whole.
    """
    if where.is_dir():
        if (where / "corpus.toml").is_file():
            return _load_described(where, allowed)
        return _checked(Corpus(where.resolve().name, where, tuple(_unique(scan(where)))))
    if where.suffix == ".jsonl" and where.is_file():
        snippets = _read_manifest(where, allowed)
        return _checked(Corpus(where.stem, where.parent, tuple(_unique(snippets))))
    raise CorpusError(
        f"{where} is neither a folder of audio and transcripts nor a .jsonl manifest"
        if where.exists()
        else f"{where} does not exist"
    )


def find(name: str, folders: Iterable[Path]) -> Path:
    """Return the folder of the bundled corpus `name`, looked for in `folders`; raises UnknownModelError."""
    known: dict[str, Path] = {}
    for folder in folders:
        for description in sorted(folder.glob("*/corpus.toml")):
            known.setdefault(description.parent.name, description.parent)
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"bundled are {', '.join(known) or 'none'};"
    raise UnknownModelError(f"unknown corpus {name!r}: {hint} A folder or a .jsonl manifest is named by its path")


def scan(folder: Path) -> Iterator[Snippet]:
    """Snippets of a plain folder, subfolders included, by name: audio files and the `.txt` files beside them."""
    suffixes = audio.SUFFIXES | audio.CONTAINER_SUFFIXES
    files = sorted(
        p for p in folder.rglob("*") if not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )
    paired: set[Path] = set()
    for path in files:
        if path.suffix.lower() in suffixes and path.is_file():
            transcript = path.with_suffix(".txt")
            paired.add(transcript)
            problem = None
            if not transcript.is_file():
                problem = f"{path} has no transcript: write what is said into {transcript.name} beside it"
            yield Snippet(_id(path, folder), path, transcript=transcript, problem=problem)
    for path in files:
        if path.suffix == ".txt" and path not in paired and not path.stem.lower().startswith(_NOTICES):
            yield Snippet(
                _id(path, folder),
                transcript=path,
                problem=f"{path} has no recording: put {path.stem}.wav (or .flac, .mp3, .ogg) beside it, or remove it",
            )


def _id(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _unique(snippets: Iterable[Snippet]) -> Iterator[Snippet]:
    """Give a snippet whose id is taken another one, and a problem that says so."""
    seen: dict[str, Snippet] = {}
    for snippet in snippets:
        first = seen.setdefault(snippet.id, snippet)
        if first is snippet:
            yield snippet
            continue
        new_id = next(i for n in range(2, len(seen) + 3) if (i := f"{snippet.id}#{n}") not in seen)
        problem = snippet.problem or (
            f"{snippet.audio}: the id {snippet.id!r} belongs to {first.audio} already; rename one of them"
        )
        seen[new_id] = renamed = replace(snippet, id=new_id, problem=problem)
        yield renamed


def _checked(corpus: Corpus) -> Corpus:
    if not corpus.snippets:
        kinds = " ".join(sorted(audio.SUFFIXES))
        raise CorpusError(f"{corpus.folder}: no snippets found; put x.wav and x.txt there (audio may be {kinds})")
    return corpus


def _load_described(folder: Path, allowed: Sequence[Path]) -> Corpus:
    path = folder / "corpus.toml"
    try:
        facts = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} is no valid TOML: {error}") from None
    plain = ("name", "version", "description", "licence", "language", "normalizer")
    _known_keys(path, facts, (*plain, "manifest", "nonspeech", "limits", "snippets"))
    overrides: dict[str, dict[str, Any]] = facts.pop("snippets", {})
    limits = facts.pop("limits", {})
    _known_keys(path, limits, _LIMITS)
    nonspeech = facts.pop("nonspeech", [])
    manifest = facts.pop("manifest", None)
    found = _read_manifest(_inside(folder, manifest, ()), allowed) if manifest else scan(folder)
    snippets = [
        replace(s, nonspeech=True) if any(fnmatchcase(s.id, pattern) for pattern in nonspeech) else s
        for s in _unique(found)
    ]
    unknown = set(overrides) - {s.id for s in snippets}
    if unknown:
        raise CorpusError(f"{path}: [snippets] names {', '.join(sorted(unknown))}, which the corpus does not hold")
    for values in overrides.values():
        _known_keys(path, values, _OVERRIDES)
    snippets = [replace(s, **_typed(overrides[s.id])) if s.id in overrides else s for s in snippets]
    facts.setdefault("name", folder.resolve().name)
    return _checked(Corpus(folder=folder, snippets=tuple(snippets), limits=limits, **facts))


def _known_keys(path: Path, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in given:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            raise CorpusError(f"{path}: unknown key {key!r}; {hint}")


def _read_manifest(path: Path, allowed: Sequence[Path]) -> Iterator[Snippet]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise CorpusError(f"{path}: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{path}, line {number}"
            try:
                yield _parse_line(where, line, path.parent, allowed)
            except CorpusError as error:
                yield Snippet(f"line-{number}", problem=str(error))


def _parse_line(where: str, line: bytes, folder: Path, allowed: Sequence[Path]) -> Snippet:
    try:
        entry = json.loads(line.decode("utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{where} is not JSON ({error}): one object a line, in UTF-8") from None
    if not isinstance(entry, dict):
        raise CorpusError(f"{where} is {type(entry).__name__}, not an object with audio_filepath and text")
    missing = [key for key in ("audio_filepath", "text") if not isinstance(entry.get(key), str)]
    if missing:
        raise CorpusError(f"{where} lacks {' and '.join(missing)} (a string)")
    try:
        path = _inside(folder, entry["audio_filepath"], allowed)
        facts = _typed(entry)
    except CorpusError as error:
        raise CorpusError(f"{where}: {error}") from None
    known = {f.name for f in fields(Snippet)} - {"id", "audio", "transcript", "problem", "text"}
    return Snippet(
        id=str(entry.get("id") or Path(entry["audio_filepath"]).with_suffix("").name),
        audio=path,
        text=entry["text"],
        **{key: value for key, value in facts.items() if key in known},
    )


def _typed(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Check the types of what a manifest says about a snippet. "lang" is NeMo's name for the language."""
    facts = dict(entry)
    if "lang" in facts:
        facts.setdefault("language", facts.pop("lang"))
    wanted: dict[str, tuple[type, ...]] = {
        "language": (str,),
        "speaker": (str, int),
        "nonspeech": (bool,),
        "duration": (int, float),
        "offset": (int, float),
        "channel": (int,),
        "max_wer": (int, float),
        "tags": (list,),
    }
    for key, types in wanted.items():
        value = facts.get(key)
        if value is not None and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types)):
            raise CorpusError(f"{key} is {value!r}; it should be of type {' or '.join(t.__name__ for t in types)}")
    if facts.get("speaker") is not None:
        facts["speaker"] = str(facts["speaker"])
    facts["tags"] = tuple(str(tag) for tag in facts.get("tags") or ())
    return facts


def _inside(folder: Path, name: str, allowed: Sequence[Path]) -> Path:
    """Return `name` as a path below `folder` (or below one of `allowed`); raises CorpusError if it leads elsewhere."""
    path = folder / name
    try:
        real = path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise CorpusError(f"{name!r} is no usable path: {error}") from None
    if not any(real.is_relative_to(root.resolve()) for root in (folder, *allowed)):
        raise CorpusError(
            f"{name!r} points outside {folder}: move the file below it, or allow its folder with the ini option "
            "asr_audio_roots"
        )
    return path
