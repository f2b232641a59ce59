"""What a file is, by its first bytes: endings are often wrong, and some files only stand for what is elsewhere.

Signatures are those of the formats' specifications. A file is opened here first, so that what is no regular file (a
named pipe would wait for ever) and what the system refuses is told in its words, which decoders tend to hide.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pytest_asrbench.errors import AudioError

HEAD = 512  # bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """A format of audio. start: how its files begin; plain: libsndfile reads it (all or most of what it may hold)."""

    name: str
    start: re.Pattern[bytes]
    plain: bool = False


def _kind(name: str, start: bytes, *, plain: bool = False) -> Kind:
    return Kind(name, re.compile(start, re.DOTALL), plain)


WAV = _kind("WAV", rb"(?:RIFF|RIFX|RF64).{4}WAVE", plain=True)
OGG = _kind("Ogg", rb"OggS\0[\x02\x06]", plain=True)
MP3 = _kind("MP3", rb"ID3[\x02-\x04]|\xff(?:[\xe2-\xe7\xf2-\xf7\xfa-\xff])[^\xf0-\xff]", plain=True)
AVI = _kind("AVI", rb"RIFF.{4}AVI ")
MATROSKA = _kind("WebM or Matroska", rb"\x1a\x45\xdf\xa3.{1,60}?(?:webm|matroska)")
KINDS = (
    WAV,
    _kind("FLAC", rb"fLaC[\0\x80]\0\0\x22", plain=True),
    OGG,
    _kind("AIFF", rb"FORM.{4}AIF[FC]", plain=True),
    _kind("AU", rb"\.snd\0\0\0", plain=True),
    _kind("CAF", rb"caff\0\x01\0\0desc", plain=True),
    _kind("W64", rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0", plain=True),
    _kind("NIST Sphere", rb"NIST_1A\n", plain=True),
    _kind("VOC", rb"Creative Voice File\x1a", plain=True),
    MATROSKA,
    _kind("M4A, MP4 or 3GP", rb".{4}(?:ftyp|moov|mdat|wide|free|skip)"),
    _kind("AMR", rb"#!AMR(?:-WB)?\n"),
    _kind("WMA", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c"),
    AVI,
    _kind("FLV", rb"FLV\x01"),
    _kind("WavPack", rb"wvpk.{4}.[\x04]"),
    _kind("Monkey's Audio", rb"MAC .[\x0f-\x10]"),
    _kind("True Audio", rb"TTA[12]"),
    _kind("Musepack", rb"MPCK|MP\+"),
    _kind("RealMedia", rb"\.RMF\0"),
    _kind("DSD", rb"DSD \x1c|FRM8.{8}DSD "),
    _kind("MPEG programme stream", rb"\0\0\x01\xba"),
    _kind("AC-3", rb"\x0b\x77"),
    _kind("AAC", rb"\xff[\xf0\xf1\xf8\xf9]"),
    _kind("MPEG transport stream", rb"G.{187}G"),
    MP3,
)

_FETCH = "It stands for a file that is elsewhere; fetch that:"
_UNPACK = "Unpack it, and name what is in it"
_AGAIN = "Download or export the file again"
# What is found under the names of recordings and transcripts, and what helps.
_FOREIGN = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), what, remedy)
    for pattern, what, remedy in (
        (rb"version https://(?:git-lfs|hawser)\.github\.com/spec/", "a Git LFS pointer", f"{_FETCH} git lfs pull"),
        (rb"(?:(?:\.\./)*\.git)?/annex/objects/", "a git-annex pointer", f"{_FETCH} git annex get PATH"),
        (rb"(?:md5: [0-9a-f]+\s+)?outs:\s*- (?:md5|etag|hash|path|size):", "a DVC pointer", f"{_FETCH} dvc pull"),
        (rb"\0GITCRYPT\0", "encrypted by git-crypt", "Decrypt it: git-crypt unlock"),
        (rb"\s*(?:<\?xml.{0,200}?\?>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body)\b", "a web page", _AGAIN),
        (rb"\s*<\?xml\b", "XML", _AGAIN),
        (rb"\{\\rtf", "an RTF document", "Save it as plain text in UTF-8"),
        (rb"%PDF-", "a PDF document", _AGAIN),
        (rb"PK\x03\x04", "a ZIP archive or an office document", _UNPACK),
        (rb"\x1f\x8b|BZh[1-9]1AY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|7z\xbc\xaf\x27\x1c|Rar!\x1a", "compressed", _UNPACK),
        (rb".{257}ustar", "a tar archive", _UNPACK),
        (rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a", "a picture", _AGAIN),
        (rb"PAR1", "a Parquet file", "Write its recordings into files of their own"),
        (rb"\x93NUMPY", "a NumPy array", "Write its samples with soundfile.write"),
    )
)  # fmt: skip


def require_regular(path: Path) -> None:
    """Raise OSError, as opening would, for what is no regular file: a pipe, a device, a folder, or nothing."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        names = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
        raise OSError(errno.EINVAL, f"it is {names.get(stat.S_IFMT(mode), 'a device')}, not a regular file", str(path))


