"""What the settings of all feeds share whose messages are fetched: hosts, ports, and files of one folder alone."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]{2,45}\]?")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_PORT = 65_535
_MAX_SECRET_BYTES = 4096
_OTHERS_MAY = 0o077


class FetchSettingsWrong(InputError):
    """The feed's settings name nothing from which messages can be fetched; the sentence says which setting to change."""


@dataclass(frozen=True, slots=True)
class FetchedFrom:
    """A machine that messages are fetched from. The files are names within one folder, so that no setting reads any other file of this machine."""

    host: str
    port: int
    has_tls: bool
    ca_file: str
    username: str
    password_file: str


def is_host(text: str) -> bool:
    """Whether this can be a machine's name or address, with brackets around one of IPv6 or without."""
    return _HOST.fullmatch(text) is not None


def has_tls(written: str) -> bool:
    """What the setting `tls` says; true where it is empty.

    Raises:
        FetchSettingsWrong: it is neither yes nor no.
    """
    if written.lower() not in {"", "yes", "no"}:
        raise FetchSettingsWrong("Set tls to no, or leave it empty.")
    return written.lower() != "no"


def check_files(value: Mapping[str, str], folder: str, *, tls: bool) -> None:
    """Look at `ca_file`, `username` and `password_file`; `folder` is the name of the one in the data folder in which they lie.

    Raises:
        FetchSettingsWrong: a file is named with a folder, or stands there for nothing.
    """
    if not tls and value["ca_file"]:
        raise FetchSettingsWrong("A ca_file is of use only with TLS; leave one of the two out.")
    for name in ("ca_file", "password_file"):
        if value[name] and not _FILE.fullmatch(value[name]):
            raise FetchSettingsWrong(
                f"Give {name} as the name of a file in DATA_DIR/{folder}, without a folder."
            )
    if value["password_file"] and not value["username"]:
        raise FetchSettingsWrong("Give the username that the password belongs to.")


def port_of(written: str, otherwise: int) -> int:
    """The port, or the other one where none is written.

    Raises:
        FetchSettingsWrong: it is no port.
    """
    if not written:
        return otherwise
    if not (written.isascii() and written.isdigit() and 0 < int(written[:6]) <= _MAX_PORT):
        raise FetchSettingsWrong(f"Give port as a number from 1 to {_MAX_PORT}.")
    return int(written)


def password_in(folder: Path, name: str) -> str:
    """The password in that file, without the line's end.

    Raises:
        FetchSettingsWrong: there is no such file, others may read it, or it holds no password.
    """
    path, where = folder / name, f"DATA_DIR/{folder.name}"
    try:
        if path.stat().st_mode & _OTHERS_MAY:
            raise FetchSettingsWrong(
                f"Others may read the feed's password file in {where}; set its mode to 0600."
            )
        with path.open("rb") as file:
            secret = file.read(_MAX_SECRET_BYTES).rstrip(b"\r\n").decode()
    except (OSError, UnicodeDecodeError) as error:
        raise FetchSettingsWrong(
            f"The feed's password file in {where} cannot be read; put it there, mode 0600."
        ) from error
    if not secret:
        raise FetchSettingsWrong(f"The feed's password file in {where} is empty; write the password into it.")
    return secret


def tls_context(folder: Path, ca_file: str) -> ssl.SSLContext:
    """Checks certificates by those in that file, or by the system's where it names none.

    Raises:
        FetchSettingsWrong: the file holds no certificates.
    """
    try:
        context = ssl.create_default_context(cafile=str(folder / ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise FetchSettingsWrong(
            f"The feed's ca_file in DATA_DIR/{folder.name} cannot be read as certificates; put them there in PEM."
        ) from error
    # The peer's own certificate alone is enough, also where an authority issued it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
