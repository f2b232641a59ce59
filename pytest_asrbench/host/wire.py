"""Messages between parent and child: two lengths, a JSON object, and any raw bytes that go with it.

JSON rather than pickle: a model's process is not trusted to run code in ours, and the two interpreters may
be of different versions. The connection is inherited by the child as a bare descriptor (a handle on Windows).
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    if sys.platform == "win32":
        End = connection.PipeConnection[Any, Any] | connection.Connection[Any, Any]
    else:
        End = socket.socket

_LENGTHS = struct.Struct("<QQ")  # of the object and of the raw bytes; 16 bytes, so that what follows stays aligned
_ALIGNMENT = 16  # of the raw bytes: array libraries want their samples aligned
_encode = json.JSONEncoder().encode


class Channel:
    """One end of the conversation. Receiving raises EOFError or OSError when the other side is gone."""

    def __init__(self, end: End) -> None:
        self._end = end
        if sys.platform != "win32":
            self._poll = select.poll()
            self._poll.register(end.fileno(), select.POLLIN)

    def send(self, message: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        """Send `message` with `payload`, in one piece if the system takes it."""
        text = _encode(message).encode("ascii")
        text += b" " * (-len(text) % _ALIGNMENT)
        raw = memoryview(payload).cast("B")
        parts = (_LENGTHS.pack(len(text), len(raw)), text, raw)
        if sys.platform != "win32":
            self._write(parts)
        else:
            self._end.send_bytes(b"".join(parts))

    def receive(self) -> tuple[dict[str, Any], memoryview]:
        """Block for the next message and return it with its payload."""
        if sys.platform != "win32":
            length, rest = _LENGTHS.unpack(self._read(_LENGTHS.size))
            whole = self._read(length + rest)
        else:
            received = memoryview(self._end.recv_bytes())
            length, _ = _LENGTHS.unpack_from(received)
            whole = received[_LENGTHS.size :]
        message: dict[str, Any] = json.loads(bytes(whole[:length]))
        return message, whole[length:]

    def poll(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for something to receive (the end of the stream counts)."""
        if sys.platform != "win32":
            return bool(self._poll.poll(timeout * 1000))
        return self._end.poll(timeout)

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    if sys.platform != "win32":

        def _write(self, parts: Sequence[bytes | memoryview]) -> None:
            sent = self._end.sendmsg(parts)
            if sent < sum(map(len, parts)):  # a signal came
                self._end.sendall(b"".join(parts)[sent:])

        def _read(self, length: int) -> memoryview:
            whole = memoryview(bytearray(length))
            filled = 0
            while filled < length:
                received = self._end.recv_into(whole[filled:], 0, socket.MSG_WAITALL)
                if not received:
                    raise EOFError
                filled += received
            return whole


def pair() -> tuple[End, End]:
    """Two connected ends, one for a child to inherit.

    Not a connection of multiprocessing where there is a choice: that writes a large message in two pieces and reads it
    in many, and each piece wakes the other side.
    """
    if sys.platform == "win32":
        return connection.Pipe()
    return socket.socketpair()


def adopt(descriptor: int) -> Channel:
    """Make a channel of a descriptor that the parent process passed on."""
    if sys.platform == "win32":
        return Channel(connection.PipeConnection(descriptor))
    return Channel(socket.socket(fileno=descriptor))
