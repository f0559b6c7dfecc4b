"""Frames to readings, and readings to vehicle passes, for every other folder."""

from __future__ import annotations

from turnpike.recognition.advice import advice_for, advice_for_frame
from turnpike.recognition.counting import CountingEngine, FateCounts
from turnpike.recognition.describing import Describer
from turnpike.recognition.direction import direction_of
from turnpike.recognition.engine import BELIEVED, PRESENT, PlateEngine, load_engine
from turnpike.recognition.errors import EngineUnavailable, LanesFileError
from turnpike.recognition.fates import Fate, FrameFate
from turnpike.recognition.following import follow
from turnpike.recognition.lanes import Lanes, draw_lanes, load_lanes, parse_lanes
from turnpike.recognition.make import MakeClassifier, load_make_classifier
from turnpike.recognition.models import (
    Box,
    Candidate,
    Corners,
    Detector,
    Direction,
    Dropped,
    Engine,
    Inspection,
    Reading,
    Region,
    TrackPoint,
    VehiclePass,
    View,
)
from turnpike.recognition.networks import precisions
from turnpike.recognition.stages import Cut, Explanation, Place, explain, explain_crop

__all__ = [
    "BELIEVED",
    "PRESENT",
    "Box",
    "Candidate",
    "Corners",
    "CountingEngine",
    "Cut",
    "Describer",
    "Detector",
    "Direction",
    "Dropped",
    "Engine",
    "EngineUnavailable",
    "Explanation",
    "Fate",
    "FateCounts",
    "FrameFate",
    "Inspection",
    "Lanes",
    "LanesFileError",
    "MakeClassifier",
    "Place",
    "PlateEngine",
    "Reading",
    "Region",
    "TrackPoint",
    "VehiclePass",
    "View",
    "advice_for",
    "advice_for_frame",
    "direction_of",
    "draw_lanes",
    "explain",
    "explain_crop",
    "follow",
    "load_engine",
    "load_lanes",
    "load_make_classifier",
    "parse_lanes",
    "precisions",
]
