"""One clip with its reference, and what may be said about it in a manifest or corpus.toml."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path, PurePath
from typing import Any

from pytest_asrbench.adapter import Audio
from pytest_asrbench.corpus import subtitles
from pytest_asrbench.corpus.audio import Decoded
from pytest_asrbench.corpus.decoding.content import foreign, require_regular
from pytest_asrbench.corpus.recording import EncodedRecording, Recording
from pytest_asrbench.errors import AudioError, CorpusError, UsageError
from pytest_asrbench.records import VERBATIM
from pytest_asrbench.support import languages
from pytest_asrbench.support.checks import is_number, is_text, is_texts, is_whole


@dataclass(frozen=True, slots=True)
class Snippet:
    """One clip with its reference; `problem` tells why it cannot be measured, if it cannot.

    text: the reference if the manifest holds it, else None and it is read from `transcript`. others: further
    references by their fields, each as a text or the file that holds it.
    nonspeech: declared to hold no speech, so that an empty reference is meant; empty: fields whose reference is meant
    to be empty though there is speech, as that of a clip of fillers alone. duration: declared seconds.
    origin: the manifest's line that defines it, for messages.
    """

    id: str
    recording: Recording | None = None
    text: str | None = None
    transcript: Path | None = None
    language: str | None = None
    speaker: str | None = None
    nonspeech: bool = False
    empty: tuple[str, ...] = ()
    duration: float | None = None
    tags: tuple[str, ...] = ()
    max_wer: float | None = None
    problem: str | None = None
    origin: str = ""
    others: Mapping[str, str | Path] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[Snippet], tuple[Any, ...]]:
        # Lists are kept pickled. What dataclasses do for slots takes three times as long.
        return Snippet, tuple([getattr(self, name) for name in _FIELDS])

    @property
    def audio(self) -> Path | None:
        """The path of the recording, where it is a file or part of one; None without a recording."""
        return self.recording.path if isinstance(self.recording, EncodedRecording) else None

    @property
    def references(self) -> Mapping[str, str]:
        """All references that can be read, by their fields."""
        return self.readable((VERBATIM, *self.others))[0]

    def readable(self, names: Iterable[str]) -> tuple[dict[str, str], list[str]]:
        """Those of the references `names` that it has, by their fields, and what is wrong with the others of these."""
        found, wrong = {}, []
        for name in names:
            if self._given(name) is not None:
                try:
                    found[name] = self.reference(name)
                except CorpusError as error:
                    wrong.append(str(error))
        return found, wrong

    def reference(self, name: str = VERBATIM) -> str:
        """The reference in this field; raises CorpusError for an absent or unreadable one, or one without words."""
        text = self._text(name)
        meant = self.nonspeech or name in self.empty
        if not meant and not any(sign.isalnum() for sign in text):
            what = f"holds no word ({reprlib.repr(text.strip())})" if text.strip() else "is empty"
            raise CorpusError(f"{self._place(name)}: the reference {what}. {self._how_empty(name)}")
        return text.strip()

    def read(self, rate: int, name: str) -> Audio:
        """Return the clip as `decode` does, without remarks; raises AudioError."""
        return self.decode(rate, name).audio

    def decode(self, rate: int, name: str) -> Decoded:
        """Decode the clip to `rate` Hz mono; raises AudioError."""
        if self.problem is not None or self.recording is None:
            raise CorpusError(self.problem or f"snippet {self.id} has no audio: add it, or remove the snippet")
        try:
            decoded = self.recording.read(rate)
            return Decoded(Audio(decoded.audio.pcm, decoded.audio.sample_rate, name), decoded.remarks)
        except AudioError as error:
            if not self.origin:
                raise
            raise AudioError(f"{self.origin}: {error}") from error

    def seconds(self) -> float | None:
        """Duration as declared, or else from the file's header; None if neither tells."""
        if self.duration is not None or self.recording is None:
            return self.duration
        return self.recording.seconds()

    def _given(self, name: str) -> str | Path | None:
        """The text of a reference, or the file that holds it."""
        if name != VERBATIM:
            return self.others.get(name)
        return self.text if self.text is not None else self.transcript

    def _text(self, name: str) -> str:
        given = self._given(name)
        if given is None and name == VERBATIM:
            raise CorpusError(self.problem or f"snippet {self.id} has no transcript: write what is said")
        if given is None:
            raise CorpusError(
                f"{self.origin or self.id}: there is no reference {name!r}, which the task needs: write it into "
                f'{PurePath(self.id).name}.{name}.txt beside the recording, or as "{name}" into the manifest'
            )
        return given if isinstance(given, str) else _read(given)

    def _how_empty(self, name: str) -> str:
        """What to do about a reference without words."""
        if name == VERBATIM:
            return (
                'Write what is said; if the clip holds no speech, say so: "nonspeech": true in the manifest, or '
                f'nonspeech = ["{self.id}"] in corpus.toml'
            )
        return (
            f'Write what should come out; if that is nothing, say so: "empty": ["{name}"] in the manifest, or '
            f'[snippets."{self.id}"] empty = ["{name}"] in corpus.toml'
        )

    def _place(self, name: str) -> str:
        """Where a reference stands, for messages."""
        file = self.transcript if name == VERBATIM else self.others.get(name)
        return str(file) if isinstance(file, Path) else self.origin or self.id


