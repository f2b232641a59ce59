"""A tiny GLM-ASR in the release's layout, asked by the processor's own transcription request."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.checkpoints import chats, layout, tokenizers
from tests.checkpoints.layout import split_processor_config
from tests.checkpoints.training import prepare, rescale

SOURCES = (chats, layout, tokenizers)
END, AUDIO = "<|endoftext|>", "<|pad|>"
SPECIALS = (END, "<|user|>", "<|assistant|>", "<|system|>", "<|begin_of_audio|>", "<|end_of_audio|>", AUDIO)
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'audio' %}<|begin_of_audio|><|pad|><|end_of_audio|>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
TOWER = {
    "hidden_size": 32,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 1500,
    "num_mel_bins": 128,
}


def make(folder: Path) -> None:
    """Train, then write the checkpoint and its processor."""
    prepare(threads=1)
    processor = _processor()
    model = _model(processor.tokenizer)

    def request(wave: Any) -> Any:
        return processor.apply_transcription_request(wave)

    chats.teach(model, processor, model.model.audio_tower, [request])
    chats.save(model, processor, folder)
    split_processor_config(folder, "feature_extractor")


def _processor() -> Any:
    from transformers import GlmAsrProcessor, WhisperFeatureExtractor

    words = ["Please transcribe this audio into text", "\n"]
    tokenizer = tokenizers.byte_level_bpe(SPECIALS, words, eos_token=END, pad_token=END)
    tokenizer.padding_side = "left"
    return GlmAsrProcessor(WhisperFeatureExtractor(feature_size=128), tokenizer, chat_template=TEMPLATE)


def _model(tokenizer: Any) -> Any:
    from transformers import GlmAsrConfig, GlmAsrForConditionalGeneration

    end, user, audio = (tokenizer.convert_tokens_to_ids(name) for name in (END, "<|user|>", AUDIO))
    config = GlmAsrConfig(
        audio_config=TOWER,
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "eos_token_id": [end, user],
            "pad_token_id": end,
            "bos_token_id": end,
            **chats.TEXT,
        },
        audio_token_id=audio,
    )
    model = GlmAsrForConditionalGeneration(config)
    rescale(model.model.audio_tower, linear=0.7)
    model.generation_config.update(eos_token_id=[end, user], pad_token_id=end)
    return model


if __name__ == "__main__":
    make(Path(sys.argv[1]))
