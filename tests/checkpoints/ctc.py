"""A tiny Wav2Vec2-BERT with a CTC head: the plainest of the classes that the generic transformers adapter runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.checkpoints.common import RATE, Clip, clips
from tests.checkpoints.training import prepare, train

CLIPS = 5
BANDS, WIDTH, LAYERS = 80, 64, 2


def heard() -> list[Clip]:
    """Return the clips that this model knows."""
    return clips(CLIPS)


def make(folder: Path) -> None:
    """Train the checkpoint and save it in `folder` with its processor."""
    import torch

    prepare()
    texts = [_spelled(clip.text) for clip in heard()]
    processor = _processor(folder, texts)
    model = _model(len(processor.tokenizer))
    inputs = [processor(clip.samples, sampling_rate=RATE, return_tensors="pt") for clip in heard()]
    labels = [torch.tensor([processor.tokenizer(text).input_ids]) for text in texts]

    def backward() -> float:
        total = 0.0
        for clip, label in zip(inputs, labels, strict=True):
            loss = model(**clip, labels=label).loss / len(inputs)
            loss.backward()
            total += float(loss.detach())
        return total

    def transcribe() -> Sequence[str]:
        with torch.no_grad():
            return [str(processor.batch_decode(model(**clip).logits.argmax(-1))[0]) for clip in inputs]

    train(model.parameters(), backward, transcribe, texts, steps=400, promising=1.0, settled=0.04)
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)


def _spelled(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha() or letter in " '")


def _processor(folder: Path, texts: Sequence[str]) -> Any:
    from transformers import SeamlessM4TFeatureExtractor, Wav2Vec2BertProcessor, Wav2Vec2CTCTokenizer

    letters = sorted(set("".join(texts)) - {" "})
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({sign: place for place, sign in enumerate(["[PAD]", "[UNK]", "|", *letters])}))
    tokenizer = Wav2Vec2CTCTokenizer(
        str(vocabulary), unk_token="[UNK]", pad_token="[PAD]", word_delimiter_token="|", bos_token=None, eos_token=None
    )
    extractor = SeamlessM4TFeatureExtractor(
        feature_size=BANDS, num_mel_bins=BANDS, sampling_rate=RATE, padding_value=0.0
    )
    return Wav2Vec2BertProcessor(extractor, tokenizer)


def _model(vocabulary: int) -> Any:
    from transformers import Wav2Vec2BertConfig, Wav2Vec2BertForCTC

    dropouts = ("hidden", "attention", "activation", "feat_proj", "final", "conformer_conv")
    config = Wav2Vec2BertConfig(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        intermediate_size=2 * WIDTH,
        feature_projection_input_dim=2 * BANDS,
        ctc_loss_reduction="mean",
        pad_token_id=0,
        apply_spec_augment=False,
        layerdrop=0.0,
        **{f"{place}_dropout": 0.0 for place in dropouts},
    )
    return Wav2Vec2BertForCTC(config).eval()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
