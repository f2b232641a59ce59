"""Is it slower? The reference workload, and the judgement of two runs of the same snippets."""
