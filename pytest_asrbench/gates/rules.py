"""Rules against a baseline, as they are written: `NAME:SIZE`, `NAME:significant`, `transcripts:changed`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import Metric, timed
from pytest_asrbench.metrics.units import unit

SIGNIFICANT, TRANSCRIPTS, CHANGED = "significant", "transcripts", "changed"


@dataclass(frozen=True, slots=True)
class Rule:
    """How much worse than the baseline a metric may be: by `size`, in its unit's way; None: not significantly so."""

    metric: str
    size: float | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All that a session asks of its figures against the baseline. transcripts: none may have changed."""

    rules: tuple[Rule, ...] = ()
    transcripts: bool = False
    origin: str = "--asr-compare-fail"

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of which anything is asked."""
        return registry.known(rule.metric for rule in self.rules)

    @property
    def slowdown(self) -> float | None:
        """By how much, as a fraction, calls may take longer; None: speed is not judged."""
        timed = {metric.name for metric in self.metrics if metric.by_rounds}
        return next((rule.size for rule in self.rules if rule.metric in timed), None)

    @property
    def tests(self) -> bool:
        """Whether anything is tested for significance."""
        return any(rule.size is None for rule in self.rules)

    @property
    def without_speed(self) -> Rules:
        """What is asked of answers alone."""
        return replace(self, rules=tuple(rule for rule in self.rules if not timed(registry.get(rule.metric))))

    @property
    def any(self) -> bool:
        """Whether anything is asked."""
        return bool(self.rules) or self.transcripts

    def size(self, metric: Metric) -> float | None:
        """By how much a metric may be worse; None: no size was named."""
        return next((one.size for one in self.rules if one.metric == metric.name and one.size is not None), None)

    def significant(self, metric: Metric) -> bool:
        """Whether a metric may not be significantly worse."""
        return Rule(metric.name) in self.rules


def parse(texts: Sequence[str], origin: str = "--asr-compare-fail") -> Rules:
    """Read rules; raises UsageError that begins with `origin`."""
    rules: list[Rule] = []
    transcripts = False
    for text in texts:
        name, _, value = (part.strip() for part in text.partition(":"))
        if (name, value) == (TRANSCRIPTS, CHANGED):
            transcripts = True
        elif (rule := _rule(name, value)) is not None:
            # Of two sizes of one metric the last counts, as with any option.
            rules = [one for one in rules if one.metric != name or (one.size is None) != (rule.size is None)] + [rule]
        else:
            raise UsageError(f"{origin}: {text!r} is not understood; {_advice(text, name)}")
    return Rules(tuple(rules), transcripts, origin)


def _rule(name: str, value: str) -> Rule | None:
    metric = registry.installed().get(name)
    if metric is None:
        return None
    if value == SIGNIFICANT:
        return None if metric.by_rounds else Rule(name)
    size = unit(metric.unit).read_size(value)
    return Rule(name, size) if size is not None else None


def _advice(text: str, name: str) -> str:
    metrics = registry.installed()
    usual = [f"{one}:{SIGNIFICANT}" for one, metric in metrics.items() if not metric.by_rounds]
    close = difflib.get_close_matches(text, [*usual, f"{TRANSCRIPTS}:{CHANGED}"], 1)
    meant = f"did you mean {close[0]}? Else " if close else ""
    own = f"{name}:{unit(metrics[name].unit).size}, " if name in metrics else ""
    return (
        f"{meant}write {own}wer:0.5pp or cer:0.5pp (percentage points), wer:significant, transcripts:changed or "
        f"rtf:10% (metrics are {', '.join(metrics)})"
    )
