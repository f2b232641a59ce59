"""Why a download failed, in one sentence with the remedy: for every way in which hub, network and disk refuse.

Errors are told apart by the names of their classes, because huggingface_hub has changed its HTTP library with each
major version (requests, httpx, httpx2), and none of them should be imported to ask.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

_NO_SPACE = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_TIMEOUTS = {"TimeoutException", "Timeout", "TimeoutError"}
_BROKEN = {"ReadError", "WriteError", "RemoteProtocolError", "ChunkedEncodingError", "ConnectionResetError"}
_UNREACHABLE = {"ConnectError", "ConnectionError", "ProxyError", "NetworkError", "UnsupportedProtocol"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was being done: repository, hub, revision, file, its size in bytes, and where its beginning is kept."""

    repo: str
    endpoint: str
    revision: str | None = None
    file: str = ""
    size: int = 0
    partial: Path | None = None

    @property
    def page(self) -> str:
        """Address of the repository's page."""
        return f"{self.endpoint}/{self.repo}"


def explain(error: Exception, attempt: Attempt) -> str:
    """Return the sentence, without the model's name in front."""
    kinds = {one.__name__ for one in type(error).__mro__}
    if "LocalEntryNotFoundError" in kinds and isinstance(error.__cause__, Exception):
        return explain(error.__cause__, attempt)  # the library's summary of a request that failed
    return _refusal(error, kinds, attempt) or _disk(error, attempt) or _network(error, kinds, attempt)


def status(error: BaseException) -> int:
    """Return the HTTP status that `error` carries, or 0."""
    return int(getattr(getattr(error, "response", None), "status_code", 0) or 0)


def retry_after(error: BaseException) -> float | None:
    """Return for how many seconds the hub asks to be left alone, if it says so in seconds."""
    value = _header(error, "Retry-After")
    return float(value) if value.isdigit() else None


def _header(error: BaseException, name: str) -> str:
    return str(getattr(getattr(error, "response", None), "headers", {}).get(name, ""))


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
    if "EntryNotFoundError" in kinds and code == 404:
        return f"{attempt.repo} has no file {attempt.file!r} at {attempt.revision}; see {attempt.page}/tree/main."
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
        where = f" for {attempt.file}" if attempt.file else ""
        return f"{attempt.endpoint} answered HTTP {code}{where}; the fault is the hub's, try again later."
    return None


def _disk(error: Exception, attempt: Attempt) -> str | None:
    """Explain an error of the file system."""
    number = getattr(error, "errno", None)
    if number in _NO_SPACE and attempt.partial is not None:
        return (
            f"the disk became full while {attempt.file} was downloaded to {attempt.partial.parent}; free "
            f"{amount(attempt.size - _length(attempt.partial))} and try again: it goes on from there."
        )
    if number in (*_NO_SPACE, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
        return f"the cache cannot be written ({error}); name another folder in HF_HUB_CACHE."
    return None


def _network(error: Exception, kinds: set[str], attempt: Attempt) -> str:
    """Explain silence, a broken connection, and what is left."""
    if "OfflineModeIsEnabled" in kinds:
        return "HF_HUB_OFFLINE forbids all requests; unset it to download."
    if kinds & _TIMEOUTS:
        setting = "HF_HUB_DOWNLOAD_TIMEOUT" if attempt.partial else "HF_HUB_ETAG_TIMEOUT"
        return (
            f"{attempt.endpoint} stopped answering{_progress(attempt)}; try again, or set {setting} (seconds) higher."
        )
    if kinds & _BROKEN or "Consistency check failed" in str(error):
        return f"the connection to {attempt.endpoint} broke{_progress(attempt)}; try again."
    if kinds & _UNREACHABLE:
        why = _one_line(error)
        return f"{attempt.endpoint} cannot be reached ({why}); check the network, HTTPS_PROXY and HF_ENDPOINT."
    what = f"{attempt.repo}/{attempt.file}" if attempt.file else attempt.repo
    return f"{what} could not be downloaded ({type(error).__name__}: {_one_line(error)})."


def _progress(attempt: Attempt) -> str:
    if attempt.partial is None:
        return f" when asked for {attempt.file or attempt.repo}"
    done = _length(attempt.partial)
    return f" after {amount(done)} of {amount(attempt.size)} of {attempt.file}, which are kept to go on from"


def _length(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def amount(size: int) -> str:
    """Return a number of bytes as people say it: "3.1 MB", "9.36 GB"."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or os.strerror(getattr(error, "errno", None) or 0)
