"""The register's pages: who sees them, and that no plate is among what they show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from turnpike.cameras.services import issue_key
from turnpike.reads.services import NewBatch, NewRead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.test import Client

    from turnpike.cameras.models import Camera
    from turnpike.reads.services import ReadStore

PLATE = "ZZ99ZZZ"
SENT_AT = datetime.now(UTC)
# Long before, so that a page which tells when the camera was registered does not name the same minute.
READ_AT = SENT_AT - timedelta(hours=3, minutes=7)


def send(store: ReadStore, camera_id: str, count: int) -> None:
    store.append([batch(camera_id, range(count))])


def batch(camera_id: str, keys: Iterable[int]) -> NewBatch:
    reads = tuple(
        NewRead(plate=PLATE, raw_text=PLATE, confidence=0.9, captured_at=READ_AT, event_key=key)
        for key in keys
    )
    return NewBatch(camera_id, "tests", "", "", bytes(32), SENT_AT, reads)


@pytest.mark.parametrize("page", ["list", "camera"])
def test_each_role_sees_the_register_without_plates(
    page: str, client: Client, people: Any, store: ReadStore, register: Callable[..., Camera]
):
    issue_key(register(), "tests")
    register("bridge", latitude=51.52)
    send(store, "north-gate", 12)
    send(store, "bridge", 3)
    url = reverse("cameras:list") if page == "list" else reverse("cameras:camera", args=["north-gate"])
    for person in vars(people).values():
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = client.get(url)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "North Gate" in text
        assert ">12<" in text.replace("\n", "").replace(" ", "")
        assert PLATE not in text


def test_few_reads_are_not_counted_out(
    client: Client, people: Any, store: ReadStore, register: Callable[..., Camera]
):
    register("bridge")
    client.force_login(people.operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert ">0<" in client.get(reverse("cameras:list")).content.decode().replace(" ", "")
    send(store, "bridge", 3)
    text = client.get(reverse("cameras:list")).content.decode()
    assert "under 10" in text
    assert ">3<" not in text


def test_the_time_of_the_last_of_few_reads_is_not_shown(
    client: Client, people: Any, store: ReadStore, register: Callable[..., Camera]
):
    register("bridge")
    client.force_login(people.operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    pages = [reverse("cameras:list"), reverse("cameras:camera", args=["bridge"])]
    for count, shown in ((0, "Not within 24 hours"), (9, "Within 24 hours")):
        send(store, "bridge", count)
        for page in pages:
            text = client.get(page).content.decode()
            assert shown in text
            assert f"{READ_AT:%H:%M}" not in text
    store.append([batch("bridge", range(9, 12))])
    for page in pages:
        text = client.get(page).content.decode()
        assert "Within 24 hours" not in text
        assert f"{READ_AT:%H:%M}" in text


def test_an_empty_register_says_what_to_do(client: Client, people: Any, store: ReadStore):
    client.force_login(people.operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "turnpike camera add" in client.get(reverse("cameras:list")).content.decode()


def test_an_unknown_camera_is_not_found(client: Client, people: Any, store: ReadStore):
    client.force_login(people.operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(reverse("cameras:camera", args=["nowhere"])).status_code == 404


def test_the_anonymous_are_sent_to_sign_in(client: Client, db: None):
    answer = client.get(reverse("cameras:list"))
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]


@pytest.mark.parametrize("page", ["/cameras/", "/cameras/bridge/"])
def test_the_register_is_readable_while_the_store_is_not(
    page: str, client: Client, people: Any, register: Callable[..., Camera]
):
    register("bridge")
    client.force_login(people.operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(page)
    assert answer.status_code == 200
    assert "Not known now" in answer.content.decode()
