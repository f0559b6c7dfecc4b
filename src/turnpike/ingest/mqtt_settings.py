"""What a feed says of its MQTT broker, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]{2,45}\]?")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PREFIX = re.compile(r"[^+#\x00-\x1f/]{1,64}(/[^+#\x00-\x1f/]{1,64}){0,7}")
_MAX_PORT = 65_535
_MAX_SECRET_BYTES = 4096
_OTHERS_MAY = 0o077


class BrokerSettingsWrong(InputError):
    """The feed's settings name no broker that can be used; the sentence says which setting to change."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a feed's messages are fetched. The files are names within one folder, so that no setting reads any other file of the machine."""

    host: str
    port: int
    has_tls: bool
    ca_file: str
    username: str
    password_file: str
    topic_prefix: str

    @property
    def topics(self) -> tuple[str, ...]:
        """What is subscribed to."""
        return tuple(f"{self.topic_prefix}/{name}" for name in ("events", "tracked_object_update"))


def broker_of(settings: Mapping[str, str]) -> Broker | None:
    """The broker that a feed's settings name; None where they name none.

    Raises:
        BrokerSettingsWrong: saying which setting cannot be used.
    """
    value = {name: settings.get(name, "").strip() for name in MQTT_SETTINGS}
    if not value["broker"]:
        if any(value.values()):
            raise BrokerSettingsWrong(
                "Give the broker's name or address, or leave the other MQTT settings empty."
            )
        return None
    if not _HOST.fullmatch(value["broker"]):
        raise BrokerSettingsWrong(
            "Give the broker's name or address alone, such as broker.example.org, without mqtt:// and port."
        )
    if value["tls"].lower() not in {"", "yes", "no"}:
        raise BrokerSettingsWrong("Set tls to no, or leave it empty.")
    has_tls = value["tls"].lower() != "no"
    if not has_tls and value["ca_file"]:
        raise BrokerSettingsWrong("A ca_file is of use only with TLS; leave one of the two out.")
    for name in ("ca_file", "password_file"):
        if value[name] and not _FILE.fullmatch(value[name]):
            raise BrokerSettingsWrong(
                f"Give {name} as the name of a file in DATA_DIR/mqtt, without a folder."
            )
    if value["password_file"] and not value["username"]:
        raise BrokerSettingsWrong("Give the username that the password belongs to.")
    prefix = value["topic_prefix"].strip("/") or "frigate"
    if not _PREFIX.fullmatch(prefix):
        raise BrokerSettingsWrong("Give topic_prefix as Frigate's configuration has it, without + and #.")
    return Broker(
        host=value["broker"].strip("[]"),
        port=_port(value["port"], 8883 if has_tls else 1883),
        has_tls=has_tls,
        ca_file=value["ca_file"],
        username=value["username"],
        password_file=value["password_file"],
        topic_prefix=prefix,
    )


def password_in(folder: Path, name: str) -> str:
    """The password in that file, without the line's end.

    Raises:
        BrokerSettingsWrong: there is no such file, others may read it, or it holds no password.
    """
    path = folder / name
    try:
        if path.stat().st_mode & _OTHERS_MAY:
            raise BrokerSettingsWrong(
                "Others may read the feed's password file in DATA_DIR/mqtt; set its mode to 0600."
            )
        with path.open("rb") as file:
            secret = file.read(_MAX_SECRET_BYTES).rstrip(b"\r\n").decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerSettingsWrong(
            "The feed's password file in DATA_DIR/mqtt cannot be read; put it there, mode 0600."
        ) from error
    if not secret:
        raise BrokerSettingsWrong(
            "The feed's password file in DATA_DIR/mqtt is empty; write the password into it."
        )
    return secret


def _port(written: str, otherwise: int) -> int:
    if not written:
        return otherwise
    if not (written.isascii() and written.isdigit() and 0 < int(written[:6]) <= _MAX_PORT):
        raise BrokerSettingsWrong(f"Give port as a number from 1 to {_MAX_PORT}.")
    return int(written)
