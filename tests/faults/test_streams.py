"""A clip that is given to a model piece by piece: partial texts with times, and faults that end where others do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.adapter import Audio, Decoding, Partial, Utterance
from pytest_asrbench.engine.host.answers import Fed
from pytest_asrbench.engine.host.inline import InlineHost
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.engine.host.stream import HostStream
from pytest_asrbench.errors import AdapterFailedError, HostCrashedError, HostTimeoutError, UnsuitedError

LIMIT = Limit(20)
PIECES = [Audio(bytes(6_400), 16_000, "mic/one") for _ in range(3)]  # of 0.1 s
Start = Callable[..., ChildHost]
ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="descriptors of POSIX systems")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a child that has loaded the stub with options, or the class that is named."""
    hosts: list[ChildHost] = []

    def begin(
        adapter: str = "pytest_asrbench.model_adapters.stub:Stub", kind: type[ChildHost] = ChildHost, **options: Any
    ) -> ChildHost:
        log, paths = tmp_path / "log", (str(tmp_path),)
        plan = HostPlan("model", adapter, None, {"text": "one two three", **options}, "cpu", "auto", log, paths=paths)
        hosts.append(kind(plan))
        hosts[-1].load(LIMIT)
        return hosts[-1]

    yield begin
    for host in hosts:
        host.close()


def listen(host: ChildHost, limit: Limit = LIMIT, decoding: Decoding | None = None, **asked: Any) -> list[Fed]:
    stream = HostStream(host, decoding or Decoding(), **asked)
    return [stream.feed(piece, piece is PIECES[-1], limit) for piece in PIECES]


@pytest.mark.parametrize("kind", [ChildHost, InlineHost])
def test_pieces_go_in_and_partial_texts_with_times_come_out(start: Start, kind: type[ChildHost]) -> None:
    host = start(kind=kind, seconds=0.01)
    for _ in range(2):  # one stream after the other
        heard = listen(host)
        assert [fed.partials for fed in heard] == [
            [Partial("one")],
            [Partial("one two")],
            [Partial("one two three", final=True)],
        ]
        assert all(fed.seconds >= 0.01 and fed.memory.peak_ram for fed in heard)
        assert heard[0].at < heard[1].at < heard[2].at
        assert heard[2].at >= sum(fed.seconds for fed in heard)
    (call,) = host.transcribe([Utterance(PIECES[0])], Decoding(), rounds=1, warmup=0, limit=LIMIT)
    assert call.transcripts[0].text == "one two three"


def test_a_stream_that_hangs_is_ended_at_its_deadline(start: Start) -> None:
    host = start(fault="hang", fault_after=1)
    stream = HostStream(host, Decoding())
    stream.feed(PIECES[0], False, LIMIT)
    with pytest.raises(HostTimeoutError, match=r"listening took longer than 0.5 s; the process was killed"):
        stream.feed(PIECES[1], False, Limit(0.5))
    assert not host.alive


def test_a_stream_that_brings_its_process_down_is_a_crash(start: Start) -> None:
    host = start(fault="sigkill", fault_after=2)
    with pytest.raises(HostCrashedError, match="while listening"):
        listen(host)
    assert not host.alive


def test_a_piece_that_fails_ends_the_stream_and_not_the_process(start: Start) -> None:
    host = start(fault="raise", fault_after=1)
    stream = HostStream(host, Decoding())
    stream.feed(PIECES[0], False, LIMIT)
    with pytest.raises(AdapterFailedError, match="ValueError while listening: scripted failure"):
        stream.feed(PIECES[1], False, LIMIT)
    with pytest.raises(AdapterFailedError, match="a piece of a stream came, but none is open"):
        stream.feed(PIECES[2], True, LIMIT)
    assert host.alive


def test_what_is_no_partial_is_refused(start: Start) -> None:
    with pytest.raises(AdapterFailedError, match="returned a bytes in place of a Partial"):
        listen(start(fault="garbage"))


def test_another_request_gives_a_stream_up(start: Start) -> None:
    host = start()
    stream = HostStream(host, Decoding())
    stream.feed(PIECES[0], False, LIMIT)
    host.transcribe([Utterance(PIECES[0])], Decoding(), rounds=1, warmup=0, limit=LIMIT)
    with pytest.raises(AdapterFailedError, match="none is open"):
        stream.feed(PIECES[1], True, LIMIT)


@ON_POSIX
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("twice", "the process sent "),  # data that nobody asked for, or an answer to the request before
        ("write-everywhere", "the process sent something that is no answer"),
        ("clock-nan", "the event 'fed' whose seconds is None"),
        ("clock-back", "the event 'fed' whose seconds is -"),
    ],
)
def test_foreign_answers_are_refused(start: Start, fault: str, words: str) -> None:
    host = start(fault=fault, fault_after=1)
    with pytest.raises(HostCrashedError) as caught:
        for _ in range(100):  # what follows an answer is seen when the next piece is fed, if it has come by then
            listen(host)
    assert words in str(caught.value)


OTHERS = """
from dataclasses import replace
from pytest_asrbench.model_adapters.stub import Stub

class Whole(Stub):
    info = replace(Stub.info, modes=("batch",))

class Claims(Stub):
    open_stream = None

class Plain(Stub):
    info = replace(Stub.info, tasks=("transcribe",), follows=())

class Mute(Stub):
    def open_stream(self, decoding, *, language, prompt):
        class Stream:
            def feed(self, audio, last):
                return []
            def close(self):
                print("closed", flush=True)
        return Stream()
"""


def test_a_model_that_takes_no_streams_says_so(start: Start, tmp_path: Path) -> None:
    (tmp_path / "others.py").write_text(OTHERS, "utf-8")
    with pytest.raises(UnsuitedError, match="model: it takes whole clips only, no streams"):
        listen(start("others:Whole"))
    plain = start("others:Plain")
    with pytest.raises(UnsuitedError, match="it follows no prompt"):
        listen(plain, prompt="with names")
    with pytest.raises(UnsuitedError, match="it cannot be asked to translate"):
        listen(plain, decoding=Decoding("translate"))
    with pytest.raises(UnsuitedError, match="it has no 'de', only en"):
        listen(start(languages="en"), language="de")
    assert [fed.partials for fed in listen(start("others:Mute"))] == [[], [], []]
