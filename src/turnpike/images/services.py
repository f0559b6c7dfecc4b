"""Plate patches for every other folder: cut, checked, kept and read again."""

from __future__ import annotations

from turnpike.images.errors import PatchError, PatchStoreError
from turnpike.images.patches import (
    MAX_HEIGHT_PX,
    MAX_PATCH_BYTES,
    MAX_WIDTH_PX,
    check_patch,
    cut_patch,
    patch_from,
)
from turnpike.images.store import PatchStore

__all__ = [
    "MAX_HEIGHT_PX",
    "MAX_PATCH_BYTES",
    "MAX_WIDTH_PX",
    "PatchError",
    "PatchStore",
    "PatchStoreError",
    "check_patch",
    "cut_patch",
    "patch_from",
]
