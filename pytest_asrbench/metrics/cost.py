"""Cost: what the answers of a service cost / minutes of audio, where the model's entry names its prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pytest_asrbench.metrics.metric import AUDIO, SECONDS, TOLD, Context, Metric
from pytest_asrbench.records import Counts

COST = "cost"  # in the details of an answer, in the currency of the entry's prices


class Cost(Metric):
    """Money per minute of audio, by the prices that the record of the model has."""

    name = "cost"
    title = "Cost"
    unit = "/min"
    needs = frozenset({f"{TOLD}{COST}", AUDIO, SECONDS})  # of a call that was made: it stands beside any task's metrics
    order = 25
    narrow = False
    loses = False
    meaning = "price of the answers, in the currency of the model's entry / minutes of audio"
    absent = "no price is named, or the service did not count the tokens that have one"
    fields: ClassVar[Mapping[str, str]] = {"errors": "cost_total", "total": "cost_minutes"}

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count the money and the minutes."""
        price = context.details[COST]
        return Counts(price, (context.audio_seconds or 0.0) / 60) if isinstance(price, (int, float)) else None

    def detail(self, counts: Counts, lost: Counts) -> tuple[str, str]:
        """What all answers cost together."""
        spent = f"{counts.errors:,.2f}" if counts.errors >= 1 else f"{counts.errors:.3g}"
        return "Spent", spent if counts.total else "-"
