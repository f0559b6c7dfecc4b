"""What a camera answers to whoever asks for its events: let by, or said in a sentence to whoever set it up."""

from __future__ import annotations

import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from turnpike.ingest.stream_settings import StreamCamera

_REDIRECT = 3
_OLD_TLS = ("PROTOCOL", "HANDSHAKE_FAILURE", "CIPHER", "KEY_TOO_SMALL")
"""In the reasons by which OpenSSL tells that both sides speak TLS, and no kind in common."""
_FAR = "The camera cannot be reached; check its address, its port and the network."


class StreamEnded(Exception):
    """The stream cannot be read, or not any more; the text is a sentence of ours that says why."""


class SignInRefused(StreamEnded):
    """The camera does not take user name and password."""


def check_answer(answer: httpx.Response, camera: StreamCamera) -> None:
    """Let by an answer that is an event stream.

    Raises:
        StreamEnded: it is another; the sentence says what to do.
    """
    status = answer.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        if camera.username:
            raise SignInRefused(
                "The camera refuses the user name or the password; set them right. It is asked again when the password's file changes, or in ten minutes, so"
                " that it locks nobody out."
            )
        raise StreamEnded(
            "The camera asks for a password; give username and password_file in the feed's settings."
        )
    if status == HTTPStatus.FORBIDDEN:
        raise StreamEnded(
            "The camera does not let this user see its events; allow that user to, or unlock it."
        )
    if status == HTTPStatus.NOT_FOUND:
        raise StreamEnded(
            "The camera has no such stream of events; check its make, and the feed's setting stream."
        )
    if status // 100 == _REDIRECT:
        raise StreamEnded(
            "The camera sends on to another address, which is not followed; give that one, most often its https."
        )
    if status != HTTPStatus.OK:
        raise StreamEnded(f"The camera answers with status {status}; it is asked again.")
    media = answer.headers.get("content-type", "multipart/mixed").strip().lower()
    packed = answer.headers.get("content-encoding", "identity").strip().lower()
    if not media.startswith("multipart/") or packed not in {"", "identity"}:
        raise StreamEnded("What answers at this address is no camera's stream of events; check the address.")


def why_not_reached(error: BaseException) -> str:
    """What kept from connecting, as a sentence."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "The camera's certificate is not trusted, or is of another name than its address; put its authority's into ca_file."
        if isinstance(cause, ssl.SSLError):
            if any(word in (cause.reason or "") for word in _OLD_TLS):
                return "The camera's https is of an old kind that is not safe any more (before TLS 1.2); renew its software, or put a proxy before it."
            return "The camera does not speak https there; check the port, or set tls to no."
        cause = cause.__cause__ or cause.__context__
    return _FAR
