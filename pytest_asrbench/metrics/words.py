"""How the words of two texts lie beside one another; the alignment is RapidFuzz's, as jiwer's is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jiwer import AlignmentChunk


PARTS = ("hits", "substitutions", "deletions", "insertions")


@dataclass(frozen=True, slots=True)
class Words:
    """Counts of words, of the alignment with the fewest errors."""

    hits: int
    substitutions: int
    deletions: int
    insertions: int

    @property
    def errors(self) -> int:
        """Substitutions + deletions + insertions."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference(self) -> int:
        """Words of the reference."""
        return self.hits + self.substitutions + self.deletions

    @property
    def parts(self) -> dict[str, float]:
        """The counts by name."""
        return {name: getattr(self, name) for name in PARTS}


def counted(flat: Mapping[str, Any]) -> Words | None:
    """The counts in a record that has them by name; None where one is missing."""
    values = {name: flat[name] for name in PARTS if flat.get(name) is not None}
    return Words(**values) if len(values) == len(PARTS) else None


@lru_cache(maxsize=8)  # several metrics count in the same alignment
def aligned(reference: str, transcript: str) -> Words:
    """Count the words of two texts that agree and that do not; words stand between blanks."""
    from rapidfuzz.distance import Levenshtein

    said = reference.split()
    edits = Counter(edit.tag for edit in Levenshtein.editops(said, transcript.split()))
    replaced, deleted = edits["replace"], edits["delete"]
    return Words(len(said) - replaced - deleted, replaced, deleted, edits["insert"])


def diff(reference: str, transcript: str) -> str:
    """Both texts in one line, as wdiff writes it: `the [-cat-] {+hat+} sat`, words that agree unmarked."""
    from jiwer import process_words

    found = process_words(reference, transcript)
    said, heard = found.references[0], found.hypotheses[0]
    return " ".join(part for chunk in found.alignments[0] for part in _marked(chunk, said, heard))


def _marked(chunk: AlignmentChunk, said: Sequence[str], heard: Sequence[str]) -> list[str]:
    before = " ".join(said[chunk.ref_start_idx : chunk.ref_end_idx])
    after = " ".join(heard[chunk.hyp_start_idx : chunk.hyp_end_idx])
    if chunk.type == "equal":
        return [before]
    return [mark for mark in (before and f"[-{before}-]", after and f"{{+{after}+}}") if mark]
