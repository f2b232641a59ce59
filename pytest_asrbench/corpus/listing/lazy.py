"""A corpus's snippets as a list that is small: a million need no million objects before the first is measured."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import overload

from pytest_asrbench.corpus.listing import ids
from pytest_asrbench.corpus.snippet import Snippet

_BLOCK = 128  # snippets that are packed together


class Listing(Sequence[Snippet]):
    """Snippets in order. Their ids stand as text; the rest is packed, and unpacked when a snippet is asked for."""

    def __init__(self, snippets: Iterable[Snippet] = (), folder: Path | None = None) -> None:
        """Take all of `snippets`, one at a time. Those without an id get one (see `ids`), by paths below `folder`."""
        self._blocks: list[bytes] = []
        self._kept: tuple[int, list[Snippet]] = (-1, [])  # the block that was unpacked last
        own: list[str] = []
        stems: list[str | None] = []
        for block in _blocks(snippets):
            own += [one.id for one in block]
            stems += [None if one.id else ids.stem(one) for one in block]
            self._blocks.append(zlib.compress(pickle.dumps(block, pickle.HIGHEST_PROTOCOL), 1))
        self.ids, self._copies = ids.unique(ids.derived(own, stems, self._stored, folder or Path()))
        self._places = {number: ids.place(self._stored(number)) for number in sorted({*self._copies.values()})}

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, position: int) -> Snippet: ...

    @overload
    def __getitem__(self, position: slice) -> list[Snippet]: ...

    def __getitem__(self, position: int | slice) -> Snippet | list[Snippet]:
        if isinstance(position, slice):
            return [self[number] for number in range(*position.indices(len(self)))]
        number = range(len(self.ids))[position]
        snippet = self._stored(number)
        if number in self._copies:
            first = self._copies[number]
            snippet = ids.copy(snippet, self.ids[first], self._places[first])
        return snippet if snippet.id == self.ids[number] else replace(snippet, id=self.ids[number])

    def has(self, name: str) -> bool:
        """Whether there is a snippet of this id."""
        return name in self._numbers

    def find(self, name: str) -> Snippet | None:
        """The snippet of this id."""
        number = self._numbers.get(name)
        return None if number is None else self[number]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.ids)}

    def _stored(self, number: int) -> Snippet:
        """A snippet as it was taken in."""
        block = number // _BLOCK
        if self._kept[0] != block:
            self._kept = block, pickle.loads(zlib.decompress(self._blocks[block]))
        return self._kept[1][number % _BLOCK]


def _blocks(snippets: Iterable[Snippet]) -> Iterator[list[Snippet]]:
    block = []
    for snippet in snippets:
        block.append(snippet)
        if len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block
