"""Decoding by libsndfile (wav, flac, ogg, opus, mp3, aiff, au, caf, w64 ...), with its opinion on cut files heard.

libsndfile reads what is left of a cut file without complaint, but its log tells of sizes that a header promises and
the file does not hold (wav, rf64, aiff, au, w64). A cut flac or caf is an error by itself, an Ogg stream lacks its
last page (see `ogg`), and an mp3 holds less than its length header says, or its last frame is incomplete (see `mpeg`).
What cannot be told from a shorter recording: an mp3 without length header that was cut exactly between two frames,
and a wav whose writer left the size open. There, only a duration in the manifest helps.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.corpus.decoding import mpeg, ogg
from pytest_asrbench.corpus.decoding.joined import Source, content, rewound
from pytest_asrbench.corpus.decoding.sound import Sound, tolerance
from pytest_asrbench.errors import AudioError, MissingDependencyError

if TYPE_CHECKING:
    from pytest_asrbench.corpus.decoding.sound import Samples

_BLOCK = 2**20  # frames; a header that lies about its length must not make us allocate what it says
_UNKNOWN_LENGTH = 2**62
_STREAMED = 0x7FFF_0000  # writers into a pipe leave sizes from here to 2**32 - 1 in the header
_SIZES = re.compile(r"^\s*(?:data|SSND|Data Size|riff|Riff size)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)
_PADDED = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")
_AGAIN = "Copy or convert it again; if it is meant to end so, state its duration in a manifest"


class UnopenedError(AudioError):
    """libsndfile does not take the file for one of its own."""


def read(source: Source, path: Path, offset: float, duration: float | None, *, length_known: bool) -> Sound:
    """Decode `source`, which is `path` or a part of it, from `offset` on (seconds; `duration` None: to the end).

    `length_known`: somebody holds the result against a known duration, so a missing end mark is no matter.
    Raises AudioError for a file that cannot be decoded or is cut short, UnopenedError if it is of no known kind.
    """
    soundfile = _soundfile(path)
    opened = False
    try:
        with soundfile.SoundFile(rewound(source)) as file:
            opened = True
            _refuse_missing_bytes(path, file.extra_info)
            if file.format == "OGG" and not length_known and not ogg.is_whole(content(source)):
                raise AudioError(f"{path} is truncated: it stops before the last page of its Ogg stream. {_AGAIN}")
            if file.frames >= _UNKNOWN_LENGTH:
                raise AudioError(
                    f"{path} does not say how long it is (encoders that write into a pipe leave it so), and libsndfile "
                    "needs to know. Convert it: ffmpeg -i INPUT OUTPUT.flac"
                )
            first = round(offset * file.samplerate)
            if first > 0 and first < file.frames:
                file.seek(first)
            wanted = file.frames if duration is None else round(duration * file.samplerate)
            samples = _frames(file, min(wanted, file.frames - first))
            if duration is None:
                _refuse_missing_frames(source, path, file, first + len(samples), length_known)
            return Sound(samples, file.samplerate, file.subtype in _PADDED)
    except soundfile.SoundFileError as error:
        reason = getattr(error, "error_string", str(error)).strip(" .")
        kind = AudioError if opened else UnopenedError
        raise kind(
            f"{path} cannot be decoded ({reason}): it is damaged, cut short, or no audio. "
            "Copy it again, or convert it: ffmpeg -i INPUT -ar 16000 -ac 1 OUTPUT.wav"
        ) from error


def duration(source: Source, path: Path) -> float | None:
    """Duration in seconds by the header of `source`; None where that does not tell or cannot be read."""
    soundfile = _soundfile(path)
    try:
        info = soundfile.info(rewound(source))
    except (soundfile.SoundFileError, OSError, ValueError):  # ValueError: a name that cannot be passed on
        return None
    if not info.samplerate or info.frames >= _UNKNOWN_LENGTH:
        return None
    return float(info.frames / info.samplerate)


def _soundfile(path: Path) -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: the package came without libsndfile for this platform
        raise MissingDependencyError(
            f"{path} needs soundfile and libsndfile ({error}): pip install --force-reinstall soundfile, "
            "or install libsndfile by the system's package manager"
        ) from None
    return soundfile


def _frames(file: Any, wanted: int) -> Samples:
    import numpy

    blocks = []
    while wanted > 0:
        block = file.read(min(wanted, _BLOCK), dtype="float32", always_2d=True)
        blocks.append(block)
        wanted -= _BLOCK
        if len(block) < _BLOCK:
            break
    if len(blocks) == 1:
        single: Samples = blocks[0]
        return single
    return numpy.concatenate(blocks) if blocks else numpy.zeros((0, file.channels), numpy.float32)


def _refuse_missing_bytes(path: Path, log: str) -> None:
    for match in _SIZES.finditer(log):
        promised, held = int(match[1]), int(match[2])
        # One byte may be the padding of an odd size.
        if held + 1 < promised < _STREAMED:
            raise AudioError(
                f"{path} is truncated: its header promises {promised} bytes of audio, the file holds {held}. "
                "Copy or convert it again"
            )


def _refuse_missing_frames(source: Source, path: Path, file: Any, held: int, length_known: bool) -> None:
    """Hold the number of frames to the end of the file against what its header or its own frames promise."""
    promised = file.frames / file.samplerate
    plain = [one for one in mpeg.recordings(content(source)) if not one.stated] if file.format == "MP3" else []
    if plain:
        if not plain[-1].whole and not length_known:
            raise AudioError(f"{path} is truncated: its last frame is incomplete. {_AGAIN}")
        promised = plain[-1].seconds
    seconds = held / file.samplerate
    if seconds >= promised - tolerance(promised, file.samplerate, padded=False):
        return
    if plain:
        raise AudioError(
            f"{path} holds {promised:.2f} s, of which libsndfile finds {seconds:.2f}: it is an mp3 of varying bit "
            "rate without a length header. Convert it: ffmpeg -i INPUT -ar 16000 -ac 1 OUTPUT.wav"
        )
    raise AudioError(
        f"{path} is truncated: it holds {seconds:.2f} of the {promised:.2f} s that its header promises. "
        "Copy or convert it again"
    )
