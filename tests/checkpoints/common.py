"""What every checkpoint maker shares: the clips, the cache, the word error rate and the negative controls.

The clips are eight short utterances of real people from the bundled quickstart corpus. A tiny model learns them by
heart; a test then shows that the adapter brings exactly this audio to the model (WER 0), and that anything wrong
with the audio on its way makes it fail (the controls).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from pytest_asrbench.adapter import Audio
from tests.checkpoints import nursery

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "corpora" / "quickstart"
RATE = 16_000
CLIP_IDS = (
    "librispeech-251-137823-0002",
    "librispeech-3536-23268-0010",
    "librivox-austen-0880",
    "cards-005",
    "go-forward",
    "commands-yes-no-go-stop",
    "ljspeech-lj001-0002",
    "ljspeech-lj002-0020",
)


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance: samples of shape (n,), float32, mono, 16 kHz, and what is said."""

    id: str
    samples: NDArray[np.float32]
    text: str


def clips(n: int = 8) -> list[Clip]:
    """Return the first `n` (at most 8) of the fixed clips."""
    return list(_all_clips()[:n])


def joined(parts: Sequence[Clip], pause: float = 0.9) -> Clip:
    """Return the clips as one, with `pause` seconds of silence between them; nine clips make more than 30 s."""
    silence = np.zeros(int(pause * RATE), dtype=np.float32)
    pieces = [piece for part in parts for piece in (part.samples, silence)][:-1]
    return Clip("+".join(part.id for part in parts), np.concatenate(pieces), " ".join(part.text for part in parts))


def audio(samples: NDArray[np.floating], name: str = "") -> Audio:
    """Pack 16 kHz samples as an adapter receives them."""
    return Audio(np.ascontiguousarray(samples, dtype=np.float32).tobytes(), RATE, name)


@cache
def _all_clips() -> tuple[Clip, ...]:
    import soundfile
    import soxr

    lines = [json.loads(line) for line in (CORPUS / "manifest.jsonl").read_text("utf-8").splitlines() if line.strip()]
    entries = {line["id"]: line for line in lines}
    found = []
    for name in CLIP_IDS:
        samples, rate = soundfile.read(CORPUS / entries[name]["audio_filepath"], dtype="float32", always_2d=True)
        mono = samples.mean(axis=1)
        if rate != RATE:
            mono = soxr.resample(mono, rate, RATE)
        found.append(Clip(name, np.ascontiguousarray(mono, dtype=np.float32), entries[name]["text"]))
    return tuple(found)


def wer(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """Word error rate of the whole set, after Whisper's English normaliser on both sides."""
    import jiwer
    from whisper_normalizer.english import EnglishTextNormalizer

    normal = EnglishTextNormalizer()
    return float(jiwer.wer([normal(text) for text in references], [normal(text) for text in hypotheses]))


# Negative controls: what audio looks like after a mistake that real adapters have made.


def wrong_rate(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """8 kHz audio passed off as 16 kHz: every second sample."""
    return samples[::2].copy()


def tiny_gain(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """40 dB too quiet, as after dividing by the wrong full scale."""
    return np.multiply(samples, 0.01, dtype=np.float32)


def int16_scaled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """16-bit integers cast to float but not divided by 32768."""
    return np.asarray(np.multiply(samples, 32768), dtype=np.float32)


def sped_up(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """10 % faster (and higher), as when 44.1 kHz audio is read as 48 kHz."""
    positions = np.arange(0, len(samples) - 1, 1.1)
    fast = np.interp(positions, np.arange(len(samples)), samples)
    return np.asarray(fast, dtype=np.float32)


def noise(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """White noise of the clip's length and loudness instead of the clip."""
    loudness = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return np.random.default_rng(0).normal(0, loudness, len(samples)).astype(np.float32)


Control = Callable[["NDArray[np.float32]"], "NDArray[np.float32]"]
CONTROLS: Mapping[str, Control] = {
    control.__name__: control for control in (wrong_rate, tiny_gain, int16_scaled, sped_up, noise)
}


# The cache: a checkpoint is made once for each version of its recipe and of the libraries that train it.


def cache_root() -> Path:
    """Return the folder of all made checkpoints: ASRBENCH_CHECKPOINT_CACHE or the platform's cache folder."""
    named = os.environ.get("ASRBENCH_CHECKPOINT_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "pytest-asrbench" / "checkpoints"


def cached(name: str, recipe: Callable[[Path], None], *sources: ModuleType | Path) -> Path:
    """Return the folder that `recipe(folder)` fills, making it if no one has made it yet.

    The recipe runs in a process of its own, see `nursery`.

    The folder's name carries a hash of the recipe's own source file, of this package's shared files, of `sources`,
    of the clips, and of the versions of torch and transformers. In an environment without torch, a folder made by
    another environment from the same sources is used, or made by the interpreter ASRBENCH_CHECKPOINT_PYTHON.
    Parallel callers wait for the first one.
    """
    recipe_key, versions_key = _recipe_key(recipe, sources), _versions_key()
    root = cache_root()
    folder = root / f"{name}-{recipe_key}-{versions_key}"
    if folder.is_dir():
        return folder
    if importlib.util.find_spec("torch") is None:
        made = sorted(root.glob(f"{name}-{recipe_key}-*/"), key=lambda path: path.stat().st_mtime)
        if made:
            return made[-1]
    root.mkdir(parents=True, exist_ok=True)
    with _lock(root / f"{name}.lock"):
        if not folder.is_dir():
            _make(name, recipe, folder)
    return folder


def _make(name: str, recipe: Callable[[Path], None], folder: Path) -> None:
    started = time.perf_counter()
    work = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder.parent))
    try:
        nursery.run(recipe.__module__, work)
        work.chmod(0o755)
        if not folder.is_dir():
            work.replace(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    seconds = time.perf_counter() - started
    print(f"checkpoint {name}: made in {seconds:.1f} s, {size / 1e6:.2f} MB, {folder}", file=sys.stderr, flush=True)


def _recipe_key(recipe: Callable[[Path], None], sources: Sequence[ModuleType | Path]) -> str:
    here = Path(__file__).parent
    files = [Path(recipe.__code__.co_filename), here / "common.py", here / "training.py"]
    files += [Path(source.__file__ or "") if isinstance(source, ModuleType) else source for source in sources]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    for clip in _all_clips():
        digest.update(clip.text.encode() + np.round(clip.samples * 32768).astype(np.int32).tobytes())
    return digest.hexdigest()[:12]


def _versions_key() -> str:
    return hashlib.sha256(repr([_version(package) for package in ("torch", "transformers")]).encode()).hexdigest()[:8]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time make a checkpoint; where files cannot be locked, several may make the same one."""
    with path.open("w") as handle:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
