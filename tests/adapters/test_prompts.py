"""A task's prompt reaches what a model reads, in each family that does what it is told, and nothing of it is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters import processors
from pytest_asrbench.model_adapters.families import FAMILIES as FAMILIES_OF_TRANSFORMERS
from pytest_asrbench.model_adapters.granite import PROMPT as GRANITE_ASKS
from pytest_asrbench.model_adapters.granite import Granite
from pytest_asrbench.model_adapters.phi4 import PROMPT as PHI4_ASKS
from pytest_asrbench.model_adapters.phi4 import Phi4
from pytest_asrbench.model_adapters.prompted import Prompted
from pytest_asrbench.model_adapters.qwen_omni import QwenOmni
from pytest_asrbench.model_adapters.speech_llm import Asked, SpeechLLM
from pytest_asrbench.model_adapters.voxtral import Voxtral

from pytest_asrbench.adapter import Decoding
from pytest_asrbench.tasks import registry
from tests.checkpoints import tokenizers
from tests.checkpoints.common import clips

for package in ("torch", "transformers", "peft", "mistral_common"):
    pytest.importorskip(package)

# Checkpoint -> its adapter, and what it is asked for where no task says otherwise.
FAMILIES: dict[str, tuple[type[SpeechLLM], str]] = {
    "voxtral": (Voxtral, "[TRANSCRIBE]"),
    "granite": (Granite, GRANITE_ASKS.removeprefix("<|audio|>")),
    "phi4": (Phi4, PHI4_ASKS),
    "qwen2_audio": (Prompted, "recognize the speech"),
    "qwen_omni": (QwenOmni, "Transcribe the audio into text."),
    "glm_asr": (Prompted, "Please transcribe this audio into text"),
}
INSTRUCT = Decoding(task="instruct")
PROMPTS = ('Leave "um" out.\nAdd nothing.', registry.load(["cleanup"], Path(), Path())["cleanup"].prompt)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(family: str, request: pytest.FixtureRequest) -> SpeechLLM:
    adapter = FAMILIES[family][0](str(request.getfixturevalue(f"{family}_checkpoint")), {})
    adapter.load("cpu", "auto")
    return adapter


def read(model: SpeechLLM, asked: Asked, count: int = 1) -> list[str]:
    """What the model reads of a batch of clips, as words and signs."""
    inputs: Any = model._encode([clip.samples for clip in clips()[:count]], asked)
    return [str(model.processor.tokenizer.decode(row)) for row in inputs["input_ids"]]


@pytest.mark.parametrize("prompt", PROMPTS, ids=["short", "cleanup"])
def test_the_prompt_stands_in_what_is_read_once_and_whole(model: SpeechLLM, prompt: str) -> None:
    texts = read(model, Asked(None, prompt, INSTRUCT), 2)
    assert [text.count(prompt) for text in texts] == [1, 1]
    behind = {text.partition(prompt)[2] for text in texts}
    assert len(behind) == 1  # padding is before it
    assert len(behind.pop()) < 60  # the turn of the user ends, and that of the model begins


def test_it_stands_in_place_of_the_usual_question(model: SpeechLLM, family: str) -> None:
    question = FAMILIES[family][1]
    assert question in read(model, Asked())[0]
    assert question not in read(model, Asked(None, PROMPTS[0], INSTRUCT))[0]


def test_two_prompts_are_read_differently(model: SpeechLLM) -> None:
    one, other = (read(model, Asked(None, prompt, INSTRUCT))[0] for prompt in PROMPTS)
    assert one != other


def test_the_family_says_that_it_follows_a_prompt(model: SpeechLLM) -> None:
    assert model.info.refusal(PROMPTS, INSTRUCT) == ""


# The part of Gemma 3n's published chat template that a user's turn with audio passes through.
GEMMA = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>{{ 'model' if message['role'] == 'assistant' else "
    "message['role'] }}\n{% for item in message['content'] %}{% if item['type'] == 'audio' %}<audio_soft_token>"
    "{% elif item['type'] == 'text' %}{{ item['text'] | trim }}{% endif %}{% endfor %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
GEMMA_TOKENS = {
    **{"audio_token": "<audio_soft_token>", "boa_token": "<start_of_audio>", "eoa_token": "<end_of_audio>"},
    **{"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"},
}


@pytest.fixture(scope="module")
def gemma() -> Prompted:
    """The adapter with Gemma 3n's own processor; of the model, which needs timm, nothing is there."""
    import transformers

    ends: dict[str, Any] = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"}
    turns = ("<start_of_turn>", "<end_of_turn>")
    tokenizer = tokenizers.byte_level_bpe(
        [*ends.values(), *turns, *GEMMA_TOKENS.values()], [], extra_special_tokens=GEMMA_TOKENS, **dict[str, Any](ends)
    )
    tokenizer.padding_side = "left"
    features = transformers.Gemma3nAudioFeatureExtractor()
    cls = processors.imageless(transformers.Gemma3nProcessor)
    adapter = Prompted(None, {})
    adapter.processor = cls(features, processors.no_images(), tokenizer, chat_template=GEMMA)
    adapter.family = FAMILIES_OF_TRANSFORMERS["gemma3n"]
    return adapter


@pytest.mark.parametrize("prompt", PROMPTS, ids=["short", "cleanup"])
def test_gemma_3n_reads_the_audio_and_the_prompt_in_one_turn(gemma: Prompted, prompt: str) -> None:
    (text,) = read(gemma, Asked(None, prompt, INSTRUCT))
    heard = f"\n\n<start_of_audio>{'<audio_soft_token>' * 188}<end_of_audio>\n\n"
    assert text == f"<bos><start_of_turn>user\n{heard}{prompt}<end_of_turn>\n<start_of_turn>model\n"
    (usual,) = read(gemma, Asked("en"))
    assert "Transcribe the following speech segment in English into English text." in usual
