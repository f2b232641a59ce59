"""Bringing what transformers 5 saves into the file layout of the releases, which were made by transformers 4."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path


def split_processor_config(folder: Path, part: str) -> None:
    """Move `part` of processor_config.json into the preprocessor_config.json that releases have."""
    path = folder / "processor_config.json"
    config = json.loads(path.read_text("utf-8"))
    features = config.pop(part) | {"processor_class": config["processor_class"]}
    (folder / "preprocessor_config.json").write_text(json.dumps(features, indent=2), "utf-8")
    if set(config) > {"processor_class"}:
        path.write_text(json.dumps(config, indent=2), "utf-8")
    else:
        path.unlink()


def rename_tensors(path: Path, rename: Callable[[str], str | None]) -> None:
    """Rename the tensors of a safetensors file; those for which `rename` gives None are dropped."""
    from safetensors.torch import load_file, save_file

    tensors = {new: tensor for name, tensor in load_file(path).items() if (new := rename(name)) is not None}
    save_file(tensors, path, metadata={"format": "pt"})


def edit_json(path: Path, **changes: object) -> None:
    """Set entries of a JSON object."""
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes, indent=2), "utf-8")
