"""A tiny Whisper that knows the clips by heart, with the vocabulary and mel bins of large-v3.

It is trained on each clip with and without timestamps, padded with silence (as transformers and whisper.cpp do) and
with zeros in mel space (as faster-whisper does), and on the windows of one recording of more than 30 s in which
whisper.cpp and transformers move on by the timestamps that the model itself has said.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.checkpoints import whisper_vocabulary as vocabulary
from tests.checkpoints.common import RATE, Clip, clips, joined
from tests.checkpoints.training import prepare, rescale, train

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

SOURCES = (Path(vocabulary.__file__), vocabulary.ASSET)
MELS, WIDTH, LAYERS, HEADS = 128, 32, 2, 2
FRAMES, FRAME_SAMPLES = 3000, 160
PAUSE = 0.9


def long_clip() -> Clip:
    """Return 34 s of speech: all clips and the first once more. The cut at 30 s falls into the eighth."""
    return joined([*clips(), *clips(1)], PAUSE)


@dataclass(frozen=True, slots=True)
class Example:
    """What the decoder should say (`tokens`, prompt included) on hearing any one of `features` (128, 3000)."""

    features: list[NDArray[np.float32]]
    tokens: list[list[int]]


def make(folder: Path) -> None:
    """Train the checkpoint and save it in `folder` as a release is: fp16 safetensors, tokenizer, both configs."""
    import torch
    from transformers import WhisperFeatureExtractor, WhisperProcessor

    prepare()
    tokenizer = vocabulary.tokenizer()
    extractor = WhisperFeatureExtractor(feature_size=MELS)
    model = _model(tokenizer)
    examples = _examples(tokenizer, extractor)
    with torch.no_grad():
        states = [[_encode(model, heard) for heard in example.features] for example in examples]

    def transcribe() -> list[str]:
        heard = torch.from_numpy(np.stack([example.features[0] for example in examples[: len(clips())]]))
        ids = model.generate(heard, language="en", task="transcribe", max_new_tokens=60)
        return [str(text) for text in tokenizer.batch_decode(ids, skip_special_tokens=True)]

    lesson = _Lesson(model, states, [example.tokens for example in examples])
    decoder = [weight for name, weight in model.named_parameters() if ".encoder." not in name]
    references = [clip.text for clip in clips()]
    train(decoder, lesson.backward, transcribe, references, steps=360, lr=4e-3, every=20, promising=0.1, settled=0.02)
    model.half().save_pretrained(folder)
    WhisperProcessor(extractor, tokenizer).save_pretrained(folder)
    extractor.save_pretrained(folder)  # preprocessor_config.json, which other runtimes read


def _model(tokenizer: Any) -> Any:
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    end, start = tokenizer.convert_tokens_to_ids([vocabulary.END_OF_TEXT, vocabulary.START_OF_TRANSCRIPT])
    special = {"bos_token_id": end, "eos_token_id": end, "pad_token_id": end, "decoder_start_token_id": start}
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=MELS,
        d_model=WIDTH,
        encoder_layers=LAYERS,
        decoder_layers=LAYERS,
        encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS,
        encoder_ffn_dim=4 * WIDTH,
        decoder_ffn_dim=4 * WIDTH,
        dropout=0.0,
        **special,
    )
    model = WhisperForConditionalGeneration(config).eval()
    rescale(model.model.encoder, skip=("embed",))
    model.model.encoder.embed_positions.weight.data.mul_(0.5)
    model.model.encoder.half().float()  # as it will be saved: what is learned must fit what is heard later
    identifier = tokenizer.convert_tokens_to_ids
    model.generation_config = GenerationConfig(
        max_length=448,
        is_multilingual=True,
        lang_to_id={f"<|{code}|>": identifier(f"<|{code}|>") for code in vocabulary.languages()},
        task_to_id={task: identifier(f"<|{task}|>") for task in ("translate", "transcribe")},
        no_timestamps_token_id=identifier("<|notimestamps|>"),
        prev_sot_token_id=identifier("<|startofprev|>"),
        suppress_tokens=[],
        begin_suppress_tokens=[220, end],
        return_timestamps=False,
        max_initial_timestamp_index=50,
        alignment_heads=[[LAYERS - 1, 0]],
        **special,
    )
    return model


def _encode(model: Any, features: NDArray[np.float32]) -> torch.Tensor:
    import torch

    states: torch.Tensor = model.model.encoder(torch.from_numpy(features)[None]).last_hidden_state[0]
    return states


class _Lesson:
    """One optimizer step: every example once, with one of its ways to be heard and one of its answers.

    Each word competes with all words of the lesson, all control tokens and a fresh sample of the others: a softmax
    over 51,866 tokens would take most of the time and teach no more.
    """

    def __init__(self, model: Any, states: list[list[torch.Tensor]], answers: list[list[list[int]]]) -> None:
        config = model.generation_config
        used = {token for ways in answers for answer in ways for token in answer}
        self.model, self.states, self.answers = model, states, answers
        self.given_away = config.no_timestamps_token_id  # whoever wants no timestamps says so in the prompt
        self.always = np.array(sorted(used | set(range(config.eos_token_id, model.config.vocab_size))))
        self.random = np.random.default_rng(0)

    def backward(self) -> float:
        import torch

        heard = torch.stack([self._any(ways) for ways in self.states])
        # White noise alone would teach to average over time; what quantised weights change is the same all along.
        heard = heard + 0.1 * torch.randn_like(heard) + 0.1 * torch.randn(len(heard), 1, heard.shape[2])
        said = [torch.tensor(self._any(answers)) for answers in self.answers]
        pad = torch.nn.utils.rnn.pad_sequence
        given = pad([tokens[:-1] for tokens in said], batch_first=True)
        wanted = pad([tokens[1:] for tokens in said], batch_first=True, padding_value=-100)
        hidden = self.model.model.decoder(input_ids=given, encoder_hidden_states=heard, use_cache=False)
        mask = (wanted >= 0) & (wanted != self.given_away)
        rivals = torch.from_numpy(np.union1d(self.always, self.random.integers(0, 50257, 2000)))
        logits = hidden.last_hidden_state[mask] @ self.model.proj_out.weight[rivals].T
        loss = torch.nn.functional.cross_entropy(logits, torch.searchsorted(rivals, wanted[mask]))
        loss.backward()
        return float(loss.detach())

    def _any(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.random.integers(len(choices)))]


def _examples(tokenizer: Any, extractor: Any) -> list[Example]:
    identifier = tokenizer.convert_tokens_to_ids
    start = identifier([vocabulary.START_OF_TRANSCRIPT, "<|en|>", "<|transcribe|>"])
    plain, end = identifier(["<|notimestamps|>", vocabulary.END_OF_TEXT])
    stamps = identifier(vocabulary.TIMESTAMPS)

    def words(clip: Clip) -> list[int]:
        return list(tokenizer(" " + clip.text, add_special_tokens=False).input_ids)

    def stamped(parts: Sequence[Clip], begin: float, trailing: bool = False) -> list[int]:
        """Each part between its two timestamps; `trailing` opens a segment that the window cuts off."""
        tokens = list(start)
        for part in parts:
            finish = begin + len(part.samples) / RATE
            tokens += [stamps[round(begin * 50)], *words(part), stamps[round(finish * 50)]]
            begin = finish + PAUSE
        return [*tokens, *([stamps[round(begin * 50)]] if trailing else []), end]

    singles = [
        Example(_paddings(extractor, clip.samples), [[*start, plain, *words(clip), end], stamped([clip], 0.0)])
        for clip in clips()
    ]
    # The long recording: transformers takes the second window from the end of the last closed segment,
    # whisper.cpp from the last timestamp that was said.
    whole, parts = long_clip(), [*clips(), *clips(1)]
    silent = np.concatenate([whole.samples, np.zeros(30 * RATE, dtype=np.float32)])
    mel = _mel(extractor, silent)
    first = stamped(parts[:7], 0.0, trailing=True)
    opened = stamps.index(first[-2])
    closed = stamps.index(first[-3])
    spoken = -(-len(whole.samples) // FRAME_SAMPLES)
    windows = [Example([mel[:, :FRAMES].copy()], [first])]
    for begin, lead in ((closed, (opened - closed) * 0.02), (opened, 0.0)):
        quiet = mel[:, 2 * begin : 2 * begin + FRAMES].copy()
        zeros = quiet.copy()
        zeros[:, spoken - 2 * begin :] = 0.0
        windows.append(Example([quiet, zeros], [stamped(parts[7:], lead)]))
    return [*singles, *windows]


def _paddings(extractor: Any, samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    silence = _mel(extractor, np.pad(samples, (0, 30 * RATE - len(samples))))
    zeros = silence.copy()
    zeros[:, -(-len(samples) // FRAME_SAMPLES) :] = 0.0
    return [silence, zeros]


def _mel(extractor: Any, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-mel frames of shape (128, samples / 160), of the whole recording."""
    batch = extractor(samples, sampling_rate=RATE, truncation=False, padding="longest", return_tensors="np")
    frames: NDArray[np.float32] = batch.input_features[0]
    return frames


if __name__ == "__main__":
    make(Path(sys.argv[1]))
