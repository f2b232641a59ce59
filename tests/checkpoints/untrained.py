"""Tiny checkpoints of random weights, one of each further family: the real class, the real processor, nothing learnt.

What they say is nonsense, and the same nonsense however the library is called: that is what a test can hold an adapter
against. Weights have unit gain, so that the nonsense depends on the audio.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.model_adapters import torchaudio_stand_in
from pytest_asrbench.model_adapters.torchaudio_stand_in import prepare_fun_asr_features

from tests.checkpoints import tokenizers, voxtral
from tests.checkpoints.training import prepare, rescale

SOURCES = (tokenizers, voxtral, torchaudio_stand_in)
ENCODER = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "subsampling_conv_channels": 8,
}
DECODER = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
LLM = {**DECODER, "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 2048}
LANGUAGES = ("<|en|>", "<|de|>")
# How NeMo's encoder-decoders are told what to do: Canary's request and Cohere's prompt.
ASKED = (
    *("<|startofcontext|>", "<|startoftranscript|>", "<|emo:undefined|>", *LANGUAGES, "<|pnc|>", "<|nopnc|>"),
    *("<|noitn|>", "<|notimestamp|>", "<|nodiarize|>"),
)
CANARY = (
    "{% for message in messages %}<|startofcontext|><|startoftranscript|><|emo:undefined|>"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}<|{{ part['source_language'] }}|>"
    "<|{{ part['target_language'] }}|><|{{ 'pnc' if part['punctuation'] else 'nopnc' }}|>{% endif %}{% endfor %}"
    "<|noitn|><|notimestamp|><|nodiarize|>{% endfor %}"
)
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'audio' %}AUDIO{% elif part['type'] == 'text' %}{{ part['text'] }}"
    "{% elif part['type'] == 'language' %}{{ part['language'] }}{% endif %}{% endfor %}"
    "{% if not loop.last or add_generation_prompt %}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
STREAMING = {32: "[STREAMING_PAD]", 33: "[STREAMING_WORD]", 35: "[ARGS]", 36: "[CALL_ID]"}
QWEN = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
Parts = tuple[Any, Any]


def make(folder: Path) -> None:
    """Write a folder for each of `FAMILIES`."""
    import torch

    prepare(threads=1)
    for name, parts in FAMILIES.items():
        torch.manual_seed(0)
        model, processor = parts(folder)
        rescale(model, skip=("embed", "pos", "codec_model"))
        model.save_pretrained(folder / name)
        processor.save_pretrained(folder / name)


def parakeet_ctc(_: Path) -> Parts:
    """Parakeet with a CTC head."""
    from transformers import ParakeetCTCConfig, ParakeetFeatureExtractor, ParakeetForCTC, ParakeetProcessor

    tokenizer = _sentence_pieces(["<unk>", "<pad>"])
    config = ParakeetCTCConfig(vocab_size=len(tokenizer), pad_token_id=1, encoder_config=ENCODER)
    return ParakeetForCTC(config), ParakeetProcessor(ParakeetFeatureExtractor(), tokenizer)


def parakeet_tdt(_: Path) -> Parts:
    """Parakeet with a transducer that tells durations."""
    from transformers import ParakeetFeatureExtractor, ParakeetForTDT, ParakeetProcessor, ParakeetTDTConfig

    tokenizer = _sentence_pieces(["<unk>", "<pad>", "<blank>"], extra_special_tokens=["<blank>"])
    config = ParakeetTDTConfig(
        vocab_size=len(tokenizer),
        pad_token_id=1,
        blank_token_id=2,
        decoder_hidden_size=32,
        num_decoder_layers=1,
        encoder_config=ENCODER,
    )
    model = ParakeetForTDT(config)
    model.generation_config.decoder_start_token_id = 2
    return model, ParakeetProcessor(ParakeetFeatureExtractor(), tokenizer, decoder_type="tdt")


def moonshine_streaming(_: Path) -> Parts:
    """Moonshine with an encoder that looks back and little ahead."""
    from transformers import (
        MoonshineStreamingConfig,
        MoonshineStreamingForConditionalGeneration,
        MoonshineStreamingProcessor,
        Wav2Vec2FeatureExtractor,
    )

    tokenizer = _pieces(["<pad>", "<s>", "</s>"], pad_token="<pad>", bos_token="<s>", eos_token="</s>")
    heads = {**DECODER, "num_key_value_heads": 2}
    config = MoonshineStreamingConfig(
        vocab_size=len(tokenizer), encoder_config={"sliding_windows": [[16, 4], [16, 0]], **heads}, **heads
    )
    features = Wav2Vec2FeatureExtractor(do_normalize=False, return_attention_mask=True)
    return MoonshineStreamingForConditionalGeneration(config), MoonshineStreamingProcessor(features, tokenizer)


def cohere_asr(_: Path) -> Parts:
    """Cohere's encoder-decoder, which is told the language."""
    from transformers import (
        CohereAsrConfig,
        CohereAsrFeatureExtractor,
        CohereAsrForConditionalGeneration,
        CohereAsrProcessor,
    )

    tokenizer = _nemo(["▁"])
    config = CohereAsrConfig(
        vocab_size=len(tokenizer),
        decoder_start_token_id=tokenizer.convert_tokens_to_ids("<|startoftranscript|>"),
        encoder_config={"model_type": "parakeet_encoder", "num_mel_bins": 128, **ENCODER},
        **DECODER,
        **ENDS,
    )
    return CohereAsrForConditionalGeneration(config), CohereAsrProcessor(CohereAsrFeatureExtractor(), tokenizer)


