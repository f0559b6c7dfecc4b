"""What `turnpike doctor --cameras` is told: each camera in plain sentences, those with the newest trouble first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.cameras.alarms import alarms_of, open_alarms, standing
from turnpike.cameras.errors import CameraError
from turnpike.cameras.health import HealthState
from turnpike.cameras.health_words import headline, seconds, seen, told_alarm
from turnpike.cameras.hearing import EAR
from turnpike.cameras.reporting import health_of

if TYPE_CHECKING:
    from datetime import datetime

    from turnpike.cameras.alarms import Alarm
    from turnpike.cameras.reporting import CameraHealth


@dataclass(frozen=True, slots=True)
class CameraLines:
    """One camera for whoever stands at it: how it stands, what is seen with what to do, the figures, and its alarms, newest first."""

    camera: str
    name: str
    state: str
    headline: str
    seen: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], ...]
    alarms: tuple[str, ...]
    alarms_stand: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All that was asked about. `is_live` is false where the process that hears the cameras was not the one asked."""

    at: str
    is_live: bool
    working: int
    together: tuple[str, ...]
    cameras: tuple[CameraLines, ...]


def reported(camera_id: str = "") -> Report:
    """One camera, or every one that is not working: what fell ill together in a line each, the newest trouble first.

    Raises:
        CameraError: no camera of that id is registered.
    """
    now = timezone.now()
    told = health_of([camera_id] if camera_id else None, now=now)
    if camera_id and not told:
        raise CameraError("There is no camera of that id; `turnpike camera list` shows them.")
    began = _began()
    wanted = [one for one in told if camera_id or one.state not in (HealthState.WORKING, HealthState.CLOSED)]
    # Nothing yet is no trouble that came: it stands below what did.
    wanted.sort(key=lambda one: (one.camera_id in began, began.get(one.camera_id, "")), reverse=True)
    return Report(
        at=_instant(now),
        is_live=bool(EAR.since_ms),
        working=sum(one.state is HealthState.WORKING for one in told),
        together=tuple(_line(alarm) for alarm in open_alarms() if alarm.count > 1),
        cameras=tuple(lines_of(one) for one in wanted),
    )


def figures_of(health: CameraHealth) -> tuple[tuple[str, str], ...]:
    """The figures as pairs of a word and its value, for a page or a terminal; what is not known is left out."""
    usual = f"; some {health.usual_reads:,.0f} are usual" if health.usual_reads is not None else ""
    told = [("Reads in the last hour", f"{health.reads}{usual}")]
    if health.delay_s is not None:
        told.append(("Delay", f"{seconds(health.delay_s)} from capture to receipt, for half of them"))
    if health.clock_error_s is not None:
        told.append(("Clock", _clock(health.clock_error_s)))
    if health.confidence is not None:
        usual_share = (
            f"; {health.usual_confidence:.0%} is usual" if health.usual_confidence is not None else ""
        )
        told.append(("Confidence", f"{health.confidence:.0%}{usual_share}"))
    if health.unread_share is not None:
        told.append(("Vehicles without a plate read", f"{health.unread_share:.0%}"))
    if health.aside != "none":
        told.append(("Put aside in the last hour", health.aside))
    return tuple(told)


def _clock(error_s: float) -> str:
    if not error_s:
        return "right, as far as the way of its messages lets tell"
    return f"{seconds(error_s)} {'ahead' if error_s > 0 else 'behind, the way of its messages counted in'}"


def lines_of(health: CameraHealth) -> CameraLines:
    """One camera's health in sentences."""
    return CameraLines(
        camera=health.camera_id,
        name=health.name,
        state=health.state.word,
        headline=headline(health),
        seen=seen(health),
        figures=figures_of(health),
        alarms=tuple(_line(alarm) for alarm in alarms_of(health.camera_id, 5)),
        alarms_stand=bool(health.ills),
    )


def _began() -> dict[str, str]:
    """When the newest trouble of each ill camera was noticed, written so that it sorts."""
    began: dict[str, str] = {}
    for cameras in standing().values():
        for camera_id, at in cameras.items():
            began[camera_id] = max(began.get(camera_id, ""), at.isoformat())
    return began


def _line(alarm: Alarm) -> str:
    until = f" Ended {_instant(alarm.ended_at)}." if alarm.ended_at else " It stands."
    return f"{_instant(alarm.raised_at)}: {told_alarm(alarm)}{until}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
