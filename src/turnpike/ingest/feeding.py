"""What the door of vendors' messages hands to the spool, and what whoever takes them out must know of their feed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from turnpike.reads.services import Direction

MAX_BODY_BYTES = 16 * 2**20
"""Of one vendor's message. Source: ours; four pictures of 4K in base64, and with what is made of them under 64 MB."""


@dataclass(frozen=True, slots=True)
class SpooledMessage:
    """One message of a feed as it came, with nothing but its headers looked at."""

    feed: str
    received_at: datetime
    content_type: str
    topic: str
    body: bytes


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """A feed: one sender of one maker's messages, for one camera or, as a recorder or a site's software does, for several.

    `cameras` has our camera id for each of the maker's own names; the name "" stands for every message that names no other.
    `directions` has, by camera id, the direction that its role gives where a message says none. `messages_a_minute` is the most that it may bring.
    """

    name: str
    adapter: str
    time_zone: str = "UTC"
    settings: Mapping[str, str] = field(default_factory=dict)
    cameras: Mapping[str, str] = field(default_factory=dict)
    directions: Mapping[str, Direction] = field(default_factory=dict)
    messages_a_minute: int = 1_200
