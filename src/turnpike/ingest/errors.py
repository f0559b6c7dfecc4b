"""The errors of ingest; each is answered with the problem document (RFC 9457) that its class names.

TurnpikeError
├── InputError
│   ├── FeedError             a feed cannot be opened, changed or closed as asked
│   ├── ReadRefused           one read cannot be used: it is put aside with this sentence as its reason
│   └── Refused               the whole message is refused, nothing of it is stored
│       ├── NotUnderstood           400: not what its type says, or not this interface's envelope
│       ├── KeyRefused        401: no key, an unknown key or a revoked one
│       ├── OtherCamera       403: a read names another camera than the key's
│       ├── SenderRefused     403: a feed's address is right, and whoever sends to it is not among those who may
│       ├── FeedUnknown       404: no feed has this address
│       ├── MethodRefused     405: not a POST
│       ├── TooSlow           408: the message did not arrive in time
│       ├── TooLarge          413: more bytes or more reads than a message may hold
│       ├── MediaRefused      415: a type or an encoding that is not taken here
│       └── TooOften          429: more messages of a feed than it may send
└── UnavailableError
    └── TryLater              503: nothing was acknowledged; sending the same again is right
"""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from turnpike.errors import InputError, UnavailableError

KEY_UNKNOWN = "This key is unknown or was revoked; ask for a new one."


class FeedError(InputError):
    """A feed cannot be opened, changed or closed as asked; the sentence says what to change."""


class ReadRefused(InputError):
    """One read cannot be used; the sentence is the reason under which it is put aside, and never quotes it."""


class Refused(InputError):
    """The whole message is refused, and nothing of it was stored."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST


class NotUnderstood(Refused):
    """The body is not what its type says, or not this interface's envelope."""


class KeyRefused(Refused):
    """There is no key, or it is unknown or revoked."""

    status = HTTPStatus.UNAUTHORIZED


class OtherCamera(Refused):
    """A read names another camera than the one its key speaks for."""

    status = HTTPStatus.FORBIDDEN


class SenderRefused(Refused):
    """A feed's address is right, and whoever sends to it is not among those who may."""

    status = HTTPStatus.FORBIDDEN


class FeedUnknown(Refused):
    """No open feed has this address."""

    status = HTTPStatus.NOT_FOUND


class MethodRefused(Refused):
    """Reads are posted, and nothing else is done at their address."""

    status = HTTPStatus.METHOD_NOT_ALLOWED


class TooSlow(Refused):
    """The message did not arrive in time."""

    status = HTTPStatus.REQUEST_TIMEOUT


class TooLarge(Refused):
    """The message holds more bytes or more reads than it may."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class MediaRefused(Refused):
    """The body is declared to be of a type, or packed in a way, that is not taken here."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class TooOften(Refused):
    """A feed sent more than it may; `wait_s` says when the next is taken."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, sentence: str, *, wait_s: int) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


class TryLater(UnavailableError):
    """Nothing was acknowledged; send the same again after a while."""

    status: ClassVar[HTTPStatus] = HTTPStatus.SERVICE_UNAVAILABLE
