"""What answers cost: of one model, of the two of a pipeline, of many clips."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.adapter import Transcript
from pytest_asrbench.engine.host.answers import Call, Memory
from pytest_asrbench.engine.pipelines import merging
from pytest_asrbench.metrics import Context
from pytest_asrbench.metrics.cost import Cost
from pytest_asrbench.records import Counts


def call(**details: Any) -> Call:
    return Call(0, False, 1.0, 1.0, [Transcript("words", details)], Memory(None, None, None, None, None))


@pytest.mark.parametrize(
    ("heard", "rewritten", "cost"),
    [
        ({"cost": 0.25}, {"cost": 0.5}, 0.75),
        ({"cost": 0.25}, {}, 0.25),
        ({}, {"cost": 0.5}, 0.5),
        ({"cost": 0.25}, {"cost": None}, None),
    ],
)
def test_a_pipeline_costs_what_its_models_do(
    heard: dict[str, Any], rewritten: dict[str, Any], cost: float | None
) -> None:
    (found,) = merging.call(call(**heard), call(**rewritten, new_tokens=3)).transcripts
    assert found == Transcript("words", {"new_tokens": 3, "cost": cost})


def test_a_pipeline_of_models_without_prices_tells_no_cost() -> None:
    (found,) = merging.call(call(), call(new_tokens=3)).transcripts
    assert found.details == {"new_tokens": 3}


def counted(cost: Any) -> Counts | None:
    return Cost().measure({}, "words", Context(str, seconds=1.0, audio_seconds=30.0, details={"cost": cost}))


def test_money_is_counted_by_the_minute() -> None:
    assert counted(0.25) == Counts(0.25, 0.5)
    assert Cost().rate(Counts(0.25, 0.5)) == 0.5
    assert counted(None) is None


@pytest.mark.parametrize(("money", "shown"), [(0.0023816, "0.00238"), (0.0, "0"), (1234.567, "1,234.57")])
def test_what_was_spent_is_shown(money: float, shown: str) -> None:
    assert Cost().detail(Counts(money, 2.0), Counts()) == ("Spent", shown)


def test_where_nothing_has_a_price_nothing_was_spent() -> None:
    assert Cost().detail(Counts(), Counts()) == ("Spent", "-")
    assert not Context(str).has("cost", {})
