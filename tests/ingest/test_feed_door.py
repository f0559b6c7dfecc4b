"""The door of makers' messages: who may send, how often and how much, and what is answered."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.ingest.feeds_at_hand import MAPPED, Answered, Door

from turnpike.cameras.services import register_camera
from turnpike.ingest import feeds
from turnpike.ingest.errors import TryLater
from turnpike.ingest.feeding import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnpike.ingest.models import Feed

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed() -> Feed:
    register_camera(
        "tests", camera_id="gate", name="Gate", latitude=51.5, longitude=-0.1, heading_degrees=0,
        purpose="Tests", owner="Tests",
    )  # fmt: skip
    return feeds.open_feed("ines", name="north", adapter="json", words=MAPPED, camera_id="gate")


@pytest.fixture
def token(feed: Feed) -> str:
    return feeds.new_address(feed, "ines")


@pytest.fixture
def limited(feed: Feed) -> Callable[..., None]:
    def change(**limits: Any) -> None:
        feeds.change_feed(feed, "ines", words=MAPPED, limits=feeds.FeedLimits(**limits))

    return change


def sent(door: Door, path: str, body: bytes = b'{"a":1}', **more: Any) -> Answered:
    return asyncio.run(door.send(path, body, **more))


def test_a_message_is_spooled_as_it_came_and_answered_as_its_adapter_wants(token: str):
    door = Door()
    answer = sent(
        door, f"/feed/{token}/NotificationInfo/x", headers={"Content-Type": "text/xml; charset=utf-8"}
    )
    assert (answer.status, answer["content-type"], answer.body) == (200, "application/json", b"{}")
    (message,) = door.spool.messages
    assert (message.feed, message.topic, message.body) == ("north", "NotificationInfo/x", b'{"a":1}')
    assert message.content_type == "text/xml; charset=utf-8"
    assert door.traffic.of("north").taken == 1


@pytest.mark.parametrize("path", ["/feed/", "/feed/x", "/feed//x", "/feed/{token}x/", "/feed/{token}%2f"])
def test_another_address_is_nobodys(token: str, path: str):
    door = Door()
    answer = sent(door, path.format(token=token))
    assert (answer.status, door.spool.messages) == (404, [])
    assert (door.traffic.strangers.count, door.traffic.strangers.last_address) == (1, "192.0.2.7")


def test_a_revoked_address_and_a_closed_feed_take_nothing(feed: Feed, token: str):
    door = Door()
    assert sent(door, f"/feed/{token}").status == 200
    feeds.revoke_addresses(feed, "ines")
    door.look_again()
    assert sent(door, f"/feed/{token}", b"other").status == 404


def test_a_query_is_the_message_where_there_is_no_other(token: str):
    door = Door()
    assert sent(door, f"/feed/{token}/", b"", method="GET", query=b"plate=x&at=1").status == 200
    assert sent(door, f"/feed/{token}/in", b"body", query=b"camera=7").status == 200
    first, second = door.spool.messages
    assert (first.body, first.content_type) == (b"plate=x&at=1", "application/x-www-form-urlencoded")
    assert (second.body, second.topic) == (b"body", "in?camera=7")


def test_a_test_button_is_answered_and_not_spooled(token: str):
    door = Door()
    assert [sent(door, f"/feed/{token}", b"", method=way).status for way in ("POST", "GET", "PUT")] == [
        200
    ] * 3
    assert (door.spool.messages, door.traffic.of("north").tests) == ([], 3)
    assert sent(door, f"/feed/{token}", method="DELETE").status == 405


def test_the_same_message_is_answered_and_taken_once(feed: Feed, token: str):
    door = Door()
    other = feeds.new_address(feeds.open_feed("ines", name="south", adapter="json", words=MAPPED), "ines")
    door.look_again()
    assert [sent(door, f"/feed/{token}").status for _ in range(3)] == [200] * 3
    assert len(door.spool.messages) == 1
    assert (door.traffic.of("north").taken, door.traffic.of("north").repeated) == (1, 2)
    sent(door, f"/feed/{token}", b'{"a":2}')
    sent(door, f"/feed/{other}")
    assert [message.feed for message in door.spool.messages] == ["north", "north", "south"]


def test_one_that_could_not_be_kept_is_taken_when_it_comes_again(token: str):
    door = Door()
    door.spool.refusal = TryLater("The centre's spool is full; send the message again later.")
    answer = sent(door, f"/feed/{token}")
    assert (answer.status, answer["retry-after"]) == (503, "5")
    assert "spool is full" in answer.detail
    door.spool.refusal = None
    assert sent(door, f"/feed/{token}").status == 200
    assert len(door.spool.messages) == 1


def test_a_sign_of_life_is_news_each_time(token: str):
    door = Door()
    sent(door, f"/feed/{token}", b"alive")
    door.endpoint.forget(door.spool.messages[0])
    sent(door, f"/feed/{token}", b"alive")
    assert len(door.spool.messages) == 2


def test_only_the_feeds_networks_may_send(token: str, limited: Callable[..., None]):
    limited(senders=("10.0.0.0/8", "2001:db8::/48"))
    door = Door()
    assert sent(door, f"/feed/{token}", client="10.9.9.9").status == 200
    assert sent(door, f"/feed/{token}", client="::ffff:10.9.9.9").status == 200
    assert sent(door, f"/feed/{token}", client="2001:db8::7").status == 200
    refused = sent(door, f"/feed/{token}", b"x", client="192.0.2.7", headers={"X-Forwarded-For": "10.9.9.9"})
    assert refused.status == 403
    assert door.told == [("north", refused.detail, 1, "192.0.2.7")]
    behind = Door(trusted_proxies=1)
    given = {"X-Forwarded-For": "10.1.1.1, 198.51.100.1"}
    assert sent(behind, f"/feed/{token}", client="127.0.0.1", headers=given).status == 403
    assert (
        sent(behind, f"/feed/{token}", client="127.0.0.1", headers={"X-Forwarded-For": "x, 10.1.1.1"}).status
        == 200
    )


def test_refusals_are_counted_and_the_ledger_is_told_once_an_hour(token: str, limited: Callable[..., None]):
    limited(senders=("10.0.0.0/8",))
    door = Door()
    for number in range(5):
        sent(door, f"/feed/{token}", str(number).encode())
    assert len(door.told) == 1
    traffic = door.traffic.of("north")
    assert list(traffic.refused.values()) == [5]
    assert traffic.last_refusal is not None
    assert traffic.last_refusal.address == "192.0.2.7"


def test_the_certificate_is_believed_only_of_a_proxy_of_ours(token: str, limited: Callable[..., None]):
    limited(certificate_sha256="ab" * 32)
    told = {"X-Camera-Cert": "AB:" * 31 + "AB"}
    through = Door(trusted_proxies=1, certificate_header="X-Camera-Cert")
    assert sent(through, f"/feed/{token}", headers=told).status == 200
    assert sent(through, f"/feed/{token}", b"x", headers={"X-Camera-Cert": "cd" * 32}).status == 403
    assert sent(through, f"/feed/{token}", b"x").status == 403
    for door in (Door(certificate_header="X-Camera-Cert"), Door(trusted_proxies=1)):
        assert sent(door, f"/feed/{token}", headers=told).status == 403


def test_more_than_a_feed_may_send_waits(token: str, limited: Callable[..., None]):
    limited(messages_a_minute=30)
    door = Door()
    statuses = [sent(door, f"/feed/{token}", str(number).encode()).status for number in range(31)]
    assert statuses == [200] * 30 + [429]
    answer = sent(door, f"/feed/{token}", b"more")
    assert 1 <= int(answer["retry-after"]) <= 2
    assert len(door.spool.messages) == 30


def test_a_body_is_bounded_in_bytes_and_together(token: str):
    door = Door()
    announced = sent(door, f"/feed/{token}", headers={"content-length": str(MAX_BODY_BYTES + 1)})
    assert announced.status == 413
    half = {"type": "http.request", "body": bytes(MAX_BODY_BYTES // 2 + 1), "more_body": True}
    assert sent(door, f"/feed/{token}", headers={"content-length": "x"}, parts=[half, half]).status == 413
    assert sent(door, f"/feed/{token}", headers={"content-encoding": "gzip"}).status == 415
    assert sent(door, f"/feed/{token}", parts=[{"type": "http.disconnect"}]).status == 0
    assert door.spool.messages == []
    assert sent(door, f"/feed/{token}", bytes(MAX_BODY_BYTES)).status == 200


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


def test_where_only_a_host_can_be_set_the_user_name_says_which_feed(feed: Feed):
    password = feeds.set_password(feed, "ines", "cam-7")
    door = Door()
    path = "/NotificationInfo/TollgateInfo"
    asked = sent(door, path)
    ways = [value for name, value in asked.headers if name == "www-authenticate"]
    assert (asked.status, [way.split()[0] for way in ways]) == (401, ["Digest", "Digest", "Basic"])
    assert sent(door, path, headers=basic("cam-7", password)).status == 200
    assert door.spool.messages[0].topic == "NotificationInfo/TollgateInfo"
    wrong = sent(door, path, headers=basic("cam-7", "x"))
    assert (wrong.status, "password is not right" in wrong.detail) == (401, True)
    assert sent(door, path, headers=basic("cam-8", password)).status == 401
    assert door.told == [("north", wrong.detail, 1, "192.0.2.7")]


def test_who_sends_all_before_it_listens_still_hears_that_a_password_is_wanted(feed: Feed):
    """A camera's first attempt is without one; cut off while it sends, it would never see the question."""
    feeds.set_password(feed, "ines", "cam-7")
    door = Door()
    parts = [{"type": "http.request", "body": bytes(1000), "more_body": more} for more in (True, True, False)]
    assert sent(door, "/NotificationInfo/TollgateInfo", parts=parts).status == 401
    assert parts == []
    half = {"type": "http.request", "body": bytes(MAX_BODY_BYTES // 2 + 1), "more_body": True}
    assert sent(door, "/NotificationInfo/x", headers={"content-length": "x"}, parts=[half] * 2).status == 413


def test_an_address_of_a_feed_with_a_password_wants_both(feed: Feed, token: str):
    password = feeds.set_password(feed, "ines", "cam-7")
    feeds.set_password(feeds.open_feed("ines", name="south", adapter="json", words=MAPPED), "ines", "cam-8")
    door = Door()
    assert sent(door, f"/feed/{token}").status == 401
    assert sent(door, f"/feed/{token}", headers=basic("cam-8", password)).status == 401
    assert sent(door, f"/feed/{token}", headers=basic("cam-7", password)).status == 200


@pytest.mark.parametrize(
    "empty",
    ['realm="", nonce="", uri="/NotificationInfo/KeepAlive", response=""', "realm=, nonce=, uri=, response="],
)
def test_a_camera_that_begins_with_an_empty_nonce_is_told_one_and_not_noted_as_refused(
    feed: Feed, empty: str
):
    feeds.set_password(feed, "ines", "cam-7")
    door = Door()
    answer = sent(
        door, "/NotificationInfo/KeepAlive", headers={"Authorization": f'Digest username="cam-7", {empty}'}
    )
    assert answer.status == 401
    assert 'nonce="' in answer["www-authenticate"]
    assert "stale" not in answer["www-authenticate"]
    assert door.told == []


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_digest_by_another_client_opens_once(feed: Feed, algorithm: str):
    """The digest is reckoned by httpx, so that the two do not share a mistake."""
    password = feeds.set_password(feed, "ines", "cam-7")
    door = Door()
    path = "/NotificationInfo/KeepAlive"
    ways = [value for name, value in sent(door, path).headers if name == "www-authenticate"]
    (challenge,) = [way for way in ways if f"algorithm={algorithm}," in way]
    flow = httpx.DigestAuth("cam-7", password).auth_flow(httpx.Request("POST", f"http://centre{path}?x=1"))
    first = next(flow)
    request = flow.send(httpx.Response(401, headers={"www-authenticate": challenge}, request=first))
    given = {"Authorization": request.headers["authorization"]}
    assert sent(door, path, b"one", query=b"x=1", headers=given).status == 200
    again = sent(door, path, b"two", query=b"x=1", headers=given)
    assert again.status == 401
    assert "stale=true" in again["www-authenticate"]
    assert sent(door, "/NotificationInfo/Other", b"two", headers=given).status == 401
    assert [message.body for message in door.spool.messages] == [b"one"]
