"""What libsndfile does not read: PyAV does, and damage is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_asrbench.corpus import audio
from pytest_asrbench.corpus.decoding import container
from pytest_asrbench.errors import AudioError, MissingDependencyError
from tests.unit import sounds
from tests.unit.sounds import refusal


def m4a(path: Path, seconds: float = 2.0, **options: str) -> Path:
    """AAC in an m4a, as a phone records it."""
    return sounds.encoded(path, "ipod", "aac", seconds=seconds, options=options)


def test_m4a_is_decoded_by_pyav(tmp_path: Path) -> None:
    path = m4a(tmp_path / "phone.m4a")
    assert sounds.read(path, sounds.RATE).seconds == pytest.approx(2.0, abs=0.15)
    assert sounds.read(path, 8_000, offset=0.5, duration=1.0).seconds == pytest.approx(1.0, abs=0.001)
    assert audio.duration(path) == pytest.approx(2.0, abs=0.15)


def test_parts_of_one_m4a_are_those_of_the_whole_and_it_is_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = m4a(tmp_path / "phone.m4a")
    whole = sounds.read(path, sounds.RATE).numpy()
    count = 0
    decode = container._decoded

    def counted(*given: Any) -> Any:
        nonlocal count
        count += 1
        return decode(*given)

    monkeypatch.setattr(container, "_decoded", counted)
    for start in (0.0, 0.25, 1.5):
        part = sounds.read(path, sounds.RATE, offset=start, duration=0.25).numpy()
        first = round(start * sounds.RATE)
        assert np.array_equal(part, whole[first : first + 4_000])
    assert count == 1
    m4a(path, 3.0)
    assert sounds.read(path, sounds.RATE, offset=2.5, duration=0.25).seconds == 0.25
    assert count == 2, "another file is there now"


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


MATROSKA = {
    "webm": ("webm", {}),
    "mka": ("matroska", {}),
    "mkv": ("matroska", {}),
    "live.webm": ("webm", {"live": "1"}),  # as browsers record: no length in the header
}


@pytest.mark.parametrize("share", [0.3, 0.51, 0.9, 0.99])
@pytest.mark.parametrize("suffix", MATROSKA)
def test_cut_webm_and_matroska_are_refused(tmp_path: Path, suffix: str, share: float) -> None:
    form, options = MATROSKA[suffix]
    path = sounds.encoded(tmp_path / f"clip.{suffix}", form, "libopus", 48_000, 4.0, options)
    assert sounds.read(path).seconds == pytest.approx(4.0, abs=0.02)
    assert "truncated" in refusal(sounds.cut(path, share))


def test_a_webm_that_lost_whole_blocks_is_held_against_its_header(tmp_path: Path) -> None:
    path = sounds.encoded(tmp_path / "clip.webm", "webm", "libopus", 48_000, 12.0)
    content = path.read_bytes()
    last = content.rindex(b"\x1f\x43\xb6\x75")  # the last cluster
    segment = content.index(b"\x18\x53\x80\x67") + 4
    open_size = b"\x01" + b"\xff" * 7
    path.write_bytes(content[:segment] + open_size + content[segment + 8 : last])
    assert "that its header promises" in refusal(path)


@pytest.mark.parametrize(
    ("form", "codec", "rate", "options"),
    [
        ("adts", "aac", 16_000, {}),
        ("mp4", "aac", 16_000, {"movflags": "frag_keyframe+empty_moov", "frag_duration": "500000"}),
        ("avi", "mp3", 16_000, {}),
        ("flv", "aac", 44_100, {}),
    ],
)
def test_other_cut_containers_are_refused(
    tmp_path: Path, form: str, codec: str, rate: int, options: dict[str, str]
) -> None:
    path = sounds.encoded(tmp_path / "clip", form, codec, rate, 4.0, options)
    assert sounds.read(path).seconds == pytest.approx(4.0, abs=0.25)
    message = refusal(sounds.cut(path, 0.6))
    assert "truncated" in message or "cut short" in message


def test_damage_anywhere_in_an_mp4_names_the_file_or_does_no_harm(tmp_path: Path) -> None:
    content = m4a(tmp_path / "phone.m4a").read_bytes()
    path = tmp_path / "damaged.m4a"
    places = [*range(0, 64, 3), *range(content.rindex(b"moov") - 4, len(content), 7)]
    refused = 0
    for place in places:
        path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
        try:
            assert sounds.read(path).seconds > 0
        except AudioError:
            assert "damaged.m4a" in refusal(path)
            refused += 1
    assert refused > len(places) / 20


def test_a_video_is_heard_by_its_first_audio_track(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "two.mka"
    with av.open(str(path), "w", format="matroska") as container:
        streams = [container.add_stream("pcm_s16le", rate=sounds.RATE, layout="mono") for _ in range(2)]
        for stream, seconds in zip(streams, (2.0, 1.0), strict=True):
            samples = (sounds.tone(seconds) * 32_767).astype("int16")[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate = sounds.RATE
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    assert sounds.read(path).seconds == pytest.approx(2.0, abs=0.01)
    assert sounds.remarks(path) == ("two.mka has 2 audio tracks; the first was transcribed",)
