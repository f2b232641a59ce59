"""A Whisper as transcribe.cpp reads it: one GGUF file, of the tiny checkpoint or of any other in transformers' layout.

The keys and the names of tensors are those that transcribe.cpp's own converter writes; weights are in float32, float16
or, by rows of 32, in Q8_0. `gguf`, of llama.cpp, writes the file.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.checkpoints import whisper
from tests.checkpoints.common import cached

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCES = (Path(whisper.__file__), *whisper.SOURCES)
FILE_TYPES = {"F32": 0, "F16": 1, "Q8_0": 7}
CONTROL, NORMAL = 3, 1  # types of tokens
_TOP = {
    "conv1": "conv.0",
    "conv2": "conv.1",
    "embed_positions": "pos_emb",
    "embed_tokens": "token_embd",
    "layer_norm": "final_norm",
}
_LAYER = {
    "self_attn_layer_norm": {"encoder": "norm_attn", "decoder": "norm_self"},
    "encoder_attn_layer_norm": {"decoder": "norm_cross"},
    "final_layer_norm": {"encoder": "norm_ffn", "decoder": "norm_ffn"},
    "fc1": {"encoder": "ffn.fc1", "decoder": "ffn.fc1"},
    "fc2": {"encoder": "ffn.fc2", "decoder": "ffn.fc2"},
    "self_attn": {"encoder": "attn", "decoder": "self_attn"},
    "encoder_attn": {"decoder": "cross_attn"},
}


def make(folder: Path) -> None:
    """Write whisper-F16.gguf and whisper-Q8_0.gguf from the tiny Whisper checkpoint."""
    source = cached("whisper", whisper.make, *whisper.SOURCES)
    for precision in ("F16", "Q8_0"):
        convert(source, folder / f"whisper-{precision}.gguf", precision)


def convert(source: Path, target: Path, precision: str) -> None:
    """Write the transformers Whisper folder `source` as a GGUF file in "F32", "F16" or "Q8_0"."""
    from gguf import GGMLQuantizationType, GGUFWriter
    from safetensors.numpy import load_file
    from transformers import WhisperFeatureExtractor

    config, generation = (
        json.loads((source / name).read_text("utf-8")) for name in ("config.json", "generation_config.json")
    )
    extractor = WhisperFeatureExtractor.from_pretrained(source)
    writer = GGUFWriter(str(target), "whisper")
    _write_facts(writer, config, generation, precision)
    _write_vocabulary(writer, json.loads((source / "tokenizer.json").read_text("utf-8")), config["vocab_size"])
    _write_front_end(writer, extractor)
    filters = np.ascontiguousarray(extractor.mel_filters.T, dtype=np.float32)
    turn = 2 * np.pi * np.arange(extractor.n_fft) / extractor.n_fft
    window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)
    for name, values in {"frontend.mel_filterbank": filters, "frontend.window": window}.items():
        writer.add_tensor(name, values, raw_dtype=GGMLQuantizationType.F32)
    for name, weight in load_file(source / "model.safetensors").items():
        if name != "proj_out.weight":
            data, kind = _encoded(gguf_name(name), weight, precision)
            writer.add_tensor(gguf_name(name), data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_name(name: str) -> str:
    """Return transcribe.cpp's name of a tensor of transformers' Whisper."""
    _, side, *parts, kind = name.split(".")
    prefix = side[:3]
    if parts[0] != "layers":
        return f"{prefix}.{_TOP[parts[0]]}.{kind}"
    module = _LAYER[parts[2]][side]
    inner = [re.sub("_proj$", "", part) for part in parts[3:]]
    return ".".join([prefix, "blocks", parts[1], module, *inner, kind])


def _write_facts(writer: Any, config: Mapping[str, Any], generation: Mapping[str, Any], precision: str) -> None:
    languages = [token[2:-2] for token in generation.get("lang_to_id") or ()] or ["en"]
    writer.add_string("general.basename", "whisper")
    writer.add_uint32("general.file_type", FILE_TYPES[precision])
    writer.add_array("general.languages", languages)
    writer.add_string("stt.variant", "whisper-tiny")
    for ability in ("lang_detect", "translate"):
        writer.add_bool(f"stt.capability.{ability}", len(languages) > 1)
    writer.add_bool("stt.capability.timestamps", True)
    for side, positions in (("encoder", "max_source_positions"), ("decoder", "max_target_positions")):
        key = f"stt.whisper.{side}"
        writer.add_uint32(f"{key}.n_layers", config[f"{side}_layers"])
        writer.add_uint32(f"{key}.d_model", config["d_model"])
        writer.add_uint32(f"{key}.n_heads", config[f"{side}_attention_heads"])
        writer.add_uint32(f"{key}.ffn_dim", config[f"{side}_ffn_dim"])
        writer.add_uint32(f"{key}.{positions}", config[positions])
        writer.add_string(f"{key}.activation", config["activation_function"])
    writer.add_uint32("stt.whisper.encoder.num_mel_bins", config["num_mel_bins"])
    writer.add_uint32("stt.whisper.decoder.vocab_size", config["vocab_size"])
    writer.add_bool("stt.whisper.decoder.tie_word_embeddings", True)
    writer.add_bool("stt.whisper.decoder.scale_embedding", bool(config.get("scale_embedding")))
    for name in ("decoder_start_token_id", "no_timestamps_token_id"):
        writer.add_uint32(f"stt.whisper.{name}", generation[name])
    for name in ("suppress_tokens", "begin_suppress_tokens"):
        if generation.get(name):
            writer.add_array(f"stt.whisper.{name}", list(generation[name]))


def _write_vocabulary(writer: Any, tokenizer: Mapping[str, Any], size: int) -> None:
    known = {number: (text, NORMAL) for text, number in tokenizer["model"]["vocab"].items()}
    known |= {
        token["id"]: (token["content"], CONTROL if token["special"] else NORMAL) for token in tokenizer["added_tokens"]
    }
    tokens = [known.get(number, (f"<|unused_{number}|>", NORMAL)) for number in range(size)]
    numbers = {text: number for number, (text, _) in known.items()}
    writer.add_string("tokenizer.ggml.model", "gpt2")
    writer.add_string("tokenizer.ggml.pre", "gpt2")
    writer.add_array("tokenizer.ggml.tokens", [text for text, _ in tokens])
    writer.add_array("tokenizer.ggml.token_type", [kind for _, kind in tokens])
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer["model"]["merges"]]
    writer.add_array("tokenizer.ggml.merges", merges)
    for role in ("bos", "eos", "padding"):
        writer.add_uint32(f"tokenizer.ggml.{role}_token_id", numbers["<|endoftext|>"])
    writer.add_bool("tokenizer.ggml.add_bos_token", False)
    special = {
        "sot": "startoftranscript",
        "transcribe": "transcribe",
        "translate": "translate",
        "prev_sot": "startofprev",
    }
    for key, name in special.items():
        if f"<|{name}|>" in numbers:
            writer.add_uint32(f"stt.whisper.{key}_token_id", numbers[f"<|{name}|>"])


def _write_front_end(writer: Any, extractor: Any) -> None:
    texts = {"type": "mel", "window": "hann_periodic", "normalize": "whisper_logmel", "pad_mode": "reflect"}
    for name, text in (texts | {"mel_norm": "slaney"}).items():
        writer.add_string(f"stt.frontend.{name}", text)
    whole = {
        "num_mels": extractor.feature_size,
        "sample_rate": extractor.sampling_rate,
        "n_fft": extractor.n_fft,
        "win_length": extractor.n_fft,
        "hop_length": extractor.hop_length,
        "chunk_length": extractor.chunk_length,
        "n_samples": extractor.n_samples,
        "nb_max_frames": extractor.nb_max_frames,
    }
    for name, number in whole.items():
        writer.add_uint32(f"stt.frontend.{name}", number)
    for name, value in {"dither": 0.0, "pre_emphasis": 0.0, "f_min": 0.0, "f_max": extractor.sampling_rate / 2}.items():
        writer.add_float32(f"stt.frontend.{name}", value)
    writer.add_bool("stt.frontend.center", True)


def _encoded(name: str, weight: NDArray[np.floating], precision: str) -> tuple[NDArray[Any], Any]:
    """Return a weight's data and ggml type: vectors, positions and convolutions keep more than matrices do."""
    from gguf import GGMLQuantizationType, quants

    kind = GGMLQuantizationType[precision]
    if weight.ndim == 1 or "pos_emb" in name:
        kind = GGMLQuantizationType.F32
    elif kind == GGMLQuantizationType.Q8_0 and (weight.ndim != 2 or weight.shape[1] % 32):
        kind = GGMLQuantizationType.F16
    return quants.quantize(weight.astype(np.float32), kind), kind


if __name__ == "__main__":
    make(Path(sys.argv[1]))
