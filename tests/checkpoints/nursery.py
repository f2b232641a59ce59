"""Where recipes of checkpoints run: each in a process of its own, with torch and transformers loaded for all at once.

Training changes torch's threads and seeds and transformers' verbosity for good, and loading both takes as long as
training some of the models. So one process loads them, and a copy of it runs each recipe. Systems on which processes
are not copied, and environments without torch, run `python -m MODULE FOLDER`.
"""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
# Waiting threads that spin make training many times slower on a busy machine.
ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}


def run(module: str, folder: Path) -> None:
    """Let `make(folder)` of a module fill the folder; raise RuntimeError with what it has said if it cannot."""
    able = importlib.util.find_spec("torch") is not None
    if able and sys.platform == "linux":
        _run_copied(module, folder)
        return
    interpreter = sys.executable if able else os.environ.get("ASRBENCH_CHECKPOINT_PYTHON", sys.executable)
    command = [interpreter, "-W", "ignore", "-m", module, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False, capture_output=True, text=True)
    _check(module, done.returncode, done.stdout + done.stderr)


def _run_copied(module: str, folder: Path) -> None:
    said = folder.with_name(f"{folder.name}.log")
    process = _loaded().Process(target=_make, args=(module, folder, said))
    try:
        with mock.patch.dict(os.environ, ENVIRONMENT):  # of the first process, which starts the one that loads
            process.start()
        process.join()
        _check(module, process.exitcode, said.read_text("utf-8", "replace") if said.exists() else "")
    finally:
        said.unlink(missing_ok=True)


def _loaded() -> Any:
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", "transformers.modeling_utils"])
    return context


def _make(module: str, folder: Path, said: Path) -> None:
    """In the process of a recipe: run it, with all that it says in a file."""
    with said.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    warnings.simplefilter("ignore")
    os.chdir(ROOT)
    importlib.import_module(module).make(folder)


def _check(module: str, code: int | None, said: str) -> None:
    if code != 0:
        raise RuntimeError(f"the recipe of {module} ended with {code}:\n{said[-4000:]}")
