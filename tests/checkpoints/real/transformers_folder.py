"""A CTranslate2 Whisper as a folder for transformers, with the files of the hub's openai/whisper-* releases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.checkpoints.real import tensors
from tests.checkpoints.real.ctranslate2_file import variables
from tests.checkpoints.whisper_vocabulary import END_OF_TEXT, START_OF_TRANSCRIPT, TIMESTAMPS

ENGLISH_VOCABULARY = 51_864
TASKS = ("transcribe", "translate")


def make(source: Path, folder: Path) -> None:
    """Write weights in float32, configurations, and the tokenizer with its tokens of time."""
    from safetensors.numpy import save_file

    given = variables(source / "model.bin")
    made = tensors.convert(given)
    save_file(made, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer = _with_timestamps(json.loads((source / "tokenizer.json").read_text("utf-8")), made)
    ids = tokenizer["model"]["vocab"] | {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    settings = json.loads((source / "config.json").read_text("utf-8"))
    special = _special(ids, settings, multilingual=_vocabulary(made) > ENGLISH_VOCABULARY)
    config = _config(given, made) | special
    _write(folder / "config.json", config)
    _write(folder / "generation_config.json", _generation(ids, settings, config) | special)
    _write(folder / "preprocessor_config.json", _preprocessor(config["num_mel_bins"]))
    _write_tokenizer(folder, tokenizer)


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


def _vocabulary(made: tensors.Tensors) -> int:
    return len(made["model.decoder.embed_tokens.weight"])


def _special(ids: Mapping[str, int], settings: Mapping[str, Any], *, multilingual: bool) -> dict[str, Any]:
    """What config.json and generation_config.json have in common; English releases begin with another token."""
    end, start = ids[END_OF_TEXT], ids[START_OF_TRANSCRIPT]
    return {
        "bos_token_id": end if multilingual else start,
        "decoder_start_token_id": start,
        "eos_token_id": end,
        "pad_token_id": end,
        "begin_suppress_tokens": settings["suppress_ids_begin"],
        "suppress_tokens": settings["suppress_ids"],
    }


def _config(given: tensors.Variables, made: tensors.Tensors) -> dict[str, Any]:
    sizes: dict[str, Any] = {}
    for side in tensors.SIDES:
        sizes[f"{side}_layers"] = tensors.layers(given, side)
        sizes[f"{side}_attention_heads"] = int(given[f"{side}/num_heads"])
        sizes[f"{side}_ffn_dim"] = len(made[f"model.{side}.layers.0.fc1.bias"])
    return {
        **sizes,
        "activation_function": "gelu",
        "architectures": ["WhisperForConditionalGeneration"],
        "d_model": made["model.decoder.embed_tokens.weight"].shape[1],
        "dropout": 0.0,
        "is_encoder_decoder": True,
        "max_length": 448,
        "max_source_positions": len(made["model.encoder.embed_positions.weight"]),
        "max_target_positions": len(made["model.decoder.embed_positions.weight"]),
        "model_type": "whisper",
        "num_hidden_layers": sizes["encoder_layers"],
        "num_mel_bins": made["model.encoder.conv1.weight"].shape[1],
        "scale_embedding": False,
        "torch_dtype": "float32",
        "vocab_size": _vocabulary(made),
    }


def _forced(ids: Mapping[str, int], multilingual: bool) -> list[list[int | None]]:
    """The tokens that releases force by position; the language is left open."""
    return [[1, None], [2, ids["<|transcribe|>"]]] if multilingual else [[1, ids["<|notimestamps|>"]]]


def _generation(ids: Mapping[str, int], settings: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    multilingual = config["vocab_size"] > ENGLISH_VOCABULARY
    made = {
        "alignment_heads": settings["alignment_heads"],
        "forced_decoder_ids": _forced(ids, multilingual),
        "is_multilingual": multilingual,
        "max_initial_timestamp_index": 50,
        "max_length": config["max_length"],
        "no_timestamps_token_id": ids["<|notimestamps|>"],
        "prev_sot_token_id": ids["<|startofprev|>"],
        "return_timestamps": False,
    }
    if not multilingual:
        return made
    names = {identifier: name for name, identifier in ids.items()}
    return made | {
        "lang_to_id": {names[identifier]: identifier for identifier in settings["lang_ids"]},
        "task_to_id": {task: ids[f"<|{task}|>"] for task in TASKS},
    }


def _preprocessor(bands: int) -> dict[str, Any]:
    return {
        "chunk_length": 30,
        "feature_extractor_type": "WhisperFeatureExtractor",
        "feature_size": bands,
        "hop_length": 160,
        "n_fft": 400,
        "n_samples": 480_000,
        "nb_max_frames": 3000,
        "padding_side": "right",
        "padding_value": 0.0,
        "processor_class": "WhisperProcessor",
        "return_attention_mask": False,
        "sampling_rate": 16_000,
    }


def _with_timestamps(tokenizer: dict[str, Any], made: tensors.Tensors) -> dict[str, Any]:
    """Add the tokens of time, which the releases have at the vocabulary's end, as tokens that are not special."""
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    first = _vocabulary(made) - len(TIMESTAMPS)
    added = [{"id": first + step, "content": text, **plain} for step, text in enumerate(TIMESTAMPS)]
    return tokenizer | {"added_tokens": [*tokenizer["added_tokens"], *added]}


def _write_tokenizer(folder: Path, tokenizer: Mapping[str, Any]) -> None:
    """Write tokenizer.json and the older files that say the same, which releases have beside it."""
    added, words = tokenizer["added_tokens"], tokenizer["model"]["vocab"]
    control = [token["content"] for token in added if token["special"]]
    names: dict[str, Any] = {f"{kind}_token": END_OF_TEXT for kind in ("bos", "eos", "pad", "unk")}
    names["additional_special_tokens"] = control
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]
    _write(folder / "tokenizer.json", tokenizer)
    _write(folder / "vocab.json", words)
    _write(folder / "special_tokens_map.json", names)
    _write(folder / "added_tokens.json", {one["content"]: one["id"] for one in added if one["content"] not in words})
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), "utf-8")
    config = {
        **names,
        "add_prefix_space": False,
        "added_tokens_decoder": {
            str(token["id"]): {key: value for key, value in token.items() if key != "id"} for token in added
        },
        "clean_up_tokenization_spaces": True,
        "errors": "replace",
        "model_max_length": 1024,
        "processor_class": "WhisperProcessor",
        "tokenizer_class": "WhisperTokenizer",
    }
    _write(folder / "tokenizer_config.json", config)
