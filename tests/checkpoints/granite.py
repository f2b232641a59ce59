"""A tiny Granite speech 3.3 in the release's layout: model, LoRA beside it, processor, chat template.

As in the release, the language model cannot follow the audio without its LoRA: the LoRA starts out large and is there
from the first step, so that all that is learnt leans on it. Inputs are made with the library itself, as the model card
shows, and not with the adapter under test.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pytest_asrbench.model_adapters import torchaudio_stand_in

from tests.checkpoints import layout, tokenizers
from tests.checkpoints.common import clips
from tests.checkpoints.layout import edit_json, rename_tensors, split_processor_config
from tests.checkpoints.training import Trained, overfit, prepare, rescale

SOURCES = (layout, tokenizers, torchaudio_stand_in)
SYSTEM = (
    "Knowledge Cutoff Date: April 2024.\nToday's Date: April 9, 2025.\n"
    "You are Granite, developed by IBM. You are a helpful AI assistant"
)
PROMPT = "<|audio|>can you transcribe the speech into a written format?"
SPECIALS = ("<|end_of_text|>", "<|start_of_role|>", "<|end_of_role|>", "<|audio|>")
TEMPLATE = (
    "{% for message in messages %}<|start_of_role|>{{ message['role'] }}<|end_of_role|>{{ message['content'] }}"
    "<|end_of_text|>\n{% endfor %}{% if add_generation_prompt %}<|start_of_role|>assistant<|end_of_role|>{% endif %}"
)
LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
TEXT = {"model_type": "granite", "hidden_size": 64, "intermediate_size": 128, "max_position_embeddings": 4096, **LAYERS}
ENCODER = {"input_dim": 160, "num_layers": 2, "hidden_dim": 32, "feedforward_mult": 2, "num_heads": 2, "dim_head": 16}
PROJECTOR = {
    "model_type": "blip_2_qformer",
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "encoder_hidden_size": 32,
    "cross_attention_frequency": 1,
    "max_position_embeddings": 64,
    "vocab_size": 8,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


def make(folder: Path) -> None:
    """Train, then write model.safetensors, adapter_model.safetensors, both configs and the processor's files."""
    prepare(threads=1)
    torchaudio_stand_in.prepare_granite_features()
    processor = _processor()
    model = _model(processor.tokenizer)
    inputs = _inputs(processor)
    _calibrate(model.model.encoder, [batch["input_features"] for batch in inputs])
    print(_train(model, processor, inputs), file=sys.stderr)
    _save(model, processor, folder)


def _processor() -> Any:
    from transformers import GraniteSpeechFeatureExtractor, GraniteSpeechProcessor

    end = SPECIALS[0]
    tokenizer = tokenizers.byte_level_bpe(
        SPECIALS, [SYSTEM, PROMPT, "system user assistant"], bos_token=end, eos_token=end, pad_token=end
    )
    tokenizer.padding_side, tokenizer.chat_template = "left", TEMPLATE
    return GraniteSpeechProcessor(GraniteSpeechFeatureExtractor(), tokenizer, chat_template=TEMPLATE)


def _model(tokenizer: Any) -> Any:
    from transformers import GraniteSpeechConfig, GraniteSpeechForConditionalGeneration

    ends = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    config = GraniteSpeechConfig(
        text_config={**TEXT, **ends, "vocab_size": len(tokenizer), "tie_word_embeddings": True},
        encoder_config={**ENCODER, "output_dim": 42, "max_pos_emb": 512, "dropout": 0.0},
        projector_config=PROJECTOR,
        audio_token_index=tokenizer.convert_tokens_to_ids("<|audio|>"),
        has_lora_adapter=True,
    )
    model = GraniteSpeechForConditionalGeneration(config)
    model.generation_config.update(**ends)
    rescale(model.model.encoder, skip=("embed", "pos", "rel"))
    rescale(model.model.projector, skip=("embed", "pos", "query"))
    model.model.projector.query.data.mul_(0.3)  # or the learned queries drown what they look at
    return model


def _inputs(processor: Any) -> list[Any]:
    """Return the clips' prompts one by one, and again as rows of one padded batch.

    The encoder does not mask padding, so that a clip sounds a little different in a batch.
    """
    chat = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
    text = processor.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    waves = [clip.samples for clip in clips()]
    single = [processor([text], [wave], padding=True, return_tensors="pt") for wave in waves]
    batch = processor([text] * len(waves), waves, padding=True, return_tensors="pt")
    return single + [{name: rows[i : i + 1] for name, rows in batch.items()} for i in range(len(waves))]


def _calibrate(encoder: Any, features: list[Any]) -> None:
    """Let the encoder's batch normalisation see the clips: its statistics are part of the weights."""
    import torch

    encoder.train()
    with torch.no_grad():
        for batch in features * 2:
            encoder(batch)
    encoder.eval()


def _answers(model: Any, processor: Any, inputs: list[Any]) -> list[str]:
    answers = []
    for batch in inputs:
        tokens = model.generate(**batch, max_new_tokens=48, do_sample=False)[0, batch["input_ids"].shape[1] :]
        answers.append(processor.tokenizer.decode(tokens, skip_special_tokens=True))
    return answers


def _train(model: Any, processor: Any, inputs: list[Any]) -> Trained:
    from peft import LoraConfig

    lora = LoraConfig(r=16, lora_alpha=32, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    model.add_adapter(lora)
    model.requires_grad_(True)
    tokenizer, texts = processor.tokenizer, [clip.text for clip in clips()] * 2
    targets = [[*tokenizer(text, add_special_tokens=False).input_ids, tokenizer.eos_token_id] for text in texts]
    return overfit(model, inputs, targets, [model.model.encoder], lambda: _answers(model, processor, inputs), texts)


def _save(model: Any, processor: Any, folder: Path) -> None:
    """Save as the release is: base weights without traces of the LoRA, and the LoRA under its original names."""
    model.half().save_pretrained(str(folder))  # peft writes this name into a JSON file
    processor.save_pretrained(folder)
    split_processor_config(folder, "audio_processor")
    rename_tensors(
        folder / "model.safetensors", lambda name: None if ".lora_" in name else name.replace(".base_layer.", ".")
    )
    new, released = "base_model.model.model.language_model.", "base_model.model.language_model.model."
    rename_tensors(folder / "adapter_model.safetensors", lambda name: name.replace(new, released))
    # The release names its home on the hub, which must not be contacted for a local folder.
    home = "ibm-granite/granite-speech-3.3-2b"
    edit_json(folder / "adapter_config.json", base_model_name_or_path=home, init_lora_weights=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
