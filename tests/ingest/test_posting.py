"""`POST /api/v1/reads` as a camera sees it, on a real server."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.ingest.posting import a_message, a_read, post, with_patch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.centre import Centre
    from tests.ingest.conftest import Sender

SECRET_PLATE = "ZZ99SEC"
pytestmark = pytest.mark.long


def test_a_good_message_is_stored_with_an_id_for_each_read(centre: Centre, sender: Sender):
    answer = post(centre.reads_url, sender.key, a_message(a_read(), with_patch()))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["stored"], body["duplicates"], body["quarantined"]) == (2, 0, [])
    assert len(set(body["read_ids"])) == 2


def test_the_same_message_twice_is_the_same_reads_once(centre: Centre, sender: Sender):
    message = a_message(a_read(), with_patch(), a_read(event_id=None))
    first = post(centre.reads_url, sender.key, message).json()
    second = post(centre.reads_url, sender.key, message).json()
    assert (first["stored"], first["duplicates"]) == (3, 0)
    assert (second["stored"], second["duplicates"]) == (0, 3)
    assert second["read_ids"] == first["read_ids"]


def test_the_same_message_from_many_threads_at_once_is_stored_once(
    centre: Centre, a_sender: Callable[[], Sender]
):
    senders = [a_sender() for _ in range(3)]
    messages = {one: a_message(a_read(event_id="same"), a_read()) for one in senders}
    posts = [one for one in senders for _ in range(5)]
    with ThreadPoolExecutor(len(posts)) as threads:
        answers = list(threads.map(lambda one: post(centre.reads_url, one.key, messages[one]).json(), posts))
    for one in senders:
        own = [answer for answer, by in zip(answers, posts, strict=True) if by == one]
        assert sum(answer["stored"] for answer in own) == 2
        assert len({tuple(answer["read_ids"]) for answer in own}) == 1


def test_bad_reads_are_put_aside_with_reasons_and_good_ones_stored(centre: Centre, sender: Sender):
    message = a_message(
        a_read(), a_read(confidence=2, event_id="e-1", plate=SECRET_PLATE), a_read(), {"plate": 1}
    )
    first, again = (post(centre.reads_url, sender.key, message).json() for _ in range(2))
    assert (first["stored"], again["duplicates"]) == (2, 2)
    assert first["quarantined"] == again["quarantined"]
    assert [(one["index"], one["event_id"]) for one in first["quarantined"]] == [(1, "e-1"), (3, "")]
    assert first["quarantined"][0]["reason"] == "confidence must be a number from 0 to 1."
    assert [read_id is None for read_id in first["read_ids"]] == [False, True, False, True]


def test_a_read_that_names_the_key_s_own_camera_is_stored(centre: Centre, sender: Sender):
    assert (
        post(centre.reads_url, sender.key, a_message(a_read(camera=sender.camera_id))).json()["stored"] == 1
    )


def test_a_key_cannot_speak_for_another_camera(centre: Centre, a_sender: Callable[[], Sender]):
    mine, other = a_sender(), a_sender()
    good = a_read()
    answer = post(centre.reads_url, mine.key, a_message(good, a_read(camera=other.camera_id)))
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert post(centre.reads_url, mine.key, a_message(good)).json()["duplicates"] == 0
    recorded = centre.ask(
        "from turnpike.site.services import prepare_records; prepare_records()\n"
        "from turnpike.ledger.services import entries\n"
        "print([e.details['camera'] for e in entries(limit=500) if e.event == 'collection.reads_refused'])"
    )
    assert mine.camera_id in recorded
    assert other.camera_id not in recorded


def test_without_a_known_key_nothing_is_taken(centre: Centre, sender: Sender):
    for key in ("tpc_" + "x" * 43, sender.key[:-1], sender.key + "A", "none"):
        answer = post(centre.reads_url, key, a_message(a_read()))
        assert answer.status_code == 401
        assert answer.json()["status"] == 401


def test_a_revoked_key_is_refused_at_once_and_a_new_one_is_taken(centre: Centre, sender: Sender):
    with httpx.Client(trust_env=False, timeout=60) as connection:
        assert post(centre.reads_url, sender.key, a_message(a_read()), client=connection).status_code == 200
        assert "1 keys" in centre.run_turnpike("camera", "revoke", sender.camera_id)
        assert post(centre.reads_url, sender.key, a_message(a_read()), client=connection).status_code == 401
        fresh = centre.run_turnpike("camera", "key", sender.camera_id).strip()
        assert post(centre.reads_url, fresh, a_message(a_read()), client=connection).status_code == 200


END_CASE = """
import sys
from turnpike.site.services import prepare_records
prepare_records()
from turnpike.cameras.services import end_case
end_case("tests", sys.argv[1], "To see that its reads are refused from now on.")
"""


def test_without_a_necessity_case_a_camera_is_refused_at_once_and_with_a_new_one_taken(
    centre: Centre, sender: Sender
):
    with httpx.Client(trust_env=False, timeout=60) as connection:

        def posted(body: bytes) -> httpx.Response:
            return post(centre.reads_url, sender.key, body, client=connection)

        assert posted(a_message(a_read())).status_code == 200
        centre.ask(END_CASE, sender.camera_id)
        large = a_message(*(a_read(raw_text="x" * 60) for _ in range(400)))
        for body in (a_message(a_read()), large):
            refused = posted(body)
            assert refused.status_code == 403
            assert refused.json()["detail"].startswith("No necessity case of this camera is in force")
        centre.give_case(sender.camera_id)
        assert posted(a_message(a_read())).status_code == 200


def test_other_methods_media_and_texts_are_refused(centre: Centre, sender: Sender):
    url, good = centre.reads_url, a_message(a_read())
    assert httpx.get(url, trust_env=False).status_code == 405
    assert post(url, sender.key, good, media="text/plain").status_code == 415
    assert post(url, sender.key, b"{").status_code == 400
    assert post(url, sender.key, b'{"reads":[]}').status_code == 400


def test_too_much_is_refused(centre: Centre, sender: Sender):
    many = post(centre.reads_url, sender.key, a_message(*[{}] * 1_001))
    assert many.status_code == 413
    assert "1000 reads" in many.json()["detail"]
    # Declared, and refused before it is sent.
    with socket.create_connection(("127.0.0.1", httpx.URL(centre.url).port or 0), timeout=30) as line:
        line.sendall(
            f"POST /api/v1/reads HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {sender.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {17 << 20}\r\n\r\n".encode()
        )
        refusal = http.client.HTTPResponse(line)
        refusal.begin()
        assert refusal.status == 413
    # Not declared, and refused once it is too much.
    answer = post_chunks(centre.reads_url, sender.key, 17)
    assert answer is None or answer.status_code == 413


def post_chunks(url: str, key: str, megabytes: int) -> httpx.Response | None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        return httpx.post(
            url,
            content=(bytes(1 << 20) for _ in range(megabytes)),
            headers=headers,
            timeout=60,
            trust_env=False,
        )
    except (httpx.ReadError, httpx.RemoteProtocolError):
        return None  # the server hung up on what it had refused


@pytest.mark.parametrize(
    "hostile",
    [
        b"[" * 1_000_000,
        b'{"source":{"software":"x"},"reads":[' + b'{"a":' * 100_000,
        b'{"source":{"software":"x"},"reads":[' + b"1," * 900 + b"1]}",
        b'{"source":{"software":"' + b"x" * 1_000_000 + b'"},"reads":[{}]}',
        b'{"source":{"software":"x"},"reads":[{"confidence":' + b"9" * 1_000_000 + b"}]}",
        b"\x00" * 1_000,
        json.dumps(
            {"source": {"software": "x"}, "reads": [a_read(**{"plate\u0000": "\u0000'; DROP"})]}
        ).encode(),
    ],
)
def test_hostile_texts_are_answered_and_do_no_harm(centre: Centre, sender: Sender, hostile: bytes):
    assert post(centre.reads_url, sender.key, hostile).status_code in {200, 400}
    assert post(centre.reads_url, sender.key, a_message(a_read(plate="O'REILLY \\ 1"))).json()["stored"] == 1


def test_senders_that_hang_up_do_no_harm(centre: Centre, sender: Sender):
    body = a_message(a_read(event_id="hung up"))
    request = (
        f"POST /api/v1/reads HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {sender.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    for cut in (len(request), len(request) - 10, 200, 20):
        with socket.create_connection(("127.0.0.1", httpx.URL(centre.url).port or 0)) as line:
            line.sendall(request[:cut])
    answer = post(centre.reads_url, sender.key, body).json()
    assert answer["stored"] + answer["duplicates"] == 1


def test_no_plate_and_no_traceback_is_logged(centre: Centre, sender: Sender):
    """Last of this module: the log holds all that went before."""
    post(
        centre.reads_url,
        sender.key,
        a_message(a_read(plate=SECRET_PLATE), a_read(plate=SECRET_PLATE, lane=-1)),
    )
    log = centre.log()
    assert SECRET_PLATE not in log
    assert "AB12" not in log
    assert "Traceback" not in log


def test_many_cameras_at_once_are_all_answered(centre: Centre, a_sender: Callable[[], Sender]):
    senders = [a_sender() for _ in range(10)]
    begin = threading.Barrier(len(senders))

    def send(one: Sender) -> list[dict[str, Any]]:
        begin.wait(30)
        with httpx.Client(trust_env=False, timeout=60) as connection:
            return [
                post(
                    centre.reads_url, one.key, a_message(*[a_read() for _ in range(20)]), client=connection
                ).json()
                for _ in range(5)
            ]

    with ThreadPoolExecutor(len(senders)) as threads:
        answers = [answer for own in threads.map(send, senders) for answer in own]
    assert [answer["stored"] for answer in answers] == [20] * 50
    read_ids = {read_id for answer in answers for read_id in answer["read_ids"]}
    assert len(read_ids) == 1_000