def canary(_: Path) -> Parts:
    """Canary, whose request names source and target language."""
    from transformers import CanaryConfig, CanaryForConditionalGeneration, CanaryProcessor, ParakeetFeatureExtractor

    tokenizer = _nemo([])
    size = {"vocab_size": len(tokenizer)}
    config = CanaryConfig(
        decoder_start_token_id=tokenizer.convert_tokens_to_ids("<|startofcontext|>"),
        encoder_config={"model_type": "parakeet_encoder", "num_mel_bins": 128, **ENCODER},
        decoder_config={**DECODER, "num_key_value_heads": 2, "head_dim": 16, **size, **ENDS},
        **size,
        **ENDS,
    )
    features = ParakeetFeatureExtractor(feature_size=128)
    return CanaryForConditionalGeneration(config), CanaryProcessor(features, tokenizer, chat_template=CANARY)


def kyutai_stt(_: Path) -> Parts:
    """Kyutai's language model over the tokens of a codec, which listens at 24 kHz."""
    from transformers import (
        KyutaiSpeechToTextConfig,
        KyutaiSpeechToTextFeatureExtractor,
        KyutaiSpeechToTextForConditionalGeneration,
        KyutaiSpeechToTextProcessor,
    )

    tokenizer = _pieces(["<unk>", "<s>", "</s>", "<pad>"], pad_token="<pad>", bos_token="<s>", eos_token="</s>")
    codec = {
        "model_type": "mimi",
        "hidden_size": 32,
        "num_filters": 4,
        "codebook_size": 16,
        "codebook_dim": 8,
        "vector_quantization_hidden_dimension": 8,
        "num_quantizers": 4,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "intermediate_size": 32,
        "upsample_groups": 32,
        "sliding_window": 32,
    }
    words = len(tokenizer)
    config = KyutaiSpeechToTextConfig(
        codebook_vocab_size=17,
        vocab_size=words + 1,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=64,
        num_codebooks=4,
        audio_bos_token_id=16,
        audio_pad_token_id=4 * 17 + words + 1,
        pad_token_id=3,
        bos_token_id=words,
        codec_config=codec,
    )
    features = KyutaiSpeechToTextFeatureExtractor(audio_delay_seconds=0.5)
    return KyutaiSpeechToTextForConditionalGeneration(config), KyutaiSpeechToTextProcessor(features, tokenizer)


