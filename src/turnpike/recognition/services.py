"""Frames to readings, and readings to vehicle passes, for every other folder."""

from __future__ import annotations

from turnpike.recognition.engine import BELIEVED, PRESENT, PlateEngine, load_engine
from turnpike.recognition.errors import EngineUnavailable
from turnpike.recognition.following import follow
from turnpike.recognition.models import (
    Box,
    Candidate,
    Corners,
    Detector,
    Engine,
    Reading,
    Region,
    VehiclePass,
)
from turnpike.recognition.networks import precisions

__all__ = [
    "BELIEVED",
    "PRESENT",
    "Box",
    "Candidate",
    "Corners",
    "Detector",
    "Engine",
    "EngineUnavailable",
    "PlateEngine",
    "Reading",
    "Region",
    "VehiclePass",
    "follow",
    "load_engine",
    "precisions",
]
