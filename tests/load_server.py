"""A small service that takes audio and answers one request at a time, each in a fixed time; others wait in its queue.

What the time really was stands in the header `X-Worked`: a machine may be busy.

`python -m tests.load_server SECONDS` prints its address and serves until it is ended. Every `refuse`-th request is
refused where the path says so: `/refuse/5`. `adapter` is the source of an adapter for it, with the standard library.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from tests import chat_server

ADAPTER = """
import urllib.request

from pytest_asrbench.adapter import REMOTE, AdapterInfo, Loaded, Transcript


class Far:
    info = AdapterInfo(runtime="far", remote=True)

    def __init__(self, source, options):
        self._url = source

    def load(self, device, dtype):
        return Loaded(REMOTE, "unknown")

    def transcribe(self, batch, decoding):
        (one,) = batch
        request = urllib.request.Request(self._url, one.audio.name.encode())
        with urllib.request.urlopen(request) as answer:
            return [Transcript(answer.read().decode(), {"worked": float(answer.headers["X-Worked"])})]

    def close(self):
        pass
"""
_turn = threading.Lock()
_asked = count(1)


class Handler(BaseHTTPRequestHandler):
    """Answers with the sentence of the clip that it is sent the name of."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Wait for the turn, work, answer."""
        name = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with _turn:
            worked = self._work()
            number = next(_asked)
        every = int(self.path.rpartition("/")[2] or 0)
        refused = every and number % every == 0
        body = b"too busy" if refused else f"this is clip number {name.rpartition('c')[2]} here".encode()
        self.send_response(503 if refused else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Worked", str(worked))
        self.end_headers()
        self.wfile.write(body)

    def _work(self) -> float:
        """Take the time that was asked for, and return what it was by the clock."""
        start = time.perf_counter()
        time.sleep(float(sys.argv[1]))
        return time.perf_counter() - start

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called there
        """Nothing."""


class Server(ThreadingHTTPServer):
    """With room for all who want to be connected at once."""

    request_queue_size = 128


def serving(seconds: float) -> AbstractContextManager[str]:
    """Run the server in a process of its own; gives its address."""
    return chat_server.serving("tests.load_server", str(seconds))


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