_FIELDS = tuple(one.name for one in fields(Snippet))


def _read(path: Path) -> str:
    try:
        require_regular(path)
        content = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path} cannot be read ({error.strerror}): write what is said into it") from error
    if (what := foreign(content)) is not None:
        raise CorpusError(f"{path} is no transcript: {what}")
    text, ending = decode_text(content, str(path)), path.suffix.lower()
    return subtitles.words(text, ending, str(path)) if ending in subtitles.ENDINGS else text


def of_recording(recording: EncodedRecording, facts: Mapping[str, Any], **more: Any) -> Snippet:
    """Return the snippet that `facts` (of `checked_facts`) describe: `recording`, or the part of it that they name."""
    part: dict[str, Any] = {name: facts[name] for name in _PART if name in facts}
    return Snippet(recording=replace(recording, **part) if part else recording, **about_snippet(facts), **more)


def about_snippet(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `facts` that are fields of a snippet, and not of its recording."""
    return {name: value for name, value in facts.items() if name not in _PART or name == "duration"}


def decode_text(content: bytes, where: str) -> str:
    """Decode UTF-8, with or without a byte order mark; raises CorpusError that names the likely encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise CorpusError(f"{where} is not UTF-8 but looks like UTF-16. Convert it: iconv -f UTF-16 -t UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{where} is not UTF-8 (byte {error.start} is 0x{error.object[error.start]:02x}). "
            "Save it as UTF-8; if it comes from Windows: iconv -f WINDOWS-1252 -t UTF-8"
        ) from None


_PART = ("offset", "duration", "channel")  # of a recording


def checked_language(given: str) -> str | None:
    """The code of a language, None for one that says nothing ("und"); raises CorpusError for what is no language."""
    try:
        return languages.resolve(given)
    except UsageError as error:
        raise CorpusError(f"language: {error}") from None


def _same(value: Any) -> Any:
    return value


# What may be said of a snippet: a test, the words for what it wants, and what makes a snippet's value of it.
_FACTS: Mapping[str, tuple[Callable[[Any], bool], str, Callable[[Any], Any]]] = {
    "language": (is_text, 'a language code such as "en"', checked_language),
    "speaker": (lambda v: isinstance(v, str) or is_whole(v), "a name or number", str),
    "nonspeech": (lambda v: isinstance(v, bool), "true or false", _same),
    "empty": (is_texts, "a list of fields of references", tuple),
    "duration": (lambda v: is_number(v) and v > 0, "a number of seconds above 0", _same),
    "offset": (lambda v: is_number(v) and v >= 0, "a number of seconds, 0 or more", _same),
    "channel": (lambda v: is_whole(v) and v >= 0, "the number of a channel, counted from 0", _same),
    "tags": (is_texts, "a list of strings", tuple),
    "max_wer": (lambda v: is_number(v) and v >= 0, "a rate such as 0.1", _same),
}


def checked_facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `entry` says about a snippet, ready for `of_recording`; raises CorpusError for a wrong type.

    "lang" is NeMo's name for the language. Keys that say nothing about a snippet, and nulls, are left out.
    """
    facts = {}
    for given, key, value in _given_facts(entry):
        test, wanted, ready = _FACTS[key]
        if not test(value):
            raise CorpusError(f"{given} is {reprlib.repr(value)}; it should be {wanted}")
        facts[key] = ready(value)
    return facts


def sound_facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `entry` says about a snippet as `checked_facts` does, without what makes no sense."""
    facts = {}
    for _, key, value in _given_facts(entry):
        test, _, ready = _FACTS[key]
        if test(value):
            with suppress(CorpusError):
                facts[key] = ready(value)
    return facts


def _given_facts(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield each key as it was given and as it is called here, and its value."""
    for given, value in entry.items():
        key = "language" if given == "lang" and "language" not in entry else given
        if key in _FACTS and value is not None:
            yield given, key, value
