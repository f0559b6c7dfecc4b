"""`turnpike feed …`: feeds of makers' messages, their cameras and their secrets."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError, UnavailableError
from turnpike.site.services import ingest_report, prepare_records

if TYPE_CHECKING:
    from turnpike.ingest.services import ConnectionState, Feed

commands = typer.Typer(
    no_args_is_help=True,
    help="Open feeds of makers' cameras, make their addresses, say which camera is which.",
)
_FEED = typer.Argument(help="The feed's name.", metavar="FEED")


@commands.command()
def add(
    name: str = typer.Argument(help="Small letters, digits and dashes.", metavar="FEED"),
    *,
    adapter: str = typer.Option(
        ..., help="What sends, such as json; one that is not known is answered with all that are."
    ),
    camera: str = typer.Option("", help="The camera that every message is of which names none."),
    time_zone: str = typer.Option(
        "UTC", help="In which it writes times that name none, such as Europe/London."
    ),
    setting: list[str] = typer.Option([], "--set", help="A setting of the adapter, as NAME=VALUE."),
    sender: list[str] = typer.Option([], help="A network that may send; any when not given."),
    messages_a_minute: int = typer.Option(1_200, help="More are refused."),
    certificate: str = typer.Option("", help="SHA-256 of the client certificate that has to be shown."),
) -> None:
    """Open a feed and print its address, which is shown only now."""
    prepare_records()
    from turnpike.ingest import services as ingest

    feed = ingest.open_feed(
        shell_actor(),
        name=name,
        adapter=adapter,
        camera_id=camera,
        words=ingest.FeedWords(time_zone, dict(_pair(one) for one in setting)),
        limits=ingest.FeedLimits(tuple(sender), messages_a_minute, certificate),
    )
    _print_address(feed)


@commands.command()
def address(
    name: str = _FEED,
    *,
    only: bool = typer.Option(False, "--only", help="Take all other addresses away."),
) -> None:
    """Print a new address of a feed, shown only now; those before stay good, unless `--only` takes them away."""
    feed = _feed(name)
    _print_address(feed)
    if only:
        from turnpike.ingest import services as ingest

        count = ingest.revoke_addresses(feed, shell_actor(), but_newest=True)
        print(f"Other addresses taken away: {count}.", file=sys.stderr)


@commands.command()
def password(
    name: str = _FEED,
    username: str = typer.Option(
        "", help="The user name that the camera gives; the feed's name when not given."
    ),
    *,
    remove: bool = typer.Option(False, "--remove", help="Ask for none any more."),
) -> None:
    """Print a new password of a feed, shown only now, for cameras that let only a host be set."""
    feed = _feed(name)
    from turnpike.ingest import services as ingest

    if remove:
        ingest.take_password_away(feed, shell_actor())
        typer.echo(f"{feed.name} asks for no password any more.")
        return
    typer.echo(ingest.set_password(feed, shell_actor(), username or feed.name[:32]))
    print(
        f"Keep this password of user {feed.username} now: it is not stored and cannot be shown again.",
        file=sys.stderr,
    )


@commands.command(name="map")
def map_(
    name: str = _FEED,
    camera: str = typer.Argument(help='The camera\'s id, or "" for none any more.', metavar="CAMERA"),
    source: str = typer.Option(
        "", help="The sender's own name of it; messages that name none when not given."
    ),
) -> None:
    """Say which camera a sender's own name stands for."""
    feed = _feed(name)
    from turnpike.ingest import services as ingest

    ingest.map_camera(feed, shell_actor(), source=source, camera_id=camera)
    said = f"“{source}”" if source else "messages that name no camera"
    typer.echo(f"In {feed.name}, {said}: {camera or 'put aside from now on'}.")


@commands.command()
def close(name: str = _FEED) -> None:
    """Close a feed for good: its addresses and its password are refused within a second."""
    feed = _feed(name)
    from turnpike.ingest import services as ingest

    ingest.close_feed(feed, shell_actor())
    typer.echo(f"{feed.name} is closed.")


@commands.command(name="list")
def list_(as_json: bool = typer.Option(False, "--json", help="One JSON object a line.")) -> None:
    """List the feeds, the closed ones too; no secret is among what is shown."""
    prepare_records()
    from turnpike.ingest import services as ingest

    known, connections = ingest.all_feeds(), _connections()
    if as_json:
        for feed in known:
            typer.echo(msgspec.json.encode({**_plain(feed), "connection": connections.get(feed.name)}))
        return
    table = Table(Column("Feed", no_wrap=True), "Sends", "Cameras", "From", "User name", "State")
    for feed in known:
        cameras = ", ".join(
            f"{one.source} = {one.camera_id}" if one.source else one.camera_id for one in feed.cameras.all()
        )
        table.add_row(
            feed.name, feed.adapter, cameras or "none yet", ", ".join(feed.senders) or "anywhere",
            feed.username or "none", _state(feed, connections.get(feed.name)),
        )  # fmt: skip
    Console().print(table)


def _connections() -> dict[str, ConnectionState]:
    """How fetched feeds stand, where a server runs that knows."""
    try:
        report = ingest_report()
    except UnavailableError as error:
        print(error, file=sys.stderr)
        return {}
    return report.connections if report else {}


def _state(feed: Feed, connection: ConnectionState | None) -> str:
    if feed.closed_at:
        return "closed"
    if connection is None:
        return "open"
    if connection.is_connected:
        return f"connected to its {connection.peer}" + (f": {connection.told}" if connection.told else "")
    return f"not connected: {connection.told}"


def _feed(name: str) -> Feed:
    prepare_records()
    from turnpike.ingest import services as ingest

    feed = ingest.find_feed(name)
    if feed is None:
        raise InputError("There is no feed of that name; `turnpike feed list` shows them.")
    return feed


def _print_address(feed: Feed) -> None:
    from turnpike.ingest import services as ingest

    typer.echo(ingest.address_of(ingest.new_address(feed, shell_actor())))
    print(
        f"Keep this address of {feed.name} now: it is a secret, is not stored and cannot be shown again.",
        file=sys.stderr,
    )


def _pair(written: str) -> tuple[str, str]:
    name, sign, value = written.partition("=")
    if not sign:
        raise InputError("Give each setting as NAME=VALUE, such as --set plate=data.plate.")
    return name, value


def _plain(feed: Feed) -> dict[str, str | int | bool | list[str] | dict[str, str]]:
    return {
        "feed": feed.name,
        "adapter": feed.adapter,
        "cameras": {one.source: one.camera_id for one in feed.cameras.all()},
        "time_zone": feed.time_zone,
        "settings": dict(feed.settings),
        "senders": list(feed.senders),
        "messages_a_minute": feed.messages_a_minute,
        "certificate_sha256": feed.certificate_sha256,
        "username": feed.username,
        "open": feed.closed_at is None,
    }
