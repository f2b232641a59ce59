"""`python -m pytest_asrbench` is `pytest-asrbench`."""

import sys

from pytest_asrbench.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
