"""Times of day as people say them, in figures: "half past three" is 3:30, and so is "3:30"; "3:00" is 3."""

from __future__ import annotations

import re

from whisper_normalizer.english import EnglishNumberNormalizer

_NOT_WITHIN = r"(?<![\w.:])"  # a word, a number or another time
_OCLOCK = r"o\s*['’]?\s*clock"
_BACK = ("to", "before")
_HOURS, _MINUTES = 24, 60


class Clock:
    """Writes what is surely a time of day in figures; text is in lower case. numbers: reads numbers in words."""

    def __init__(self, numbers: EnglishNumberNormalizer) -> None:
        self._numbers = numbers
        digits = "|".join(word for word, value in numbers.ones.items() if value < 10)
        tens = "|".join(word for word, value in numbers.tens.items() if value < _MINUTES)
        number = rf"(?:[0-9]{{1,2}}|(?:{tens})(?:[\s-]+(?:{digits}))?|{'|'.join(numbers.ones)}|zero)"
        self._said = re.compile(
            rf"{_NOT_WITHIN}(?:(?P<half>half)|(?P<quarter>(?:a\s+)?quarter)|(?P<minutes>{number})\s+minutes?)\s+"
            rf"(?P<way>past|after|to|before)\s+(?P<hour>{number})(?:\s+{_OCLOCK})?\b"
        )
        self._full = re.compile(rf"{_NOT_WITHIN}(?P<hour>{number})\s+{_OCLOCK}\b")
        self._figures = re.compile(r"(?<![\w:./])(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?![\w:]|\.[0-9])")

    def __call__(self, text: str) -> str:
        """Return `text` with its times in figures."""
        text = self._full.sub(self._on_the_hour, self._said.sub(self._relative, text))
        return self._figures.sub(_shortest, text)

    def _relative(self, found: re.Match[str]) -> str:
        hour = self._value(found["hour"])
        minute = 30 if found["half"] else 15 if found["quarter"] else self._value(found["minutes"])
        if hour >= _HOURS or minute >= _MINUTES:
            return found[0]
        if found["way"] in _BACK and minute:
            hour, minute = _hour_before(hour), _MINUTES - minute
        return f"{hour}:{minute:02d}"

    def _on_the_hour(self, found: re.Match[str]) -> str:
        hour = self._value(found["hour"])
        return f"{hour}:00" if hour < _HOURS else found[0]

    def _value(self, words: str) -> int:
        value = self._numbers(words.replace("-", " ")).strip()
        return 1 if value == "one" else int(value)


def _hour_before(hour: int) -> int:
    """By the dial of twelve hours, where it has the hour."""
    return (hour - 2) % 12 + 1 if 1 <= hour <= 12 else (hour - 1) % _HOURS


def _shortest(found: re.Match[str]) -> str:
    hour, minute = int(found["hour"]), int(found["minute"])
    return f"{hour}:{minute:02d}" if minute else str(hour)
