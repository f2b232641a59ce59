"""The codes by which Whisper knows languages, and those of ISO 639-1, which everybody else uses."""

from __future__ import annotations

from collections.abc import Collection

from pytest_asrbench.errors import UsageError

# Javanese: a table of ISO 639 once printed "jw" by mistake, and Whisper's token has it still.
ISO_TO_WHISPER = {"jv": "jw"}
WHISPER_TO_ISO = {theirs: iso for iso, theirs in ISO_TO_WHISPER.items()}


def whisper_code(language: str | None, known: Collection[str], source: str | None) -> str | None:
    """Return the code of a request's language among the `known` ones of the model at `source`; None stays None.

    A fine-tune that has a token of its own for the ISO code keeps it. Raises UsageError for a language that the model
    lacks.
    """
    if language is None or language in known:
        return language
    theirs = ISO_TO_WHISPER.get(language)
    if theirs in known:
        return theirs
    english = set(known) == {"en"}
    rest = "it is English-only." if english else f"it has {', '.join(sorted(map(iso_code, known)))}."
    raise UsageError(f"{source} does not know the language {language!r}; {rest}")


def iso_code(code: str) -> str:
    """Return the ISO 639-1 code of a language that Whisper names."""
    return WHISPER_TO_ISO.get(code, code)
