"""One line below pytest's own progress that tells what the benchmark is doing. On a terminal only; never in a pipe."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext

import pytest

from pytest_asrbench.records import Outcome

_MIN_INTERVAL_SECONDS = 0.1


class VerboseFigures:
    """In verbose mode, a passed case shows its figures. Registered only then: these hooks run thrice for each case."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Put the figures behind the word PASSED."""
        if report.when != "call" or not report.passed:
            return None
        figures = dict(report.user_properties).get("asr")
        return ("passed", ".", f"PASSED {figures}") if figures else None


class Progress:
    """Model, case k of n, RTF so far and the time that is left; redrawn once a second while the model computes."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._shown = False
        self._total = 0
        self._finished = 0
        self._model = ""
        self._doing = ""
        self._since = 0.0
        self._start = 0.0
        self._compute = self._audio = 0.0
        self._drawn = 0.0
        self.enabled = False

    def begin(self, total: int) -> None:
        """The session is about to run `total` cases."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        self.enabled = bool(reporter is not None and reporter.isatty and self._config.get_verbosity() >= 0)
        if self.enabled:
            self._config.pluginmanager.register(self, "asrbench-progress")
        if self._config.get_verbosity() > 0:
            self._config.pluginmanager.register(VerboseFigures(), "asrbench-figures")
        self._total = total
        self._start = time.monotonic()

    def step(self, doing: str) -> None:
        """The current case has got to something worth telling: "loading", "first call"."""
        self._do(doing)

    def case(self, model: str, name: str) -> None:
        """`model` starts on the snippet `name`."""
        if model != self._model:
            self._model, self._compute, self._audio = model, 0.0, 0.0
        self._do(name)

    def done(self, outcome: Outcome) -> None:
        """A case has its outcome."""
        self._finished += 1
        if outcome.measured:
            self._compute += outcome.time or 0.0
            self._audio += outcome.audio_seconds or 0.0

    def tick(self) -> None:
        """Redraw with the time that the current step has taken."""
        if self.enabled:
            self._draw()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self) -> None:
        """Take the line away before pytest writes a result."""
        self.clear()

    def clear(self) -> None:
        """Take the line away before anyone else writes."""
        if self._shown:
            self._write("")
            self._shown = False

    def text(self, now: float) -> str:
        """The line at `now` (monotonic seconds)."""
        parts = [f"{self._model}: case {min(self._finished + 1, self._total)} of {self._total}", self._doing]
        if now - self._since >= 1:
            parts.append(f"{now - self._since:.0f} s")
        if self._audio:
            parts.append(f"RTF {self._compute / self._audio:.3f}")
        if self._finished:
            left = (now - self._start) / self._finished * (self._total - self._finished)
            parts.append(f"ETA {int(left) // 60}:{int(left) % 60:02d}")
        return "  ".join(parts)

    def _do(self, doing: str) -> None:
        self._doing = doing
        self._since = time.monotonic()
        if self.enabled and self._since - self._drawn >= _MIN_INTERVAL_SECONDS:
            self._draw()

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        self._write(self.text(self._drawn))
        self._shown = True

    def _write(self, line: str) -> None:
        # pytest's dots stay where they are: the line goes below, and the cursor back to where it was. pytest's writer,
        # which counts columns, must not know of it.
        writer = self._config.get_terminal_writer()
        column = writer.width_of_current_line
        back = f"\x1b[{column}C" if column else ""
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            sys.stdout.write(f"\n\r\x1b[K{line[: writer.fullwidth - 1]}\x1b[1A\r{back}")
            sys.stdout.flush()
