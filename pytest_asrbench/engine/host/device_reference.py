"""The reference workload of an accelerator: products of matrices, in the process that holds the device already.

It takes PyTorch if the model has loaded it; a model of another runtime goes without. It keeps 6 MiB of device memory.
"""

from __future__ import annotations

import sys
import time
from functools import cache
from typing import Any

_SIZE = 1_024
_PRODUCTS = 16


def seconds(device: str) -> float | None:
    """Time the workload on `device` ("cuda:0"), synchronised before and after; None without PyTorch."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    matrix, synchronize = _prepared(torch, device.replace("rocm", "cuda"))
    synchronize()
    start = time.perf_counter()
    for _ in range(_PRODUCTS):
        torch.mm(matrix, matrix)
    synchronize()
    return time.perf_counter() - start


@cache
def _prepared(torch: Any, device: str) -> tuple[Any, Any]:
    """A matrix on the device and the function that waits for it; the first product, which selects a kernel, is made."""
    synchronize = getattr(torch, device.partition(":")[0]).synchronize
    matrix = torch.full((_SIZE, _SIZE), 1 / _SIZE, device=device, dtype=torch.float16)
    torch.mm(matrix, matrix)
    return matrix, synchronize
