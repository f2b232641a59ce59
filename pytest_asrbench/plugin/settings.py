"""Command line and ini options -> one frozen, validated Settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.engine.load import Load
from pytest_asrbench.errors import UsageError
from pytest_asrbench.gates import limits, rules
from pytest_asrbench.gates.limits import Limit
from pytest_asrbench.gates.rules import Rules
from pytest_asrbench.models.registry import split
from pytest_asrbench.plugin import loads
from pytest_asrbench.plugin.option_checks import check_needless
from pytest_asrbench.plugin.options import BY_NAME, Option
from pytest_asrbench.records import SCENARIO, TASK

_PLAIN = (
    *("device", "dtype", "rounds", "repeats", "sweeps", "speed_budget", "warmup", "timeout", "load_timeout"),
    *("normalizer", "isolation", "engine", "report_audio", "vram_budget"),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A run that the user named: a path from `folder`, or the name of one of our runs."""

    given: str
    folder: Path

    @property
    def path(self) -> Path:
        """Where it is, if it is a file or folder."""
        return self.folder / self.given


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the user asked for, checked. Limits and languages are kept by layer: command line, ini.

    loads: those of the scenario `server`, None for single clips. vram_budget: bytes.
    """

    models: tuple[str, ...]
    loads: tuple[Load | None, ...] = (None,)
    corpora: tuple[str, ...] = ("quickstart",)
    tasks: tuple[str, ...] = (TASK,)
    device: str = "auto"
    dtype: str = "auto"
    command_line_limits: tuple[Limit, ...] = ()
    ini_limits: tuple[Limit, ...] = ()
    vram_budget: int | None = None
    rules: Rules | None = None
    baseline: Named | None = None
    rounds: int = 1
    repeats: int = 1
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
    engine: str = "local"
    report_dir: Path = Path("reports")
    report_audio: str = "embed"
    resume: bool = False
    download: bool = False
    offline: bool = False
    trusted: Mapping[str, str] = field(default_factory=dict)
    interpreters: Mapping[str, str] = field(default_factory=dict)
    audio_roots: tuple[Path, ...] = ()


def read_settings(config: pytest.Config) -> Settings | None:
    """Return the settings of this session, or None if no model is asked for. Raises UsageError."""
    pair = _pair(config)
    models = tuple(dict.fromkeys([*_list(config, "asr_models"), *pair]))
    if not models:
        check_needless(config)
        return None
    given = {name.removeprefix("asr_"): value for name in BY_NAME if (value := _value(config, name)) is not None}
    settings: dict[str, Any] = {name: given[name] for name in _PLAIN if name in given}
    if "report_dir" in given:
        settings["report_dir"] = Path(given["report_dir"])
    return Settings(
        models=models,
        loads=loads.loads(
            tuple(dict.fromkeys(_list(config, "asr_scenario"))) or (SCENARIO,),
            _list(config, "asr_rate"),
            _list(config, "asr_concurrency"),
            given.get("requests"),
            given.get("seed"),
        ),
        ab=pair,
        corpora=tuple(dict.fromkeys(_list(config, "asr_corpus"))) or ("quickstart",),
        tasks=tuple(dict.fromkeys(_list(config, "asr_task"))) or (TASK,),
        command_line_limits=_limits(config.getoption("asr_limit"), partial(_command_line, config), "--asr-"),
        ini_limits=_limits(config.getini("asr_limit"), partial(_ini, config), "ini asr_"),
        rules=_rules(config),
        language=_command_line(config, "asr_language"),
        usual_language=_ini(config, "asr_language"),
        baseline=_baseline(config),
        resume=_flag(config, "asr_resume"),
        download=_flag(config, "asr_download"),
        offline=_flag(config, "asr_offline"),
        trusted=_pairs("--asr-trust-remote-code", _list(config, "asr_trust_remote_code"), "@", "MODEL@COMMIT"),
        interpreters=_pairs("asr_interpreters", _list(config, "asr_interpreters"), "=", "NAME=PATH"),
        audio_roots=tuple(config.rootpath / root for root in _list(config, "asr_audio_roots")),
        **settings,
    )


def as_written(setting: str) -> str:
    """How a user writes what a field of Settings holds: "--asr-rounds", or the key of a configuration file."""
    return "asr_language" if setting == "usual_language" else BY_NAME[f"asr_{setting}"].switch


def _limits(written: list[str] | None, short: Callable[[str], Any], prefix: str) -> tuple[Limit, ...]:
    """The limits of one layer: as they are written, and the short forms."""
    found = [limits.parse(one, f"{prefix}limit") for text in written or () for one in split(text)]
    for name in limits.SHORT:
        if (value := short(f"asr_{name}")) is not None:
            origin = prefix + (name.replace("_", "-") if prefix.startswith("--") else name)
            found.append(limits.named(name, value, origin))
    limits.applying([found])  # two of one figure are a mistake
    return tuple(found)


def _rules(config: pytest.Config) -> Rules | None:
    given = config.getoption("asr_compare_fail")
    texts = _list(config, "asr_compare_fail")
    return rules.parse(texts, "--asr-compare-fail" if given else "ini asr_compare_fail") if texts else None


def _baseline(config: pytest.Config) -> Named | None:
    """Relative to where the option stands: the current folder, or that of the configuration file."""
    given, configured = _command_line(config, "asr_baseline"), _ini(config, "asr_baseline")
    folder = config.invocation_params.dir if given else config.rootpath
    return Named(given or configured, folder) if given or configured else None


def _pair(config: pytest.Config) -> tuple[str, ...]:
    models = tuple(dict.fromkeys(_list(config, "asr_ab")))
    if models and len(models) != 2:
        raise UsageError(f"--asr-ab compares two models, and {', '.join(models)} are {len(models)}: name two different")
    return models


def _list(config: pytest.Config, name: str) -> list[str]:
    option = BY_NAME[name]
    given = config.getoption(name) or (config.getini(name) if option.ini else None) or []
    # A path may hold commas and brackets; lists of anything else may be written with commas.
    return [part for text in given for part in ([text] if option.paths else split(text))]


def _flag(config: pytest.Config, name: str) -> bool:
    try:
        return bool(config.getoption(name) or (config.getini(name) if BY_NAME[name].ini else False))
    except (ValueError, pytest.UsageError) as error:  # pytest's own, which names no option
        raise UsageError(f"ini {name}: {error}; write true or false") from None


def _value(config: pytest.Config, name: str) -> Any:
    if BY_NAME[name].many or BY_NAME[name].flag:
        return None
    value = _command_line(config, name)
    return value if value is not None else _ini(config, name)


def _command_line(config: pytest.Config, name: str) -> Any:
    option = BY_NAME[name]
    return _read(option, option.switch, config.getoption(name))


def _ini(config: pytest.Config, name: str) -> Any:
    option = BY_NAME[name]
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
