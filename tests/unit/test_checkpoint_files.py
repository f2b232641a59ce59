"""Checkpoint folders are looked at before any library opens them."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from pytest_asrbench.model_adapters.checkpoint_files import check_safetensors, local_folder, read_json

from pytest_asrbench.errors import WeightsError


def safetensors(path: Path, values: int = 4) -> Path:
    """Write a valid file with one float32 tensor."""
    head = json.dumps({"w": {"dtype": "F32", "shape": [values], "data_offsets": [0, 4 * values]}}).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + bytes(4 * values))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}", "utf-8")
    safetensors(tmp_path / "model.safetensors")
    return tmp_path


def test_a_whole_folder(folder: Path) -> None:
    assert local_folder(str(folder), "whisper") == folder


def test_shards_that_the_index_names(folder: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    with pytest.raises(WeightsError, match=r"lacks model-00002\.safetensors"):
        local_folder(str(folder), "whisper")
    safetensors(folder / "model-00002.safetensors")
    assert local_folder(str(folder), "whisper") == folder


def test_pickles_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"pytorch_model\.bin is a pickle"):
        local_folder(str(folder), "whisper")


@pytest.mark.parametrize("source", [None, "", "no/such/folder"])
def test_no_folder(source: str | None) -> None:
    with pytest.raises(WeightsError, match="folder"):
        local_folder(source, "whisper")


@pytest.mark.parametrize("kept", [0, 5, 20, -1])
def test_truncated_files(kept: int, folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WeightsError, match=r"model\.safetensors .*download it again"):
        check_safetensors(path)


def test_bytes_behind_the_end(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(WeightsError, match="bytes where its header says"):
        check_safetensors(path)


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_json_that_is_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(content, "utf-8")
    with pytest.raises(WeightsError, match=r"config\.json"):
        read_json(path)
