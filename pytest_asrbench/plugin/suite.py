"""The plugin's own cases: every model on every snippet, then every model's totals on every corpus.

They run when models are asked for and no test files are named. A project's own tests get `check` as the fixture
asr_check, which here would cost each case more than the check itself.
"""

from __future__ import annotations

from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.plugin.fixtures import AbCheck
from pytest_asrbench.plugin.gates import check
from pytest_asrbench.records import Outcome


def test_snippet(asr_outcome: Outcome) -> None:
    """The model transcribes the snippet, within the limits of a snippet."""
    check(asr_outcome)


def test_corpus(asr_totals: Totals) -> None:
    """The model's totals keep within the limits, and within the tolerances against the baseline."""
    check(asr_totals)


def test_ab(asr_ab: AbCheck) -> None:
    """Of the two models of --asr-ab the second is not slower than the first by more than is accepted."""
    asr_ab()
