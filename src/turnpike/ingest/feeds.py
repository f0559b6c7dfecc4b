"""Opening and closing feeds, their cameras and their secrets; each change is in the ledger before it counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from turnpike import config
from turnpike.cameras.services import find_camera
from turnpike.errors import InputError
from turnpike.ingest import feed_secrets
from turnpike.ingest.adapter_settings import check_settings
from turnpike.ingest.adapters import adapters
from turnpike.ingest.errors import FeedError
from turnpike.ingest.feed_directory import facts, open_facts
from turnpike.ingest.models import Feed, FeedAddress, FeedCamera, FeedRevision
from turnpike.ingest.vendor_values import MAX_TEXT_CHARACTERS, text_of
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Feed",
    "FeedLimits",
    "FeedWords",
    "all_feeds",
    "change_feed",
    "close_feed",
    "facts",
    "find_feed",
    "map_camera",
    "new_address",
    "open_facts",
    "open_feed",
    "revoke_addresses",
    "set_password",
    "take_password_away",
]

MAX_SENDERS = 64
MAX_SETTING_CHARACTERS = 500
MAX_MESSAGES_A_MINUTE = 600_000
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_CLOSED = "This feed is closed; open another."


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """Who may send to a feed, and how often: networks (CIDR; empty for any), messages a minute, and the SHA-256 of a client certificate (hex)."""

    senders: Sequence[str] = ()
    messages_a_minute: int = 1_200
    certificate_sha256: str = ""


@dataclass(frozen=True, slots=True)
class FeedWords:
    """How a feed's messages are understood: zone of times that name none, and the adapter's own settings."""

    time_zone: str = "UTC"
    settings: Mapping[str, str] = field(default_factory=dict)


def open_feed(
    actor: str,
    *,
    name: str,
    adapter: str,
    camera_id: str = "",
    words: FeedWords | None = None,
    limits: FeedLimits | None = None,
) -> Feed:
    """Open a feed; it takes nothing until it has an address or a password. `camera_id` is what every message stands for that names no camera.

    Raises:
        FeedError: naming what cannot be used, or that the name is taken.
    """
    if adapter not in adapters():
        raise FeedError(f"There is no adapter of that name; choose one of {', '.join(adapters())}.")
    feed = Feed(name=name, adapter=adapter)
    try:
        Feed._meta.get_field("name").clean(name, feed)  # noqa: SLF001 - the public way to a model's fields
        feed.validate_unique(exclude={"username"})
    except ValidationError as error:
        raise FeedError(f"The feed cannot be opened: {' '.join(error.messages)}") from error
    _set(feed, words or FeedWords(), limits or FeedLimits())
    _require_camera(camera_id)
    record(
        AuditEvent.FEED_OPENED, actor=actor, details={**_told(feed), "adapter": adapter, "camera": camera_id}
    )
    with transaction.atomic():
        _changed(feed, is_new=True)
        if camera_id:
            FeedCamera.objects.create(feed=feed, source="", camera_id=camera_id)
    return feed


def change_feed(feed: Feed, actor: str, *, words: FeedWords, limits: FeedLimits) -> None:
    """Set anew how its messages are understood and who may send them.

    Raises:
        FeedError: naming what cannot be used, or that the feed is closed.
    """
    _require_open(feed)
    _set(feed, words, limits)
    record(AuditEvent.FEED_CHANGED, actor=actor, details=_told(feed))
    with transaction.atomic():
        _changed(feed)


def close_feed(feed: Feed, actor: str) -> None:
    """Take nothing more from it, for good. What it sent before is still understood; its name stays taken.

    Raises:
        FeedError: it is closed already.
    """
    _require_open(feed)
    record(AuditEvent.FEED_CLOSED, actor=actor, details={"feed": feed.name})
    feed.closed_at, feed.username, feed.sealed_password = timezone.now(), "", b""
    with transaction.atomic():
        feed.addresses.filter(revoked_at=None).update(revoked_at=feed.closed_at)
        _changed(feed)


def map_camera(feed: Feed, actor: str, *, source: str, camera_id: str) -> None:
    """Say which camera the sender's own name `source` stands for; none any more where `camera_id` is empty.

    The empty name stands for every message that names no camera.

    Raises:
        FeedError: no such camera is registered, the name is too long, or the feed is closed.
    """
    _require_open(feed)
    if source != text_of(source) or len(source) > MAX_TEXT_CHARACTERS:
        raise FeedError(
            "Give the sender's name of the camera as the feed's page shows it: at most 64 characters."
        )
    _require_camera(camera_id)
    record(
        AuditEvent.FEED_CAMERA_MAPPED,
        actor=actor,
        details={"feed": feed.name, "source": source, "camera": camera_id},
    )
    with transaction.atomic():
        if camera_id:
            FeedCamera.objects.update_or_create(feed=feed, source=source, defaults={"camera_id": camera_id})
        else:
            feed.cameras.filter(source=source).delete()
        _changed(feed)


def new_address(feed: Feed, actor: str) -> str:
    """A new secret for the feed's address, 43 characters to be shown once; those before stay good, so that nothing is lost in between.

    Raises:
        FeedError: the feed is closed.
    """
    _require_open(feed)
    token = feed_secrets.new_token()
    digest = feed_secrets.token_digest(token)
    record(
        AuditEvent.FEED_SECRET_ISSUED,
        actor=actor,
        details={"feed": feed.name, "what": "address", "token_sha256": digest.hex()},
    )
    with transaction.atomic():
        FeedAddress.objects.create(feed=feed, token_sha256=digest)
        _changed(feed)
    return token


def revoke_addresses(feed: Feed, actor: str, *, but_newest: bool = False) -> int:
    """Take the feed's addresses away, or all but the newest, and say how many; they are refused within a second."""
    standing = list(feed.addresses.filter(revoked_at=None).order_by("-pk"))[1 if but_newest else 0 :]
    if standing:
        record(
            AuditEvent.FEED_SECRET_REVOKED,
            actor=actor,
            details={
                "feed": feed.name,
                "what": "addresses",
                "tokens_sha256": [bytes(one.token_sha256).hex() for one in standing],
            },
        )
        with transaction.atomic():
            feed.addresses.filter(pk__in=[one.pk for one in standing]).update(revoked_at=timezone.now())
            _changed(feed)
    return len(standing)


