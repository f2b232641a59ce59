"""Objects of a JSON file: one a line, a list, or several lines each; unpacked where it is compressed.

Lines are read one by one: of a file of a million, one is in memory.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn

from pytest_asrbench.corpus.decoding.content import foreign, require_regular
from pytest_asrbench.corpus.listing import layouts
from pytest_asrbench.errors import CorpusError

MAX_SIZE = 2**30  # bytes, unpacked
ENDINGS = (".jsonl", ".json", ".ndjson", ".gz")
_HEAD = 2**14
_LEAD = b"\xef\xbb\xbf \t\r\n"  # a byte order mark, and blanks
_BLANKS = re.compile(r"\s*")


def entries(path: Path, *, manifest: bool = True) -> Iterator[tuple[str, Any]]:
    """Yield where each entry stands, and what it is: the object, or the CorpusError that says why there is none.

    manifest: it should be one, and a file of another layout is refused. Raises CorpusError for what is no such file.
    """
    with _opened(path) as file:
        head = file.read(_HEAD)
        _check(path, head)
        if manifest:
            _check_manifest(path, head)
        file.seek(0)
        if _may_be_list(head):
            content = file.read(MAX_SIZE + 1)
            _check_size(path, len(content))
            whole = _list(content)
            if whole is not None:
                yield from ((f"{path}, entry {number}", entry) for number, entry in enumerate(whole, 1))
                return
            file.seek(0)
        for number, line in enumerate(_lines(path, file), 1):
            if line.strip():
                try:
                    entry = _parse(line)
                except CorpusError as error:
                    entry = error
                yield f"{path}, line {number}", entry


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked; what goes wrong with it is raised as CorpusError."""
    try:
        require_regular(path)
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            yield gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[misc]  # which reads bytes, too
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorpusError(f"{path} cannot be unpacked ({error}): copy it again") from None
    except OSError as error:
        raise CorpusError(f"{path} cannot be read ({error.strerror}): put the manifest there") from error


def _check(path: Path, head: bytes) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CorpusError(f"{path} is UTF-16. Convert it: iconv -f UTF-16 -t UTF-8")
    if (what := foreign(head)) is not None:
        raise CorpusError(f"{path} is no manifest: {what}")


def _check_manifest(path: Path, head: bytes) -> None:
    if b'"audio_filepath"' not in head:
        layouts.refuse_file(path)
    if path.suffix not in ENDINGS and not head.lstrip(_LEAD).startswith((b"{", b"[")):
        raise CorpusError(
            f"{path} is neither a folder of audio and transcripts nor a manifest, which is a JSON file: "
            'one {"audio_filepath": ..., "text": ...} a line'
        )


def _check_size(path: Path, size: int) -> None:
    if size > MAX_SIZE:
        raise CorpusError(f"{path} holds more than {MAX_SIZE >> 20} MB: cut it into several manifests")


def _lines(path: Path, file: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines, whatever ends them."""
    size = 0
    for part in file:
        size += len(part)
        _check_size(path, size)
        yield from part.splitlines() if b"\r" in part else (part,)


def _may_be_list(head: bytes) -> bool:
    start = head.lstrip(_LEAD)
    return start.startswith(b"[") or re.match(rb"\{\s*(?:\n|$)", start) is not None


def _list(content: bytes) -> list[Any] | None:
    """Read a JSON list, or objects that take several lines each; None for anything else."""
    try:
        text, decoder, found, position = content.lstrip(_LEAD).decode().rstrip(), json.JSONDecoder(), [], 0
        while position < len(text):
            value, end = decoder.raw_decode(text, position)
            found.append(value)
            position = _BLANKS.match(text, end).end()  # type: ignore[union-attr]  # it matches anywhere
    except (ValueError, RecursionError):
        return None
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


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
