"""From texts to counts: normalisers, alignment, error rates, totals. Pure."""
