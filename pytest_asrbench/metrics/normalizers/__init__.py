"""Text normalisers, each with a stamp that tells exactly which rules made a number.

whisper:  OpenAI's Whisper rules from the package whisper-normalizer: English spelling, numbers and contractions are
          unified, fillers such as "um" are deleted, and so is text in brackets. Other languages get its basic rules,
          with combining marks kept: without them Hindi, Thai or Malayalam words fall apart and the WER looks too good.
leaderboard: the Open ASR Leaderboard's rules for English, which change Whisper's in some ways; others get Whisper's.
verbatim: case, punctuation and typographic variants are unified, and every spoken word is kept, fillers included.
cleanup:  as verbatim, with contractions opened, so that "not" is a word, with English numbers in figures and spellings
          in one form: for texts of which fillers and false starts are to be gone, and nothing else.
none:     the text as it is; words are what stands between blanks.

In the first two, punctuation is never a word, and the letters of scripts without blanks between words are words.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics.normalizers import profiles
from pytest_asrbench.support.checks import hint

Normalize = Callable[[str, str | None], str]


@dataclass(frozen=True, slots=True)
class Normalizer:
    """A rule set: `apply(text, language)` returns words separated by single blanks.

    version and digest identify the rules. Ours have a version of their own, which is raised when they change; the
    digest is taken over it, over the rules of the package whisper-normalizer where they are used, and over the source
    of a project's own.
    """

    name: str
    version: str
    digest: str
    apply: Normalize

    @property
    def stamp(self) -> str:
        """Name, version and digest in one word, as it stands in every record."""
        return f"{self.name}-{self.version}-{self.digest}"


_PROFILES = {
    "whisper": profiles.whisper,
    "verbatim": profiles.verbatim,
    "cleanup": profiles.cleanup,
    "none": profiles.none,
    "leaderboard": profiles.leaderboard,
}
NAMES = tuple(_PROFILES)
_DATA = {"leaderboard": ("leaderboard.toml",), "cleanup": ("spelt.toml", "numerals.toml")}  # files of ours with rules
MAX_CHARACTERS = 500_000  # nine hours of speech


def load(name: str, others: Mapping[str, Normalize] | None = None) -> Normalizer:
    """Return the normaliser called `name`: one of `others` (those that a project added), or else one of ours.

    Raises UsageError for an unknown name.
    """
    if others and name in others:
        return _custom(name, others[name])
    if name not in _PROFILES:
        raise UsageError(f"unknown normalizer {name!r}; {hint(name, {*_PROFILES, *(others or {})})}")
    return _bundled(name)


@functools.cache
def _bundled(name: str) -> Normalizer:
    version = profiles.VERSIONS[name]
    rules = [f"{name} {version}".encode()]
    if name in ("whisper", "leaderboard", "cleanup"):
        version = f"{metadata.version('whisper-normalizer')}.{version}"
        rules += [_content(path) for path in _whisper_files()]
    rules += [_content(Path(__file__).with_name(file)) for file in _DATA.get(name, ())]
    return Normalizer(name, version, _digest(rules), _bounded(_PROFILES[name]()))


def _whisper_files() -> Iterator[Path]:
    """The package's files that hold its rules."""
    import whisper_normalizer

    folder = Path(whisper_normalizer.__file__).parent
    yield from (folder / name for name in ("basic.py", "english.py", "normalizers/english.json"))


def _bounded(rules: Normalize) -> Normalize:
    """Refuse texts that nobody spoke: aligning them would take minutes, and they say nothing."""

    def apply(text: str, language: str | None) -> str:
        if len(text) > MAX_CHARACTERS:
            raise UsageError(
                f"a text of {len(text):,} characters cannot be scored, at most {MAX_CHARACTERS:,} can: "
                "cut the recording into parts, or look into what the model has written"
            )
        return rules(text, language)

    return apply


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
    digest = _digest([_content(source)]) if source is not None else "unknown"
    return Normalizer(name, "custom", digest, _bounded(apply))


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


def _content(path: Path) -> bytes:
    # Line ends differ between checkouts on different systems; the rules do not.
    return path.read_bytes().replace(b"\r\n", b"\n")


def _digest(rules: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(rules)).hexdigest()[:8]
