"""What a feed says of the camera whose event stream is fetched, checked; and which streams there are.

Source of the paths: Dahua's HTTP API for cameras (`eventManager` attach, `snapManager` attachFileProc) and Hikvision's ISAPI (event notification), as public
integrations use them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from turnpike.ingest.fetch_settings import (
    FetchedFrom,
    FetchSettingsWrong,
    check_files,
    has_tls,
    is_host,
    port_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type_network = IPv4Network | IPv6Network

FOLDER = "streams"
"""In the data folder: passwords and certificates that feeds name."""
STREAM_SETTINGS = MappingProxyType(
    {
        "address": "The camera's name or address, such as 192.0.2.64 or https://gate-cam.example.org:8443, where Turnpike is to fetch the events itself; empty where"
        " they are posted to this feed's address",
        "tls": "no where the camera has no https: what it sends can then be read on the way, though not the password; else leave empty",
        "ca_file": "Name of a file of certificates in DATA_DIR/streams that the camera's is checked with; the system's when empty",
        "username": "User name at the camera; may be empty",
        "password_file": "Name of a file in DATA_DIR/streams that holds the password; may be empty",
    }
)
"""Name to a sentence for the page."""
STREAM_CHOICE = MappingProxyType(
    {"stream": "Which events are fetched: pictures (with pictures), or events (without); pictures when empty"}
)
_CLOUDS = frozenset({IPv6Address("fd00:ec2::254"), IPv4Address("100.100.100.200")})
"""Where clouds tell machines their secrets beside 169.254.169.254. Source: the documents of AWS and Alibaba Cloud on instance metadata."""
_IPV4_IN_IPV6 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class EventStream:
    """One endless answer of a maker's cameras.

    `silent_s` is how long it may bring nothing whole before it is asked for anew. A part whose text does not match `tells_of_vehicle` (bytes, any case) is no
    more than a sign of life. How many pictures follow a text stands in it at `pictures_said`; without that pattern there are `pictures`, or as many as come
    where that is None.
    """

    path: str
    silent_s: float
    tells_of_vehicle: bytes
    pictures: int | None = None
    pictures_said: bytes = b""


_DAHUA_VEHICLE = rb"traffic|plate"
"""Its adapter takes for a vehicle's what has a code that begins with Traffic, or names a plate."""
STREAMS: Mapping[str, Mapping[str, EventStream]] = {
    "dahua-cgi": {
        # Three heartbeats of the 30 s that are asked for.
        "pictures": EventStream(
            "/cgi-bin/snapManager.cgi?action=attachFileProc&Flags[0]=Event&Events=[TrafficJunction]&heartbeat=30",
            90.0,
            _DAHUA_VEHICLE,
        ),
        "events": EventStream(
            "/cgi-bin/eventManager.cgi?action=attach&codes=[TrafficJunction]&heartbeat=30",
            90.0,
            _DAHUA_VEHICLE,
            pictures=0,
        ),
    },
    "hikvision": {
        # Cameras say every ten seconds that no video is lost; some recorders do so but once. A connection of which the other end is gone is found sooner, by TCP.
        "": EventStream(
            "/ISAPI/Event/notification/alertStream",
            300.0,
            rb"anpr",
            pictures_said=rb"<(?:\w+:)?picNum>\s*(\d{1,2})\s*<",
        ),
    },
}
"""By adapter, and by what its setting `stream` may be; the first where it is empty."""


@dataclass(frozen=True, slots=True)
class StreamCamera(FetchedFrom):
    """Where a feed's events are fetched."""

    stream: EventStream

    @property
    def named(self) -> str:
        """Host and port as they stand in the request."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.has_tls else 80) else f"{host}:{self.port}"


def stream_camera_of(adapter: str, settings: Mapping[str, str]) -> StreamCamera | None:
    """The camera that a feed's settings name; None where they name none, or the adapter's messages are never fetched so.

    Raises:
        FetchSettingsWrong: saying which setting cannot be used.
    """
    streams = STREAMS.get(adapter)
    if streams is None:
        return None
    value = {name: settings.get(name, "").strip() for name in (*STREAM_SETTINGS, *STREAM_CHOICE)}
    chosen = value.pop("stream").lower() or next(iter(streams))
    if chosen not in streams:
        raise FetchSettingsWrong(f"Set stream to {' or '.join(streams)}, or leave it empty.")
    if not value["address"]:
        if any(value.values()):
            raise FetchSettingsWrong(
                "Give the camera's address, or leave the settings of fetching empty: tls, ca_file, username and password_file."
            )
        return None
    tls = has_tls(value["tls"])
    host, port = _host_and_port(value["address"], tls=tls)
    check_files(value, FOLDER, tls=tls)
    if any(letter in '"\\' or not letter.isprintable() for letter in value["username"]):
        raise FetchSettingsWrong("Give a username without quotes and backslashes.")
    if value["username"] and not value["password_file"]:
        raise FetchSettingsWrong("Give the password_file of that username.")
    return StreamCamera(
        host, port, tls, value["ca_file"], value["username"], value["password_file"], streams[chosen]
    )


def may_be_asked(address: IPv4Address | IPv6Address, networks: Sequence[type_network]) -> bool:
    """Whether a camera may be at that address: in one of the networks, or where none are given, anywhere but on this machine itself, on the link
    alone (where clouds tell machines their secrets), or where no machine is.
    """
    if isinstance(address, IPv6Address):
        # What is IPv4 in truth is judged as that.
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _IPV4_IN_IPV6:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        address = inner or address
    if networks:
        return any(address in network for network in networks)
    return not (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or address in _CLOUDS
    )


def networks_of(written: Sequence[str]) -> tuple[type_network, ...]:
    """The networks of the setting `stream_networks`, which were checked when it was read."""
    return tuple(ip_network(one) for one in written)


def _host_and_port(written: str, *, tls: bool) -> tuple[str, int]:
    scheme, has_scheme, rest = written.rpartition("://")
    scheme = scheme.lower()
    if has_scheme and scheme not in {"https", "http"}:
        raise FetchSettingsWrong("Give the camera's address with https://, or as its name or address alone.")
    if scheme == "http" and tls:
        raise FetchSettingsWrong(
            "This address has no https; give one with https, or set tls to no where the way to the camera is your own alone."
        )
    if scheme == "https" and not tls:
        raise FetchSettingsWrong("An address with https:// has TLS; leave tls empty, or https:// out.")
    # One of IPv6 may stand without brackets where no port follows.
    bare = rest.rstrip("/")
    if bare.count(":") > 1 and not bare.startswith("["):
        bare = f"[{bare}]"
    try:
        parts = urlsplit(f"//{bare}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise FetchSettingsWrong("Give the camera's port as a number from 1 to 65535.") from error
    if parts.path or parts.query or parts.fragment or parts.username is not None or re.search(r"[?#@]", bare):
        raise FetchSettingsWrong(
            "Give the camera's address alone: no path follows it, and user name and password have settings of their own."
        )
    if not is_host(host):
        raise FetchSettingsWrong(
            "Give the camera's name or address, such as 192.0.2.64 or https://gate-cam.example.org."
        )
    return host, port_of("" if port is None else str(port), 443 if tls else 80)
