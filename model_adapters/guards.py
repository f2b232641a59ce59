"""Whisper's guards against words where nobody speaks: one option, `guards`, for all adapters of the family.

In force, tokens for sounds and brackets cannot be said ("[Music]", "♪", "(applause)"), and a window of 30 s that the
model takes for no speech, and of whose words it is not sure, is left out. Out of force, neither is done. Temperature
fallback and the ratio of compression that sets it off belong to Whisper's own program, too; they draw by chance and
are never used here, so that the same clip gives the same text.
"""

from __future__ import annotations

from typing import Any

DEFAULT = False
# By Whisper's own program: openai/whisper, transcribe.py.
NO_SPEECH, LOG_PROBABILITY = 0.6, -1.0


def in_force(on: bool, suppressed: bool) -> dict[str, Any]:
    """Return which guards are in force, for the record; `suppressed`: whether tokens of sounds cannot be said."""
    return {
        "suppressed_sounds": suppressed,
        "no_speech_threshold": NO_SPEECH if on else None,
        "logprob_threshold": LOG_PROBABILITY if on else None,
        "temperature_fallback": False,
    }
