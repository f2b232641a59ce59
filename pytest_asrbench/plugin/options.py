"""The options, on the command line and in configuration files. The table below is all there is to an option."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.machine.devices import KINDS
from pytest_asrbench.metrics.units import FRACTION
from pytest_asrbench.support import languages, sizes
from pytest_asrbench.support.checks import is_rate

IniType = Literal["string", "linelist", "bool", "int", "float"]


@dataclass(frozen=True, slots=True)
class Option:
    """An option: `name` is "asr_models" for `--asr-models`. ini None: on the command line alone.

    many: it can be repeated; its values are lists with commas, unless they are `paths`.
    """

    name: str
    help: str
    metavar: str = ""
    ini: IniType | None = "string"
    many: bool = False
    paths: bool = False
    flag: bool = False
    read: Callable[[str], Any] = str

    @property
    def switch(self) -> str:
        """The option as it is written on the command line."""
        return "--" + self.name.replace("_", "-")


def _count(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise UsageError(f"{text!r} is no whole number of at least {least}")
        return int(text)

    return read


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not value > 0:
        raise UsageError(f"{text!r} is no number of seconds above 0")
    return value


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not is_rate(value):
        raise UsageError(f"{text!r} is no number of at least 0")
    return value


def _device(text: str) -> str:
    kind, colon, index = text.partition(":")
    if text == "auto" or (kind in KINDS and (not colon or index.isdecimal())):
        return text
    if kind in KINDS:
        raise UsageError(f"{text!r} is no device: write {kind}, or {kind}:0 with the number of the device")
    raise UsageError(f"unknown device {text!r}; known are auto, {', '.join(KINDS)}, with an index if wanted")


def _language(text: str) -> str:
    return languages.resolve(text) or languages.AUTO


def _one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise UsageError(f"{text!r} is neither {' nor '.join(known)}")
        return text

    return read


OPTIONS = (
    Option(
        "asr_models",
        "models to benchmark: catalogue names, project models, adapter:path, or transcripts:FILE",
        "SPEC,...",
        "linelist",
        many=True,
    ),
    Option(
        "asr_corpus",
        "a bundled corpus, a folder of x.wav + x.txt, or a manifest (JSON); repeatable (default: quickstart)",
        "NAME|PATH",
        "linelist",
        many=True,
        paths=True,
    ),
    Option(
        "asr_task",
        "what models are asked for: transcribe (default), a task of the project's or of a package, or a TOML file",
        "NAME|FILE,...",
        "linelist",
        many=True,
    ),
    Option(
        "asr_scenario",
        "how the work arrives: single-stream (default), one clip at a time; server, requests at a rate; or both",
        "NAME,...",
        "linelist",
        many=True,
    ),
    Option(
        "asr_rate",
        "requests a second in the scenario server, each rate in a run of its own: 2,4,8",
        "N,...",
        "linelist",
        many=True,
    ),
    Option(
        "asr_concurrency",
        "clients in the scenario server, each of whom sends a request when the last one is answered: 1,4,16",
        "N,...",
        "linelist",
        many=True,
    ),
    Option(
        "asr_requests",
        "requests at each rate, at least; each snippet is asked for at least once (default: 100)",
        "N",
        read=_count(1),
    ),
    Option("asr_seed", "of the drawn arrivals and of the order of the snippets (default: 0)", "N", read=_count(0)),
    Option(
        "asr_device",
        "auto, or a device that must be used: cuda:0, rocm:0, directml:0, mps, xpu:0, cpu",
        "DEVICE",
        read=_device,
    ),
    Option("asr_dtype", "auto (the model's own), float32, bfloat16, float16 ...", "DTYPE"),
    Option(
        "asr_limit",
        "limit of a metric, of a corpus or of each snippet: 'wer<=5%%', 'cer<=3%%', 'rtf<=0.5', 'snippet:wer<=30%%'; "
        "repeatable",
        "LIMIT,...",
        "linelist",
        many=True,
    ),
    # Short forms of the limits that are asked for most; `asr_limit` is for any metric. To read them off the metrics,
    # every pytest session of every project would have to import these.
    Option("asr_max_wer", "limit of the corpus WER: 0.1 or 10%%", "RATE", read=FRACTION.read),
    Option("asr_max_cer", "limit of the corpus CER, for scripts without blanks above all", "RATE", read=FRACTION.read),
    Option("asr_max_rtf", "limit of the corpus RTF", "RTF", read=_number),
    Option("asr_max_ram_mb", "limit of the peak RAM of the model's process, in MB of 2**20 bytes", "MB", read=_number),
    Option("asr_max_vram_mb", "limit of the peak device memory, in MB of 2**20 bytes", "MB", read=_number),
    Option(
        "asr_vram_budget",
        "device memory that each model may take: what cannot fit by its weights is skipped, what takes more fails",
        "12GB|12GiB",
        read=sizes.read,
    ),
    Option("asr_snippet_max_wer", "limit of each snippet's WER: 0.5 or 50%%", "RATE", read=FRACTION.read),
    Option(
        "asr_compare_fail",
        "limits against the run that --benchmark-compare names (the last saved one by default), of any metric: "
        "wer:0.5pp, cer:0.5pp, wer:significant, transcripts:changed, rtf:10%%",
        "LIMIT,...",
        "linelist",
        many=True,
    ),
    Option(
        "asr_baseline",
        "the run that these limits are against: the file of a saved run, a results.json or its folder, the name of a "
        "run in the report folder, or latest",
        "FILE|RUN",
    ),
    Option("asr_rounds", "timed transcriptions of each snippet (default: 1)", "N", read=_count(1)),
    Option(
        "asr_repeats",
        "decode each snippet N times, all of them timed, and tell which transcripts change (default: 1)",
        "N",
        read=_count(1),
    ),
    Option(
        "asr_sweeps",
        "further timed rounds over each corpus when its cases are through, one snippet after the other (default: 0)",
        "N",
        read=_count(0),
    ),
    Option(
        "asr_speed_budget",
        "seconds that a speed gate may take for further rounds over a corpus before it judges (default: 60, or up to "
        "600 where the first rounds show that these are needed)",
        "S",
        read=_seconds,
    ),
    Option(
        "asr_ab",
        "measure two models in turn, snippet by snippet, and say whether B is slower than A",
        "MODEL_A,MODEL_B",
        "linelist",
        many=True,
    ),
    Option("asr_warmup", "untimed transcriptions after loading a model (default: 1)", "N", read=_count(0)),
    Option(
        "asr_timeout", "seconds for one transcription, then its process is killed (default: 600)", "S", read=_seconds
    ),
    Option("asr_load_timeout", "seconds for loading a model (default: 1800)", "S", read=_seconds),
    Option(
        "asr_language",
        "language of the recordings, told to model and normaliser: a code or name, or auto: the model is to find out",
        "CODE",
        read=_language,
    ),
    Option(
        "asr_normalizer",
        "whisper, leaderboard, verbatim, none, or a project's own (default: the corpus's, or whisper)",
        "NAME",
    ),
    Option(
        "asr_isolation",
        "process, or none: the model in pytest's own process, for debugging only",
        "process|none",
        read=_one_of("process", "none"),
    ),
    Option("asr_engine", "who measures: local, or one that is installed (default: local)", "NAME"),
    Option("asr_report_dir", "folder of results.csv, results.json, journal and logs (default: reports)", "DIR"),
    Option(
        "asr_report_audio",
        "embed (default), or none: the recordings in report.html",
        "embed|none",
        read=_one_of("embed", "none"),
    ),
    Option("asr_resume", "continue the interrupted run whose journal is in the report folder", ini=None, flag=True),
    Option("asr_download", "download the weights that are not on this machine, before anything is measured", flag=True),
    Option(
        "asr_offline",
        "download nothing, and tell the hub libraries in the models' processes to stay off the network",
        flag=True,
    ),
    Option(
        "asr_trust_remote_code",
        "let MODEL run the code of its repository at COMMIT, its full hash; repeatable",
        "MODEL@COMMIT",
        None,
        many=True,
    ),
    Option("asr_interpreters", "Python for a model or adapter; repeatable", "NAME=PATH", "linelist", many=True),
    Option(
        "asr_audio_roots",
        "folder outside its own to which a manifest may point",
        "DIR",
        "linelist",
        many=True,
        paths=True,
    ),
)
BY_NAME = {option.name: option for option in OPTIONS}


def add_options(parser: pytest.Parser) -> None:
    """Declare the options to pytest, on the command line and in its configuration files."""
    group = parser.getgroup("asrbench", "speech recognition benchmarks")
    for option in OPTIONS:
        if option.flag:
            group.addoption(option.switch, action="store_true", default=False, help=option.help)
        else:
            action = "append" if option.many else "store"
            group.addoption(option.switch, action=action, metavar=option.metavar, help=option.help)
        if option.ini is not None:
            ini_type: IniType = "bool" if option.flag else option.ini
            parser.addini(option.name, option.help.replace("%%", "%"), type=ini_type, default=None)
