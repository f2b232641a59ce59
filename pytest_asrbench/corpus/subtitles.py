"""Subtitles as references: what is said, and when, in SubRip (.srt) and WebVTT (.vtt) files. Read by pysubs2."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_asrbench.errors import CorpusError, MissingDependencyError

ENDINGS = frozenset({".srt", ".vtt"})


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle. start, end: seconds."""

    start: float
    end: float
    text: str


def cues(content: str, ending: str, where: str) -> list[Cue]:
    """Return the subtitles in `content`, a file with this ending; raises CorpusError, in which the file is `where`.

    Raises MissingDependencyError without pysubs2.
    """
    try:
        import pysubs2
    except ImportError:
        raise MissingDependencyError(
            f'{where} needs pysubs2, which reads subtitles: pip install "pytest-asrbench[subtitles]"'
        ) from None
    try:
        read = pysubs2.SSAFile.from_string(content, format_=ending.removeprefix("."))
    except Exception as error:  # a text that is none of its formats makes it raise what comes
        raise CorpusError(f"{where} holds no subtitles that can be read ({error}): export it again") from error
    found = [Cue(one.start / 1000, one.end / 1000, " ".join(one.plaintext.split())) for one in read if one.is_text]
    if not found:
        raise CorpusError(f"{where} holds no subtitles: export it again, or write what is said into a .txt")
    return found


def words(content: str, ending: str, where: str) -> str:
    """Return all that is said, in order; raises as `cues` does."""
    return " ".join(cue.text for cue in cues(content, ending, where) if cue.text)
