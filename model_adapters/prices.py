"""What a service's answers cost, by the prices in a model's entry: of a minute of audio, of a million tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.errors import UsageError

MINUTE, INPUT, OUTPUT = "minute", "million_input_tokens", "million_output_tokens"
PER = {MINUTE: 1, INPUT: 1e6, OUTPUT: 1e6}
CURRENCY = "currency"  # a word for the record


def check(price: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a table of prices; raises UsageError for one that cannot be."""
    for name, value in price.items():
        if name == CURRENCY and isinstance(value, str):
            continue
        if name not in PER:
            raise UsageError(f"price has no {name!r}; it has {', '.join(PER)}, and {CURRENCY} as a word")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise UsageError(f"price.{name} is {value!r}; it should be a number from 0 up, such as 0.006")
    return price


def cost(price: Mapping[str, Any], seconds: float | None, told: Mapping[str, Any]) -> dict[str, float | None]:
    """{"cost"} of one answer in the currency of `price`, None where tokens with a price were not counted; {} for free.

    seconds: of audio that were sent, None for a text. told: the answer's details, with `prompt_tokens`, `new_tokens`.
    """
    prices = {name: price[name] / each for name, each in PER.items() if name in price}
    if not prices:
        return {}
    minutes = None if seconds is None else seconds / 60
    amounts = {MINUTE: minutes, INPUT: told.get("prompt_tokens"), OUTPUT: told.get("new_tokens")}
    parts = [amounts[name] * each for name, each in prices.items() if isinstance(amounts[name], (int, float))]
    return {"cost": sum(parts) if len(parts) == len(prices) else None}
