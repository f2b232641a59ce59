"""From an error to what a record says of it: status, whose fault it is, sentence, and the log's last lines."""

from __future__ import annotations

import traceback

from pytest_asrbench.engine.host.checked import MAX_SENTENCE
from pytest_asrbench.engine.host.log import TAIL_BYTES
from pytest_asrbench.errors import (
    AdapterFailedError,
    AsrBenchError,
    CorpusError,
    HostCrashedError,
    HostError,
    HostTimeoutError,
    UnsuitedError,
)
from pytest_asrbench.records import Fault, Measurement, Status
from pytest_asrbench.support.plain import printable
from pytest_asrbench.support.redaction import redact


def note(record: Measurement, error: AsrBenchError, *, loaded: bool = True, experimental: bool = False) -> None:
    """Note an error that is meant for users. loaded: whether the model was ever there to be asked."""
    record.error, record.error_kind = redact(str(error)), type(error).__name__.removesuffix("Error")
    record.status, record.fault = _status(error), _fault(error, loaded)
    if isinstance(error, HostError):
        record.log_tail = redact(error.log_tail)
    if isinstance(error, AdapterFailedError):
        record.error_kind = error.kind
    # What is wrong with a recording is no fault of the model's.
    if record.fault is Fault.UNSUITED or (experimental and record.fault is not Fault.INPUT):
        record.status = Status.SKIPPED


def note_ours(record: Measurement, error: Exception) -> None:
    """Note a mistake of ours, or of a normaliser: it, too, costs one case. Call it where `error` is handled."""
    record.status, record.error_kind = Status.ERROR, type(error).__name__
    record.error = redact(printable(f"{record.error_kind} in the harness: {error}", MAX_SENTENCE))
    record.log_tail = redact(printable(traceback.format_exc(), TAIL_BYTES))


def is_unsuited(error: AsrBenchError) -> bool:
    """Whether the model is not made for what was asked."""
    # What an adapter raises comes from the model's process by name.
    by_name = isinstance(error, AdapterFailedError) and error.kind == UnsuitedError.__name__
    return by_name or isinstance(error, UnsuitedError)


def _fault(error: AsrBenchError, loaded: bool) -> Fault:
    if isinstance(error, CorpusError):
        return Fault.INPUT
    if is_unsuited(error):
        return Fault.UNSUITED
    return Fault.MODEL if loaded else Fault.LOAD


def _status(error: AsrBenchError) -> Status:
    if isinstance(error, HostTimeoutError):
        return Status.TIMEOUT
    return Status.CRASH if isinstance(error, HostCrashedError) else Status.ERROR
