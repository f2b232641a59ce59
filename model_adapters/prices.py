"""What a service's answers cost, by the prices in a model's entry: of a minute of audio, of a million tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.errors import UsageError

MINUTE, INPUT, OUTPUT = "minute", "million_input_tokens", "million_output_tokens"
PRICES = (MINUTE, INPUT, OUTPUT)
CURRENCY = "currency"  # a word for the record


def check(price: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a table of prices; raises UsageError for one that cannot be."""
    for name, value in price.items():
        if name == CURRENCY and isinstance(value, str):
            continue
        if name not in PRICES:
            raise UsageError(f"price has no {name!r}; it has {', '.join(PRICES)}, and {CURRENCY} as a word")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise UsageError(f"price.{name} is {value!r}; it should be a number from 0 up, such as 0.006")
    return price


def cost(price: Mapping[str, Any], seconds: float | None, told: Mapping[str, Any]) -> dict[str, float]:
    """{"cost"} of one answer, in the currency of `price`; {} where there is no price, or no count of the tokens.

    seconds: of audio that were sent, None for a text. told: the answer's details, with `prompt_tokens`, `new_tokens`.
    """
    amounts = {
        MINUTE: None if seconds is None else seconds / 60,
        INPUT: told.get("prompt_tokens"),
        OUTPUT: told.get("new_tokens"),
    }
    prices = {name: price[name] / (1 if name == MINUTE else 1e6) for name in PRICES if name in price}
    if not prices or any(amounts[name] is None for name in prices):
        return {}
    return {"cost": sum(amount * each for name, each in prices.items() if (amount := amounts[name]) is not None)}
