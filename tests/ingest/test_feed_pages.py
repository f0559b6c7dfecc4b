"""The pages of feeds and of quarantined messages: steps, secrets shown once, masked messages, and who may see them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from turnpike.cameras.services import register_camera
from turnpike.ingest import feeds, message_quarantine, services
from turnpike.ingest.errors import TryLater
from turnpike.ingest.feed_directory import Directory
from turnpike.ingest.feed_traffic import Traffic
from turnpike.ingest.feeding import SpooledMessage
from turnpike.ingest.feeds import FeedWords
from turnpike.ingest.fetching import ConnectionState
from turnpike.ingest.message_quarantine import Aside
from turnpike.ingest.models import Feed, QuarantinedMessage
from turnpike.ingest.recent import Recent, RecentMessage, masked
from turnpike.ingest.retries import RetryHashes
from turnpike.ingest.vendor_messages import Sighting

from .feeds_at_hand import MAPPED, Spool

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

PLATE = "ZZ99ZZZ"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NEW = {
    "name": "north",
    "camera_id": "gate",
    "time_zone": "UTC",
    "setting_plate": "p",
    "setting_captured_at": "at",
}


class Centre:
    """What a started `Ingest` gives the pages."""

    def __init__(self) -> None:
        self.spool, self.traffic = Spool(), Traffic()
        self.understanding = SimpleNamespace(recent=Recent())
        self.mqtt, self.streams = SimpleNamespace(states=dict), SimpleNamespace(states=dict)


@pytest.fixture
def centre(monkeypatch: pytest.MonkeyPatch) -> Centre:
    running = Centre()
    monkeypatch.setattr(services, "_running", [running])
    return running


@pytest.fixture
def manager(client: Client, people: Any) -> Client:
    register_camera(
        "tests", camera_id="gate", name="Gate", latitude=51.5, longitude=-0.1, heading_degrees=0,
        purpose="Tests", owner="Tests",
    )  # fmt: skip
    client.force_login(people.administrator, backend=BACKEND)
    return client


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_feed_is_added_in_steps_and_its_address_shown_once(manager: Client, centre: Centre):
    assert "No feeds yet" in text_of(manager.get(reverse("feeds:index")))
    chosen = manager.get(reverse("feeds:choose"), {"adapter": "json"})
    assert chosen["location"] == reverse("feeds:new", args=["json"])
    assert "Path to the plate" in text_of(manager.get(chosen["location"]))
    shown = manager.post(chosen["location"], NEW)
    (token,) = set(re.findall(r"/feed/([\w-]{43})/", text_of(shown)))
    found = Directory().feeds().of_token(token)
    assert found is not None
    assert (found.facts.cameras, dict(found.facts.settings)) == (
        {"": "gate"},
        {"plate": "p", "captured_at": "at"},
    )
    assert "no-store" in shown["cache-control"]
    page = manager.get(reverse("feeds:feed", args=["north"]))
    assert token not in text_of(page)
    assert "/feed/SECRET/" in text_of(page)
    assert "Nothing came since the server started" in text_of(page)


def test_what_is_typed_wrongly_is_said_at_its_field(manager: Client):
    page = manager.post(
        reverse("feeds:new", args=["json"]), NEW | {"name": "North Gate", "camera_id": "moon"}
    )
    assert (page.status_code, "Use small letters, digits and dashes" in text_of(page)) == (400, True)
    page = manager.post(reverse("feeds:new", args=["json"]), NEW | {"camera_id": "moon"})
    assert (page.status_code, "No camera of that id" in text_of(page)) == (400, True)
    assert manager.get(reverse("feeds:new", args=["nothing"])).status_code == 404
    assert "Choose what sends" in text_of(manager.get(reverse("feeds:choose"), {"adapter": ""}))
    assert not Feed.objects.exists()


def test_the_last_messages_show_everything_but_the_plate(manager: Client, centre: Centre):
    feeds.open_feed("ines", name="north", adapter="json", words=MAPPED, camera_id="gate")
    centre.traffic.took("north")
    sighting = Sighting(PLATE, NOW, 0.875, source_camera="Lane 2", country="GB", lane=2)
    taken = masked(sighting, "gate", "", has_patch=False)
    unknown = masked(sighting, "", "The message names a camera that the feed does not know.", has_patch=False)
    centre.understanding.recent.add("north", RecentMessage(NOW, 2048, (taken,)))
    centre.understanding.recent.add("north", RecentMessage(NOW, 2048, (unknown,)))
    centre.understanding.recent.add(
        "north", RecentMessage(NOW, 512, (), ("The message is not well-formed JSON.",))
    )
    text = text_of(manager.get(reverse("feeds:feed", args=["north"])))
    assert PLATE not in text
    for said in ("7 characters", "0.875", "Lane 2", "not well-formed JSON", "2.0", "Put aside"):
        assert said in text, said
    assert f"{reverse('feeds:camera', args=['north'])}?source=Lane%202" in text


def test_the_state_says_what_to_do(manager: Client, centre: Centre):
    feed = feeds.open_feed("ines", name="north", adapter="json", words=MAPPED, camera_id="gate")
    page = reverse("feeds:feed", args=["north"])
    assert "Make an address below" in text_of(manager.get(page))
    feeds.new_address(feed, "ines")
    assert "cannot reach this centre" in text_of(manager.get(page))
    centre.traffic.tested("north")
    assert "The way is good" in text_of(manager.get(page))
    centre.traffic.refused(
        "north", "This feed takes nothing from where this comes from; see its networks.", "192.0.2.9"
    )
    assert "192.0.2.9" in text_of(manager.get(page))
    centre.traffic.took("north")
    centre.understanding.recent.add("north", RecentMessage(NOW, 10))
    assert "Messages arrive and are understood" in text_of(manager.get(page))
    centre.traffic.came_to_nobody("198.51.100.4")
    assert "198.51.100.4" in text_of(manager.get(reverse("feeds:index")))


def test_the_state_of_what_is_fetched_says_what_to_do(manager: Client, centre: Centre):
    feeds.open_feed(
        "ines", name="north", adapter="dahua-cgi", words=FeedWords(settings={"address": "192.0.2.64"})
    )
    page = reverse("feeds:feed", args=["north"])
    state = ConnectionState(is_connected=False, since=NOW, told="The camera has no such stream of events.")
    centre.streams.states = lambda: {"north": state}
    shown = text_of(manager.get(page))
    assert "Not connected" in shown
    assert "no such stream" in shown
    assert "No secret" not in text_of(manager.get(reverse("feeds:index")))
    state = replace(
        state,
        is_connected=True,
        told="Reading waits: The centre's spool is full.",
        passed_over=2,
        passed_over_for="a part was larger",
    )
    shown = text_of(manager.get(page))
    assert "Reading waits" in shown
    assert "2: a part was larger" in shown
    state = replace(state, told="", taken=7)
    assert "Its camera is connected" in text_of(manager.get(page))
    wrong = manager.post(
        reverse("feeds:change", args=["north"]),
        {"time_zone": "UTC", "messages_a_minute": "60", "setting_address": "http://cam"},
    )
    assert (wrong.status_code, "set tls to no" in text_of(wrong)) == (400, True)


def test_a_feed_is_mapped_changed_and_closed(manager: Client, centre: Centre):
    feed = feeds.open_feed("ines", name="north", adapter="json", words=MAPPED)
    manager.post(reverse("feeds:camera", args=["north"]), {"source": "Lane 2", "camera_id": "gate"})
    changed = {
        "time_zone": "Europe/London",
        "senders": "10.0.0.0/8\r\n2001:db8::/48",
        "messages_a_minute": "60",
        "setting_plate": "p",
        "setting_captured_at": "at",
    }
    assert manager.post(reverse("feeds:change", args=["north"]), changed).status_code == 302
    known = Directory().feeds().by_name["north"]
    assert known.facts.cameras == {"Lane 2": "gate"}
    assert (known.facts.time_zone, len(known.senders), known.messages_a_minute) == ("Europe/London", 2, 60)
    assert "10.0.0.0/8" in text_of(manager.get(reverse("feeds:change", args=["north"])))
    wrong = manager.post(reverse("feeds:change", args=["north"]), changed | {"senders": "everybody"})
    assert (wrong.status_code, "Give networks as" in text_of(wrong)) == (400, True)
    assert manager.post(reverse("feeds:close", args=["north"])).status_code == 302
    feed.refresh_from_db()
    assert feed.closed_at is not None
    assert "It takes nothing more" in text_of(manager.get(reverse("feeds:feed", args=["north"])))
    for name in ("change", "camera", "secrets", "close"):
        assert manager.post(reverse(f"feeds:{name}", args=["north"])).status_code == 404


def test_secrets_are_made_shown_once_and_taken_away(manager: Client, centre: Centre):
    feed = feeds.open_feed("ines", name="north", adapter="json", words=MAPPED, camera_id="gate")
    page = reverse("feeds:secrets", args=["north"])
    tokens = [
        re.findall(r"/feed/([\w-]{43})/", text_of(manager.post(page, {"what": "address"})))[0]
        for _ in range(2)
    ]
    manager.post(page, {"what": "old"})
    known = Directory().feeds()
    assert [known.of_token(token) is not None for token in tokens] == [False, True]
    shown = text_of(manager.post(page, {"what": "password", "username": "cam-7"}))
    feed.refresh_from_db()
    assert feed.username == "cam-7"
    assert re.search(r">\s*[A-Za-z0-9]{20}\s*<", shown)
    assert "letters" in text_of(manager.post(page, {"what": "password", "username": "a:b"}))
    manager.post(page, {"what": "no-password"})
    feed.refresh_from_db()
    assert feed.username == ""


def quarantine_a_message() -> int:
    body = f'{{"plate": "{PLATE}"}}'.encode()
    message = SpooledMessage("north", NOW, "application/json", "", body)
    message_quarantine.keep(
        [Aside(message, "json", "There is no time where the mapping says.")], RetryHashes(bytes(32))
    )
    return QuarantinedMessage.objects.get().pk


def test_a_quarantined_message_is_shown_without_its_plate_and_put_through_again(
    manager: Client, centre: Centre
):
    feeds.open_feed("ines", name="north", adapter="json", words=MAPPED, camera_id="gate")
    number = quarantine_a_message()
    text = text_of(manager.get(reverse("ingest:messages")))
    assert "There is no time where the mapping says." in text
    assert PLATE not in text
    answer = manager.post(reverse("ingest:replay"), {"message": [str(number), "x", "9" * 30]}, follow=True)
    assert "Put through again: 1." in text_of(answer)
    assert [message.feed for message in centre.spool.messages] == ["north"]
    assert "Nothing in quarantine" in text_of(answer)
    assert "choose messages" in text_of(manager.post(reverse("ingest:replay"), follow=True))


def test_where_the_spool_is_full_the_message_stays(manager: Client, centre: Centre):
    number = quarantine_a_message()
    centre.spool.refusal = TryLater("full")
    answer = manager.post(reverse("ingest:replay"), {"message": str(number)}, follow=True)
    assert "0 of 1 messages were put back" in text_of(answer)
    assert QuarantinedMessage.objects.count() == 1


def test_only_who_manages_cameras_gets_in(client: Client, people: Any, centre: Centre):
    feeds.open_feed("ines", name="north", adapter="json", words=MAPPED)
    pages = [reverse("feeds:index"), reverse("feeds:choose"), reverse("feeds:new", args=["json"])]
    pages += [
        reverse(f"feeds:{name}", args=["north"]) for name in ("feed", "change", "camera", "secrets", "close")
    ]
    for role, person in vars(people).items():
        client.force_login(person, backend=BACKEND)
        expected = 200 if role == "administrator" else 403
        assert [client.get(page).status_code for page in pages] == [expected] * len(pages), role
        assert client.post(reverse("ingest:replay")).status_code == (302 if role == "administrator" else 403)


def test_a_pasted_sample_says_what_it_would_give_and_leaves_nothing(manager: Client, centre: Centre) -> None:
    manager.post(reverse("feeds:new", args=["json"]), NEW)
    address = reverse("feeds:try_out", args=["north"])
    told = text_of(manager.post(address, {"sample": f'{{"p": "{PLATE}", "at": "2026-11-22T12:00:00Z"}}'}))
    assert f"{len(PLATE)} characters" in told
    assert "2026-11-22 12:00:00 UTC" in told
    assert "not well-formed JSON" in text_of(manager.post(address, {"sample": "no json"}))
    assert manager.post(address, {"sample": ""}).status_code == 400
    assert not centre.spool.messages
    assert not QuarantinedMessage.objects.exists()
