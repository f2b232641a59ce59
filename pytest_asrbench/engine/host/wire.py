"""Messages between parent and child: a head, a JSON object, and any raw bytes that go with it.

JSON rather than pickle: a model's process is not trusted to run code in ours, and the two interpreters may be
of different versions. The connection is inherited by the child as a bare descriptor (a handle on Windows). Each head
has the number of the request, so that an answer can never be taken for that of another one.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from collections.abc import Mapping
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    if sys.platform == "win32":
        End = connection.PipeConnection[Any, Any] | connection.Connection[Any, Any]
    else:
        End = socket.socket

MAGIC = b"asrbench"
HEAD = struct.Struct("<8sQQQ")  # magic, number, lengths of object and raw bytes; what follows 32 bytes is aligned
_ALIGNMENT = 16  # of the raw bytes: array libraries want their samples aligned
_HIGHEST = 4_096  # descriptors beyond are legal, but make the kernel's table of them large
_encode = json.JSONEncoder().encode


class GarbledError(Exception):
    """What came through the connection is no message, or none that was asked for; the text says what it is."""


def pack(number: int, message: Mapping[str, Any], payload: bytes | memoryview = b"") -> list[bytes | memoryview]:
    """Return the parts of a message of request `number`, to be sent one after the other."""
    text = _encode(message).encode("ascii")
    text += b" " * (-len(text) % _ALIGNMENT)
    raw = memoryview(payload).cast("B")
    return [HEAD.pack(MAGIC, number, len(text), len(raw)), text, raw]


class Channel:
    """The child's end. Its calls block, and raise EOFError or OSError when the parent is gone."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._owner = os.getpid()
        self._number = 0
        if sys.platform != "win32":  # a fork of the model's must not speak for it; a program that it starts cannot
            os.register_at_fork(after_in_child=self.close)

    def receive(self) -> tuple[dict[str, Any], memoryview]:
        """Wait for the next request and return it with its payload; raises GarbledError for anything else."""
        if sys.platform != "win32":
            self._end.setblocking(True)  # whatever the model has made of it
            length, rest = self._understand(self._read(HEAD.size))
            body = self._read(length + rest)
        else:
            whole = memoryview(self._end.recv_bytes())
            length, _ = self._understand(whole[: HEAD.size])
            body = whole[HEAD.size :]
        message: dict[str, Any] = json.loads(bytes(body[:length]))
        return message, body[length:]

    def send(self, message: Mapping[str, Any]) -> None:
        """Answer the request that was received last."""
        if os.getpid() != self._owner:  # a fork that native code made
            os._exit(1)
        data = b"".join(pack(self._number, message))
        if sys.platform != "win32":
            self._end.setblocking(True)
            self._end.sendall(data)
        else:
            self._end.send_bytes(data)

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def _understand(self, head: memoryview) -> tuple[int, int]:
        """Note the request's number and return the two lengths."""
        magic, self._number, length, rest = HEAD.unpack(head)
        if magic != MAGIC:
            raise GarbledError(f"a request that begins with {bytes(head[:8])!r}")
        return length, rest

    if sys.platform != "win32":

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
    """Make a channel of a descriptor that the parent process passed on; programs that this one starts have it not."""
    if sys.platform == "win32":
        return Channel(connection.PipeConnection(descriptor))
    return Channel(socket.socket(fileno=_out_of_the_way(descriptor)))


def _out_of_the_way(descriptor: int) -> int:
    """Move the descriptor to a high number: libraries that close or write to what they never opened count from 3."""
    if sys.platform == "win32":
        return descriptor
    import fcntl
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    floor = (min(most, _HIGHEST) if most > 0 else _HIGHEST) - 16
    try:
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, max(floor, 3))
    except OSError:
        os.set_inheritable(descriptor, False)
        return descriptor
    os.close(descriptor)
    return moved
