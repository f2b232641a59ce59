"""Secrets stay out of whatever a session writes, and out of models' processes that have not asked for them."""

from __future__ import annotations

import pytest

from tests.bench import Bench, text

SECRET = "s3cret-of-the-house"
SPY = """
import os
from pytest_asrbench.adapter import Transcript
from pytest_asrbench.model_adapters.stub import Stub

class Spy(Stub):
    def __init__(self, source, options):
        self.key = options.get("api_key", "none")
        super().__init__(source, {})

    def transcribe(self, batch, decoding):
        names = sorted(name for name in os.environ if name.startswith(("AWS_", "GITHUB_", "OUR_", "HF_TOKEN", "OMP_")))
        return [Transcript(f"key {len(self.key)} names {' '.join(names)}")]
"""


@pytest.fixture
def spy(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench.pytester.makepyfile(spy=SPY)
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "HF_TOKEN", "OUR_KEY", "OUR_DATA"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    monkeypatch.setenv("OMP_DISPLAY_ENV", f"what {SECRET} it may be")
    return bench


def entry(bench: Bench, *lines: str) -> None:
    (bench.path / "asrbench.toml").write_text("\n".join(["[models.spy]", 'adapter = "spy:Spy"', *lines]), "utf-8")


def check_nowhere(bench: Bench, secret: str, result: pytest.RunResult) -> None:
    """Neither on the screen nor in any file of the project, its name included, but for those that the user wrote."""
    assert secret not in text(result)
    ours = [path for folder in ("reports", ".benchmarks") for path in (bench.path / folder).rglob("*")]
    for path in [*ours, *bench.path.glob("*.xml")]:
        assert secret not in path.name
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_what_a_model_needs_is_named_and_the_rest_stays_out(spy: Bench) -> None:
    entry(spy, 'options = { api_key_env = "OUR_KEY" }', 'env = ["OUR_DATA"]')
    result = spy.run("--asr-models=spy", "-k", "c0", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1)
    assert spy.rows()[0]["Transcript"] == f"key {len(SECRET)} names OMP_WAIT_POLICY OUR_DATA"
    assert spy.results()["run"]["settings"]["models"]["spy"]["options"] == {"api_key_env": "OUR_KEY"}
    check_nowhere(spy, SECRET, result)


def test_a_variable_that_is_not_set_is_told_before_any_work(spy: Bench) -> None:
    entry(spy, 'options = { api_key_env = "OUR_KYE" }')
    result = spy.refused("--asr-models=spy")
    assert "names the environment variable OUR_KYE, which is not set" in text(result)


def test_a_secret_on_the_command_line_is_refused(spy: Bench) -> None:
    entry(spy)
    result = spy.refused(f"--asr-models=spy[api_key={SECRET}]")
    assert 'put it into a variable of the environment and name that, api_key_env = "NAME_OF' in text(result)
    check_nowhere(spy, SECRET, result)


@pytest.mark.parametrize(
    "line",
    [
        f'options = {{ api_key = "{SECRET}" }}',
        f'options = {{ endpoint = "https://us:{SECRET}@host/" }}',
        f'source = "https://us:{SECRET}@host/model"',
    ],
)
def test_so_it_is_in_a_projects_file(spy: Bench, line: str) -> None:
    entry(spy, line)
    result = spy.refused("--asr-models=spy")
    assert "asrbench.toml: the model 'spy': the option" in text(result)
    check_nowhere(spy, SECRET, result)


def test_the_password_of_a_hub_is_written_nowhere(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://us:{SECRET}@127.0.0.1:9/")
    monkeypatch.setenv("HF_HOME", str(bench.path / "hf"))
    (bench.path / "asrbench.toml").write_text(
        '[models.far]\nadapter = "whisper"\n[models.far.hub]\nrepo = "o/m"\nfiles = ["x.bin"]\n', "utf-8"
    )
    result = bench.run(f"--asr-models=far,{bench.script()}", "--asr-download", "--junitxml=junit.xml")
    assert "far" in {row["Model"] for row in bench.rows()}
    assert "http://***@127.0.0.1:9" in text(result)
    check_nowhere(bench, SECRET, result)


@pytest.mark.parametrize("variable", ["OUR_TOKEN", "OUR_VALUE"])
def test_a_secret_that_an_exception_tells_is_hidden(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, SECRET)
    bench.pytester.makepyfile(
        telling="""
        from pytest_asrbench.model_adapters.stub import Stub

        class Telling(Stub):
            def __init__(self, source, options):
                self.token = options["auth_token"]
                super().__init__(source, {})

            def transcribe(self, batch, decoding):
                print("calling with", self.token)
                raise ValueError("x" * 1_320 + f" 401 for {self.token} " + "x" * 10_000)
        """
    )
    bench.model_table(f'[models.t]\nadapter = "telling:Telling"\noptions = {{ auth_token_env = "{variable}" }}\n')
    result = bench.run("--asr-models=t", "-k", "c0", "--junitxml=junit.xml")
    assert "ValueError while transcribing: x" in text(result)
    assert "401 for ***" in text(result)
    assert SECRET[:6] not in text(result), "not even half of it, where the text is cut"
    log = next((bench.runs[-1] / "logs").glob("*.log"))
    assert "calling with ***" in log.read_text()
    check_nowhere(bench, SECRET, result)


def test_a_secret_in_the_details_of_an_answer_is_hidden(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_TOKEN", SECRET)
    bench.pytester.makepyfile(
        detailed="""
        from pytest_asrbench.adapter import Transcript
        from pytest_asrbench.model_adapters.stub import Stub

        class Detailed(Stub):
            def transcribe(self, batch, decoding):
                key = "s3cret-of-the-house"
                sent = {"url": f"https://us:{key}@host/", "Authorization": key, "beams": 5}
                return [Transcript("hello", {"sent": sent})]
        """
    )
    bench.model_table('[models.d]\nadapter = "detailed:Detailed"\n')
    result = bench.run("--asr-models=d", "-k", "c0")
    result.assert_outcomes(passed=1)
    sent = bench.results()["outcomes"][0]["transcript_details"]["sent"]
    assert sent == {"url": "https://***@host/", "Authorization": "***", "beams": 5}
    check_nowhere(bench, SECRET, result)
