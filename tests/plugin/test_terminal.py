"""What a person sees: progress on a terminal, none of it in a pipe, figures in the summary."""

from __future__ import annotations

import re
import sys

import pytest

from tests.bench import Bench, text

pexpect = pytest.importorskip("pexpect", reason="drives a terminal")


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX systems")
def test_a_terminal_shows_model_case_rtf_and_eta_below_pytests_dots(bench: Bench) -> None:
    spec = bench.script(seconds=1.2, load_seconds=1.2)
    command = f"-m pytest --asr-models={spec} --asr-corpus=./clips --benchmark-quiet -p no:cacheprovider"
    terminal = pexpect.spawn(sys.executable, command.split(), cwd=str(bench.path), dimensions=(24, 90), timeout=60)
    screen = re.sub(r"\x1b\]9;4;[^\x1b]*\x1b\\", "", terminal.read().decode())  # progress for the window
    assert re.search(r"case 1 of 3  loading", screen)
    assert re.search(r"case 2 of 3  clips/c1  RTF \d+\.\d+  ETA \d+:\d\d", screen)
    assert re.search(r"clips/c2  \d+ s", screen), "the line moves on while the model computes"
    dots = re.sub(r"\r?\n\r\x1b\[K[^\x1b]*\x1b\[1A\r(\x1b\[\d+C)?", "", screen)
    assert re.search(r"asrbench (\x1b\[32m)?\.(\x1b\[0m)?(\x1b\[32m)?\.", dots), "pytest's own line stays whole"


def test_a_pipe_gets_no_progress_line_and_no_escape(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}")
    assert "\x1b" not in text(result)
    assert "case 1 of" not in text(result)


def test_the_header_says_what_is_measured_and_how(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}", "--asr-rounds=2")
    result.stdout.re_match_lines(
        [r"asrbench \d.*: 1 model × 3 snippets \(clips\), device auto, 2 rounds, normalizer whisper-[\w.]+-[0-9a-f]{8}"]
    )


def test_the_summary_shows_totals_with_counts(bench: Bench) -> None:
    spec = bench.script(clips={0: {"text": "this was clip 0 here extra"}, 1: {"fault": "raise"}})
    result = bench.run(f"--asr-models={spec}")
    assert re.search(rf"{spec}\s+clips\s+50.00 %\s+1\+7\+1 / 18\s+\d+\.\d\d %\s+[\d.e-]+\s.*2 of 3", text(result))
    assert "1 of 3 failed, their 6 words count as deleted (WER of the 2 measured: 25.00 %)" in text(result)
    assert "RTF = compute seconds / audio seconds" in text(result)


def test_verbose_mode_shows_each_cases_figures(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}", "-v")
    assert re.search(r"test_snippet\[.*c1\] PASSED WER 0.0% RTF \d+\.\d+", text(result))


def test_transcripts_that_change_from_call_to_call_are_pointed_out(bench: Bench) -> None:
    (bench.path / "moody.py").write_text(
        """
from pytest_asrbench.adapter import AdapterInfo, Loaded, Transcript

class Moody:
    info = AdapterInfo(runtime="moody")
    def __init__(self, source, options): self.calls = 0
    def load(self, device, dtype): return Loaded(device)
    def close(self): pass
    def transcribe(self, batch, decoding):
        self.calls += 1
        return [Transcript(f"take {self.calls}") for _ in batch]
"""
    )
    (bench.path / "asrbench.toml").write_text('[models.moody]\nadapter = "moody:Moody"\n')
    result = bench.run("--asr-models=moody", "--asr-rounds=2")
    assert "3 snippets got different transcripts from call to call" in text(result)
