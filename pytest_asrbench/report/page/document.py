"""report.html: one file that holds everything it shows, and fetches nothing.

The template's parts are files of `html/`. Data are JSON in script elements of a type that no browser runs, escaped so
that no text ends them; the page's scripts build everything from them as text nodes. The content security policy lets
no other script run (each of ours is named by its digest) and nothing be loaded from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib import resources
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from pytest_asrbench import __version__
from pytest_asrbench.adapter import Audio
from pytest_asrbench.report.page.audio import BUDGET, Clip, Embedded, embed
from pytest_asrbench.report.page.data import PageData, escaped
from pytest_asrbench.report.page.findings import set_names, without_transcript
from pytest_asrbench.report.page.sets import SnippetSet
from pytest_asrbench.support import atomic

PAGE = "report.html"
LIBRARY = "vendor/echarts/echarts.min.js"
# In the order of their use of one another.
SCRIPTS = (
    *("dom", "format", "data", "alignment", "charts", "theme", "labels", "plots", "tables"),
    *("cleaned", "passes", "loads", "analysis", "browser", "heatmap", "history", "provenance"),
)
_LAST = "main"

# What decodes a snippet's audio at 16 kHz, by the run's number, corpus and snippet; None where it is not found.
Find = Callable[[int, str, str], Callable[[], Audio] | None]


@dataclass(frozen=True, slots=True)
class AudioPlan:
    """How audio gets into the page; patience None: it may take any time."""

    find: Find
    budget: int = BUDGET
    patience: float | None = None


def write_page(
    path: Path,
    data: PageData,
    history: Sequence[Mapping[str, Any]] = (),
    audio: AudioPlan | None = None,
    remedy: str = "make room, or name another file",
) -> Path:
    """Write the page to `path`; raises ReportError, with `remedy`, where that cannot be done."""

    def write(file: TextIOWrapper) -> None:
        file.writelines(pieces(data, history, audio))

    return atomic.replace(path, write, remedy)


def pieces(data: PageData, history: Sequence[Mapping[str, Any]], audio: AudioPlan | None) -> Iterator[str]:
    """Yield the page in the order of the file."""
    scripts = {name: _text(f"js/{name}.js") for name in (*SCRIPTS, _LAST)}
    library = _text(LIBRARY)
    policy = _policy([library, *scripts.values()])
    title = _title(data)
    values = {"policy": policy, "title": escape(title), "style": _text("page.css"), "version": escape(__version__)}
    before, after = (_filled(part, values) for part in _text("page.html").split("{{data}}\n"))
    yield before
    for one in data.sets:
        yield from _set(data, one)
    told = Embedded()
    yield from _audio(data, audio, told)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    names = set_names(data)
    head = data.head() | {"title": title, "made": made, "version": __version__, "history": list(history)}
    head["missing"] = without_transcript(data)
    head["sets"] = [one | {"label": names[one["id"]]} for one in head["sets"]]
    head["audio"] = None if audio is None else {"clips": told.clips, "size": told.size, "left_out": told.left_out}
    yield f'<script type="application/json" id="head">{escaped(head)}</script>\n'
    yield f"<script>{library}</script>\n"
    for text in scripts.values():
        yield f"<script>{text}</script>\n"
    yield after


def _set(data: PageData, one: SnippetSet) -> Iterator[str]:
    """A set's snippets and cases; a case a line, and never all of them in memory once more."""
    yield f'<script type="application/json" id="set-{one.number}">{{"snippets":{escaped(one.columns())},"cases":{{\n'
    for place, system in enumerate(data.of(one.number)):
        yield f'{"," if place else ""}"{system.number}":[\n'
        for number, row in enumerate(system.rows):
            yield f",\n{row}" if number else row
        yield "]\n"
    yield "}}</script>\n"


def _audio(data: PageData, plan: AudioPlan | None, told: Embedded) -> Iterator[str]:
    if plan is None:
        return
    clips = _clips(data, plan.find)
    for name, text in embed(clips, told, plan.budget, plan.patience):
        yield f'<script type="text/plain" id="audio-{name}">{text}</script>\n'


def _clips(data: PageData, find: Find) -> Iterable[Clip]:
    """Every snippet with its decoder, worst first; that of the first run that measured it and still finds it."""
    runs: dict[int, list[int]] = {}
    for system in data.systems:
        if system.run not in runs.setdefault(system.place, []):
            runs[system.place].append(system.run)
    for one, number, clip in data.worst_first():
        found = (find(run, one.conditions.corpus, clip.name) for run in runs[one.number])
        yield Clip(f"{one.number}-{number}", next((read for read in found if read is not None), None), clip.seconds)


def _policy(scripts: Iterable[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; media-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _title(data: PageData) -> str:
    models = list(dict.fromkeys(system.model for system in data.systems))
    corpora = list(dict.fromkeys(one.conditions.series for one in data.sets))
    what = ", ".join(models[:3]) + (f" and {len(models) - 3} more" if len(models) > 3 else "")
    return f"{what or 'no models'} on {', '.join(corpora) or 'no corpus'}"


def _text(name: str) -> str:
    # Line ends as the digests in the policy have them: a checkout on Windows may hold others.
    return (resources.files("pytest_asrbench.report.page") / "html" / name).read_text("utf-8").replace("\r\n", "\n")


def _filled(template: str, values: Mapping[str, str]) -> str:
    # In one pass: a model may be called "{{style}}".
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)
