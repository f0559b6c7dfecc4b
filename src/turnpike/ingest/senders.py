"""Whether whoever sends to a feed is among those who may: by network, and by the certificate that a proxy saw."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from turnpike.accounts.services import told_address
from turnpike.ingest.errors import SenderRefused

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from turnpike.ingest.feed_directory import OpenFeed
    from turnpike.ingest.receiving import type_scope

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: its address, None where that is not known, and its certificate's SHA-256 in hex, empty for none."""

    address: IPv4Address | IPv6Address | None
    certificate_sha256: str


def sender_of(scope: type_scope, *, trusted_proxies: int, certificate_header: str) -> Sender:
    """Who sends this request; headers count only where a proxy of ours adds them."""
    client = scope.get("client")
    forwarded = ",".join(_values(scope, b"x-forwarded-for"))
    address = told_address(str(client[0]) if client else "", forwarded, trusted_proxies)
    if not (trusted_proxies and certificate_header):
        return Sender(address, "")
    told = _values(scope, certificate_header.lower().encode())
    # The proxy sets it and lets none through: of two, one is the sender's own.
    return Sender(address, fingerprint_of(told[0]) if len(told) == 1 else "")


def check_sender(feed: OpenFeed, sender: Sender) -> None:
    """Let by whoever the feed lets send.

    Raises:
        SenderRefused: it comes from elsewhere, or without the feed's certificate.
    """
    if feed.senders and not (sender.address and any(sender.address in one for one in feed.senders)):
        raise SenderRefused("This feed takes nothing from where this comes from; see its networks.")
    if feed.certificate_sha256 and sender.certificate_sha256 != feed.certificate_sha256:
        raise SenderRefused("This feed takes nothing without its certificate; see what the proxy tells.")


def fingerprint_of(told: str) -> str:
    """The SHA-256 in hex of what a proxy tells: the fingerprint itself, with or without colons, or the certificate as PEM, escaped as in addresses.

    Empty where it is neither, such as a SHA-1.
    """
    plain = told.replace(":", "").strip().lower()
    if _FINGERPRINT.fullmatch(plain):
        return plain
    match = _PEM.search(unquote_to_bytes(told))
    try:
        return hashlib.sha256(base64.b64decode(match[1])).hexdigest() if match else ""
    except binascii.Error:
        return ""


def _values(scope: type_scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]
