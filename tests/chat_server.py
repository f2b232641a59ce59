"""A small service that speaks OpenAI's chat, and breaks off, refuses or dawdles as the model's name says.

`python -m tests.chat_server [PORT]` prints its address and serves until it is ended; `/seen` tells what it was sent.
As a server that is started for a model it is ruled by its environment: SERVER_HELPER_MB has a helper of that size
beside it, SERVER_LATE seconds pass before it listens, SERVER_TELLS is printed, and SERVER_ENDS is its exit status.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
SEEN: list[dict[str, Any]] = []
ASKED: Counter[str] = Counter()
PARTS = [{"type": "text", "text": "in "}, {"type": "image"}, {"text": "parts"}]
# What a model of this name says, beside a message of role and content.
MESSAGES: dict[str, dict[str, Any]] = {
    "parts": {"content": PARTS},
    "refuses": {"content": None, "refusal": "I can't help with that."},
    "thinks": {"content": "<think>fillers</think> yes", "reasoning_content": "which words are fillers?"},
    "silent": {"content": ""},
    "kind": {"content": '{"points": 8}'},
    "generous": {"content": '{"points": 11}'},
}


class Handler(BaseHTTPRequestHandler):
    """Answers each request; nothing is written to the terminal."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """What was sent by now."""
        self._send(503 if self.path == "/loading" else 200, json.dumps(SEEN).encode())

    def do_POST(self) -> None:
        """A chat."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        SEEN.append({"path": self.path, "key": self.headers.get("Authorization", ""), "body": body})
        model = body.get("model", "")
        ASKED[model] += 1
        if model.startswith("busy") and ASKED[model] <= int(model.removeprefix("busy")):
            return self._send(429, b'{"error": "too many requests"}', {"Retry-After": "0.5"})
        if model.startswith("broken"):
            return self._send(500, b"Traceback: it broke")
        if model == "locked":
            return self._send(401, f"the key {self.headers.get('Authorization')} is not known".encode())
        if model == "malformed":
            return self._send(200, b'{"choices": [')
        if model == "other":
            return self._send(200, b'{"answer": "yes"}')
        if model == "slow":
            time.sleep(60)
        if model == "dies" and "number 1" in str(body["messages"]):
            print("the weights have been eaten", flush=True)
            os._exit(3)
        return self._send(200, json.dumps(self._answer(model, body)).encode())

    def _answer(self, model: str, body: dict[str, Any]) -> dict[str, Any]:
        text = str(body["messages"][-1]["content"])
        most = int(body["max_tokens"])
        words = text.rpartition("\n\n")[2].replace("um ", "").split()
        message = {"role": "assistant", "content": " ".join(words[:most]), **MESSAGES.get(model, {})}
        ended = "length" if len(words) > most else "stop"
        usage = {"prompt_tokens": len(text.split()), "completion_tokens": min(len(words), most)}
        return {"choices": [{"message": message, "finish_reason": ended}], "usage": usage}

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called there
        """Nothing."""


@contextmanager
def serving(server: str = "tests.chat_server", *arguments: str) -> Iterator[str]:
    """Run a server of ours in a process of its own; yield the base address of its API."""
    command = [sys.executable, "-m", server, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def seen(address: str) -> list[dict[str, Any]]:
    """What the server was sent."""
    with urlopen(f"{address}/seen", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def started() -> None:
    """What a server does before it listens."""
    if size := os.environ.get("SERVER_HELPER_MB"):
        held = f"held = bytearray(b'x') * {int(size) * 2**20}; import time; time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", held])
    if told := os.environ.get("SERVER_TELLS"):
        print(os.path.expandvars(told), flush=True)
    time.sleep(float(os.environ.get("SERVER_LATE", "0")))
    if status := os.environ.get("SERVER_ENDS"):
        sys.exit(int(status))


def serve(handler: type[BaseHTTPRequestHandler]) -> None:
    """Print the address, and answer requests until the process is ended."""
    started()
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 0), handler)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Handler)
