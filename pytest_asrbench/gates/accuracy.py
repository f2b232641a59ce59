"""The accuracy gates against a baseline: WER or CER lost beyond a tolerance, significantly lost, changed transcripts.

Pure functions: comparisons in, breaches out. Texts of saved runs are shown as they are, but for what a terminal would
take for a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from pytest_asrbench.records import Breach
from pytest_asrbench.store import Comparison, Entry

if TYPE_CHECKING:
    from pytest_asrbench.statistics import significance

SIGNIFICANT, CHANGED = "wer:significant", "transcripts:changed"
MAX_SHOWN = 10  # snippets in one message
MAX_DIFF = 1_000  # characters of a snippet's text there
CONTEXT = 8  # words that agree, kept on either side of a change in a long one
ROUNDING = 1e-12
_MARK = re.compile(r"(\[-.*?-\]|\{\+.*?\+\})")


def loss(comparison: Comparison) -> float | None:
    """WER of this run minus that of the baseline, over the snippets that are comparable; None if undefined."""
    if comparison.wer_now is None or comparison.wer_then is None:
        return None
    return comparison.wer_now - comparison.wer_then


def judge_wer(
    comparison: Comparison, allowed: float | None, origin: str, *, significant: bool = False, together: int = 1
) -> tuple[list[Breach], list[str]]:
    """Hold the WER against its baseline: one breach that names each rule it misses, and notes on what it cannot tell.

    allowed: how much the WER may rise. significant: whether a significant rise is a breach, too; together: how many
    totals are judged so in this session.
    """
    lost = loss(comparison)
    too_much = allowed is not None and lost is not None and lost > allowed + ROUNDING
    found = against_baseline(comparison, together) if significant or too_much else None
    worse = significant and found is not None and found.significant and (found.difference.estimate or 0.0) > 0
    notes = [_undecided(comparison, found)] if significant and found is not None and _too_few(found) else []
    if not (too_much or worse):
        return [], notes
    rules = [f"{origin} allows {(allowed or 0.0) * 100:g} pp"] if too_much else []
    rules += [f"{origin} takes no significant loss ({SIGNIFICANT})"] if worse else []
    told = (
        f"WER {_percent(comparison.wer_now)} {_where(comparison)} is {(lost or 0.0) * 100:.2f} pp worse than the "
        f"baseline's {_percent(comparison.wer_then)} ({comparison.source}); {', '.join(rules)}"
    )
    tested = [f"  {found.sentence()}{_adjusted(together)}"] if found is not None else []
    worst = comparison.worse()
    details = (*tested, *_worse(worst[:MAX_SHOWN]), *_rest(worst))
    return [_breach("wer_loss", told, comparison, lost, allowed, origin, details)], notes


def judge_cer(comparison: Comparison, allowed: float, origin: str) -> list[Breach]:
    """Hold the CER against its baseline; what a run saved by an older version cannot tell is a breach, never a pass."""
    now, then, where = comparison.cer_now, comparison.cer_then, _where(comparison)
    if not comparison.wer.pairs:  # which is told elsewhere
        return []
    if now is None or then is None:
        told = (
            f"CER {where} cannot be judged (the baseline {comparison.source} or this run holds no count of "
            f"characters), and {origin} asks for it: save a new baseline"
        )
        return [_breach("cer_loss", told, comparison, None, allowed, origin, ())]
    if now - then <= allowed + ROUNDING:
        return []
    told = (
        f"CER {_percent(now)} {where} is {(now - then) * 100:.2f} pp worse than the baseline's {_percent(then)} "
        f"({comparison.source}); {origin} allows {allowed * 100:g} pp"
    )
    worst = comparison.worse()
    details = (*_worse(worst[:MAX_SHOWN]), *_rest(worst))
    return [_breach("cer_loss", told, comparison, now - then, allowed, origin, details)]


def judge_transcripts(comparison: Comparison, origin: str) -> list[Breach]:
    """Hold each transcript against the baseline's, letter by letter."""
    changed = comparison.changed()
    if not changed:
        return []
    told = (
        f"{len(changed)} of {len(comparison.transcripts.pairs)} transcripts {_where(comparison)} changed against the "
        f"baseline ({comparison.source}); {origin} takes no change ({CHANGED})"
    )
    details = (*_changed(changed[:MAX_SHOWN]), *_rest(changed))
    return [_breach("transcripts", told, comparison, len(changed), 0, origin, details)]


