"""What one would write without this project, as on the models' cards: processor, generate, decode.

Each function takes the loaded adapter only for its weights, and the checkpoint's folder for everything else. What can
be done once is done before the first clip, and gradients are off by `inference_mode`, which is faster than what the
cards leave to `generate`: no loop is slower than it must be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.adapter import Decoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Loop = Callable[[NDArray[np.float32]], str]

RATE = 16_000
LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Family:
    """One adapter and the loop beside it, which both decode as `decoding` says, in English.

    checkpoint: the module in `tests.checkpoints` that makes the folder; file: the one in it that is the source;
    threads: the adapter's option that sets their number, where torch's own setting does not.
    """

    adapter: str
    checkpoint: str
    loop: Callable[[Any, Path, Decoding], Loop]
    decoding: Decoding
    file: str = ""
    threads: str = ""


def whisper(adapter: Any, folder: Path, decoding: Decoding) -> Loop:
    """Card of openai/whisper-large-v3, without its pipeline."""
    import torch
    from transformers import WhisperProcessor

    model, processor = adapter.model, WhisperProcessor.from_pretrained(folder)
    # A model for English alone must not be told so.
    told = {"language": LANGUAGE, "task": "transcribe"} if model.generation_config.is_multilingual else {}

    def transcribe(samples: NDArray[np.float32]) -> str:
        inputs = processor(samples, sampling_rate=RATE, return_tensors="pt", return_attention_mask=True)
        with torch.inference_mode():
            tokens = model.generate(**inputs, **told, return_timestamps=False)
        return str(processor.batch_decode(tokens, skip_special_tokens=True)[0]).strip()

    return transcribe


def whisper_cpp(adapter: Any, file: Path, decoding: Decoding) -> Loop:
    """README of pywhispercpp: its `Model` class. Greedy, without temperature fallback and timestamps."""
    from pywhispercpp.model import Model

    model = Model(
        str(file),
        redirect_whispercpp_logs_to=None,
        context_params={"use_gpu": False},
        n_threads=adapter.options["threads"],
        language=LANGUAGE,
        no_timestamps=True,
        print_progress=False,
        temperature_inc=0.0,
        greedy={"best_of": 1},
        n_max_text_ctx=0,
    )

    def transcribe(samples: NDArray[np.float32]) -> str:
        return " ".join(segment.text for segment in model.transcribe(samples)).strip()

    return transcribe


def faster_whisper(adapter: Any, folder: Path, decoding: Decoding) -> Loop:
    """README of faster-whisper: its `WhisperModel` class, greedy, without temperature fallback and timestamps.

    By itself the library would forbid tokens of sounds, which the adapter does by its option `guards` alone.
    """
    from faster_whisper import WhisperModel

    options = adapter.options
    model = WhisperModel(
        str(folder), device="cpu", compute_type=options["compute_type"] or "default", cpu_threads=options["threads"]
    )

    def transcribe(samples: NDArray[np.float32]) -> str:
        segments, _ = model.transcribe(
            samples,
            language=LANGUAGE,
            beam_size=1,
            temperature=0.0,
            compression_ratio_threshold=None,
            log_prob_threshold=None,
            no_speech_threshold=None,
            condition_on_previous_text=False,
            without_timestamps=True,
            suppress_tokens=[],
        )
        return "".join(segment.text for segment in segments).strip()

    return transcribe


def transcribe_cpp(adapter: Any, file: Path, decoding: Decoding) -> Loop:
    """README of transcribe-cpp: a session of its `Model` class, without temperature fallback."""
    import transcribe_cpp as library

    session = library.Model(str(file), backend="cpu").session(n_threads=adapter.options["threads"])
    greedy = library.WhisperRunOptions(
        condition_on_prev_tokens=False,
        temperature_inc=0.0,
        compression_ratio_thold=math.inf,
        logprob_thold=-math.inf,
        no_speech_thold=math.inf,
    )

    def transcribe(samples: NDArray[np.float32]) -> str:
        return str(session.run(samples, language=LANGUAGE, timestamps="none", family=greedy).text).strip()

    return transcribe


def onnx_asr(adapter: Any, folder: Path, decoding: Decoding) -> Loop:
    """README of onnx-asr. Of Whisper's checkpoints those for English alone must not be told so."""
    import onnx_asr as library
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = adapter.options["threads"]
    kind, quantization = "whisper", adapter.options["quantization"] or None
    cpu = ["CPUExecutionProvider"]
    model = library.load_model(kind, folder, quantization=quantization, sess_options=settings, providers=cpu)
    told = {"language": LANGUAGE} if len(adapter.languages) > 1 else {}

    def transcribe(samples: NDArray[np.float32]) -> str:
        return str(model.recognize(samples, **told)).strip()

    return transcribe


