"""What a feed says of its MQTT broker, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike.ingest.fetch_settings import (
    FetchedFrom,
    FetchSettingsWrong,
    check_files,
    has_tls,
    is_host,
    port_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MQTT_SETTINGS = MappingProxyType(
    {
        "broker": "Name or address of the MQTT broker; empty where the messages are posted to this feed's address",
        "port": "Port of the broker; 8883 when empty, or 1883 without TLS",
        "tls": "no where the broker has no TLS, which is right on one machine alone; else leave empty",
        "ca_file": "Name of a file of certificates in DATA_DIR/mqtt that the broker's is checked with; the system's when empty",
        "username": "User name at the broker; may be empty",
        "password_file": "Name of a file in DATA_DIR/mqtt that holds the password; may be empty",
        "topic_prefix": "What the topics begin with; frigate when empty",
    }
)
"""Name to a sentence for the page."""
_PREFIX = re.compile(r"[^+#\x00-\x1f/]{1,64}(/[^+#\x00-\x1f/]{1,64}){0,7}")
FOLDER = "mqtt"
"""In the data folder: passwords and certificates that feeds name."""


@dataclass(frozen=True, slots=True)
class Broker(FetchedFrom):
    """Where a feed's messages are fetched."""

    topic_prefix: str

    @property
    def topics(self) -> tuple[str, ...]:
        """What is subscribed to."""
        return tuple(f"{self.topic_prefix}/{name}" for name in ("events", "tracked_object_update"))


def broker_of(settings: Mapping[str, str]) -> Broker | None:
    """The broker that a feed's settings name; None where they name none.

    Raises:
        FetchSettingsWrong: saying which setting cannot be used.
    """
    value = {name: settings.get(name, "").strip() for name in MQTT_SETTINGS}
    if not value["broker"]:
        if any(value.values()):
            raise FetchSettingsWrong(
                "Give the broker's name or address, or leave the other MQTT settings empty."
            )
        return None
    if not is_host(value["broker"]):
        raise FetchSettingsWrong(
            "Give the broker's name or address alone, such as broker.example.org, without mqtt:// and port."
        )
    tls = has_tls(value["tls"])
    check_files(value, FOLDER, tls=tls)
    prefix = value["topic_prefix"].strip("/") or "frigate"
    if not _PREFIX.fullmatch(prefix):
        raise FetchSettingsWrong("Give topic_prefix as Frigate's configuration has it, without + and #.")
    return Broker(
        host=value["broker"].strip("[]"),
        port=port_of(value["port"], 8883 if tls else 1883),
        has_tls=tls,
        ca_file=value["ca_file"],
        username=value["username"],
        password_file=value["password_file"],
        topic_prefix=prefix,
    )
