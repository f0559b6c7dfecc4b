"""A camera's health in sentences: what is seen, and what whoever stands at the camera does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.cameras.health import AlarmKind, HealthState

if TYPE_CHECKING:
    from turnpike.cameras.alarms import Alarm
    from turnpike.cameras.reporting import CameraHealth

_QUARTER_S = 900.0
_NEAR_QUARTER_S = 30.0
_FEW_OF_USUAL = 0.5
_MINUTE_S, _HOUR_S = 60.0, 3600.0

_ALARMS = {
    AlarmKind.SILENT: ("is silent", "are silent"),
    AlarmKind.CLOCK: ("has a wrong clock", "have wrong clocks"),
    AlarmKind.LATE: ("is late", "are late"),
    AlarmKind.FEW: ("reads far less than usual", "read far less than usual"),
    AlarmKind.UNREAD: ("leaves plates unread", "leave plates unread"),
    AlarmKind.UNSURE: ("is suddenly unsure", "are suddenly unsure"),
}


def told_alarm(alarm: Alarm) -> str:
    """An alarm in a sentence: which camera, or how many and what they share."""
    one, many = _ALARMS[alarm.kind]
    if alarm.count == 1:
        return f"{alarm.cameras[0][1]} {one}."
    still = "" if alarm.ill == alarm.count or alarm.ended_at else f" ({alarm.ill} of them still)"
    joined = f"; {alarm.shared}" if alarm.shared else ""
    return f"{alarm.count:,} cameras {many} together{still}{joined}."


def seen(health: CameraHealth) -> tuple[tuple[str, str], ...]:
    """What is wrong with this camera, or could be: pairs of what is seen and what to do."""
    if health.state is HealthState.CLOSED:
        return (
            (
                "It is closed on the register, so that nothing of it is taken.",
                "Nothing: it is meant to be so.",
            ),
        )
    found = [_ILLS[kind](health) for kind in health.ills]
    if health.state is HealthState.WAITING:
        found.append(_never_heard(health))
    elif not health.keys and health.state is HealthState.SILENT:
        found.append(
            (
                "No key of its own stands any more.",
                f"If it posts by a key, issue one: turnpike camera key {health.camera_id}.",
            )
        )
    if health.aside not in ("none", "") and AlarmKind.CLOCK not in health.ills:
        found.append(
            (
                f"Reads put aside in the last hour because they could not be used: {health.aside}.",
                "Look at the page Messages: it says why of each.",
            )
        )
    if not health.ills and health.rate is not None and health.rate < _FEW_OF_USUAL:
        found.append(
            (
                f"It read {health.rate:.0%} of what it usually does at this hour.",
                "If the road is as busy as ever, look whether something covers part of its view.",
            )
        )
    return tuple(found)


def headline(health: CameraHealth) -> str:
    """How it stands, in a line."""
    if health.state is HealthState.WORKING:
        usual = f", of some {health.usual_reads:,.0f} usual" if health.usual_reads else ""
        return f"Working. Heard of {health.heard}; reads in the last hour: {health.reads}{usual}."
    return f"{health.state.word}. Heard of: {health.heard}."


def seconds(value: float) -> str:
    """A span of time as people say it."""
    size = abs(value)
    if size < _MINUTE_S:
        return f"{size:.1f} s"
    return f"{size / _MINUTE_S:.0f} min" if size < _HOUR_S else f"{size / _HOUR_S:.1f} h"


def _never_heard(health: CameraHealth) -> tuple[str, str]:
    if not health.keys:
        return (
            "Nothing has ever come from it, and no key of its own stands.",
            f"Issue a key with turnpike camera key {health.camera_id}, or map it to a feed with turnpike feed map; then enter it on the camera.",
        )
    return (
        "Nothing has ever come from it.",
        "Check on the camera: the address, the key, that sending is turned on, and that it reaches this centre; then let a vehicle pass.",
    )


def _silent(health: CameraHealth) -> tuple[str, str]:
    usual = (
        f" It usually reads some {health.usual_reads:,.0f} in an hour like this."
        if health.usual_reads and health.usual_reads >= 1
        else ""
    )
    if health.alive:
        return (
            f"It answers, but reads nothing.{usual}",
            "Look through the lens: is it clean, aimed at the road and lit? Is plate reading turned on, and the road open?",
        )
    return (
        f"Nothing comes from it.{usual}",
        "Is it powered, and does its link work? Open the camera's own page from where you stand; then check the address and the key that it sends to.",
    )


def _clock(health: CameraHealth) -> tuple[str, str]:
    what = "Set its time by NTP from a server that it reaches, and its time zone to UTC or to the one that its feed names."
    if health.aside_for_time:
        return (
            "Its reads are put aside, because their time is more than 5 minutes ahead or over a year ago.",
            f"Look at the camera's date, its time zone and summer time. {what}",
        )
    error = health.clock_error_s
    if error is None:
        return "Its clock was wrong when it last sent enough to tell.", what
    way = "ahead" if error > 0 else "behind"
    quarters = round(abs(error) / _QUARTER_S)
    if quarters and abs(abs(error) - quarters * _QUARTER_S) < _NEAR_QUARTER_S:
        return (
            f"Its clock is {seconds(error)} {way}: just so many quarters of an hour, which is a time zone and no drift.",
            f"Look at its time zone and at summer time. {what}",
        )
    return f"Its clock is {seconds(error)} {way}.", what


def _late(health: CameraHealth) -> tuple[str, str]:
    delay = (
        f"Half of its reads come later than {seconds(health.delay_s)}."
        if health.delay_s
        else "Its reads come late."
    )
    return (
        delay,
        "Its link is slow, or it is catching up after an outage: look at signal and data allowance; if the delay falls, wait.",
    )


def _few(health: CameraHealth) -> tuple[str, str]:
    told = (
        "It reads far less than it usually does at this hour."
        if health.rate is None
        else f"It read {health.rate:.0%} of what it usually does at this hour."
    )
    return (
        told,
        "Is the road closed, or a lane? Else look whether something covers its view, whether it still looks where it did, and whether its link loses messages.",
    )


def _unsure(health: CameraHealth) -> tuple[str, str]:
    if health.confidence is None or health.usual_confidence is None:
        told = "Its confidence fell."
    else:
        told = f"Its confidence is {health.confidence:.0%}, where {health.usual_confidence:.0%} is usual at this hour."
    return told, "Clean lens and housing; check focus, infra-red light and that it still looks where it did."


def _unread(health: CameraHealth) -> tuple[str, str]:
    if health.unread_share is None:
        told = "It sees vehicles and reads no plate of them."
    else:
        usual = (
            f", where {health.usual_unread_share:.0%} is usual"
            if health.usual_unread_share is not None
            else ""
        )
        told = f"Of {health.unread_share:.0%} of vehicles it read no plate{usual}."
    return (
        told,
        "Check aim, zoom, shutter and infra-red light, and that nothing has grown or been put before it.",
    )


_ILLS = {
    AlarmKind.SILENT: _silent,
    AlarmKind.CLOCK: _clock,
    AlarmKind.LATE: _late,
    AlarmKind.FEW: _few,
    AlarmKind.UNREAD: _unread,
    AlarmKind.UNSURE: _unsure,
}
