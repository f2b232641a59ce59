"""Metrics, one file each, the normalisers, and totals. Others' metrics need no more than the names here."""

from pytest_asrbench.metrics.metric import AUDIO, BESIDE, REFERENCE, SECONDS, Context, Metric
from pytest_asrbench.records import Counts

__all__ = ["AUDIO", "BESIDE", "REFERENCE", "SECONDS", "Context", "Counts", "Metric"]
