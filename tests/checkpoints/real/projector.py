"""A real Whisper's encoder as llama.cpp's server takes it beside a language model: one GGUF file, as for Ultravox.

The encoder has its own weights. What leads from it to the language model is drawn by chance: no words come of it, but
each clip has an answer of its own, by which it is seen that the audio arrives. Names as llama.cpp's converter has them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 576  # of SmolLM2 135M
STACK, INNER = 20, 512  # frames of the encoder that make one token; width of the projector
ENCODER = "model.encoder."
_NAMES = {
    **{f"self_attn.{part}_proj": f"attn_{part}" for part in "qkv"},
    **{"self_attn.out_proj": "attn_out", "self_attn_layer_norm": "ln1", "final_layer_norm": "ln2"},
    **{"fc1": "ffn_up", "fc2": "ffn_down"},
}


def make(source: Path, folder: Path) -> None:
    """Write mmproj.gguf of the transformers Whisper folder `source`."""
    from gguf import GGMLQuantizationType, GGUFWriter
    from safetensors.numpy import load_file

    config = json.loads((source / "config.json").read_text("utf-8"))
    writer = GGUFWriter(str(folder / "mmproj.gguf"), "clip")
    writer.add_bool("clip.has_audio_encoder", True)
    writer.add_bool("clip.has_vision_encoder", False)
    writer.add_string("clip.projector_type", "ultravox")
    writer.add_bool("clip.use_gelu", True)
    writer.add_float32("clip.audio.attention.layer_norm_epsilon", 1e-5)
    for name, value in _sizes(config).items():
        writer.add_uint32(f"clip.audio.{name}", value)
    weights = load_file(source / "model.safetensors")
    for name, values in {**_encoder(weights, config["encoder_layers"]), **_chance(config["d_model"])}.items():
        half = "conv1d" in name and name.endswith("weight")
        kind = GGMLQuantizationType.F16 if half else GGMLQuantizationType.F32
        data = np.ascontiguousarray(values, dtype=np.float16 if half else np.float32)
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _sizes(config: dict[str, Any]) -> dict[str, int]:
    return {
        "projection_dim": WIDTH,
        "embedding_length": config["d_model"],
        "feed_forward_length": config["encoder_ffn_dim"],
        "block_count": config["encoder_layers"],
        "attention.head_count": config["encoder_attention_heads"],
        "num_mel_bins": config["num_mel_bins"],
        "projector.stack_factor": STACK,
    }


def _encoder(weights: dict[str, NDArray[Any]], layers: int) -> dict[str, NDArray[Any]]:
    """The encoder's weights by llama.cpp's names; keys of the attention have no bias."""
    kinds = ("weight", "bias")
    found = {"a.position_embd.weight": weights[f"{ENCODER}embed_positions.weight"]}
    for number in (1, 2):
        found[f"a.conv1d.{number}.weight"] = weights[f"{ENCODER}conv{number}.weight"]
        found[f"a.conv1d.{number}.bias"] = weights[f"{ENCODER}conv{number}.bias"].reshape(-1, 1)
    found |= {f"a.post_ln.{kind}": weights[f"{ENCODER}layer_norm.{kind}"] for kind in kinds}
    for layer in range(layers):
        for theirs, ours in _NAMES.items():
            names = {kind: f"{ENCODER}layers.{layer}.{theirs}.{kind}" for kind in kinds}
            found |= {f"a.blk.{layer}.{ours}.{kind}": weights[name] for kind, name in names.items() if name in weights}
    return found


def _chance(width: int) -> dict[str, NDArray[Any]]:
    draw = np.random.default_rng(0)
    stacked = width * STACK
    return {
        "mm.a.norm_pre.weight": np.ones(stacked),
        "mm.a.mlp.1.weight": draw.normal(size=(2 * INNER, stacked)) * stacked**-0.5,
        "mm.a.norm_mid.weight": np.ones(INNER),
        "mm.a.mlp.2.weight": draw.normal(size=(WIDTH, INNER)) * INNER**-0.5 * 0.1,
    }
