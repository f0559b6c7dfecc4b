"""Cameras for tests: real rows, made through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from turnpike.cameras.services import Camera, register_camera

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def register(db: None) -> Callable[..., Camera]:
    """Register a camera; all but what is given is the same for each."""

    def registered(camera_id: str = "north-gate", **changes: Any) -> Camera:
        facts: dict[str, Any] = {
            "name": camera_id.replace("-", " ").title(),
            "latitude": 51.501,
            "longitude": -0.142,
            "heading_degrees": 40,
            "lanes": 2,
            "purpose": "Road safety and stolen vehicles",
            "owner": "County roads",
        }
        return register_camera("tests", camera_id=camera_id, **facts | changes)

    return registered
