"""The past: the journal of the run under way, earlier runs as baselines, and all saved runs as series."""

from pytest_asrbench.store.baseline import Baseline
from pytest_asrbench.store.choosing import Baselines
from pytest_asrbench.store.comparison import NEW, Comparison, Paired
from pytest_asrbench.store.entries import Entry, extra_info, saved_info, totals_info
from pytest_asrbench.store.journal import JOURNAL, Journal, read_journal
from pytest_asrbench.store.reading import is_ours

__all__ = [
    "JOURNAL",
    "NEW",
    "Baseline",
    "Baselines",
    "Comparison",
    "Entry",
    "Journal",
    "Paired",
    "extra_info",
    "is_ours",
    "read_journal",
    "saved_info",
    "totals_info",
]
