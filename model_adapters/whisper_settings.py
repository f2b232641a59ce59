"""How Whisper by transformers is told to decode: what fine-tunes left out of their generation config."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .languages import restricted

ENGLISH_VOCABULARY = 51_864  # one entry less than any multilingual one
TASKS = ("transcribe", "translate")


def settle_generation(model: Any, tokenizer: Any, languages: Collection[str], source: str | None) -> frozenset[str]:
    """Complete the generation config where old fine-tunes lack entries, and return the codes that it has tokens for.

    languages: those that it was made for, if not for all. Raises UsageError for one that it does not have.
    Greedy, no tokens forced by position: that was the way before `language` and `task`, and transformers warns of it.
    """
    config = model.generation_config
    config.update(do_sample=False, temperature=None, top_p=None, top_k=None)
    config.max_length = model.config.max_target_positions
    if not hasattr(config, "is_multilingual"):
        config.is_multilingual = model.config.vocab_size > ENGLISH_VOCABULARY
    if getattr(config, "no_timestamps_token_id", None) is None:
        config.no_timestamps_token_id = tokenizer.convert_tokens_to_ids("<|notimestamps|>")
    forced = getattr(config, "forced_decoder_ids", None) or getattr(model.config, "forced_decoder_ids", None) or []
    config.forced_decoder_ids = model.config.forced_decoder_ids = None
    if not config.is_multilingual:
        # What is left of these in fine-tunes would make transformers detect a language that has no token.
        config.__dict__.pop("lang_to_id", None)
        config.__dict__.pop("task_to_id", None)
        return frozenset({"en"})
    if getattr(config, "task_to_id", None) is None:
        config.task_to_id = {task: tokenizer.convert_tokens_to_ids(f"<|{task}|>") for task in TASKS}
    if getattr(config, "lang_to_id", None) is None:
        config.lang_to_id = _language_tokens(tokenizer, config.task_to_id["translate"])
    # A fine-tune for one language says so in this way only: keep it as the language of requests that name none.
    names = {identifier: name for name, identifier in config.lang_to_id.items()}
    for position, identifier in forced:
        if position == 1 and identifier in names and getattr(config, "language", None) is None:
            config.language = names[identifier]
    known = restricted(frozenset(map(plain_code, config.lang_to_id)), languages, source)
    config.lang_to_id = {token: number for token, number in config.lang_to_id.items() if plain_code(token) in known}
    if len(known) == 1 and getattr(config, "language", None) is None:
        config.language = next(iter(known))
    return known


def plain_code(token: str) -> str:
    """Return the code of a language in one of Whisper's tokens: "en" of "<|en|>"."""
    return token.strip("<|>")


def _language_tokens(tokenizer: Any, end: int) -> dict[str, int]:
    """Return `{"<|en|>": id ...}`: the tokens between start-of-transcript and the first task."""
    start = tokenizer.convert_tokens_to_ids("<|startoftranscript|>")
    return {tokenizer.convert_ids_to_tokens(identifier): identifier for identifier in range(start + 1, end)}