def moonshine(adapter: Any, folder: Path, decoding: Decoding) -> Loop:
    """README of useful-moonshine-onnx, but for `transcribe`, which would read the tokenizer's file at every clip."""
    import moonshine_onnx

    model, tokenizer = adapter._model, moonshine_onnx.load_tokenizer()

    def transcribe(samples: NDArray[np.float32]) -> str:
        tokens = model.generate(samples[None, :], max_len=decoding.max_new_tokens)
        return str(tokenizer.decode_batch(tokens)[0])

    return transcribe


def granite(adapter: Any, folder: Path, decoding: Decoding) -> Loop:
    """Card of ibm-granite/granite-speech-3.3-2b."""
    import torch
    from transformers import AutoProcessor

    model, processor = adapter.model, AutoProcessor.from_pretrained(folder)
    tokenizer = processor.tokenizer
    system = (
        "Knowledge Cutoff Date: April 2024.\nToday's Date: April 9, 2025.\n"
        "You are Granite, developed by IBM. You are a helpful AI assistant"
    )
    question = "<|audio|>can you transcribe the speech into a written format?"
    chat = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)

    def transcribe(samples: NDArray[np.float32]) -> str:
        inputs = processor(prompt, samples, device="cpu", return_tensors="pt").to("cpu")
        with torch.inference_mode():
            tokens = model.generate(**inputs, max_new_tokens=decoding.max_new_tokens, do_sample=False, num_beams=1)
        answer = tokens[:, inputs["input_ids"].shape[-1] :]
        return str(tokenizer.batch_decode(answer, skip_special_tokens=True)[0])

    return transcribe


def voxtral(adapter: Any, folder: Path, decoding: Decoding) -> Loop:
    """Card of mistralai/Voxtral-Mini-3B-2507, transcription mode."""
    import torch
    from transformers import AutoProcessor

    model, processor = adapter.model, AutoProcessor.from_pretrained(folder)

    def transcribe(samples: NDArray[np.float32]) -> str:
        inputs = processor.apply_transcription_request(
            language=LANGUAGE, audio=samples, model_id="voxtral", sampling_rate=RATE, format=["WAV"]
        ).to("cpu", dtype=model.dtype)
        with torch.inference_mode():
            tokens = model.generate(**inputs, max_new_tokens=decoding.max_new_tokens)
        answer = tokens[:, inputs.input_ids.shape[1] :]
        return str(processor.batch_decode(answer, skip_special_tokens=True)[0])

    return transcribe


def phi4(adapter: Any, folder: Path, decoding: Decoding) -> Loop:
    """Card of microsoft/Phi-4-multimodal-instruct, revision refs/pr/70.

    The processor is the adapter's: without torchvision the release's own cannot be loaded.
    """
    import torch

    model, processor = adapter.model, adapter.processor
    prompt = f"<|user|>{processor.audio_token}Transcribe the audio clip into text.<|end|><|assistant|>"

    def transcribe(samples: NDArray[np.float32]) -> str:
        inputs = processor(text=prompt, audio=samples, sampling_rate=RATE, return_tensors="pt").to("cpu")
        with torch.inference_mode():
            tokens = model.generate(**inputs, max_new_tokens=decoding.max_new_tokens, do_sample=False)
        answer = tokens[:, inputs["input_ids"].shape[1] :]
        return str(processor.batch_decode(answer, skip_special_tokens=True)[0])

    return transcribe


FREE = Decoding()
BOUNDED = Decoding(max_new_tokens=192)
FAMILIES = {
    "whisper": Family("whisper:Whisper", "whisper", whisper, FREE),
    "whisper-cpp": Family("whisper_cpp:WhisperCpp", "ggml", whisper_cpp, FREE, "ggml-q5_0.bin", "threads"),
    "faster-whisper": Family("faster_whisper:FasterWhisper", "ct2", faster_whisper, FREE, threads="threads"),
    "moonshine": Family("moonshine:Moonshine", "moonshine", moonshine, BOUNDED, threads="threads"),
    "granite": Family("granite:Granite", "granite", granite, BOUNDED),
    "voxtral": Family("voxtral:Voxtral", "voxtral", voxtral, BOUNDED),
    "phi4": Family("phi4:Phi4", "phi4", phi4, BOUNDED),
}
