"""What the pages of feeds say: whether anything comes, what to do, and what to set on the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from turnpike import config

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from turnpike.ingest.feed_traffic import FeedTraffic
    from turnpike.ingest.fetching import ConnectionState
    from turnpike.ingest.models import Feed
    from turnpike.ingest.recent import RecentMessage
    from turnpike.ingest.vendor_messages import Adapter

_HIDDEN_TOKEN = "SECRET"  # noqa: S105 - what stands for one
_IF_NOTHING_COMES = (
    "Set the camera as below, let a vehicle pass, and look at this page again. If nothing comes, the camera cannot reach this centre: check its"
    " network, its clock and the address."
)
_IF_FETCHED = {
    "broker": "Check the topics' prefix, and that the broker is the one to which the sender publishes.",
    "camera": "Let a vehicle pass. If nothing comes, check that the camera reads plates, and that its user may see events.",
}
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class State:
    """How a feed does: a word, its tag's colour, a sentence, and what to do next (empty for nothing)."""

    word: str
    colour: str
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ToSet:
    """One thing to set on the camera: where, and what; `is_copied` where the value is this feed's own and whole."""

    where: str
    value: str
    is_copied: bool = False


def address_of(token: str) -> str:
    """The whole address to which a camera posts."""
    return f"{config.load().url}/feed/{token}/"


def to_set(adapter: Adapter, token: str = "") -> list[ToSet]:
    """What to set on the camera; without the token, which only its maker saw, `SECRET` stands for it."""
    address = address_of(token or _HIDDEN_TOKEN)
    parts = urlsplit(address)
    values = {
        "{url}": address,
        "{host}": parts.hostname or "",
        "{port}": str(parts.port or _PORTS.get(parts.scheme, 80)),
        "{path}": parts.path,
    }
    # What SECRET stands in is of no use elsewhere.
    whole = set(values) if token else {"{host}", "{port}"}
    return [
        ToSet(one.where, _filled(one.value, values), is_copied=one.value in whole)
        for one in adapter.on_the_camera
    ]


def state_of(feed: Feed, traffic: FeedTraffic, recent: Sequence[RecentMessage], *, can_send: bool) -> State:
    """How a feed does, of what came since the server started."""
    if feed.closed_at is not None:
        return State("Closed", "grey", "It takes nothing more.")
    if not can_send:
        return State(
            "No secret", "orange", "It has no address and no password, so nothing can be sent to it.",
            "Make an address below, and set it on the camera.",
        )  # fmt: skip
    refusal = traffic.last_refusal
    if refusal and (traffic.last_at is None or refusal.at > traffic.last_at):
        return State(
            "Refused", "red", f"The newest message was refused. It came from {refusal.address}.",
            f"It was told: {refusal.sentence}",
        )  # fmt: skip
    return _of_newest(recent) if traffic.last_at else _of_silence(has_tested=traffic.tests > 0)


def state_of_connection(feed: Feed, connection: ConnectionState, recent: Sequence[RecentMessage]) -> State:
    """How a feed does whose messages are fetched from a broker or a camera."""
    if feed.closed_at is not None:
        return State("Closed", "grey", "It takes nothing more.")
    peer = connection.peer
    if not connection.is_connected:
        return State(
            "Not connected", "red", connection.told or f"Its {peer} cannot be reached.",
            f"Check the {peer}'s address and password in the feed's settings; it is tried again by itself.",
        )  # fmt: skip
    if connection.told:
        return State(
            "Waits", "orange", connection.told,
            "It goes on by itself once there is room. See the alarm in the log, the disk, and the feed's most messages a minute.",
        )  # fmt: skip
    if recent:
        return _of_newest(recent)
    return State(
        "Nothing yet",
        "grey",
        f"Its {peer} is connected, and sent nothing since the server started.",
        _IF_FETCHED[peer],
    )


def _of_silence(*, has_tested: bool) -> State:
    if has_tested:
        return State(
            "Tested", "blue", "The camera's own test arrived, and no message yet.",
            "The way is good. Let a vehicle pass, and look at this page again.",
        )  # fmt: skip
    return State("Nothing yet", "grey", "Nothing came since the server started.", _IF_NOTHING_COMES)


def _of_newest(recent: Sequence[RecentMessage]) -> State:
    if not recent:
        return State(
            "Arrives", "blue", "Messages arrive and wait to be understood.", "Look again in a moment."
        )
    faults = [fault for fault in (*recent[0].faults, *(one.fault for one in recent[0].sightings)) if fault]
    if faults:
        return State(
            "Put aside", "orange", "Messages arrive, and the newest could not be taken as it is.", faults[0]
        )
    return State("Good", "green", "Messages arrive and are understood.")


def unknown_names(feed: Feed, recent: Iterable[RecentMessage]) -> list[str]:
    """Names of cameras in the last messages that stand for none of ours yet, in order; the empty one is of messages that name none."""
    known = {one.source for one in feed.cameras.all()}
    seen = {one.source_camera for message in recent for one in message.sightings if not one.camera_id}
    # One that was hidden since it reads like a plate cannot be named: the sender's fields are mixed up.
    return sorted(name for name in seen - known if not name.startswith("("))


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
