"""pytest-asrbench: benchmark local speech recognisers on your own recordings and hardware, as pytest cases."""

__version__ = "0.1.0"
