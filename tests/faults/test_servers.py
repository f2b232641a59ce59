"""A server that is started for a model: real processes that come up, take memory, die, and are gone afterwards."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from pytest_asrbench.adapter import Audio, Decoding, Passage, Utterance
from pytest_asrbench.engine.host.answers import Served
from pytest_asrbench.engine.host.inline import InlineHost
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.engine.host.serving import Schedule
from pytest_asrbench.engine.pipelines.stages import timing
from pytest_asrbench.errors import AdapterFailedError, HostCrashedError, HostTimeoutError
from pytest_asrbench.models.servers import read

pytest.importorskip("httpx2")
ROOT = Path(__file__).parents[2]
COMMAND = ("{python}", "-m", "tests.chat_server", "{port}")
LIMIT = Limit(30)


def plan(tmp_path: Path, model: str = "good", adapter: str = "openai_chat:OpenAIChat", **server: Any) -> HostPlan:
    """A model in a server of our own, which runs in the folder of the project's root."""
    ready = {"ready_url": "http://127.0.0.1:{port}/seen"}
    table = asdict(read({"command": list(COMMAND), **ready, **server}, "models.m.server"))
    reference = f"pytest_asrbench.model_adapters.{adapter}"
    return HostPlan(
        *("m", reference, None, {"model": model}, "auto", "auto", tmp_path / "log"),
        server={**table, "folder": str(ROOT)},
    )


@contextmanager
def hosted(plan: HostPlan) -> Iterator[ChildHost]:
    host = ChildHost(plan)
    try:
        yield host
    finally:
        host.close()


def ask(host: ChildHost | InlineHost, text: str = "um this") -> str:
    calls = host.rewrite([Passage(text, "Without um.")], Decoding("instruct"), rounds=1, warmup=0, limit=LIMIT)
    return calls[0].transcripts[0].text


def family(host: ChildHost) -> list[psutil.Process]:
    """What the model's process has started, but for the keeper."""
    children = psutil.Process(host.processes[0]).children(recursive=True)
    return [one for one in children if not any(word.endswith("keeper.py") for word in one.cmdline())]


def wait_for_end(processes: list[psutil.Process]) -> None:
    assert processes
    _, left = psutil.wait_procs(processes, timeout=10)
    assert left == []


def test_it_is_ready_when_the_model_is_and_gone_when_the_model_is(tmp_path: Path) -> None:
    with hosted(plan(tmp_path, env={"SERVER_LATE": "0.4", "SERVER_HELPER_MB": "1"}, device="cpu")) as host:
        report = host.load(LIMIT)
        assert ask(host) == "this"
        started = family(host)
        assert len(started) == 2
    wait_for_end(started)
    assert not host.alive
    assert report.load_seconds >= 0.4
    assert (report.device, report.device_notes) == ("cpu", ["cpu: as its server's table says"])
    assert timing(report) == "client-wall-1"
    served = report.details["server"]
    assert served["command"][:3] == [sys.executable, "-m", "tests.chat_server"]
    assert served["ready_url"] == f"http://127.0.0.1:{served['command'][3]}/seen"
    assert report.details["endpoint"] == f"http://127.0.0.1:{served['command'][3]}/v1"


def test_its_memory_is_that_of_all_its_processes(tmp_path: Path) -> None:
    peaks = []
    for size in (1, 300):
        with hosted(plan(tmp_path, env={"SERVER_HELPER_MB": str(size)})) as host:
            report = host.load(LIMIT)
            deadline = time.monotonic() + 10
            while sum(one.memory_info().rss for one in family(host)) < size * 2**20 and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(1.1)  # so long may a list of its processes be old
            host.rewrite([Passage("a", "b")], Decoding("instruct"), rounds=1, warmup=0, limit=LIMIT)
            calls = host.rewrite([Passage("a", "b")], Decoding("instruct"), rounds=1, warmup=0, limit=LIMIT)
            memory = calls[0].memory
            assert memory.peak_ram is not None
            peaks.append(memory.peak_ram)
            assert memory.empty_ram is None
            assert (report.device, memory.unified) == ("unknown", None)
    assert 280 * 2**20 < peaks[1] - peaks[0] < 330 * 2**20


