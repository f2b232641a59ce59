"""Forms of one checkpoint, for every model of transformers: quantised as it is loaded, and tuned by a LoRA.

Options: `quantization` ("4bit" is NF4, "8bit" is LLM.int8, both by bitsandbytes) and `lora` (the folder of a LoRA in
PEFT's format). A folder that holds a LoRA alone stands for its base model with that LoRA.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import DeviceError, MissingDependencyError, UsageError, WeightsError

from . import lora
from .checkpoint_files import read_json
from .torch_support import EXTRA, dtype_name, explain_load_errors, first_line

OPTIONS: Mapping[str, Any] = {"quantization": "", "lora": ""}
PRECISIONS = {"4bit": "nf4", "8bit": "int8"}
DEVICES = ("cpu", "cuda", "xpu")  # of PyTorch; ROCm's are called cuda, too
TUNED = "tuned"


def resolved(source: str | None, named: object) -> tuple[str | None, str]:
    """Return the checkpoint and the LoRA that are meant: `source`, or the base of a LoRA alone, and `named`, or it.

    Raises WeightsError for a LoRA whose base is not on this machine.
    """
    folder = Path(source or "")
    if not source or not lora.is_alone(folder):
        return source, str(named or "")
    if named:
        raise WeightsError(f"{folder} is a LoRA, and lora={named} names another one; leave one of them out.")
    return str(_base(folder)), source


def _base(folder: Path) -> Path:
    """Return where the model lies that a LoRA was trained on; what it calls it is a path, or a name of the hub."""
    name = lora.base_of(folder)
    places = [Path(name), folder / name] if name else []
    if (found := next((place for place in places if place.is_dir()), None)) is not None:
        return found
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, local_files_only=True))
    except Exception as error:  # not there, no name of the hub, or no library to ask
        raise WeightsError(
            f"{folder} is a LoRA for {name or 'a model that it does not name'}, which is not on this machine: name the "
            f"base yourself, transformers:BASE[lora={folder}]."
        ) from error


def quantised(options: Mapping[str, Any], *, dtype: Any, device: Any) -> dict[str, Any]:
    """Return what `from_pretrained` needs to know of the option `quantization`; nothing if there is none.

    dtype: in which it computes. Raises UsageError for an unknown one, DeviceError for a device that lacks it,
    MissingDependencyError without bitsandbytes.
    """
    wanted = options["quantization"]
    if not wanted:
        return {}
    if wanted not in PRECISIONS:
        raise UsageError(f"quantization={wanted} is unknown; use {' or '.join(PRECISIONS)}.")
    if device.type not in DEVICES:
        raise DeviceError(
            f"{device.type} has no quantization={wanted}: bitsandbytes computes on cpu, cuda, rocm and xpu; leave the "
            "option out, or choose one of these."
        )
    try:
        import bitsandbytes  # noqa: F401
    except Exception as error:  # its native part may be missing, too
        raise MissingDependencyError(
            f'quantization={wanted} needs bitsandbytes: pip install "pytest-asrbench[quantization]" '
            f"({first_line(error)})"
        ) from error
    from transformers import BitsAndBytesConfig

    chosen = {"bnb_4bit_quant_type": PRECISIONS[wanted], "bnb_4bit_compute_dtype": dtype} if wanted == "4bit" else {}
    config = BitsAndBytesConfig(load_in_4bit=wanted == "4bit", load_in_8bit=wanted == "8bit", **chosen)
    return {"quantization_config": config, "device_map": {"": device}}


def precision(model: Any, options: Mapping[str, Any]) -> str:
    """Return in what a model's weights are: "nf4", "int8", or the name of its dtype."""
    return PRECISIONS.get(options["quantization"]) or dtype_name(model.dtype)


def tune(model: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Put the LoRA of the option `lora`, if there is one, into a loaded model; return details for the record.

    One that the release has stays at work beside it. Raises WeightsError for a folder that is no LoRA, or one for
    another model.
    """
    if not options["lora"]:
        return {}
    folder = Path(options["lora"])
    lora.require_peft(EXTRA)
    if not folder.is_dir():
        raise WeightsError(f"lora={folder} is no folder; name the one that holds {lora.CONFIG} and {lora.WEIGHTS}.")
    read_json(folder / lora.CONFIG)
    lora.require_files(folder)
    own = list(getattr(model, "peft_config", ()))
    try:
        with explain_load_errors(folder):
            model.load_adapter(str(folder), adapter_name=TUNED)
        model.set_adapter([*own, TUNED] if own else TUNED)
        model.requires_grad_(False).eval()
        layers = lora.check_applied(model, folder, TUNED)
    except WeightsError as error:
        raise WeightsError(
            f"{folder} is a LoRA for {lora.base_of(folder) or 'another model'}, and does not fit this one: {error}"
        ) from error
    return {"lora": str(folder), "lora_layers": layers, "lora_base": lora.base_of(folder)}
