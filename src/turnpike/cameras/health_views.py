"""What the register's pages show of health; the pages themselves are the register's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.cameras.alarms import alarms_of, ill_cameras, open_alarms
from turnpike.cameras.health_report import lines_of
from turnpike.cameras.health_words import told_alarm
from turnpike.cameras.reporting import health_of

if TYPE_CHECKING:
    from turnpike.cameras.alarms import Alarm


def for_list() -> dict[str, object]:
    """What the list of cameras needs beside its own: what is wrong now."""
    return {"alarms_told": _told(open_alarms()), "cameras_ill": len(ill_cameras())}


def for_camera(camera_id: str) -> dict[str, object]:
    """What the page of one registered camera needs beside its own."""
    (health,) = health_of([camera_id])
    return {
        "health_of_it": health,
        "health_lines": lines_of(health),
        "alarms_told": _told(alarms_of(camera_id)),
    }


def _told(alarms: tuple[Alarm, ...]) -> list[tuple[Alarm, str]]:
    return [(alarm, told_alarm(alarm)) for alarm in alarms]
