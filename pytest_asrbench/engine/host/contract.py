"""An adapter held against its contract: what it can be asked for, and what it gives back, made fit to be sent.

What is sent is plain JSON of bearable size. Each breach is an exception that says in words what was wrong; the
traceback of some encoder would not.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from typing import Any

from pytest_asrbench.adapter import (
    JSON,
    OUTDATED,
    Adapter,
    AdapterInfo,
    Decoding,
    Loadable,
    Loaded,
    Streaming,
    TextAdapter,
)
from pytest_asrbench.errors import UnsuitedError, UsageError
from pytest_asrbench.support.plain import printable

MAX_CHARACTERS = 10_000_000  # of a transcript
MAX_SHOWN = 200  # characters of what is not as it should be
MAX_DETAILS = 4_000_000  # bytes of details as JSON: an hour of speech with times for each word takes one million
SAMPLE_RATES = (1_000, 768_000)  # Hz; no audio format has others


def check_rate(adapter: Loadable, reference: str) -> None:
    """Raise UsageError unless the adapter called `reference` wants audio at a rate that there is."""
    rate = adapter.info.sample_rate
    if type(rate) is not int or not SAMPLE_RATES[0] <= rate <= SAMPLE_RATES[1]:
        least, most = SAMPLE_RATES
        raise UsageError(
            f"the adapter {reference} wants audio at {rate!r} Hz: its info.sample_rate must be a whole number "
            f"from {least:,} to {most:,}"
        )


def check_version(adapter: Any, reference: str) -> None:
    """Raise UsageError if the adapter called `reference` is written for another version of the contract."""
    work = getattr(adapter, "transcribe", None) or adapter.rewrite
    try:
        inspect.signature(work).bind([], decoding=None)
    except TypeError:
        raise UsageError(f"the adapter {reference} {OUTDATED}") from None


def check_asked(info: AdapterInfo, prompts: Sequence[str | None], decoding: Decoding) -> None:
    """Raise UnsuitedError if the model cannot be asked so, UsageError for more at once than it takes in one call."""
    if refusal := info.refusal(prompts, decoding):
        raise UnsuitedError(refusal)
    if info.max_batch is not None and len(prompts) > info.max_batch:
        raise UsageError(f"{len(prompts)} utterances were given in one call, but it takes at most {info.max_batch}")


def check_remote(info: AdapterInfo, reference: str) -> None:
    """Raise UsageError if an adapter computes by itself: a server would be started in vain."""
    if not info.remote:
        raise UsageError(f"{reference} runs its models itself: take server = ... out of the model's table")


def reads_only(info: AdapterInfo) -> bool:
    """Whether an adapter takes texts, and no audio."""
    return "text" in info.modes and "batch" not in info.modes


def transcribing(adapter: Any) -> Adapter:
    """The adapter as one that takes clips; raises UnsuitedError if it does not."""
    if reads_only(adapter.info):
        raise UnsuitedError("it takes texts, no audio: name a model that listens before it, LISTENER+MODEL")
    listener: Adapter = adapter
    return listener


def rewriting(adapter: Any) -> TextAdapter:
    """The adapter as one that takes texts; raises UnsuitedError if it does not."""
    if "text" not in adapter.info.modes:
        raise UnsuitedError("it takes audio, no texts: behind a plus stands a language model")
    reader: TextAdapter = adapter
    return reader


def streaming(adapter: Loadable) -> Streaming:
    """The adapter as one that takes streams; raises UnsuitedError if it does not."""
    if "stream" not in adapter.info.modes or not isinstance(adapter, Streaming):
        raise UnsuitedError("it takes whole clips only, no streams")
    return adapter


def loaded(answer: Any) -> JSON:
    """Return {"device", "dtype", "details"} of what `load` gave back; raises TypeError or ValueError."""
    if not isinstance(answer, Loaded) or not isinstance(answer.device, str) or not isinstance(answer.dtype, str):
        given = printable(repr(answer), MAX_SHOWN)
        raise TypeError(f"load() of the adapter returned {given}, not a Loaded with the names of device and dtype")
    return {"device": answer.device, "dtype": answer.dtype, "details": _details(answer.details)}


def transcripts(answer: Any, expected: int, retries: int = 0) -> list[JSON]:
    """Return {"text", "details"} of each of the `expected` transcripts of a batch; raises TypeError or ValueError.

    retries: how often the model had to be asked again; it stands in the details where it was.
    """
    if not isinstance(answer, Sequence) or isinstance(answer, str):  # a generator would do its work out of our sight
        raise TypeError(f"the adapter returned {type(answer).__name__}, not a sequence of Transcript")
    if len(answer) != expected:
        raise ValueError(f"the adapter returned {len(answer)} transcripts for {expected} clips")
    told = {"retries": retries} if retries else {}
    return [{**sent, "details": {**sent["details"], **told}} for sent in map(_transcript, answer)]


def partials(answer: Any, last: bool) -> list[JSON]:
    """Return {"text", "final"} of each partial that a piece of a stream gave; raises TypeError or ValueError."""
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        raise TypeError(f"the adapter's stream returned {type(answer).__name__}, not a sequence of Partial")
    sent = [{"text": _text(one, "Partial"), "final": getattr(one, "final", None) is True} for one in answer]
    if last and sent and not sent[-1]["final"]:
        raise ValueError("the adapter's stream has ended, but its last partial is not final")
    return sent


def _transcript(one: Any) -> JSON:
    return {"text": _text(one, "Transcript"), "details": _details(one.details)}


def _text(one: Any, wanted: str) -> str:
    text = getattr(one, "text", None)
    if not isinstance(text, str):
        raise TypeError(f"the adapter returned a {type(one).__name__} in place of a {wanted}")
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"the adapter returned {len(text):,} characters, more than {MAX_CHARACTERS:,}")
    # Half a surrogate pair cannot be written as UTF-8 anywhere later; show it as the replacement character.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


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
