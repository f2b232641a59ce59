"""Checks of a checkpoint folder before any library opens it: each fault is named with its file and remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import WeightsError


def local_folder(source: str | None, adapter: str) -> Path:
    """Return the checkpoint's folder if its files are there and whole, without loading anything.

    Raises WeightsError for an absent folder, one without config.json, without safetensors, or with a file whose
    length is not what its header promises.
    """
    if not source:
        raise WeightsError(f"{adapter} needs a folder with weights: name it as {adapter}:FOLDER.")
    folder = Path(source)
    if not folder.is_dir():
        raise WeightsError(f"{folder} is no folder; {adapter} needs one with config.json and *.safetensors.")
    config = folder / "config.json"
    read_json(config)
    shards = sorted(folder.glob("*.safetensors"))
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named = {folder / name for name in read_json(index).get("weight_map", {}).values()}
        absent = sorted(path.name for path in named if not path.is_file())
        if absent:
            raise WeightsError(f"{folder} lacks {', '.join(absent)}, named by {index.name}; download the model again.")
    if not shards:
        pickles = [path.name for path in folder.iterdir() if path.suffix in (".bin", ".pt", ".pth", ".ckpt")]
        hint = f" ({pickles[0]} is a pickle, which is never loaded: convert it)" if pickles else ""
        raise WeightsError(f"{folder} holds no *.safetensors file{hint}; download or convert the model.")
    for shard in shards:
        check_safetensors(shard)
    return folder


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file. Raises WeightsError if it is absent or no JSON object."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"{path.parent} has no {path.name}; download the model again.") from error
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read as JSON ({error}); download it again.") from error
    if not isinstance(value, dict):
        raise WeightsError(f"{path} holds no JSON object; download it again.")
    return value


def check_safetensors(path: Path) -> None:
    """Compare a safetensors file's length with its header's promise. Raises WeightsError if they differ."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = int.from_bytes(head, "little")
        try:
            header = json.loads(file.read(length)) if len(head) == 8 and length <= size - 8 else None
        except ValueError:
            header = None
    if not isinstance(header, dict):
        raise WeightsError(f"{path} is truncated or no safetensors file ({size} bytes); download it again.")
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    expected = 8 + length + max(ends, default=0)
    if size != expected:
        raise WeightsError(f"{path} has {size} bytes where its header says {expected}; download it again.")
