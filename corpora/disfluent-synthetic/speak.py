"""Have script.toml spoken by flite, and write the recordings, the manifest and what they were made with.

`python speak.py` needs flite 2.2 (`apt install flite`; its voices are built in) and soundfile. flite says the same
text in the same way each time, sample by sample; Opus, in which the recordings are kept, is close to that.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCRIPT = HERE / "script.toml"
SOURCE = "written for this corpus, spoken by flite 2.2, voice {voice}"
ALWAYS = ("synthetic",)  # a tag of each clip


def clips() -> list[dict[str, Any]]:
    """The script, clip by clip, as it is written there."""
    found: list[dict[str, Any]] = tomllib.loads(SCRIPT.read_text("utf-8"))["clip"]
    return found


def synthesise(clip: Mapping[str, Any], target: Path) -> None:
    """Write what a clip says to `target`, a WAV file of 16 kHz, 16 bits, mono."""
    program = shutil.which("flite")
    if program is None:
        sys.exit("flite is not installed: apt install flite")
    text = target.with_suffix(".txt")
    text.write_text(clip.get("spoken", clip["text"]).strip() + "\n", "utf-8")
    subprocess.run([program, "-voice", clip["voice"], "-f", str(text), "-o", str(target)], check=True)


def entry(clip: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """The manifest's line of a clip that lasts so long."""
    clean = clip.get("clean", clip["text"]).strip()
    return {
        "audio_filepath": f"audio/{clip['id']}.ogg",
        "text": clip["text"].strip(),
        "clean": clean,
        **({} if clean else {"empty": ["clean"]}),
        "duration": round(seconds, 4),
        "id": clip["id"],
        "lang": "en",
        "speaker": f"flite-{clip['voice']}",
        "source": SOURCE.format(voice=clip["voice"]),
        "licence": "CC0-1.0",
        "tags": [*ALWAYS, *clip["kinds"]],
    }


def spoken(folder: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield each clip of the script with the WAV file that was made of it in `folder`."""
    for clip in clips():
        target = folder / f"{clip['id']}.wav"
        synthesise(clip, target)
        yield clip, target


def main() -> None:
    """Make the corpus anew."""
    import soundfile

    audio = HERE / "audio"
    shutil.rmtree(audio, ignore_errors=True)
    audio.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for clip, wav in spoken(Path(folder)):
            samples, rate = soundfile.read(wav)
            soundfile.write(audio / f"{clip['id']}.ogg", samples, rate, format="OGG", subtype="OPUS")
            lines.append(json.dumps(entry(clip, len(samples) / rate), ensure_ascii=False))
    (HERE / "manifest.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
