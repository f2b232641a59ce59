"""Services that misbehave: each costs one outcome and one sentence, and nobody else sees the key."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.audio_server import MISCHIEF, SECONDS, TEXT
from tests.bench import Bench, text
from tests.chat_server import seen, serving

pytest.importorskip("httpx2")
KEY = "swordfish/of+the=house"
ASKED = "; it was asked 5 times"
LATE = "had not answered after 1 s: see what it does, or give it longer, timeout = SECONDS in the model's options"
KEY_ADVICE = 'name the variable that holds the key, api_key_env = "NAME" in the model\'s options, or correct its value'
PLACE_ADVICE = "correct the address, or the model's name; it offers good, verbose"
# What a service of this name does -> the end of the sentence that is told of it.
SENTENCES = {
    "slow": LATE,
    "trickle": LATE,
    "401": f"answered 401: no 401 for Bearer ***, which is x+; {KEY_ADVICE}",
    "403": f"answered 403: no 403 for Bearer ***, which is x+; {KEY_ADVICE}",
    "404": f"answered 404: no 404 for Bearer ***, which is x+; {PLACE_ADVICE}",
    "413": 'answered 413: no 413 .*; send less: audio = "flac", or longest_seconds = 60, .* in the model\'s options',
    "429-0.01": f"answered 429: no 429 for Bearer ***, which is x+{ASKED}",
    "500-0.01": f"answered 500: no 500 for Bearer ***, which is x+{ASKED}",
    "cut": rf"does not answer \(.*\){ASKED}",
    "malformed": 'answered with what is no JSON: \'."text": "this is\'',
    "other": "gave no transcript: .*answer.*",
    "html": "answered with an HTML page: correct the address, it is none of an API",
    "huge": "sent more than 8 MB, which no transcript has: the rest was not read; correct the address",
}


@pytest.fixture
def address() -> Iterator[str]:
    with serving("tests.audio_server") as place:
        yield place


@pytest.fixture
def project(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A key in the environment, and a home in which whatever is written is found again."""
    monkeypatch.setenv("OUR_ACCESS", KEY)
    for name in ("HOME", "XDG_CACHE_HOME", "HF_HOME", "TMPDIR"):
        (bench.path / name).mkdir()
        monkeypatch.setenv(name, str(bench.path / name))
    return bench


def entry(bench: Bench, name: str, address: str, model: str, options: str = "") -> str:
    """Define a model that a service misbehaves as; return its name."""
    bench.model_table(
        f'[models.{name}]\nadapter = "openai"\nsource = "{address}#{model}"\n'
        f'options = {{ api_key_env = "OUR_ACCESS", timeout = 1{options} }}\n'
    )
    return name


def check_nowhere(bench: Bench, result: pytest.RunResult) -> None:
    """The key is neither on the screen nor in any file, its name included, whole or in part."""
    part = KEY[:10]
    assert part not in text(result)
    for path in bench.path.rglob("*"):
        assert part not in path.name
        if path.is_file():
            assert part.encode() not in path.read_bytes(), path


