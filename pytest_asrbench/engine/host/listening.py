"""The one stream that a model's process may have open: pieces of audio in, partial texts out. Runs in that process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pytest_asrbench.adapter import JSON, Decoding, Loadable, Stream
from pytest_asrbench.engine.host import contract
from pytest_asrbench.engine.host.calls import clips, timed


class Listener:
    """Feeds the stream that is open, if there is one."""

    def __init__(self) -> None:
        self._stream: Stream | None = None
        self._start = 0.0

    def open(self, adapter: Loadable, asked: Mapping[str, Any]) -> None:
        """Open a stream in place of the one before; raises UnsuitedError if the model has none, or none like that."""
        self.close()
        decoding = Decoding(**asked["decoding"])
        streaming = contract.streaming(adapter)
        contract.check_asked(adapter.info, [asked["prompt"]], decoding)
        self._start = time.perf_counter()
        self._stream = streaming.open_stream(decoding, language=asked["language"], prompt=asked["prompt"])

    def feed(self, message: Mapping[str, Any], pcm: memoryview) -> JSON:
        """Return the event "fed" for the next piece, less the memory. A stream that fails, or has its last, is gone."""
        if self._stream is None:
            raise RuntimeError("a piece of a stream came, but none is open")
        (piece,) = clips([message["piece"]], pcm)
        done = True
        try:
            partials, clock = timed(self._stream.feed, piece, message["last"])
            at = time.perf_counter() - self._start
            checked = contract.partials(partials, message["last"])
            done = message["last"]
        finally:
            if done:
                self.close()
        return {"event": "fed", "number": message["number"], **clock, "at": at, "partials": checked}

    def close(self) -> None:
        """Release the stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
