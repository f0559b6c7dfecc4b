from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from turnpike.simulation.services import DemoWorld, Town, make_town, write_demo_world

if TYPE_CHECKING:
    from pathlib import Path

SEED = 5
TODAY = date(2026, 5, 20)


@pytest.fixture(scope="session")
def town() -> Town:
    return make_town(SEED)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> DemoWorld:
    return small_world_in(tmp_path_factory.mktemp("world"))


def small_world_in(folder: Path) -> DemoWorld:
    return write_demo_world(
        folder, SEED, lambda _what, _done, _total: None, today=TODAY, pictures=3, video_seconds=0.4
    )
