"""What exporting an encoder-decoder of transformers to the hub's ONNX layout takes, whichever family it is.

Such a release has two files: one for the encoder, and `decoder_model_merged.onnx`, which holds two decoders behind one
`If`: the first call has no cache and computes the keys and values of the audio, later calls extend the cache by one
token.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OPSET = 18


def cache_names(layers: int) -> list[str]:
    """Return the cache's names in the order in which libraries fill them: own key, own value, those of the audio."""
    return [
        f"{layer}.{side}.{part}"
        for layer in range(layers)
        for side in ("decoder", "encoder")
        for part in ("key", "value")
    ]


def merge(first: Any, later: Any, pasts: list[str], outputs: list[str], *, sized: bool) -> Any:
    """Return one model that runs `later` where the input `use_cache_branch` is true, `first` where it is not.

    Weights that both hold are kept once, in the outer graph. sized: whether the cache's inputs tell how many heads and
    numbers there are: onnx-asr makes an empty cache by that, useful-moonshine-onnx always that of the release.
    """
    from onnx import TensorProto, helper

    pool: dict[bytes, Any] = {}
    branches = [_branch(first.graph, "first/", pool), _branch(later.graph, "later/", pool)]
    choice = helper.make_node("If", ["use_cache_branch"], outputs, then_branch=branches[1], else_branch=branches[0])
    value = helper.make_tensor_value_info
    given = {one.name: [size.dim_value for size in one.type.tensor_type.shape.dim] for one in later.graph.input}
    heads = {name: (given[name][1], given[name][3]) if sized else ("heads", "head") for name in pasts}
    inputs = [
        value("input_ids", TensorProto.INT64, ["batch", "tokens"]),
        value("encoder_hidden_states", TensorProto.FLOAT, ["batch", "frames", "width"]),
        *(value(name, TensorProto.FLOAT, ["past", heads[name][0], "cached", heads[name][1]]) for name in pasts),
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


def to_onnx(
    module: Any, example: tuple[Any, ...], file: Path, lengths: tuple[Any, ...], inputs: list[str], outputs: list[str]
) -> None:
    """Export one module. `lengths` names the sizes that may vary, as `torch.export` wants them."""
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
def quiet() -> Iterator[None]:
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
