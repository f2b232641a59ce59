"""Tiny checkpoints for the adapters' tests: made once, kept in the user's cache (see tests/checkpoints/common.py)."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.checkpoints.common import cached
from tests.workers import cores_of_its_own

__all__ = ["cores_of_its_own"]


def _checkpoint(family: str) -> Path:
    """Return the family's checkpoint; the module's `SOURCES` are further files that its recipe depends on."""
    module = importlib.import_module(f"tests.checkpoints.{family}")
    return cached(family, module.make, *getattr(module, "SOURCES", ()))


@pytest.fixture(scope="session")
def whisper_checkpoint() -> Path:
    """WhisperForConditionalGeneration with the real multilingual vocabulary, as a transformers folder."""
    return _checkpoint("whisper")


@pytest.fixture(scope="session")
def whisper_ggml() -> Path:
    """The same Whisper weights for whisper.cpp: a folder with ggml-f16.bin and ggml-q5_0.bin."""
    return _checkpoint("ggml")


@pytest.fixture(scope="session")
def whisper_ct2() -> Path:
    """The same Whisper weights for faster-whisper: a CTranslate2 folder in half precision."""
    return _checkpoint("ct2")


@pytest.fixture(scope="session")
def whisper_gguf() -> Path:
    """The same Whisper weights for transcribe.cpp: a folder with whisper-F16.gguf and whisper-Q8_0.gguf."""
    return _checkpoint("gguf")


@pytest.fixture(scope="session")
def whisper_onnx() -> Path:
    """The same Whisper weights for onnx-asr: a folder as onnx-community's, in float32 and int8."""
    return _checkpoint("whisper_onnx")


@pytest.fixture(scope="session")
def nemo_ctc() -> Path:
    """A CTC model in the layout in which onnx-asr reads NeMo's, in float32 and int8."""
    return _checkpoint("nemo_ctc")


@pytest.fixture(scope="session")
def moonshine_checkpoint() -> Path:
    """Moonshine as ONNX pair and transformers folder."""
    return _checkpoint("moonshine")


@pytest.fixture(scope="session")
def granite_checkpoint() -> Path:
    """GraniteSpeechForConditionalGeneration with its LoRA."""
    return _checkpoint("granite")


@pytest.fixture(scope="session")
def voxtral_checkpoint() -> Path:
    """VoxtralForConditionalGeneration with a tekken tokenizer."""
    return _checkpoint("voxtral")


@pytest.fixture(scope="session")
def phi4_checkpoint() -> Path:
    """Phi4MultimodalForCausalLM with its speech adapter."""
    return _checkpoint("phi4")


@pytest.fixture(scope="session")
def ctc_checkpoint() -> Path:
    """Wav2Vec2BertForCTC with a character tokenizer."""
    return _checkpoint("ctc")


@pytest.fixture(scope="session")
def qwen2_audio_checkpoint() -> Path:
    """Qwen2AudioForConditionalGeneration, asked in a chat and without one."""
    return _checkpoint("qwen2_audio")


@pytest.fixture(scope="session")
def cleanup_checkpoint() -> Path:
    """Qwen2AudioForConditionalGeneration that writes down every word, or what is meant, as its prompt says."""
    return _checkpoint("cleanup")


@pytest.fixture(scope="session")
def qwen_omni_checkpoint() -> Path:
    """The thinker of Qwen2.5-Omni, in the layout of the whole."""
    return _checkpoint("qwen_omni")


@pytest.fixture(scope="session")
def glm_asr_checkpoint() -> Path:
    """GlmAsrForConditionalGeneration."""
    return _checkpoint("glm_asr")


@pytest.fixture(scope="session")
def seamless_checkpoint() -> Path:
    """SeamlessM4Tv2ForSpeechToText with two languages."""
    return _checkpoint("seamless")


@pytest.fixture(scope="session")
def untrained_checkpoints() -> Path:
    """A folder for each further family, with random weights."""
    return _checkpoint("untrained")


@pytest.fixture(scope="session")
def language_model() -> Path:
    """Qwen2ForCausalLM that follows two prompts, as a transformers folder; the same weights as a GGUF file in it."""
    return _checkpoint("causal_lm")
