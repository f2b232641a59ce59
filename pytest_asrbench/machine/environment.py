"""What an interpreter has, this one or another: packages, versions, and the devices that its runtimes reach.

Asking a runtime for its devices imports it, which takes seconds, may print, crash or never return, and so may an
adapter of someone else's. So that is always done in a child process with a deadline; the rest reads metadata alone. The
other interpreter need not have pytest-asrbench installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.support.plain import printable

LOOK_SECONDS = 30.0
DEVICE_SECONDS = 90.0
MAX_PROBLEM = 500  # characters of what a child complains of
_MARK = "asrbench-answer:"
_PACKAGE = Path(__file__).resolve().parents[1]
_BOOT = _PACKAGE / "engine" / "host" / "boot.py"
# The package is borrowed by its path, as in a model's process: see engine/host/boot.py.
_START = (
    "import runpy, sys; from pathlib import Path; "
    "runpy.run_path(sys.argv[1])['borrow']('pytest_asrbench', Path(sys.argv[2])); "
    "from pytest_asrbench.machine.environment import answer; answer(sys.argv[3])"
)


@dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter and what is installed for it.

    modules: top-level module -> whether it can be found (nothing is imported). versions: distribution -> version, of
    those that are installed. problem: one sentence if the interpreter could not be asked, else "".
    """

    executable: str
    python: str = ""
    modules: dict[str, bool] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The devices that "auto" tries in turn, best first, or why they are not known."""

    devices: tuple[str, ...] = ()
    problem: str = ""


def look(modules: Sequence[str], packages: Sequence[str], interpreter: str = sys.executable) -> Environment:
    """Return what `interpreter` has of the named modules and packages."""
    if _same(interpreter):
        return Environment(sys.executable, platform.python_version(), _found(modules), _versions(packages))
    if not Path(interpreter).is_file():
        return Environment(interpreter, problem=f"{interpreter} does not exist")
    given, problem = _ask(interpreter, {"modules": list(modules), "packages": list(packages)}, LOOK_SECONDS)
    if problem:
        return Environment(interpreter, problem=f"{interpreter} {problem}")
    return Environment(interpreter, given["python"], given["modules"], given["versions"])


def chain(backend: str, interpreter: str = sys.executable, seconds: float = DEVICE_SECONDS) -> Chain:
    """Return the devices that `backend` (see `AdapterInfo`) reaches in `interpreter`, asked in a child process."""
    if backend in ("", "none"):
        return Chain(("cpu",))
    given, problem = _ask(interpreter, {"backend": backend}, seconds)
    return Chain(problem=f"asking {backend} for its devices {problem}") if problem else Chain(tuple(given["devices"]))


def adapter_info(target: str, paths: Sequence[str] = (), seconds: float = LOOK_SECONDS) -> AdapterInfo | str:
    """Return what the adapter "module:Class" says of itself, or one sentence why that is not known.

    Its module is imported in a child of this interpreter, which looks for it in `paths`, too.
    """
    given, problem = _ask(sys.executable, {"adapter": target, "paths": [*sys.path, *paths]}, seconds)
    if problem:
        return printable(f"{target} cannot be imported (in a process of its own, which {problem})", MAX_PROBLEM)
    if given["problem"]:
        return printable(f"{target}{given['problem']}", MAX_PROBLEM)
    values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in given["info"].items()}
    return AdapterInfo(**values)


def answer(question: str) -> None:
    """In the child: print the answer to a question as one marked line of JSON."""
    asked = json.loads(question)
    if "backend" in asked:
        from pytest_asrbench.machine.devices import candidates

        reply: dict[str, Any] = {"devices": candidates(asked["backend"])}
    elif "adapter" in asked:
        reply = _read_adapter(asked["adapter"], asked["paths"])
    else:
        reply = {
            "python": platform.python_version(),
            "modules": _found(asked["modules"]),
            "versions": _versions(asked["packages"]),
        }
    print(f"\n{_MARK}{json.dumps(reply, default=sorted)}", flush=True)


def _read_adapter(target: str, paths: Sequence[str]) -> dict[str, Any]:
    sys.path.extend(entry for entry in paths if entry and entry not in sys.path)
    module, _, attribute = target.partition(":")
    try:
        info = getattr(importlib.import_module(module), attribute).info
    except Exception as error:
        return {"problem": f" cannot be imported ({type(error).__name__}: {error})"}
    if not isinstance(info, AdapterInfo):
        return {"problem": ".info is no AdapterInfo"}
    return {"info": asdict(info), "problem": ""}


def _ask(interpreter: str, question: dict[str, Any], seconds: float) -> tuple[dict[str, Any], str]:
    """Return the child's answer and "", or {} and what went wrong, as the end of a sentence."""
    from pytest_asrbench.machine import variables
    from pytest_asrbench.machine.processes import describe_exit, kill_tree, new_mark

    command = [interpreter, "-c", _START, str(_BOOT), str(_PACKAGE), json.dumps(question)]
    mark = new_mark()
    # Files, not pipes: a grandchild that holds a pipe open would keep us waiting after the child is gone.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                env={**variables.kept(os.environ), **mark},
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            return {}, f"could not be started ({error.strerror or error})"
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            return {}, f"took more than {seconds:g} s and was ended"
        finally:
            kill_tree(child, mark)
        said, complaints = (_read(stream) for stream in (out, errors))
    for line in reversed(said):
        if line.startswith(_MARK):
            reply: dict[str, Any] = json.loads(line.removeprefix(_MARK))
            return reply, ""
    return {}, f"{describe_exit(status)}: {(complaints or ['it said nothing'])[-1]}"


def _read(stream: IO[bytes]) -> list[str]:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace").strip().splitlines()


@cache
def _same(interpreter: str) -> bool:
    # Not resolved: the interpreters of two virtual environments are often links to one file.
    return Path(interpreter).absolute() == Path(sys.executable).absolute()


def _found(modules: Sequence[str]) -> dict[str, bool]:
    found = {}
    for name in modules:
        try:
            found[name] = importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            found[name] = False
    return found


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
