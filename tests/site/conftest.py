"""Settings over a data folder that nobody has used."""

from __future__ import annotations

import pytest

from turnpike.config import Config


@pytest.fixture
def fresh(tmp_path) -> Config:
    """Settings of a centre of its own, before its first start."""
    return Config(data_dir=tmp_path / "data")
