"""Messages between parent and child: the length of a JSON object, the object, then any raw bytes that go with it.

JSON rather than pickle: a model's process is not trusted to run code in ours, and the two interpreters may
be of different versions. The connection is inherited by the child as a bare descriptor (a handle on Windows).
"""

from __future__ import annotations

import json
import select
import struct
import sys
from collections.abc import Mapping
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    if sys.platform == "win32":
        Conn = connection.PipeConnection[Any, Any] | connection.Connection[Any, Any]
    else:
        Conn = connection.Connection[Any, Any]

_LENGTH = struct.Struct("<I")
_ALIGNMENT = 16  # of the payload: array libraries want their samples aligned


class Channel:
    """One end of the conversation. Receiving raises EOFError or OSError when the other side is gone."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn
        # The connection's own poll() builds a selector for each call, which takes longer than the call itself.
        if sys.platform != "win32":
            self._poll = select.poll()
            self._poll.register(conn.fileno(), select.POLLIN)

    def send(self, message: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        """Send `message` with `payload`, in one piece: each write would wake the other side."""
        text = json.dumps(message).encode("ascii")
        text += b" " * (-(_LENGTH.size + len(text)) % _ALIGNMENT)
        self._conn.send_bytes(b"".join((_LENGTH.pack(len(text)), text, payload)))

    def receive(self) -> tuple[dict[str, Any], memoryview]:
        """Block for the next message and return it with its payload."""
        whole = memoryview(self._conn.recv_bytes())
        end = _LENGTH.size + _LENGTH.unpack_from(whole)[0]
        message: dict[str, Any] = json.loads(bytes(whole[_LENGTH.size : end]))
        return message, whole[end:]

    def poll(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for something to receive (the end of the stream counts)."""
        if sys.platform != "win32":
            return bool(self._poll.poll(timeout * 1000))
        return self._conn.poll(timeout)

    def close(self) -> None:
        """Close this end."""
        self._conn.close()


def adopt(descriptor: int) -> Channel:
    """Make a channel of a descriptor that the parent process passed on."""
    if sys.platform == "win32":
        return Channel(connection.PipeConnection(descriptor))
    return Channel(connection.Connection(descriptor))