def qwen3_asr(_: Path) -> Parts:
    """Qwen3-ASR, which names the language before the words, or is told it."""
    from transformers import (
        Qwen3ASRConfig,
        Qwen3ASRFeatureExtractor,
        Qwen3ASRForConditionalGeneration,
        Qwen3ASRProcessor,
    )

    marks = {"audio_bos_token": "<|audio_start|>", "audio_token": "<|audio_pad|>", "audio_eos_token": "<|audio_end|>"}
    tokenizer = _pieces(
        [*QWEN, *marks.values(), "<timestamp>", "<asr_text>"],
        pad_token=QWEN[0],
        eos_token=QWEN[2],
        extra_special_tokens={**marks, "timestamp_token": "<timestamp>"},
    )
    audio = {"encoder_layers": 2, "encoder_attention_heads": 2, "encoder_ffn_dim": 64, "d_model": 32, "output_dim": 32}
    config = Qwen3ASRConfig(
        audio_config={**audio, "downsample_hidden_size": 8},
        text_config={"model_type": "qwen3", "vocab_size": len(tokenizer), **LLM},
        audio_token_id=tokenizer.convert_tokens_to_ids("<|audio_pad|>"),
        timestamp_token_id=tokenizer.convert_tokens_to_ids("<timestamp>"),
        pad_token_id=0,
        eos_token_id=[0, 2],
    )
    template = CHAT.replace("AUDIO", "".join(marks.values()))
    processor = Qwen3ASRProcessor(Qwen3ASRFeatureExtractor(), tokenizer, chat_template=template)
    return Qwen3ASRForConditionalGeneration(config), processor


def fun_asr_nano(_: Path) -> Parts:
    """Fun-ASR-Nano, whose features are Kaldi's, stacked."""
    prepare_fun_asr_features()
    from transformers import (
        FunAsrNanoConfig,
        FunAsrNanoFeatureExtractor,
        FunAsrNanoForConditionalGeneration,
        FunAsrNanoProcessor,
    )

    audio = "<|object_ref_start|>"
    tokenizer = _pieces(
        [*QWEN, audio], pad_token=QWEN[0], eos_token=QWEN[2], extra_special_tokens={"audio_token": audio}
    )
    heads = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64}
    config = FunAsrNanoConfig(
        audio_config={**heads, "num_hidden_layers": 2, "num_timestamp_prediction_layers": 1},
        adaptor_config={**heads, "intermediate_size": 8, "num_hidden_layers": 1, "projector_hidden_size": 64},
        text_config={"model_type": "qwen3", "vocab_size": len(tokenizer), **LLM},
        audio_token_id=tokenizer.convert_tokens_to_ids(audio),
    )
    processor = FunAsrNanoProcessor(FunAsrNanoFeatureExtractor(), tokenizer, chat_template=CHAT.replace("AUDIO", audio))
    return FunAsrNanoForConditionalGeneration(config), processor


def vibevoice_asr(_: Path) -> Parts:
    """VibeVoice ASR, which writes down who spoke when, and listens at 24 kHz."""
    from transformers import (
        VibeVoiceAcousticTokenizerFeatureExtractor,
        VibeVoiceAsrConfig,
        VibeVoiceAsrForConditionalGeneration,
        VibeVoiceAsrProcessor,
    )

    marks = ("<|object_ref_start|>", "<|box_start|>", "<|object_ref_end|>")
    tokenizer = _pieces([*QWEN, *marks], pad_token=QWEN[0], eos_token=QWEN[2])
    encoder = {
        "model_type": "vibevoice_acoustic_tokenizer_encoder",
        "hidden_size": 8,
        "num_filters": 2,
        "depths": [1] * 7,
    }
    begin, audio, end = (tokenizer.convert_tokens_to_ids(mark) for mark in marks)
    config = VibeVoiceAsrConfig(
        acoustic_tokenizer_encoder_config=encoder,
        semantic_tokenizer_encoder_config=encoder,
        text_config={"model_type": "qwen2", "vocab_size": len(tokenizer), **LLM},
        audio_token_id=audio,
        audio_bos_token_id=begin,
        audio_eos_token_id=end,
    )
    features = VibeVoiceAcousticTokenizerFeatureExtractor()
    processor = VibeVoiceAsrProcessor(features, tokenizer, chat_template=CHAT.replace("AUDIO", "".join(marks)))
    return VibeVoiceAsrForConditionalGeneration(config), processor


