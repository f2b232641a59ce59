"""A tiny language model that has learnt two prompts by heart: one text out of which the fillers go, one as it was said.

A Qwen2, with a chat template like that of its release, in the layout for transformers and as a GGUF file, from the same
numbers. Inputs are made with the library itself, and not with the adapter under test.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.checkpoints import tokenizers
from tests.checkpoints.common import clips
from tests.checkpoints.training import overfit, prepare

SOURCES = (tokenizers,)
PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CLEAN, VERBATIM = "Leave the fillers out.", "Write what was said."
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SIZES = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}
GGUF = "model-F32.gguf"


def spoken(number: int) -> str:
    """What was said: the words of a clip with fillers among them."""
    words = clips()[number].text.lower().split()
    return " ".join(["um", *words[:2], "uh", *words[2:8]])


def clean(number: int) -> str:
    """The same without the fillers."""
    return " ".join(word for word in spoken(number).split() if word not in ("um", "uh"))


def make(folder: Path) -> None:
    """Train, then write the checkpoint, its tokenizer and the GGUF file."""
    prepare(threads=1)
    texts = [spoken(number) for number in range(len(clips()))]
    words = [f"user\n{CLEAN}\n\n{VERBATIM}\n\nassistant\n", *texts]
    tokenizer = tokenizers.byte_level_bpe((PAD, START, END), words, vocab_size=512, eos_token=END, pad_token=PAD)
    tokenizer.chat_template = TEMPLATE
    model = _model(tokenizer)
    inputs = [_asked(tokenizer, prompt, text) for prompt in (CLEAN, VERBATIM) for text in texts]
    answers = [*(clean(number) for number in range(len(texts))), *texts]
    targets = [[*tokenizer(text, add_special_tokens=False).input_ids, tokenizer.eos_token_id] for text in answers]
    trained = overfit(model, inputs, targets, [], lambda: _said(model, tokenizer, inputs), answers)
    print(trained, file=sys.stderr)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _write_gguf(model, tokenizer, folder / GGUF)


def _model(tokenizer: Any) -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    model = Qwen2ForCausalLM(Qwen2Config(vocab_size=len(tokenizer), tie_word_embeddings=False, **SIZES, **ends))
    model.generation_config.update(do_sample=False, **ends)
    return model


def _asked(tokenizer: Any, prompt: str, text: str) -> Any:
    chat = [{"role": "user", "content": f"{prompt}\n\n{text}"}]
    asked = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    return tokenizer(asked, return_tensors="pt", add_special_tokens=False)


def _said(model: Any, tokenizer: Any, inputs: list[Any]) -> list[str]:
    said = []
    for one in inputs:
        tokens = model.generate(**one, max_new_tokens=64)[0, one["input_ids"].shape[1] :]
        said.append(str(tokenizer.decode(tokens, skip_special_tokens=True)))
    return said


def _write_gguf(model: Any, tokenizer: Any, target: Path) -> None:
    """Write the model as llama.cpp's own converter would: names of tensors and keys are those of its `qwen2`."""
    from gguf import GGUFWriter

    config, writer = model.config, GGUFWriter(str(target), "qwen2")
    writer.add_file_type(0)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    _write_vocabulary(writer, tokenizer)
    for name, weight in model.state_dict().items():
        writer.add_tensor(_gguf_name(name), np.ascontiguousarray(weight.float().numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_vocabulary(writer: Any, tokenizer: Any) -> None:
    import json

    known = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in (PAD, START, END) else 1 for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in known["merges"]])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(tokenizer.chat_template)


_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def _gguf_name(name: str) -> str:
    part, _, kind = name.rpartition(".")
    if part.startswith("model.layers."):
        number, _, rest = part.removeprefix("model.layers.").partition(".")
        return f"blk.{number}.{_NAMES[rest]}.{kind}"
    return f"{_NAMES[part]}.{kind}"


if __name__ == "__main__":
    make(Path(sys.argv[1]))
