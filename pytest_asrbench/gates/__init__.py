"""Limits and rules: figures in, missed limits out. Pure."""
