"""From the texts of a case to its scores: language settled, texts normalised by the same rules, metrics counting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from pytest_asrbench.errors import AsrBenchError, CorpusError, UsageError
from pytest_asrbench.metrics.metric import BESIDE, COMMON, TOLD, Context, Metric, timed
from pytest_asrbench.metrics.normalizers import Normalizer, spoken
from pytest_asrbench.metrics.normalizers.spoken import Spoken
from pytest_asrbench.metrics.registry import installed
from pytest_asrbench.records import VERBATIM, WORDS, Counts, Outcome
from pytest_asrbench.support.checks import is_rate
from pytest_asrbench.support.languages import Told

NOTHING: Mapping[str, Any] = {}


class Judge:
    """One case's way to its scores; notes in `outcome` what it finds out about the language and the reference."""

    def __init__(
        self,
        outcome: Outcome,
        told: Told,
        normalizer: Normalizer,
        metrics: tuple[str, ...] = (),
        form: Mapping[str, Any] = NOTHING,
        judge: Mapping[str, Any] = NOTHING,
    ) -> None:
        """metrics: those that the task asks for, () for all; form, judge: as `Context` has them.

        Raises CorpusError for references of which the metrics cannot be counted.
        """
        self._form, self._asked_judge = form, judge
        self._outcome = outcome
        self._told = told
        self._normalizer = normalizer
        self._spoken = spoken.before(told, outcome.reference or "")
        outcome.language_told = told.asked
        self._note(self._spoken)
        self._normalize = normalizing(normalizer, self._spoken.rules)
        context, given = self._context(), references(outcome)
        self._metrics = [one for one in chosen(metrics) if BESIDE not in one.needs or context.has(BESIDE, given)]
        try:
            outcome.normalized_reference = context.normalize(outcome.reference or "")
        except UsageError as error:  # no fault of the model's
            raise CorpusError(f"the reference of {outcome.snippet}: {error}") from error
        outcome.reference_words = len(outcome.normalized_reference.split())
        outcome.metrics = _shared(tuple((metric.name, metric.stamp(context)) for metric in self._metrics))
        for metric in _countable(self._metrics, given, context):
            metric.check(given, context)

    def score(self) -> None:
        """Have all metrics count the transcript that the outcome holds; raises UsageError for one that is too long."""
        outcome, before = self._outcome, self._spoken
        transcript, heard = outcome.transcript or "", outcome.transcript_details.get("language")
        self._spoken = spoken.after(before, self._told, heard, outcome.reference or "", transcript)
        self._note(self._spoken)
        if self._spoken.rules != before.rules:
            self._normalize = normalizing(self._normalizer, self._spoken.rules)
        context = self._context()
        given = references(outcome)
        outcome.normalized_reference, outcome.normalized_transcript = context.texts(given, transcript)
        outcome.scores = measure(self._metrics, given, transcript, context)
        outcome.variant_errors = _errors_of_variants(outcome, context)

    def count_loss(self) -> None:
        """Have all metrics count what it costs that there is no answer; raises UsageError, naming one that fails."""
        self._outcome.lost = lost(self._metrics, references(self._outcome), self._context())

    def _context(self) -> Context:
        return context_of(self._outcome, self._normalize, self._form, self._asked_judge)

    def _note(self, found: Spoken) -> None:
        self._outcome.language, self._outcome.language_source = found.language, found.source
        self._outcome.remarks += found.remarks


@cache
def chosen(names: tuple[str, ...]) -> tuple[Metric, ...]:
    """The metrics of a task: those that it names, beside the words' and what tells of time.

    () for all there are, but those that need a library of their own.
    """
    found, usual = installed().values(), (*names, WORDS)
    return tuple(one for one in found if (not names and not one.module) or one.name in usual or timed(one))


@cache
def _shared(stamps: tuple[tuple[str, int | str], ...]) -> Mapping[str, int | str]:
    """The stamps by the metrics' names, one for all the cases that have the same."""
    return dict(stamps)


