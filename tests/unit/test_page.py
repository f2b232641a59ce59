"""The page holds what it shows, and nothing in it can break out."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import ReportError
from pytest_asrbench.report.page import document
from pytest_asrbench.report.page.data import escaped
from tests.unit.outcomes import LONE_SURROGATES, NUL, ODD_TEXTS, failed, measured
from tests.unit.pages import Page, a_run, data_of, page_of

HTML = Path(document.__file__).parent / "html"
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end": "</script><img src=x onerror=alert(1)>",
    "comment": "<!-- <script> -->",
    "attribute": "\" onmouseover='alert(1)'",
    "entity": "&lt;b&gt;&amp;",
    "template": "{{style}} {{data}}\n",
    "url": "javascript:alert(1)",
    "long": "word " * 20_000,
    "nul": NUL,
    "surrogates": LONE_SURROGATES,
    **ODD_TEXTS,
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(tmp_path_factory.mktemp("page"), data_of(a_run([measured()])))


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_breaks_out(tmp_path: Path, plain: Page, kind: str) -> None:
    text = HOSTILE[kind]
    facts: dict[str, Any] = {"error": text, "log_tail": text, "tags": (text,), "speaker": text, "language": text}
    outcomes = [measured(f"a{text}", text, text, device=text, weights=text, **facts), failed(text, **facts)]
    for outcome in outcomes:
        outcome.model, outcome.corpus = text, text
    run = a_run(outcomes, text, command=text, machine={"node": text, "cpu": text}, commit={"id": text})
    found = page_of(tmp_path, data_of(run, analysed=True))
    skeleton = [(tag, attributes) for tag, attributes in plain.elements if tag != "meta"]
    assert [(tag, attributes) for tag, attributes in found.elements if tag != "meta"] == skeleton
    assert found.scripts == plain.scripts
    rows = found.cases()["cases"]["0"]
    assert (rows[0][6], rows[1][9]["error"]) == (text, text)
    assert found.head["logs"] == ([text] if text else [])
    assert found.head["runs"][0]["command"] == text


@pytest.mark.parametrize("text", [*HOSTILE.values(), "\u2028\u2029\x7f"])
def test_data_are_ascii_where_it_matters(text: str) -> None:
    assert not set("<>&\u2028\u2029\n\x00\x7f") & set(escaped([text]))


def test_only_our_own_scripts_may_run_and_nothing_be_fetched(tmp_path: Path) -> None:
    found = page_of(tmp_path, data_of(a_run([measured()])))
    (policy,) = [a["content"] for tag, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found.scripts}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == digests
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert not {"connect-src", "http:", "https:", "unsafe-eval"} & set(re.findall(r"[\w:-]+", policy))
    assert not any(name in a for _, a in found.elements for name in ("src", "srcset", "href", "onclick", "onload"))


@pytest.mark.parametrize("path", sorted((HTML / "js").glob("*.js")), ids=lambda path: path.name)
def test_scripts_build_elements_and_never_read_markup(path: Path) -> None:
    text = path.read_text("utf-8")
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch(",
                 "XMLHttpRequest", "localStorage", "http://", "https://", "</script"):  # fmt: skip
        assert word not in text
    node = shutil.which("node")
    if node is not None:
        subprocess.run([node, "--check", str(path)], check=True, timeout=60)


def test_every_script_is_in_the_page_in_its_order(plain: Page) -> None:
    assert {path.stem for path in (HTML / "js").glob("*.js")} == {*document.SCRIPTS, "main"}
    assert len(plain.scripts) == len(document.SCRIPTS) + 2


def test_the_library_is_the_one_that_is_told() -> None:
    library = (HTML / document.LIBRARY).read_bytes()
    told = (HTML / "vendor" / "README.md").read_text("utf-8")
    (version,) = re.findall(r"Apache ECharts (\d+\.\d+\.\d+)", told)
    assert hashlib.sha256(library).hexdigest() in told
    assert f"ECharts {version}" in " ".join((HTML / "page.html").read_text("utf-8").split())
    assert f'"{version}"' in library.decode()
    assert b"</script" not in library.lower()
    for licence in ("LICENSE", "NOTICE", "LICENSE-d3"):
        assert (HTML / "vendor" / "echarts" / licence).stat().st_size > 100


def test_the_page_can_be_read_without_scripts(plain: Page) -> None:
    assert "results.csv" in " ".join(plain.body)


def test_a_run_without_outcomes_has_a_page(tmp_path: Path) -> None:
    found = page_of(tmp_path, data_of(a_run([]), analysed=True))
    assert (found.head["sets"], found.head["systems"]) == ([], [])


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot write") as caught:
        document.write_page(tmp_path / "absent" / "report.html", data_of(a_run([measured()])), remedy="do this")
    assert str(caught.value).endswith(": do this")
    assert list(tmp_path.iterdir()) == []
