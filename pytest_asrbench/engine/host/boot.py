"""First lines of a model's process, run as a script: `python boot.py DESCRIPTOR PARENT_PID`.

The interpreter need not have pytest-asrbench installed. The package is taken from where this file lies, and only
it: putting the parent's whole site-packages on the path would mix the libraries of two environments.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def borrow(name: str, folder: Path) -> None:
    """Make the package in `folder` importable as `name` without touching sys.path."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no package in {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    # A script's own folder heads the path; `wire` or `memory` must not be importable as top-level modules.
    sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() != here]
    borrow("pytest_asrbench", here.parents[1])

    from pytest_asrbench.engine.host.child import main

    sys.exit(main(descriptor=int(sys.argv[1]), parent_pid=int(sys.argv[2])))
