"""A tiny Qwen2-Audio that does two things by two prompts: it writes down every word, or what is meant.

It has learnt eight disfluent clips by heart, of people and of a synthesiser, each asked in both ways.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.tasks import registry
from tests.checkpoints import chats, layout, qwen2_audio, tokenizers
from tests.checkpoints.common import RATE, ROOT
from tests.checkpoints.layout import split_processor_config
from tests.checkpoints.training import prepare

# Corpus -> clips: fillers, a false start, a correction, repetitions by accident and on purpose, and fluent speech.
CLIPS = {
    "disfluent": ("mfa-uh", "mfa-youknow", "mfa-whatscalled", "mfa-thoughts"),
    "disfluent-synthetic": ("correct-time", "repeat-word", "meant-very-very", "negation-contract"),
}
WORD_FOR_WORD = "Write down every word as it is said."
CLEANED = registry.load(["cleanup"], ROOT, ROOT)["cleanup"].prompt or ""
SOURCES = (
    *(chats, layout, tokenizers, qwen2_audio),
    *(ROOT / "corpora" / name / "manifest.jsonl" for name in CLIPS),
    ROOT / "pytest_asrbench" / "tasks" / "cleanup.toml",
)


def snippets() -> list[Snippet]:
    """The clips."""
    listed = {name: loading.load(ROOT / "corpora" / name).snippets for name in CLIPS}
    return [one for name, ids in CLIPS.items() for one in listed[name] if one.id in ids]


def make(folder: Path) -> None:
    """Train, then write the checkpoint and its processor."""
    prepare(threads=1)
    processor = qwen2_audio.processor_for(WORD_FOR_WORD, CLEANED)
    model = qwen2_audio.untrained(processor.tokenizer)
    lessons = [
        (qwen2_audio.in_a_chat(processor, prompt, one.read(RATE, one.id).numpy()), one.reference(field))
        for prompt, field in ((WORD_FOR_WORD, "verbatim"), (CLEANED, "clean"))
        for one in snippets()
    ]
    chats.learn(model, processor, model.model.audio_tower, lessons)
    chats.save(model, processor, folder)
    split_processor_config(folder, "feature_extractor")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
