"""`turnpike doctor --cameras`: how the cameras are, for whoever stands at one on a ladder."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import typer

from turnpike.site.services import cameras_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from turnpike.cameras.services import CameraLines, Report

_ASKED_EVERY_S = 5.0
_WIDTH = 28


def say_how_cameras_are(
    camera_id: str, *, watch: bool, as_json: bool, wait: Callable[[float], None] = time.sleep
) -> None:
    """Say it once, or anew whenever it changes. Status 1 where something is wrong, as for the other checks."""
    report = cameras_report(camera_id)
    if as_json:
        typer.echo(msgspec.json.encode(report))
    else:
        _say(report, camera_id)
    while watch:
        wait(_ASKED_EVERY_S)
        now = cameras_report(camera_id)
        if (now.cameras, now.together) != (report.cameras, report.together):
            typer.echo("" if not as_json else msgspec.json.encode(now))
            if not as_json:
                _say(now, camera_id)
        report = now
    if any(one.alarms_stand for one in report.cameras):
        raise typer.Exit(1)


def _say(report: Report, camera_id: str) -> None:
    for line in told(report, alone=bool(camera_id)):
        typer.echo(line)


def told(report: Report, *, alone: bool) -> Iterator[str]:
    """The report in lines: what fell ill together first, then each camera, newest trouble first."""
    yield f"{report.at}"
    if not report.is_live:
        yield "The server does not run here, so that nothing is heard: this is what was noted last. Start `turnpike serve`."
    for line in report.together:
        yield f"TOGETHER  {line}"
    for one in report.cameras:
        yield ""
        yield from _of_one(one, alone=alone)
    if not alone:
        yield ""
        number = report.working
        yield f"{number:,} {'camera is' if number == 1 else 'cameras are'} working" + (
            "." if report.cameras else ", and nothing is wrong with any."
        )


def _of_one(one: CameraLines, *, alone: bool) -> Iterator[str]:
    yield f"{one.name} ({one.camera})"
    yield f"  {one.headline}"
    for seen, to_do in one.seen:
        yield f"  Seen:  {seen}"
        yield f"  Do:    {to_do}"
    if alone:
        for word, value in one.figures:
            yield f"  {word + ':':<{_WIDTH}} {value}"
    for line in one.alarms if alone else one.alarms[:1]:
        yield f"  {line}"
