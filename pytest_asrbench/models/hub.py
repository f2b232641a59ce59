"""Talks to a model hub through huggingface_hub, and says in one sentence what went wrong.

Files land in huggingface_hub's own cache, in its layout, so that other programs find them there. Only the transfer
is arranged here: the library's own one starts again from nothing after an interruption, this one goes on, because the
unfinished file keeps its name (its content's hash) from run to run. What arrives is checked against that hash.
"""

from __future__ import annotations

import hashlib
import os
import re
import reprlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pytest_asrbench.errors import AsrBenchError, MissingDependencyError, WeightsError
from pytest_asrbench.models.hub_errors import Attempt, explain, retry_after, status
from pytest_asrbench.support.checks import is_commit, is_path_below

PUBLIC = "https://huggingface.co"
WAITS = (1.0, 4.0)  # seconds before the second and third attempt at a request that the hub could not serve
LONGEST_WAIT = 60.0
# Large files are named by their content's SHA-256, small ones by git's hash.
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listing:
    """One commit of a repository: its hash, and the size in bytes of each file in it."""

    commit: str
    sizes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Remote:
    """One file of a commit: where it is served, its size in bytes, and the hash that names its content."""

    name: str
    url: str
    etag: str
    size: int
    headers: dict[str, str]


def storage(cache: Path, repo: str) -> Path:
    """Return the folder of a model repository in huggingface_hub's cache."""
    return cache / "--".join(["models", *repo.split("/")])


