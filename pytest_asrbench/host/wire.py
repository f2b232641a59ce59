"""Messages between parent and child: one JSON object, then (where it announces one) one block of raw bytes.

JSON rather than pickle: a model's process is not trusted to run code in ours, and the two interpreters may
be of different versions. The connection is inherited by the child as a bare descriptor (a handle on Windows).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from multiprocessing import connection
from typing import Any

_PAYLOAD = "payload_bytes"


class Channel:
    """One end of the conversation. Receiving raises EOFError or OSError when the other side is gone."""

    def __init__(self, conn: connection.Connection[Any, Any]) -> None:
        self._conn = conn

    def send(self, message: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        """Send `message`, followed by `payload` if there is any."""
        size = len(payload)
        self._conn.send_bytes(json.dumps({**message, _PAYLOAD: size}).encode("ascii"))
        if size:
            self._conn.send_bytes(payload)

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """Block for the next message and return it with its payload."""
        message: dict[str, Any] = json.loads(self._conn.recv_bytes())
        return message, self._conn.recv_bytes() if message.pop(_PAYLOAD) else b""

    def poll(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for something to receive (the end of the stream counts)."""
        return self._conn.poll(timeout)

    def close(self) -> None:
        """Close this end."""
        self._conn.close()


def adopt(descriptor: int) -> Channel:
    """Make a channel of a descriptor that the parent process passed on."""
    if sys.platform == "win32":
        return Channel(connection.PipeConnection(descriptor))
    return Channel(connection.Connection(descriptor))
