"""Samples of corpora: the same on every machine, in proportion to strata, and the larger holds the smaller."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.errors import UsageError


def corpus(folder: Path, order: int | None = None, name: str = "m") -> Path:
    """A manifest of 400 snippets: one speaker says a half, one a quarter, 10 the rest; lengths differ by tag."""
    rows = [
        {
            "audio_filepath": f"{n}.wav",
            "text": "x",
            "speaker": "a" if n % 2 else "b" if n % 4 else f"c{n % 10}",
            "tags": ["long"] if n % 5 == 0 else ["short", "clear"],
            "duration": 20.0 if n % 5 == 0 else 1.5,
        }
        for n in range(400)
    ]
    if order is not None:
        random.Random(order).shuffle(rows)
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def drawn(path: Path, options: str) -> list[str]:
    return list(loading.load(f"{path}[{options}]").ids)


def test_a_sample_is_the_same_everywhere(tmp_path: Path) -> None:
    here = drawn(corpus(tmp_path), "limit=8")
    assert here == ["63", "109", "133", "176", "201", "224", "295", "358"], "on any machine, by any version"
    (tmp_path / "elsewhere").mkdir()
    assert sorted(drawn(corpus(tmp_path / "elsewhere", order=1), "limit=8")) == sorted(here)


def test_seeds_draw_others_and_more_holds_less(tmp_path: Path) -> None:
    path = corpus(tmp_path)
    for by in ("", ",by=speaker", ",by=tag", ",by=length"):
        small, large, other = (set(drawn(path, f"{rest}{by}")) for rest in ("limit=20", "limit=50", "limit=20,seed=1"))
        assert (len(small), len(large), len(other)) == (20, 50, 20)
        assert small < large
        assert len(small & other) < 10
    assert drawn(path, "limit=20,seed=0") == drawn(path, "limit=20")


@pytest.mark.parametrize("seed", range(3))
def test_strata_have_their_share(tmp_path: Path, seed: int) -> None:
    path = corpus(tmp_path)
    speakers = Counter(one.speaker for one in loading.load(f"{path}[limit=40,by=speaker,seed={seed}]").snippets)
    assert speakers["a"] == pytest.approx(20, abs=1)
    assert speakers["b"] == pytest.approx(10, abs=1)
    for by in ("tag", "length"):
        tags = Counter(one.tags[0] for one in loading.load(f"{path}[limit=40,by={by},seed={seed}]").snippets)
        assert tags == {"long": 8, "short": 32}


def test_the_order_is_the_corpuss_and_a_large_limit_takes_all(tmp_path: Path) -> None:
    path = corpus(tmp_path, order=3)
    everything = list(loading.load(path).ids)
    some = drawn(path, "limit=50,by=speaker")
    assert some == [name for name in everything if name in some]
    assert drawn(path, "limit=400") == everything
    assert drawn(path, "limit=1000000,by=tag") == everything


def test_ids_of_a_sample_are_those_of_the_whole(tmp_path: Path) -> None:
    rows = [{"audio_filepath": f"{week}/{n}.wav", "text": "x"} for week in "ab" for n in range(50)]
    path = tmp_path / "m.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert all("/" in name for name in drawn(path, "limit=3"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("limit=0", "limit is 0; it should be a number of snippets, 1 or more"),
        ("limit=ten", "limit is 'ten'"),
        ("limit=1.5", "limit is 1.5"),
        ("limit=true", "limit is True"),
        ("limit=3,by=speakers", "by is 'speakers'; did you mean 'speaker'?"),
        ("seed=3", "seed says how to draw a sample; say how large, too: limit=100"),
        ("by=tag", "by says how to draw a sample"),
        ("limt=3", "there is no option 'limt' here; did you mean 'limit'?"),
    ],
)
def test_options_that_make_no_sense_are_told(tmp_path: Path, options: str, words: str) -> None:
    path = corpus(tmp_path)
    with pytest.raises(UsageError) as caught:
        loading.load(f"{path}[{options}]")
    assert f"{path}[{options}]: {words}" in str(caught.value)
