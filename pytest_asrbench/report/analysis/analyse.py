"""The whole analysis of a run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from pytest_asrbench import store
from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import Metric, timed
from pytest_asrbench.records import WORDS, Outcome
from pytest_asrbench.report.analysis import (
    breakdown,
    choice,
    company,
    comparisons,
    contrasts,
    hallucination,
    invariance,
    uncertainty,
)
from pytest_asrbench.report.analysis.findings import Findings, Rates
from pytest_asrbench.report.analysis.systems import System, systems
from pytest_asrbench.report.analysis.words import word_errors


def analyse(
    outcomes: Sequence[Outcome],
    models: Sequence[str] | None = None,
    corpora: Sequence[str] | None = None,
    baselines: Sequence[store.Comparison] = (),
    seed: int = 0,
) -> Findings:
    """Analyse a run.

    outcomes: in the order in which they were measured. models, corpora: the orders in which to tell of them.
    baselines: each model × corpus that is compared with an earlier run. The same outcomes and seed give the same
    findings, whatever the order of the snippets, except that `calls` names the first.
    """
    parts = systems(outcomes, models, corpora)
    words = registry.get(WORDS)
    differences, left_out = comparisons.between_models(parts, seed, words)
    groups, too_many = breakdown.groups(parts, seed)
    rates = {one.name: _rates(one, parts, baselines, seed) for one in _tested(parts)}
    by_metric = {WORDS: differences, **{name: found.differences for name, found in rates.items()}}
    return Findings(
        intervals=tuple(uncertainty.uncertainties(parts, seed)),
        differences=(*differences, *comparisons.against_baseline(baselines, seed, words)),
        groups=tuple(groups),
        word_errors=tuple(chain.from_iterable(map(word_errors, parts))),
        worst=tuple(chain.from_iterable(map(breakdown.worst, parts))),
        nonspeech=tuple(chain.from_iterable(map(hallucination.nonspeech, parts))),
        repetitions=tuple(chain.from_iterable(map(hallucination.repetitions, parts))),
        invariance=(*chain.from_iterable(map(invariance.of_rounds, parts)), *invariance.of_forms(parts)),
        texts=tuple(chain.from_iterable(map(contrasts.texts, parts))),
        calls=tuple(contrasts.calls(outcomes)),
        choices=tuple(choice.choices(parts, by_metric, corpora or dict.fromkeys(one.corpus for one in outcomes))),
        company=tuple(chain.from_iterable(map(company.company, parts))),
        rates=rates,
        seed=seed,
        notes=(*uncertainty.notes(parts), *left_out, *too_many),
    )


def _tested(parts: Sequence[System]) -> list[Metric]:
    """The metrics beside the WER that get intervals and tests: those that tables show, by themselves or as the first.

    Those of seconds would be of one machine's moment.
    """
    totals = [one.totals for one in parts]
    shown = registry.shown(set(chain.from_iterable(one.metrics for one in totals)))
    chosen = [*shown, *registry.known(one.leading.name for one in totals)]
    return [one for one in dict.fromkeys(chosen) if parts and one.name != WORDS and not timed(one)]


def _rates(metric: Metric, parts: Sequence[System], baselines: Sequence[store.Comparison], seed: int) -> Rates:
    between, _ = comparisons.between_models(parts, seed, metric)
    return Rates(
        tuple(uncertainty.uncertainties(parts, seed, metric.name)),
        (*between, *comparisons.against_baseline(baselines, seed, metric)),
    )
