"""Making sure that a LoRA is really at work: a model whose LoRA silently failed to load still talks, only worse."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import MissingDependencyError, WeightsError

from .checkpoint_files import check_safetensors, read_json
from .torch_support import explain_load_errors

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def require_peft(extra: str) -> None:
    """Raise MissingDependencyError if peft, which applies LoRAs, cannot be imported."""
    try:
        import peft  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f'peft, which applies the model\'s LoRA, is not installed: pip install "pytest-asrbench[{extra}]" ({error})'
        ) from error


def is_alone(folder: Path) -> bool:
    """Whether a folder holds a LoRA without its base model."""
    return (folder / CONFIG).is_file() and not (folder / "config.json").exists()


def base_of(folder: Path) -> str:
    """Return what a LoRA calls the model that it was trained on; "" if it says nothing."""
    name = read_json(folder / CONFIG).get("base_model_name_or_path")
    return name if isinstance(name, str) else ""


def require_files(folder: Path) -> None:
    """Raise WeightsError unless `folder` holds a LoRA's configuration and a whole weights file."""
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise WeightsError(f"{folder} lacks {name}, the model's LoRA for speech; download the model again.")
    check_safetensors(folder / WEIGHTS)


def check_applied(model: Any, folder: Path, name: str) -> int:
    """Return the number of layers in which the LoRA `name`, read from `folder`, changes the model's output.

    Raises WeightsError unless the second matrix of every pair in the file is found, value for value, in an active
    layer of the model, and is not zero. (Where a name in the file is not the expected one, peft leaves the layer as
    it was made, by default with a second matrix of zeros: the LoRA is off without any error.)
    """
    from peft.tuners.lora import LoraLayer
    from safetensors import safe_open

    layers = [layer for layer in model.modules() if isinstance(layer, LoraLayer) and name in layer.lora_B]
    matrices = [
        layer.lora_B[name].weight for layer in layers if name in layer.active_adapters and not layer.disable_adapters
    ]
    arrived = Counter(map(_fingerprint, matrices))
    dtype = matrices[0].dtype if matrices else model.dtype
    with explain_load_errors(folder), safe_open(folder / WEIGHTS, framework="pt") as file:
        names = [key for key in file.keys() if ".lora_B" in key]  # noqa: SIM118 - no mapping
        sent = Counter(_fingerprint(file.get_tensor(key).to(dtype)) for key in names)
    del sent[0.0]
    working = (sent & arrived).total()
    if not names or working != len(names):
        raise WeightsError(
            f"{folder / WEIGHTS} holds a LoRA of {len(names)} layers, but it took effect in {working} layers of the "
            "model; check that config, LoRA and weights are of one release, and the version of transformers."
        )
    return working


def _fingerprint(matrix: Any) -> float:
    return float(matrix.detach().cpu().float().abs().sum())
