"""What snippets are called. Ids become file names, node ids and table cells, and runs are compared by them.

In a folder, the id is the path without its ending. In a manifest, where a line gives none of its own, it is the first
of these that no other line has: the file's name without its ending; its path without its ending (with it, if lines
differ in nothing else); that and the offset of the part; that and where the part ends. Lines that would share a name
all go on to the next one, so that ids do not depend on the order of lines.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pytest_asrbench.corpus.recording import EncodedRecording
from pytest_asrbench.corpus.snippet import Snippet


def stem(snippet: Snippet) -> str:
    """Return the first name that a snippet without an id may have: its file's, without the ending."""
    return printable(_recording(snippet).path.stem)


def derived(own: list[str], stems: Sequence[str | None], stored: Callable[[int], Snippet], folder: Path) -> list[str]:
    """Return the ids of a manifest's snippets: `own`, completed.

    own: the id that each gives itself ("": none). stems: then its `stem`. stored: the snippet of a number. folder: the
    manifest's.
    """
    counts = Counter(name for name in stems if name is not None)
    taken = {name for name in own if name}
    waiting = []
    for number, name in enumerate(stems):
        if name is not None and counts[name] == 1 and name not in taken:
            own[number] = name
        elif name is not None:
            waiting.append(number)
    if waiting:
        taken.update(own)
        for number, name in _told_apart({number: _part(stored(number)) for number in waiting}, taken, folder).items():
            own[number] = name
    return own


class _Part(NamedTuple):
    """A part of a file. duration: only where there is an offset."""

    path: Path
    offset: float | None
    duration: float | None


def _told_apart(parts: Mapping[int, _Part], taken: set[str], folder: Path) -> dict[int, str]:
    """Return ids of snippets, by number, that share their files' names with others."""
    first: dict[_Part, int] = {}  # where each part of a file stands; one that comes again is no other
    same = {number: first.setdefault(part, number) for number, part in parts.items()}
    waiting = list(first.values())
    chosen: dict[int, str] = {}

    def choose(name: Callable[[_Part], str]) -> None:
        names = {number: name(parts[number]) for number in waiting}
        counts = Counter(names.values())
        free = {number: name for number, name in names.items() if counts[name] == 1 and name not in taken}
        chosen.update(free)
        taken.update(free.values())
        waiting[:] = [number for number in waiting if number not in free]

    choose(lambda part: printable(part.path.stem))
    paths = _paths({parts[number].path for number in waiting}, folder)
    choose(lambda part: paths[part.path])
    choose(lambda part: paths[part.path] + _begin(part))
    choose(lambda part: paths[part.path] + _begin(part) + _end(part))
    for number in waiting:
        part = parts[number]
        chosen[number] = paths[part.path] + _begin(part) + _end(part)
    return {number: chosen[one] for number, one in same.items()}


def unique(given: Sequence[str]) -> tuple[list[str], dict[int, int]]:
    """Return `given` with another id where one is taken, and which of the others each such copy shared its id with."""
    if len(set(given)) == len(given):
        return list(given), {}
    known, found = set(given), list(given)
    seen: dict[str, int] = {}
    copies: dict[str, int] = {}
    copied: dict[int, int] = {}
    for number, name in enumerate(given):
        if (first := seen.setdefault(name, number)) == number:
            continue
        count = copies.get(name, 1) + 1
        while (new := f"{name}#{count}") in known:
            count += 1
        copies[name] = count
        found[number], copied[number] = new, first
    return found, copied


def place(snippet: Snippet) -> str:
    """Return where a snippet is defined, for messages."""
    return snippet.origin or str(snippet.audio)


def copy(snippet: Snippet, first: str, taken_by: str) -> Snippet:
    """Return `snippet` with a problem that says that its id, `first`, belongs to the one at the place `taken_by`."""
    problem = snippet.problem or (
        f"{place(snippet)}: the id {first!r} belongs to {taken_by} "
        f"already; {'give one of them an id of its own' if snippet.origin else 'rename one of them'}"
    )
    return replace(snippet, problem=problem)


def printable(name: str) -> str:
    """Return `name` with escapes in place of what cannot be shown, as in file names that are no UTF-8."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def _part(snippet: Snippet) -> _Part:
    one = _recording(snippet)
    return _Part(one.path, one.offset, None if one.offset is None else one.duration)


def _recording(snippet: Snippet) -> EncodedRecording:
    assert isinstance(snippet.recording, EncodedRecording), "a snippet whose recording has no path needs an id"
    return snippet.recording


def _paths(files: Collection[Path], folder: Path) -> dict[Path, str]:
    """Return each file's path below `folder`, or below the folder that those outside have in common.

    The ending is part of it where files differ in nothing else.
    """
    relative = {file: Path(os.path.relpath(file, folder)) for file in files}
    outside = [str(file) for file, path in relative.items() if path.parts[:1] == ("..",)]
    if outside:
        common = Path(os.path.commonpath([os.path.abspath(Path(file).parent) for file in outside]))  # noqa: PTH100
        relative |= {file: Path(os.path.relpath(file, common)) for file, path in relative.items() if ".." in path.parts}
    endings: dict[Path, set[str]] = {}
    for path in relative.values():
        endings.setdefault(path.with_suffix(""), set()).add(path.suffix)
    return {
        file: printable((path if len(endings[path.with_suffix("")]) > 1 else path.with_suffix("")).as_posix())
        for file, path in relative.items()
    }


def _begin(part: _Part) -> str:
    return "" if part.offset is None else f"#{_seconds(part.offset)}"


def _end(part: _Part) -> str:
    if part.offset is None or part.duration is None:
        return ""
    return f"-{_seconds(part.offset + part.duration)}"


def _seconds(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
