"""How the site is made: `tox -e docs`. The pages are those of this folder and what the registries tell."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import registries  # noqa: E402

from pytest_asrbench import __version__  # noqa: E402

project = "pytest-asrbench"
author = "The pytest-asrbench maintainers"
release = version = __version__
extensions = ["myst_parser"]
html_theme = "furo"
html_title = f"{project} {release}"
exclude_patterns = ["_build"]
myst_heading_anchors = 4
myst_enable_extensions = ["strikethrough"]
suppress_warnings = ["myst.strikethrough"]  # is for HTML alone, as the site is
highlight_language = "text"
REPOSITORY = "https://github.com/pytest-asrbench/pytest-asrbench/blob/main/"


def lead_outside(_app: Any, page: str, source: list[str]) -> None:
    """Lead links that leave this folder to the repository."""
    if "/" not in page:
        source[0] = re.sub(r"\]\(\.\./", f"]({REPOSITORY}", source[0])


def setup(app: Any) -> None:
    """Write the reference pages before Sphinx looks for pages."""
    registries.write(HERE / "reference")
    app.connect("source-read", lead_outside)
