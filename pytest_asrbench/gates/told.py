"""The lines below the sentence of a missed limit: which snippets got worse or other texts, and in which words.

Texts of saved runs are shown as they are, but for what a terminal would take for a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.records import Counts
from pytest_asrbench.store import Entry

MAX_SHOWN = 10  # snippets in one message
MAX_DIFF = 1_000  # characters of a snippet's text there
CONTEXT = 8  # words that agree, kept on either side of a change in a long one
_MARK = re.compile(r"(\[-.*?-\]|\{\+.*?\+\})")

Pairs = Sequence[tuple[Entry, Entry]]  # now, then


def worse(pairs: Pairs, metric: Metric) -> Iterator[str]:
    """Snippets that a metric says got worse, the worst first: counts, and how both texts differ from what was said."""
    from pytest_asrbench.metrics.words import diff

    for now, then in pairs[:MAX_SHOWN]:
        yield _counts(now, then) if metric.by_words else _others(now, then, metric)
        yield f"    then: {shown(diff(then.normalized_reference, then.normalized_transcript))}"
        yield f"    now:  {shown(diff(now.normalized_reference, now.normalized_transcript))}"
    yield from _rest(pairs)


def changed(pairs: Pairs) -> Iterator[str]:
    """Snippets whose transcript is another, and how."""
    for now, then in pairs[:MAX_SHOWN]:
        yield _counts(now, then)
        yield f"    {_raw_diff(then.transcript or '', now.transcript or '')}"
    yield from _rest(pairs)


def found(snippets: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """What a metric found wrong in the words of snippets, one a line."""
    for snippet, lines in snippets[:MAX_SHOWN]:
        yield f"  {snippet}: {shown('; '.join(lines))}"
    yield from _rest(snippets)


def shown(text: str) -> str:
    """A text or diff in one line, without what would move a cursor; long ones with a few words around each change."""
    line = "".join(sign if sign.isprintable() else " " if sign.isspace() else "\ufffd" for sign in text)
    if len(line) > MAX_DIFF:
        line = "".join(part if place % 2 else _shortened(part) for place, part in enumerate(_MARK.split(line)))
    return line[:MAX_DIFF] + (f"... ({len(text):,} characters)" if len(line) > MAX_DIFF else "")


def _counts(now: Entry, then: Entry) -> str:
    return f"  {now.snippet}: {then.errors} -> {now.errors} errors in {now.reference_words} words{_unsteady(now, then)}"


def _others(now: Entry, then: Entry, metric: Metric) -> str:
    before, after = (entry.scores.get(metric.name, Counts()) for entry in (then, now))
    return (
        f"  {now.snippet}: {metric.title} {before.errors:g}/{before.total:g} -> {after.errors:g}/{after.total:g}"
        f"{_unsteady(now, then)}"
    )


def _unsteady(now: Entry, then: Entry) -> str:
    names = [name for entry, name in ((then, "the baseline"), (now, "this run")) if entry.unstable]
    return f" (unstable: calls of {' and of '.join(names)} differed among themselves)" if names else ""


def _raw_diff(then: str, now: str) -> str:
    """The change from one exact text to another; where no word differs, both as Python writes them."""
    from pytest_asrbench.metrics.words import diff

    if then.split() == now.split():
        return f"{shown(repr(then))} -> {shown(repr(now))}"
    return shown(diff(" ".join(then.split()), " ".join(now.split())))


def _rest(snippets: Sequence[object]) -> Iterator[str]:
    if len(snippets) > MAX_SHOWN:
        yield f"  ... and {len(snippets) - MAX_SHOWN} snippets more"


def _shortened(words: str) -> str:
    """A stretch that agrees, without its middle."""
    parts = words.split(" ")
    return words if len(parts) <= 2 * CONTEXT else " ".join([*parts[:CONTEXT], "...", *parts[-CONTEXT:]])
