"""A tiny SeamlessM4T v2 for speech to text, with a language token per language and the release's map of them.

It has learnt the clips in English, and to say another sentence where French is asked for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.checkpoints.common import RATE, clips
from tests.checkpoints.training import prepare, train

PAD, UNKNOWN, BEGIN, END = "<pad>", "<unk>", "<s>", "</s>"
ENGLISH, FRENCH = "__eng__", "__fra__"
BANDS, WIDTH = 80, 64
TINY = {
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_ffn_dim": 128,
    "decoder_ffn_dim": 128,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "speech_encoder_layers": 1,
    "speech_encoder_attention_heads": 2,
    "speech_encoder_intermediate_size": 128,
    "max_position_embeddings": 256,
}
# Speech is not synthesised: the parts for it are as small as they can be.
VOICE = {
    "t2u_encoder_layers": 1,
    "t2u_decoder_layers": 1,
    "t2u_encoder_ffn_dim": 8,
    "t2u_decoder_ffn_dim": 8,
    "t2u_encoder_attention_heads": 1,
    "t2u_decoder_attention_heads": 1,
    "t2u_vocab_size": 16,
    "char_vocab_size": 16,
}
DROPOUTS = ("dropout", "attention_dropout", "adaptor_dropout", "encoder_layerdrop", "decoder_layerdrop")


def make(folder: Path) -> None:
    """Train, then write the checkpoint and its processor."""
    import torch

    prepare(threads=1)
    processor = _processor()
    model = _model(processor.tokenizer)
    number = processor.tokenizer.convert_tokens_to_ids
    lessons = [(clip.samples, ENGLISH, clip.text) for clip in clips()]
    lessons += [(clip.samples, FRENCH, "commands") for clip in clips(2)]
    inputs = [processor(audio=[wave], sampling_rate=RATE, return_tensors="pt") for wave, _, _ in lessons]
    answers = [
        [number(language), *processor.tokenizer(text, add_special_tokens=False).input_ids, number(END)]
        for _, language, text in lessons
    ]

    def backward() -> float:
        total = 0.0
        for heard, answer in zip(inputs, answers, strict=True):
            said = torch.tensor([[number(END), *answer[:-1]]])
            logits = model(**heard, decoder_input_ids=said).logits[0]
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor(answer)) / len(lessons)
            loss.backward()
            total += float(loss.detach())
        return total

    def transcribe() -> Sequence[str]:
        return [
            processor.decode(model.generate(**heard, tgt_lang=language.strip("_"), max_new_tokens=64)[0].tolist(),
                             skip_special_tokens=True)
            for heard, (_, language, _) in zip(inputs, lessons, strict=True)
        ]  # fmt: skip

    texts = [text for _, _, text in lessons]
    trained = train(model.parameters(), backward, transcribe, texts, steps=250, lr=2e-3, settled=0.15)
    print(trained, file=sys.stderr)
    model.generation_config._from_model_config = False  # else transformers writes it anew, without the languages
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)


def _processor() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import SeamlessM4TFeatureExtractor, SeamlessM4TProcessor, SeamlessM4TTokenizer

    pieces = Tokenizer(models.BPE(unk_token=UNKNOWN))
    pieces.pre_tokenizer = pre_tokenizers.Metaspace()
    specials = [PAD, UNKNOWN, BEGIN, END]
    pieces.train_from_iterator(
        [clip.text for clip in clips()] * 3,
        trainers.BpeTrainer(vocab_size=300, special_tokens=specials, show_progress=False),
    )
    learnt = json.loads(pieces.to_str())["model"]
    tokenizer = SeamlessM4TTokenizer(
        vocab=learnt["vocab"],
        merges=[tuple(pair) for pair in learnt["merges"]],
        src_lang="eng",
        tgt_lang="eng",
        extra_special_tokens=[ENGLISH, FRENCH],
    )
    return SeamlessM4TProcessor(SeamlessM4TFeatureExtractor(feature_size=BANDS, num_mel_bins=BANDS), tokenizer)


def _model(tokenizer: Any) -> Any:
    from transformers import SeamlessM4Tv2Config, SeamlessM4Tv2ForSpeechToText

    config = SeamlessM4Tv2Config(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        **TINY,
        **VOICE,
        **dict.fromkeys((*DROPOUTS, "speech_encoder_layerdrop", "speech_encoder_dropout"), 0.0),
    )
    model = SeamlessM4Tv2ForSpeechToText(config).eval()
    number = tokenizer.convert_tokens_to_ids
    model.generation_config.update(
        decoder_start_token_id=number(END),
        eos_token_id=number(END),
        pad_token_id=number(PAD),
        bos_token_id=number(BEGIN),
    )
    model.generation_config.text_decoder_lang_to_code_id = {"eng": number(ENGLISH), "fra": number(FRENCH)}
    return model


if __name__ == "__main__":
    make(Path(sys.argv[1]))
