"""Word alignments as short lists of edit operations, from the aligner that made the counts (RapidFuzz, inside jiwer).

The reference's words stand once in the page, and each transcript is told by what it changes in them:

    3       three words right          "~heard"   the next word substituted by this one
    -2      two words deleted          "+heard"   this word inserted
"""

from __future__ import annotations

from collections.abc import Sequence

Operation = int | str


def operations(reference: str, transcript: str) -> list[Operation]:
    """Return the edits that make `transcript` of `reference`; both normalised, with words between blanks."""
    from rapidfuzz.distance import Levenshtein

    said = reference.split()
    if reference == transcript:
        return [len(said)] if said else []
    heard = transcript.split()
    found: list[Operation] = []
    for edit in Levenshtein.opcodes(said, heard):
        if edit.tag == "equal":
            found.append(edit.src_end - edit.src_start)
        elif edit.tag == "delete":
            found.append(edit.src_start - edit.src_end)
        else:
            sign = "~" if edit.tag == "replace" else "+"
            found.extend(sign + word for word in heard[edit.dest_start : edit.dest_end])
    return found


def counts(edits: Sequence[Operation]) -> tuple[int, int, int]:
    """Return substitutions, deletions and insertions among `edits`."""
    words = [edit[0] for edit in edits if isinstance(edit, str)]
    deleted = -sum(edit for edit in edits if isinstance(edit, int) and edit < 0)
    return words.count("~"), deleted, words.count("+")


def transcript_of(reference: str, edits: Sequence[Operation]) -> str:
    """Apply `edits` to `reference`: what the page's script does to show a transcript."""
    words, position, made = reference.split(), 0, list[str]()
    for edit in edits:
        if isinstance(edit, str):
            made.append(edit[1:])
            position += edit[0] == "~"
            continue
        if edit > 0:
            made.extend(words[position : position + edit])
        position += abs(edit)
    return " ".join(made)
