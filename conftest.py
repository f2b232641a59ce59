"""Defaults of this repository only; the plugin needs none of it."""

from __future__ import annotations

pytest_plugins = ["pytester"]
