"""Amounts of memory, as people write them."""

from __future__ import annotations

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.models.licences import restriction
from pytest_asrbench.support import sizes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("12", 12 * 10**9),
        ("12GB", 12 * 10**9),
        (" 12 gb ", 12 * 10**9),
        ("12GiB", 12 * 2**30),
        ("0.5gib", 2**29),
        ("800MB", 800 * 10**6),
        ("512MiB", 2**29),
        (".5TB", 5 * 10**11),
    ],
)
def test_gb_are_decimal_and_gib_binary(text: str, size: int) -> None:
    assert sizes.read(text) == size


@pytest.mark.parametrize("text", ["", "GB", "12G", "12 bytes", "-1GB", "0", "1e999GB", "nan", "12GBs", "1,5GB"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match="write 12GB"):
        sizes.read(text)


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("CC-BY-NC-4.0", "non-commercial"),
        ("cc-by-nc-sa-4.0", "non-commercial"),
        ("Nyra non-commercial", "non-commercial"),
        ("Qwen Research", "research only"),
        ("qwen-research", "research only"),
        ("Apache-2.0", ""),
        ("MIT", ""),
        ("CC-BY-4.0", ""),
        ("BSD-2-Clause", ""),
        ("", ""),
    ],
)
def test_what_a_licence_forbids_is_told_by_its_name(licence: str, said: str) -> None:
    assert restriction(licence) == said
