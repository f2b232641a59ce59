"""Why a download failed, in one sentence with the remedy: for every way in which hub, network and disk refuse.

Errors are told apart by the names of their classes, because huggingface_hub has changed its HTTP library with each
major version (requests, httpx, httpx2), and none of them should be imported to ask.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_E = TypeVar("_E", bound=BaseException)
_KEPT = "files that are complete are kept"
_NO_SPACE = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_TIMEOUTS = {"TimeoutException", "Timeout", "TimeoutError"}
_BROKEN = {"ReadError", "WriteError", "RemoteProtocolError", "ChunkedEncodingError", "ConnectionResetError"}
_UNREACHABLE = {"ConnectError", "ConnectionError", "ProxyError", "NetworkError", "UnsupportedProtocol"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was being done: repository, hub, revision, and the cache if files were on their way into it."""

    repo: str
    endpoint: str
    revision: str | None = None
    cache: Path | None = None

    @property
    def page(self) -> str:
        """Address of the repository's page."""
        return f"{self.endpoint}/{self.repo}"


def explain(error: Exception, attempt: Attempt) -> str:
    """Return the sentence, without the model's name in front."""
    error = _failed(error)
    kinds = {one.__name__ for one in type(error).__mro__}
    return _refusal(error, kinds, attempt) or _disk(error, attempt) or _network(error, kinds, attempt)


def status(error: BaseException) -> int:
    """Return the HTTP status that `error` carries, or 0."""
    return int(getattr(getattr(_failed(error), "response", None), "status_code", 0) or 0)


def passing(error: BaseException) -> bool:
    """Whether the same may well succeed a little later: the hub could not serve it, or a connection broke."""
    code, kinds = status(error), {one.__name__ for one in type(_failed(error)).__mro__}
    return code >= 500 or code == 429 or bool(kinds & _BROKEN)


def retry_after(error: BaseException) -> float | None:
    """Return for how many seconds the hub asks to be left alone, if it says so in seconds."""
    value = _header(error, "Retry-After")
    return float(value) if value.isdigit() else None


def _failed(error: _E) -> _E | Exception:
    """The request that failed, of which the library's own error may be a summary."""
    summary = any(one.__name__ == "LocalEntryNotFoundError" for one in type(error).__mro__)
    return _failed(error.__cause__) if summary and isinstance(error.__cause__, Exception) else error


def _header(error: BaseException, name: str) -> str:
    return str(getattr(getattr(_failed(error), "response", None), "headers", {}).get(name, ""))


def _refusal(error: Exception, kinds: set[str], attempt: Attempt) -> str | None:
    """Explain an answer of the hub that is a refusal."""
    code = status(error)
    if "GatedRepoError" in kinds:
        return (
            f"{attempt.repo} is gated: open {attempt.page} in a browser, accept its terms, "
            "then run `hf auth login` with a token of that account and try again."
        )
    if "DisabledRepoError" in kinds:
        return f"{attempt.repo} has been disabled by the hub; {attempt.page} may say why."
    if "RevisionNotFoundError" in kinds:
        return f"{attempt.repo} has no revision {attempt.revision!r}; {attempt.page}/tree/main lists its branches."
    # Without a token the hub says 401 of what is private and of what does not exist alike.
    anonymous = code == 401 and "Invalid credentials" not in _header(error, "X-Error-Message")
    if "RepositoryNotFoundError" in kinds or code == 404 or anonymous:
        return (
            f"{attempt.endpoint} knows no repository {attempt.repo} (HTTP {code}); check its name, "
            "or, if it is private, run `hf auth login` first."
        )
    if "HFValidationError" in kinds:
        return f"{attempt.repo!r} is no name of a repository; it should look like owner/name."
    if code == 401:
        return f"{attempt.endpoint} does not accept the token (HTTP 401); renew it with `hf auth login`."
    if code == 403:
        return f"{attempt.endpoint} forbids access to {attempt.repo} (HTTP 403); the token lacks the right to read it."
    if code == 429:
        seconds = retry_after(error)
        when = f"in {seconds:.0f} seconds" if seconds is not None else "in a few minutes"
        return (
            f"{attempt.endpoint} limits requests (HTTP 429); try again {when}, logged in (`hf auth login`) if not yet."
        )
    if code >= 400:
        return f"{attempt.endpoint} answered HTTP {code} for {attempt.repo}; the fault is the hub's, try again later."
    return None


def _disk(error: Exception, attempt: Attempt) -> str | None:
    """Explain an error of the file system."""
    number = getattr(error, "errno", None)
    if number in _NO_SPACE and attempt.cache is not None:
        return (
            f"the disk became full while {attempt.repo} was downloaded to {attempt.cache}; make room and try again, "
            f"{_KEPT}."
        )
    if number in (*_NO_SPACE, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
        return f"the cache cannot be written ({error}); name another folder in HF_HUB_CACHE."
    return None


def _network(error: Exception, kinds: set[str], attempt: Attempt) -> str:
    """Explain silence, a broken connection, and what is left."""
    if "OfflineModeIsEnabled" in kinds:
        return "HF_HUB_OFFLINE forbids all requests; unset it to download."
    if kinds & _TIMEOUTS:
        settings = "HF_HUB_DOWNLOAD_TIMEOUT" if attempt.cache is not None else "HF_HUB_ETAG_TIMEOUT"
        return f"{attempt.endpoint} stopped answering{_when(attempt)}, or set {settings} (seconds) higher."
    if kinds & _BROKEN or "Consistency check failed" in str(error):
        return f"the connection to {attempt.endpoint} broke{_when(attempt)}."
    if kinds & _UNREACHABLE:
        why = _one_line(error)
        return f"{attempt.endpoint} cannot be reached ({why}); check the network, HTTPS_PROXY and HF_ENDPOINT."
    return f"{attempt.repo} could not be downloaded ({type(error).__name__}: {_one_line(error)})."


def _when(attempt: Attempt) -> str:
    if attempt.cache is None:
        return f" when asked for {attempt.repo}; try again"
    return f" while {attempt.repo} was downloaded; try again ({_KEPT})"


def amount(size: int) -> str:
    """Return a number of bytes as people say it: "3.1 MB", "9.36 GB"."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or os.strerror(getattr(error, "errno", None) or 0)
