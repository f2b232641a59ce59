"""Corpora: which snippets there are, their recordings and references, and what their files hold."""