def read_head(path: Path) -> bytes:
    """Return the first bytes of an audio file; raises AudioError for one that is not there, unreadable or empty."""
    with opened(path) as file:
        return nonempty(path, file.read(HEAD))


def nonempty(path: Path, head: bytes) -> bytes:
    """Return the first bytes of a recording; raises AudioError if there are none."""
    if not head:
        raise AudioError(f"{path} is empty (0 bytes): record or copy it again")
    return head


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open an audio file; raises AudioError if it is not there, or cannot be read within the block."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = str(path).encode("utf-8", "backslashreplace").decode()
        raise AudioError(f"{shown} has a name that is no UTF-8, which decoders do not take: rename the file") from None
    try:
        require_regular(path)
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise AudioError(f"{path} does not exist: {absent(path)}") from None
    except IsADirectoryError:
        raise AudioError(f"{path} is a folder: name an audio file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AudioError(f"{path} cannot be read ({reason}): mend its permissions, or copy it again") from error


def absent(path: Path) -> str:
    """Say how a file that is not there is had: some tools keep only a note of it in the project."""
    if path.is_symlink():
        target = path.readlink()
        if "/annex/objects/" in target.as_posix():
            return f"git-annex keeps it elsewhere: git annex get {path.name}"
        return f"it is a link to {target}, where nothing is: put the file there, or remove the link"
    for place in (path, *list(path.parents)[:3]):
        if place.with_name(f"{place.name}.dvc").is_file():
            return f"DVC keeps it elsewhere: dvc pull {place.name}.dvc"
    if "\\" in path.name:
        return "write / between folders, not \\"
    return "put the file there, or remove the snippet"


def recognise(head: bytes) -> Kind | None:
    """The kind of audio that begins like this; None for anything else."""
    return next((kind for kind in KINDS if kind.start.match(head)), None)


def foreign(head: bytes) -> str | None:
    """Say what a file is that holds neither samples nor words, and what to do; None for any other."""
    for pattern, what, remedy in _FOREIGN:
        if pattern.match(head):
            return f"it is {what}. {remedy}"
    return None


def is_text(head: bytes) -> bool:
    """Whether these first bytes are text in UTF-8, ASCII included, or in UTF-16 with its mark."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    decode = codecs.getincrementaldecoder("utf-16" if wide else "utf-8")().decode  # the last character may be cut
    try:
        text = decode(head)
    except UnicodeDecodeError:
        return False
    return all(sign.isprintable() or sign in "\t\n\r\f\ufeff" for sign in text)


def identified(path: Path, head: bytes) -> Kind | None:
    """The kind of audio that a file is by its first bytes; None if nobody knows.

    Raises AudioError that says what it is, if that is known and no audio.
    """
    kind = recognise(head)
    if kind is None or not kind.plain or kind is MP3:  # signatures so short that texts begin with them, too
        _refuse_other(path, head)
    return kind


def _refuse_other(path: Path, head: bytes) -> None:
    what = foreign(head)
    if what is None and is_text(head):
        what = "it is text. Put the recording there, or remove the file"
    if what is not None:
        raise AudioError(f"{path} cannot be decoded: {what}")
