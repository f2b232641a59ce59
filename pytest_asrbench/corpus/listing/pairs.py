"""Snippets of a plain folder: recordings, and the texts of the same names beside them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pytest_asrbench.corpus.audio import SUFFIXES
from pytest_asrbench.corpus.decoding import content
from pytest_asrbench.corpus.listing import layouts
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.ids import printable
from pytest_asrbench.corpus.listing.layouts import Layout
from pytest_asrbench.corpus.listing.walk import Found, walk
from pytest_asrbench.corpus.recording import FileRecording
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.corpus.subtitles import ENDINGS
from pytest_asrbench.errors import AudioError, CorpusError
from pytest_asrbench.records import FIELD
from pytest_asrbench.support.plain import some

# Texts that lie beside recordings and are no transcripts: by how their names begin, and by their whole names.
_NOTICES = ("license", "licence", "copying", "notice", "readme", "changelog", "attribution", "sources", "requirements")
_NOTES = frozenset(
    {"notes", "todo", "index", "list", "filelist", "files", "info", "about", "log", "speakers", "prompts", "sentences"}
    | {"transcript", "transcripts", "metadata", "credits", "authors", "comments", "description", "instructions"}
)
# What stands beside recordings and can neither be one nor a folder of them, even if it cannot be opened.
_OTHERS = frozenset(
    {".json", ".jsonl", ".csv", ".tsv", ".toml", ".yaml", ".yml", ".xml", ".md", ".html", ".pdf", ".jpg", ".jpeg"}
    | {".png", ".gif", ".svg", ".py", ".sh", ".zip", ".gz", ".log", ".ini", ".lock", ".sock", ".srt", ".vtt", ".dvc"}
    | {".textgrid", ".lab", ".bak", ".tmp"}
)
_MAX_NAMES = 5
DRAFT = ".draft.txt"  # in the place of a recording's ending: a transcript that nobody has corrected yet


def scan(
    folder: Path, allowed: Sequence[Path] = (), ignore: Sequence[str] = ()
) -> tuple[list[Snippet], list[str]] | Layout:
    """Return the snippets of `folder`, subfolders included, by name, and remarks on what was left alone.

    If no recording has a text beside it, and the layout is one that another source reads: that layout.

    `allowed` are folders outside to which links may lead; `ignore` holds patterns of paths to leave alone. Raises
    CorpusError for a folder that cannot be listed, holds no snippets, or has a layout that is not read.
    """
    found = _kept(walk(Fence(folder, allowed)), folder, ignore)
    texts = {path.with_suffix(""): path for path in (*found.files, *found.lost) if path.suffix.lower() == ".txt"}
    drafts = _drafts(found, texts)
    subtitled = {path.with_suffix(""): path for path in found.files if path.suffix.lower() in ENDINGS}
    others: dict[Path, list[Path]] = defaultdict(list)
    recordings = _paired(found, texts, others)
    recordings |= {one: subtitled.get(one.with_suffix("")) for one, text in recordings.items() if text is None}
    if not any(recordings.values()):
        layout = layouts.recognise(folder, found.files, recordings)
        if layout is not None and layout.scheme:
            return layout
        if layout is not None:
            layouts.refuse(folder, layout)
    further = _fields(recordings, texts)
    snippets = [_recorded(path, text, found, folder, further.get(path, {})) for path, text in recordings.items()]
    used = {*recordings.values(), *(text for fields in further.values() for text in fields.values())}
    rest = [path for path in texts.values() if path not in used and not path.stem.lower().startswith(_NOTICES)]
    snippets += [
        _unrecorded(path, others.get(path.with_suffix(""), ()), found, folder)
        for path in rest
        if path.stem.lower() not in _NOTES
    ]
    if not snippets:
        raise CorpusError(f"{folder}: no snippets found; put x.wav and x.txt there (or .flac, .mp3, .m4a ...)")
    strays = [path.relative_to(folder).as_posix() for path in rest if path.stem.lower() in _NOTES]
    return snippets, [*found.remarks, *_about(folder, strays), *_about_drafts(folder, drafts, recordings)]


def _drafts(found: Found, texts: dict[Path, Path]) -> list[Path]:
    """Take the drafts out of `texts`, and return them; a recording may be called so, too, and has its text then."""
    called = {path.with_suffix("") for path in found.files if path.suffix.lower() in SUFFIXES}
    drafts = {stem: text for stem, text in texts.items() if text.name.lower().endswith(DRAFT) and stem not in called}
    for stem in drafts:
        del texts[stem]
    return list(drafts.values())


def _kept(found: Found, folder: Path, ignore: Sequence[str]) -> Found:
    """Return what is to be listed: without what is to be ignored, with what DVC keeps elsewhere."""

    def keep(path: Path) -> bool:
        name = path.relative_to(folder).as_posix()
        return not any(fnmatchcase(name, pattern) for pattern in ignore)

    lost = dict(found.lost)
    for path in found.files:
        if path.suffix == ".dvc" and not (target := path.with_suffix("")).exists():
            lost[target] = f"{target} does not exist: {content.absent(target)}"
    if not ignore:
        return Found(found.files, lost, found.remarks)
    return Found([p for p in found.files if keep(p)], {p: w for p, w in lost.items() if keep(p)}, found.remarks)


def _paired(found: Found, texts: dict[Path, Path], others: dict[Path, list[Path]]) -> dict[Path, Path | None]:
    """Return each recording with its text, `x.txt` or `x.wav.txt`, or with None; `others` takes the files of a name.

    Where a text has no recording of a known ending, a file of the same name and another one is looked into. What
    cannot be opened stands for a recording, unless its ending says that it is none.
    """
    recordings: dict[Path, Path | None] = {}
    for path in (*found.files, *found.lost):
        ending = path.suffix.lower()
        if ending in SUFFIXES:
            recordings[path] = texts.get(path) or texts.get(path.with_suffix(""))
        elif ending != ".txt":
            others[path].append(path)
            others[path.with_suffix("")].append(path)
    _pair_alike(recordings, texts)
    used = set(recordings.values())
    for stem, text in texts.items():
        if text not in used and (audio := next((path for path in others[stem] if _is_audio(path, found)), None)):
            recordings[audio] = text
    for path, why in found.lost.items():
        ending = path.suffix.lower()
        if path in recordings or ending == ".txt" or path.stem.lower().startswith(_NOTICES):
            continue
        if ending in _OTHERS and not path.is_dir():
            found.remarks.append(why)
        else:
            recordings[path] = None
    return recordings


def _pair_alike(recordings: dict[Path, Path | None], texts: dict[Path, Path]) -> None:
    """Give a recording without a text the only one whose name differs in case or in the form of its accents alone.

    Some systems take such names for one, and change them when files are copied.
    """
    used = set(recordings.values())
    free: dict[str, list[Path]] = defaultdict(list)
    for stem, text in texts.items():
        if text not in used:
            free[_alike(stem)].append(text)
    for path in [path for path, text in recordings.items() if text is None]:
        found = free.get(_alike(path)) or free.get(_alike(path.with_suffix(""))) or ()
        if len(found) == 1:
            recordings[path] = found[0]


def _fields(recordings: Mapping[Path, Path | None], texts: Mapping[Path, Path]) -> dict[Path, dict[str, Path]]:
    """Return the further references of each recording, by their fields: `x.FIELD.txt` beside x.wav."""
    used = set(recordings.values())
    by_stem = {path.with_suffix(""): path for path in recordings}
    found: dict[Path, dict[str, Path]] = {}
    for stem, text in texts.items():
        recording, name = by_stem.get(stem.with_suffix("")), stem.suffix.removeprefix(".")
        if recording is not None and text not in used and FIELD.fullmatch(name):
            found.setdefault(recording, {})[name] = text
    return found


def _alike(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


def _is_audio(path: Path, found: Found) -> bool:
    try:
        return path in found.lost or content.recognise(content.read_head(path)) is not None
    except AudioError:
        return False


def _recorded(path: Path, text: Path | None, found: Found, folder: Path, others: Mapping[str, Path]) -> Snippet:
    problem = found.lost.get(path) or (found.lost.get(text) if text else None)
    if text is None and problem is None and not others:
        draft = path.with_suffix(DRAFT)
        what = f"correct {draft.name}, and rename it to" if draft.exists() else "write what is said into"
        problem = f"{path} has no transcript: {what} {path.stem}.txt beside it"
    transcript = None if text in found.lost else text
    stem = path if path.suffix.lower() in SUFFIXES or text is None else text
    audio = None if path in found.lost else path  # nobody is to open that, not even for its length
    recording = None if audio is None else FileRecording(audio)
    return Snippet(_id(stem, folder), recording, transcript=transcript, problem=problem, others=others)


def _unrecorded(text: Path, beside: Sequence[Path], found: Found, folder: Path) -> Snippet:
    """A text without a recording: nobody knows whether it is what somebody said, so its words are not known either.

    `beside`: files of the same name that are no recordings.
    """
    alone = f'leave it alone by ignore = ["{text.relative_to(folder).as_posix()}"] in corpus.toml'
    what = f"put {text.stem}.wav (or .flac, .mp3, .ogg) beside it, remove it, or {alone}"
    if other := next((path for path in beside if path.suffix.lower() not in _OTHERS), None):
        what = (
            f"{other.name} lies beside it, but {_why_not(other) or f'cannot be read: convert it to .wav, or {alone}'}"
        )
    return Snippet(_id(text, folder), problem=found.lost.get(text) or f"{text} has no recording: {what}")


def _why_not(path: Path) -> str | None:
    try:
        return content.foreign(content.read_head(path))
    except AudioError as error:
        return str(error)


def _id(path: Path, folder: Path) -> str:
    return printable(path.relative_to(folder).with_suffix("").as_posix())


def _about_drafts(folder: Path, drafts: Sequence[Path], recordings: Mapping[Path, Path | None]) -> Iterable[str]:
    """Say how many drafts lie there, and what is to be done with them."""
    if not drafts:
        return
    done = {path.with_suffix("") for path, text in recordings.items() if text is not None}
    left = sum(draft.with_suffix("").with_suffix("") not in done for draft in drafts)
    names = ", ".join(draft.relative_to(folder).as_posix() for draft in drafts[:_MAX_NAMES])
    more = f" and {len(drafts) - _MAX_NAMES} more" if len(drafts) > _MAX_NAMES else ""
    count = f"{len(drafts)} drafts of transcripts are" if len(drafts) > 1 else "a draft of a transcript is"
    advice = (
        "listen, correct them, and rename each NAME.draft.txt to NAME.txt" if left else "their recordings have texts"
    )
    yield f"{folder}: {count} no reference ({names}{more}): {advice}"


def _about(folder: Path, strays: Sequence[str]) -> Iterable[str]:
    """Say which texts were taken for notes."""
    if strays:
        count = f"{len(strays)} texts have" if len(strays) > 1 else "a text has"
        yield f"{folder}: {count} no recording, and a name as notes have: left alone ({some(strays, _MAX_NAMES)})"
