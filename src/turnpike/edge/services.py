"""The roadside for every other folder: one camera, or several at one engine; their outboxes and how they stand."""

from __future__ import annotations

from turnpike.edge.cameras_file import CameraRow, load_cameras
from turnpike.edge.errors import CentreUnavailable, EdgeError, OutboxUnavailable
from turnpike.edge.one_camera import Edge, EdgePlan
from turnpike.edge.outbox import Outbox
from turnpike.edge.sender import Sender
from turnpike.edge.several import Roadside
from turnpike.edge.status import EdgeStatus, SourceState, read_status, status_path
from turnpike.edge.turns import Turns

__all__ = [
    "CameraRow",
    "CentreUnavailable",
    "Edge",
    "EdgeError",
    "EdgePlan",
    "EdgeStatus",
    "Outbox",
    "OutboxUnavailable",
    "Roadside",
    "Sender",
    "SourceState",
    "Turns",
    "load_cameras",
    "read_status",
    "status_path",
]
