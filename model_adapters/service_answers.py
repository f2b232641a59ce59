"""What a service has sent: its JSON, the names of its models, and what it said in place of an answer, in a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from pytest_asrbench.errors import BusyError, EndpointError

SHOWN = 300  # characters of what a server says
OFFERED = 8  # names of models that are told
HIDDEN = "***"
BUSY = (408, 429, 500, 502, 503, 504)  # what may pass
KEY = 'name the variable that holds the key, api_key_env = "NAME" in the model\'s options, or correct its value'
WRONG_PLACE = "correct the address, or the model's name"
ADVICE: Mapping[int, str] = {
    **{401: KEY, 403: KEY, 404: WRONG_PLACE, 405: WRONG_PLACE},
    413: 'send less: audio = "flac", or longest_seconds = 60, which cuts long clips at pauses, in the model\'s options',
}
_WORDS = ("error", "detail", "message", "msg")  # where servers put what is wrong


@dataclass(frozen=True)
class Answer:
    """The place that was asked, and what came of it. key: what is nowhere to be seen, should the answer repeat it."""

    where: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default="", repr=False)

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return str(self._hidden(self.body.decode("utf-8", "replace")))

    @property
    def kind(self) -> str:
        """The media type, "" where it does not say."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_page(self) -> bool:
        """Whether it is a page for browsers."""
        return self.kind == "text/html" or self.text.lstrip()[:14].lower().startswith(("<!doctype html", "<html"))

    def header(self, name: str) -> str:
        """A header's value, by its name in small letters."""
        return str(self._hidden(self.headers.get(name, "")))[:SHOWN]

    def json(self) -> Any:
        """What the body says as JSON; raises EndpointError if it is none."""
        if self.is_page:
            raise EndpointError(f"{self.where} answered with an HTML page: correct the address, it is none of an API")
        try:
            return self._hidden(json.loads(self.body))
        except (ValueError, RecursionError) as error:
            raise EndpointError(f"{self.where} answered with what is no JSON: {self.text[:SHOWN]!r}") from error

    def _hidden(self, value: Any) -> Any:
        """The value with the key as *** in each text; as whole texts, since half of a key would not be found."""
        if not self.key:
            return value
        if isinstance(value, str):
            return value.replace(self.key, HIDDEN)
        if isinstance(value, list):
            return [self._hidden(one) for one in value]
        if isinstance(value, dict):
            return {self._hidden(name): self._hidden(one) for name, one in value.items()}
        return value


def names(answer: Answer) -> tuple[str, ...]:
    """The models that a service lists, () where the answer is no such list."""
    try:
        return tuple(str(one["id"]) for one in answer.json()["data"])
    except (EndpointError, KeyError, TypeError):
        return ()


def refusal(answer: Answer, offers: Sequence[str] = ()) -> EndpointError:
    """The error for a status that is no success; offers: the models that the service says it has."""
    status = answer.status
    if 300 <= status < 400:
        return EndpointError(
            f"{answer.where} answered {status}, a redirect to {answer.header('location') or 'nowhere'}, which is not "
            "followed: if that place may have your recordings and the key, write it as the address"
        )
    said = f"{answer.where} answered {status}: {told(answer) or 'nothing'}"
    if status in BUSY:
        return BusyError(said, seconds(answer.header("retry-after")))
    advice = [ADVICE[status]] if status in ADVICE else []
    if offers and status in (400, 404, 422):
        more = ", ..." if len(offers) > OFFERED else ""
        advice.append(f"it offers {', '.join(offers[:OFFERED])}{more}"[:SHOWN])
    return EndpointError("; ".join([said, *advice]))


def told(answer: Answer) -> str:
    """What a server says is wrong, in a line: the words in its JSON, or the text; of a page that it is one."""
    if answer.is_page:
        return "an HTML page"
    try:
        found = _words(answer.json())
    except EndpointError:
        found = ""
    return " ".join((found or answer.text).split())[:SHOWN]


def seconds(text: str) -> float:
    """What a server asks to wait for, in seconds or until a date; 0 where it does not say."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    now = datetime.now(UTC)
    return max(0.0, (until - (now if until.tzinfo else now.replace(tzinfo=None))).total_seconds())


def _words(value: Any) -> str:
    """The first words in what may be nested: {"detail": {"error": {"message": ...}}}, [{"msg": ...}] ..."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return _words(value[0])
    if isinstance(value, Mapping):
        return next((words for name in _WORDS if name in value and (words := _words(value[name]))), "")
    return ""
