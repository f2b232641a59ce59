"""CTranslate2's variables of a Whisper as the tensors of transformers' `WhisperForConditionalGeneration`.

CTranslate2 stacks projections of the same input by rows (query, key, value) and gives keys a bias of zeros, which
Whisper has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Variables = Mapping[str, "NDArray[np.generic]"]
Tensors = dict[str, "NDArray[np.float32]"]
SIDES = ("encoder", "decoder")
# Theirs -> ours, in one layer.
NORMS = {"self_attention": "self_attn_layer_norm", "attention": "encoder_attn_layer_norm", "ffn": "final_layer_norm"}
LINEAR = {
    "self_attention/linear_1": "self_attn.out_proj",
    "attention/linear_2": "encoder_attn.out_proj",
    "ffn/linear_0": "fc1",
    "ffn/linear_1": "fc2",
}
STACKED = {
    "self_attention/linear_0": ("self_attn", "qkv"),
    "attention/linear_0": ("encoder_attn", "q"),
    "attention/linear_1": ("encoder_attn", "kv"),
}


def layers(variables: Variables, side: str) -> int:
    """Number of layers of the "encoder" or the "decoder"."""
    return sum(name.startswith(f"{side}/layer_") and name.endswith("/ffn/linear_0/weight") for name in variables)


def convert(variables: Variables) -> Tensors:
    """Return all tensors in float32. Raises ValueError if a variable is left over or weights are not as expected."""
    if not np.array_equal(variables["decoder/projection/weight"], variables["decoder/embeddings/weight"]):
        raise ValueError("the output projection is not the embedding")
    made: Tensors = {"model.decoder.embed_tokens.weight": variables["decoder/embeddings/weight"].astype(np.float32)}
    used = {"decoder/projection/weight", "decoder/embeddings/weight"}
    for theirs, tensors in _pieces(variables):
        used |= {name for name in variables if name.startswith(f"{theirs}/")}
        made |= tensors
    left = [name for name, value in variables.items() if name not in used and value.ndim]
    if left:
        raise ValueError(f"not converted: {left}")
    return {name: np.ascontiguousarray(tensor) for name, tensor in made.items()}


def _pieces(variables: Variables) -> Iterator[tuple[str, Tensors]]:
    """Yield (name of a module at CTranslate2, its tensors by transformers' names)."""
    for number in (1, 2):
        yield _linear(variables, f"encoder/conv{number}", f"model.encoder.conv{number}")
    for side in SIDES:
        positions = variables[f"{side}/position_encodings/encodings"].astype(np.float32)
        yield f"{side}/position_encodings", {f"model.{side}.embed_positions.weight": positions}
        yield _norm(variables, f"{side}/layer_norm", f"model.{side}.layer_norm")
        for number in range(layers(variables, side)):
            yield from _layer(variables, f"{side}/layer_{number}", f"model.{side}.layers.{number}")


def _layer(variables: Variables, theirs: str, ours: str) -> Iterator[tuple[str, Tensors]]:
    for block, name in NORMS.items():
        if f"{theirs}/{block}/layer_norm/gamma" in variables:
            yield _norm(variables, f"{theirs}/{block}/layer_norm", f"{ours}.{name}")
    for block, name in LINEAR.items():
        if f"{theirs}/{block}/weight" in variables:
            yield _linear(variables, f"{theirs}/{block}", f"{ours}.{name}")
    for block, (name, parts) in STACKED.items():
        if f"{theirs}/{block}/weight" in variables:
            yield f"{theirs}/{block}", _unstacked(variables, f"{theirs}/{block}", f"{ours}.{name}", parts)


def _norm(variables: Variables, theirs: str, ours: str) -> tuple[str, Tensors]:
    return theirs, _renamed(variables, theirs, ours, {"gamma": "weight", "beta": "bias"})


def _linear(variables: Variables, theirs: str, ours: str) -> tuple[str, Tensors]:
    return theirs, _renamed(variables, theirs, ours, {"weight": "weight", "bias": "bias"})


def _renamed(variables: Variables, theirs: str, ours: str, kinds: Mapping[str, str]) -> Tensors:
    return {f"{ours}.{new}": variables[f"{theirs}/{old}"].astype(np.float32) for old, new in kinds.items()}


def _unstacked(variables: Variables, theirs: str, ours: str, parts: str) -> Tensors:
    weights, biases = (np.split(variables[f"{theirs}/{kind}"], len(parts)) for kind in ("weight", "bias"))
    made: Tensors = {}
    for part, weight, bias in zip(parts, weights, biases, strict=True):
        made[f"{ours}.{part}_proj.weight"] = weight.astype(np.float32)
        if part != "k":
            made[f"{ours}.{part}_proj.bias"] = bias.astype(np.float32)
        elif bias.any():
            raise ValueError(f"{theirs}: keys have a bias")
    return made
