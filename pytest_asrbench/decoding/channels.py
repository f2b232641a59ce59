"""From channels to one: two are averaged, unless that would cancel what they hold.

Some recorders and cables invert a channel. Every player plays such a file well, and the average of its channels is
silence. Whether they cancel is judged by blocks of a quarter of a second in the band of speech, so that neither hum nor
a constant offset, which do not cancel, hides it: of two channels without relation, the average keeps half the energy of
both; of equal ones, all of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.errors import AudioError

if TYPE_CHECKING:
    import numpy as np

    from pytest_asrbench.decoding.sound import Samples

_BAND = (300.0, 3_400.0)  # Hz, that of the telephone
_BLOCK_SECONDS = 0.25
_MOST_BLOCKS = 240  # of a longer file, as many at equal distances are looked at
_KEPT = 0.25  # of the energy in both channels; a correlation of -0.5
_SHARE = 0.1  # of the sound, which may cancel before that is a matter
_SILENT = 1e-6  # of the other channel's energy: 60 dB less


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
        mean: Samples = stereo.mean(axis=1, dtype="float32")
        if len(mean) == 0 or not numpy.isfinite(mean).all():
            return mean, ()
        energies = stereo.var(axis=0, dtype="float64")
        cancelled = _cancelled_share(stereo, rate)
    louder = int(energies.argmax())
    if energies[1 - louder] <= _SILENT * energies[louder]:
        quiet = f"channel {1 - louder} of {path.name} is silent; the average with it is half as loud"
        return mean, (quiet,) if energies[louder] else ()
    if cancelled <= _SHARE:
        return mean, ()
    return stereo[:, louder], (
        f"the two channels of {path.name} cancel each other in {cancelled:.0%} of its sound, as if one were inverted: "
        f"channel {louder} alone was transcribed",
    )


def _cancelled_share(stereo: Samples, rate: int) -> float:
    """Return the share of the sound's energy that stands in blocks whose average keeps too little of it."""
    import numpy

    both, kept = numpy.array([_energies(block, rate) for block in _blocks(stereo, rate)]).T
    total = both.sum()
    return float(both[kept < _KEPT * both].sum() / total) if total > 0 else 0.0


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
