"""Where in the reference a system's errors are: its word alignments as flat arrays over a whole corpus.

Each snippet has one slot for each reference word, and one for its end. A slot counts the words inserted before it, and
tells whether its word is wrong (substituted or deleted).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Alignments:
    """Alignments of one system: `words` per snippet; `wrong` (0 or 1) and `inserted` per slot, words + 1 a snippet."""

    words: Integers
    wrong: Integers
    inserted: Integers

    @property
    def starts(self) -> Integers:
        """The first slot of each snippet."""
        return np.cumsum(self.words + 1) - self.words - 1

    @property
    def totals(self) -> Integers:
        """What the errors of each snippet are out of: its words."""
        return self.words

    @property
    def errors(self) -> Integers:
        """Errors of each snippet."""
        slots = self.wrong + self.inserted
        return np.add.reduceat(slots, self.starts) if len(slots) else slots


def align(references: Sequence[str], transcripts: Sequence[str]) -> Alignments:
    """Align texts, normalised, with words between blanks: RapidFuzz's alignment, the one that jiwer shows and counts.

    A failed snippet is one whose transcript is empty. Raises ValueError if there are more of one than of the other.
    """
    from rapidfuzz.distance import Levenshtein

    words: list[int] = []
    wrong: list[int] = []
    inserted: list[int] = []
    start = 0
    for reference, transcript in zip(references, transcripts, strict=True):
        said = reference.split()
        for edit in Levenshtein.editops(said, transcript.split()):
            (inserted if edit.tag == "insert" else wrong).append(start + edit.src_pos)
        words.append(len(said))
        start += len(said) + 1
    return Alignments(np.array(words, dtype=np.int64), _counts(wrong, start), _counts(inserted, start))


def from_operations(snippets: Iterable[str]) -> Alignments:
    """Alignments that another program made, one letter a word: C right, S substituted, D deleted, I inserted.

    Raises ValueError on any other letter.
    """
    rows = list(snippets)
    if strange := set(chain.from_iterable(rows)) - set("CSDI"):
        raise ValueError(f"unknown operations: {', '.join(sorted(strange))}")
    words, wrong, inserted, slot = [], [], [], 0
    for row in rows:
        for operation in row:
            if operation == "I":
                inserted.append(slot)
                continue
            if operation != "C":
                wrong.append(slot)
            slot += 1
        words.append(len(row) - row.count("I"))
        slot += 1
    return Alignments(np.array(words, dtype=np.int64), _counts(wrong, slot), _counts(inserted, slot))


def _counts(slots: Sequence[int], total: int) -> Integers:
    return np.bincount(np.array(slots, dtype=np.int64), minlength=total).astype(np.int64)
