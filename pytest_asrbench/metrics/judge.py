"""From the texts of a case to its score: language settled, both texts normalised by the same rules, errors counted."""

from __future__ import annotations

from pytest_asrbench.errors import CorpusError, UsageError
from pytest_asrbench.metrics.normalizers import Normalizer, scripts, spoken
from pytest_asrbench.metrics.normalizers.spoken import Spoken
from pytest_asrbench.metrics.wer import score_normalized
from pytest_asrbench.records import Outcome
from pytest_asrbench.support.languages import Told


class Judge:
    """One case's way to its score; notes in `outcome` what it finds out about the language and the reference."""

    def __init__(self, outcome: Outcome, told: Told, normalizer: Normalizer) -> None:
        self._outcome = outcome
        self._told = told
        self._normalizer = normalizer
        self._spoken = spoken.before(told, outcome.reference or "")
        outcome.language_told = told.asked
        self._note(self._spoken)
        self._reference = self._normalized_reference()
        outcome.reference_words = len(self._reference.split())
        outcome.reference_characters = len(scripts.together(self._reference))

    def score(self) -> None:
        """Count the errors of the transcript that the outcome holds; raises UsageError for one that is too long."""
        outcome, before = self._outcome, self._spoken
        transcript, heard = outcome.transcript or "", outcome.transcript_details.get("language")
        self._spoken = spoken.after(before, self._told, heard, outcome.reference or "", transcript)
        self._note(self._spoken)
        if self._spoken.rules != before.rules:
            self._reference = self._normalized_reference()
        normalized = self._normalizer.apply(transcript, self._spoken.rules)
        outcome.score = score_normalized(self._reference, normalized, outcome.reference or "", transcript)

    def _note(self, found: Spoken) -> None:
        self._outcome.language, self._outcome.language_source = found.language, found.source
        self._outcome.remarks += found.remarks

    def _normalized_reference(self) -> str:
        try:
            return self._normalizer.apply(self._outcome.reference or "", self._spoken.rules)
        except UsageError as error:  # no fault of the model's
            raise CorpusError(f"the reference of {self._outcome.snippet}: {error}") from error
