"""Every error that a user can meet, as one tree.

Each class is also a builtin, so that code which never heard of this package can catch it. The message is
one sentence (or a few) that says what was wrong, with which input, and what to do next: it is shown as it is.
"""


class AsrBenchError(Exception):
    """Root of the tree; its text is meant for the user."""


class UsageError(AsrBenchError, ValueError):
    """An option, a configuration entry or a model specification that makes no sense."""


class UnknownModelError(UsageError, LookupError):
    """A model, adapter or corpus name that nobody defined."""


class CorpusError(AsrBenchError, ValueError):
    """A corpus, manifest line or transcript that cannot be used; names the file and line."""


class AudioError(CorpusError):
    """An audio file that cannot be decoded into samples worth transcribing; names the file."""


class MissingDependencyError(AsrBenchError, ImportError):
    """A package that a runtime needs is not installed; names the pip command that mends it."""


class MissingDecoderError(AudioError, MissingDependencyError):
    """An audio file of a kind that nothing installed decodes; names the file, its kind and the pip command."""


class WeightsError(AsrBenchError, FileNotFoundError):
    """Model weights are absent, incomplete or of the wrong kind; names the file and the remedy."""


class DeviceError(AsrBenchError, RuntimeError):
    """The device or dtype asked for cannot be had; nothing else is used in its stead."""


class UnsuitedError(AsrBenchError, ValueError):
    """The model is not made for what is asked (a language that it does not have): no score, and no error either."""


class EndpointError(AsrBenchError, RuntimeError):
    """A served model refused the call, or its answer cannot be used; names the address and what it said."""


class BusyError(EndpointError):
    """A served model cannot take the call now; it may be asked again after `seconds`, outside of any timed call."""

    def __init__(self, message: str, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class ServerEndedError(AsrBenchError, RuntimeError):
    """A server that was started for a model has ended by itself; says how."""


class ServerLateError(AsrBenchError, TimeoutError):
    """A server that was started for a model has not become ready in time; names the address and what it said."""


class HostError(AsrBenchError, RuntimeError):
    """A model's process failed; `log_tail` holds the last lines that it printed."""

    def __init__(self, message: str, log_tail: str = "") -> None:
        super().__init__(message)
        self.log_tail = log_tail


class HostCrashedError(HostError):
    """The model's process ended by itself: a signal, an exit, or the system's out-of-memory killer."""


class HostTimeoutError(HostError, TimeoutError):
    """The model's process did not answer before its deadline and was killed."""


class AdapterFailedError(HostError):
    """The adapter raised: `kind` is the exception's class name; the process is alive and goes on."""

    def __init__(self, message: str, log_tail: str = "", kind: str = "") -> None:
        super().__init__(message, log_tail)
        self.kind = kind


class ReportError(AsrBenchError, OSError):
    """Results could not be written; names the file and what to do."""


class HistoryError(AsrBenchError, ValueError):
    """A saved run or journal that cannot be read or does not fit this run."""