def test_two_at_a_time_have_a_port_each(tmp_path: Path) -> None:
    with hosted(plan(tmp_path / "a")) as first, hosted(plan(tmp_path / "b")) as second:
        ports = [host.load(LIMIT).details["server"]["command"][3] for host in (first, second)]
        assert ports[0] != ports[1]
        assert [ask(first), ask(second)] == ["this", "this"]


def test_one_that_ends_before_it_is_ready_is_told_with_its_last_words(tmp_path: Path) -> None:
    env = {"SERVER_TELLS": "no such file: model.gguf", "SERVER_ENDS": "7"}
    with hosted(plan(tmp_path, env=env)) as host:
        with pytest.raises(
            HostCrashedError, match=r"^m: its server ended with exit status 7 before it was ready$"
        ) as told:
            host.load(LIMIT)
        assert told.value.log_tail == "no such file: model.gguf"
        assert not host.alive


def test_one_that_is_not_ready_in_time_is_told_with_what_it_said(tmp_path: Path) -> None:
    slow = plan(tmp_path, env={"SERVER_LATE": "60", "SERVER_TELLS": "reading weights"})
    with hosted(slow) as host:
        wanted = r"^m: its server was not ready after 1 s: http://127.0.0.1:\d+/seen does not answer \(.*refused.*\); "
        with pytest.raises(HostTimeoutError, match=wanted) as told:
            host.load(Limit(2))
        assert told.value.log_tail == "reading weights"


def test_a_server_that_answers_with_an_error_is_not_ready(tmp_path: Path) -> None:
    loading = plan(tmp_path, ready_url="http://127.0.0.1:{port}/loading")
    wanted = r"http://127.0.0.1:\d+/loading answers 503; correct ready_url"
    with hosted(loading) as host, pytest.raises(HostTimeoutError, match=wanted):
        host.load(Limit(2))


def test_one_that_dies_takes_its_host_along_and_says_so(tmp_path: Path) -> None:
    with hosted(plan(tmp_path, model="dies")) as host:
        host.load(LIMIT)
        assert ask(host) == "this"
        with pytest.raises(HostCrashedError, match="its server ended with exit status 3 while it was asked") as told:
            ask(host, "clip number 1")
        assert "the weights have been eaten" in told.value.log_tail
        assert not host.alive


def test_one_that_was_killed_between_two_calls_is_missed_by_the_next(tmp_path: Path) -> None:
    with hosted(plan(tmp_path)) as host:
        host.load(LIMIT)
        family(host)[0].kill()
        with pytest.raises(HostCrashedError, match=r"its server (was killed by SIGKILL|ended)"):
            ask(host)


def hearing(tmp_path: Path) -> HostPlan:
    """A model that hears, in a server of our own."""
    command = ["{python}", "-m", "tests.audio_server", "{port}"]
    return plan(tmp_path, adapter="openai_audio:OpenAIAudio", command=command)


def clip(number: int) -> Utterance:
    return Utterance(Audio(bytes(4 * 1_600), 16_000, f"clips/c{number}"))


def test_a_model_that_hears_is_served_by_the_same_means(tmp_path: Path) -> None:
    with hosted(hearing(tmp_path)) as host:
        report = host.load(LIMIT)
        calls = host.transcribe([clip(0)], Decoding(), rounds=1, warmup=0, limit=LIMIT)
    assert calls[0].transcripts[0].text == "this is clip number 0 here"
    assert calls[0].memory.peak_ram
    assert (report.device, timing(report)) == ("unknown", "client-wall-1")


def test_one_that_dies_amid_a_load_is_told_when_all_requests_are(tmp_path: Path) -> None:
    told: list[Served] = []

    with hosted(hearing(tmp_path)) as host:

        def tell(request: Served) -> None:
            told.append(request)
            if len(told) == 1:
                family(host)[0].kill()

        host.load(LIMIT)
        arrivals = Schedule(4, [0.0, 1.0, 1.1, 1.2])
        with pytest.raises(HostCrashedError, match=r"its server was killed by SIGKILL|its server ended"):
            host.serve([clip(0)], Decoding(), [0] * 4, arrivals, tell, LIMIT)
    assert [one.error is None for one in sorted(told, key=lambda one: one.number)] == [True, False, False, False]


