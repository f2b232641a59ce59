"""One way to read any audio file: what it holds decides which library decodes it, not what it is called."""

from __future__ import annotations

from pathlib import Path

from pytest_asrbench.corpus.decoding import container, joined, sound_file
from pytest_asrbench.corpus.decoding.content import Kind
from pytest_asrbench.corpus.decoding.joined import Source
from pytest_asrbench.corpus.decoding.sound import Sound
from pytest_asrbench.errors import AudioError


def read(source: Source, path: Path, offset: float, duration: float | None, *, length_known: bool) -> Sound:
    """Return the samples of `source` from `offset` on (seconds; `duration` None: to the end); messages call it `path`.

    `length_known`: somebody holds the result against a known duration, so a missing end mark is no matter.
    Raises AudioError for what cannot be decoded, is cut short or is no audio; MissingDecoderError names the package.
    """
    kind, sources = joined.found(source, path)
    if len(sources) == 1:
        return _read(sources[0], path, kind, offset, duration, length_known)
    whole = _join(path, [_read(source, path, kind, 0.0, None, length_known) for source in sources])
    first = round(offset * whole.rate)
    last = None if duration is None else first + round(duration * whole.rate)
    return Sound(whole.samples[first:last], whole.rate, whole.padded, whole.remarks)


def duration(source: Source, path: Path) -> float | None:
    """Duration in seconds by the file's header or headers; None where these do not tell or cannot be read."""
    try:
        kind, sources = joined.found(source, path)
        found = [_plain_duration(one, path, kind) or _contained(one, kind) for one in sources]
    except AudioError:
        return None
    return sum(seconds for seconds in found if seconds is not None) if None not in found else None


def _read(
    source: Source, path: Path, kind: Kind | None, offset: float, duration: float | None, length_known: bool
) -> Sound:
    """Decode by libsndfile what it reads, by PyAV what else is known."""
    if kind is not None and not kind.plain:
        return container.read(source, path, kind, offset, duration)
    try:
        return sound_file.read(source, path, offset, duration, length_known=length_known)
    except sound_file.UnopenedError as error:
        if kind is None:
            raise
        if not container.installed():
            hint = 'PyAV may read it: pip install "pytest-asrbench[av]"'
            raise AudioError(f"{error}. If it plays elsewhere, {hint}") from error
    return container.read(source, path, kind, offset, duration)


def _plain_duration(source: Source, path: Path, kind: Kind | None) -> float | None:
    return sound_file.duration(source, path) if kind is None or kind.plain else None


def _contained(source: Source, kind: Kind | None) -> float | None:
    return container.duration(source) if kind is not None else None


def _join(path: Path, sounds: list[Sound]) -> Sound:
    import numpy

    if len({(sound.rate, sound.samples.shape[1]) for sound in sounds}) > 1:
        raise AudioError(
            f"{path} is {len(sounds)} recordings joined, of different sampling rates or channels: "
            "convert each by itself, or all to one: ffmpeg -i INPUT -ar 16000 -ac 1 OUTPUT.wav"
        )
    remark = f"{path.name} is {len(sounds)} recordings joined; all of them were transcribed"
    samples = numpy.concatenate([sound.samples for sound in sounds])
    return Sound(samples, sounds[0].rate, sounds[0].padded, (remark, *sounds[0].remarks))
