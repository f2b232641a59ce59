"""Makers of tiny checkpoints that really transcribe a few clips, one module per model family.

Each module has `make(folder)` and runs by itself: `python -m tests.checkpoints.whisper FOLDER`.
`python -m tests.checkpoints` makes them all in the cache and prints what each one took.
"""
