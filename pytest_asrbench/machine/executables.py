"""Where a program is that a model's entry names, and how it is had where it is not. Standard library alone."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

# How servers of speech and language models are installed, by the name of their program.
_HAD_BY: Mapping[str, str] = {
    "llama-server": "it comes with the releases of https://github.com/ggml-org/llama.cpp, or brew install llama.cpp",
    "whisper-server": "build it from https://github.com/ggml-org/whisper.cpp, or brew install whisper-cpp",
    "vllm": "pip install vllm",
    "speaches": "see https://github.com/speaches-ai/speaches",
    "faster-whisper-server": "pip install faster-whisper-server",
    "transformers": 'pip install "transformers[serving]"',
    "ollama": "it comes from https://ollama.com/download",
    "local-ai": "it comes from https://localai.io",
}


def find(program: str, folder: Path, variables: Mapping[str, str] = os.environ) -> str | None:
    """Return the path of a program: from `folder` where it is a path, else beside this Python, else on PATH."""
    if Path(program).name != program:
        return shutil.which(str(folder / program))
    beside = str(Path(sys.executable).parent)
    return shutil.which(program, path=os.pathsep.join((beside, variables.get("PATH", os.defpath))))


def missing(program: str) -> str:
    """Return the sentence for a program that is not there, with what installs it."""
    name = Path(program).name.removesuffix(".exe")
    return (
        f"the program {program} is not there, neither beside {sys.executable} nor on PATH: "
        f"{_HAD_BY.get(name, 'install it, or write its full path')}"
    )
