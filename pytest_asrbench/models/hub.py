"""Talks to a model hub through huggingface_hub, and says in one sentence what went wrong.

Files land in huggingface_hub's own cache by its own `snapshot_download`, so that other programs find them there. What
is asked of the hub besides is what it has: to refuse pickles and to see that the disk has room, before anything comes.
"""

from __future__ import annotations

import glob
import os
import re
import reprlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pytest_asrbench.errors import AsrBenchError, MissingDependencyError, WeightsError
from pytest_asrbench.models.hub_errors import Attempt, explain, passing, retry_after
from pytest_asrbench.support.checks import is_commit, is_path_below

PUBLIC = "https://huggingface.co"
WAITS = (1.0, 4.0)  # seconds before the second and third attempt at a request that the hub could not serve
LONGEST_WAIT = 60.0
# Large files are named by their content's SHA-256, small ones by git's hash.
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Remote:
    """A file of a commit: its size in bytes, and the hash under which the cache keeps its content ("": not told)."""

    size: int
    hash: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One commit of a repository: its hash, and the files in it."""

    commit: str
    files: dict[str, Remote]


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
        with self._explained(revision):
            info = patiently(
                lambda: api.model_info(self.repo, revision=revision, files_metadata=True, timeout=self._patience)
            )
            files = {
                one.rfilename: (one.size or 0, one.lfs.sha256 if one.lfs else one.blob_id) for one in info.siblings
            }
        if not is_commit(info.sha):
            raise self._odd(f"the commit {reprlib.repr(info.sha)}")
        for name, (size, _) in files.items():
            if not is_path_below(name):
                raise self._odd(f"a file called {reprlib.repr(name)}")
            if type(size) is not int or size < 0:
                raise self._odd(f"{reprlib.repr(size)} as the size of {reprlib.repr(name)}")
        return Listing(str(info.sha), {name: Remote(size, str(digest or "")) for name, (size, digest) in files.items()})

    def missing(self, remotes: Sequence[Remote]) -> int:
        """Return how many bytes of the files are not in the cache."""
        blobs = storage(self.cache, self.repo) / "blobs"
        return sum(one.size for one in remotes if not (_HASH.fullmatch(one.hash) and (blobs / one.hash).exists()))

    def first_bytes(self, commit: str, file: str, count: int) -> bytes:
        """Return the first bytes of a file without downloading the rest."""
        url = self._library.hf_hub_url(self.repo, file, revision=commit, endpoint=self.endpoint)
        headers = {**self._utils.build_hf_headers(), "Range": f"bytes=0-{count - 1}"}
        session = self._utils.get_session()
        with (
            self._explained(commit),
            session.stream("GET", url, headers=headers, timeout=self._patience, follow_redirects=True) as response,
        ):
            self._utils.hf_raise_for_status(response)
            return next(iter(response.iter_bytes(count)), b"")[:count]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let another process that downloads the same repository finish before the block."""
        from filelock import FileLock

        lock = self.cache / ".locks" / f"{storage(self.cache, self.repo).name}.lock"
        with self._explained(None, transfer=True):
            lock.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(lock):
                yield

    def bring(self, commit: str, files: Sequence[str], progress: bool) -> None:
        """Download the files of a commit. Those that came before an interruption do not come again."""
        with self._explained(commit, transfer=True), self._bars(progress):
            patiently(
                lambda: self._library.snapshot_download(
                    self.repo,
                    revision=commit,
                    cache_dir=self.cache,
                    endpoint=self.endpoint,
                    allow_patterns=[glob.escape(file) for file in files],
                    etag_timeout=self._patience,
                )
            )

    def name_commit(self, revision: str | None, commit: str) -> None:
        """Note in the cache which commit the branch or tag is (None: the default branch, as "main")."""
        if revision == commit:
            return
        note = storage(self.cache, self.repo) / "refs" / (revision or "main")
        with self._explained(revision):
            note.parent.mkdir(parents=True, exist_ok=True)
            draft = note.with_name(f".{note.name}-{os.getpid()}")
            draft.write_text(commit, "utf-8")
            draft.replace(note)

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
    def _explained(self, revision: str | None, *, transfer: bool = False) -> Iterator[None]:
        """Turn whatever the library, the network or the disk raises into a WeightsError with one sentence."""
        try:
            yield
        except AsrBenchError:
            raise
        except Exception as error:
            attempt = Attempt(self.repo, self.endpoint, revision, self.cache if transfer else None)
            raise WeightsError(f"{self.name}: {explain(error, attempt)}") from error


def patiently(attempt: Callable[[], _T]) -> _T:
    """Try again a little later what may succeed then."""
    for wait in WAITS:
        try:
            return attempt()
        except Exception as error:
            asked = retry_after(error)
            if not passing(error) or (asked or 0) > LONGEST_WAIT:
                raise
            time.sleep(wait if asked is None else asked)
    return attempt()
