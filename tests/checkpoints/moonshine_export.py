"""Exports a Moonshine of transformers to the two ONNX files of its release.

`encoder_model.onnx` maps samples to states. `decoder_model_merged.onnx` holds two decoders behind one `If`: the first
call has no cache and computes the keys and values of the audio, later calls extend the cache by one token.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.checkpoints.onnx_pair import cache_names, merge, quiet, to_onnx


def export(model: Any, folder: Path) -> None:
    """Write the pair to `folder`; `model` is a MoonshineForConditionalGeneration in eval mode."""
    import onnx
    import torch

    model.requires_grad_(False)
    samples, token = torch.randn(1, 40_000), torch.tensor([[model.config.decoder_start_token_id]])
    states = model.model.encoder(samples).last_hidden_state
    cache = _decoder(model, cached=False)(token, states)[1:]
    # The example's cache is three tokens long, so that no size in it equals one and becomes a constant.
    cache = tuple(torch.cat([one] * 3, dim=2) if number % 4 < 2 else one for number, one in enumerate(cache))
    any_length, samples_range = torch.export.Dim.DYNAMIC, torch.export.Dim("samples", min=1_600, max=2_000_000)

    with tempfile.TemporaryDirectory() as work, quiet():
        first, later = Path(work, "first.onnx"), Path(work, "later.onnx")
        encoder = folder / "encoder_model.onnx"
        to_onnx(_encoder(model), (samples,), encoder, ({1: samples_range},), ["input_values"], ["last_hidden_state"])
        names = cache_names(model.config.decoder_num_hidden_layers)
        inputs, outputs = ["input_ids", "encoder_hidden_states"], ["logits", *(f"present.{name}" for name in names)]
        uncached, cached = _decoder(model, cached=False), _decoder(model, cached=True)
        to_onnx(uncached, (token, states), first, (None, {1: any_length}), inputs, outputs)
        lengths = (None, {1: any_length}, tuple({2: any_length} for _ in cache))
        pasts = [f"past_key_values.{name}" for name in names]
        to_onnx(cached, (token, states, *cache), later, lengths, [*inputs, *pasts], outputs)
        merged = merge(onnx.load(first), onnx.load(later), pasts, outputs, sized=False)
    onnx.checker.check_model(merged)
    onnx.save(merged, folder / "decoder_model_merged.onnx")


def _encoder(model: Any) -> Any:
    import torch

    class Encoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = model.model.encoder

        def forward(self, input_values: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.encoder(input_values).last_hidden_state
            return states

    return Encoder().eval()


def _decoder(model: Any, *, cached: bool) -> Any:
    """Return a module with the cache as plain tensors: self key, self value, audio key, audio value of each layer."""
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
            hidden = self.decoder(ids, encoder_hidden_states=states, past_key_values=cache, use_cache=True)
            present = []
            pairs = zip(cache.self_attention_cache.layers, cache.cross_attention_cache.layers, strict=True)
            for own, audio in pairs:
                present += [own.keys, own.values, audio.keys, audio.values]
            return (self.head(hidden.last_hidden_state), *present)

    return Decoder().eval()
