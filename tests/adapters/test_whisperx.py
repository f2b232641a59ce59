"""WhisperX in an environment of its own, on OpenAI's own Whisper base: sessions here, the model there.

`ASRBENCH_WHISPERX_PYTHON` names the Python that has it; without, it is looked for in this one (`tox -e whisperx`).
A tiny checkpoint would not do: the search for speech cuts clips that it knows whole.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.checkpoints.common import CONTROLS, RATE, clips, wer
from tests.checkpoints.real import whisper

PYTHON = os.environ.get("ASRBENCH_WHISPERX_PYTHON", "")
if not PYTHON and importlib.util.find_spec("whisperx") is None:
    pytest.skip("WhisperX is not installed, and ASRBENCH_WHISPERX_PYTHON is not set", allow_module_level=True)
PYTHON = PYTHON or sys.executable

# What a user of the library writes: greedy, sounds and brackets allowed.
DIRECTLY = """
import json, os, sys
os.environ["PYANNOTE_METRICS_ENABLED"] = "false"
import soundfile, whisperx
options = {"beam_size": 1, "suppress_tokens": []}
model = whisperx.load_model(
    sys.argv[1], "cpu", compute_type="float32", asr_options=options, local_files_only=True
)
said = {}
for file in sys.argv[3:]:
    segments = model.transcribe(soundfile.read(file, dtype="float32")[0], batch_size=8, language="en")["segments"]
    said[os.path.basename(file)[:-4]] = " ".join(one["text"].strip() for one in segments)
json.dump(said, open(sys.argv[2], "w"))
"""


SPOILED = ("wrong_rate", "noise")


@pytest.fixture(scope="module")
def base() -> Path:
    """Asked for outside of pytester, which moves the home in which it is kept."""
    return whisper("base", "ct2")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips, and two of them spoiled in two ways, with references."""
    folder = tmp_path_factory.mktemp("recordings")
    spoken = {clip.id: (clip.samples, clip.text) for clip in clips(3)}
    for name in SPOILED:
        for number, clip in enumerate(clips(2)):
            spoken[f"{name}-{number}"] = (CONTROLS[name](clip.samples), clip.text)
    for name, (samples, text) in spoken.items():
        soundfile.write(folder / f"{name}.wav", samples, RATE)
        (folder / f"{name}.txt").write_text(text, "utf-8")
    return folder


def session(pytester: pytest.Pytester, models: str, recordings: Path, *options: str) -> list[dict[str, str]]:
    pytester.runpytest_subprocess(
        f"--asr-models={models}",
        f"--asr-corpus={recordings}",
        f"--asr-interpreters=whisperx={PYTHON}",
        "--asr-language=en",
        "--benchmark-quiet",
        *options,
    )
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_real_weights_are_heard_as_by_the_library_itself(
    pytester: pytest.Pytester, base: Path, recordings: Path
) -> None:
    rows = {row["Snippet"]: row for row in session(pytester, f"whisperx:{base}", recordings)}
    assert {row["Status"] for row in rows.values()} == {"OK"}
    assert {(row["Device"], row["Dtype"]) for row in rows.values()} == {("cpu", "float32")}
    clean, spoiled = clips(3), clips(2)
    assert wer([clip.text for clip in clean], [rows[clip.id]["Transcript"] for clip in clean]) <= 0.05
    for control in SPOILED:
        said = [rows[f"{control}-{number}"]["Transcript"] for number in range(len(spoiled))]
        assert wer([clip.text for clip in spoiled], said) > 0.3, control
    answers = pytester.path / "said.json"
    files = [str(file) for file in sorted(recordings.glob("*.wav"))]
    subprocess.run([PYTHON, "-W", "ignore", "-c", DIRECTLY, str(base), str(answers), *files], check=True)
    directly: dict[str, Any] = json.loads(answers.read_text("utf-8"))
    assert {name: row["Transcript"] for name, row in rows.items()} == directly


def test_a_session_goes_on_after_a_folder_that_does_not_run(
    pytester: pytest.Pytester, recordings: Path, tmp_path: Path
) -> None:
    rows = session(pytester, f"whisperx:{tmp_path},pocketsphinx", recordings, "-k", "wrong_rate-0")
    told = {row["Model"].partition(":")[0]: (row["Status"], row["Error"]) for row in rows if row["Status"] != "NOT_RUN"}
    assert told["whisperx"][0] == "ERROR"
    assert "has no model.bin" in told["whisperx"][1]
    assert told["pocketsphinx"][0] == "OK"
