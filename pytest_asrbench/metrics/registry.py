"""The metrics that are installed: ours and other packages', all of them entry points, looked up when first needed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import metadata
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics.metric import COMMON, Metric, flat_names
from pytest_asrbench.records import Counts
from pytest_asrbench.support import entry_points
from pytest_asrbench.support.checks import hint

GROUP = "pytest_asrbench.metrics"


@cache
def installed() -> Mapping[str, Metric]:
    """All metrics by name, in the order in which they are shown.

    Raises UsageError for one that cannot be loaded, is none, or shares its name with another.
    """
    found = {name: _loaded(point) for name, point in entry_points.offered(GROUP).items()}
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def get(name: str) -> Metric:
    """Return the metric called `name`; raises UsageError."""
    if name not in installed():
        raise UsageError(f"there is no metric {name!r}; {hint(name, installed())}")
    return installed()[name]


def known(names: Iterable[str]) -> list[Metric]:
    """Those of `names` that are installed, in the order in which they are shown."""
    wanted = set(names)
    return [metric for name, metric in installed().items() if name in wanted]


def present(counted: Collection[str] | None = None) -> list[Metric]:
    """The metrics that have a place where `counted`, by their names, are those that counted anything; None: all.

    One that needs more than other cases have, a second reference or a library for one, has none if it did not.
    """
    every = installed().values()
    return [one for one in every if counted is None or one.name in counted or (one.needs <= COMMON and not one.module)]


def shown(counted: Collection[str] | None = None) -> list[Metric]:
    """Those of `present` that tables show."""
    return [metric for metric in present(counted) if metric.shown]


def leading(scores: Mapping[str, Counts]) -> Metric:
    """The metric to look at first, by the counts of a corpus."""
    return next((one for one in known(scores) if one.leads(scores[one.name])), next(iter(installed().values())))


def flat(scores: Mapping[str, Counts], lost: Mapping[str, Counts] | None = None) -> dict[str, float | None]:
    """Rates by the metrics' names, counts and parts by their flat names. lost: what failed, which the rates include."""
    missing, values = lost or {}, dict[str, float | None]()
    for metric in known({**scores, **missing}):
        counts, of_failed = (some.get(metric.name, Counts()) for some in (scores, missing))
        values[metric.name] = metric.rate(counts + of_failed)
        for part, name in flat_names(metric).items():
            if part == "lost":
                values |= {name: of_failed.total} if lost is not None else {}
            else:
                values[name] = counts.part(part)
    return values


def restored(values: Mapping[str, Any]) -> dict[str, Counts]:
    """The counts in a record that has them by their flat names."""
    found = {name: metric.restored(values) for name, metric in installed().items()}
    return {name: counts for name, counts in found.items() if counts is not None}


def declared(metric: Metric) -> dict[str, Any]:
    """What a reader of its figures must know, as JSON-ready values."""
    names = ("name", "title", "version", "better", "unit", "shown", "narrow", "meaning")
    return {name: getattr(metric, name) for name in names}


def _loaded(point: metadata.EntryPoint) -> Metric:
    whose = entry_points.package(point)
    with entry_points.loading(f"the metric {point.name!r} of {whose}"):
        found = point.load()
        metric: Metric = found() if isinstance(found, type) else found
        named = isinstance(metric.name, str) and re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
        complete = named and isinstance(metric.title, str) and callable(metric.measure)
    if not complete or metric.name != point.name:
        raise UsageError(
            f"{point.value} of {whose} is no metric called {point.name!r}: its class should derive from "
            "pytest_asrbench.metrics.Metric and have this name, in small letters"
        )
    return metric
