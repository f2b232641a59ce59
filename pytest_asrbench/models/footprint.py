"""What a run of a model takes of a memory, reckoned from the catalogue. docs/memory.md states the formula.

memory = weights + cache + activations + what the runtime takes by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pytest_asrbench.models import catalog
from pytest_asrbench.models.catalog import BYTES_PER_WEIGHT, Architecture, CatalogFacts, Runtime
from pytest_asrbench.models.entry import ModelEntry, catalogue_text

SECONDS = 30.0  # of audio, where nobody says more
CONTEXT = 500_000_000  # bytes that a driver's context takes of an accelerator; assumed, by no measurement of ours
RESIDENT = 500_000_000  # bytes of a runtime that nobody has measured
ASSUMED_SHARE = 0.1  # cache and activations of an architecture that is not known, of the weights in 16 bits
TEXT_TOKENS = 5.0  # a second of speech
PROMPT_TOKENS = 100
LAYER_COPIES = (4, 2)  # values of a layer held at its busiest: of its width, of its feed-forward part
DECODER_INNER = 4  # feed-forward width of a decoder, in widths
HALF = ("bfloat16", "float16")
# Bytes of one weight of a linear layer: 8 bits; 4 bits and a float32 for each block of 64. All others stay in 16 bits.
PACKED = {"int8": 1.0, "nf4": 0.5 + 4 / 64}


@dataclass(frozen=True, slots=True)
class Working:
    """What a call takes besides the weights, in bytes."""

    cache: int
    activations: int

    @property
    def total(self) -> int:
        """Both."""
        return self.cache + self.activations


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run takes in one precision, in bytes.

    assumed: whether something of it is a guess for want of facts. measured: what a run has taken, where there was one.
    """

    precision: str
    weights: int
    working: Working
    runtime: int
    assumed: bool = False
    measured: int | None = None

    @property
    def total(self) -> int:
        """All of it: what was measured, else the sum of the parts."""
        return self.measured if self.measured is not None else self.weights + self.working.total + self.runtime


@cache
def runtimes() -> Mapping[str, Runtime]:
    """What the catalogue knows of runtimes, by adapter."""
    return catalog.runtimes(catalogue_text())


def weights(facts: CatalogFacts, precision: str) -> int | None:
    """Bytes of the weights in a precision: a file's own size, else parameters × bytes; None where that is not known."""
    sizes = facts.memory()
    if precision in sizes or precision not in PACKED or not facts.parameters or facts.weights:
        return sizes.get(precision)
    built = facts.architecture
    kept = min(built.vocabulary * built.width, facts.parameters) if built is not None else 0
    return round(kept * BYTES_PER_WEIGHT["float16"] + (facts.parameters - kept) * PACKED[precision])


def working(built: Architecture, seconds: float, value: int, runtime: Runtime) -> Working:
    """Cache and activations of one call. value: bytes of a value.

    A model with windows takes whole ones, and only one at a time unless they are joined.
    """
    window = built.window
    heard = seconds if window is None else window * (math.ceil(seconds / window) if built.joined else 1)
    frames = built.encoder_frames * heard
    attended = built.encoder_frames * min(built.span or window or heard, heard)
    of_width, of_inner = LAYER_COPIES
    layer = frames * (of_width * built.encoder_width + of_inner * built.encoder_inner)
    held = max(built.pairs, built.encoder_heads if runtime.scores else 0) * frames * attended
    audio = built.audio_tokens * heard
    text = TEXT_TOKENS * min(seconds, heard) + PROMPT_TOKENS if built.layers else 0.0
    read = audio * built.width * (of_width + of_inner * DECODER_INNER)
    return Working(
        cache=round(2 * built.layers * built.cache_width * (audio + text) * value),
        activations=round(
            runtime.copies * max(2 * built.front * heard, layer + held, read) * value + 4 * built.vocabulary
        ),
    )


def estimate(
    entry: ModelEntry, kind: str, precision: str, seconds: float = SECONDS, longest: float | None = None
) -> Estimate | None:
    """Return what a run on a kind of device ("cpu", "cuda" ...) takes of its memory; None if the size is not known.

    seconds: of one clip; longest: of one call, longer clips are cut.
    """
    size = weights(entry.facts, precision)
    if size is None:
        return None
    runtime = runtimes().get(entry.adapter, Runtime())
    own = CONTEXT if kind != "cpu" else RESIDENT if runtime.resident is None else runtime.resident
    built = entry.facts.architecture
    if built is None:
        half = (entry.facts.parameters or 0) * BYTES_PER_WEIGHT["float16"] or size
        return Estimate(precision, size, Working(0, round(ASSUMED_SHARE * half)), own, assumed=True)
    narrow = precision in HALF and not entry.facts.weights if kind == "cpu" else precision != "float32"
    value = 2 if narrow else 4  # of a file a CPU computes in float32
    limits = [limit for limit in (entry.facts.longest_seconds, longest) if limit]
    asked = working(built, min([seconds, *limits]), value, runtime)
    return Estimate(precision, size, asked, own, assumed=kind == "cpu" and runtime.resident is None)
