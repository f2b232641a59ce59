"""Make every checkpoint in the cache and print what each one took: `python -m tests.checkpoints [FAMILY ...]`."""

from __future__ import annotations

import importlib
import sys
import time

from tests.checkpoints.common import cached

FAMILIES = (
    "whisper",
    "ggml",
    "ct2",
    "gguf",
    "whisper_onnx",
    "nemo_ctc",
    "moonshine",
    "granite",
    "voxtral",
    "phi4",
    "ctc",
    "qwen2_audio",
    "qwen_omni",
    "glm_asr",
    "seamless",
    "causal_lm",
    "untrained",
)


def main(families: list[str]) -> None:
    """Make the named families, or all."""
    begun = time.perf_counter()
    for family in families or FAMILIES:
        started = time.perf_counter()
        module = importlib.import_module(f"tests.checkpoints.{family}")
        folder = cached(family, module.make, *getattr(module, "SOURCES", ()))
        print(f"{family:10} {time.perf_counter() - started:6.1f} s  {folder}", flush=True)
    print(f"{'all':10} {time.perf_counter() - begun:6.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
