"""The plugin as pytest sees it. Thin: each hook hands over to the part that knows how.

Loaded in every pytest session of everyone who has the package installed, so nothing heavy is imported here, and
without models nothing is done.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.plugin import deadline, fixtures, hookspecs
from pytest_asrbench.plugin.options import add_options, check_surroundings, check_unknown, read_settings
from pytest_asrbench.plugin.stash import RUNNING, SESSION, active

_MARKERS = (
    "asr: a case of the speech recognition benchmark (set by pytest-asrbench)",
    "asr_limits(max_wer, max_rtf, max_ram_mb, max_vram_mb, snippet_max_wer): limits of a speech recognition test",
)
_ASR_FIXTURES = frozenset({"asr_model", "asr_snippet", "asr_corpus", "asr_outcome", "asr_ab"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that projects may implement."""
    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> None:
    """Before pytest says "unrecognized arguments": name the option that was meant."""
    with _as_usage_error():
        check_unknown(args)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the options and set the session up; a mistake ends it with one sentence."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(fixtures, "asrbench-fixtures")
    with _as_usage_error():
        settings = read_settings(config)
        if settings is None:
            return
        check_surroundings(config)
        from pytest_asrbench.plugin import cases, comparing, finish, measure
        from pytest_asrbench.plugin.session import AsrSession

        comparing.hold_back(config)
        if not settings.ab:  # a comparison of two models is no run that others are held against
            measure.save_by_default(config)
        config.stash[SESSION] = AsrSession(config, settings)
        config.pluginmanager.register(finish, "asrbench-finish")
        cases.select(config)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Find the runs to compare with, now that pytest-benchmark has its storage."""
    asr = active(session.config)
    if asr is not None:
        with _as_usage_error():
            asr.find_baselines()


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is going to be measured, and how."""
    asr = active(config)
    return asr.header() if asr is not None else []


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add our own cases to the session where they are wanted."""
    report = yield
    if isinstance(collector, pytest.Session) and active(collector.config) is not None:
        from pytest_asrbench.plugin import cases

        if cases.wanted(collector.config):
            report.result.append(cases.collect_suite(collector))
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize by models and snippets."""
    if _ASR_FIXTURES.intersection(metafunc.fixturenames):
        from pytest_asrbench.plugin import cases

        cases.parametrize(metafunc, active(metafunc.config))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep one model's cases together, whoever has sorted the items before."""
    asr = active(config)
    if asr is not None:
        from pytest_asrbench.plugin import cases

        cases.deselect(config, items)
        cases.keep_models_together(items, asr)
        asr.expect(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Open the journal; a report folder that cannot be written ends the session before hours are spent."""
    asr = active(session.config)
    if asr is not None and not session.config.option.collectonly:
        with _as_usage_error():
            asr.open(len(session.items))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note which item runs and when it started, before pytest-timeout sets its timer; end models that are through."""
    asr = active(item.config)
    if asr is not None:
        asr.running = item
        deadline.item_started(item)
    RUNNING.append(asr)
    try:
        return (yield)
    finally:
        RUNNING.pop()
        if asr is not None:
            asr.leave(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Write the results before anything else can fail; then pytest-benchmark saves and pytest sums up."""
    asr = active(session.config)
    if asr is not None:
        from pytest_asrbench.plugin import finish

        finish.write_results(session, asr)
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the totals, what was not comparable and where the results are."""
    asr = active(config)
    if asr is not None:
        from pytest_asrbench.plugin import finish

        finish.summarize(terminalreporter, asr)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Make sure that no model outlives the session."""
    asr = active(config)
    if asr is not None:
        asr.end_runner()


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Complete what pytest-benchmark stores about the machine."""
    if active(config) is not None:
        from pytest_asrbench import machine
        from pytest_asrbench.plugin import measure

        measure.tidy_machine_info(machine_info, machine.facts())


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add to a saved run what it did not measure: what is new later can then be told from what is missing here."""
    asr = active(config)
    if asr is not None:
        from pytest_asrbench.history import files

        output_json[files.OURS] = {"unmeasured": asr.unmeasured()}


@contextmanager
def _as_usage_error() -> Iterator[None]:
    try:
        yield
    except AsrBenchError as error:
        raise pytest.UsageError(str(error)) from None
