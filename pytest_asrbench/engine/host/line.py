"""The parent's end of the connection: it asks by number, takes only the answers to that, and never waits unasked.

Nothing in here blocks beyond its deadline, whatever the child does: half a message, a message that never ends, silence,
or a child that does not read what it is sent.
"""

from __future__ import annotations

import json
import math
import select
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_asrbench.engine.host.wire import HEAD, MAGIC, GarbledError, pack

if TYPE_CHECKING:
    from pytest_asrbench.engine.host.wire import End

MAX_ANSWER = 2**28  # bytes: more than the longest text that a child sends takes, all of it written as escapes
_CHUNK = 2**16
_LONGEST_POLL = 3_600.0


class Line:
    """Asks a child and takes its answers. Raises EOFError or OSError when the child is gone.

    on_stuck: ends the child where a write to it cannot be given up in another way (Windows).
    """

    def __init__(self, end: End, on_stuck: Callable[[], None]) -> None:
        self._end = end
        self._on_stuck = on_stuck
        self._number = 0
        self._received = bytearray()
        if sys.platform != "win32":
            end.setblocking(False)
            self._readable, self._writable = select.poll(), select.poll()
            self._readable.register(end.fileno(), select.POLLIN)
            self._writable.register(end.fileno(), select.POLLOUT)

    def ask(self, message: Mapping[str, Any], payload: bytes | memoryview, until: float) -> None:
        """Send the next request; raises TimeoutError at `until`, a reading of time.monotonic().

        Raises GarbledError if anything lies in the connection by now: the last request has had all of its answers.
        """
        if self.wait(0):
            self._fill()
        if self._received:
            raise GarbledError(f"data that nobody asked for ({_shown(self._received)})")
        self._number += 1
        parts = pack(self._number, message, payload)
        if sys.platform != "win32":
            self._write(parts, until)
        else:
            rescue = threading.Timer(max(until - time.monotonic(), 0), self._on_stuck)
            rescue.start()
            try:
                self._end.send_bytes(b"".join(parts))
            finally:
                rescue.cancel()

    def take(self) -> dict[str, Any] | None:
        """Return the next answer to the last request, or None if it has not wholly come; raises GarbledError."""
        answer = self._next()
        if answer is None and self.wait(0):
            self._fill()
            answer = self._next()
        return answer

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for something to come (the end of the stream counts)."""
        if sys.platform != "win32":
            return bool(self._readable.poll(timeout * 1000))
        return self._end.poll(timeout)

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def _fill(self) -> None:
        """Read what is there."""
        if sys.platform != "win32":
            data = self._end.recv(_CHUNK)
            if not data:
                raise EOFError
        else:
            data = self._end.recv_bytes(MAX_ANSWER + HEAD.size)
        self._received += data

    def _next(self) -> dict[str, Any] | None:
        received = self._received
        if not received.startswith(MAGIC[: len(received)]):
            raise GarbledError(f"something that is no answer ({_shown(received)})")
        if len(received) < HEAD.size:
            return None
        _, number, length, rest = HEAD.unpack_from(received)
        if number != self._number:
            raise GarbledError(f"an answer to request {number} when {self._number} was under way")
        if length > MAX_ANSWER or rest:
            raise GarbledError(f"an answer of {length + rest:,} bytes")
        end = HEAD.size + length
        if len(received) < end:
            return None
        text = bytes(received[HEAD.size : end])
        del received[:end]
        return _parsed(text)

    if sys.platform != "win32":

        def _write(self, parts: Sequence[bytes | memoryview], until: float) -> None:
            while parts:
                try:
                    parts = _after(parts, self._end.sendmsg(parts))
                except BlockingIOError:
                    left = min(until - time.monotonic(), _LONGEST_POLL)
                    if left <= 0 or not self._writable.poll(left * 1000):
                        raise TimeoutError from None


def _after(parts: Sequence[bytes | memoryview], sent: int) -> list[memoryview]:
    """What of `parts` is left when `sent` bytes of them are gone, without a copy."""
    rest = []
    for part in parts:
        if sent < len(part):
            rest.append(memoryview(part)[sent:])
        sent = max(sent - len(part), 0)
    return rest


def _parsed(text: bytes) -> dict[str, Any]:
    """The object that `text` holds. NaN and infinities, which JSON does not have, are None."""
    try:
        answer = _decode(text.decode())
    except (ValueError, RecursionError) as error:
        raise GarbledError(f"an answer that is no JSON ({error})") from None
    if not isinstance(answer, dict):
        raise GarbledError(f"an answer that is no object ({_shown(text)})")
    return answer


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


_decode = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite).decode


def _shown(data: bytes | bytearray) -> str:
    return repr(bytes(data[:40]))
