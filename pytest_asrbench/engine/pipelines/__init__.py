"""A model that listens and one that rewrites what it heard, as one model: two processes, each on its own clock."""