def test_each_is_one_outcome_with_one_sentence(project: Bench, address: str) -> None:
    """The length of a clip says what is done to it; the last one is answered by the key."""
    for number in range(len(MISCHIEF)):
        project.clips(1, f"mixed/{number}", seconds=(number + 1) / 10)
    models = f"--asr-models={entry(project, 'm', address, 'mixed')}"
    result = project.run(models, "-k", "snippet", "--junitxml=junit.xml", corpus="./mixed")
    result.assert_outcomes(errors=len(SENTENCES), failed=0, passed=1)
    outcomes = {one["snippet"].split("/")[0]: one for one in project.results()["outcomes"]}
    for number, kind in enumerate(MISCHIEF[:-1]):
        one, where = outcomes[str(number)], rf"m: {address}/audio/transcriptions "
        wanted = where + SENTENCES[kind].replace("***", r"\*\*\*")
        assert re.fullmatch(wanted, one["error"]), (kind, one["error"])
        assert (one["status"], one["transcript"]) == ("ERROR", None)
    assert outcomes[str(len(SENTENCES))]["transcript"] == "Bearer *** Bearer ***"
    check_nowhere(project, result)
    sizes = [one["body"]["file"]["bytes"] // SECONDS - 1 for one in seen(address) if "path" in one]
    again = {kind: sizes.count(number) for number, kind in enumerate(MISCHIEF) if sizes.count(number) > 2}
    assert again == {"429-0.01": 5, "500-0.01": 5, "cut": 5}
    assert {one["key"] for one in seen(address) if "path" in one} == {f"Bearer {KEY}"}
    (sent,) = [one["megabytes"] for one in seen(address) if "megabytes" in one]
    assert 8 <= sent < 40  # of a hundred: what is on its way when the connection is closed is sent, too


def test_no_redirect_takes_the_key_to_another_host(project: Bench, address: str) -> None:
    with serving("tests.audio_server") as other:
        elsewhere = other.replace("127.0.0.1", "localhost")
        result = project.run(f"--asr-models={entry(project, 'm', address, elsewhere)}", "-k", "c0 and snippet")
        assert seen(other) == []
    (one,) = project.results()["outcomes"]
    assert f"answered 307, a redirect to {elsewhere}?key=***, which is not followed: if that place" in one["error"]
    check_nowhere(project, result)


def test_a_model_that_is_not_there_costs_no_other(project: Bench, address: str) -> None:
    models = [entry(project, "gone", "http://127.0.0.1:9/v1", "good"), entry(project, "good", address, "good")]
    result = project.run(f"--asr-models={','.join(models)}", "-k", "c0 and snippet")
    result.assert_outcomes(passed=1, errors=1)
    assert "http://127.0.0.1:9/v1 cannot be reached" in text(result)
    assert [row["Transcript"] for row in project.rows()] == ["", TEXT]


def test_a_key_that_is_missing_or_refused_is_told_before_a_clip_is_sent(
    project: Bench, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = f"--asr-models={entry(project, 'm', address, 'good')}"
    monkeypatch.setenv("OUR_ACCESS", "refused-from-the-start")
    result = project.run(models)
    assert text(result).count("answered 401: Incorrect API key: ***") >= 1
    assert [row["Error"] != "" for row in project.rows()] == [True] * 8
    assert "refused-from-the-start" not in text(result)
    monkeypatch.delenv("OUR_ACCESS")
    assert "names the environment variable OUR_ACCESS, which is not set" in text(project.refused(models))
    assert not [one for one in seen(address) if "path" in one]


def test_money_is_counted_and_shown(project: Bench, address: str) -> None:
    price = ', price = { minute = 0.6, currency = "EUR" }'
    models = [entry(project, "paid", address, "good", price), entry(project, "free", address, "good")]
    result = project.run(f"--asr-models={','.join(models)}", "--asr-limit=cost<=0.5")
    paid, free = (project.results()["totals"][n] for n in range(2))
    assert (paid["cost"], paid["cost_total"]) == (pytest.approx(0.6), pytest.approx(0.04))
    assert "cost" not in free or free["cost"] is None
    result.stdout.re_match_lines([r".*Spent.*Cost /min.*", r"\s*paid .* 0\.04 .* 0\.6 .*", r"\s*free .* - .* - .*"])
    assert "Cost 0.6 /min of paid on clips exceeds the limit of 0.5 /min" in text(result)
    assert "Cost of free on clips cannot be judged (no price is named" in text(result)
    first = project.results()["outcomes"][0]
    assert first["load_details"]["price"] == {"minute": 0.6, "currency": "EUR"}
    assert (first["device"], first["timing"], first["peak_ram"]) == ("remote", "client-wall-1", None)


def test_a_call_that_is_asked_again_is_counted(project: Bench, address: str) -> None:
    models = f"--asr-models=openai:{address}#busy[api_key_env=OUR_ACCESS]"
    result = project.run(models, "-k", "c0 and snippet")
    assert seen(address)[-1]["key"] == f"Bearer {KEY}"
    result.assert_outcomes(passed=1)
    assert project.results()["outcomes"][0]["transcript_details"]["retries"] == 1
    check_nowhere(project, result)
