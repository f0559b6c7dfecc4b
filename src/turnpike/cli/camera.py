"""`turnpike camera …`: register cameras, issue and revoke their keys."""

from __future__ import annotations

import sys
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

commands = typer.Typer(no_args_is_help=True, help="Register cameras, issue and revoke their keys.")
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
) -> None:
    """Register a camera and print its first key, which is shown only now."""
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
    )
    _print_key(camera)


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
        "active": camera.active,
    }
