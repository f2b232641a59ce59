"""A tiny Qwen2-Audio that has learnt to be asked both ways: in a chat, as -Instruct, and by the words alone.

Inputs are made with the library itself, as the model card shows, and not with the adapter under test.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.checkpoints import chats, layout, tokenizers
from tests.checkpoints.layout import split_processor_config
from tests.checkpoints.training import prepare, rescale

SOURCES = (chats, layout, tokenizers)
PAD, START, END, AUDIO = "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>"
SPECIALS = (PAD, START, END, AUDIO, "<|audio_bos|>", "<|audio_eos|>")
# As the authors' evaluation asks.
QUESTION = "Detect the language and recognize the speech: <|en|>"


def make(folder: Path) -> None:
    """Train, then write the checkpoint and its processor."""
    prepare(threads=1)
    processor = processor_for(QUESTION)
    model = untrained(processor.tokenizer)

    def bare(wave: Any) -> Any:
        return inputs(processor, f"<|audio_bos|>{AUDIO}<|audio_eos|>{QUESTION}", wave)

    chats.teach(model, processor, model.model.audio_tower, [lambda wave: in_a_chat(processor, QUESTION, wave), bare])
    chats.save(model, processor, folder)
    split_processor_config(folder, "feature_extractor")


def in_a_chat(processor: Any, question: str, wave: Any) -> Any:
    """Return what the model reads of a question about a clip."""
    asked = [{"role": "user", "content": [{"type": "audio", "audio_url": ""}, {"type": "text", "text": question}]}]
    return inputs(processor, processor.apply_chat_template(asked, add_generation_prompt=True, tokenize=False), wave)


def inputs(processor: Any, text: str, wave: Any) -> Any:
    """Return what the model reads of a text with a clip in it."""
    return processor(text=text, audio=[wave], sampling_rate=16_000, return_tensors="pt")


def processor_for(*questions: str) -> Any:
    """Return a processor whose tokenizer knows the words of the questions."""
    from transformers import Qwen2AudioProcessor, WhisperFeatureExtractor

    words = [*questions, "system\nYou are a helpful assistant.\nuser\nassistant\nAudio 1: "]
    tokenizer = tokenizers.byte_level_bpe(SPECIALS, words, eos_token=END, pad_token=PAD)
    tokenizer.padding_side = "left"
    return Qwen2AudioProcessor(WhisperFeatureExtractor(feature_size=128), tokenizer)


def untrained(tokenizer: Any) -> Any:
    """Return a model that has learnt nothing yet."""
    from transformers import Qwen2AudioConfig, Qwen2AudioForConditionalGeneration

    end, pad, audio = (tokenizer.convert_tokens_to_ids(name) for name in (END, PAD, AUDIO))
    config = Qwen2AudioConfig(
        audio_config={"model_type": "qwen2_audio_encoder", **chats.ENCODER},
        text_config={
            "model_type": "qwen2",
            "vocab_size": len(tokenizer),
            "eos_token_id": end,
            "pad_token_id": pad,
            **chats.TEXT,
        },
        audio_token_index=audio,
    )
    model = Qwen2AudioForConditionalGeneration(config)
    rescale(model.model.audio_tower)
    model.generation_config.update(eos_token_id=end, pad_token_id=pad)
    return model


if __name__ == "__main__":
    make(Path(sys.argv[1]))
