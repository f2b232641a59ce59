"""Exports a Moonshine of transformers to the two ONNX files of its release.

`encoder_model.onnx` maps samples to states. `decoder_model_merged.onnx` holds two decoders behind one `If`: the first
call has no cache and computes the keys and values of the audio, later calls extend the cache by one token.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OPSET = 18


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

    with tempfile.TemporaryDirectory() as work, _quiet():
        first, later = Path(work, "first.onnx"), Path(work, "later.onnx")
        encoder = folder / "encoder_model.onnx"
        _to_onnx(_encoder(model), (samples,), encoder, ({1: samples_range},), ["input_values"], ["last_hidden_state"])
        names = cache_names(model.config.decoder_num_hidden_layers)
        inputs, outputs = ["input_ids", "encoder_hidden_states"], ["logits", *(f"present.{name}" for name in names)]
        uncached, cached = _decoder(model, cached=False), _decoder(model, cached=True)
        _to_onnx(uncached, (token, states), first, (None, {1: any_length}), inputs, outputs)
        lengths = (None, {1: any_length}, tuple({2: any_length} for _ in cache))
        pasts = [f"past_key_values.{name}" for name in names]
        _to_onnx(cached, (token, states, *cache), later, lengths, [*inputs, *pasts], outputs)
        merged = merge(onnx.load(first), onnx.load(later), pasts, outputs)
    onnx.checker.check_model(merged)
    onnx.save(merged, folder / "decoder_model_merged.onnx")


def cache_names(layers: int) -> list[str]:
    """Return the cache's names in the order in which the library fills them."""
    return [
        f"{layer}.{side}.{part}"
        for layer in range(layers)
        for side in ("decoder", "encoder")
        for part in ("key", "value")
    ]


def merge(first: Any, later: Any, pasts: list[str], outputs: list[str]) -> Any:
    """Return one model that runs `later` where the input `use_cache_branch` is true, `first` where it is not.

    Weights that both hold are kept once, in the outer graph.
    """
    from onnx import TensorProto, helper

    pool: dict[bytes, Any] = {}
    branches = [_branch(first.graph, "first/", pool), _branch(later.graph, "later/", pool)]
    choice = helper.make_node("If", ["use_cache_branch"], outputs, then_branch=branches[1], else_branch=branches[0])
    value = helper.make_tensor_value_info
    inputs = [
        value("input_ids", TensorProto.INT64, ["batch", "tokens"]),
        value("encoder_hidden_states", TensorProto.FLOAT, ["batch", "frames", "width"]),
        *(value(name, TensorProto.FLOAT, ["past_batch", "heads", "cached", "head"]) for name in pasts),
        value("use_cache_branch", TensorProto.BOOL, [1]),
    ]
    results = [
        value(
            name, TensorProto.FLOAT, ["batch", "tokens", "words"] if number == 0 else ["batch", "heads", "past", "head"]
        )
        for number, name in enumerate(outputs)
    ]
    graph = helper.make_graph([choice], "merged", inputs, results, initializer=list(pool.values()))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def _branch(graph: Any, prefix: str, pool: dict[bytes, Any]) -> Any:
    """Copy `graph` as a branch: its inputs come from outside, its weights from `pool`, all else gets `prefix`."""
    from onnx import NodeProto, TensorProto, helper

    names = {one.name: one.name for one in graph.input} | {"": ""}
    for weight in graph.initializer:
        anonymous = TensorProto()
        anonymous.CopyFrom(weight)
        anonymous.name = ""
        content = anonymous.SerializeToString()
        if content not in pool:
            anonymous.name = f"weight{len(pool)}"
            pool[content] = anonymous
        names[weight.name] = pool[content].name
    nodes = []
    for node in graph.node:
        copy = NodeProto()
        copy.CopyFrom(node)
        copy.name = prefix + node.name
        for side, originals in ((copy.input, node.input), (copy.output, node.output)):
            side[:] = [names.get(name, prefix + name) for name in originals]
        nodes.append(copy)
    results = [
        helper.make_tensor_value_info(names.get(one.name, prefix + one.name), TensorProto.FLOAT, None)
        for one in graph.output
    ]
    return helper.make_graph(nodes, prefix.rstrip("/"), [], results)


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


def _to_onnx(
    module: Any, example: tuple[Any, ...], file: Path, lengths: tuple[Any, ...], inputs: list[str], outputs: list[str]
) -> None:
    import torch

    torch.onnx.export(
        module,
        example,
        str(file),
        input_names=inputs,
        output_names=outputs,
        dynamic_shapes=lengths,
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter, which reports each operator of packages that are not installed."""
    import logging

    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            log.setLevel(level)
