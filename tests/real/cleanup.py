"""The run in docs/pipelines.md: `python -m tests.real.cleanup FOLDER [OPTION ...]`, options being pytest's.

OpenAI's Whisper, base and tiny.en by faster-whisper, alone and with two small language models behind it, on the human
speech of the corpus disfluent: what is said, and what should come of it. Ten minutes on two cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.checkpoints.common import ROOT
from tests.checkpoints.real import language_model
from tests.real.llama import THREADS
from tests.real.models import project

READERS = ("smollm2", "gemma3")


def main(folder: Path, options: list[str]) -> int:
    """Run the session in a new folder; return pytest's exit code."""
    listeners = [model for name in ("base", "tiny.en") for model in project(folder, name, ["faster-whisper"])]
    with (folder / "asrbench.toml").open("a", encoding="utf-8") as file:
        for name in READERS:
            source = json.dumps(str(language_model(name)))
            file.write(f'[models.{name}]\nadapter = "llama-cpp"\nsource = {source}\n')
            file.write(f"options = {{ threads = {THREADS} }}\n\n")
    models = [*listeners, *(f"{listener}+{reader}" for reader in READERS for listener in listeners)]
    command = [sys.executable, "-m", "pytest", f"--asr-models={','.join(models)}", "--asr-task=verbatim,cleanup"]
    command += [f"--asr-corpus={ROOT / 'corpora' / 'disfluent'}", "--asr-language=en", "--benchmark-quiet"]
    return subprocess.run([*command, *options], cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
