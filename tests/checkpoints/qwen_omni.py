"""A tiny Qwen2.5-Omni in the release's layout: the thinker's weights under their names in the whole model.

The processor is the release's class. What it would do with images needs torchvision; the files say so all the same, so
that the adapter meets what users have.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pytest_asrbench.model_adapters import processors

from tests.checkpoints import chats, layout, tokenizers
from tests.checkpoints.layout import edit_json, rename_tensors
from tests.checkpoints.training import prepare, rescale

SOURCES = (chats, layout, tokenizers, processors)
PAD, END = "<|endoftext|>", "<|im_end|>"
TOKENS = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}
SPECIALS = (PAD, "<|im_start|>", END, *TOKENS.values())
SYSTEM, QUESTION = "You are a speech recognition model.", "Transcribe the {} audio into text."
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
    "{{ message['content'] }}{% else %}{% for part in message['content'] %}{% if part['type'] == 'audio' %}"
    "<|audio_bos|><|AUDIO|><|audio_eos|>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
ROPE = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]}


def make(folder: Path) -> None:
    """Train, then write the checkpoint and its processor."""
    prepare(threads=1)
    tokenizer = _tokenizer()
    model = _model(tokenizer)
    processor = _processor(tokenizer)
    asked = [
        {"role": "system", "content": [{"type": "text", "text": SYSTEM}]},
        {"role": "user", "content": [{"type": "audio"}, {"type": "text", "text": QUESTION.format("English")}]},
    ]
    text = processor.apply_chat_template(asked, add_generation_prompt=True, tokenize=False)

    def prompt(wave: Any) -> Any:
        inputs = processor(text=text, audio=[wave], return_tensors="pt")
        return {name: value for name, value in inputs.items() if value is not None}

    model.model.visual.requires_grad_(False)
    chats.teach(model, processor, model.model.audio_tower, [prompt])
    _save(model, processor, folder)


def _tokenizer() -> Any:
    words = [SYSTEM, QUESTION.format("English"), "system user assistant\n"]
    tokenizer = tokenizers.byte_level_bpe(SPECIALS, words, eos_token=END, pad_token=PAD, extra_special_tokens=TOKENS)
    tokenizer.padding_side = "left"
    return tokenizer


def _processor(tokenizer: Any) -> Any:
    from transformers import Qwen2_5OmniProcessor, WhisperFeatureExtractor

    audio, none = WhisperFeatureExtractor(feature_size=128), processors.no_images()
    return processors.imageless(Qwen2_5OmniProcessor)(none, none, audio, tokenizer, chat_template=TEMPLATE)


def _model(tokenizer: Any) -> Any:
    from transformers import Qwen2_5OmniThinkerConfig, Qwen2_5OmniThinkerForConditionalGeneration

    number = {name: tokenizer.convert_tokens_to_ids(token) for name, token in TOKENS.items()}
    end, pad = tokenizer.convert_tokens_to_ids(END), tokenizer.convert_tokens_to_ids(PAD)
    config = Qwen2_5OmniThinkerConfig(
        audio_config={"model_type": "qwen2_5_omni_audio_encoder", "output_dim": 64, **chats.ENCODER},
        vision_config={
            "model_type": "qwen2_5_omni_vision_encoder",
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 1,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [0],
        },
        text_config={
            "model_type": "qwen2_5_omni_text",
            "vocab_size": len(tokenizer),
            "rope_parameters": ROPE,
            "tie_word_embeddings": False,
            **chats.TEXT,
        },
        audio_token_index=number["audio_token"],
        image_token_index=number["image_token"],
        video_token_index=number["video_token"],
        audio_start_token_id=number["audio_bos_token"],
        audio_end_token_id=number["audio_eos_token"],
        vision_start_token_id=number["vision_bos_token"],
        vision_end_token_id=number["vision_eos_token"],
        pad_token_id=pad,
    )
    model = Qwen2_5OmniThinkerForConditionalGeneration(config)
    rescale(model.model.audio_tower)
    model.generation_config.update(eos_token_id=end, pad_token_id=pad)
    return model


def _save(model: Any, processor: Any, folder: Path) -> None:
    """Save as the release is: config and weights of the whole model, of which there is the thinker alone."""
    model.half().save_pretrained(folder)
    config = folder / "config.json"
    thinker = json.loads(config.read_text("utf-8"))
    whole = {"model_type": "qwen2_5_omni", "architectures": ["Qwen2_5OmniModel"], "thinker_config": thinker}
    config.write_text(json.dumps(whole, indent=2), "utf-8")
    rename_tensors(folder / "model.safetensors", lambda name: f"thinker.{name}")
    processor.tokenizer.save_pretrained(folder)
    processor.feature_extractor.save_pretrained(folder)
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": TEMPLATE}), "utf-8")
    edit_json(
        folder / "preprocessor_config.json",
        processor_class="Qwen2_5OmniProcessor",
        image_processor_type="Qwen2VLImageProcessor",
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]))
