"""Error counts of one transcript against its reference; the alignment is jiwer's.

The counts of characters and of raw words come from RapidFuzz, the engine inside jiwer, without the alignments
that nobody would look at.

WER = (substitutions + deletions + insertions) / reference words, and may exceed 1. With an empty reference
(a clip without speech) each word said is an insertion and WER is undefined: None, never 0 or infinity.
MER and WIL as in Morris, Maier and Green (2004), CER like WER on characters, without the blanks beside letters of
scripts that have none; these letters are words. All but `raw_*` are taken on
normalised text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_asrbench.metrics.normalizers import scripts
from pytest_asrbench.metrics.normalizers.profiles import rules_of
from pytest_asrbench.records import Score

if TYPE_CHECKING:
    from jiwer import AlignmentChunk

    from pytest_asrbench.metrics.normalizers import Normalizer


def score(reference: str, transcript: str, normalizer: Normalizer, language: str | None = None) -> Score:
    """Count the errors of `transcript`, normalised and raw; both texts by the rules of the reference's language."""
    rules = rules_of(reference, language)
    return score_normalized(
        normalizer.apply(reference, rules), normalizer.apply(transcript, rules), reference, transcript
    )


def score_normalized(reference: str, transcript: str, raw_reference: str, raw_transcript: str) -> Score:
    """Count errors between two normalised texts (words between single blanks), and between the two raw ones."""
    from jiwer import process_words
    from rapidfuzz.distance import Levenshtein

    characters = scripts.together(reference)
    words = process_words(reference, transcript)
    reference_words = words.hits + words.substitutions + words.deletions
    raw_words = raw_reference.split()
    return Score(
        normalized_reference=reference,
        normalized_transcript=transcript,
        hits=words.hits,
        substitutions=words.substitutions,
        deletions=words.deletions,
        insertions=words.insertions,
        reference_words=reference_words,
        character_errors=Levenshtein.distance(characters, scripts.together(transcript)),
        reference_characters=len(characters),
        raw_errors=Levenshtein.distance(raw_words, raw_transcript.split()),
        raw_reference_words=len(raw_words),
        mer=float(words.mer) if reference_words else None,
        wil=float(words.wil) if reference_words else None,
        unspaced=scripts.is_unspaced(reference),
    )


def diff(reference: str, transcript: str) -> str:
    """Both texts in one line, as wdiff writes it: `the [-cat-] {+hat+} sat`, words that agree unmarked."""
    from jiwer import process_words

    aligned = process_words(reference, transcript)
    said, heard = aligned.references[0], aligned.hypotheses[0]
    return " ".join(part for chunk in aligned.alignments[0] for part in _marked(chunk, said, heard))


def _marked(chunk: AlignmentChunk, said: Sequence[str], heard: Sequence[str]) -> list[str]:
    before = " ".join(said[chunk.ref_start_idx : chunk.ref_end_idx])
    after = " ".join(heard[chunk.hyp_start_idx : chunk.hyp_end_idx])
    if chunk.type == "equal":
        return [before]
    return [mark for mark in (before and f"[-{before}-]", after and f"{{+{after}+}}") if mark]
