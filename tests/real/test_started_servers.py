"""Real servers that a session starts itself: llama.cpp with a language model, faster-whisper-server with Whisper."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.checkpoints.common import ROOT
from tests.checkpoints.real import language_model, whisper
from tests.real.llama import Llama

pytest.importorskip("httpx2")
PROMPT = "Remove the fillers from this text and write nothing else."
HEARD = {"cards-005": "um six of uh clubs", "go-forward": "go uh go forward ten meters"}
MIB = 2**20


def session(folder: Path, table: str, *arguments: str) -> dict[str, Mapping[str, Any]]:
    """Run a session with the models of `table`; return its outcomes by snippet."""
    (folder / "asrbench.toml").write_text(table, "utf-8")
    chosen = ["-k", " or ".join(HEARD), f"--asr-corpus={ROOT / 'corpora' / 'quickstart'}"]
    plain = ["-p", "no:cacheprovider", "--benchmark-quiet"]
    command = [sys.executable, "-m", "pytest", *plain, *chosen, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-4000:]
    outcomes = json.loads((folder / "reports" / "results.json").read_text("utf-8"))["outcomes"]
    return {one["snippet"]: one for one in outcomes}


def nobody_is_left(word: str) -> bool:
    lines = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
    return not [line for line in lines if word in line]


def test_llama_cpp_says_what_it_says_without_us(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = language_model("smollm2")
    library = Llama(path)
    try:
        direct = {name: library.chat(f"{PROMPT}\n\n{text}", 40) for name, text in HEARD.items()}
    finally:
        library.close()
    lines = "".join(f"{name},{text}\n" for name, text in HEARD.items())
    (tmp_path / "heard.csv").write_text(f"id,text\n{lines}", "utf-8")
    (tmp_path / "clean.toml").write_text(f"prompt = {json.dumps(PROMPT)}\ndecoding.max_new_tokens = 40\n", "utf-8")
    table = f"""
[models.writer]
adapter = "openai-chat"
source = {json.dumps(str(path))}
options.body = {{ cache_prompt = false }}

[models.writer.server]
command = ["{{python}}", "-m", "tests.real.llama", "{{source}}", "{{port}}"]
ready_url = "http://127.0.0.1:{{port}}/health"
env = {{ PYTHONPATH = {json.dumps(str(ROOT))} }}
device = "cpu"
"""
    found = session(tmp_path, table, "--asr-models=transcripts:./heard.csv+writer", "--asr-task=./clean.toml")
    assert {name: one["transcript"] for name, one in found.items()} == direct
    assert len(set(direct.values())) == len(HEARD)
    for one in found.values():
        assert (one["device"], one["timing"]) == ("cpu", "client-wall-1")
        assert path.stat().st_size < one["peak_ram"] < path.stat().st_size + 1_500 * MIB
        assert one["load_seconds"] > 0
        print(f"{one['peak_ram'] / MIB:.0f} MiB, loaded in {one['load_seconds']:.2f} s")
    assert nobody_is_left("tests.real.llama")


def test_faster_whisper_server_says_what_faster_whisper_says(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper_server")
    folder = whisper("base", "ct2")
    table = f"""
[models.served]
adapter = "openai"
source = {json.dumps(str(folder))}
options = {{ model = "base", fields = {{ model = "model_name" }} }}

[models.served.server]
command = "{{python}} -m faster_whisper_server {{source}} --host 127.0.0.1 --port {{port}}"
ready_url = "http://127.0.0.1:{{port}}/health"
env = {{ OMP_NUM_THREADS = "1" }}
device = "cpu"
"""
    served = session(tmp_path, table, "--asr-models=served", "--asr-language=auto")
    alone = session(tmp_path, table, f"--asr-models=faster-whisper:{folder}[beam_size=5]", "--asr-language=auto")
    assert {name: one["transcript"] for name, one in served.items()} == {
        name: one["transcript"] for name, one in alone.items()
    }
    for name, one in served.items():
        assert one["peak_ram"] > 0.5 * alone[name]["peak_ram"]
        print(f"{one['peak_ram'] / MIB:.0f} MiB served, {alone[name]['peak_ram'] / MIB:.0f} MiB in process")
    assert nobody_is_left("faster_whisper_server")
