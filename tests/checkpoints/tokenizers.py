"""Tiny byte-level BPE tokenizers that know the clips' words: what Granite and Phi-4 use, in hundreds of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.checkpoints.common import clips


def byte_level_bpe(specials: Sequence[str], prompts: Sequence[str], vocab_size: int = 900, **options: Any) -> Any:
    """Return a transformers tokenizer trained on the clips' transcripts and on `prompts`.

    specials: tokens that are never split; they get the ids 0, 1, 2 ... in order. options: what
    `PreTrainedTokenizerFast` takes besides (`eos_token`, `pad_token` ...).
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(specials),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([clip.text for clip in clips()] + list(prompts), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **options)
