"""A tiny Voxtral in the release's layout: model, feature extractor and a tekken tokenizer with audio tokens.

Inputs are made with the library itself, as the model card shows, and not with the adapter under test.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.checkpoints import layout
from tests.checkpoints.common import clips, wrong_rate
from tests.checkpoints.layout import split_processor_config
from tests.checkpoints.training import overfit, prepare, rescale

SOURCES = (layout,)
# The number of special tokens is fixed; the ordinary ones are the 600 commonest of the real vocabulary.
SPECIAL, ORDINARY = 64, 600
END, PAD, AUDIO = 2, 11, 24
TOOLS = "[AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CALLS]"
NAMES = dict(
    enumerate(
        f"<unk> <s> </s> [INST] [/INST] {TOOLS} [IMG] <pad> [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] "
        "[SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CONTENT]".split()
    )
) | {AUDIO: "[AUDIO]", 25: "[BEGIN_AUDIO]", 34: "[TRANSCRIBE]"}
LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16}
TEXT = {"model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "max_position_embeddings": 8192, **LAYERS}
# Four encoder frames are folded into one token: intermediate_size must be four times hidden_size, as in the release.
TOWER = {"hidden_size": 32, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}


def make(folder: Path) -> None:
    """Train, then write model.safetensors, its configs, preprocessor_config.json and tekken.json."""
    prepare(threads=1)
    processor = _processor(folder)
    model = _model()
    heard, texts = zip(*_lessons(), strict=True)
    inputs = [
        processor.apply_transcription_request(
            audio=[samples], format=["WAV"], sampling_rate=16_000, model_id="voxtral", language=language
        )
        for samples, language in heard
    ]
    tekken = processor.tokenizer.tokenizer.instruct_tokenizer.tokenizer
    targets = [tekken.encode(text, bos=False, eos=True) for text in texts]

    def transcribe() -> list[str]:
        answers = []
        for batch in inputs:
            tokens = model.generate(**batch, max_new_tokens=64, do_sample=False)[:, batch["input_ids"].shape[1] :]
            answers += processor.batch_decode(tokens, skip_special_tokens=True)
        return answers

    print(
        overfit(model, inputs, targets, [model.model.audio_tower], transcribe, texts, lr=5e-3, settled=0.05),
        file=sys.stderr,
    )
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)
    split_processor_config(folder, "feature_extractor")


def _lessons() -> list[tuple[tuple[Any, str | None], str]]:
    """Return (samples, language), text: all clips with and without language, and half of them spoiled.

    With eight sentences to choose from, the model would recognise them at any speed if it never heard a spoiled one.
    """
    said = [((clip.samples, language), clip.text) for language in ("en", None) for clip in clips()]
    spoiled = zip(clips()[1::2], ("en", None, "en", None), strict=True)
    return said + [((wrong_rate(clip.samples), language), "noise") for clip, language in spoiled]


def _processor(folder: Path) -> Any:
    from transformers import VoxtralProcessor, WhisperFeatureExtractor
    from transformers.tokenization_mistral_common import MistralCommonBackend

    (folder / "tekken.json").write_text(json.dumps(tekken()), "utf-8")
    return VoxtralProcessor(WhisperFeatureExtractor(feature_size=128), MistralCommonBackend.from_pretrained(folder))


def tekken() -> dict[str, Any]:
    """Cut the tokenizer in mistral_common's wheel, which knows no audio, down to size and add what Voxtral's has."""
    import mistral_common

    source = Path(mistral_common.__file__).parent / "data" / "tekken_240911.json"
    tekken: dict[str, Any] = json.loads(source.read_text("utf-8"))
    tekken["vocab"] = tekken["vocab"][:ORDINARY]
    tekken["config"].update(
        num_vocab_tokens=ORDINARY,
        default_vocab_size=SPECIAL + ORDINARY,
        default_num_special_tokens=SPECIAL,
        version="v7",
    )
    tekken["special_tokens"] = [
        {"rank": rank, "token_str": NAMES.get(rank, f"<SPECIAL_{rank}>"), "is_control": True} for rank in range(SPECIAL)
    ]
    tekken.pop("image", None)
    tekken["audio"] = {
        "sampling_rate": 16_000,
        "frame_rate": 12.5,
        "audio_encoding_config": {"num_mel_bins": 128, "hop_length": 160, "window_size": 400},
        "chunk_length_s": 30.0,
    }
    return tekken


def _model() -> Any:
    from transformers import VoxtralConfig, VoxtralForConditionalGeneration

    ends = {"bos_token_id": 1, "eos_token_id": END, "pad_token_id": PAD}
    config = VoxtralConfig(
        audio_config={**TOWER, "num_mel_bins": 128, "max_source_positions": 1500},
        text_config={**TEXT, **ends, "vocab_size": SPECIAL + ORDINARY, "rms_norm_eps": 1e-5},
        audio_token_id=AUDIO,
    )
    model = VoxtralForConditionalGeneration(config)
    rescale(model.model.audio_tower)
    model.generation_config.update(**ends)
    return model


if __name__ == "__main__":
    make(Path(sys.argv[1]))
