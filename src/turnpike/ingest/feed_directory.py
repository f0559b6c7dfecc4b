"""All feeds in memory, so that thousands of messages a second ask no database, and a change counts within half a second."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from django.db import DatabaseError, connections
from django.db.models import Prefetch

from turnpike import config
from turnpike.ingest.errors import TryLater
from turnpike.ingest.feed_secrets import open_password, token_digest
from turnpike.ingest.feeding import FeedFacts
from turnpike.ingest.models import Feed, FeedAddress, FeedRevision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from turnpike.ingest.feed_secrets import PasswordHashes
    from turnpike.reads.services import Direction

type_network = IPv4Network | IPv6Network

LOOKED_UP_S = 0.5
"""How long what is in memory counts before the records are asked whether it changed. Source: a revoked secret is refused within a second."""
WHOLE_EVERY_S = 60.0
"""How often all is read anew, since what stands on the camera register has no revision. Source: ours."""
_NOT_READ = "The centre's records cannot be read now; send the message again later."


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """A feed and what is asked of whoever sends to it. `tokens` are SHA-256 digests of its addresses; a closed one has none."""

    facts: FeedFacts
    tokens: tuple[bytes, ...]
    senders: tuple[type_network, ...]
    messages_a_minute: int
    certificate_sha256: str
    username: str
    password: PasswordHashes | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Feeds:
    """All feeds as of one revision."""

    revision: int
    by_name: Mapping[str, OpenFeed]
    by_token: Mapping[bytes, OpenFeed]
    by_username: Mapping[str, OpenFeed]

    def of_token(self, token: str) -> OpenFeed | None:
        """The open feed of that address."""
        # Looking up the digest takes the same time whatever beginning of the token was guessed.
        return self.by_token.get(token_digest(token))


class Directory:
    """What the records say of feeds, at most half a second old. Any thread may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._feeds = Feeds(-1, {}, {}, {})
        self._asked_s = self._whole_s = float("-inf")

    def at_hand(self) -> Feeds | None:
        """What is in memory, where it is new enough; waits for nothing."""
        return self._feeds if self._clock() - self._asked_s < LOOKED_UP_S else None

    def feeds(self) -> Feeds:
        """All feeds; asks the records where it has to.

        Raises:
            TryLater: the records cannot be read.
        """
        with self._guard:
            found = self.at_hand()
            return self._look_up() if found is None else found

    def _look_up(self) -> Feeds:
        # From before the question: what changes while it is answered is then found in time.
        asked_s = self._clock()
        try:
            newest = FeedRevision.objects.values_list("newest", flat=True).first() or 0
            if asked_s - self._whole_s >= WHOLE_EVERY_S:
                self._feeds, self._whole_s = _with_later(Feeds(-1, {}, {}, {}), newest), asked_s
            elif newest != self._feeds.revision:
                self._feeds = _with_later(self._feeds, newest)
        except DatabaseError as error:
            # The next question of this thread begins with a connection of its own.
            connections.close_all()
            raise TryLater(_NOT_READ) from error
        self._asked_s = asked_s
        return self._feeds


@cache
def directory() -> Directory:
    """The one of this process."""
    return Directory()


def facts(name: str) -> FeedFacts | None:
    """What must be known to understand a feed's messages; of a closed feed too, since some may have come before.

    Raises:
        TryLater: the records cannot be read.
    """
    known = directory()
    feed = (known.at_hand() or known.feeds()).by_name.get(name)
    return feed.facts if feed else None


def open_facts() -> tuple[FeedFacts, ...]:
    """The same of every open feed, by name: for those that are not sent but fetched.

    Raises:
        TryLater: the records cannot be read.
    """
    return tuple(feed.facts for _, feed in sorted(directory().feeds().by_name.items()) if feed.is_open)


def _with_later(known: Feeds, newest: int) -> Feeds:
    """`known`, and what changed since; a feed never goes."""
    rows = Feed.objects.filter(revision__gt=known.revision).prefetch_related(
        "cameras__camera",
        Prefetch("addresses", FeedAddress.objects.filter(revoked_at=None)),
    )
    changed = [_read(row) for row in rows]
    if not changed:
        return replace(known, revision=newest)
    by_name = {**known.by_name, **{feed.facts.name: feed for feed in changed}}
    return Feeds(
        newest,
        by_name,
        {token: feed for feed in by_name.values() for token in feed.tokens},
        {feed.username: feed for feed in by_name.values() if feed.username},
    )


def _read(row: Feed) -> OpenFeed:
    cameras = list(row.cameras.all())
    # The field comes with the register's own; a camera without a role leaves the direction open.
    roles: dict[str, Direction] = {
        one.camera_id: getattr(one.camera, "direction_role", "") for one in cameras
    }
    return OpenFeed(
        facts=FeedFacts(
            name=row.name,
            adapter=row.adapter,
            time_zone=row.time_zone,
            settings=dict(row.settings),
            cameras={one.source: one.camera_id for one in cameras},
            directions={camera: role for camera, role in roles.items() if role in {"towards", "away"}},
            messages_a_minute=row.messages_a_minute,
        ),
        tokens=tuple(bytes(one.token_sha256) for one in row.addresses.all()),
        senders=tuple(ip_network(sender) for sender in row.senders),
        messages_a_minute=row.messages_a_minute,
        certificate_sha256=row.certificate_sha256,
        username=row.username,
        password=open_password(config.load(), row.name, bytes(row.sealed_password)) if row.username else None,
        is_open=row.closed_at is None,
    )
