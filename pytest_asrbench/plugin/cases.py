"""Which cases there are: parametrization by plain strings, our own suite as a collected file, order by model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from pytest_asrbench.plugin import fixtures, measure, suite
from pytest_asrbench.plugin.items import parameters
from pytest_asrbench.plugin.option_checks import in_command
from pytest_asrbench.plugin.session import AsrSession
from pytest_asrbench.plugin.stash import active

NODE_ID = "asrbench"
_FIXTURES = frozenset(name for name in vars(fixtures) if name.startswith("asr_"))
_MEASURED = frozenset({"asr_outcome", "asr_totals"})
_SUITE = pytest.StashKey[bool]()
_SELECTED = pytest.StashKey[list[str]]()


class AsrSuite(pytest.Module):
    """Our own cases, under a node id that is the same wherever the plugin is installed."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """All cases, that of an A/B only if one is asked for."""
        asr = active(self.config)
        pair = asr is not None and asr.settings.ab
        return [item for item in super().collect() if pair or not item.name.startswith("test_ab[")]


def select(config: pytest.Config) -> None:
    """Decide whether our own cases run, and beside what.

    Models named in this very command, and no path: our cases alone. Models that stand in a configuration (an ini file,
    addopts, PYTEST_ADDOPTS) add our cases to the tests that pytest would run without them. With paths: what these
    name, and of our own cases those whose node ids are among them.
    """
    own = [argument for argument in config.args if argument.split("::")[0] == NODE_ID]
    config.stash[_SELECTED] = own
    paths_given = config.args_source is pytest.Config.ArgsSource.ARGS
    config.stash[_SUITE] = bool(own) or not paths_given
    if in_command(config, "asr_models", "asr_ab") and not paths_given:
        config.args[:] = []
    else:  # a project's own folder may have our name
        here = config.invocation_params.dir
        config.args[:] = [argument for argument in config.args if argument not in own or (here / argument).exists()]


def wanted(config: pytest.Config) -> bool:
    """Whether our own cases run in this session."""
    return config.stash.get(_SUITE, False)


def deselect(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of our own cases, leave only those whose node ids were given, if any were."""
    own = config.stash.get(_SELECTED, [])
    if not own or NODE_ID in own:
        return
    chosen = {item for item in items if _is_chosen(item, own)}
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = [item for item in items if item in chosen]


def _is_chosen(item: pytest.Item, own: list[str]) -> bool:
    nodeid = item.nodeid
    return not nodeid.startswith(f"{NODE_ID}::") or nodeid in own or nodeid.partition("[")[0] in own


def collect_suite(session: pytest.Session) -> pytest.Collector:
    """Return the collector of our own cases."""
    module: AsrSuite = AsrSuite.from_parent(session, path=Path(str(suite.__file__)), name=NODE_ID, nodeid=NODE_ID)
    module.obj = suite  # else pytest would import it by its path
    return module


def parametrize(metafunc: pytest.Metafunc, asr: AsrSession | None) -> None:
    """Give a test its models and snippets, if it wants any."""
    if "asr_outcome" in metafunc.fixturenames and "asr_model" not in metafunc.fixturenames:
        # As a parameter alone: for a fixture of the whole session, pytest would sort a project's tests by model.
        metafunc.fixturenames.append("asr_model")
    wanted = [name for name in ("asr_model", "asr_snippet", "asr_corpus", "asr_ab") if name in metafunc.fixturenames]
    if not wanted:
        return
    if asr is None:
        absent = pytest.param("", id="no-models", marks=pytest.mark.skip(reason="no --asr-models given"))
        metafunc.parametrize(wanted[0], [absent], indirect=True)
        return
    if "asr_ab" in wanted:
        sets = list(asr.plan.sets)
        metafunc.parametrize("asr_ab", sets, ids=[_pair_id(asr, name) for name in sets], indirect=True)
        return
    if "asr_model" in wanted:
        models = [pytest.param(model, marks=pytest.mark.asr) for model in asr.entries]
        metafunc.parametrize("asr_model", models, ids=list(asr.entries), indirect=True)
    if "asr_snippet" in wanted:
        metafunc.parametrize("asr_snippet", list(asr.plan.parts), indirect=True)
    elif "asr_corpus" in wanted:
        metafunc.parametrize("asr_corpus", list(asr.plan.sets), indirect=True)


def set_clocks(items: Iterable[pytest.Item]) -> None:
    """Have pytest-benchmark read the clock that moves by what a model's process measured."""
    measure.set_clocks(item for item in items if not _MEASURED.isdisjoint(_fixtures(item)))


def keep_models_together(items: list[pytest.Item], asr: AsrSession) -> None:
    """Sort our cases by model, totals after the snippets they sum up; all other items keep their places.

    Loading a model is dear, and a random or failed-first order would load each one again and again. The two models of
    an A/B stay in memory together and take turns on each snippet.
    """
    places = [position for position, item in enumerate(items) if _is_case(item)]
    models = {model: rank for rank, model in enumerate(asr.entries)}
    snippets = {snippet: rank for rank, snippet in enumerate(asr.plan.parts)}

    def order(item: pytest.Item) -> tuple[int, int, int, int]:
        rank = models.get(_model(item) or "", len(models))
        part, last = snippets.get(parameters(item).get("asr_snippet", ""), 0), "asr_totals" in _fixtures(item)
        if "asr_ab" in _fixtures(item):
            return len(models), 0, 0, 0
        if asr.settings.ab and _model(item) in asr.settings.ab:
            turn = rank if part % 2 else -rank
            return (len(models), -1, 0, 0) if last else (len(models), -2, part, turn)
        return rank, last, 0, 0

    cases = sorted((items[position] for position in places), key=order)
    for position, item in zip(places, cases, strict=True):
        items[position] = item


def takes_part(item: pytest.Item) -> bool:
    """Whether `item` has anything to do with the benchmark: it uses one of our fixtures."""
    return not _FIXTURES.isdisjoint(_fixtures(item))


def _pair_id(asr: AsrSession, name: str) -> str:
    return f"{'-'.join(asr.settings.ab)}-{name}"


def _model(item: pytest.Item) -> str | None:
    return parameters(item).get("asr_model")


def _is_case(item: pytest.Item) -> bool:
    return _model(item) is not None or "asr_ab" in _fixtures(item)


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])
