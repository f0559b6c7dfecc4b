"""The built styles, scripts and images: where they lie and under which names."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from turnpike.errors import ConfigurationError

STATIC_DIR = Path(__file__).parent / "static"
"""What the server serves under `STATIC_URL`; its names carry a hash, so that each may be kept for ever."""


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    try:
        return msgspec.json.decode((STATIC_DIR / "manifest.json").read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError) as error:
        raise ConfigurationError("The pages' assets are not built; run `make assets`.") from error


def static(name: str) -> str:
    """The address of a built asset such as `web/turnpike.css` or `control/wall.js`.

    Raises:
        ConfigurationError: the assets are not built, or this one is not among them.
    """
    try:
        return f"{settings.STATIC_URL}{_manifest()[name]}"
    except KeyError as error:
        raise ConfigurationError(
            f"There is no asset {name}; add its source and run `make assets`."
        ) from error
