"""Streams of transcribe.cpp, in the words of the contract: what it has committed to is final, the rest is tentative."""

from __future__ import annotations

from typing import Any

from pytest_asrbench.adapter import Audio, Partial


class TranscribeCppStream:
    """One utterance that comes piece by piece.

    The library commits itself to tokens, which may end within a word. Final partials are joined by blanks, so that
    only whole words are given as final; where a language has no blanks, that is the end of the utterance.
    """

    def __init__(self, stream: Any) -> None:
        """Take an open stream of the library."""
        self._stream = stream
        self._said = 0  # characters of the committed text that were given as final

    def feed(self, audio: Audio, last: bool) -> list[Partial]:
        """Take a piece and return what was understood by now; see `Stream.feed`."""
        if audio.samples:
            self._stream.feed(audio.numpy())
        if last:
            self._stream.finalize()
        text = self._stream.text()
        whole = text.committed + text.tentative
        end = len(whole) if last else max(self._said, text.committed.rfind(" "))
        final, self._said = whole[self._said : end].strip(), end
        rest = whole[end:].strip()
        return [*([Partial(final, final=True)] if final else []), *([Partial(rest)] if rest else [])]

    def close(self) -> None:
        """Give the session back, so that clips can be transcribed again."""
        self._stream.reset()
