"""Which words are mistaken for which: the most frequent word errors of a model on a corpus."""

from __future__ import annotations

from collections import Counter

from pytest_asrbench.report.analysis.findings import WordError
from pytest_asrbench.report.analysis.systems import System

MAX_EACH = 50  # errors of one kind
KINDS = {"replace": "substitution", "delete": "deletion", "insert": "insertion"}


def word_errors(one: System) -> list[WordError]:
    """The most frequent errors of each kind in the transcripts that were delivered.

    The alignment is the one that the counts come from, RapidFuzz's, which jiwer uses: over all errors, not only the
    most frequent, they add up to the substitutions, deletions and insertions of `totals.Totals`.
    """
    found = count(one)
    return [
        WordError(one.model, one.corpus, kind, said, heard, times)
        for kind in KINDS.values()
        for (_, said, heard), times in sorted(
            (entry for entry in found.items() if entry[0][0] == kind), key=lambda entry: (-entry[1], entry[0])
        )[:MAX_EACH]
    ]


def count(one: System) -> Counter[tuple[str, str, str]]:
    """How often each error was made: kind, the word of the reference ("" if inserted), the word heard ("" if lost)."""
    from rapidfuzz.distance import Levenshtein

    found: Counter[tuple[str, str, str]] = Counter()
    for outcome in one.measured:
        said, heard = (outcome.normalized_reference or "").split(), (outcome.normalized_transcript or "").split()
        for edit in Levenshtein.editops(said, heard):
            lost = said[edit.src_pos] if edit.tag != "insert" else ""
            put = heard[edit.dest_pos] if edit.tag != "delete" else ""
            found[KINDS[edit.tag], lost, put] += 1
    return found
