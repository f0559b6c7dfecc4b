"""Cameras' health for Prometheus: by camera id, without small counts and without the time of any vehicle.

Source: the Prometheus text exposition format 0.0.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.cameras.alarms import standing
from turnpike.cameras.health import HealthState
from turnpike.cameras.reporting import health_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from turnpike.cameras.reporting import CameraHealth

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FIGURES = (
    ("reads_in_last_hour", "reads", "Reads of the last hour, in whole tens; absent under ten."),
    ("usual_reads_in_hour", "usual_reads", "Reads that an hour like this one usually brings."),
    (
        "delay_seconds",
        "delay_s",
        "Median time from capture to receipt, without what a wrong clock makes of it.",
    ),
    ("clock_error_seconds", "clock_error_s", "How far the clock is ahead; negative where it is behind."),
    ("confidence", "confidence", "Mean confidence of the last hour, 0 to 1."),
    ("usual_confidence", "usual_confidence", "Confidence that is usual at this hour of the day."),
    ("unread_share", "unread_share", "Share of vehicles of which no plate was read in the last hour."),
)


def exposition(now: datetime) -> str:
    """Everything, as text."""
    told = health_of(now=now)
    return "\n".join([*_states(told), *_alarms(), *_heard(told), *_of_each(told), ""])


def _states(told: Iterable[CameraHealth]) -> Iterator[str]:
    yield "# HELP turnpike_camera_state How a camera stands; 1 for the state that it is in."
    yield "# TYPE turnpike_camera_state gauge"
    for one in told:
        yield f'turnpike_camera_state{{camera="{one.camera_id}",state="{one.state.value}"}} 1'
    yield "# HELP turnpike_cameras Cameras on the register by state."
    yield "# TYPE turnpike_cameras gauge"
    for state in HealthState:
        number = sum(one.state is state for one in told)
        yield f'turnpike_cameras{{state="{state.value}"}} {number}'


def _alarms() -> Iterator[str]:
    yield "# HELP turnpike_cameras_ill Cameras with a standing alarm by kind."
    yield "# TYPE turnpike_cameras_ill gauge"
    for kind, cameras in standing().items():
        yield f'turnpike_cameras_ill{{kind="{kind.value}"}} {len(cameras)}'


def _heard(told: Iterable[CameraHealth]) -> Iterator[str]:
    yield "# HELP turnpike_camera_heard_timestamp_seconds Begin of the ten minutes in which it was last heard of; absent where fewer than ten reads came in a day."
    yield "# TYPE turnpike_camera_heard_timestamp_seconds gauge"
    for one in told:
        if one.heard_at is not None:
            yield f'turnpike_camera_heard_timestamp_seconds{{camera="{one.camera_id}"}} {one.heard_at.timestamp():.0f}'


def _of_each(told: Iterable[CameraHealth]) -> Iterator[str]:
    for name, field, words in _FIGURES:
        yield f"# HELP turnpike_camera_{name} {words}"
        yield f"# TYPE turnpike_camera_{name} gauge"
        for one in told:
            value = getattr(one, field)
            number = _whole_tens(value) if isinstance(value, str) else value
            if number is not None:
                yield f'turnpike_camera_{name}{{camera="{one.camera_id}"}} {number:g}'


def _whole_tens(text: str) -> float | None:
    if text == "none":
        return 0.0
    return None if text.startswith("under") else float(text.replace(",", ""))
