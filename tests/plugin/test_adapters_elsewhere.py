"""Adapters of other packages: whatever they do when they are imported, the session and the commands go on."""

from __future__ import annotations

import sys

import pytest

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.machine import environment
from tests.bench import Bench, text

HARMFUL = {
    "exit": "import sys; sys.exit(0)",
    "crash": "import ctypes; ctypes.string_at(0)",
    "raise": "raise RuntimeError('no licence')",
    "vanish": "import os; os._exit(0)",
}


@pytest.mark.parametrize("harm", HARMFUL)
def test_a_session_goes_on(bench: Bench, harm: str) -> None:
    bench.pytester.makepyfile(harmful=HARMFUL[harm])
    (bench.path / "asrbench.toml").write_text('[models.theirs]\nadapter = "harmful:Theirs"\n', "utf-8")
    named = f"--asr-interpreters=whisper={sys.executable}"
    result = bench.run(f"--asr-models=theirs,{bench.script()}", named)
    outcomes = result.parseoutcomes()
    assert (outcomes["errors"], outcomes["skipped"], outcomes["failed"]) == (1, 2, 1), "one tells why, none passes"
    assert {row["Status"] for row in bench.rows() if row["Model"] != "theirs"} == {"OK"}


@pytest.mark.parametrize("harm", HARMFUL)
def test_doctor_and_models_go_on(bench: Bench, harm: str) -> None:
    bench.pytester.makepyfile(harmful=HARMFUL[harm])
    (bench.path / "asrbench.toml").write_text('[models.theirs]\nadapter = "harmful:Theirs"\n', "utf-8")
    for command in (["doctor", "--json"], ["models"]):
        result = bench.pytester.run(sys.executable, "-m", "pytest_asrbench", *command, timeout=120)
        assert result.ret in (0, 1)
        assert "pocketsphinx" in text(result)
        assert "Traceback" not in text(result)


def test_an_adapter_of_the_project_is_read_with_its_interpreter(bench: Bench) -> None:
    bench.pytester.makepyfile(
        fine="""
        from dataclasses import replace
        from pytest_asrbench.model_adapters.stub import Stub

        class Fine(Stub):
            info = replace(Stub.info, runtime="fine-runtime", packages=("numpy",))
        """
    )
    (bench.path / "asrbench.toml").write_text('[models.fine]\nadapter = "fine:Fine"\n', "utf-8")
    result = bench.run("--asr-models=fine", "--asr-interpreters=fine-runtime=no/such/python", "-k", "c0")
    result.assert_outcomes(errors=1)
    assert "cannot start" in text(result), "the runtime's interpreter was found by what the adapter says of itself"


def test_one_that_never_returns_is_ended(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(hanging="while True: pass", fine="from pytest_asrbench.model_adapters.stub import Stub")
    paths = [str(pytester.path)]
    told = environment.adapter_info("hanging:X", paths, seconds=0.5)
    assert told == ("hanging:X cannot be imported (in a process of its own, which took more than 0.5 s and was ended)")
    assert isinstance(environment.adapter_info("fine:Stub", paths), AdapterInfo)
