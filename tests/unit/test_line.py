"""The parent's end of the connection, against a peer that says anything: only the answers to the last request count."""

from __future__ import annotations

import json
import math
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_asrbench.engine.host.line import MAX_ANSWER, Line
from pytest_asrbench.engine.host.wire import HEAD, MAGIC, Channel, GarbledError, pack

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pipe in message mode there")

Ends = tuple[Line, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A line that has asked its first request, and the bare other end."""
    if sys.platform == "win32":
        return
    ours, theirs = socket.socketpair()
    line = Line(ours, on_stuck=lambda: None)
    line.ask({"do": "something"}, b"", until=math.inf)
    yield line, theirs
    line.close()
    theirs.close()


def answer(number: int = 1, **message: Any) -> bytes:
    return b"".join(pack(number, message))


def test_answers_to_the_request_are_taken_one_by_one(ends: Ends) -> None:
    line, peer = ends
    assert line.take() is None
    peer.sendall(answer(call=0) + answer(call=1))
    assert (line.take(), line.take(), line.take()) == ({"call": 0}, {"call": 1}, None)
    line.ask({"do": "more"}, b"", until=math.inf)
    peer.sendall(answer(2, call=0))
    assert line.take() == {"call": 0}


def test_an_answer_in_pieces_is_taken_when_it_is_whole(ends: Ends) -> None:
    line, peer = ends
    whole = answer(text="x" * 100_000)
    for piece in (whole[:3], whole[3:40], whole[40:-1]):
        peer.sendall(piece)
        assert line.take() is None
    peer.sendall(whole[-1:])
    taken = None
    while taken is None:
        taken = line.take()
    assert taken == {"text": "x" * 100_000}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (answer(0, call=0), "an answer to request 0 when 1 was under way"),
        (answer(2, call=0), "an answer to request 2 when 1 was under way"),
        (b"hello\n", "something that is no answer"),
        (HEAD.pack(MAGIC, 1, 2**31, 0), "an answer of 2,147,483,648 bytes"),
        (HEAD.pack(MAGIC, 1, 2, 16), "an answer of 18 bytes"),
        (HEAD.pack(MAGIC, 1, MAX_ANSWER + 1, 0), "an answer of 268,435,457 bytes"),
        (HEAD.pack(MAGIC, 1, 4, 0) + b"{'a'", "an answer that is no JSON"),
        (HEAD.pack(MAGIC, 1, 3, 0) + b"[1]", "an answer that is no object"),
        (HEAD.pack(MAGIC, 1, 100_000, 0) + b"[" * 100_000, "an answer that is no JSON"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_anything_else_is_a_breach(ends: Ends, data: bytes, words: str) -> None:
    line, peer = ends
    peer.sendall(data)
    with pytest.raises(GarbledError, match=words):
        while line.take() is None:
            pass


@pytest.mark.parametrize("late", [b"x", answer(call=0)], ids=["garbage", "a second answer"])
def test_what_lies_there_before_a_request_is_a_breach(ends: Ends, late: bytes) -> None:
    line, peer = ends
    peer.sendall(answer(call=0))
    assert line.take() == {"call": 0}
    peer.sendall(late)
    with pytest.raises(GarbledError, match="nobody asked for"):
        line.ask({"do": "more"}, b"", until=math.inf)


def test_numbers_that_json_does_not_have_are_none(ends: Ends) -> None:
    line, peer = ends
    text = b'{"a": NaN, "b": -Infinity, "c": 1e999, "d": 1.5}'
    peer.sendall(HEAD.pack(MAGIC, 1, len(text), 0) + text)
    assert line.take() == {"a": None, "b": None, "c": None, "d": 1.5}


def test_the_end_of_the_stream_is_no_silence(ends: Ends) -> None:
    line, peer = ends
    peer.close()
    with pytest.raises((EOFError, OSError)):
        line.take()
    with pytest.raises((EOFError, OSError)):
        line.ask({"do": "more"}, b"", until=math.inf)


def test_a_child_that_does_not_read_keeps_nobody_waiting(ends: Ends) -> None:
    line, _ = ends
    with pytest.raises(TimeoutError):
        line.ask({"do": "transcribe"}, bytes(50_000_000), until=time.monotonic() + 0.1)


def test_a_large_request_arrives_as_it_was_sent_and_aligned() -> None:
    if sys.platform == "win32":
        return
    ours, theirs = socket.socketpair()
    line, channel = Line(ours, on_stuck=lambda: None), Channel(theirs)
    sent = bytes(range(256)) * 20_000
    sender = threading.Thread(target=line.ask, args=({"do": "x" * 7}, sent, math.inf))
    sender.start()
    message, payload = channel.receive()
    sender.join()
    assert message == {"do": "x" * 7}
    assert payload == sent
    channel.send({"event": "done"})
    assert line.take() == {"event": "done"}
    line.close()
    channel.close()


def test_the_child_refuses_what_is_no_request() -> None:
    if sys.platform == "win32":
        return
    ours, theirs = socket.socketpair()
    channel = Channel(theirs)
    ours.sendall(b"this is no request of ours, and long enough")
    with pytest.raises(GarbledError, match="this is"):
        channel.receive()
    ours.close()
    channel.close()


def test_a_message_is_its_head_and_json() -> None:
    head, text, raw = pack(3, {"a": 1}, b"12")
    magic, number, length, rest = HEAD.unpack(head)
    assert (magic, number, length, rest) == (MAGIC, 3, len(text), 2)
    assert json.loads(bytes(text)) == {"a": 1}
    assert bytes(raw) == b"12"
