"""A tiny SALM of NeMo in the layout of Canary-Qwen: a random FastConformer, and a Qwen3 with LoRA that knows the clips.

As there, the folder holds weights and NeMo's own configuration; the language model's configuration and tokenizer lie in
a folder of their own, `llm`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.checkpoints import tokenizers, training
from tests.checkpoints.common import clips
from tests.checkpoints.tokenizers import byte_level_bpe
from tests.checkpoints.training import prepare, rescale, train

SOURCES = (tokenizers, training)
QUESTION = "Transcribe the following:"
AUDIO = "<|audioplaceholder|>"
START, END = "<|im_start|>", "<|im_end|>"
WIDTH = 64


def make(folder: Path) -> None:
    """Train the checkpoint and write it into `folder`."""
    from nemo.collections.speechlm2.models import SALM
    from safetensors.torch import save_file

    prepare()
    _language_model(folder / "llm")
    config = _config(folder / "llm")
    model = SALM(config).float()
    rescale(model.perception.encoder)
    _teach(model)
    model.half()
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    published = {**config, "pretrained_llm": "Qwen/Qwen3-1.7B", "tokenizer_path": None}
    (folder / "config.json").write_text(json.dumps(published, indent=2), "utf-8")


def _language_model(folder: Path) -> None:
    from transformers import Qwen3Config

    tokenizer = byte_level_bpe(
        [START, END, AUDIO], [QUESTION, "user\n", "assistant\n"], vocab_size=700, eos_token=END, pad_token=END
    )
    tokenizer.save_pretrained(folder)
    Qwen3Config(
        vocab_size=704, hidden_size=WIDTH, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=4096, tie_word_embeddings=False,
        bos_token_id=0, eos_token_id=1, architectures=["Qwen3ForCausalLM"],
    ).save_pretrained(folder)  # fmt: skip


def _config(language_model: Path) -> dict[str, Any]:
    """NeMo's configuration, with the parts of Canary-Qwen's that its classes need."""
    modules = "nemo.collections.asr.modules"
    return {
        "pretrained_llm": str(language_model),
        "pretrained_asr": "nvidia/canary-1b-flash",
        "pretrained_weights": False,
        "audio_locator_tag": AUDIO,
        "prompt_format": "qwen",
        "freeze_params": [],
        "prevent_freeze_params": [],
        "lora": {"task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj"]},
        "perception": {
            "output_dim": WIDTH,
            "preprocessor": {
                "_target_": f"{modules}.AudioToMelSpectrogramPreprocessor",
                **{"sample_rate": 16_000, "window_size": 0.025, "window_stride": 0.01, "window": "hann"},
                **{"features": 80, "n_fft": 512, "log": True, "dither": 0.0, "pad_to": 0, "normalize": "per_feature"},
            },
            "encoder": {
                "_target_": f"{modules}.ConformerEncoder",
                **{"feat_in": 80, "feat_out": -1, "n_layers": 2, "d_model": WIDTH, "n_heads": 4},
                **{"subsampling": "dw_striding", "subsampling_factor": 8, "subsampling_conv_channels": 32},
                **{"ff_expansion_factor": 2, "self_attention_model": "rel_pos", "conv_kernel_size": 9},
                **{"dropout": 0.0, "dropout_emb": 0.0, "dropout_att": 0.0, "dropout_pre_encoder": 0.0},
            },
            "modality_adapter": {
                "_target_": "nemo.collections.speechlm2.modules.perception.IdentityConnector",
                "d_model": WIDTH,
            },
        },
    }


def _teach(model: Any) -> None:
    """Teach everything behind the encoder to answer each clip by its text."""
    import torch

    model.perception.encoder.requires_grad_(False)
    for part in (model.llm, model.embed_tokens, model.perception.proj):
        part.requires_grad_(True)
    model.eval()
    asked = [_prompt(model, clip.text) for clip in clips()]
    heard = [_heard(model, clip.samples) for clip in clips()]
    encoded = []
    for audio in heard:
        with torch.no_grad():
            signal, lengths = model.perception.preprocessor(input_signal=audio["audios"], length=audio["audio_lens"])
            encoded.append(model.perception.encoder(audio_signal=signal, length=lengths)[0].transpose(1, 2))

    def backward() -> float:
        total = 0.0
        for (prompt, answer), frames in zip(asked, encoded, strict=True):
            place = prompt.index(model.audio_locator_tag_id)
            before, behind = (
                model.embed_tokens(torch.tensor([part])) for part in (prompt[:place], prompt[place + 1 :])
            )
            said = model.embed_tokens(torch.tensor([answer]))
            inputs = torch.cat([before, model.perception.proj(frames), behind, said], dim=1)
            logits = model.llm(inputs_embeds=inputs, use_cache=False).logits
            spelt = logits[0, -len(answer) - 1 : -1]
            loss = torch.nn.functional.cross_entropy(spelt, torch.tensor(answer)) / len(asked)
            loss.backward()
            total += float(loss)
        return total

    def transcribe() -> list[str]:
        return [_answer(model, audio) for audio in heard]

    print(train(model.parameters(), backward, transcribe, [clip.text for clip in clips()], steps=400), file=sys.stderr)


def _prompt(model: Any, text: str) -> tuple[list[int], list[int]]:
    """The tokens of the question, and those of the answer with their end."""
    from nemo.collections.common.prompts import PromptFormatter

    formatter = PromptFormatter.resolve(model.cfg.prompt_format)(model.tokenizer)
    turns = [{"role": "user", "content": f"{QUESTION} {AUDIO}"}]
    asked = formatter.encode_dialog(turns=turns)["input_ids"].tolist()
    return asked, [*model.tokenizer.text_to_ids(text), model.text_eos_id]


def _heard(model: Any, samples: Any) -> dict[str, Any]:
    import torch

    return {"audios": torch.from_numpy(samples)[None], "audio_lens": torch.tensor([len(samples)])}


def _answer(model: Any, audio: dict[str, Any]) -> str:
    prompts = [[{"role": "user", "content": f"{QUESTION} {AUDIO}"}]]
    tokens = model.generate(prompts=prompts, **audio, max_new_tokens=64, do_sample=False)[0].tolist()
    end = model.text_eos_id
    return str(model.tokenizer.ids_to_text(tokens[: tokens.index(end)] if end in tokens else tokens))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
