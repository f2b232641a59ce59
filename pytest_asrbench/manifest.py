"""JSONL manifests with NeMo's keys: one object a line, `audio_filepath` and `text` at least.

A line that cannot be used becomes a snippet with a problem that names file and line; the others stay usable.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from pytest_asrbench.errors import CorpusError
from pytest_asrbench.snippet import Snippet, checked_facts

MAX_ID = 200  # characters; ids become file names, node ids and table cells


def read(path: Path, allowed: Sequence[Path] = ()) -> list[Snippet]:
    """Return the snippets of the manifest `path`, in its order.

    Audio lies below the manifest's folder or one of `allowed`. Raises CorpusError if nothing can be made of the file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path} cannot be read ({error.strerror}): put the manifest there") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CorpusError(f"{path} is UTF-16. Convert it: iconv -f UTF-16 -t UTF-8")
    snippets = list(_lines(path, content, Fence(path.parent, allowed)))
    if not snippets:
        raise CorpusError(f'{path} lists no snippets: write one {{"audio_filepath": ..., "text": ...}} a line')
    return snippets


class Fence:
    """Folders that the paths of a corpus must not leave."""

    def __init__(self, folder: Path, allowed: Sequence[Path] = ()) -> None:
        self.folder = folder
        self._roots = tuple(root.resolve() for root in (folder, *allowed))
        self._judged: dict[Path, bool] = {}

    def inside(self, name: str) -> Path:
        """Return `name` as a path below the folder; raises CorpusError if it leads elsewhere, by links too."""
        path = self.folder / name
        try:
            inside = self._encloses(path)
        except (OSError, ValueError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise CorpusError(f"{reprlib.repr(name)} is no usable path ({reason}); correct it") from None
        if not inside:
            raise CorpusError(
                f"{reprlib.repr(name)} points outside {self.folder}: move the file below it, or allow its folder with "
                "the ini option asr_audio_roots"
            )
        return path

    def _encloses(self, path: Path) -> bool:
        if "\0" in str(path):
            raise ValueError("it holds a NUL character")
        if path.name in ("", "..") or path.is_symlink():
            return self._is_below_root(path.resolve())
        # Following every link of every path would be the costliest part of listing; folders are few.
        parent = path.parent
        inside = self._judged.get(parent)
        if inside is None:
            inside = self._judged[parent] = self._is_below_root(parent.resolve())
        return inside

    def _is_below_root(self, real: Path) -> bool:
        return any(real.is_relative_to(root) for root in self._roots)


def _lines(path: Path, content: bytes, fence: Fence) -> Iterator[Snippet]:
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        entry: Any = None
        try:
            entry = _parse(line)
            yield _snippet(entry, where, fence)
        except CorpusError as error:
            yield Snippet(_own_id(entry) or f"line-{number}", problem=f"{where}: {error}", origin=where)


def _parse(line: bytes) -> dict[str, Any]:
    try:
        entry = _decode(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"not UTF-8 (byte {error.start} is 0x{error.object[error.start]:02x}); save the manifest as UTF-8"
        ) from None
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"not JSON ({error}); write one object a line") from None
    if not isinstance(entry, dict):
        raise CorpusError(f"{reprlib.repr(entry)} is no object with audio_filepath and text")
    return entry


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode  # json.loads would make one for each line


def _snippet(entry: dict[str, Any], where: str, fence: Fence) -> Snippet:
    missing = [key for key in ("audio_filepath", "text") if key not in entry]
    if missing:
        raise CorpusError(f"{' and '.join(missing)} missing; add what the file is called and what is said in it")
    for key in ("audio_filepath", "text"):
        if not isinstance(entry[key], str):
            raise CorpusError(f"{key} is {reprlib.repr(entry[key])}; it should be a string")
    if not entry["audio_filepath"]:
        raise CorpusError("audio_filepath is empty; name the file")
    given = entry.get("id")
    if given is not None and _own_id(entry) is None:
        raise CorpusError(f"id is {reprlib.repr(given)}; it should be a short string of printable characters")
    path = fence.inside(entry["audio_filepath"])
    id_ = _own_id(entry) or printable(path.stem)
    return Snippet(id_, path, entry["text"], origin=where, **checked_facts(entry))


def _own_id(entry: Any) -> str | None:
    """Return the id that a line gives itself, if it is one."""
    given = entry.get("id") if isinstance(entry, dict) else None
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        return None
    text = str(given)
    return text if text.strip() and text.isprintable() and len(text) <= MAX_ID else None


def printable(name: str) -> str:
    """Return `name` with escapes in place of what cannot be shown, as in file names that are no UTF-8."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)
