"""Command line and ini options -> one frozen, validated Settings. The table below is all there is to an option."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from pytest_asrbench import configuration, languages
from pytest_asrbench.checks import is_rate
from pytest_asrbench.devices import KINDS
from pytest_asrbench.errors import UsageError
from pytest_asrbench.registry import split
from pytest_asrbench.verdict import LIMITS, Tolerances, parse_fraction, parse_tolerances

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
        "models to benchmark: catalogue names, project models, or adapter:path",
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
        "asr_device",
        "auto, or a device that must be used: cuda:0, rocm:0, directml:0, mps, xpu:0, cpu",
        "DEVICE",
        read=_device,
    ),
    Option("asr_dtype", "auto (the model's own), float32, bfloat16, float16 ...", "DTYPE"),
    Option("asr_max_wer", "limit of the corpus WER: 0.1 or 10%%", "RATE", read=parse_fraction),
    Option("asr_max_cer", "limit of the corpus CER, for scripts without blanks above all", "RATE", read=parse_fraction),
    Option("asr_max_rtf", "limit of the corpus RTF", "RTF", read=_number),
    Option("asr_max_ram_mb", "limit of the peak RAM of the model's process, in MB of 2**20 bytes", "MB", read=_number),
    Option("asr_max_vram_mb", "limit of the peak device memory, in MB of 2**20 bytes", "MB", read=_number),
    Option("asr_snippet_max_wer", "limit of each snippet's WER: 0.5 or 50%%", "RATE", read=parse_fraction),
    Option(
        "asr_compare_fail",
        "limits against the run that --benchmark-compare names (the last saved one by default): wer:0.5pp, cer:0.5pp, "
        "wer:significant, transcripts:changed, rtf:10%%",
        "LIMIT,...",
        "linelist",
        many=True,
    ),
    Option(
        "asr_baseline",
        "the run that these limits are against: a saved run of pytest-benchmark, or a results.json or its folder",
        "FILE",
    ),
    Option("asr_rounds", "timed transcriptions of each snippet (default: 1)", "N", read=_count(1)),
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
    Option("asr_normalizer", "whisper, verbatim, none, or a project's own (default: the corpus's, or whisper)", "NAME"),
    Option(
        "asr_isolation",
        "process, or none: the model in pytest's own process, for debugging only",
        "process|none",
        read=_one_of("process", "none"),
    ),
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
        "let MODEL run the code of its repository at REVISION; repeatable",
        "MODEL@REVISION",
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
_PLAIN = (
    *("device", "dtype", "rounds", "sweeps", "speed_budget", "warmup", "timeout", "load_timeout", "normalizer"),
    *("isolation", "report_audio"),
)
_BY_NAME = {option.name: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the user asked for, checked. Limits and languages are kept by layer: command line, ini."""

    models: tuple[str, ...]
    corpora: tuple[str, ...] = ("quickstart",)
    device: str = "auto"
    dtype: str = "auto"
    command_line_limits: Mapping[str, float | None] = field(default_factory=dict)
    ini_limits: Mapping[str, float | None] = field(default_factory=dict)
    tolerances: Tolerances | None = None
    baseline: Path | None = None
    rounds: int = 1
    sweeps: int = 0
    speed_budget: float | None = None
    ab: tuple[str, ...] = ()
    warmup: int = 1
    timeout: float = 600.0
    load_timeout: float = 1_800.0
    language: str | None = None
    usual_language: str | None = None
    normalizer: str | None = None
    isolation: str = "process"
    report_dir: Path = Path("reports")
    report_audio: str = "embed"
    resume: bool = False
    download: bool = False
    offline: bool = False
    trusted: Mapping[str, str] = field(default_factory=dict)
    interpreters: Mapping[str, str] = field(default_factory=dict)
    audio_roots: tuple[Path, ...] = ()


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


def read_settings(config: pytest.Config) -> Settings | None:
    """Return the settings of this session, or None if no model is asked for. Raises UsageError."""
    pair = _pair(config)
    models = tuple(dict.fromkeys([*_list(config, "asr_models"), *pair]))
    if not models:
        _check_needless(config)
        return None
    given = {name.removeprefix("asr_"): value for name in _BY_NAME if (value := _value(config, name)) is not None}
    settings: dict[str, Any] = {name: given[name] for name in _PLAIN if name in given}
    if "report_dir" in given:
        settings["report_dir"] = Path(given["report_dir"])
    return Settings(
        models=models,
        ab=pair,
        corpora=tuple(dict.fromkeys(_list(config, "asr_corpus"))) or ("quickstart",),
        command_line_limits={name: _command_line(config, f"asr_{name}") for name in LIMITS},
        ini_limits={name: _ini(config, f"asr_{name}") for name in LIMITS},
        tolerances=_tolerances(config),
        language=_command_line(config, "asr_language"),
        usual_language=_ini(config, "asr_language"),
        baseline=_baseline(config),
        resume=_flag(config, "asr_resume"),
        download=_flag(config, "asr_download"),
        offline=_flag(config, "asr_offline"),
        trusted=_pairs("--asr-trust-remote-code", _list(config, "asr_trust_remote_code"), "@", "MODEL@REVISION"),
        interpreters=_pairs("asr_interpreters", _list(config, "asr_interpreters"), "=", "NAME=PATH"),
        audio_roots=tuple(config.rootpath / root for root in _list(config, "asr_audio_roots")),
        **settings,
    )


def as_written(setting: str) -> str:
    """How a user writes what a field of Settings holds: "--asr-rounds", or the key of a configuration file."""
    return "asr_language" if setting == "usual_language" else _BY_NAME[f"asr_{setting}"].switch


