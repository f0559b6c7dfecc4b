"""The demo world and a nation's reads for every other folder, and the plate's drawing for training."""

from __future__ import annotations

from turnpike.simulation.errors import (
    CentreRefused,
    CentreSilent,
    KeyFileError,
    NationFileError,
    NationSizeError,
    PlateTextError,
    TownSizeError,
    WorldFolderError,
)
from turnpike.simulation.glyphs import (
    GLYPHS,
    Lettering,
    glyph_polygons,
    glyph_width_mm,
    lay_out,
    row_width_mm,
)
from turnpike.simulation.live import LivePassing, live_passings
from turnpike.simulation.models import (
    Colour,
    DemoWorld,
    Journey,
    Passing,
    PictureTruth,
    Road,
    ScenePlate,
    SceneRender,
    Town,
    TownCamera,
    TownVehicle,
    VehicleKind,
    VideoPass,
    VideoTruth,
    View,
)
from turnpike.simulation.nation_files import FilesWritten, write_reads
from turnpike.simulation.nation_messages import Load
from turnpike.simulation.nation_places import NationCamera
from turnpike.simulation.nation_plan import NationPlan
from turnpike.simulation.nation_posting import AnswerTimes, LoadPosted, post_reads
from turnpike.simulation.nation_reads import READ_SCHEMA, national_cameras, national_reads
from turnpike.simulation.plate_art import Band, Ground, PlateStyle, plate_groups, render_plate
from turnpike.simulation.registrations import draw_registrations
from turnpike.simulation.scene import render_scene
from turnpike.simulation.street_plan import coordinates
from turnpike.simulation.town import make_town
from turnpike.simulation.traffic import TrafficClip, kept_clip, traffic_clip
from turnpike.simulation.traffic_models import Condition, PlateSeen, TrafficPass, TrafficTruth
from turnpike.simulation.video import render_video
from turnpike.simulation.world import load_demo_world, write_demo_world

__all__ = [
    "GLYPHS",
    "READ_SCHEMA",
    "AnswerTimes",
    "Band",
    "CentreRefused",
    "CentreSilent",
    "Colour",
    "Condition",
    "DemoWorld",
    "FilesWritten",
    "Ground",
    "Journey",
    "KeyFileError",
    "Lettering",
    "LivePassing",
    "Load",
    "LoadPosted",
    "NationCamera",
    "NationFileError",
    "NationPlan",
    "NationSizeError",
    "Passing",
    "PictureTruth",
    "PlateSeen",
    "PlateStyle",
    "PlateTextError",
    "Road",
    "ScenePlate",
    "SceneRender",
    "Town",
    "TownCamera",
    "TownSizeError",
    "TownVehicle",
    "TrafficClip",
    "TrafficPass",
    "TrafficTruth",
    "VehicleKind",
    "VideoPass",
    "VideoTruth",
    "View",
    "WorldFolderError",
    "coordinates",
    "draw_registrations",
    "glyph_polygons",
    "glyph_width_mm",
    "kept_clip",
    "lay_out",
    "live_passings",
    "load_demo_world",
    "make_town",
    "national_cameras",
    "national_reads",
    "plate_groups",
    "post_reads",
    "render_plate",
    "render_scene",
    "render_video",
    "row_width_mm",
    "traffic_clip",
    "write_demo_world",
    "write_reads",
]
