"""The process in which one model lives: it loads, warms up, transcribes or rewrites, and holds the stop-watch.

Only the time inside `adapter.transcribe`, `adapter.rewrite` or a stream's `feed` is measured: from samples, or a text,
in memory to text. Decoding of files, messages and memory readings lie outside. Everything that the model prints goes to
the host's log file.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pytest_asrbench.adapter import Decoding, Loadable
from pytest_asrbench.engine.host import adapters, contract, device_reference, lifeline, memory
from pytest_asrbench.engine.host.calls import passages, patiently, utterances
from pytest_asrbench.engine.host.failures import describe_failure, story
from pytest_asrbench.engine.host.listening import Listener
from pytest_asrbench.engine.host.output import Notes, forgive
from pytest_asrbench.engine.host.serving import Schedule, Serving
from pytest_asrbench.engine.host.vram import DeviceMemory
from pytest_asrbench.engine.host.wire import Channel, GarbledError, adopt
from pytest_asrbench.machine import devices

if TYPE_CHECKING:
    from pytest_asrbench.engine.host.server import Server

Message = dict[str, Any]
Work = Callable[..., Any]
# Of a model that computes elsewhere: what this process takes says nothing of it.
_NO_MEMORY = dict.fromkeys(("peak_ram", "empty_ram", "peak_vram", "peak_vram_driver", "unified"))


def main(descriptor: int, parent_pid: int) -> int:
    """Serve the parent's requests until it says stop or is gone. Returns the exit status."""
    lifeline.tie_to(parent_pid)
    forgive()
    notes = Notes()
    channel = adopt(descriptor)
    worker = Worker(channel.send, notes.add)
    try:
        serve(worker, channel, notes)
    except (EOFError, OSError, GarbledError) as error:
        notes.add(f"[asrbench] the connection to pytest is lost: {error!r}")
        return 1
    worker.close()
    return 0


def serve(worker: Worker, channel: Channel, notes: Notes) -> None:
    """Answer requests until `stop`; a failing request is reported and the next one is served.

    Raises EOFError or OSError when the parent is gone, GarbledError when something else reads or writes our messages.
    """
    while True:
        message, payload = channel.receive()
        if message["do"] == "stop":
            return
        try:
            worker.answer(message, payload)
        except BaseException as error:  # sys.exit() in a library is a failure like any other; Ctrl-C does not get here
            notes.add(story(error))
            channel.send(describe_failure(error))


