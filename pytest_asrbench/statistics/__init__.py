"""Intervals, significance, and whether it is slower. Pure."""
