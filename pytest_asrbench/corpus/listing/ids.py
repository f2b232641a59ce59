"""What snippets are called. Ids become file names, node ids and table cells, and runs are compared by them.

In a folder, the id is the path without its ending. In a manifest, where a line gives none of its own, it is the first
of these that no other line has: the file's name without its ending; its path without its ending (with it, if lines
differ in nothing else); that and the offset of the part; that and where the part ends. Lines that would share a name
all go on to the next one, so that ids do not depend on the order of lines.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_asrbench.corpus.snippet import Snippet


def derived(snippets: Sequence[Snippet], folder: Path) -> list[Snippet]:
    """Return `snippets`, those without an id with one that comes from path and part; `folder` is the manifest's."""
    taken = {one.id for one in snippets if one.id}
    first: dict[tuple[object, ...], int] = {}  # where each part of a file stands; one that comes again is no other
    same = [first.setdefault(_part(one), number) for number, one in enumerate(snippets) if not one.id]
    waiting = list(first.values())
    chosen: dict[int, str] = {}

    def choose(name: Callable[[int], str]) -> None:
        names = {number: name(number) for number in waiting}
        counts = Counter(names.values())
        free = {number: name for number, name in names.items() if counts[name] == 1 and name not in taken}
        chosen.update(free)
        taken.update(free.values())
        waiting[:] = [number for number in waiting if number not in free]

    choose(lambda number: printable(_file(snippets[number]).stem))
    paths = _paths({number: _file(snippets[number]) for number in waiting}, folder)
    choose(lambda number: paths[number])
    choose(lambda number: paths[number] + _begin(snippets[number]))
    choose(lambda number: paths[number] + _begin(snippets[number]) + _end(snippets[number]))
    chosen.update((number, paths[number] + _begin(snippets[number]) + _end(snippets[number])) for number in waiting)
    ids = (chosen[number] for number in same)
    return [one if one.id else replace(one, id=next(ids)) for one in snippets]


def unique(snippets: Iterable[Snippet]) -> Iterator[Snippet]:
    """Give a snippet whose id is taken another one, and a problem that says so."""
    snippets = list(snippets)
    given = {snippet.id for snippet in snippets}
    seen: dict[str, Snippet] = {}
    copies: dict[str, int] = {}
    for snippet in snippets:
        first = seen.setdefault(snippet.id, snippet)
        if first is snippet:
            yield snippet
            continue
        number = copies.get(snippet.id, 1) + 1
        while (new_id := f"{snippet.id}#{number}") in given:
            number += 1
        copies[snippet.id] = number
        problem = snippet.problem or (
            f"{snippet.origin or snippet.audio}: the id {snippet.id!r} belongs to {first.origin or first.audio} "
            f"already; {'give one of them an id of its own' if snippet.origin else 'rename one of them'}"
        )
        yield replace(snippet, id=new_id, problem=problem)


def printable(name: str) -> str:
    """Return `name` with escapes in place of what cannot be shown, as in file names that are no UTF-8."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def _part(snippet: Snippet) -> tuple[object, ...]:
    return snippet.audio, snippet.offset, None if snippet.offset is None else snippet.duration


def _file(snippet: Snippet) -> Path:
    assert snippet.audio is not None  # what gives its line no id has a file
    return snippet.audio


def _paths(files: dict[int, Path], folder: Path) -> dict[int, str]:
    """Return each file's path below `folder`, or below the folder that those outside have in common.

    The ending is part of it where files differ in nothing else.
    """
    relative = {number: Path(os.path.relpath(file, folder)) for number, file in files.items()}
    outside = [str(files[number]) for number, path in relative.items() if path.parts[:1] == ("..",)]
    if outside:
        common = Path(os.path.commonpath([os.path.abspath(Path(file).parent) for file in outside]))  # noqa: PTH100
        relative |= {n: Path(os.path.relpath(files[n], common)) for n, path in relative.items() if ".." in path.parts}
    endings: dict[Path, set[str]] = {}
    for path in relative.values():
        endings.setdefault(path.with_suffix(""), set()).add(path.suffix)
    return {
        number: printable((path if len(endings[path.with_suffix("")]) > 1 else path.with_suffix("")).as_posix())
        for number, path in relative.items()
    }


def _begin(snippet: Snippet) -> str:
    return "" if snippet.offset is None else f"#{_seconds(snippet.offset)}"


def _end(snippet: Snippet) -> str:
    if snippet.offset is None or snippet.duration is None:
        return ""
    return f"-{_seconds(snippet.offset + snippet.duration)}"


def _seconds(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
