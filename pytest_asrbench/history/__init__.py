"""The past: the journal of the run under way, and earlier runs as baselines."""

from pytest_asrbench.history.baseline import NEW, Baseline, Comparison, Entry, extra_info
from pytest_asrbench.history.journal import JOURNAL, Journal, read_journal

__all__ = ["JOURNAL", "NEW", "Baseline", "Comparison", "Entry", "Journal", "extra_info", "read_journal"]