def voxtral_realtime(folder: Path) -> Parts:
    """Voxtral Realtime, whose words are as many tokens as there is audio."""
    from transformers import (
        AutoTokenizer,
        VoxtralRealtimeConfig,
        VoxtralRealtimeFeatureExtractor,
        VoxtralRealtimeForConditionalGeneration,
        VoxtralRealtimeProcessor,
    )

    place = folder / "voxtral_realtime"
    place.mkdir()
    (place / "tekken.json").write_text(json.dumps(_streaming_tekken()), "utf-8")
    size = {"vocab_size": voxtral.SPECIAL + voxtral.ORDINARY}
    ends = {"bos_token_id": 1, "eos_token_id": voxtral.END, "pad_token_id": voxtral.PAD}
    config = VoxtralRealtimeConfig(
        audio_config={**DECODER, "head_dim": 16, **size}, text_config={**LLM, **size, **ends}
    )
    config.save_pretrained(place)  # by which transformers knows whose tokenizer it is
    model = VoxtralRealtimeForConditionalGeneration(config)
    model.generation_config.update(**ends)
    return model, VoxtralRealtimeProcessor(VoxtralRealtimeFeatureExtractor(), AutoTokenizer.from_pretrained(place))


FAMILIES: Mapping[str, Callable[[Path], Parts]] = {
    one.__name__: one
    for one in (
        parakeet_ctc, parakeet_tdt, moonshine_streaming, cohere_asr, canary, kyutai_stt, qwen3_asr, fun_asr_nano,
        vibevoice_asr, voxtral_realtime,
    )
}  # fmt: skip

ENDS = {"pad_token_id": 1, "eos_token_id": 2, "bos_token_id": 3}


def _pieces(specials: list[str], **options: Any) -> Any:
    return tokenizers.byte_level_bpe(specials, [], vocab_size=400, **options)


def _sentence_pieces(specials: list[str], **options: Any) -> Any:
    from transformers import ParakeetTokenizer

    pieces = _pieces(specials)
    return ParakeetTokenizer(tokenizer_object=pieces.backend_tokenizer, unk_token="<unk>", pad_token="<pad>", **options)


def _nemo(more: list[str]) -> Any:
    """A tokenizer with what NeMo's encoder-decoders are asked by; its first tokens are those of `ENDS`."""
    ends = {"unk_token": "<unk>", "pad_token": "<pad>", "eos_token": "</s>", "bos_token": "<s>"}
    return _pieces([*ends.values(), *more, *ASKED], extra_special_tokens=[*more, *ASKED], **ends)


def _streaming_tekken() -> dict[str, Any]:
    tekken = voxtral.tekken()
    tekken["config"]["version"] = "v13"
    for rank, name in STREAMING.items():
        tekken["special_tokens"][rank]["token_str"] = name
    del tekken["audio"]["chunk_length_s"]
    tekken["audio"] |= {
        "transcription_format": "streaming",
        "transcription_delay_ms": 480,
        "streaming_look_ahead_ms": 2.5,
        "streaming_look_back_ms": 52.5,
        "streaming_n_left_pad_tokens": 4,
    }
    return tekken


if __name__ == "__main__":
    make(Path(sys.argv[1]))
