"""Engines for these tests: the real one, loaded once, and one that says what it was told to."""

from __future__ import annotations

import pytest

from turnpike.recognition.services import load_engine


@pytest.fixture(scope="session")
def engine():
    return load_engine()
