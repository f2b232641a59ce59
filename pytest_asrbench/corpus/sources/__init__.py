"""Corpus sources, one file each: `load(locator)` makes a corpus of one way to keep recordings and references."""
