"""Adapters, a file each, found by name: a new one is a file here, a folder of fixtures and a line in the docs."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.ingest.vendor_messages import Adapter


@cache
def adapters() -> Mapping[str, Adapter]:
    """Every adapter there is, by name."""
    found = (
        importlib.import_module(f"{__name__}.{module.name}").ADAPTER
        for module in pkgutil.iter_modules(__path__)
    )
    return MappingProxyType(
        {adapter.name: adapter for adapter in sorted(found, key=lambda one: str(one.name))}
    )
