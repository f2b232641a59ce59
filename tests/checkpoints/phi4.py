"""A tiny Phi-4-multimodal in the layout of the release for transformers (refs/pr/70): model, speech-lora/, processor.

As in the release, the language model cannot follow the audio without its speech adapter: the adapter starts out large
and is there from the first step, so that all that is learnt leans on it. Inputs are made with the library itself, and
not with the adapter under test.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.checkpoints import layout, tokenizers
from tests.checkpoints.common import clips
from tests.checkpoints.layout import edit_json, rename_tensors
from tests.checkpoints.training import Trained, overfit, prepare, rescale

SOURCES = (layout, tokenizers)
IMAGE, AUDIO = "<|endoftext10|>", "<|endoftext11|>"
SPECIALS = ("<|endoftext|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", IMAGE, AUDIO)
PROMPT = f"<|user|>{AUDIO}Transcribe the audio clip into text.<|end|><|assistant|>"
LORA_LAYERS = r"model.layers.\d+.((self_attn.(qkv|o)_proj)|(mlp.(gate_up|down)_proj))"
TEXT = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
POSITIONS = {"max_position_embeddings": 4096, "original_max_position_embeddings": 4096}
TOWER = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_blocks": 2,
    "num_attention_heads": 2,
    "ext_pw_out_channel": 32,
    "depthwise_separable_out_channel": 32,
    "nemo_conv_channels": 32,
    "bias_max_distance": 200,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "patch_size": 14,
}


def make(folder: Path) -> None:
    """Train, then write the base model, speech-lora/ and the files of tokenizer and feature extractor."""
    from transformers import Phi4MultimodalFeatureExtractor

    prepare(threads=1)
    tokenizer, features = _tokenizer(), Phi4MultimodalFeatureExtractor()
    model = _model(tokenizer, features)
    inputs = _inputs(tokenizer, features)
    print(_train(model, tokenizer, inputs), file=sys.stderr)
    _save(model, folder)
    tokenizer.save_pretrained(folder)
    features.save_pretrained(folder)
    edit_json(
        folder / "preprocessor_config.json",
        processor_class="Phi4MultimodalProcessor",
        image_processor_type="Phi4MultimodalImageProcessorFast",
        dynamic_hd=36,
    )
    processor = {"processor_class": "Phi4MultimodalProcessor"}
    (folder / "processor_config.json").write_text(json.dumps(processor), "utf-8")


def _tokenizer() -> Any:
    end = SPECIALS[0]
    named = {"image_token": IMAGE, "audio_token": AUDIO}
    tokenizer = tokenizers.byte_level_bpe(
        SPECIALS, [PROMPT], bos_token=end, eos_token=end, pad_token=end, extra_special_tokens=named
    )
    tokenizer.padding_side = "left"
    return tokenizer


def _model(tokenizer: Any, features: Any) -> Any:
    import torch
    from transformers import Phi4MultimodalConfig, Phi4MultimodalForCausalLM

    ends = {"bos_token_id": 0, "eos_token_id": [0, 1], "pad_token_id": 0}
    image, audio = tokenizer.convert_tokens_to_ids([IMAGE, AUDIO])
    config = Phi4MultimodalConfig(
        **TEXT,
        **POSITIONS,
        **ends,
        num_key_value_heads=2,
        vocab_size=len(tokenizer),
        tie_word_embeddings=True,
        audio_config={**TOWER, "audio_token_id": audio, "feature_layer": -1},
        vision_config={**VISION, "image_size": 28, "crop_size": 28, "image_token_id": image, "feature_layer": -1},
    )
    model = Phi4MultimodalForCausalLM(config)
    model.generation_config.update(**ends)
    embedding = model.model.embed_tokens_extend.audio_embed
    rescale(embedding.encoder, skip=("embed_pos", "bias_values", "relative"))
    rescale(embedding.up_proj_for_speech)
    rescale(embedding.down_proj_for_speech)
    frames = [features(clip.samples, sampling_rate=16_000)["audio_input_features"][0] for clip in clips()]
    frames = torch.cat([torch.as_tensor(frame) for frame in frames])
    # Mean and spread of the features are part of the release's weights.
    embedding.encoder.encoder_embedding.global_mean.copy_(frames.mean(0))
    embedding.encoder.encoder_embedding.global_invstd.copy_(1 / frames.std(0))
    return model


def _inputs(tokenizer: Any, features: Any) -> list[Any]:
    """Return the clips' prompts one by one, and again as rows of one padded batch, where they sound a bit different."""
    waves = [clip.samples for clip in clips()]
    batch = _prompts(tokenizer, features, waves)
    rows = [{name: values[i : i + 1] for name, values in batch.items()} for i in range(len(waves))]
    return [_prompts(tokenizer, features, [wave]) for wave in waves] + rows


def _prompts(tokenizer: Any, features: Any, waves: list[Any]) -> dict[str, Any]:
    heard = features(waves, sampling_rate=16_000, return_tensors="pt")
    texts = [PROMPT.replace(AUDIO, AUDIO * int(size)) for size in heard["audio_embed_sizes"]]
    return {**tokenizer(texts, padding=True, return_tensors="pt", return_token_type_ids=False), **heard}


def _train(model: Any, tokenizer: Any, inputs: list[Any]) -> Trained:
    from peft import LoraConfig

    lora = LoraConfig(r=8, lora_alpha=16, target_modules=LORA_LAYERS, init_lora_weights=False, task_type="CAUSAL_LM")
    model.add_adapter(lora, adapter_name="speech")
    model.requires_grad_(True)
    embedding = model.model.embed_tokens_extend
    embedding.image_embed.requires_grad_(False)
    texts = [clip.text for clip in clips()] * 2
    targets = [[*tokenizer(text, add_special_tokens=False).input_ids, 1] for text in texts]

    def transcribe() -> list[str]:
        answers = []
        for batch in inputs:
            tokens = model.generate(**batch, max_new_tokens=64, do_sample=False)[0, batch["input_ids"].shape[1] :]
            answers.append(tokenizer.decode(tokens, skip_special_tokens=True))
        return answers

    return overfit(model, inputs, targets, [embedding.audio_embed.encoder], transcribe, texts)


def _save(model: Any, folder: Path) -> None:
    """Save base model and adapter apart; the adapter's names are those of the release, without peft's prefix."""
    base = type(model)(model.config)
    base.load_state_dict(
        {name.replace(".base_layer.", "."): value for name, value in model.state_dict().items() if ".lora_" not in name}
    )
    base.generation_config = model.generation_config
    base.half().save_pretrained(folder)
    model.half().save_pretrained(str(folder / "speech-lora"))
    rename_tensors(
        folder / "speech-lora" / "adapter_model.safetensors", lambda name: name.removeprefix("base_model.model.")
    )
    edit_json(folder / "speech-lora" / "adapter_config.json", init_lora_weights=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
