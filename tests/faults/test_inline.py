"""A model in the session's own process: what its adapter does wrong in Python costs its case, as ever."""

from __future__ import annotations

import pytest

from tests.bench import Bench, text

BODIES = {
    "sys.exit(0)": "SystemExit while transcribing: 0",
    "raise type('Odd', (BaseException,), {})('odd')": "Odd while transcribing: odd",
    "raise ValueError('\\x1b[31m' + 'x' * 10_000_000)": "ValueError while transcribing",
    "return [Transcript('x', {'x': 10**5000})]": "cannot be written as JSON",
    "time.process_time = lambda: -1.0": "cpu_seconds is -",
    "time.sleep(60)": "Failed while transcribing: Timeout",
}


@pytest.mark.parametrize("body", BODIES)
def test_a_fault_costs_its_case(bench: Bench, body: str) -> None:
    bench.pytester.makepyfile(
        odd=f"""
        import sys, time
        from pytest_asrbench.adapter import Transcript
        from pytest_asrbench.model_adapters.stub import Stub

        class Odd(Stub):
            def transcribe(self, batch, decoding):
                if batch[0].audio.name.endswith("c1"):
                    {body}
                return super().transcribe(batch, decoding)

            def close(self):
                raise RuntimeError("it cannot be closed")
        """
    )
    bench.model_table('[models.odd]\nadapter = "odd:Odd"\n')
    limits = ("--timeout=8", "--timeout-method=signal") if "sleep" in body else ()
    result = bench.run("--asr-models=odd", "--asr-isolation=none", "-k", "c0 or c1 or c2", *limits)
    assert result.ret == 1
    assert "INTERNALERROR" not in text(result)
    rows = bench.rows()
    assert [row["Status"] for row in rows] == ["OK", "ERROR", "OK"]
    assert BODIES[body] in rows[1]["Error"]
    assert len(text(result)) < 50_000
    assert "\x1b[31mx" not in text(result)
