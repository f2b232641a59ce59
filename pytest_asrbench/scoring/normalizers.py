"""Text normalisers, each with a stamp that tells exactly which rules made a number.

whisper:  OpenAI's Whisper rules from the package whisper-normalizer: English spelling, numbers and contractions are
          unified, fillers such as "um" are deleted, and so is text in brackets. Other languages get its basic rules,
          with combining marks kept: without them Hindi, Thai or Malayalam words fall apart and the WER looks too good.
verbatim: case, punctuation and typographic variants are unified, and every spoken word is kept, fillers included.
none:     the text as it is; words are what stands between blanks.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.scoring import profiles

Normalize = Callable[[str, str | None], str]


@dataclass(frozen=True, slots=True)
class Normalizer:
    """A rule set: `apply(text, language)` returns words separated by single blanks.

    version and digest identify the rules: the digest is taken over the source code that implements them.
    """

    name: str
    version: str
    digest: str
    apply: Normalize

    @property
    def stamp(self) -> str:
        """Name, version and digest in one word, as it stands in every record."""
        return f"{self.name}-{self.version}-{self.digest}"


_PROFILES = {"whisper": profiles.whisper, "verbatim": profiles.verbatim, "none": profiles.none}
NAMES = tuple(_PROFILES)


def load(name: str, others: Mapping[str, Normalize] | None = None) -> Normalizer:
    """Return the normaliser called `name`: one of `others` (those that a project added), or else one of ours.

    Raises UsageError for an unknown name.
    """
    if others and name in others:
        return _custom(name, others[name])
    if name not in _PROFILES:
        known = ", ".join(sorted({*_PROFILES, *(others or {})}))
        raise UsageError(f"unknown normalizer {name!r}; known are {known}")
    return _bundled(name)


@functools.cache
def _bundled(name: str) -> Normalizer:
    apply, sources = _PROFILES[name]()
    version = metadata.version("whisper-normalizer") if name == "whisper" else "1"
    return Normalizer(name, version, _digest([*sources, Path(profiles.__file__)]), apply)


def _custom(name: str, function: Normalize) -> Normalizer:
    """Wrap a project's function, so that what it gets wrong is told with its name."""

    def apply(text: str, language: str | None) -> str:
        try:
            normalized = function(text, language)
        except Exception as error:
            raise UsageError(
                f"the normalizer {name!r} failed with {type(error).__name__}: {error}; correct it where it is defined"
            ) from error
        if not isinstance(normalized, str):
            raise UsageError(f"the normalizer {name!r} returned {type(normalized).__name__}; it should return a string")
        return " ".join(normalized.split())

    source = _source(function)
    return Normalizer(name, "custom", _digest([source]) if source is not None else "unknown", apply)


def _source(function: Any) -> Path | None:
    """Return the file that defines a function, or the class of a callable object; None if there is none."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    try:
        found = inspect.getsourcefile(function if inspect.isroutine(function) else type(function))
    except TypeError:  # built in
        return None
    return Path(found) if found is not None and Path(found).is_file() else None


def _digest(sources: list[Path]) -> str:
    content = hashlib.sha256()
    # Not by their whole paths: those differ from one installation to the next.
    for source in sorted(sources, key=lambda path: (path.parent.name, path.name)):
        # Line ends differ between checkouts on different systems; the rules do not.
        content.update(source.read_bytes().replace(b"\r\n", b"\n"))
    return content.hexdigest()[:8]
