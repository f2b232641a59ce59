"""Long lists: small in memory, made on demand, and no recording is opened for them."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.recording import FileRecording
from pytest_asrbench.corpus.snippet import Snippet
from tests.unit import sounds

ROWS = 10_000
BYTES = 300  # a row, at the peak while listing; a Snippet and what hangs on it take 900

_PROGRAM = """
import json, sys, tracemalloc
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from pytest_asrbench.corpus import loading
loading.load(sys.argv[1] + "[limit=1]")
opened.clear()
tracemalloc.start()
corpus = loading.load(sys.argv[1] + sys.argv[2])
kept, peak = tracemalloc.get_traced_memory()
for snippet in list(corpus.snippets)[:3]:
    snippet.read(16_000, "")
ours = sorted({name for name in opened if name.endswith((".wav", ".jsonl"))})
print(json.dumps({"snippets": len(corpus.snippets), "kept": kept, "peak": peak, "opened": ours}))
"""


def listed(path: Path, options: str) -> dict[str, object]:
    """What a process of its own finds: memory, and the files that it opens to list and to read three snippets."""
    command = [sys.executable, "-c", _PROGRAM, str(path), options]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_sample_of_a_long_manifest_is_small_and_opens_its_own_recordings_alone(tmp_path: Path) -> None:
    with (tmp_path / "m.jsonl").open("w") as file:
        for number in range(ROWS):
            row = {
                "audio_filepath": f"audio/clip-{number:07d}.wav",
                "text": f"some words of clip {number}",
                "duration": 1.0,
            }
            file.write(json.dumps({**row, "speaker": f"s{number % 50}"}) + "\n")
    sample = loading.load(f"{tmp_path / 'm.jsonl'}[limit=3,by=speaker]")
    chosen = {str(one.audio) for one in sample.snippets}
    for one in sample.snippets:
        assert one.audio is not None
        sounds.write(one.audio)
    found = listed(tmp_path / "m.jsonl", "[limit=3,by=speaker]")
    assert found["snippets"] == 3
    assert isinstance(found["peak"], int)
    assert isinstance(found["kept"], int)
    assert found["peak"] < BYTES * ROWS
    assert found["kept"] < 50 * ROWS, "ids alone would take more"
    assert found["opened"] == sorted({*chosen, str(tmp_path / "m.jsonl")})


def test_snippets_are_made_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Listing(Snippet("", FileRecording(Path(f"{n}.wav")), text=f"text {n}") for n in range(1_000))
    made: list[str] = []
    original = Snippet.__init__

    def noted(self: Snippet, *given: Any, **more: Any) -> None:
        made.append("one")
        original(self, *given, **more)

    monkeypatch.setattr(Snippet, "__init__", noted)
    assert len(listing) == 1_000
    assert listing.ids[999] == "999"
    assert listing.has("500")
    assert made == []
    assert listing[500].text == "text 500"
    assert 0 < len(made) < 300, "a block of them"


def test_a_listing_is_a_sequence() -> None:
    listing = Listing(Snippet(f"s{n}", text=str(n)) for n in range(300))
    assert [one.text for one in listing] == [str(n) for n in range(300)]
    assert listing[-1].id == "s299"
    assert [one.id for one in listing[298:]] == ["s298", "s299"]
    assert listing.find("s7") == Snippet("s7", text="7")
    assert listing.find("none") is None
    with pytest.raises(IndexError):
        listing[300]
    assert list(Listing()) == []


def test_a_taken_id_is_told_in_the_copy_and_keeps_its_text() -> None:
    listing = Listing(Snippet(name, text=name, origin=f"line {n}") for n, name in enumerate(["a", "b", "a", "a#2"]))
    assert list(listing.ids) == ["a", "b", "a#3", "a#2"]
    assert listing[2].problem == "line 2: the id 'a' belongs to line 0 already; give one of them an id of its own"
    assert (listing[2].id, listing[2].text) == ("a#3", "a")
    assert listing[0].problem is None


def test_copies_of_one_snippet_unpack_no_more_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Listing(Snippet("a", origin=f"line {n}") for n in range(1_000))
    unpacked: list[str] = []
    original = pickle.loads

    def noted(content: bytes) -> Any:
        unpacked.append("one")
        return original(content)

    monkeypatch.setattr(pickle, "loads", noted)
    assert [one.id for one in listing][-1] == "a#1000"
    assert 0 < len(unpacked) < 20, "blocks of them, each once"


def test_snippets_and_recordings_are_the_same_after_pickling() -> None:
    recording = FileRecording(Path("a.wav"), 0.5, 2.0, 1)
    snippet = Snippet("a", recording, text="x", tags=("t",), nonspeech=True, duration=2.0, max_wer=0.1, origin="here")
    assert pickle.loads(pickle.dumps(snippet)) == snippet
