"""NIST's scoring toolkit as an oracle: running sclite and sc_stats, and reading their files.

Debian and Ubuntu have it (`apt install sctk`); elsewhere ASRBENCH_SCTK names the folder of its programs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

Words = tuple[str, ...]
RESULT = re.compile(
    r"MTCH_PR_RESULTS \(systems: (\S+) (\S+)\) \(# segs: (\d+)\)"
    r".*\(mean: +(\S+)\) \(std dev: +(\S+)\) \(Z Stat: +(\S+)\)"
)


@dataclass(frozen=True)
class Printed:
    """What sc_stats prints of one matched-pairs test; figures have three decimals."""

    first: str
    second: str
    segments: int
    mean: float
    deviation: float
    statistic: float


def program(name: str) -> str:
    """The path of one of its programs; skips the test where it is not installed."""
    folders = os.pathsep.join([os.environ.get("ASRBENCH_SCTK", ""), "/usr/lib/sctk/bin", os.environ.get("PATH", "")])
    found = shutil.which(name, path=folders)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian, Ubuntu: apt install sctk)")
    return found


def sclite(reference: Path, transcript: Path, *options: str, title: str = "system") -> str:
    """Align two `trn` files; returns sclite's alignments."""
    command = [program("sclite"), "-r", str(reference), "trn", "-h", str(transcript), "trn", title, *options]
    command += ["-o", "sgml", "stdout", "-f", "0"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True, cwd=reference.parent)
    return done.stdout.decode("utf-8", "replace")


def sc_stats(alignments: str, folder: Path) -> list[Printed]:
    """The matched-pairs tests of all pairs of systems."""
    command = [program("sc_stats"), "-p", "-t", "mapsswe", "-v", "-n", "out", "-O", str(folder)]
    subprocess.run(command, input=alignments.encode(), capture_output=True, timeout=60, check=True, cwd=folder)
    text = (folder / "out.stats.mapsswe").read_text("utf-8", errors="replace")
    return [
        Printed(first, second, int(segments), float(mean), float(deviation), float(statistic))
        for first, second, segments, mean, deviation, statistic in RESULT.findall(text)
    ]


def operations(alignments: str) -> dict[str, str]:
    """The letters C, S, D, I of each utterance in sclite's alignments of one system."""
    found: dict[str, str] = {}
    name = ""
    for line in alignments.splitlines():
        if opened := re.match(r'<PATH id="\((.*?)\)"', line):
            name = opened[1]
            found[name] = ""
        elif re.match(r"[CSDI],", line):
            found[name] = "".join(re.findall(r'(?:^|(?<=[",]):)([CSDI]),', line))
    return found


def write(path: Path, texts: Sequence[str]) -> Path:
    """Write a `trn` file: one text a line, then its name."""
    path.write_text("".join(f"{text} (s_{number})\n" for number, text in enumerate(texts)), "utf-8")
    return path


def read(path: Path) -> Mapping[str, list[Words]]:
    """All readings of each utterance of a `trn` file, in lower case: of `{ a / b c / @ }` three, the last one empty."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith(";;"):
            text, _, name = line.rstrip().rstrip(")").rpartition("(")
            plain = re.sub(r"(?<!\\);\S*?(?=[\s}]|$)", "", text.lower())  # without `;tags`, which sclite does not align
            found[name.lower()] = _readings(re.sub(r"([{}/])", r" \1 ", plain).split())[0]
    return found


def _readings(tokens: list[str], start: int = 0) -> tuple[list[Words], int]:
    """The readings of what stands from `start` to the brace that closes it, and where to go on."""
    done: list[Words] = []
    open_ones: list[Words] = [()]
    place = start
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if token == "{":
            inner, place = _readings(tokens, place)
            open_ones = [one + more for one in open_ones for more in inner]
        elif token == "/":
            done, open_ones = done + open_ones, [()]
        elif token == "}":
            break
        elif token != "@":
            open_ones = [(*one, token) for one in open_ones]
    return done + open_ones, place