def set_password(feed: Feed, actor: str, username: str) -> str:
    """A new password of 20 characters for that user name, to be shown once; the one before is refused within a second.

    From then on it is asked of whoever posts to one of the feed's addresses too.

    Raises:
        FeedError: the user name cannot be used or is another feed's, or the feed is closed.
    """
    _require_open(feed)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,32}", username):
        raise FeedError("Use 1 to 32 letters, digits, dots, dashes and underscores for the user name.")
    if Feed.objects.filter(username=username).exclude(pk=feed.pk).exists():
        raise FeedError("Another feed has this user name; choose one of its own.")
    password = feed_secrets.new_password()
    record(
        AuditEvent.FEED_SECRET_ISSUED,
        actor=actor,
        details={"feed": feed.name, "what": "password", "username": username},
    )
    feed.username = username
    hashes = feed_secrets.password_hashes(username, password)
    feed.sealed_password = feed_secrets.seal_password(config.load(), feed.name, hashes)
    with transaction.atomic():
        _changed(feed)
    return password


def take_password_away(feed: Feed, actor: str) -> None:
    """Ask for no password any more: the feed's addresses alone count."""
    record(
        AuditEvent.FEED_SECRET_REVOKED,
        actor=actor,
        details={"feed": feed.name, "what": "password", "username": feed.username},
    )
    feed.username, feed.sealed_password = "", b""
    with transaction.atomic():
        _changed(feed)


def find_feed(name: str) -> Feed | None:
    """The feed of that name, open or closed."""
    return Feed.objects.filter(name=name).first()


def all_feeds() -> tuple[Feed, ...]:
    """Every feed, by name, the closed ones too."""
    return tuple(Feed.objects.prefetch_related("cameras", "addresses"))


def _changed(feed: Feed, *, is_new: bool = False) -> None:
    """Save the feed under the next revision; inside a transaction, which others that change feeds wait for."""
    FeedRevision.objects.get_or_create(pk=1)
    FeedRevision.objects.update(newest=F("newest") + 1)
    feed.revision = FeedRevision.objects.values_list("newest", flat=True).get()
    feed.save(force_insert=is_new)


def _set(feed: Feed, words: FeedWords, limits: FeedLimits) -> None:
    adapter = adapters().get(feed.adapter)
    unknown = set(words.settings) - set(adapter.settings if adapter else words.settings)
    if unknown:
        raise FeedError(f"This adapter has no setting called {min(unknown)}.")
    if any(len(value) > MAX_SETTING_CHARACTERS for value in words.settings.values()):
        raise FeedError(f"A setting has at most {MAX_SETTING_CHARACTERS} characters.")
    try:
        ZoneInfo(words.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FeedError("This time zone is not known here; give one such as Europe/London.") from error
    if not 1 <= limits.messages_a_minute <= MAX_MESSAGES_A_MINUTE:
        raise FeedError(f"Allow 1 to {MAX_MESSAGES_A_MINUTE:,} messages a minute.")
    settings = {name: value for name, value in words.settings.items() if value}
    try:
        check_settings(feed.adapter, settings)
    except InputError as error:
        raise FeedError(str(error)) from error
    feed.time_zone = words.time_zone
    feed.settings = settings
    feed.senders = _networks(limits.senders)
    feed.messages_a_minute = limits.messages_a_minute
    feed.certificate_sha256 = _fingerprint(limits.certificate_sha256)


def _networks(written: Sequence[str]) -> list[str]:
    if len(written) > MAX_SENDERS:
        raise FeedError(f"Give at most {MAX_SENDERS} networks.")
    try:
        return [str(ip_network(one.strip())) for one in written]
    except ValueError as error:
        raise FeedError("Give networks as 192.0.2.0/24, 192.0.2.7 or 2001:db8::/48.") from error


def _fingerprint(written: str) -> str:
    plain = written.replace(":", "").strip().lower()
    if plain and not _FINGERPRINT.fullmatch(plain):
        raise FeedError(
            "Give the certificate's SHA-256 fingerprint: 64 hexadecimal digits, with or without colons."
        )
    return plain


def _require_open(feed: Feed) -> None:
    if feed.closed_at is not None:
        raise FeedError(_CLOSED)


def _require_camera(camera_id: str) -> None:
    if camera_id and find_camera(camera_id) is None:
        raise FeedError("No camera of that id is registered; `turnpike camera list` shows them.")


def _told(feed: Feed) -> dict[str, str | int | list[str]]:
    """For the ledger: how it is set; no secret is among it."""
    return {
        "feed": feed.name,
        "time_zone": feed.time_zone,
        "settings": [f"{name}: {value}" for name, value in sorted(feed.settings.items())],
        "senders": list(feed.senders),
        "messages_a_minute": feed.messages_a_minute,
        "certificate_sha256": feed.certificate_sha256,
    }
