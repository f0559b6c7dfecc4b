"""The page of quarantined reads: for administrators, and without a plate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from tests.ingest.posting import a_message, a_read

from turnpike.cameras.services import register_camera
from turnpike.ingest import quarantine
from turnpike.ingest.bodies import Posted
from turnpike.ingest.checking import Checker
from turnpike.ingest.retries import RetryHashes

if TYPE_CHECKING:
    from django.test import Client

PLATE = "ZZ99ZZZ"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def _quarantined(db: None) -> None:
    register_camera(
        "tests", camera_id="gate", name="Gate", latitude=51.5, longitude=-0.1, heading_degrees=0,
        purpose="Tests", owner="Tests",
    )  # fmt: skip
    body = a_message(a_read(plate=PLATE, confidence=3), a_read(plate=PLATE, event_id=PLATE, lane=99))
    checker = Checker(RetryHashes(bytes(32)), max_reads=10, max_bytes=1 << 20)
    quarantine.keep([checker.check(Posted(body), camera_id="gate", received_at=datetime.now(UTC))])


@pytest.mark.usefixtures("_quarantined")
def test_an_administrator_sees_reasons_and_no_plate(client: Client, people: Any):
    client.force_login(people.administrator, backend=BACKEND)
    answer = client.get(reverse("ingest:messages"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "confidence must be a number from 0 to 1." in text
    assert "lane must be a whole number" in text
    assert reverse("cameras:camera", args=["gate"]) in text
    assert PLATE not in text


def test_an_empty_quarantine_says_so(client: Client, people: Any):
    client.force_login(people.administrator, backend=BACKEND)
    assert "Nothing in quarantine" in client.get(reverse("ingest:messages")).content.decode()


def test_nobody_else_sees_it(client: Client, people: Any):
    for role, person in vars(people).items():
        client.force_login(person, backend=BACKEND)
        assert client.get(reverse("ingest:messages")).status_code == (200 if role == "administrator" else 403)
