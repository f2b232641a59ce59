"""A Whisper in the ONNX layout of the hub's onnx-community: encoder, merged decoder, and the tokenizer's tables.

`onnx/encoder_model.onnx` maps log-mel windows to states; see `onnx_pair` for the decoder. The int8 files beside them
are made by ONNX Runtime's dynamic quantisation, as releases' are.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.checkpoints import onnx_pair, whisper
from tests.checkpoints.common import cached
from tests.checkpoints.onnx_pair import cache_names, merge, quiet, to_onnx

SOURCES = (Path(whisper.__file__), *whisper.SOURCES, Path(onnx_pair.__file__))
ENCODER, DECODER = "encoder_model", "decoder_model_merged"


def make(folder: Path) -> None:
    """Export the tiny Whisper checkpoint, in float32 and int8."""
    convert(cached("whisper", whisper.make, *whisper.SOURCES), folder)


def convert(source: Path, folder: Path) -> None:
    """Write the transformers Whisper folder `source` in that layout to `folder`, in float32 and int8."""
    import torch
    from transformers import WhisperForConditionalGeneration

    model = WhisperForConditionalGeneration.from_pretrained(source, dtype=torch.float32, attn_implementation="eager")
    graphs = folder / "onnx"
    graphs.mkdir(parents=True, exist_ok=True)
    export(model.eval().requires_grad_(False), graphs)
    shutil.copy(source / "config.json", folder)
    write_tables(json.loads((source / "tokenizer.json").read_text("utf-8")), folder)


def export(model: Any, folder: Path) -> None:
    """Write the pair to `folder`, also as int8; `model` is a WhisperForConditionalGeneration in eval mode."""
    import onnx
    import torch

    config, vary = model.config, torch.export.Dim.DYNAMIC
    # No size of the examples is one, or it would become a constant.
    mels = torch.randn(2, config.num_mel_bins, 2 * config.max_source_positions)
    tokens = torch.full((2, 3), config.decoder_start_token_id)
    states = model.model.encoder(mels).last_hidden_state
    cache = decoder(model, cached=False)(tokens, states)[1:]
    names = cache_names(config.decoder_layers)
    pasts, outputs = [f"past_key_values.{name}" for name in names], ["logits", *(f"present.{name}" for name in names)]
    inputs = ["input_ids", "encoder_hidden_states"]
    with tempfile.TemporaryDirectory() as work, quiet():
        first, later = Path(work, "first.onnx"), Path(work, "later.onnx")
        encoder = folder / f"{ENCODER}.onnx"
        to_onnx(_encoder(model), (mels,), encoder, ({0: vary},), ["input_features"], ["last_hidden_state"])
        uncached = decoder(model, cached=False)
        to_onnx(uncached, (tokens, states), first, ({0: vary, 1: vary}, {0: vary}), inputs, outputs)
        lengths = tuple({0: vary, 2: vary} if number % 4 < 2 else {0: vary} for number in range(len(cache)))
        sizes = ({0: vary}, {0: vary}, lengths)
        to_onnx(decoder(model, cached=True), (tokens[:, :1], states, *cache), later, sizes, [*inputs, *pasts], outputs)
        onnx.save(merge(onnx.load(first), onnx.load(later), pasts, outputs, sized=True), folder / f"{DECODER}.onnx")
        eight_bits = [quantise(part, part.with_suffix(".int8")) for part in (first, later)]
        small = merge(onnx.load(eight_bits[0]), onnx.load(eight_bits[1]), pasts, outputs, sized=True)
        onnx.save(small, folder / f"{DECODER}_int8.onnx")
        quantise(encoder, folder / f"{ENCODER}_int8.onnx")


def quantise(source: Path, target: Path) -> Path:
    """Write a graph's matrices as eight-bit integers to `target`, and return it."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])
    return target


def write_tables(tokenizer: dict[str, Any], folder: Path) -> None:
    """Write vocab.json and added_tokens.json, which onnx-asr decodes by, of a tokenizer.json."""
    words = tokenizer["model"]["vocab"]
    added = {token["content"]: token["id"] for token in tokenizer["added_tokens"] if token["content"] not in words}
    for name, table in {"vocab.json": words, "added_tokens.json": added}.items():
        (folder / name).write_text(json.dumps(table, ensure_ascii=False), "utf-8")


def decoder(model: Any, *, cached: bool) -> Any:
    """Return a module with the cache as plain tensors: own key, own value, audio key, audio value of each layer."""
    import torch
    from transformers import DynamicCache, EncoderDecoderCache

    class Decoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.decoder, self.head = model.model.decoder, model.proj_out

        def forward(self, ids: torch.Tensor, states: torch.Tensor, *past: torch.Tensor) -> tuple[torch.Tensor, ...]:
            cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
            for layer in range(len(self.decoder.layers) if cached else 0):
                own_key, own_value, audio_key, audio_value = past[4 * layer : 4 * layer + 4]
                cache.self_attention_cache.update(own_key, own_value, layer)
                cache.cross_attention_cache.update(audio_key, audio_value, layer)
                cache.is_updated[layer] = True
            begin = past[0].shape[2] if cached else 0
            places = torch.arange(begin, begin + ids.shape[1], device=ids.device)[None].expand(ids.shape[0], -1)
            hidden = self.decoder(
                ids, encoder_hidden_states=states, past_key_values=cache, position_ids=places, use_cache=True
            )
            present = []
            pairs = zip(cache.self_attention_cache.layers, cache.cross_attention_cache.layers, strict=True)
            for own, audio in pairs:
                present += [own.keys, own.values, audio.keys, audio.values]
            return (self.head(hidden.last_hidden_state), *present)

    return Decoder().eval()


def _encoder(model: Any) -> Any:
    import torch

    class Encoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = model.model.encoder

        def forward(self, input_features: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.encoder(input_features).last_hidden_state
            return states

    return Encoder().eval()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
