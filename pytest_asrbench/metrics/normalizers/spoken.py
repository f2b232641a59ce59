"""By whose rules a clip is scored, and what a reader should know of its language. One answer for both of its texts."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics.normalizers import scripts
from pytest_asrbench.support import languages
from pytest_asrbench.support.languages import Told

DETECTED, SCRIPT = "detected", "script"
_TELLING = 0.2  # of a text
_WHO = {"snippet": "the snippet", "corpus": "the corpus", "model": "the model's entry"}
NOT_TOLD = "language not told: detection is part of the time"


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language of a clip: what was told before, or what the model has heard, or else what the letters say.

    language: a code, None where the script alone is known; source: who says so; rules: what normalisers are given, a
    code or a tag such as "und-Deva"; remarks: what is new to say, in whole sentences.
    """

    language: str | None
    source: str
    rules: str
    remarks: tuple[str, ...] = ()


def before(told: Told, reference: str) -> Spoken:
    """What is known before the model has answered; `reference` as it is written."""
    guess = scripts.guess(reference)
    if told.language is None:
        return Spoken(None, SCRIPT, guess)
    remarks: tuple[str, ...] = ()
    written, wanted = scripts.dominant(reference), scripts.expected(told.language)
    if written is not None and wanted is not None and not _holds(reference, wanted):
        remarks = (
            f"the reference is written in {scripts.name(written)} letters, and {_who(told.source)} says that it is "
            f"{told.language!r}: is that so?",
        )
    return Spoken(told.language, told.source, told.language, remarks)


def after(known: Spoken, told: Told, heard: object, reference: str, transcript: str) -> Spoken:
    """The same with what the model has `heard`, a code or name if it tells one, and what it has written.

    Only where nobody told the language, and the reference may be in it, is the model believed.
    """
    detected = _code(heard)
    remarks = []
    if detected is not None and told.asked is None:
        remarks.append(NOT_TOLD)
    if detected is not None and known.language not in (None, detected):
        remarks.append(f"the model heard {detected!r}, and {_who(known.source)} says that it is {known.language!r}")
    said, written = scripts.dominant(transcript), scripts.dominant(reference)
    if said is not None and written is not None and not _holds(transcript, written):
        names = scripts.name(said), scripts.name(written)
        remarks.append(f"the answer is written in {names[0]} letters, the reference in {names[1]} ones")
    settled = known.language is None and detected is not None and _may_be(detected, written)
    if not settled or detected is None:
        return Spoken(known.language, known.source, known.rules, tuple(remarks))
    return Spoken(detected, DETECTED, detected, tuple(remarks))


def _who(source: str) -> str:
    return _WHO.get(source, source)


def _holds(text: str, script: str) -> bool:
    """Whether a telling part of `text` is in `script`; names and loans in other letters are common."""
    return scripts.shares(text).get(script, 0.0) >= _TELLING


def _may_be(language: str, script: str | None) -> bool:
    return script is not None and scripts.expected(language) in (None, script)


def _code(heard: object) -> str | None:
    try:
        return languages.resolve(heard) if isinstance(heard, str) and heard else None
    except UsageError:  # a name that a fine-tune has made up
        return None
