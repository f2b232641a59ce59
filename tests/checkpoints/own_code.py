"""Stand-ins for repositories that come with code of their own: the same surface, around a tiny model that knows clips.

Their code (tests/packages/own_code) writes down that it ran, so that a test sees when it did not.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

from tests.checkpoints.common import ROOT, clips

CODE = ROOT / "tests" / "packages" / "own_code"
COMMIT = "4f1c2ab94f1c2ab94f1c2ab94f1c2ab94f1c2ab9"
UNKNOWN = "nothing that is known"
END, START_OF_AUDIO, END_OF_AUDIO = "<end>", "<audio_start>", "<audio_end>"
CHAT = "{% for turn in messages %}{{ turn['role'] }} : {{ turn['content'] }} {% endfor %}"
TOKENS = "<|startoftranscript|> <|{0}|> <|transcribe|> <|{0}|> <|notimestamps|> <|wo_itn|>"
RECOGNIZE = "Recognize the speech"


def make(family: str, folder: Path) -> Path:
    """Write the stand-in of a family into `folder`, and return where its code writes down that it ran."""
    marker = folder.parent / f"{family}-ran"
    folder.mkdir(parents=True)
    for file in (*(CODE / family).glob("*.py"), CODE / "hearing.py"):
        shutil.copy(file, folder)
    (folder / "marker.py").write_text(
        f"from pathlib import Path\n\n\ndef ran():\n    Path({str(marker)!r}).touch()\n", "utf-8"
    )
    _save_weights(folder)
    _FAMILIES[family](folder)
    return marker


def keys() -> Any:
    """What the stand-ins hear the clips by, a tensor of shape (clips, 202)."""
    import torch

    spec = importlib.util.spec_from_file_location("hearing", CODE / "hearing.py")
    assert spec is not None
    assert spec.loader is not None
    hearing: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hearing)
    return torch.stack([hearing.features(torch.from_numpy(clip.samples)) for clip in clips()]).contiguous()


def _save_weights(folder: Path) -> None:
    from safetensors.torch import save_file

    save_file({"hearing.keys": keys()}, folder / "model.safetensors", metadata={"format": "pt"})


def _texts() -> list[str]:
    return [*(clip.text for clip in clips()), UNKNOWN]


def _write(folder: Path, name: str, **content: Any) -> None:
    (folder / name).write_text(json.dumps(content, indent=2), "utf-8")


def _word_tokenizer(folder: Path) -> list[list[int]]:
    """Save a tokenizer of whole words; return the tokens of each text."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = dict.fromkeys(["<unk>", END, START_OF_AUDIO, END_OF_AUDIO, *(w for text in _texts() for w in text.split())])
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    whole = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, unk_token="<unk>", chat_template=CHAT,
        additional_special_tokens=[START_OF_AUDIO, END_OF_AUDIO],
    )  # fmt: skip
    whole.save_pretrained(folder)
    return [whole(text, add_special_tokens=False)["input_ids"] for text in _texts()]


def _ultravox(folder: Path) -> None:
    _write(
        folder,
        "config.json",
        model_type="ultravox",
        architectures=["UltravoxModel"],
        auto_map={"AutoConfig": "ultravox_config.UltravoxConfig", "AutoModel": "ultravox_model.UltravoxModel"},
        custom_pipelines={
            "ultravox-pipeline": {
                "impl": "ultravox_pipeline.UltravoxPipeline",
                "pt": ["AutoModel"],
                "tf": [],
                "type": "multimodal",
            }
        },
        clips=len(clips()),
        answers=_word_tokenizer(folder),
    )


def _qwen_audio(folder: Path) -> None:
    words = list(dict.fromkeys(["<unk>", *RECOGNIZE.split(), *(w for text in _texts() for w in text.split())]))
    specials = [*TOKENS.format("en").split(), "<|unknown|>", "<audio>", "</audio>", "[[[AUDIO:modality]]]"]
    ids = {word: number for number, word in enumerate([*words, "<|endoftext|>", *dict.fromkeys(specials)])}
    (folder / "words.json").write_text(json.dumps(list(ids)), "utf-8")
    _write(
        folder,
        "tokenizer_config.json",
        tokenizer_class="QWenTokenizer",
        auto_map={"AutoTokenizer": ["tokenization_qwen.QWenTokenizer", None]},
    )
    _write(folder, "generation_config.json", chat_format="raw")
    _write(
        folder,
        "config.json",
        model_type="qwen",
        architectures=["QWenLMHeadModel"],
        auto_map={
            "AutoConfig": "configuration_qwen.QWenConfig",
            "AutoModelForCausalLM": "modeling_qwen.QWenLMHeadModel",
        },
        clips=len(clips()),
        answers=[[ids[word] for word in text.split()] for text in _texts()],
        asked_by_tokens=[[ids[word] for word in TOKENS.format(code).split()] for code in ("en", "unknown")],
        asked_in_words=[[ids[word] for word in RECOGNIZE.split()]],
        eod_id=ids["<|endoftext|>"],
    )


def _baichuan_omni(folder: Path) -> None:
    answers = _word_tokenizer(folder)
    _write(
        folder,
        "config.json",
        model_type="omni",
        architectures=["OmniForCausalLM"],
        auto_map={
            "AutoConfig": "configuration_omni.OmniConfig",
            "AutoModelForCausalLM": "modeling_omni.OmniForCausalLM",
        },
        clips=len(clips()),
        answers=answers,
        audio_config={"audio_start_token_id": 2, "audio_end_token_id": 3},
        eos_token_id=1,
    )


def _kimi_audio(folder: Path) -> None:
    _write(
        folder,
        "config.json",
        model_type="kimi_audio",
        architectures=["MoonshotKimiaForCausalLM"],
        auto_map={
            "AutoConfig": "configuration_moonshot_kimia.KimiAudioConfig",
            "AutoModelForCausalLM": "modeling_moonshot_kimia.MoonshotKimiaForCausalLM",
        },
        clips=len(clips()),
        texts=_texts(),
    )


_FAMILIES = {
    "ultravox": _ultravox,
    "qwen_audio": _qwen_audio,
    "baichuan_omni": _baichuan_omni,
    "kimi_audio": _kimi_audio,
}
