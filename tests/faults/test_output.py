"""What a model prints, and where it cannot: neither costs a case."""

from __future__ import annotations

import sys

import pytest

from pytest_asrbench.engine.host.log import KEPT_BYTES, MAX_BYTES
from tests.bench import Bench, sentence, text
from tests.faults.test_campaign import COUNT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files and limits of POSIX systems")


def test_a_flood_is_cut_to_its_beginning_and_its_end(bench: Bench) -> None:
    loud = bench.script("loud", count=COUNT, clips={4: {"fault": "flood"}})
    bench.run(f"--asr-models={loud}").assert_outcomes(passed=COUNT + 1)
    log = next((bench.runs[-1] / "logs").glob("*.log"))
    content = log.read_text("utf-8")
    assert 2 * KEPT_BYTES < len(content) < MAX_BYTES
    assert "transcribing clips/c0" in content
    assert "the flood begins" in content
    assert "bytes were left out here" in content
    assert "the flood ends" in content
    assert "transcribing clips/c7" in content


def test_a_log_that_may_not_grow_costs_no_case(bench: Bench) -> None:
    bench.pytester.makepyfile(
        limited="""
        import os, resource
        from pytest_asrbench.model_adapters.stub import Stub

        class Limited(Stub):
            def load(self, device, dtype):
                resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
                return super().load(device, dtype)

            def transcribe(self, batch, decoding):
                print("more than may be written " * 100)
                try:
                    os.write(1, b"straight to the descriptor")
                    written = True
                except OSError:
                    written = False
                assert not written, "the limit is there"
                return super().transcribe(batch, decoding)
        """
    )
    bench.script("good", count=COUNT)
    (bench.path / "asrbench.toml").write_text('[models.limited]\nadapter = "limited:Limited"\nsource = "./good.json"\n')
    bench.run("--asr-models=limited").assert_outcomes(passed=COUNT + 1)
    assert [row["Transcript"] for row in bench.rows()] == [sentence(n) for n in range(COUNT)]


@pytest.mark.parametrize("kind", ["folder", "fifo"])
def test_a_log_whose_place_is_taken_is_one_sentence_and_no_hang(bench: Bench, kind: str) -> None:
    spec = bench.script(count=COUNT)
    make = {"folder": "mkdir", "fifo": "mkfifo"}[kind]
    bench.pytester.makeconftest(
        f"""
        import os, pathlib

        def pytest_runtestloop():  # the folder of the run is there, no model is
            (logs,) = pathlib.Path("reports/runs").glob("*/logs")
            os.{make}(logs / "stub_._good.json.log")
        """
    )
    result = bench.run_apart(f"--asr-models={spec}", "-k", "c0", timeout=60)
    result.assert_outcomes(errors=1)
    assert "stub_._good.json.log cannot be written, it is a folder or a device: remove it" in text(result)
    assert "Traceback" not in text(result)
