"""From channels to one: two are averaged, unless that would cancel what they hold, or make an echo of it.

Some recorders and cables invert a channel. Every player plays such a file well, and the average of its channels is
silence. Whether they cancel is judged by blocks of a quarter of a second in the band of speech, so that neither hum nor
a constant offset, which do not cancel, hides it: of two channels without relation, the average keeps half the energy of
both; of equal ones, all of it. Blocks weigh by their amplitude, since some words are soft.

Others hand one channel on late. Whether the two are the same sound at different times is judged by their correlation.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.errors import AudioError

if TYPE_CHECKING:
    import numpy as np

    from pytest_asrbench.corpus.decoding.sound import Samples

_BAND = (300.0, 3_400.0)  # Hz, that of the telephone
_BLOCK_SECONDS = 0.25
_MOST_BLOCKS = 240  # of a longer file, as many at equal distances are looked at
_KEPT = 0.25  # of the energy in both channels; a correlation of -0.5
_SHARE = 0.05  # of the sound, which may cancel before that is a matter
_SILENT = 1e-5  # of the other channel's energy: 50 dB less
_LATE = (0.001, 0.5)  # seconds; what is less makes no echo, and what is more is no delay of a device
_SAME = 0.7  # correlation of two channels that hold the same sound
_LOOKED_AT = 20.0  # seconds, around the loudest block


def to_mono(path: Path, samples: Samples, rate: int, channel: int | None) -> tuple[Samples, tuple[str, ...]]:
    """Return one channel of `samples`, of shape (frames, channels), and what a reader should know about the choice.

    Raises AudioError for a channel that is not there, and for more than two of which none is named.
    """
    channels = samples.shape[1]
    if channels == 0:
        raise AudioError(f"{path} has no channels: its header is damaged, export it again")
    if channel is not None:
        if not 0 <= channel < channels:
            raise AudioError(f"{path} has {channels} channel(s); there is no channel {channel} (they count from 0)")
        return samples[:, channel], ()
    if channels > 2:
        raise AudioError(
            f"{path} has {channels} channels, and which of them hold the speech cannot be known: name one "
            '("channel": 0 in the manifest, or channel = 0 under [snippets."ID"] in corpus.toml), '
            "or mix down: ffmpeg -i INPUT -ac 1 OUTPUT.wav"
        )
    return (samples[:, 0], ()) if channels == 1 else _average(path, samples, rate)


def _average(path: Path, stereo: Samples, rate: int) -> tuple[Samples, tuple[str, ...]]:
    import numpy

    with numpy.errstate(all="ignore"):  # NaN and infinity are found, and told, later
        left, right = stereo.T  # NumPy takes ten times as long along rows of two
        mean: Samples = (left + right) / 2
        if len(mean) == 0 or not numpy.isfinite(mean).all():
            return mean, ()
        energies = [float(channel.var(dtype="float64")) for channel in (left, right)]
        cancelled, lag = _cancelled_share(stereo, rate), _lag(stereo, rate)
    louder = int(energies[1] > energies[0])
    if energies[1 - louder] <= _SILENT * energies[louder]:
        quiet = f"channel {1 - louder} of {path.name} is silent; the average with it is half as loud"
        return mean, (quiet,) if energies[louder] else ()
    if cancelled > _SHARE:
        return stereo[:, louder], (
            f"the two channels of {path.name} cancel each other in {cancelled:.0%} of its sound, as if one were "
            f"inverted: channel {louder} alone was transcribed",
        )
    if lag:
        late = int(lag > 0)
        return stereo[:, louder], (
            f"channel {late} of {path.name} is channel {1 - late} once more, {abs(lag) * 1000:.0f} ms late: "
            f"channel {louder} alone was transcribed, since the average would be an echo",
        )
    return mean, ()


def _cancelled_share(stereo: Samples, rate: int) -> float:
    """Return the share of the sound, by amplitude, that stands in blocks whose average keeps too little of it."""
    import numpy

    both, kept = numpy.array([_energies(block, rate) for block in _blocks(stereo, rate)]).T
    loudness = numpy.sqrt(both)
    total = loudness.sum()
    return float(loudness[kept < _KEPT * both].sum() / total) if total > 0 else 0.0


def _lag(stereo: Samples, rate: int) -> float:
    """Return by how many seconds the second channel lags behind the first; 0.0 if they are not the same sound."""
    import numpy

    part = _loudest(stereo, rate)
    spectrum: np.ndarray[Any, Any] = numpy.fft.rfft(part, 2 * len(part), axis=0)
    low, high = (round(hertz * 2 * len(part) / rate) for hertz in _BAND)
    spectrum[:low] = spectrum[high + 1 :] = 0
    left, right = spectrum.T
    energies = numpy.fft.irfft(abs(left) ** 2)[0] * numpy.fft.irfft(abs(right) ** 2)[0]
    least, most = (min(round(seconds * rate), len(part) - 1) for seconds in _LATE)
    related = abs(numpy.roll(numpy.fft.irfft(left.conj() * right), most)[: 2 * most + 1])
    lag = int(related.argmax()) - most
    return lag / rate if abs(lag) > least and related.max() ** 2 > _SAME**2 * energies else 0.0


def _loudest(stereo: Samples, rate: int) -> Samples:
    """Return the part of a long recording that has its loudest block in the middle; all of a short one."""
    length = round(_LOOKED_AT * rate)
    if len(stereo) <= length:
        return stereo
    blocks = _blocks(stereo, rate)
    loudest = max(range(len(blocks)), key=lambda number: float(blocks[number].var(axis=0).min()))
    middle = round(loudest / len(blocks) * len(stereo))
    start = max(0, min(middle - length // 2, len(stereo) - length))
    return stereo[start : start + length]


def _blocks(stereo: Samples, rate: int) -> list[Samples]:
    length = max(1, round(_BLOCK_SECONDS * rate))
    count = max(1, len(stereo) // length)
    step = max(1, -(-count // _MOST_BLOCKS))
    return [stereo[number * length : (number + 1) * length] for number in range(0, count, step)]


def _energies(block: Samples, rate: int) -> tuple[float, float]:
    """Return the energy of both channels in the band of speech, and that of twice their average, halved likewise."""
    import numpy

    spectrum: np.ndarray[Any, Any] = numpy.fft.rfft(block, axis=0)
    low, high = (round(hertz * len(block) / rate) for hertz in _BAND)
    left, right = spectrum[low : high + 1].T
    both = numpy.vdot(left, left).real + numpy.vdot(right, right).real
    total = left + right
    return float(both), float(numpy.vdot(total, total).real / 2)
