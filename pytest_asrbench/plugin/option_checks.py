"""Options that cannot be what was meant: misspelt, in the wrong place, or beside what makes measuring impossible."""

from __future__ import annotations

import difflib

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.plugin.options import BY_NAME, OPTIONS
from pytest_asrbench.support import configuration


def in_command(config: pytest.Config, *names: str) -> bool:
    """Whether this very command gives one of these options, rather than a configuration that all sessions read."""
    return not {BY_NAME[name].switch for name in names}.isdisjoint(_command(config))


def way_out(config: pytest.Config) -> str:
    """How to run a project's other tests where the models stand in its ini file and cannot be set up; "" elsewhere."""
    configured = config.getini("asr_models") and not config.getoption("asr_models")
    return "\nWithout models, the project's other tests run: -o asr_models=" if configured else ""


def _command(config: pytest.Config) -> list[str]:
    """The options of this very command that are ours, as they are written."""
    given = (str(argument).partition("=")[0] for argument in config.invocation_params.args)
    return [switch for switch in given if switch in {option.switch for option in OPTIONS}]


def check_needless(config: pytest.Config) -> None:
    """Refuse options of ours in a command that names no models; raises UsageError."""
    given = _command(config)
    if given:
        raise UsageError(
            f"{given[0]} was given, but no models: name some with --asr-models; `pytest-asrbench models` lists them"
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
        if name in BY_NAME and BY_NAME[name].ini is None:
            raise UsageError(f"{config.inipath}: {name} counts on the command line alone: {BY_NAME[name].switch}")
        close = difflib.get_close_matches(name.replace("-", "_"), known, 1, cutoff=0.8)
        if name.startswith("asr") and name not in known and close:
            raise UsageError(f"{config.inipath}: unknown option {name}; did you mean {close[0]}?")


def check_shared_machine(engine: str, *, ab: bool, sweeps: bool, gated: bool) -> None:
    """Refuse to judge speed where an engine measures several models side by side; raises UsageError."""
    asked = {"--asr-ab": ab, "--asr-sweeps": sweeps, "the limit rtf of --asr-compare-fail": gated}
    for what in (name for name, given in asked.items() if given):
        raise UsageError(
            f"{what} judges speed, and --asr-engine={engine} measures models side by side, which slows them down: "
            "leave it out, or measure with --asr-engine=local"
        )


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
