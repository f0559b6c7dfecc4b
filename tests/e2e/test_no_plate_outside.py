"""Nothing outside the door shows a plate: known plates are driven through a real centre and every outlet is searched for them.

Outside is all that is not shown by the door's leave: answers to cameras, pages that are no look, error pages, commands, the logs of
both processes, the worker's socket. What belongs to an operator's own picture (`turnpike read`) and what is at rest are not outlets.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
from PIL import Image
from tests.centre import Centre, running_centre
from tests.e2e.conftest import CAMERA, LINK, LIST, SEED
from tests.known_plates import plates_in, writings

from turnpike.simulation.services import render_plate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]

WANTED, SOUGHT, QUARANTINED, TYPED, DRIVEN = "FB71KLM", "KN68WXY", "GV55ZZA", "LD19VRX", "LT22GHJ"
PLATES = (WANTED, SOUGHT, QUARANTINED, TYPED, DRIVEN)
SRC = Path(__file__).resolve().parents[2] / "src" / "turnpike"
_ANY_PLATE = re.compile(rb"\b[A-Z]{2}[0-9]{2} ?[A-Z]{3}\b")
Outlets = dict[str, bytes]


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    with running_centre(tmp_path_factory.mktemp("centre")) as running:
        running.ask(SEED)
        yield running


@pytest.fixture
def visit(centre) -> Iterator[Callable[[str], Person]]:
    """Gives somebody of a role, or nobody; whose browser is closed at the end."""
    with ExitStack() as browsers:

        def visiting(role: str) -> Person:
            http = httpx.Client(base_url=centre.url, trust_env=False, timeout=30, follow_redirects=True)
            person = Person(browsers.enter_context(http))
            if role:
                person.send(f"/sign-in/once/{centre.ask(LINK, role).strip()}/")
            return person

        yield visiting


class Person:
    """Somebody with a browser that runs no script."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def get(self, address: str) -> bytes:
        return whole(self.http.get(address))

    def send(self, address: str, **typed: str) -> httpx.Response:
        """The form at that address, posted."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.http.get(address).text)
        assert token is not None, address
        return self.http.post(address, data={"csrfmiddlewaretoken": token[1], **typed})


def whole(answer: httpx.Response) -> bytes:
    return "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode() + answer.content


def a_read(plate: str, **changes: object) -> dict[str, object]:
    return {
        "event_id": uuid.uuid4().hex,
        "plate": plate,
        "confidence": 0.97,
        "captured_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        **changes,
    }


def answers_to_cameras(centre: Centre, key: str) -> Outlets:
    """What a camera is told of good reads, of bad ones, and of messages that are none."""

    def post(
        body: bytes, *, bearer: str = key, media: str = "application/json", method: str = "POST"
    ) -> bytes:
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": media}
        return whole(httpx.request(method, centre.reads_url, content=body, headers=headers, trust_env=False))

    def message(*reads: object) -> bytes:
        return json.dumps({"source": {"software": "tests", "model": "tests"}, "reads": reads}).encode()

    good = message(
        a_read(WANTED), a_read(SOUGHT, raw_text=SOUGHT, candidates=[{"plate": SOUGHT, "confidence": 0.4}])
    )
    bad = [
        a_read(QUARANTINED, confidence=7),
        a_read(QUARANTINED, direction=QUARANTINED),
        a_read(QUARANTINED, lane=QUARANTINED, **{QUARANTINED: QUARANTINED}),
        a_read(QUARANTINED, captured_at=QUARANTINED),
        a_read(f"{QUARANTINED}{QUARANTINED}{QUARANTINED}"),
        a_read(QUARANTINED, patch=QUARANTINED),
        QUARANTINED,
    ]
    return {
        "good reads": post(good),
        "reads put aside": post(message(*bad)),
        "no JSON": post(f"{{{QUARANTINED}".encode()),
        "another envelope": post(json.dumps({QUARANTINED: QUARANTINED}).encode()),
        "another camera's": post(message(a_read(QUARANTINED, camera=QUARANTINED.lower()))),
        "no key of ours": post(good, bearer=QUARANTINED),
        "another method": post(good, method="PUT"),
        "another media type": post(good, media=f"text/{QUARANTINED}"),
    }


def request_number(page: httpx.Response) -> str:
    number = re.search(r"R-\d{4}-\d+", page.text)
    assert number is not None
    return number[0]


def pages(visit: Callable[[str], Person]) -> Outlets:
    """Every page that is no look, once there is something to be told, and what is said of errors."""
    investigator = visit("investigator")
    asked = {
        "case_reference": "CR/01234/26",
        "purpose": "crime_investigation",
        "reason": "Burglary in Mill Lane on Tuesday night; the keys of this car were taken.",
        "patterns": "KN68 W??",
    }
    number = request_number(investigator.send("/requests/new/", reach_days="90", **asked))
    waiting = request_number(investigator.send("/requests/new/", reach_days="180", **asked))
    emergency = request_number(
        investigator.send(
            "/requests/emergency/",
            reason="A man took his daughter and says that he will drive into the harbour.",
        )
    )
    now = datetime.now(UTC)
    span = {
        "captured_from": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "captured_until": f"{now + timedelta(minutes=2):%Y-%m-%dT%H:%M}",
    }
    found = investigator.send(f"/search/{number}/", pattern="KN68 W??", **span)
    assert plates_in(found.content, PLATES) == {SOUGHT}, "else nothing is proven below"
    assert plates_in(investigator.send(f"/search/{emergency}/", pattern=WANTED, **span).content, PLATES) == {
        WANTED
    }
    export = re.search(r'href="(/search/[^"]+/export/these/)"', found.text)
    assert export is not None
    told: Outlets = {
        f"investigator {address}": investigator.get(address)
        for address in (
            "/requests/",
            "/cases/",
            f"/requests/{number}/",
            f"/requests/{number}/outcome/",
            f"/search/{number}/",
            export[1],
            "/receipts/",
            "/hotlists/",
            f"/hotlists/{LIST}/new",
        )
    }
    receipt = re.search(r'href="(/receipts/\d+/)"', told["investigator /receipts/"].decode())
    assert receipt is not None
    told["a receipt"] = investigator.get(receipt[1])
    for role, addresses in {
        "authoriser": (
            "/authority/",
            f"/authority/{waiting}/",
            f"/authority/reviews/{emergency}/",
            "/watches/",
            "/hotlists/",
            "/hotlists/new",
            "/receipts/",
        ),
        "administrator": (
            "/messages/",
            "/cameras/",
            "/cameras/register/map.json",
            f"/cameras/{CAMERA}/",
            "/feeds/",
            "/feeds/new/json/",
            "/receipts/",
        ),
        "auditor": ("/sign-in/sessions/", "/receipts/"),
        "operator": ("/sign-in/password/", "/cameras/"),
        "": (
            "/governance/",
            "/healthz",
            "/readyz",
            "/camera-places/",
            "/camera-places/places.json",
            "/sign-in/",
        ),
    }.items():
        person = visit(role)
        told |= {f"{role} {address}": person.get(address) for address in addresses}
        # What is typed into an address comes back in none of the answers.
        told |= {
            f"{role}: an error at {address}": person.get(address)
            for address in (
                f"/{TYPED}/",
                f"/hotlists/{TYPED.lower()}/",
                f"/requests/{TYPED}/",
                f"/sign-in/sessions/?q={TYPED}%20",
            )
            if role
        }
    told["a form without its token"] = whole(investigator.http.post("/requests/new/", data={"reason": TYPED}))
    return told


def commands(centre: Centre, slip: Path) -> Outlets:
    """What the command line prints, to both streams."""
    told: Outlets = {}
    for command in (
        "camera list",
        "account list",
        "case list",
        "config check",
        "doctor",
        "audit verify",
        f"audit receipt {slip}",
        "policy replay",
        f"policy replay --draft {SRC / 'access' / 'packs' / 'base'}",
    ):
        done = subprocess.run(
            [sys.executable, "-m", "turnpike", *command.split()],
            env=centre.environment,
            cwd=centre.data_dir,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert b"Traceback" not in done.stderr, command
        told[command] = done.stdout + done.stderr
    return told


def roadside(centre: Centre, key: str, folder: Path) -> Outlets:
    """The roadside process over a picture of a plate: what it prints."""
    picture = np.full((240, 560, 3), 96, np.uint8)
    drawn = render_plate(DRIVEN, height_px=44)
    picture[120:164, 180 : 180 + drawn.shape[1]] = drawn
    (folder / "road").mkdir()
    Image.fromarray(picture).save(folder / "road" / f"{DRIVEN}.png")
    (folder / "road" / f"{QUARANTINED}.jpg").write_bytes(b"no picture")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "turnpike", "edge", str(folder / "road"), "--centre", centre.url),
            *("--outbox", str(folder / "outbox.sqlite3")),
        ],
        env={**os.environ, "TURNPIKE_CAMERA_KEY": key},
        cwd=folder,
        capture_output=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 1, "the picture that is none is told of"
    return {"the roadside": done.stdout + done.stderr}


def worker_socket(centre: Centre) -> Outlets:
    told: Outlets = {}
    for question in ("health", WANTED, f"read {WANTED}"):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(centre.data_dir / "worker.sock"))
            link.sendall(question.encode() + b"\n")
            told[f"the worker's socket, asked for {question}"] = link.makefile("rb").readline()
    return told


def test_no_outlet_shows_a_plate(centre, visit, tmp_path):
    key = centre.register(CAMERA)[CAMERA]
    told = answers_to_cameras(centre, key)
    told |= roadside(centre, key, tmp_path)
    told |= pages(visit)
    told |= worker_socket(centre)
    slip = tmp_path / "slip.json"
    slip.write_bytes(told["a receipt"].partition(b"{")[1] + told["a receipt"].partition(b"{")[2])
    told |= commands(centre, slip)
    told["the server's log"] = centre.log().encode()
    shown = {name: found for name, text in told.items() if (found := plates_in(text, PLATES))}
    assert shown == {}
    for name in ("the server's log", "the roadside", "doctor", "policy replay", "audit verify"):
        assert not _ANY_PLATE.search(told[name]), name
    assert len(told) > 55


HELD_ELSEWHERE = {
    "cameras/webhook.py": SRC.parents[1] / "tests/cameras/test_health_alarms.py",
    "ingest/mqtt_subscription.py": SRC.parents[1] / "tests/ingest/test_mqtt.py",
}
"""Outlets that need more than this centre to be tried, and where it is shown that they tell no plate, or only fetch."""


def test_there_is_no_other_way_out():
    """E-mail, MQTT and webhooks are outlets: whoever brings one puts it into the test above, or beside what shows what it tells."""
    ways = re.compile(r"^\s*(?:from|import) (?:smtplib|paho|aiomqtt|django\.core\.mail)\b", re.MULTILINE)
    found = {
        str(path.relative_to(SRC))
        for path in SRC.rglob("*.py")
        if ways.search(path.read_text()) or "webhook" in path.name
    }
    assert found == set(HELD_ELSEWHERE)
    assert all(path.exists() for path in HELD_ELSEWHERE.values())
    assert "publish(" not in (SRC / "ingest/mqtt_subscription.py").read_text()


@pytest.mark.parametrize(
    "written",
    [
        b"FB71KLM",
        b"the car fb71 klm left",
        b"FB71-KLM",
        b"/search?q=FB71%20KLM",
        b"q=FB71+KLM",
        b"MLK17BF",
        b"4642 37314b4c4d".replace(b" ", b""),
        b"eyJwbGF0ZSI6IkZCNzFLTE0ifQ==",
        b"IkZCNzFLTE0i",
        b"WyJGQjcxS0xNIl0=",
    ],
)
def test_the_search_finds_a_plate_in_any_writing(written):
    assert plates_in(written, PLATES) == {WANTED}


def test_the_search_finds_none_where_there_is_none():
    assert plates_in(b"FB71 KLX, R-2026-000001, deadbeef" * 100, PLATES) == set()
    assert len(writings(WANTED)) > 20