def in_command(config: pytest.Config, *names: str) -> bool:
    """Whether this very command gives one of these options, rather than a configuration that all sessions read."""
    return not {_BY_NAME[name].switch for name in names}.isdisjoint(_command(config))


def way_out(config: pytest.Config) -> str:
    """How to run a project's other tests where the models stand in its ini file and cannot be set up; "" elsewhere."""
    configured = config.getini("asr_models") and not config.getoption("asr_models")
    return "\nWithout models, the project's other tests run: -o asr_models=" if configured else ""


def _command(config: pytest.Config) -> list[str]:
    """The options of this very command that are ours, as they are written."""
    given = (str(argument).partition("=")[0] for argument in config.invocation_params.args)
    return [switch for switch in given if switch in {option.switch for option in OPTIONS}]


def _check_needless(config: pytest.Config) -> None:
    given = _command(config)
    if given:
        raise UsageError(
            f"{given[0]} was given, but no models: name some with --asr-models; `asrbench models` lists the catalogue"
        )


def check_unknown(arguments: list[str]) -> None:
    """Name the option that was meant where pytest would say "unrecognized arguments"; raises UsageError."""
    known = [option.switch for option in OPTIONS]
    for argument in arguments:
        switch = argument.partition("=")[0]
        if switch.startswith("--asr-") and switch not in known:
            close = difflib.get_close_matches(switch, known, 1)
            raise UsageError(
                f"unknown option {switch}; " + (f"did you mean {close[0]}?" if close else "see pytest --help")
            )


def check_configuration(config: pytest.Config) -> None:
    """Name the option that was meant by a misspelt one in pytest's configuration file; raises UsageError.

    pytest itself warns, and a project whose models are misspelt would measure nothing and pass.
    """
    known = [option.name for option in OPTIONS if option.ini is not None]
    for name in configuration.option_names(config.inipath) if config.inipath is not None else ():
        if name in _BY_NAME and _BY_NAME[name].ini is None:
            raise UsageError(f"{config.inipath}: {name} counts on the command line alone: {_BY_NAME[name].switch}")
        close = difflib.get_close_matches(name.replace("-", "_"), known, 1, cutoff=0.8)
        if name.startswith("asr") and name not in known and close:
            raise UsageError(f"{config.inipath}: unknown option {name}; did you mean {close[0]}?")


def check_surroundings(config: pytest.Config) -> None:
    """Refuse plugins that make the measurement impossible; raises UsageError."""
    if not config.pluginmanager.hasplugin("benchmark"):
        raise UsageError("the speech recognition cases are recorded by pytest-benchmark: leave out -p no:benchmark")
    distributed = any(config.getoption(name, None) for name in ("numprocesses", "tx", "looponfail"))
    # A session that a worker's test starts inherits the worker's environment, but is none of the workers.
    if hasattr(config, "workerinput") or distributed or config.getoption("dist", "no") != "no":
        raise UsageError(
            "models are measured one at a time, and workers in parallel would slow one another down: "
            "run without pytest-xdist's -n, --dist and --tx (-p no:xdist leaves it out)"
        )


def _tolerances(config: pytest.Config) -> Tolerances | None:
    given = config.getoption("asr_compare_fail")
    texts = _list(config, "asr_compare_fail")
    return parse_tolerances(texts, "--asr-compare-fail" if given else "ini asr_compare_fail") if texts else None


def _baseline(config: pytest.Config) -> Path | None:
    """Relative to where the option stands: the current folder, or that of the configuration file."""
    given, configured = _command_line(config, "asr_baseline"), _ini(config, "asr_baseline")
    folder = config.invocation_params.dir if given else config.rootpath
    return Path(folder, given or configured) if given or configured else None


def _pair(config: pytest.Config) -> tuple[str, ...]:
    models = tuple(dict.fromkeys(_list(config, "asr_ab")))
    if models and len(models) != 2:
        raise UsageError(f"--asr-ab compares two models, and {', '.join(models)} are {len(models)}: name two different")
    return models


def _list(config: pytest.Config, name: str) -> list[str]:
    option = _BY_NAME[name]
    given = config.getoption(name) or (config.getini(name) if option.ini else None) or []
    # A path may hold commas and brackets; lists of anything else may be written with commas.
    return [part for text in given for part in ([text] if option.paths else split(text))]


def _flag(config: pytest.Config, name: str) -> bool:
    try:
        return bool(config.getoption(name) or (config.getini(name) if _BY_NAME[name].ini else False))
    except (ValueError, pytest.UsageError) as error:  # pytest's own, which names no option
        raise UsageError(f"ini {name}: {error}; write true or false") from None


def _value(config: pytest.Config, name: str) -> Any:
    if _BY_NAME[name].many or _BY_NAME[name].flag:
        return None
    value = _command_line(config, name)
    return value if value is not None else _ini(config, name)


def _command_line(config: pytest.Config, name: str) -> Any:
    option = _BY_NAME[name]
    return _read(option, option.switch, config.getoption(name))


def _ini(config: pytest.Config, name: str) -> Any:
    option = _BY_NAME[name]
    return _read(option, f"ini {name}", config.getini(name)) if option.ini else None


def _read(option: Option, origin: str, text: str | None) -> Any:
    if text is None or text == "":
        return None
    try:
        return option.read(text)
    except UsageError as error:
        raise UsageError(f"{origin}: {error}") from None


def _pairs(origin: str, texts: list[str], separator: str, form: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        # A model's own name may hold an @ or =; what follows the last one is never empty.
        name, found, value = text.rpartition(separator)
        if not found or not name.strip() or not value.strip():
            raise UsageError(f"{origin}: {text!r} is not of the form {form}")
        pairs[name.strip()] = value.strip()
    return pairs
