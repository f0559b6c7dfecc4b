"""A store of its own for each test; the engine takes another path once all of the last one are closed."""

from __future__ import annotations

import pytest

from turnpike.reads.services import ReadStore


@pytest.fixture
def reads_path(tmp_path):
    """Where this test's store lives."""
    return tmp_path / "reads"


@pytest.fixture
def open_store(reads_path):
    """Opens this test's store, again and again if need be."""
    opened = []

    def open_one(**options) -> ReadStore:
        opened.append(ReadStore.open(reads_path, **options))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def own_store(open_store):
    """An empty store."""
    return open_store()