def count_rounds(outcome: Outcome, normalizer: Normalizer) -> None:
    """Count anew what depends on the rounds, after further ones: on their seconds, on their answers."""
    metrics = [metric for name, metric in installed().items() if name in outcome.metrics and timed(metric)]
    rules = outcome.language or spoken.before(Told(), outcome.reference or "").rules
    context = context_of(outcome, normalizing(normalizer, rules))
    outcome.scores = {**outcome.scores, **measure(metrics, references(outcome), outcome.transcript or "", context)}
    outcome.variant_errors = _errors_of_variants(outcome, context)


def _errors_of_variants(outcome: Outcome, context: Context) -> tuple[float, ...]:
    """The word errors of the answer in each round, where they differ."""
    words = installed()[WORDS]
    counted = (words.measure(references(outcome), text, context) for text in outcome.variants)
    return tuple(counts.errors for counts in counted if counts is not None)


def references(outcome: Outcome) -> Mapping[str, str]:
    """The references of a case by field."""
    return {**outcome.other_references, outcome.reference_field: outcome.reference or ""}


@cache
def fields(reference: str, metrics: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The fields of references that a task's metrics count by: its own first, then what else they need."""
    needs = {need for metric in chosen(metrics) for need in metric.needs - COMMON if not need.startswith(TOLD)}
    return tuple(dict.fromkeys((reference, *sorted(VERBATIM if need == BESIDE else need for need in needs))))


def normalizing(normalizer: Normalizer, rules: str) -> Callable[[str], str]:
    """The normaliser by the rules of one language; a text that comes again is normalised once."""
    known: dict[str, str] = {}  # `functools.cache` takes longer to make than a short text, and each case has its own

    def normalize(text: str) -> str:
        if text not in known:
            known[text] = normalizer.apply(text, rules)
        return known[text]

    return normalize


def context_of(
    outcome: Outcome,
    normalize: Callable[[str], str],
    form: Mapping[str, Any] = NOTHING,
    judge: Mapping[str, Any] = NOTHING,
) -> Context:
    """What metrics may know of a case; form, judge: as `Context` has them."""
    return Context(
        normalize,
        outcome.language,
        outcome.time,
        outcome.audio_seconds,
        outcome.reference_field,
        normalizer=outcome.normalizer.partition("-")[0],
        details=outcome.transcript_details,
        tags=outcome.tags,
        form=form,
        judge=judge,
    )


def measure(
    metrics: Iterable[Metric], references: Mapping[str, str], hypothesis: str, context: Context
) -> dict[str, Counts]:
    """What each metric that has all it needs counts in an answer. Raises UsageError, naming one that fails."""
    return _counted(metrics, references, context, lambda metric: metric.measure(references, hypothesis, context))


def lost(metrics: Iterable[Metric], references: Mapping[str, str], context: Context) -> dict[str, Counts]:
    """What the lack of an answer costs."""
    return _counted(metrics, references, context, lambda metric: metric.lost(references, context))


def _counted(
    metrics: Iterable[Metric],
    references: Mapping[str, str],
    context: Context,
    count: Callable[[Metric], Counts | None],
) -> dict[str, Counts]:
    found = {}
    for metric in _countable(metrics, references, context):
        counts = _checked(metric, count)
        if counts is not None:
            found[metric.name] = counts
    return found


def _countable(metrics: Iterable[Metric], references: Mapping[str, str], context: Context) -> Iterator[Metric]:
    """The metrics that have all they need."""
    return (metric for metric in metrics if all(context.has(need, references) for need in metric.needs))


def _checked(metric: Metric, count: Callable[[Metric], Counts | None]) -> Counts | None:
    try:
        counts = count(metric)
    except AsrBenchError:
        raise
    except Exception as error:
        raise UsageError(
            f"the metric {metric.name!r} failed with {type(error).__name__}: {error}; correct it where it is defined"
        ) from error
    if counts is None or (isinstance(counts, Counts) and is_rate(counts.errors) and is_rate(counts.total)):
        return counts
    raise UsageError(f"the metric {metric.name!r} counted {counts!r}; it should return Counts of numbers of at least 0")
