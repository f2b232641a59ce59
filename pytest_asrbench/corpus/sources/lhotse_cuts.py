"""Lhotse's cuts, read one after the other by Lhotse: `lhotse:cuts.jsonl.gz`. The audio is decoded here.

A cut is the part of a recording that its words are said in. One that Lhotse would make by computation (mixed, padded,
perturbed, the output of a command) has no file of its own, and is told so.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries
from pytest_asrbench.corpus.listing.entries import PROBLEM, Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError, MissingDependencyError

_SAME = 0.001  # seconds by which a cut of a whole recording may differ from it
_SAVE = "write it to a file of its own: cuts.save_audios(FOLDER)"


def load(locator: Locator) -> Corpus:
    """Return the corpus of a manifest of cuts; raises CorpusError, MissingDependencyError without Lhotse.

    Relative paths start from the manifest's folder, or from the option `root`; what lies elsewhere must be allowed.
    """
    locator.only("root")
    path = locator.path
    root = locator.root(path.parent)
    listing = Listing(entries.snippets(_entries(path), entries.below(Fence(root, locator.allowed))), root)
    if not listing:
        raise CorpusError(f"{path} has no cuts: make some, lhotse cut simple -r RECORDINGS -s SUPERVISIONS {path.name}")
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    return Corpus(name, listing)


def _entries(path: Path) -> Iterator[Entry]:
    for number, cut in enumerate(_cuts(path), 1):
        said = sorted(cut.supervisions, key=lambda one: one.start)
        entry = {"references": _further(said) if said else {}, "id": cut.id}
        entry["text"] = " ".join(one.text.strip() for one in said if one.text)
        for key in ("speaker", "language"):
            if len(values := {getattr(one, key) for one in said} - {None}) == 1:
                entry[key] = values.pop()
        try:
            entry |= _audio(cut)
        except CorpusError as error:
            entry[PROBLEM] = error
        yield f"{path}, cut {number} ({reprlib.repr(cut.id)})", entry


def _further(said: Sequence[Any]) -> dict[str, str]:
    """The texts that all supervisions of a cut have under the same names of their own, joined as what is said is."""
    own = [{name: text for name, text in (one.custom or {}).items() if isinstance(text, str)} for one in said]
    return {name: " ".join(one[name].strip() for one in own) for name in own[0] if all(name in one for one in own)}


def _cuts(path: Path) -> Iterator[Any]:
    try:
        from lhotse import CutSet
        from lhotse.cut import Cut
    except ImportError as error:
        raise MissingDependencyError(f'{path} needs Lhotse ({error}): pip install "pytest-asrbench[lhotse]"') from None
    if not path.is_file():
        raise CorpusError(f"{path} does not exist: name a manifest of cuts")
    try:
        for cut in CutSet.from_file(path):
            if not isinstance(cut, Cut):
                raise CorpusError(
                    f"{path} lists {type(cut).__name__}, and no cuts: make some, "
                    "lhotse cut simple -r RECORDINGS -s SUPERVISIONS cuts.jsonl.gz"
                )
            yield cut
    except CorpusError:
        raise
    except Exception as error:  # of damaged manifests, it raises what comes
        raise CorpusError(
            f"{path} cannot be read by Lhotse ({type(error).__name__}: {error}): write it again, or name another file"
        ) from error


def _audio(cut: Any) -> dict[str, Any]:
    recording = getattr(cut, "recording", None)
    if recording is None:
        raise CorpusError(f"it has no recording ({type(cut).__name__}); {_SAVE}")
    if recording.transforms:
        raise CorpusError(f"its recording is changed by {len(recording.transforms)} transforms; {_SAVE}")
    channels = [cut.channel] if isinstance(cut.channel, int) else list(cut.channel)
    sources = [one for one in recording.sources if set(channels) <= set(one.channels)]
    if not sources or sources[0].type != "file":
        kind = sources[0].type if sources else "several files"
        raise CorpusError(f"its audio is no file but of the kind {kind!r}; {_SAVE}")
    facts: dict[str, Any] = {"audio_filepath": str(sources[0].source), "duration": float(cut.duration)}
    if cut.start > _SAME or cut.duration < recording.duration - _SAME:
        facts["offset"] = float(cut.start)
    if len(sources[0].channels) > 1 and len(channels) == 1:
        facts["channel"] = sources[0].channels.index(channels[0])
    return facts
