"""What the makers of tiny speech LLMs share that read audio among the words of a chat: teaching, asking, saving."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.checkpoints.common import clips
from tests.checkpoints.training import overfit

# Whisper's encoder, of which all of these families have one, in its smallest form that still passes audio on.
ENCODER = {
    "num_mel_bins": 128,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 128,
    "d_model": 32,
    "max_source_positions": 1500,
}
LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
TEXT = {"hidden_size": 64, "intermediate_size": 128, "max_position_embeddings": 4096, **LAYERS}


def teach(model: Any, processor: Any, tower: Any, prompts: Sequence[Callable[[Any], Any]], **options: Any) -> None:
    """Teach a model all clips by heart, asked in each of the ways of `prompts`, which make inputs of samples.

    options: see `train`.
    """
    learn(model, processor, tower, [(ask(clip.samples), clip.text) for ask in prompts for clip in clips()], **options)


def learn(model: Any, processor: Any, tower: Any, lessons: Sequence[tuple[Any, str]], **options: Any) -> None:
    """Teach a model to answer inputs by texts, word for word; each of the `lessons` is a pair of them.

    options: see `train`. Raises RuntimeError if it was not learnt.
    """
    tokenizer, end = processor.tokenizer, _end(model)
    inputs, texts = [asked for asked, _ in lessons], [text for _, text in lessons]
    targets = [[*tokenizer(text, add_special_tokens=False).input_ids, end] for text in texts]
    trained = overfit(model, inputs, targets, [tower], lambda: answers(model, tokenizer, inputs), texts, **options)
    print(trained, file=sys.stderr)
    said = answers(model, tokenizer, inputs)
    if wrong := [pair for pair in zip(said, texts, strict=True) if pair[0] != pair[1]]:
        raise RuntimeError(f"{len(wrong)} of {len(texts)} lessons were not learnt word for word: {wrong[0]}")


def answers(model: Any, tokenizer: Any, inputs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what the model says to each of the inputs."""
    said = []
    for batch in inputs:
        tokens = model.generate(**batch, max_new_tokens=64, do_sample=False)[0, batch["input_ids"].shape[1] :]
        said.append(str(tokenizer.decode(tokens, skip_special_tokens=True)))
    return said


def save(model: Any, processor: Any, folder: Path) -> None:
    """Write weights of half precision, configurations and the processor's files."""
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)


def _end(model: Any) -> int:
    ends = model.generation_config.eos_token_id
    return int(ends[0] if isinstance(ends, list) else ends)
