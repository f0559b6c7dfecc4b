from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.simulation.centre import Body, small_centre, taken

from turnpike.ingest.messages import Envelope, PostedRead
from turnpike.simulation import nation_posting
from turnpike.simulation.services import (
    AnswerTimes,
    CentreRefused,
    CentreSilent,
    Load,
    LoadPosted,
    NationPlan,
    post_reads,
)

KEYS = tuple(f"tpc_{number}" for number in range(12))
PLAN = NationPlan(reads=3_000, days=1, seed=2, cameras=12, vehicles=800)


def nobody(_posted: LoadPosted) -> None:
    pass


def posted_to(url: str, plan: NationPlan = PLAN, **more: object) -> LoadPosted:
    posted = LoadPosted()
    post_reads(plan, Load(url=url, keys=KEYS, **more), posted, nobody)  # type: ignore[arg-type]
    return posted


def test_all_reads_arrive_at_the_present_time_in_messages_of_one_camera():
    before = datetime.now(UTC)
    with small_centre() as centre:
        posted = posted_to(centre.url, reads_per_message=40, patches=True)
    assert (posted.stored, posted.refused, posted.messages) == (3_000, 0, len(centre.messages))
    assert {key for key, _ in centre.messages} == set(KEYS)
    assert max(len(body["reads"]) for _, body in centre.messages) == 40
    # The centre's own types take every one of them.
    reads = [
        msgspec.convert(read, PostedRead, strict=False)
        for _, body in centre.messages
        for read in msgspec.json.decode(msgspec.json.encode(body), type=dict)["reads"]
    ]
    msgspec.json.decode(msgspec.json.encode(centre.messages[0][1]), type=Envelope)
    assert len({read.event_id for read in reads}) == 3_000
    assert all(
        before - timedelta(hours=1) < read.captured_at < datetime.now(UTC) + timedelta(seconds=1)
        for read in reads
    )
    assert any(read.candidates for read in reads)
    assert any(read.patch for read in reads)


def test_a_camera_posts_in_the_order_in_which_it_saw():
    with small_centre() as centre:
        posted_to(centre.url, reads_per_s=20_000.0)
    order: dict[str, list[int]] = {key: [] for key in KEYS}
    for key, body in centre.messages:
        order[key] += [int(read["event_id"].rpartition("-")[2]) for read in body["reads"]]
    assert all(numbers == sorted(numbers) for numbers in order.values())


def test_a_busy_centre_is_asked_again_when_it_says(monkeypatch):
    refused: set[str] = set()
    waited: list[str] = []

    def busy_once(key: str, body: Body):
        if key in refused:
            return taken(key, body)
        refused.add(key)
        return 503, {"retry-after": "7"}, {}

    def at_once(response):
        waited.append(response.headers["retry-after"])
        return 0.0

    monkeypatch.setattr(nation_posting, "_retry_after_s", at_once)
    with small_centre(busy_once) as centre:
        posted = posted_to(centre.url)
    assert (posted.stored, posted.waits) == (3_000, 12)
    assert waited == ["7"] * 12
    bodies = [body["reads"][0]["event_id"] for _, body in centre.messages]
    assert len(bodies) - len(set(bodies)) == 12, "what was put off was posted again, unchanged"


def test_what_the_answers_say_is_counted():
    def some(key: str, body: Body):
        if key == KEYS[0]:
            return 413, {}, {}
        count = len(body["reads"])
        aside = [{"index": 0, "event_id": "", "reason": "no"}]
        return 200, {}, {"stored": count - 2, "duplicates": 1, "quarantined": aside, "read_ids": []}

    with small_centre(some) as centre:
        posted = posted_to(centre.url, reads_per_message=25)
    others = [body for key, body in centre.messages if key != KEYS[0]]
    too_large = sum(len(body["reads"]) for key, body in centre.messages if key == KEYS[0])
    assert posted.duplicates == len(others)
    assert posted.refused == len(others) + too_large
    assert posted.reads == 3_000
    assert 0 < posted.answers.percentile_ms(50) <= posted.answers.percentile_ms(99) < 60_000


def test_keys_that_are_not_known_end_it_with_a_sentence():
    with small_centre(lambda _key, _body: (401, {}, {})) as centre, pytest.raises(CentreRefused, match="401"):
        posted_to(centre.url)


def test_a_centre_that_is_not_there_ends_it_with_a_sentence(monkeypatch):
    monkeypatch.setattr(nation_posting, "_PAUSE_S", 0.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(CentreSilent, match="is it running"):
            posted_to(f"http://127.0.0.1:{free.getsockname()[1]}")


def test_an_interruption_lets_what_is_on_its_way_arrive():
    posted, told = LoadPosted(), []

    def interrupt(so_far: LoadPosted) -> None:
        told.append(so_far.reads)
        if len(told) > 40:
            raise KeyboardInterrupt

    with small_centre() as centre, pytest.raises(KeyboardInterrupt):
        post_reads(PLAN, Load(url=centre.url, keys=KEYS, reads_per_message=10), posted, interrupt)
    assert posted.stored == sum(len(body["reads"]) for _, body in centre.messages) < 3_000


def test_answer_times_keep_about_a_hundredth():
    times = AnswerTimes()
    for ms in range(1, 1_001):
        times.add(float(ms))
    assert times.percentile_ms(50) == pytest.approx(500, rel=0.015)
    assert times.percentile_ms(99) == pytest.approx(990, rel=0.015)
