from __future__ import annotations

from functools import partial

import pytest
from tests import alert_world


@pytest.fixture
def stolen(people):
    """A list without entries."""
    return alert_world.stolen_list(people)


@pytest.fixture
def propose(people, stolen):
    """Propose an entry."""
    return partial(alert_world.propose, people)


@pytest.fixture
def wanted(people, stolen):
    """Make an entry that alerts."""
    return partial(alert_world.wanted, people)


@pytest.fixture
def read():
    """Make a stored read."""
    return alert_world.stored_read
