"""The process in which one model lives: it loads, warms up, transcribes and holds the stop-watch.

Only the time inside `adapter.transcribe`, or a stream's `feed`, is measured: from samples in memory to text. Decoding
of files, messages and memory readings lie outside. Everything that the model prints goes to the host's log file.
"""

from __future__ import annotations

import importlib
import platform
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import Adapter, Decoding
from pytest_asrbench.engine.host import contract, device_reference, lifeline, memory
from pytest_asrbench.engine.host.calls import timed, utterances
from pytest_asrbench.engine.host.listening import Listener
from pytest_asrbench.engine.host.output import Notes, forgive
from pytest_asrbench.engine.host.vram import DeviceMemory
from pytest_asrbench.engine.host.wire import Channel, GarbledError, adopt
from pytest_asrbench.errors import AsrBenchError, MissingDependencyError
from pytest_asrbench.machine import devices
from pytest_asrbench.support.plain import told

Message = dict[str, Any]


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
        self._adapter: Adapter | None = None
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
        else:
            self._transcribe(message, payload)

    def close(self) -> None:
        """Release the model."""
        self._listener.close()
        if self._adapter is not None:
            self._adapter.close()

    def _load(self, message: Message) -> None:
        sys.path.extend(entry for entry in message["paths"] if entry not in sys.path)
        adapter_class = _resolve(message["adapter"])
        adapter = adapter_class(message["source"], message["options"])
        contract.check_version(adapter, message["adapter"])
        start = time.perf_counter()
        placed = devices.place(adapter, message["device"], message["dtype"])
        seconds = time.perf_counter() - start
        contract.check_rate(adapter, message["adapter"])
        loaded = contract.loaded(placed.loaded)
        self._adapter = adapter
        self._device_memory = DeviceMemory(loaded["device"])
        self._send(
            {
                "event": "loaded",
                "load_seconds": seconds,
                **loaded,
                "device_notes": placed.notes,
                "runtime": adapter.info.runtime,
                "sample_rate": adapter.info.sample_rate,
                "versions": versions(adapter.info.packages),
                **self._memory(),
            }
        )

    def _transcribe(self, message: Message, payload: memoryview) -> None:
        adapter = self._loaded()
        self._listener.close()
        batch = utterances(message["utterances"], payload)
        decoding = Decoding(**message["decoding"])
        contract.check_asked(adapter.info, [one.prompt for one in batch], decoding)
        self._note(f"[asrbench] transcribing {', '.join(one.audio.name for one in batch)}")
        for number in range(message["warmup"] + message["rounds"]):
            transcripts, clock = timed(adapter.transcribe, batch, decoding)
            self._send(
                {
                    "event": "call",
                    "number": number,
                    "warmup": number < message["warmup"],
                    **clock,
                    "transcripts": contract.transcripts(transcripts, len(batch)),
                    **self._memory(),
                }
            )

    def _feed(self, message: Message, payload: memoryview) -> None:
        if message["open"] is not None:
            self._note(f"[asrbench] listening to {message['piece']['name']}")
            self._listener.open(self._loaded(), message["open"])
        self._send({**self._listener.feed(message, payload), **self._memory()})

    def _loaded(self) -> Adapter:
        if self._adapter is None:
            raise RuntimeError("the model is asked before it is loaded")
        return self._adapter

    def _memory(self) -> Message:
        return {"peak_ram": memory.peak_ram(), "empty_ram": self._empty_ram, **self._device_memory.read()}


def describe_failure(error: BaseException) -> Message:
    """Return the message that tells the parent of `error`: its kind, its text, whether it is meant for users."""
    return {
        "event": "failed",
        "kind": type(error).__name__,
        "message": told(error),
        "for_user": isinstance(error, AsrBenchError),
        "out_of_memory": devices.is_out_of_memory(error),
    }


def story(error: BaseException) -> str:
    """Return the traceback for the log, from where our own code ends on; none of an error that is meant for users."""
    if isinstance(error, AsrBenchError):
        return ""
    trace = traceback.TracebackException.from_exception(error)
    ours = str(Path(__file__).parents[2])
    trace.stack = traceback.StackSummary.from_list(f for f in trace.stack if not f.filename.startswith(ours))
    return "".join(trace.format()).rstrip()


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Versions of this interpreter and of those of `packages` that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _resolve(reference: str) -> type[Adapter]:
    module_name, _, class_name = reference.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"the adapter {reference} cannot be imported by {sys.executable}: {error}. "
            "Install its package into that interpreter, or name another one under asr_interpreters"
        ) from error
    try:
        adapter_class: type[Adapter] = getattr(module, class_name)
    except AttributeError:
        raise MissingDependencyError(f"{module_name} ({module.__file__}) has no class {class_name}") from None
    return adapter_class