class Worker:
    """Does what one request asks, and hands each answer to `send`."""

    def __init__(self, send: Callable[[Message], None], note: Callable[[str], None] = lambda _line: None) -> None:
        self._send = send
        self._note = note
        self._adapter: Loadable | None = None
        self._server: Server | None = None
        self._listener = Listener()
        self._empty_ram = memory.peak_ram()
        self._device_memory = DeviceMemory("cpu")

    def answer(self, message: Message, payload: memoryview) -> None:
        """Carry out one request and send what came of it; raises whatever the adapter raises."""
        if message["do"] == "load":
            self._load(message)
        elif message["do"] == "reference":
            self._send({"event": "reference", "seconds": device_reference.seconds(message["device"])})
        elif message["do"] == "feed":
            self._feed(message, payload)
        elif message["do"] == "rewrite":
            self._rewrite(message)
        elif message["do"] == "serve":
            self._serve(message, payload)
        else:
            self._transcribe(message, payload)

    def close(self) -> None:
        """Release the model."""
        self._listener.close()
        if self._adapter is not None:
            self._adapter.close()
        if self._server is not None:
            self._server.close()

    def _load(self, message: Message) -> None:
        sys.path.extend(entry for entry in message["paths"] if entry not in sys.path)
        adapter_class = adapters.resolve(message["adapter"])
        start = time.perf_counter()
        source = self._start_server(adapter_class, message) if message["server"] else message["source"]
        adapter = adapter_class(source, message["options"])
        contract.check_version(adapter, message["adapter"])
        placed = self._watched(devices.place)(adapter, message["device"], message["dtype"])
        seconds = time.perf_counter() - start
        contract.check_rate(adapter, message["adapter"])
        loaded = contract.loaded(placed.loaded)
        notes = placed.notes
        if self._server is not None:
            loaded, notes = self._server.told(loaded)
        self._adapter = adapter
        self._device_memory = DeviceMemory(loaded["device"])
        self._send(
            {
                "event": "loaded",
                "load_seconds": seconds,
                **loaded,
                "device_notes": notes,
                "remote": adapter.info.remote,
                "runtime": adapter.info.runtime,
                "sample_rate": adapter.info.sample_rate,
                "versions": adapters.versions(adapter.info.packages),
                **self._memory(),
            }
        )

    def _start_server(self, adapter_class: type[Loadable], message: Message) -> str:
        """Start the server of the model's entry, and return its address."""
        from pytest_asrbench.engine.host.server import Server  # and HTTP with it: time and memory that others need not

        contract.check_remote(adapter_class.info, message["adapter"])
        self._server = Server(message["server"], message["source"], message["options"].get("model"))
        self._server.start(message["patience"])
        return self._server.url

    def _watched(self, work: Work) -> Work:
        """The same, that tells of the server's end where there is a server."""
        return self._server.watched(work) if self._server is not None else work

    def _transcribe(self, message: Message, payload: memoryview) -> None:
        adapter = contract.transcribing(self._loaded())
        self._listener.close()
        batch = utterances(message["utterances"], payload)
        self._note(f"[asrbench] transcribing {', '.join(one.audio.name for one in batch)}")
        self._call(adapter.transcribe, batch, [one.prompt for one in batch], message)

    def _rewrite(self, message: Message) -> None:
        adapter = contract.rewriting(self._loaded())
        batch = passages(message["passages"])
        self._note(f"[asrbench] rewriting {', '.join(one.name for one in batch)}")
        self._call(adapter.rewrite, batch, [one.prompt for one in batch], message)

    def _call(
        self, work: Callable[..., Any], batch: Sequence[Any], prompts: Sequence[str | None], message: Message
    ) -> None:
        """Give the whole batch to the adapter in each round, and send what each call gave."""
        decoding = Decoding(**message["decoding"])
        contract.check_asked(self._loaded().info, prompts, decoding)
        for number in range(message["warmup"] + message["rounds"]):
            answers, clock, retries = patiently(self._watched(work), batch, decoding)
            self._send(
                {
                    "event": "call",
                    "number": number,
                    "warmup": number < message["warmup"],
                    **clock,
                    "transcripts": contract.transcripts(answers, len(batch), retries),
                    **self._memory(),
                }
            )

    def _serve(self, message: Message, payload: memoryview) -> None:
        """Make the requests of a load, each for one clip, and send what came of each."""
        adapter = contract.transcribing(self._loaded())
        self._listener.close()
        clips, decoding = utterances(message["utterances"], payload), Decoding(**message["decoding"])
        for prompt in {one.prompt for one in clips}:
            contract.check_asked(adapter.info, [prompt], decoding)
        order = message["order"]
        schedule = Schedule(len(order), message["arrivals"], message["clients"])
        self._note(f"[asrbench] serving {len(order)} requests for {len(clips)} clips")

        def ask(number: int) -> Any:
            return adapter.transcribe([clips[order[number]]], decoding)

        Serving(ask, self._tell, schedule, remote=adapter.info.remote).run()
        if self._server is not None:
            self._server.check()
        self._send({"event": "through", **self._memory()})

    def _tell(self, times: Message, result: Any) -> None:
        """Send what came of a request."""
        transcript = failure = None
        try:
            if isinstance(result, BaseException):
                raise result
            (transcript,) = contract.transcripts(result, 1)
        except (Exception, SystemExit) as error:
            self._note(story(error))
            failure = describe_failure(error)
        self._send({"event": "served", **times, "transcript": transcript, "failure": failure})

    def _feed(self, message: Message, payload: memoryview) -> None:
        if message["open"] is not None:
            self._note(f"[asrbench] listening to {message['piece']['name']}")
            self._listener.open(self._loaded(), message["open"])
        self._send({**self._listener.feed(message, payload), **self._memory()})

    def _loaded(self) -> Loadable:
        if self._adapter is None:
            raise RuntimeError("the model is asked before it is loaded")
        return self._adapter

    def _memory(self) -> Message:
        if self._server is not None:
            return self._server.memory()
        if self._adapter is not None and self._adapter.info.remote:
            return dict(_NO_MEMORY)
        return {"peak_ram": memory.peak_ram(), "empty_ram": self._empty_ram, **self._device_memory.read()}