def test_an_error_that_the_server_answers_with_is_not_its_end(tmp_path: Path) -> None:
    with hosted(plan(tmp_path, model="other")) as host:
        host.load(LIMIT)
        with pytest.raises(AdapterFailedError, match=r"chat/completions gave no answer"):
            ask(host)
        assert host.alive
        assert family(host)


@pytest.mark.parametrize("how", ["parent", "host"])
def test_a_host_that_is_killed_takes_its_server_along(tmp_path: Path, how: str) -> None:
    with hosted(plan(tmp_path, env={"SERVER_HELPER_MB": "1"})) as host:
        host.load(LIMIT)
        started = family(host)
        assert len(started) == 2
        if how == "parent":
            host.kill()
        else:  # as the system does when the session is killed: nobody is left who knows of the server
            psutil.Process(host.processes[0]).kill()
        wait_for_end(started)


def test_a_server_that_hangs_ends_at_the_deadline(tmp_path: Path) -> None:
    with hosted(plan(tmp_path, model="slow")) as host:
        host.load(LIMIT)
        started = family(host)
        with pytest.raises(HostTimeoutError, match="rewriting took longer than 1 s"):
            host.rewrite([Passage("a", "b")], Decoding("instruct"), rounds=1, warmup=0, limit=Limit(1))
        wait_for_end(started)


def test_in_this_process_it_comes_and_goes_too(tmp_path: Path) -> None:
    host = InlineHost(plan(tmp_path))
    host.load(LIMIT)
    started = psutil.Process().children(recursive=True)
    try:
        assert ask(host) == "this"
    finally:
        host.close()
    wait_for_end([one for one in started if one.is_running()] or started)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            "llama-server",
            "the program llama-server is not there, .*: it comes with the releases of https://github.com/ggml-org",
        ),
        ("./start.sh", "the program ./start.sh is not there, .*: install it, or write its full path"),
    ],
)
def test_a_program_that_is_not_there_comes_with_how_to_get_it(tmp_path: Path, command: str, words: str) -> None:
    with hosted(plan(tmp_path, command=[command, "{port}"], env={"PATH": str(tmp_path)})) as host:
        with pytest.raises(AdapterFailedError, match=words) as told:
            host.load(LIMIT)
        assert told.value.kind == "MissingDependencyError"


def test_what_the_command_names_must_be_there(tmp_path: Path) -> None:
    wanted = r"its server is to be told \{source\}, but the model has none"
    with (
        hosted(plan(tmp_path, command=[*COMMAND, "{source}"])) as host,
        pytest.raises(AdapterFailedError, match=wanted),
    ):
        host.load(LIMIT)


def test_an_adapter_that_computes_itself_has_no_server(tmp_path: Path) -> None:
    with hosted(plan(tmp_path, adapter="stub:Stub")) as host:
        with pytest.raises(AdapterFailedError, match=r"stub:Stub runs its models itself: take server = \.\.\. out"):
            host.load(LIMIT)
        assert family(host) == []


def test_a_secret_comes_by_its_variable_and_stands_in_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_SERVER_TOKEN", "key-that-nobody-may-see-23")
    table = {"SERVER_TOKEN_env": "OUR_SERVER_TOKEN", "SERVER_HELPER_MB": "1"}
    secret = plan(tmp_path, env=table)
    assert "nobody" not in str(secret)
    with hosted(secret) as host:
        report = host.load(LIMIT)
        environments = [one.environ() for one in family(host)]
        assert {one["SERVER_TOKEN"] for one in environments} == {"key-that-nobody-may-see-23"}
        assert "OUR_SERVER_TOKEN" not in environments[0]
    assert "nobody" not in str(report)
    assert "nobody" not in (tmp_path / "log").read_text("utf-8")