def against_baseline(comparison: Comparison, together: int = 1, seed: int = 0) -> significance.Comparison | None:
    """Test this run against its baseline on the same snippets; None if there are none.

    p is adjusted for `together` comparisons by Bonferroni's method: cases are judged one by one, and Holm's, which is
    less strict, needs the p values of all. Speakers are the blocks where there are enough of them.
    """
    from pytest_asrbench.metrics.alignment import align
    from pytest_asrbench.statistics.intervals import RESAMPLES, speaker_blocks
    from pytest_asrbench.statistics.significance import ALPHA, compare

    pairs = comparison.wer.pairs
    if not pairs:
        return None
    references = [then.normalized_reference for _, then in pairs]
    systems = {
        "this run": align(references, [now.normalized_transcript for now, _ in pairs]),
        "the baseline": align(references, [then.normalized_transcript for _, then in pairs]),
    }
    draws = max(RESAMPLES, ceil(4 * together / ALPHA) - 1)  # so that the smallest p stays below alpha when adjusted
    blocks = speaker_blocks([now.speaker for now, _ in pairs])
    (found,) = compare(systems, blocks=blocks, seed=seed, resamples=draws)
    return replace(found, p=min(1.0, found.p * together))


def _breach(
    metric: str,
    text: str,
    comparison: Comparison,
    value: float | None,
    limit: float | None,
    origin: str,
    details: tuple[str, ...],
) -> Breach:
    where = (comparison.model, comparison.corpus)
    return Breach(metric, text, *where, value=value, limit=limit, origin=origin, details=details)


def _too_few(found: significance.Comparison) -> bool:
    """Whether nothing can be told, although something should be: with enough snippets, no loss is no loss."""
    from pytest_asrbench.statistics.intervals import MIN_BLOCKS

    gap = found.difference
    doubtful = gap.blocks < MIN_BLOCKS or gap.estimate is None or gap.estimate > 0
    return bool(gap.reason) and doubtful and not found.significant


def _undecided(comparison: Comparison, found: significance.Comparison | None) -> str:
    reason = found.difference.reason if found is not None else "nothing in common"
    return (
        f"{SIGNIFICANT} cannot be judged {_where(comparison)} ({reason}): it has neither passed nor failed; "
        "give a tolerance such as wer:0.5pp, or add snippets"
    )


def _adjusted(together: int) -> str:
    return f" (p adjusted for the {together} totals of this session)" if together > 1 else ""


def _worse(pairs: Iterable[tuple[Entry, Entry]]) -> list[str]:
    from pytest_asrbench.metrics.wer import diff

    lines = []
    for now, then in pairs:
        lines.append(_counts(now, then))
        lines.append(f"    then: {_shown(diff(then.normalized_reference, then.normalized_transcript))}")
        lines.append(f"    now:  {_shown(diff(now.normalized_reference, now.normalized_transcript))}")
    return lines


def _changed(pairs: Iterable[tuple[Entry, Entry]]) -> list[str]:
    lines = []
    for now, then in pairs:
        lines.append(_counts(now, then))
        lines.append(f"    {_raw_diff(then.transcript or '', now.transcript or '')}")
    return lines


def _counts(now: Entry, then: Entry) -> str:
    unsteady = [name for entry, name in ((then, "the baseline"), (now, "this run")) if entry.unstable]
    remark = f" (unstable: calls of {' and of '.join(unsteady)} differed among themselves)" if unsteady else ""
    return f"  {now.snippet}: {then.errors} -> {now.errors} errors in {now.reference_words} words{remark}"


def _raw_diff(then: str, now: str) -> str:
    """The change from one exact text to another; where no word differs, both as Python writes them."""
    from pytest_asrbench.metrics.wer import diff

    if then.split() == now.split():
        return f"{_shown(repr(then))} -> {_shown(repr(now))}"
    return _shown(diff(" ".join(then.split()), " ".join(now.split())))


def _rest(pairs: Sequence[tuple[Entry, Entry]]) -> list[str]:
    return [f"  ... and {len(pairs) - MAX_SHOWN} snippets more"] if len(pairs) > MAX_SHOWN else []


def _shown(text: str) -> str:
    """A text or diff in one line, without what would move a cursor; long ones with a few words around each change."""
    line = "".join(sign if sign.isprintable() else " " if sign.isspace() else "\ufffd" for sign in text)
    if len(line) > MAX_DIFF:
        line = "".join(part if place % 2 else _shortened(part) for place, part in enumerate(_MARK.split(line)))
    return line[:MAX_DIFF] + (f"... ({len(text):,} characters)" if len(line) > MAX_DIFF else "")


def _shortened(words: str) -> str:
    """A stretch that agrees, without its middle."""
    parts = words.split(" ")
    return words if len(parts) <= 2 * CONTEXT else " ".join([*parts[:CONTEXT], "...", *parts[-CONTEXT:]])


def _where(comparison: Comparison) -> str:
    return f"of {comparison.model} on {comparison.corpus}"


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{fraction * 100:.2f} %"
