"""A Whisper as whisper.cpp reads it: ggml files in half precision and quantised to Q5_0.

Layout of a ggml Whisper file, all little-endian 32-bit: magic, 11 hyperparameters, the mel filter bank, the
vocabulary, then tensors as (dimensions, length of name, type, shape reversed, name, data) until the end of the file.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from tests.checkpoints import whisper, whisper_vocabulary
from tests.checkpoints.common import cached

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCES = (Path(whisper.__file__), *whisper.SOURCES)
MAGIC = 0x67676D6C
F32, F16, Q5_0 = 0, 1, 6  # ggml's tensor types
FILE_TYPES = {"f16": 1, "q5_0": 2008}  # GGML_FTYPE_MOSTLY_Q5_0 = 8, plus 1000 times the quantisation version
BLOCK = 32

_ATTENTION = {"k_proj": "key", "q_proj": "query", "v_proj": "value", "out_proj": "out"}
_LAYER = {
    "self_attn_layer_norm": "attn_ln",
    "encoder_attn_layer_norm": "cross_attn_ln",
    "fc1": "mlp.0",
    "fc2": "mlp.2",
    "final_layer_norm": "mlp_ln",
}
_TOP = {
    "encoder.layer_norm": "encoder.ln_post",
    "decoder.layer_norm": "decoder.ln",
    "encoder.embed_positions.weight": "encoder.positional_embedding",
    "decoder.embed_positions.weight": "decoder.positional_embedding",
    "decoder.embed_tokens": "decoder.token_embedding",
}


def make(folder: Path) -> None:
    """Write ggml-f16.bin and ggml-q5_0.bin from the tiny Whisper checkpoint."""
    source = cached("whisper", whisper.make, *whisper.SOURCES)
    for precision in FILE_TYPES:
        convert(source, folder / f"ggml-{precision}.bin", precision)


def convert(source: Path, target: Path, precision: str) -> None:
    """Write the transformers Whisper folder `source` as a ggml file in "f16" or "q5_0"."""
    from safetensors.numpy import load_file
    from transformers import WhisperFeatureExtractor

    config = json.loads((source / "config.json").read_text("utf-8"))
    filters = WhisperFeatureExtractor.from_pretrained(source).mel_filters.T.astype(np.float32)
    with target.open("wb") as file:
        file.write(struct.pack("<12i", MAGIC, *_hyperparameters(config), FILE_TYPES[precision]))
        file.write(struct.pack("<2i", *filters.shape) + filters.tobytes())
        words = whisper_vocabulary.words(source)
        file.write(struct.pack("<i", len(words)))
        for word in words:
            file.write(struct.pack("<i", len(word)) + word)
        for name, weight in load_file(source / "model.safetensors").items():
            if name != "proj_out.weight":
                _write_tensor(file, _ggml_name(name.removeprefix("model.")), weight, precision)


def _hyperparameters(config: Mapping[str, int]) -> list[int]:
    side = [[config[f"{part}_attention_heads"], config[f"{part}_layers"]] for part in ("encoder", "decoder")]
    audio = [config["max_source_positions"], config["d_model"], *side[0]]
    text = [config["max_target_positions"], config["d_model"], *side[1]]
    return [config["vocab_size"], *audio, *text, config["num_mel_bins"]]


def _ggml_name(name: str) -> str:
    for theirs, ours in _TOP.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    parts = name.split(".")
    if parts[1] != "layers":
        return name
    module, kind = parts[3:-1], parts[-1]
    if len(module) == 2:
        block = "cross_attn" if module[0] == "encoder_attn" else "attn"
        inner = f"{block}.{_ATTENTION[module[1]]}"
    else:
        inner = _LAYER[module[0]]
    return f"{parts[0]}.blocks.{parts[2]}.{inner}.{kind}"


def _write_tensor(file: BinaryIO, name: str, weight: NDArray[np.floating], precision: str) -> None:
    if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        weight = weight.reshape(-1, 1)
    if weight.ndim < 2 or weight.shape[1] == 1 or "positional" in name:
        kind, data = F32, weight.astype(np.float32).tobytes()
    elif precision == "q5_0" and weight.ndim == 2 and weight.shape[1] % BLOCK == 0:
        kind, data = Q5_0, quantise_q5_0(weight)
    else:
        kind, data = F16, weight.astype(np.float16).tobytes()
    label = name.encode()
    file.write(struct.pack("<3i", weight.ndim, len(label), kind))
    file.write(struct.pack(f"<{weight.ndim}i", *reversed(weight.shape)) + label + data)


def quantise_q5_0(weight: NDArray[np.floating]) -> bytes:
    """Quantise rows in blocks of 32 to ggml's Q5_0: a half-precision scale, 32 high bits, 32 low nibbles.

    A value is scale * (q - 16) with q in 0..31; the block's largest magnitude gets q = 0, so scale = -largest / 16.
    """
    blocks = weight.astype(np.float32).reshape(-1, BLOCK)
    rows = np.arange(len(blocks))
    scale = blocks[rows, np.abs(blocks).argmax(axis=1)] / -16
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)
    levels = np.clip(np.trunc(blocks * inverse[:, None] + 16.5), 0, 31).astype(np.uint32)
    packed = np.zeros(len(blocks), dtype=[("scale", "<f2"), ("high", "<u4"), ("low", "u1", BLOCK // 2)])
    packed["scale"] = scale
    packed["high"] = ((levels >> 4) << np.arange(BLOCK, dtype=np.uint32)).sum(axis=1, dtype=np.uint32)
    packed["low"] = (levels[:, : BLOCK // 2] & 15) | ((levels[:, BLOCK // 2 :] & 15) << 4)
    return packed.tobytes()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
