"""llama.cpp called directly, in a process of its own: two of its servers in one process get in each other's way.

`python -m tests.real.llama FILE` prints the address at which it serves the model, and then answers each line of
["chat" or "completions", body] by a line; `python -m tests.real.llama FILE PORT` serves until it is ended, and
`python -m tests.real.llama FILE 0 PROJECTOR` is a model that hears, by lines.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

THREADS = 1  # two wait for each other by spinning, which takes minutes where others are at work


class Llama:
    """A model in llama.cpp, as its documentation starts it; `address` is that of its server.

    projector: the file of what it hears with, if it does.
    """

    def __init__(self, path: Path, projector: Path | None = None) -> None:
        hearing = ["0", str(projector)] if projector else []
        command = [sys.executable, "-m", "tests.real.llama", str(path), *hearing]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.address = self._line()

    def chat(self, content: str | list[dict[str, Any]], most: int) -> str:
        """What the model says to a text, or to parts, in its chat template."""
        body = {"messages": [{"role": "user", "content": content}], "max_tokens": most}
        return str(self._ask("chat", body)["choices"][0]["message"]["content"])

    def complete(self, text: str, most: int) -> str:
        """How the model goes on from a text."""
        return str(self._ask("completions", {"prompt": text, "n_predict": most})["choices"][0]["text"])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, kind: str, body: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([kind, {**body, "temperature": 0, "cache_prompt": False}]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("llama.cpp has ended")
        return line.strip()


def serve(path: str, port: str = "0", projector: str = "") -> None:
    """Answer lines until there are none, or, at a port of its own, requests alone."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    if projector:
        params.mmproj.path, params.mmproj_use_gpu = projector, False
    params.n_ctx, params.n_parallel, params.n_gpu_layers = 4096, 1, 0
    params.cpuparams.n_threads = THREADS
    params.port = int(port)
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    if int(port):
        threading.Event().wait()
    ways = {"chat": server.handle_chat_completions, "completions": server.handle_completions}
    for line in sys.stdin:
        kind, body = json.loads(line)
        print(json.dumps(ways[kind](body)), flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
