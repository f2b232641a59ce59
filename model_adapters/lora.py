"""Making sure that a LoRA is really at work: a model whose LoRA silently failed to load still talks, only worse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model_adapters.checkpoint_files import check_safetensors
from model_adapters.torch_support import explain_load_errors
from pytest_asrbench.errors import MissingDependencyError, WeightsError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def require_peft(extra: str) -> None:
    """Raise MissingDependencyError if peft, which applies LoRAs, cannot be imported."""
    try:
        import peft  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f'peft, which applies the model\'s LoRA, is not installed: pip install "pytest-asrbench[{extra}]" ({error})'
        ) from error


def require_files(folder: Path) -> None:
    """Raise WeightsError unless `folder` holds a LoRA's configuration and a whole weights file."""
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise WeightsError(f"{folder} lacks {name}, the model's LoRA for speech; download the model again.")
    check_safetensors(folder / WEIGHTS)


def check_applied(model: Any, folder: Path, name: str) -> int:
    """Return the number of layers in which the LoRA `name`, read from `folder`, changes the model's output.

    Raises WeightsError unless every pair of matrices in the file has arrived in an active layer and is not zero
    (peft starts the second matrix of each pair at zero: where its name in the file is not the expected one, it stays
    zero, and the LoRA is off without any error).
    """
    from peft.tuners.lora import LoraLayer
    from safetensors import safe_open

    with explain_load_errors(folder), safe_open(folder / WEIGHTS, framework="pt") as file:
        expected = sum(".lora_B" in key for key in file.keys())  # noqa: SIM118 - no mapping
    layers = [layer for layer in model.modules() if isinstance(layer, LoraLayer) and name in layer.lora_B]
    active = [layer for layer in layers if name in layer.active_adapters and not layer.disable_adapters]
    working = sum(bool(layer.lora_B[name].weight.any()) for layer in active)
    if not expected or working != expected:
        raise WeightsError(
            f"{folder / WEIGHTS} holds {expected} LoRA layers, but {working} took effect in the model; "
            "check that config, LoRA and weights are of one release, and the version of transformers."
        )
    return working
