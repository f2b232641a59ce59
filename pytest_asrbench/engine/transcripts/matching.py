"""Which answer is of which clip: by the clip's id or path, or else by what should have been said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import PurePosixPath

from pytest_asrbench.corpus.audio import SUFFIXES
from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.engine.transcripts.rows import Row
from pytest_asrbench.errors import CorpusError
from pytest_asrbench.records import Case

Parts = tuple[str, ...]
Clip = tuple[str, str]  # corpus, snippet


@dataclass(frozen=True, slots=True)
class Matched:
    """The answers to each clip, several where a file has them; unknown: those of no clip of these corpora."""

    rows: Mapping[Clip, Sequence[Row]] = field(default_factory=dict)
    unknown: Sequence[Row] = ()

    def of(self, case: Case) -> list[Row]:
        """The answers to a case: those of its task, or of none that the file tells."""
        return [row for row in self.rows.get((case.corpus, case.snippet), ()) if row.task in ("", case.task)]


def match(rows: Sequence[Row], corpora: Iterable[Corpus], normalize: Callable[[str], str]) -> Matched:
    """Find the clip of each row.

    A row belongs to the clip whose id or path ends as its own name does, to the nearest if there are several. Rows
    whose names fit none, as those that count samples, and that tell the reference, go by that, in order.
    """
    named = _Named(rows)
    listed = [(corpus, snippet) for corpus in corpora for snippet in corpus.snippets]
    found = {(corpus.name, snippet.id): named.of(corpus.name, snippet) for corpus, snippet in listed}
    used = {id(row) for some in found.values() for row in some}
    left = [row for row in rows if id(row) not in used]
    if any(row.reference for row in left):
        open_ = [(corpus, snippet) for corpus, snippet in listed if not found[corpus.name, snippet.id]]
        told = _by_reference(left, open_, normalize)
        found |= {clip: [row] for clip, row in told.items()}
        used |= {id(row) for row in told.values()}
    return Matched({clip: some for clip, some in found.items() if some}, [row for row in rows if id(row) not in used])


class _Named:
    """Rows by the last part of their names."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_last: dict[str, list[tuple[Parts, Row]]] = {}
        for row in rows:
            parts = _parts(row.clip)
            self._by_last.setdefault(parts[-1], []).append((parts, row))

    def of(self, corpus: str, snippet: Snippet) -> list[Row]:
        """The rows that are nearest to a clip, by how many parts of its names they share."""
        names = [_parts(snippet.id), *([_parts(str(snippet.audio))] if snippet.audio is not None else [])]
        shared: dict[int, list[Row]] = {}
        for last in dict.fromkeys(name[-1] for name in names):
            for parts, row in self._by_last.get(last, ()):
                common = [_common(parts, name) for name in names]
                whole = any(size == min(len(parts), len(name)) for size, name in zip(common, names, strict=True))
                if whole and row.corpus in ("", corpus):
                    shared.setdefault(max(common), []).append(row)
        return shared[max(shared)] if shared else []


def _parts(name: str) -> Parts:
    """The parts of an id or path, without the ending of a recording."""
    path = PurePosixPath(name.strip().replace("\\", "/"))
    path = path.with_suffix("") if path.suffix.lower() in SUFFIXES else path
    return tuple(part for part in path.parts if part != ".") or (name,)


def _common(a: Parts, b: Parts) -> int:
    """How many parts at their ends are the same."""
    pairs = zip(reversed(a), reversed(b), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _by_reference(
    rows: Iterable[Row], clips: Iterable[tuple[Corpus, Snippet]], normalize: Callable[[str], str]
) -> dict[Clip, Row]:
    """The rows of clips that should have been answered alike; of several alike the first goes with the first."""
    waiting: dict[str, list[Row]] = {}
    for row in rows:
        if row.reference:
            waiting.setdefault(normalize(row.reference), []).append(row)
    found = {}
    for corpus, snippet in clips:
        try:
            same = waiting.get(normalize(snippet.reference()))
        except CorpusError:
            continue
        if same:
            found[corpus.name, snippet.id] = same.pop(0)
    return found
