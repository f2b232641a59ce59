"""Manifests with NeMo's keys: one JSON object a line, or a JSON list of them; `audio_filepath` and `text` at least.

What the file holds decides, not its ending; it may be compressed by gzip. An entry that cannot be used becomes a
snippet with a problem that names file and line, and keeps its text; the others stay usable.
"""

from __future__ import annotations

import gzip
import json
import re
import reprlib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from pytest_asrbench.corpus.decoding.content import foreign, require_regular
from pytest_asrbench.corpus.listing import layouts
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.ids import derived, unique
from pytest_asrbench.corpus.snippet import Snippet, checked_facts, sound_facts
from pytest_asrbench.errors import CorpusError
from pytest_asrbench.records import FIELD, VERBATIM

MAX_ID = 200  # characters; ids become file names, node ids and table cells
MAX_SIZE = 2**30  # bytes, unpacked
_LEAD = b"\xef\xbb\xbf \t\r\n"  # a byte order mark, and blanks
_BLANKS = re.compile(r"\s*")
# What NeMo and we have as texts that are nothing said.
_NOT_TEXTS = frozenset({"audio_filepath", "text", "id", "references", "pred_text", "lang", "language", "speaker"})
ENDINGS = (".jsonl", ".json", ".ndjson", ".gz")


def read(path: Path, allowed: Sequence[Path] = ()) -> list[Snippet]:
    """Return the snippets of the manifest `path`, in its order.

    Audio lies below the manifest's folder or one of `allowed`. Raises CorpusError if nothing can be made of the file.
    """
    content = _content(path)
    if path.suffix not in ENDINGS and not content.lstrip(_LEAD).startswith((b"{", b"[")):
        raise CorpusError(
            f"{path} is neither a folder of audio and transcripts nor a manifest, which is a JSON file: "
            'one {"audio_filepath": ..., "text": ...} a line'
        )
    fence = Fence(path.parent, allowed)
    snippets = [_entry(entry, where, fence) for where, entry in _entries(path, content)]
    if not snippets:
        raise CorpusError(f'{path} lists no snippets: write one {{"audio_filepath": ..., "text": ...}} a line')
    return list(unique(derived(snippets, path.parent)))


def name(path: Path) -> str:
    """What a manifest's corpus is called: the file's name without its endings."""
    return Path(path.name.removesuffix(".gz")).stem


def _content(path: Path) -> bytes:
    try:
        require_regular(path)
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            with gzip.open(path) as file:
                content = file.read(MAX_SIZE + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorpusError(f"{path} cannot be unpacked ({error}): copy it again") from None
    except OSError as error:
        raise CorpusError(f"{path} cannot be read ({error.strerror}): put the manifest there") from error
    if len(content) > MAX_SIZE:
        raise CorpusError(f"{path} holds more than {MAX_SIZE >> 20} MB: cut it into several manifests")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CorpusError(f"{path} is UTF-16. Convert it: iconv -f UTF-16 -t UTF-8")
    if (what := foreign(content)) is not None:
        raise CorpusError(f"{path} is no manifest: {what}")
    layouts.refuse_file(path, content)
    return content


def _entries(path: Path, content: bytes) -> Iterator[tuple[str, Any]]:
    """Yield where each entry stands, and what it is: the object, or the CorpusError that says why there is none."""
    whole = _list(content)
    if whole is not None:
        yield from ((f"{path}, entry {number}", entry) for number, entry in enumerate(whole, 1))
        return
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                entry = _parse(line)
            except CorpusError as error:
                entry = error
            yield f"{path}, line {number}", entry


def _list(content: bytes) -> list[Any] | None:
    """Read a JSON list, or objects that take several lines each; None for anything else."""
    start = content.lstrip(_LEAD)
    if not start.startswith(b"[") and not re.match(rb"\{\s*(?:\n|$)", start):
        return None
    try:
        text, decoder, found, position = start.decode().rstrip(), json.JSONDecoder(), [], 0
        while position < len(text):
            value, end = decoder.raw_decode(text, position)
            found.append(value)
            position = _BLANKS.match(text, end).end()  # type: ignore[union-attr]  # it matches anywhere
    except (ValueError, RecursionError):
        return None
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def _entry(entry: Any, where: str, fence: Fence) -> Snippet:
    """Make a snippet of an entry; one without an id of its own has an empty one."""
    try:
        if isinstance(entry, CorpusError):
            raise entry
        return _snippet(entry, where, fence)
    except CorpusError as error:
        facts = sound_facts(entry) if isinstance(entry, dict) else {}
        text = entry.get("text") if isinstance(entry, dict) else None
        return Snippet(
            _own_id(entry) or where.rpartition(", ")[2].replace(" ", "-"),
            text=text if isinstance(text, str) else None,
            problem=f"{where}: {error}",
            origin=where,
            **facts,
        )


def _parse(line: bytes) -> Any:
    try:
        return _decode(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"not UTF-8 (byte {error.start} is 0x{error.object[error.start]:02x}); save the manifest as UTF-8"
        ) from None
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"not JSON ({error}); write one object a line") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode  # json.loads would make one for each line


def _snippet(entry: Any, where: str, fence: Fence) -> Snippet:
    if not isinstance(entry, dict):
        raise CorpusError(f"{reprlib.repr(entry)} is no object with audio_filepath and text")
    others = _others(entry)
    needed = ("audio_filepath",) if entry.get("references") else ("audio_filepath", "text")
    missing = [key for key in needed if key not in entry]
    if missing:
        raise CorpusError(f"{' and '.join(missing)} missing; add what the file is called and what is said in it")
    for key in (key for key in ("audio_filepath", "text") if key in entry):
        if not isinstance(entry[key], str):
            raise CorpusError(f"{key} is {reprlib.repr(entry[key])}; it should be a string")
    if not entry["audio_filepath"]:
        raise CorpusError("audio_filepath is empty; name the file")
    if "://" in entry["audio_filepath"]:
        raise CorpusError(f"{reprlib.repr(entry['audio_filepath'])} is an address; download it, and name the file")
    given = entry.get("id")
    if given is not None and _own_id(entry) is None:
        raise CorpusError(f"id is {reprlib.repr(given)}; it should be a short string of printable characters")
    path = fence.inside(entry["audio_filepath"])
    text = entry.get("text", others.pop(VERBATIM, None))
    return Snippet(_own_id(entry) or "", path, text, origin=where, others=others, **checked_facts(entry))


def _others(entry: dict[str, Any]) -> dict[str, str]:
    """Further references by their fields: those in the table `references`, and texts under other names."""
    given = entry.get("references", {})
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise CorpusError(f"references is {reprlib.repr(given)}; it should be a table of texts")
    named = {key: text for key, text in entry.items() if isinstance(text, str) and key not in _NOT_TEXTS}
    return {key: text for key, text in {**named, **given}.items() if FIELD.fullmatch(key)}


def _own_id(entry: Any) -> str | None:
    """Return the id that a line gives itself, if it is one."""
    given = entry.get("id") if isinstance(entry, dict) else None
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        return None
    text = str(given)
    return text if text.strip() and text.isprintable() and len(text) <= MAX_ID else None
