"""A server that is started for a model: what its entry says of it, `server = { command, ready_url, ... }`."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.machine import executables
from pytest_asrbench.machine.devices import KINDS
from pytest_asrbench.models.catalog import checked
from pytest_asrbench.support.redaction import redact, refuse_secrets

PORT = "{port}"


@dataclass(frozen=True, slots=True)
class Server:
    """A program that runs while its model is measured, and is asked through an adapter.

    command: its words; no shell reads them. ready_url: answers with a status of 2xx once the model is loaded. url: what
    the adapter is given as its source. env: variables that it gets beside those of the model's process; `NAME_env`
    names the one that holds a secret. device: what it computes on, as far as that is known. In all texts {port} stands
    for a free one, {source} for the model's weights, {model} for its option of this name, {python} for our interpreter.
    """

    command: tuple[str, ...]
    ready_url: str
    url: str = f"http://127.0.0.1:{PORT}/v1"
    env: Mapping[str, str] = field(default_factory=dict)
    device: str = ""

    def obstacle(self, folder: Path) -> str:
        """What keeps its program from being started in this folder, as a sentence; "" if nothing is known to."""
        program = self.command[0]
        if "{" in program or executables.find(program, folder, {**os.environ, **self.env}):
            return ""
        return executables.missing(program)


def read(table: Any, where: str) -> Server:
    """Check a `server` table and make a `Server` of it; raises UsageError that begins with `where`."""
    if isinstance(table, Mapping) and isinstance(table.get("command"), str):
        table = {**table, "command": _words(table["command"], where)}
    values = checked(Server, table, where)
    if not values.get("command") or not values.get("ready_url"):
        raise UsageError(f'{where} needs command = "..." and ready_url = "http://127.0.0.1:{PORT}/..."')
    made = Server(**{**values, "command": tuple(values["command"])})
    _check_addresses(made, where)
    _check_secrets(made, where)
    if made.device and not re.fullmatch(rf"({'|'.join(KINDS)})(:\d+)?", made.device):
        raise UsageError(f"{where}.device is {made.device!r}; known are {', '.join(KINDS)}, with an index if wanted")
    return made


def _words(command: str, where: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise UsageError(f"{where}.command cannot be split into words ({error}): write it as a list of them") from None


def _check_addresses(server: Server, where: str) -> None:
    """The port is ours: what answers at another one may be anybody's."""
    for name in ("ready_url", "url"):
        address = getattr(server, name)
        if not re.match(r"https?://\S", address) or PORT not in address:
            raise UsageError(
                f"{where}.{name} is {address!r}; it should be an address with {PORT} in it, http://127.0.0.1:{PORT}/..."
            )
    if not any(PORT in text for text in (*server.command, *server.env.values())):
        raise UsageError(
            f"{where}: neither command nor env has {PORT}: a free port is chosen for each start, and the server must "
            f'be told, as in command = "... --port {PORT}"'
        )


def _check_secrets(server: Server, where: str) -> None:
    refuse_secrets({"url": server.url, "ready_url": server.ready_url}, where)
    refuse_secrets(server.env, f"{where}.env")
    command = shlex.join(server.command)
    if redact(command) != command:
        raise UsageError(
            f"{where}.command holds a secret, and everybody on this machine can read the words of a command: let the "
            'server read it from a variable, env = { NAME_env = "NAME_OF_THE_VARIABLE" }'
        )
