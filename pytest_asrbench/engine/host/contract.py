"""What an adapter gives back, held against its contract and made fit to be sent: plain JSON of bearable size.

Each breach is an exception that says in words what was wrong; the traceback of some encoder would not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pytest_asrbench.adapter import JSON, Adapter, Loaded
from pytest_asrbench.errors import UsageError
from pytest_asrbench.support.plain import printable

MAX_CHARACTERS = 10_000_000  # of a transcript
MAX_SHOWN = 200  # characters of what is not as it should be
MAX_DETAILS = 4_000_000  # bytes of details as JSON: an hour of speech with times for each word takes one million
SAMPLE_RATES = (1_000, 768_000)  # Hz; no audio format has others


def check_rate(adapter: Adapter, reference: str) -> None:
    """Raise UsageError unless the adapter called `reference` wants audio at a rate that there is."""
    rate = adapter.info.sample_rate
    if type(rate) is not int or not SAMPLE_RATES[0] <= rate <= SAMPLE_RATES[1]:
        least, most = SAMPLE_RATES
        raise UsageError(
            f"the adapter {reference} wants audio at {rate!r} Hz: its info.sample_rate must be a whole number "
            f"from {least:,} to {most:,}"
        )


def loaded(answer: Any) -> JSON:
    """Return {"device", "dtype", "details"} of what `load` gave back; raises TypeError or ValueError."""
    if not isinstance(answer, Loaded) or not isinstance(answer.device, str) or not isinstance(answer.dtype, str):
        given = printable(repr(answer), MAX_SHOWN)
        raise TypeError(f"load() of the adapter returned {given}, not a Loaded with the names of device and dtype")
    return {"device": answer.device, "dtype": answer.dtype, "details": _details(answer.details)}


def transcripts(answer: Any, expected: int) -> list[JSON]:
    """Return {"text", "details"} of each of the `expected` transcripts of a batch; raises TypeError or ValueError."""
    if not isinstance(answer, Sequence) or isinstance(answer, str):  # a generator would do its work out of our sight
        raise TypeError(f"the adapter returned {type(answer).__name__}, not a sequence of Transcript")
    if len(answer) != expected:
        raise ValueError(f"the adapter returned {len(answer)} transcripts for {expected} clips")
    return [_transcript(one) for one in answer]


def _transcript(one: Any) -> JSON:
    text = getattr(one, "text", None)
    if not isinstance(text, str):
        raise TypeError(f"the adapter returned a {type(one).__name__} in place of a Transcript with text")
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"the adapter returned {len(text):,} characters, more than {MAX_CHARACTERS:,}")
    # Half a surrogate pair cannot be written as UTF-8 anywhere later; show it as the replacement character.
    text = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    return {"text": text, "details": _details(one.details)}


def _details(given: Any) -> JSON:
    """The same as JSON has it; NaN and infinities, which it does not have, are None."""
    if not given:
        return {}
    try:
        written = json.dumps(dict(given))
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the details that the adapter returned cannot be written as JSON: {error}") from None
    if len(written) > MAX_DETAILS:
        raise ValueError(f"the adapter returned {len(written):,} bytes of details, more than {MAX_DETAILS:,}")
    plain: JSON = json.loads(written, parse_constant=lambda _: None)
    return plain
