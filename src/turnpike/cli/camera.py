"""`turnpike camera …`: register cameras, make their necessity cases, issue and revoke their keys."""

from __future__ import annotations

import sys
from datetime import datetime  # noqa: TC003 - typer reads the annotation
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

if TYPE_CHECKING:
    from turnpike.cameras.services import Camera

commands = typer.Typer(
    no_args_is_help=True, help="Register cameras, make their cases, issue and revoke keys."
)
_CAMERA = typer.Argument(help="The camera's id.", metavar="CAMERA")


@commands.command()
def add(
    camera_id: str = typer.Argument(help="Small letters, digits and dashes.", metavar="CAMERA"),
    *,
    name: str = typer.Option(..., help="Where it stands, as people say it."),
    latitude: float = typer.Option(..., help="Degrees north (WGS 84)."),
    longitude: float = typer.Option(..., help="Degrees east (WGS 84)."),
    heading: int = typer.Option(..., help="Where it looks: degrees clockwise from north, 0 to 359."),
    purpose: str = typer.Option(..., help="What it may be used for."),
    owner: str = typer.Option(..., help="Who looks after it."),
    controller: str = typer.Option(
        "", help="The organisation that is controller of its reads; this site's own when not given."
    ),
    lanes: int = typer.Option(1, help="How many lanes it sees."),
    view: str = typer.Option("", help="What it looks at, in words."),
    direction: str = typer.Option("", help="towards or away, where it is set up to read one of them."),
) -> None:
    """Register a camera and print its first key, which is shown only now; its reads are refused until a case is approved."""
    prepare_records()
    from turnpike.cameras import services as cameras

    camera = cameras.register_camera(
        shell_actor(),
        camera_id=camera_id,
        name=name,
        latitude=latitude,
        longitude=longitude,
        heading_degrees=heading,
        lanes=lanes,
        purpose=purpose,
        owner=owner,
        controller=controller,
        view=view,
        direction_role=direction,
    )
    _print_key(camera)
    print(
        f"Its reads are refused until its necessity case is approved: turnpike camera case {camera_id}, or on its page.",
        file=sys.stderr,
    )


@commands.command()
def case(
    camera_id: str = _CAMERA,
    *,
    why_here: str = typer.Option(..., help="Why the camera has to be at this place."),
    need: str = typer.Option(..., help="Which pressing need it answers."),
    alternatives: str = typer.Option(..., help="What else was considered, and why it does not do."),
    dpia: str = typer.Option(..., help="The reference of the data-protection impact assessment."),
    review_on: datetime = typer.Option(..., formats=["%Y-%m-%d"], help="Last day before it is reviewed."),
    purpose: str = typer.Option("", help="What it may be used for; as on the register when not given."),
    owner: str = typer.Option("", help="Who looks after it; as on the register when not given."),
) -> None:
    """Make a camera's necessity case; somebody else approves it, signed in, on the camera's page."""
    camera = _camera(camera_id)
    from turnpike.cameras import services as cameras

    argument = cameras.Argument(why_here, need, alternatives, dpia, review_on.date())
    cameras.propose_case(shell_actor(), camera.camera_id, argument, purpose=purpose, owner=owner)
    typer.echo("Made. It counts once another person has approved it on the camera's page.")


@commands.command(name="import")
def import_(
    file: Path = typer.Argument(
        help="CSV; docs/camera-register.md tells its columns.", exists=True, dir_okay=False
    ),
) -> None:
    """Register every camera of a file, or none of them: each fault is named by its line."""
    prepare_records()
    from turnpike.cameras import services as cameras

    done = cameras.import_cameras(shell_actor(), file.read_bytes())
    typer.echo(
        f"{done.cameras} cameras registered; {done.cases} necessity cases wait for another person's approval."
    )


@commands.command()
def export() -> None:
    """Print the register as CSV, with the columns that `turnpike camera import` takes."""
    prepare_records()
    from turnpike.cameras import services as cameras

    for line in cameras.export_register():
        sys.stdout.write(line)


@commands.command(name="controller")
def controller_(
    camera_id: str = _CAMERA,
    name: str = typer.Option(..., "--set", help='The organisation, or "" for this site\'s own.'),
) -> None:
    """Say whose reads a camera's are from now on; what it read before stays whose it was."""
    camera = _camera(camera_id)
    from turnpike.cameras import services as cameras

    held = cameras.set_controller(camera, name, shell_actor())
    typer.echo(f"{held.controller} is controller of what {camera.camera_id} reads.")


@commands.command()
def key(camera_id: str = _CAMERA) -> None:
    """Print a new key for a camera, shown only now; keys issued before stay good."""
    _print_key(_camera(camera_id))


@commands.command()
def revoke(camera_id: str = _CAMERA) -> None:
    """Revoke every key of a camera at once."""
    camera = _camera(camera_id)
    from turnpike.cameras import services as cameras

    typer.echo(f"{cameras.revoke_keys(camera, shell_actor())} keys of {camera.camera_id} revoked.")


@commands.command(name="list")
def list_(as_json: bool = typer.Option(False, "--json", help="One JSON object a line.")) -> None:
    """List the registered cameras."""
    prepare_records()
    from turnpike.cameras import services as cameras

    registered = cameras.all_cameras()
    controllers, own = cameras.controllers_now(), cameras.own_controller()
    if as_json:
        for camera in registered:
            plain = _plain(camera) | {"controller": controllers.get(camera.camera_id, own)}
            typer.echo(msgspec.json.encode(plain))
        return
    table = Table(Column("Camera", no_wrap=True), "Name", "Position", "Looks", "Controller", "Owner", "State")
    for camera in registered:
        table.add_row(
            camera.camera_id,
            camera.name,
            f"{camera.latitude:.5f}, {camera.longitude:.5f}",
            camera.heading_text,
            controllers.get(camera.camera_id, own),
            camera.owner,
            "active" if camera.active else "closed",
        )
    Console().print(table)


def _camera(camera_id: str) -> Camera:
    prepare_records()
    from turnpike.cameras import services as cameras

    camera = cameras.find_camera(camera_id)
    if camera is None:
        raise InputError("There is no camera of that id; `turnpike camera list` shows them.")
    return camera


def _print_key(camera: Camera) -> None:
    from turnpike.cameras import services as cameras

    typer.echo(cameras.issue_key(camera, shell_actor()))
    print(
        f"Keep this key of {camera.camera_id} now: it is not stored and cannot be shown again.",
        file=sys.stderr,
    )


def _plain(camera: Camera) -> dict[str, str | float | bool]:
    return {
        "camera": camera.camera_id,
        "name": camera.name,
        "latitude": camera.latitude,
        "longitude": camera.longitude,
        "heading_degrees": camera.heading_degrees,
        "lanes": camera.lanes,
        "purpose": camera.purpose,
        "owner": camera.owner,
        "view": camera.view,
        "direction": camera.direction_role,
        "place": camera.withheld or "published",
        "active": camera.active,
    }