class Hub:
    """One model's repository at the hub that HF_ENDPOINT names (huggingface.co if it names none).

    name: what the user calls the model, for messages. Every method raises WeightsError with one sentence, or
    MissingDependencyError if huggingface_hub is not installed.
    """

    def __init__(self, name: str, repo: str, cache: Path) -> None:
        try:
            import huggingface_hub
            from huggingface_hub import constants, utils
        except ImportError as error:
            raise MissingDependencyError(
                f'{name}: downloading weights takes huggingface_hub: pip install "pytest-asrbench[hub]"'
            ) from error
        self.name, self.repo, self.cache = name, repo, cache
        self.endpoint = os.environ.get("HF_ENDPOINT", PUBLIC).rstrip("/")
        self._library: Any = huggingface_hub
        self._utils: Any = utils
        self._patience = float(constants.HF_HUB_ETAG_TIMEOUT)

    def listing(self, revision: str | None) -> Listing:
        """Ask which files the revision (None: the default branch) has, and which commit it is."""
        api = self._library.HfApi(endpoint=self.endpoint)
        with self._explained(revision=revision):
            info = _patiently(
                lambda: api.model_info(self.repo, revision=revision, files_metadata=True, timeout=self._patience)
            )
            sizes = {one.rfilename: one.size or 0 for one in info.siblings}
        if not is_commit(info.sha):
            raise self._odd(f"the commit {reprlib.repr(info.sha)}")
        for name, size in sizes.items():
            if not is_path_below(name):
                raise self._odd(f"a file called {reprlib.repr(name)}")
            if type(size) is not int or size < 0:
                raise self._odd(f"{reprlib.repr(size)} as the size of {reprlib.repr(name)}")
        return Listing(str(info.sha), sizes)

    def inquire(self, commit: str, file: str) -> Remote:
        """Ask where a file is served and what its content's hash is."""
        url = self._library.hf_hub_url(self.repo, file, revision=commit, endpoint=self.endpoint)
        headers = self._utils.build_hf_headers()
        with self._explained(revision=commit, file=file):
            found = _patiently(
                lambda: self._library.get_hf_file_metadata(
                    url, timeout=self._patience, headers=headers, endpoint=self.endpoint
                )
            )
        if not found.etag or found.size is None:
            raise WeightsError(f"{self.name}: {self.endpoint} does not say the size and hash of {file}; is it a hub?")
        if not _HASH.fullmatch(found.etag):
            raise self._odd(
                f"{reprlib.repr(found.etag)} as the hash of {file}, by which its content could not be checked"
            )
        if urlsplit(found.location)[:2] != urlsplit(self.endpoint)[:2]:
            headers.pop("authorization", None)  # the token is the hub's, not the content network's
        return Remote(file, found.location, found.etag, found.size, headers)

    def first_bytes(self, remote: Remote, count: int) -> bytes:
        """Return the first bytes of a file without downloading the rest."""
        headers = {**remote.headers, "Range": f"bytes=0-{count - 1}"}
        session = self._utils.get_session()
        with (
            self._explained(file=remote.name),
            session.stream("GET", remote.url, headers=headers, timeout=self._patience) as response,
        ):
            self._utils.hf_raise_for_status(response)
            return next(iter(response.iter_bytes(count)), b"")[:count]

    def partial(self, remote: Remote) -> Path:
        """Return the path under which the unfinished content of `remote` waits to be completed."""
        return storage(self.cache, self.repo) / "blobs" / f"{remote.etag}.incomplete"

    def bring(self, commit: str, remote: Remote, progress: bool) -> int:
        """Download a file, or the rest of it, into the cache's `blobs`; return the number of bytes that came."""
        partial = self.partial(remote)
        blob = partial.with_suffix("")
        lock = self.cache / ".locks" / blob.parent.parent.name / f"{remote.etag}.lock"
        with self._explained(revision=commit, file=remote.name, size=remote.size, partial=partial):
            for folder in (blob.parent, lock.parent):
                folder.mkdir(parents=True, exist_ok=True)
            with self._utils.WeakFileLock(lock), self._bars(progress):
                if blob.exists():
                    return 0
                begun = _begun(partial, remote.size)
                # The library itself waits when it is told 429 in mid-transfer.
                _patiently(lambda: self._transfer(remote, partial), busy=False)
                self._verify(remote, partial)
                partial.replace(blob)
                return remote.size - begun

    def link(self, commit: str, remote: Remote) -> None:
        """Enter a file whose content is in `blobs` into the commit's snapshot folder, as huggingface_hub does it.

        A link, or a copy where the system has no links. The hub is not asked again: it might say something else.
        """
        blob = self.partial(remote).with_suffix("")
        entry = storage(self.cache, self.repo) / "snapshots" / commit / remote.name
        with self._explained(revision=commit, file=remote.name):
            entry.parent.mkdir(parents=True, exist_ok=True)
            if entry.exists():
                return
            entry.unlink(missing_ok=True)  # a link to content that is gone
            try:
                entry.symlink_to(os.path.relpath(blob, entry.parent))
            except OSError:  # Windows without the right to make links
                shutil.copyfile(blob, entry)

    def name_commit(self, revision: str | None, commit: str) -> None:
        """Note in the cache which commit the branch or tag is (None: the default branch, as "main")."""
        if revision == commit:
            return
        note = storage(self.cache, self.repo) / "refs" / (revision or "main")
        with self._explained(revision=revision):
            note.parent.mkdir(parents=True, exist_ok=True)
            draft = note.with_name(f".{note.name}-{os.getpid()}")
            draft.write_text(commit, "utf-8")
            draft.replace(note)

    def _transfer(self, remote: Remote, partial: Path) -> None:
        from huggingface_hub.file_download import http_get

        with partial.open("ab") as file:
            http_get(
                remote.url,
                file,
                resume_size=file.tell(),
                headers=remote.headers,
                expected_size=remote.size,
                displayed_filename=f"{self.name}: {remote.name}",
            )

    def _verify(self, remote: Remote, partial: Path) -> None:
        """Compare content and name: the hub names large files by their SHA-256, small ones by their git hash."""
        digest = (
            hashlib.sha256()
            if len(remote.etag) == 64
            else hashlib.sha1(f"blob {remote.size}\0".encode(), usedforsecurity=False)
        )
        with partial.open("rb") as file:
            while chunk := file.read(2**22):
                digest.update(chunk)
        if digest.hexdigest() != remote.etag:
            partial.unlink()
            raise WeightsError(f"{self.name}: {remote.name} arrived damaged (its hash is wrong); download it again.")

    def _odd(self, what: str) -> WeightsError:
        return WeightsError(
            f"{self.name}: {self.endpoint} gives {what} in {self.repo}; that is no answer of a model hub, and nothing "
            "was written: check HF_ENDPOINT."
        )

    @contextmanager
    def _bars(self, shown: bool) -> Iterator[None]:
        """Switch huggingface_hub's progress bars off for the block, unless they are to be shown."""
        utils = self._utils
        if shown or utils.are_progress_bars_disabled():
            yield
            return
        utils.disable_progress_bars()
        try:
            yield
        finally:
            utils.enable_progress_bars()

    @contextmanager
    def _explained(
        self, revision: str | None = None, file: str = "", size: int = 0, partial: Path | None = None
    ) -> Iterator[None]:
        """Turn whatever the library, the network or the disk raises into a WeightsError with one sentence."""
        try:
            yield
        except AsrBenchError:
            raise
        except Exception as error:
            attempt = Attempt(self.repo, self.endpoint, revision, file, size, partial)
            raise WeightsError(f"{self.name}: {explain(error, attempt)}") from error


def _begun(partial: Path, size: int) -> int:
    """Return how many bytes of an unfinished file can be used."""
    begun = partial.stat().st_size if partial.exists() else 0
    if begun > size:
        partial.unlink()
        return 0
    return begun


def _patiently(attempt: Callable[[], _T], busy: bool = True) -> _T:
    """Try again a little later what the hub cannot serve at the moment: 5xx, and 429 if `busy`."""
    for wait in WAITS:
        try:
            return attempt()
        except Exception as error:
            code, asked = status(error), retry_after(error)
            if (code < 500 and not (busy and code == 429)) or (asked or 0) > LONGEST_WAIT:
                raise
            time.sleep(wait if asked is None else asked)
    return attempt()
