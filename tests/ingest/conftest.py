"""One centre for all tests of ingest that only look from outside, with a camera of its own for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.centre import Centre, running_centre

from turnpike.ingest.feed_directory import directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CAMERAS = 60


class Sender(NamedTuple):
    """A registered camera and its key."""

    camera_id: str
    key: str


@pytest.fixture(autouse=True)
def _no_feeds_in_memory() -> None:
    """What a test kept in the records is gone after it, so the next begins without."""
    directory.cache_clear()


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A running centre, shared by the tests of this folder."""
    with running_centre(tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.fixture(scope="session")
def _cameras(centre: Centre) -> Iterator[Sender]:
    keys = centre.register(*(f"camera-{number}" for number in range(_CAMERAS)))
    return (Sender(camera_id, key) for camera_id, key in keys.items())


@pytest.fixture
def a_sender(_cameras: Iterator[Sender]) -> Callable[[], Sender]:
    """Gives a camera that no other test sends for."""
    return lambda: next(_cameras)


@pytest.fixture
def sender(a_sender: Callable[[], Sender]) -> Sender:
    """A camera that no other test sends for."""
    return a_sender()
