"""Corpora in others' formats: written by their own libraries, or as their projects publish them, and read back."""
