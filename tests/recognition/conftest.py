"""The real engine, loaded once, where its weights are."""

from __future__ import annotations

import pytest

from turnpike.recognition.networks import CARDS, FOLDER
from turnpike.recognition.services import load_engine


@pytest.fixture(scope="session")
def engine():
    if not (FOLDER / CARDS).exists():
        pytest.skip(f"the recognition weights are not in this checkout: {FOLDER / CARDS} is missing")
    return load_engine()
