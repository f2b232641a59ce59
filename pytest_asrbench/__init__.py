"""pytest-asrbench: benchmark local speech recognisers on your own recordings and hardware, as pytest cases."""

from pytest_asrbench import bundled

__version__ = "0.1.0"

# In a checkout the adapters lie beside the package; they are `pytest_asrbench.model_adapters` there, too.
if (beside := bundled.folder("model_adapters").parent) != bundled.PACKAGE:
    __path__.append(str(beside))
