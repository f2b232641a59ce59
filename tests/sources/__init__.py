"""Corpora in the formats of others: written by their own libraries, or as their projects publish them, and read back."""
