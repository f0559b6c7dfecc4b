"""An operator on watch, and a wall that hears of things by signal alone."""

from __future__ import annotations

import pytest
from django.test import AsyncClient
from tests.alert_world import stolen_list, wanted

from turnpike.access import services as access
from turnpike.control import alert_stream

NEVER_S = 600.0


@pytest.fixture
def on_watch(people):
    """A list with one wanted vehicle, and an operator on watch over it: their client and the watch."""
    stolen_list(people)
    wanted(people)
    watch = access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    client = AsyncClient()
    client.force_login(people.operator)
    return client, watch


@pytest.fixture
def signals_only(monkeypatch):
    """No look at the records by the clock: whatever happens, happens because of a signal."""
    monkeypatch.setattr(alert_stream, "RECHECK_S", NEVER_S)
