"""Makers' messages into a running centre: by a real HTTP client, as a camera sends them, and stored as reads."""

from __future__ import annotations

import json
import re
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.centre import running_centre

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.centre import Centre

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

_ADD = (
    "add {name} --adapter json --camera {camera} --set plate=car.plate --set captured_at=at --set event_id=id"
)
_LINK = """
from datetime import date
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.accounts import services as accounts
person = accounts.create_account("ines", "Ines", [accounts.Role.ADMINISTRATOR], actor="tests", standing=accounts.Standing(trained_until=date.max))
print(accounts.issue_one_time_sign_in(person, actor="tests"))
"""
_ASIDE = """
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.ingest.models import QuarantinedMessage
print(QuarantinedMessage.objects.count())
"""
_MEND = """
from turnpike.ingest import feeds
feeds.change_feed(feeds.find_feed("north"), "tests", limits=feeds.FeedLimits(),
    words=feeds.FeedWords("UTC", {"plate": "car.plate", "captured_at": "time"}))
"""


def a_message(plate: str, number: int = 1, **more: Any) -> bytes:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"car": {"plate": plate}, "at": at, "id": f"{plate}-{number}", **more}).encode()


def post(address: str, body: bytes, **options: Any) -> httpx.Response:
    return httpx.post(address, content=body, timeout=10, trust_env=False, **options)


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_messages_are_taken_stored_and_told_and_secrets_are_revoked(tmp_path: Path):
    with running_centre(tmp_path) as centre:
        centre.register("gate", "bridge")
        address = centre.run_turnpike("feed", *_ADD.format(name="north", camera="gate").split()).strip()
        assert address.startswith(f"{centre.url}/feed/")
        answers = [post(address, a_message(f"AB{number:02}CDE")) for number in range(20)]
        assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"{}")}
        again = a_message("AB99CDE")
        assert [post(address, again).status_code for _ in range(3)] == [200, 200, 200]
        curl(address, a_message("AB98CDE"))

        centre.run_turnpike("feed", *_ADD.format(name="site", camera="bridge").split())
        password = centre.run_turnpike("feed", "password", "site", "--username", "cam-7").strip()
        fixed = f"{centre.url}/NotificationInfo/TollgateInfo"
        assert post(fixed, a_message("CD01EFG")).status_code == 401
        assert post(fixed, a_message("CD02EFG"), auth=httpx.DigestAuth("cam-7", password)).status_code == 200
        assert post(fixed, a_message("CD03EFG"), auth=httpx.BasicAuth("cam-7", password)).status_code == 200
        assert post(fixed, a_message("CD04EFG"), auth=httpx.BasicAuth("cam-7", "wrong")).status_code == 401
        large = a_message("CD05EFG", picture="x" * 3_000_000)
        assert post(fixed, large, auth=httpx.DigestAuth("cam-7", password)).status_code == 200
        assert (
            post(address + "x", a_message("ZZ01ZZZ")).status_code == 200
        )  # what follows the address is the maker's own
        assert post(address.replace("/feed/", "/feed/x"), a_message("ZZ02ZZZ")).status_code == 404

        centre.run_turnpike("feed", "address", "north", "--only")
        begun_s = time.monotonic()
        until(
            lambda: post(address, a_message("ZZ03ZZZ", time.monotonic_ns())).status_code == 404, "not revoked"
        )
        assert time.monotonic() - begun_s < 1.0
    stored = [(camera_id, plate) for _, camera_id, plate in centre.stored() if not plate.startswith("ZZ03")]
    assert sorted(stored) == sorted(
        [("gate", f"AB{number:02}CDE") for number in range(20)]
        + [("gate", "AB99CDE"), ("gate", "AB98CDE"), ("gate", "ZZ01ZZZ")]
        + [("bridge", f"CD0{number}EFG") for number in (2, 3, 5)]
    )
    assert "ZZ01ZZZ" not in centre.log()
    assert address.rsplit("/", 2)[-2] not in centre.log()


def curl(address: str, body: bytes) -> None:
    """As a camera's own software does: another client than ours."""
    done = subprocess.run(
        [
            "curl",
            "-sS",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--noproxy",
            "*",
            "--data-binary",
            "@-",
            address,
        ],
        input=body,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"200"


def test_what_is_not_understood_is_put_through_again_after_a_fix(tmp_path: Path):
    """The feed's settings are wrong at first: nothing is lost, and a replay on the page stores it."""
    with running_centre(tmp_path) as centre:
        centre.register("gate")
        given = _ADD.format(name="north", camera="gate").split()
        address = centre.run_turnpike("feed", *given).strip()
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = json.dumps({"car": {"plate": "AB01CDE"}, "time": at}).encode()
        assert post(address, body).status_code == 200
        until(lambda: centre.ask(_ASIDE).strip() == "1", "not put aside")
        with signed_in(centre) as browser:
            page = browser.get("/messages/").text
            assert "There is no time where the mapping says" in page
            assert "AB01CDE" not in page
            assert "AB01CDE" not in browser.get("/feeds/of/north/").text
            centre.ask(_MEND)
            (number,) = re.findall(r'name="message" value="(\d+)"', page)
            answer = submit(browser, "/messages/replay/", page, message=number)
            assert "Put through again: 1." in answer.text
            until(lambda: "Nothing in quarantine" in browser.get("/messages/").text, "put aside again")
            until(lambda: "are understood" in browser.get("/feeds/of/north/").text, "not understood")
            assert "7 characters" in browser.get("/feeds/of/north/").text
    assert [(camera_id, plate) for _, camera_id, plate in centre.stored()] == [("gate", "AB01CDE")]
    assert "AB01CDE" not in centre.log()


@contextmanager
def signed_in(centre: Centre) -> Iterator[httpx.Client]:
    link = f"/sign-in/once/{centre.ask(_LINK).strip()}/"
    with httpx.Client(base_url=centre.url, follow_redirects=True, timeout=10, trust_env=False) as browser:
        submit(browser, link, browser.get(link).text)
        yield browser


def submit(browser: httpx.Client, address: str, page: str, **given: str) -> httpx.Response:
    (token, *_) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    answer = browser.post(address, data={"csrfmiddlewaretoken": token, **given})
    assert answer.status_code == 200, answer.text
    return answer
