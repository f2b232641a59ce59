"""A service that takes audio as OpenAI's does, and answers in the form, or misbehaves in the way, of the model's name.

`python -m tests.audio_server` prints its address and serves until it is ended; `GET /seen` tells what it was sent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

from tests.chat_server import ASKED, SEEN, Handler, serve

TEXT = "this is clip number 0 here"
SEGMENTS = [{"start": 0.0, "end": 1.5, "text": " this is clip"}, {"start": 1.5, "end": 2, "text": " number 0 here"}]
USAGE = {"type": "tokens", "input_tokens": 20, "output_tokens": 6}
PARTS = [{"type": "text", "text": "this is clip "}, {"type": "text", "text": "number 0 here"}]
# What a model of this name answers, as JSON.
FORMS: dict[str, Any] = {
    "good": {"text": f" {TEXT} ", "usage": USAGE},
    "verbose": {"task": "transcribe", "language": "english", "duration": 2.0, "text": TEXT, "segments": SEGMENTS},
    "segments": {"segments": SEGMENTS},
    "list": SEGMENTS,
    "words": TEXT,
    "chat": {"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}], "usage": {"completion_tokens": 6}},
    "parts": {"choices": [{"message": {"content": PARTS}, "finish_reason": "length"}]},
    "silent": {"text": ""},
    "none": {"text": None},
    "other": {"answer": TEXT},
    "empty": [],
    "number": 5,
    "wrong": {"error": {"message": "the model is asleep"}},
}
# What is no JSON: the media type and the body.
TEXTS = {
    "plain": ("text/plain; charset=utf-8", f"{TEXT}\n"),
    "bare": ("", TEXT),
    "subtitles": ("text/plain", f"1\n00:00:00,000 --> 00:00:02,000\n{TEXT}\n"),
    "events": ("text/event-stream", f'data: {{"text": "{TEXT}"}}\n\n'),
    "html": ("text/html", "<!DOCTYPE html><html><body>Welcome to the router</body></html>"),
    "page": ("text/plain", "<html><body>Welcome</body></html>"),
    "malformed": ("application/json", '{"text": "this is'),
    "nothing": ("text/plain", ""),
}
# What is done to a clip of 1, 2, 3 ... tenths of a second, where the model is called "mixed".
MISCHIEF = (
    *("slow", "trickle", "401", "403", "404", "413", "429-0.01", "500-0.01"),
    *("cut", "malformed", "other", "html", "huge", "echo"),
)
SECONDS = 3_200  # bytes of a tenth
MEGABYTE = b"x" * 1_000_000


class AudioHandler(Handler):
    """Answers each request as the model's name says; `GET /v1/models` lists a few of them, if the key will do."""

    def do_GET(self) -> None:
        """What was sent by now, or the list of models."""
        if not self.path.endswith("/models"):
            return super().do_GET()
        if self.headers.get("Authorization") == "Bearer refused-from-the-start":
            return self._send(401, b'{"error": {"message": "Incorrect API key: refused-from-the-start"}}')
        return self._send(200, json.dumps({"data": [{"id": "good"}, {"id": "verbose"}]}).encode())

    def do_POST(self) -> None:
        """A clip."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sent = _form(self.headers["Content-Type"], body)
        key = self.headers.get("Authorization", "")
        SEEN.append({"path": self.path, "key": key, "body": sent, "encoding": self.headers["Accept-Encoding"]})
        model = sent.get("model") or sent.get("model_name") or ""
        ASKED[model] += 1
        if model == "mixed":
            model = MISCHIEF[sent["file"]["bytes"] // SECONDS - 1]
        elif model == "busy":  # every other time
            model = "429-0.01" if ASKED[model] % 2 else "good"
        if model in TEXTS:
            kind, text = TEXTS[model]
            return self._send(200, text.encode(), {"Content-Type": kind} if kind else {})
        if model in FORMS:
            return self._send(200, json.dumps(FORMS[model]).encode(), {"Content-Type": "application/json"})
        return self._misbehave(model, key)

    def _misbehave(self, model: str, key: str) -> None:
        status, _, seconds = model.partition("-")
        if status.isdigit():
            told = {"error": {"message": f"no {status} for {key}, which is {MEGABYTE[:40].decode()}"}}
            return self._send(int(status), json.dumps(told).encode(), {"Retry-After": seconds} if seconds else {})
        if model == "echo":
            escaped = json.dumps({"text": f"{key} {key}"}).replace("swordfish", "\\u0073wordfish")
            return self._send(200, escaped.encode())
        if model.startswith("http"):
            return self._send(307, b"", {"Location": f"{model}?key={key.removeprefix('Bearer ')}"})
        ways: dict[str, Callable[[], None]] = {"slow": self._slow, "trickle": self._trickle, "cut": self._cut}
        return ways.get(model, self._huge)()

    def _slow(self) -> None:
        time.sleep(60)

    def _trickle(self) -> None:
        self._begin(1_000)
        for _ in range(300):
            self.wfile.write(b" ")
            time.sleep(0.2)

    def _cut(self) -> None:
        self._begin(1_000)
        self.wfile.write(b'{"text": "this is')
        self.close_connection = True

    def _huge(self) -> None:
        self._begin(100 * len(MEGABYTE))
        SEEN.append({"megabytes": 0})
        for number in range(100):
            SEEN[-1]["megabytes"] = number
            self.wfile.write(MEGABYTE)

    def _begin(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def handle(self) -> None:
        """A connection; that the other side has had enough is no fault."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True


def _form(kind: str, body: bytes) -> dict[str, Any]:
    """The fields of a form, or of JSON; a file has its name, media type and size, and how it begins."""
    if kind == "application/json":
        sent: dict[str, Any] = json.loads(body)
        return sent
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=policy.HTTP)
    fields: dict[str, Any] = {}
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        assert isinstance(content, bytes)
        file = {"name": part.get_filename(), "kind": part.get_content_type(), "bytes": len(content)}
        fields[str(name)] = (
            {**file, "start": content[:4].decode("latin-1")} if part.get_filename() else content.decode()
        )
    return fields


if __name__ == "__main__":
    serve(AudioHandler)
