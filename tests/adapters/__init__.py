"""Tests of the adapters against tiny checkpoints of the real classes, on real speech."""
