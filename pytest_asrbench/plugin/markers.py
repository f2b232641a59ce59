"""The marker by which a test of a project's own is given limits, checked before anything is measured."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.gates import limits
from pytest_asrbench.gates.limits import Limit
from pytest_asrbench.support.checks import hint, is_rate

LIMITS_MARKER = "asr_limits"
_OURS = frozenset({"asr", LIMITS_MARKER})


def check(items: Iterable[pytest.Item]) -> None:
    """Raise UsageError, naming the test, for a marker that is misspelt, or sets what is no limit."""
    for item in items:
        if not any(name.startswith("asr") for name in item.keywords):
            continue
        for marker in item.iter_markers():
            if marker.name == LIMITS_MARKER:
                _check_limits(item.nodeid, marker)
            elif marker.name not in _OURS and difflib.get_close_matches(marker.name, [LIMITS_MARKER], cutoff=0.8):
                raise UsageError(f"{item.nodeid}: unknown marker {marker.name!r}; did you mean {LIMITS_MARKER!r}?")


def limits_of(marker: pytest.Mark) -> list[Limit]:
    """The limits that a marker sets: written ones, `"cer<=3%"`, and short forms by name; raises UsageError."""
    origin = f"marker {LIMITS_MARKER}"
    return [*(limits.parse(text, origin) for text in marker.args), *limits.all_named(marker.kwargs, origin)]


def _check_limits(test: str, marker: pytest.Mark) -> None:
    for text in marker.args:
        if not isinstance(text, str):
            raise UsageError(
                f'{test}: the marker {LIMITS_MARKER} takes its limits by name: max_wer=0.1, or as texts: "wer<=10%"'
            )
    for name, value in marker.kwargs.items():
        if name not in (known := limits.short_forms()):
            raise UsageError(f"{test}: the marker {LIMITS_MARKER} has no limit {name!r}; {hint(name, known)}")
        if value is not None and not is_rate(value):
            raise UsageError(
                f"{test}: {name} of the marker {LIMITS_MARKER} is {value!r}; it should be a number such as 0.1"
            )
    try:
        limits.applying([limits_of(marker)])
    except UsageError as error:
        raise UsageError(f"{test}: {error}") from None
