"""The project's tests, importable as a package so that checkpoint makers can be run with `python -m`."""
