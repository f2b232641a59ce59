"""Checkpoint folders are looked at before any library opens them."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from pytest_asrbench.model_adapters.checkpoint_files import (
    INDEX,
    check_safetensors,
    damaged_file,
    local_folder,
    read_json,
)

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
    with pytest.raises(WeightsError, match=r"pytorch_model\.bin, a pickle"):
        local_folder(str(folder), "whisper")


@pytest.mark.parametrize(
    "name",
    [
        "pytorch_model-00001-of-00002.bin",
        "weights.pt",
        "shard.pkl",
        "../model.safetensors",
        "/etc/model.safetensors",
        "sub/model.safetensors",
        "..\\model.safetensors",
        "C:model.safetensors",
        "",
    ],
)
def test_an_index_that_leads_to_other_files_is_refused_by_name(name: str, folder: Path) -> None:
    (folder / INDEX).write_text(json.dumps({"weight_map": {"a": "model.safetensors", "b": name}}), "utf-8")
    with pytest.raises(WeightsError, match="safetensors files of its own folder alone") as caught:
        local_folder(str(folder), "whisper")
    assert INDEX in str(caught.value)
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize(
    "content", ["{}", '{"weight_map": 5}', '{"weight_map": {"a": 5}}', '{"weight_map": ["a"]}', "["]
)
def test_a_damaged_index_is_named(content: str, folder: Path) -> None:
    (folder / INDEX).write_text(content, "utf-8")
    with pytest.raises(WeightsError, match=f"{INDEX}.*download it again"):
        local_folder(str(folder), "whisper")


def with_header(**entries: object) -> bytes:
    head = json.dumps(entries).encode()
    return struct.pack("<Q", len(head)) + head + bytes(16)


def tensor(**changes: object) -> dict[str, object]:
    return {"dtype": "F32", "shape": [4], "data_offsets": [0, 16], **changes}


HEADERS = {
    "an entry that is none": with_header(w=5),
    "an entry without a place": with_header(w={"dtype": "F32", "shape": [4]}),
    "a place that is text": with_header(w=tensor(data_offsets="ab")),
    "three ends": with_header(w=tensor(data_offsets=[0, 8, 16])),
    "ends the wrong way round": with_header(w=tensor(data_offsets=[16, 0])),
    "an unknown type": with_header(w=tensor(dtype="F33")),
    "another shape": with_header(w=tensor(shape=[5])),
    "a negative shape": with_header(w=tensor(shape=[-2, -2])),
    "a shape of floats": with_header(w=tensor(shape=[4.0])),
    "two in one place": with_header(w=tensor(), v=tensor()),
    "a gap": with_header(w=tensor(shape=[3], data_offsets=[4, 16])),
    "deep": struct.pack("<Q", 100_000) + b"[" * 100_000,
    "a list": struct.pack("<Q", 2) + b"[]",
    "a length beyond the file": struct.pack("<Q", 2**63) + b"{}",
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_damaged_header_is_named_with_its_file(case: str, folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(HEADERS[case])
    with pytest.raises(WeightsError, match=r"model\.safetensors (is|has) ") as caught:
        local_folder(str(folder), "whisper")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_of_several_tensors_in_any_order(folder: Path) -> None:
    halves = {"b": tensor(shape=[2], data_offsets=[8, 16]), "a": tensor(shape=[2, 1], data_offsets=[0, 8])}
    (folder / "model.safetensors").write_bytes(with_header(__metadata__={"format": "pt"}, **halves))
    check_safetensors(folder / "model.safetensors")


@pytest.mark.parametrize("name", ["generation_config.json", "preprocessor_config.json", "tokenizer_config.json"])
def test_a_config_that_a_library_would_do_without_is_named(name: str, folder: Path) -> None:
    (folder / name).write_text('{"a": ', "utf-8")
    with pytest.raises(WeightsError, match=f"{name} cannot be read as JSON"):
        local_folder(str(folder), "whisper")


def test_a_pickled_lora_is_refused_unless_it_is_there_as_safetensors_too(folder: Path) -> None:
    (folder / "adapter_model.bin").write_bytes(b"x")
    assert local_folder(str(folder), "whisper") == folder, "nothing leads to it"
    (folder / "adapter_config.json").write_text("{}", "utf-8")
    with pytest.raises(WeightsError, match=r"adapter_model\.bin is a pickle"):
        local_folder(str(folder), "whisper")
    safetensors(folder / "adapter_model.safetensors")
    assert local_folder(str(folder), "whisper") == folder


def test_the_first_damaged_file_is_found(folder: Path) -> None:
    assert damaged_file(folder) == ""
    (folder / "tokenizer.json").write_text('{"model": ', "utf-8")
    assert "tokenizer.json cannot be read as JSON" in damaged_file(folder)
    (folder / "tokenizer.json").unlink()
    (folder / "speech-lora").mkdir()
    (folder / "speech-lora" / "adapter_model.safetensors").write_bytes(b"x")
    assert "adapter_model.safetensors is truncated" in damaged_file(folder)


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


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"])
def test_json_that_is_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(content, "utf-8")
    with pytest.raises(WeightsError, match=r"config\.json"):
        read_json(path)
