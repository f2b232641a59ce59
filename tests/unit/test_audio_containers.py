"""What libsndfile does not read: PyAV does, and damage is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench import audio
from pytest_asrbench.errors import MissingDependencyError
from tests.unit import sounds
from tests.unit.sounds import refusal


def m4a(path: Path, seconds: float = 2.0, **options: str) -> Path:
    """AAC in an m4a, as a phone records it."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("aac", rate=sounds.RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(sounds.tone(seconds)[None], format="fltp", layout="mono")
        frame.sample_rate = sounds.RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def test_m4a_is_decoded_by_pyav(tmp_path: Path) -> None:
    path = m4a(tmp_path / "phone.m4a")
    assert sounds.read(path, sounds.RATE).seconds == pytest.approx(2.0, abs=0.15)
    assert sounds.read(path, 8_000, offset=0.5, duration=1.0).seconds == pytest.approx(1.0, abs=0.001)
    assert audio.duration(path) == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("flags", [{}, {"movflags": "faststart"}])
def test_a_cut_m4a_is_refused(tmp_path: Path, flags: dict[str, str]) -> None:
    message = refusal(sounds.cut(m4a(tmp_path / "phone.m4a", 4.0, **flags), 0.6))
    assert "truncated" in message or "cut short" in message


def test_m4a_without_sound_or_sense(tmp_path: Path) -> None:
    pytest.importorskip("av")
    path = tmp_path / "phone.m4a"
    path.write_bytes(b"no container at all" * 20)
    assert "cannot be decoded" in refusal(path)
    assert audio.duration(path) is None


def test_without_pyav_an_m4a_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "phone.m4a"
    path.write_bytes(b"\0\0\0\x1cftypM4A " + bytes(100))
    sounds.without(monkeypatch, "av")
    with pytest.raises(MissingDependencyError, match=r'pip install "pytest-asrbench\[av\]"') as caught:
        sounds.read(path, sounds.RATE)
    assert str(path) in str(caught.value)
    assert audio.duration(path) is None


def test_without_libsndfile_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sounds.write(tmp_path / "clip.wav")
    sounds.without(monkeypatch, "soundfile")
    with pytest.raises(MissingDependencyError, match="pip install --force-reinstall soundfile"):
        sounds.read(path, sounds.RATE)
    assert audio.duration(path) is None


def test_durations_of_what_cannot_be_read_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_text("no audio")
    assert audio.duration(tmp_path / "x.wav") is None
    assert audio.duration(tmp_path / "absent.wav") is None
