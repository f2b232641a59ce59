"""A server that is started for a model: brought up, waited for, watched, measured, and ended with all that it started.

It is a child of the model's process, and writes into the same log. Whoever kills that process finds the server by the
mark that both carry in their environment; where nobody is left to kill (the session was killed itself), `keeper` does.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from pytest_asrbench.adapter import JSON
from pytest_asrbench.engine.host import tree
from pytest_asrbench.engine.host.vram import DeviceMemory
from pytest_asrbench.errors import MissingDependencyError, ServerEndedError, ServerLateError, UsageError
from pytest_asrbench.machine import executables, processes
from pytest_asrbench.support.plain import told

KEEPER = Path(__file__).with_name("keeper.py")
POLL_SECONDS = 0.1
ANSWER_SECONDS = 5.0  # for an answer of ready_url: one that is late is asked for again
LAST_SECONDS = 0.2  # between a connection that breaks and the end of the process that broke it
EXIT_SECONDS = 3.0
MARGIN_SECONDS = 5.0  # of the time for loading: the rest is told before our process is killed for being late

Result = TypeVar("Result")


class Server:
    """The server of a model's entry. plan: the fields of `models.servers.Server`, and the `folder` that it runs in.

    source, model: what stands for {source} and {model}. Raises UsageError, MissingDependencyError.
    """

    def __init__(self, plan: Mapping[str, Any], source: str | None, model: str | None) -> None:
        self._fill = _filler({"port": str(_free_port()), "source": source, "model": model, "python": sys.executable})
        self.url = self._fill(plan["url"])
        self._plan = plan
        self._ready_url = self._fill(plan["ready_url"])
        self._command = [self._fill(word) for word in plan["command"]]
        self._folder = Path(plan["folder"])
        self._mark = processes.new_mark("ASRBENCH_SERVER")
        self._env = {**os.environ, **{name: self._fill(text) for name, text in plan["env"].items()}, **self._mark}
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def start(self, patience: float) -> None:
        """Start it and wait until it is ready.

        Raises MissingDependencyError, ServerEndedError, and ServerLateError shortly before `patience` seconds are over.
        """
        try:
            import psutil  # noqa: F401 - measures and kills
        except ImportError as error:
            raise MissingDependencyError(f"{error}, which a server takes: pip install psutil") from error
        program = executables.find(self._command[0], self._folder, self._env)
        if program is None:
            raise MissingDependencyError(executables.missing(self._command[0]))
        self._process = subprocess.Popen(
            [program, *self._command[1:]], cwd=self._folder, env=self._env, stdin=subprocess.DEVNULL, **_apart()
        )
        keeper = [sys.executable, "-I", "-S", str(KEEPER), str(self._process.pid)]
        self._keeper = subprocess.Popen(keeper, stdin=subprocess.PIPE, **_apart())
        self._tree = tree.Tree(self._process.pid)
        self._device_memory = DeviceMemory(self._plan["device"], self._tree.processes)
        self._wait(patience)

    def watched(self, work: Callable[..., Result]) -> Callable[..., Result]:
        """Return `work` so that it raises ServerEndedError where it fails because the server is gone."""

        def asked(*arguments: Any) -> Result:
            try:
                return work(*arguments)
            except Exception:
                self.check(within=LAST_SECONDS)
                raise

        return asked

    def check(self, when: str = "while it was asked", within: float = 0.0) -> None:
        """Raise ServerEndedError if the server has ended, or does so within some seconds."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            how = processes.describe_exit(self._process.wait(within))
            raise ServerEndedError(f"its server {how} {when}")

    def told(self, loaded: JSON) -> tuple[JSON, list[str]]:
        """What the adapter told of loading, as it is of a model in a server of ours; and why it has this device."""
        device = self._plan["device"] or "unknown"
        note = "as its server's table says" if self._plan["device"] else "its server's table names no device"
        facts = {"command": self._command, "ready_url": self._ready_url, "peak_ram": f"{tree.METHOD} of its processes"}
        return {**loaded, "device": device, "details": {**loaded["details"], "server": facts}}, [f"{device}: {note}"]

    def memory(self) -> dict[str, Any]:
        """Its peaks, as `child` tells those of a model; an empty process to hold them against there is none."""
        return {"peak_ram": self._tree.peak(), "empty_ram": None, **self._device_memory.read()}

    def close(self) -> None:
        """End it, politely at first, and whatever it has started. Never raises."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(EXIT_SECONDS)
            processes.kill_tree(self._process, self._mark)
        if self._keeper is not None:
            self._keeper.kill()
            self._keeper.communicate()
        self._process = self._keeper = None

    def _wait(self, patience: float) -> None:
        seconds = patience - min(MARGIN_SECONDS, patience / 2)
        end = time.monotonic() + seconds
        while lack := _lack(self._ready_url, min(ANSWER_SECONDS, max(end - time.monotonic(), POLL_SECONDS))):
            if time.monotonic() > end:
                late = f"its server was not ready after {seconds:.3g} s: {self._ready_url} {lack}"
                raise ServerLateError(f"{late}; correct ready_url, or give it longer with --asr-load-timeout")
            self.check("before it was ready", POLL_SECONDS)
        self.check("before it was ready")  # somebody else has answered


def _filler(values: Mapping[str, str | None]) -> Callable[[str], str]:
    """Return what puts values in the place of their names; raises UsageError for one that is not known."""

    def value(match: re.Match[str]) -> str:
        found = values[match[1]]
        if not found:
            raise UsageError(f"its server is to be told {match[0]}, but the model has none: set its {match[1]}")
        return found

    # Other braces are the server's own: some take JSON as an argument.
    return lambda text: re.sub(rf"\{{({'|'.join(values)})\}}", value, text)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _lack(url: str, seconds: float) -> str:
    """What keeps the address from being ready, in words; "" if it is."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=seconds):
            return ""
    except HTTPError as error:
        return f"answers {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        return f"does not answer ({told(error)})"


def _apart() -> Mapping[str, Any]:
    """A process group of its own: Ctrl-C does not reach it, and it can be killed as a whole."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
