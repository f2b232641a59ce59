"""What a transcript is worth: normalisers, error counts, word alignments."""
