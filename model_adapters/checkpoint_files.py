"""Checks of a checkpoint folder before any library opens it: each fault is named with its file and remedy."""

from __future__ import annotations

import json
import math
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from pytest_asrbench.errors import WeightsError

from .kinds import refuse_other_kinds

INDEX = "model.safetensors.index.json"
# Bits of one value, by safetensors' names of types.
BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}


def local_folder(source: str | None, adapter: str) -> Path:
    """Return the checkpoint's folder if its files are there and whole, without loading anything.

    Raises WeightsError for an absent folder, what is for another adapter, a folder without config.json, without
    safetensors, with an index that names other files, or with a file whose length is not what its header promises.
    """
    if not source:
        raise WeightsError(f"{adapter} needs a folder with weights: name it as {adapter}:FOLDER.")
    folder = Path(source)
    refuse_other_kinds(folder, adapter)
    if not folder.is_dir():
        raise WeightsError(f"{folder} is no folder; {adapter} needs one with config.json and *.safetensors.")
    read_json(folder / "config.json")
    for config in sorted(folder.glob("*config.json")):  # a library may go on without one that it cannot read
        read_json(config)
    _check_index(folder / INDEX)
    _check_lora(folder)
    shards = sorted(folder.glob("*.safetensors"))
    if not shards:
        raise WeightsError(f"{folder} holds no *.safetensors file; download or convert the model.")
    for shard in shards:
        check_safetensors(shard)
    return folder


def processor_folder(folder: Path, named: object) -> Path:
    """Return the folder of a checkpoint's processor: `named` by the option `processor`, else the checkpoint's own.

    Training leaves checkpoints without one. Raises WeightsError if the named folder is not there.
    """
    if not named:
        return folder
    chosen = Path(str(named))
    if not chosen.is_dir():
        raise WeightsError(f"the option processor={named} names no folder here; write hf:owner/name, or a path.")
    return chosen


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file. Raises WeightsError if it is absent or no JSON object."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"{path.parent} has no {path.name}; download the model again.") from error
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read as JSON ({error}); download it again.") from error
    except RecursionError as error:
        raise WeightsError(f"{path} is nested too deeply for a file of a model; download it again.") from error
    if not isinstance(value, dict):
        raise WeightsError(f"{path} holds no JSON object; download it again.")
    return value


def damaged_file(folder: Path) -> str:
    """Return a sentence on the first file of a folder that is damaged, "" if all can be read.

    For folders that a library could not load: what it says seldom names the file.
    """
    for path in sorted(folder.rglob("*.json")):
        try:
            read_json(path)
        except WeightsError as error:
            return str(error)
    for path in sorted(folder.rglob("*.safetensors")):
        try:
            check_safetensors(path)
        except WeightsError as error:
            return str(error)
    return ""


def check_safetensors(path: Path) -> None:
    """Compare a safetensors file with what its header promises, without reading weights.

    Raises WeightsError if the header cannot be read, its entries contradict each other, or the file is longer or
    shorter.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = int.from_bytes(head, "little")
        try:
            header = json.loads(file.read(length)) if len(head) == 8 and length <= size - 8 else None
        except (ValueError, RecursionError):
            header = None
    if not isinstance(header, dict):
        raise WeightsError(f"{path} is truncated or no safetensors file ({size} bytes); download it again.")
    end = 0
    tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
    for name, (start, stop) in sorted(_places(path, tensors).items(), key=lambda item: item[1]):
        if start != end:
            raise WeightsError(f"{path} is damaged: {name[:80]!r} does not begin where the one before ends.")
        end = stop
    if size != 8 + length + end:
        raise WeightsError(f"{path} has {size} bytes where its header says {8 + length + end}; download it again.")


def _places(path: Path, tensors: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return where each tensor's data begin and end, in bytes; raises WeightsError for an entry that is none."""
    places = {}
    for name, entry in tensors.items():
        try:
            start, stop = entry["data_offsets"]
            expected = BITS[entry["dtype"]] * math.prod(entry["shape"]) // 8
            whole = all(type(number) is int and number >= 0 for number in (start, stop, *entry["shape"]))
        except (KeyError, TypeError, ValueError):
            whole = False
        if not whole or stop - start != expected:
            raise WeightsError(
                f"{path} is damaged: its header says of {name[:80]!r} what cannot be; download it again."
            )
        places[name] = (start, stop)
    return places


def _check_index(index: Path) -> None:
    """Raise WeightsError unless an index, if there is one, names safetensors files beside it that are all there."""
    if not index.exists():
        return
    shards = read_json(index).get("weight_map")
    if not isinstance(shards, dict) or not all(isinstance(name, str) for name in shards.values()):
        raise WeightsError(f"{index} has no table weight_map from weights to files; download it again.")
    for name in sorted(set(shards.values())):
        if not name.endswith(".safetensors") or not is_plain(name):
            raise WeightsError(
                f"{index} names {name[:100]!r}, but weights are loaded from safetensors files of its own folder alone; "
                "convert the model, or take it from where it was published."
            )
    absent = sorted(name for name in set(shards.values()) if not (index.parent / name).is_file())
    if absent:
        raise WeightsError(
            f"{index.parent} lacks {', '.join(absent[:5])}, named by {index.name}; download the model again."
        )


def _check_lora(folder: Path) -> None:
    """Raise WeightsError if the LoRA of a checkpoint, if it has one, is a pickle."""
    pickled, safe = folder / "adapter_model.bin", folder / "adapter_model.safetensors"
    if (folder / "adapter_config.json").exists() and pickled.exists() and not safe.exists():
        raise WeightsError(never_loaded(pickled))


def never_loaded(file: object) -> str:
    """Return what to say of a pickle that a checkpoint leads to."""
    return f"{file} is a pickle, which runs code when it is loaded, and is never loaded: convert it to safetensors."


def is_plain(name: str) -> bool:
    """Whether a name is that of a file in the same folder, on any system."""
    return name not in ("", ".", "..") and PurePosixPath(name).name == name == PureWindowsPath(name).name
