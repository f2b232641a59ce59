"""Where the adapters, the catalogue and the corpora lie that come with the package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return the folder `name`, "model_adapters" or "corpora": inside the package, or beside it in a checkout.

    An installed package owns no name but its own: what lies beside it is others'.
    """
    return PACKAGE / name if (PACKAGE / "model_adapters").is_dir() else PACKAGE.parent / name


def corpora(project: Path) -> list[Path]:
    """Where corpora are looked for by their name: among those of the project, then among those of the package."""
    return [project / "corpora", folder("corpora")]
