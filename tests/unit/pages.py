"""Pages made of outcomes, and what a browser would take out of them again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pytest_asrbench.records import Outcome
from pytest_asrbench.report.page.data import PageData, gather
from pytest_asrbench.report.page.document import AudioPlan, write_page
from pytest_asrbench.report.page.findings import add_findings
from pytest_asrbench.store.results import Run
from pytest_asrbench.store.serialized import to_dict
from tests.unit.outcomes import run_info


def a_run(outcomes: Sequence[Outcome], name: str = "first", findings: dict[str, Any] | None = None, **info: Any) -> Run:
    """A run of `outcomes`, named `name`."""
    stamps = {outcome.corpus: outcome.normalizer for outcome in outcomes if outcome.normalizer}
    facts = to_dict(run_info(**{"run": name, "normalizers": stamps or {"corpus": "none"}, **info}))
    return Run(f"{name}/results.json", facts, lambda: outcomes, findings)


def data_of(*runs: Run, analysed: bool = False) -> PageData:
    data = gather(runs)
    if analysed:
        add_findings(data)
    return data


class Page(HTMLParser):
    """A page as an HTML parser sees it: its elements in order, and the content of its scripts by id."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.blocks: dict[str, str] = {}
        self.body: list[str] = []
        self._script: dict[str, str | None] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._script = dict(attrs) if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.body.append(data)
        elif "type" in self._script:
            self.blocks[str(self._script["id"])] = data
        else:
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._script = None

    @property
    def head(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self.blocks["head"])
        return values

    def cases(self, number: int = 0) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self.blocks[f"set-{number}"])
        return values


def page_of(folder: Path, data: PageData, history: Sequence[Any] = (), audio: AudioPlan | None = None) -> Page:
    return Page(write_page(folder / "report.html", data, history, audio).read_text("utf-8"))
