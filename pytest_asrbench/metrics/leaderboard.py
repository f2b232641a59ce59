"""The word error rate of the Open ASR Leaderboard: kaldialign's, in which words may be written together or apart.

It is counted where the normaliser is the leaderboard's, and is then the rate to look at first. Against the plain WER of
the same texts, "white paper" for "whitepaper" is no error.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.records import Counts

NORMALIZER = "leaderboard"


class Leaderboard(Metric):
    """Word error rate by kaldialign, with compounds merged."""

    name = "leaderboard"
    title = "Leaderboard WER"
    order = 15
    shown = False  # a column of its own would be empty for everyone else
    whole = True
    meaning = "wrong words / reference words by kaldialign; words written together or apart are no error"
    absent = "its texts were not normalised as the leaderboard does: --asr-normalizer=leaderboard"
    legend = "Leaderboard WER: as the Open ASR Leaderboard counts, by kaldialign with compounds merged."

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count the word errors of an answer."""
        if context.normalizer != NORMALIZER:
            return None
        from kaldialign import edit_distance

        said, heard = context.texts(references, hypothesis)
        found = edit_distance(said.split(), heard.split(), merge_compounds=True)
        return Counts(found["total"], found["ref_len"])

    def leads(self, counts: Counts) -> bool:
        """Whether there is anything: who asks for these rules wants this figure."""
        return counts.total > 0
