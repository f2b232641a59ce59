"""Scoring against jiwer called directly for the same figures: word and character counts of each pair, and raw words."""

from __future__ import annotations

import time

from jiwer import process_characters, process_words

from tests.benchmarks.material import counted, pairs

COUNT = 20_000
REPEATS = 3


def main() -> None:
    """Print seconds of both, the best of three interleaved repeats each, and their ratio."""
    texts = pairs(COUNT)
    ours, theirs = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for reference, heard in texts:
            process_words(reference, heard)
            process_characters(reference, heard)
            process_words(reference, heard)
        middle = time.perf_counter()
        for reference, heard in texts:
            counted(reference, heard)
        theirs.append(middle - start)
        ours.append(time.perf_counter() - middle)
    ratio = min(ours) / min(theirs)
    print(f"scoring {COUNT:,} pairs: jiwer {min(theirs):.2f} s, ours {min(ours):.2f} s, ratio {ratio:.3f}")
