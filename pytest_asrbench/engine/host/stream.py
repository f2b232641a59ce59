"""An utterance that is given to a model piece by piece, as it would come from a microphone."""

from __future__ import annotations

from pytest_asrbench.adapter import Audio, Decoding
from pytest_asrbench.engine.host.answers import Fed
from pytest_asrbench.engine.host.plan import Limit, plain
from pytest_asrbench.engine.host.protocol import Host


class HostStream:
    """Opened by its first piece, and closed by its last one. Another request to the host before that gives it up."""

    def __init__(self, host: Host, decoding: Decoding, *, language: str | None = None, prompt: str | None = None):
        self._host = host
        self._opening = {"decoding": plain(decoding), "language": language, "prompt": prompt}
        self._pieces = 0

    def feed(self, piece: Audio, last: bool, limit: Limit) -> Fed:
        """Give the model the next piece and return what it understood by then. The pace is the caller's.

        Raises UnsuitedError if the model takes no streams, or none like this, HostError for faults.
        """
        number, self._pieces = self._pieces, self._pieces + 1
        return self._host.feed(piece, last, number, None if number else self._opening, limit)
