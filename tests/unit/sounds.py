"""Audio made on the spot: tones, in every format, whole and broken."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pytest_asrbench.adapter import Audio
from pytest_asrbench.corpus import audio
from pytest_asrbench.errors import AudioError

RATE = 16_000
FORMATS: dict[str, dict[str, str]] = {
    "wav": {},
    "flac": {},
    "ogg": {"subtype": "VORBIS"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "mp3": {},
    "aiff": {},
    "au": {},
    "caf": {},
    "w64": {},
}


def tone(seconds: float = 1.0, rate: int = RATE, channels: int = 1) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A 440 Hz tone with a little noise, of shape (samples,) or (samples, channels)."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(7).normal(0, 0.02, time.size)
    mono = (0.3 * np.sin(2 * np.pi * 440 * time) + noise).astype(np.float32)
    return mono if channels == 1 else np.repeat(mono[:, None], channels, axis=1)


def write(path: Path, samples: np.ndarray[Any, Any] | None = None, rate: int = RATE, **options: Any) -> Path:
    """Write `samples` (a second of tone) in the format that the suffix or `options` name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {**FORMATS.get(path.suffix[1:], {}), **options}
    soundfile.write(path, tone(rate=rate) if samples is None else samples, rate, **settings)
    return path


def encoded(
    path: Path, form: str, codec: str, rate: int = RATE, seconds: float = 1.0, options: dict[str, str] | None = None
) -> Path:
    """Write a tone by FFmpeg, as recorders and browsers do; skips the test where PyAV or the codec is absent."""
    av = pytest.importorskip("av")
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    with av.open(str(path), "w", format=form, options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(seconds, rate)[None], format="flt", layout="mono")
        frame.sample_rate = rate
        size = stream.codec_context.frame_size or 1_024
        resampler = av.AudioResampler(stream.codec_context.format, "mono", rate, frame_size=size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def read(path: Path, rate: int = RATE, name: str = "", **options: Any) -> Audio:
    """Decode a file, remarks aside."""
    return audio.decode(path, rate, name, **options).audio


def refusal(path: Path, **options: Any) -> str:
    """The sentence with which `path` is refused; it always names the file."""
    with pytest.raises(AudioError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert str(path) in message
    return message


def remarks(path: Path, **options: Any) -> tuple[str, ...]:
    """What is told of a file that is measured."""
    return audio.decode(path, RATE, **options).remarks


def cut(path: Path, share: float = 0.5) -> Path:
    """Cut a file off after `share` of its bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def patch(path: Path, change: Callable[[bytearray], None]) -> Path:
    """Change some bytes of a file."""
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)
    return path


def without_length_header(path: Path) -> Path:
    """Take the Xing or Info frame, which tells the length, away from an mp3."""
    content = path.read_bytes()
    start = min(found for mark in (b"Xing", b"Info") if (found := content.find(mark)) >= 0)
    path.write_bytes(content[content.index(content[:2], start) :])
    return path


def constant_mp3(path: Path, seconds: float = 2.0) -> Path:
    """An mp3 of constant bit rate, without a length header: noise, for which an encoder needs all its bits."""
    noise = np.random.default_rng(1).normal(0, 0.2, round(seconds * RATE)).astype(np.float32)
    return without_length_header(write(path, noise, bitrate_mode="CONSTANT", compression_level=0.5))


def without(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Make `package` impossible to import."""
    real = builtins.__import__

    def fail(name: str, *arguments: Any) -> Any:
        if name.split(".")[0] == package:
            raise ImportError(f"No module named {package!r}", name=package)
        return real(name, *arguments)

    monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.setattr(builtins, "__import__", fail)
