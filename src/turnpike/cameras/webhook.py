"""Telling another system of cameras' alarms: kept until it was taken, signed, retried, and without a plate or a picture.

Source: Standard Webhooks for the three headers and the signature: base64 of HMAC-SHA256 over `id.timestamp.body`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import msgspec

from turnpike import config
from turnpike.cameras.health_models import AlarmNotice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from turnpike.ledger.services import Detail

GIVEN_UP_AFTER = timedelta(hours=24)
KEPT = timedelta(days=7)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
_ANSWER_S = 5.0
_MOST_AT_ONCE = 20
_log = logging.getLogger(__name__)


def put_notice(event: str, told: Mapping[str, Detail], now: datetime) -> None:
    """Put in line what is to be told, in the same transaction as what it tells of; nothing where nobody is told."""
    settings = config.load()
    if not settings.camera_webhook_url:
        return
    body = msgspec.json.encode(
        {"type": event, "timestamp": now, "data": {**told, "page": f"{settings.url}/cameras/"}}
    )
    AlarmNotice.objects.create(notice_id=f"msg_{secrets.token_hex(16)}", body=body, made_at=now, next_at=now)


def send_notices(now: datetime, post: Callable[[bytes, Mapping[str, str]], bool] | None = None) -> int:
    """Send what is due, oldest first, and say how many were taken; what is not taken is tried again later, for a day.

    `post` gives whether a body with its headers was taken; without it they go to `camera_webhook_url`.
    """
    AlarmNotice.objects.filter(done_at__lt=now - KEPT).delete()
    settings = config.load()
    if not settings.camera_webhook_url:
        return 0
    taken = 0
    for notice in AlarmNotice.objects.filter(done_at=None, next_at__lte=now)[:_MOST_AT_ONCE]:
        body = bytes(notice.body)
        headers = signed_headers(
            settings.camera_webhook_secret.get_secret_value(), notice.notice_id, now, body
        )
        notice.tries += 1
        if (post or _post)(body, headers):
            notice.done_at, notice.was_taken = now, True
            taken += 1
        elif now - notice.made_at >= GIVEN_UP_AFTER:
            notice.done_at = now
            _log.warning("A camera's alarm was told to nobody: the webhook took it in no try of a day.")
        else:
            notice.next_at = now + min(_FIRST_WAIT * 2 ** min(notice.tries - 1, 16), _LONGEST_WAIT)
        notice.save(update_fields=["tries", "next_at", "done_at", "was_taken"])
        if not notice.was_taken:
            # Nobody is there; the others would wait as long each.
            break
    return taken


def signed_headers(secret: str, notice_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers by which the receiver knows sender, notice and time."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join([notice_id.encode(), timestamp.encode(), body])
    mac = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": notice_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def _post(body: bytes, headers: Mapping[str, str]) -> bool:
    try:
        with (
            httpx.Client(timeout=_ANSWER_S, trust_env=False, follow_redirects=False) as client,
            client.stream(
                "POST", config.load().camera_webhook_url, content=body, headers=dict(headers)
            ) as answer,
        ):
            # Its body is nobody's concern, and might have no end.
            return answer.is_success
    except httpx.HTTPError as error:
        _log.info("The webhook of cameras' alarms was not reached (%s).", type(error).__name__)
        return False
