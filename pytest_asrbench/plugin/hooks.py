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
from pytest_asrbench.plugin import deadline, fixtures, hookspecs, tables
from pytest_asrbench.plugin.option_checks import check_configuration, check_surroundings, check_unknown, way_out
from pytest_asrbench.plugin.options import add_options
from pytest_asrbench.plugin.settings import read_settings
from pytest_asrbench.plugin.stash import RUNNING, SESSION, active

_MARKERS = (
    "asr: a case of the speech recognition benchmark (set by pytest-asrbench)",
    "asr_limits(limit, ..., max_wer, max_rtf, snippet_max_wer, ...): limits of a recognition test, as in --asr-limit",
)
_ASR_FIXTURES = frozenset({"asr_model", "asr_snippet", "asr_corpus", "asr_outcome", "asr_ab"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that projects may implement."""
    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Before pytest says "unrecognized arguments": name the option that was meant."""
    tables.note(early_config, args)
    with _as_usage_error():
        check_unknown(args)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the options and set the session up; a mistake ends it with one sentence."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(fixtures, "asrbench-fixtures")
    with _as_usage_error(way_out(config)):
        check_configuration(config)
        settings = read_settings(config)
        if settings is None:
            return
        check_surroundings(config)
        from pytest_asrbench.plugin import cases, comparing, measure
        from pytest_asrbench.plugin.saving import Saving
        from pytest_asrbench.plugin.session import AsrSession

        comparing.hold_back(config)
        config.stash[SESSION] = asr = AsrSession(config, settings)
        if not settings.ab and any(entry.hosted for entry in asr.entries.values()):
            # A comparison of two models is no run that others are held against; without seconds there is no benchmark.
            measure.save_by_default(config)
        config.pluginmanager.register(Saving(asr), "asrbench-saving")
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
    if asr is None:
        return []
    from pytest_asrbench.plugin import header

    return header.lines(asr)


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
        from pytest_asrbench.plugin import cases, markers

        with _as_usage_error():
            markers.check(items)
        cases.deselect(config, items)
        cases.keep_models_together(items, asr)
        cases.set_clocks(items)
        asr.plan.expect(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Open the journal; a report folder that cannot be written ends the session before hours are spent.

    A session of other tests alone leaves the results of the last run as they are.
    """
    asr = active(session.config)
    if asr is None or session.config.option.collectonly:
        return
    from pytest_asrbench.plugin import cases

    if any(cases.takes_part(item) for item in session.items):
        with _as_usage_error():
            asr.open()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note which item runs; end models that are through."""
    asr = active(item.config)
    if asr is not None:
        asr.running = item
    RUNNING.append(asr)
    try:
        return (yield)
    finally:
        RUNNING.pop()
        if asr is not None:
            asr.leave(item)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> None:
    """pytest-timeout sets its timer for `item`, after this."""
    deadline.set_timer(item, settings.timeout)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_timeout_cancel_timer(item: pytest.Item) -> None:
    """pytest-timeout takes its timer back."""
    deadline.cancel_timer(item)


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
    """Make sure that no model outlives the session, and let others use the report folder."""
    asr = active(config)
    if asr is not None:
        asr.end_models()
        asr.folder.release()
        del config.stash[SESSION]
        vars(asr).clear()  # else Python, when it ends, would look for circles in every outcome


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Complete what pytest-benchmark stores about the machine."""
    if active(config) is not None:
        from pytest_asrbench.machine import facts
        from pytest_asrbench.plugin import measure

        measure.tidy_machine_info(machine_info, facts.facts())


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_benchmark_group_stats(config: pytest.Config, benchmarks: list[dict[str, Any]]) -> None:
    """Keep our cases out of pytest-benchmark's tables, which come after our own; it groups what is left."""
    if active(config) is not None:
        tables.leave_out_ours(config, benchmarks)


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add to a saved run its outcomes, and what it did not measure: that can then be told from what is new later."""
    asr = active(config)
    if asr is not None:
        from pytest_asrbench.store import entries, files

        entries.add_records(output_json["benchmarks"], asr.outcomes)
        output_json[files.OURS] = files.added(asr.info.run, asr.unmeasured(), asr.untimed())


@contextmanager
def _as_usage_error(advice: str = "") -> Iterator[None]:
    try:
        yield
    except AsrBenchError as error:
        from pytest_asrbench.support.redaction import redact

        raise pytest.UsageError(redact(str(error)) + advice) from None
