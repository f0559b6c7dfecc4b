"""A world with known plates in it: reads with pictures, a hotlist with a hit, requests of every state, a quarantined read."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from PIL import Image
from tests.alert_world import stolen_list, wanted

from turnpike import config
from turnpike.access import services as access
from turnpike.access.models import Watch
from turnpike.cameras.services import register_camera
from turnpike.hotlists import services as hotlists
from turnpike.images.services import PatchStore
from turnpike.ingest.bodies import Posted
from turnpike.ingest.checking import Checker
from turnpike.ingest.quarantine import keep
from turnpike.ingest.retries import RetryHashes
from turnpike.reads.services import NewBatch, NewRead, ReadStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

WANTED, PROPOSED, SOUGHT, UNSEEN, QUARANTINED = "FB71KLM", "LD19VRX", "KN68WXY", "SE07CRT", "GV55ZZA"
PLATES = (WANTED, PROPOSED, SOUGHT, UNSEEN, QUARANTINED)
PATTERN = "KN68W??"
"""What finds the read that was sought; by itself it tells no plate."""
REASON = "Burglary in Mill Lane at 02:10; a witness saw the car that left"
CAMERA, LIST = "mill-lane", "stolen"


@dataclass(frozen=True)
class World:
    """What tests ask for of it."""

    people: SimpleNamespace
    captured_at: datetime
    read_ids: dict[str, str]
    """By plate; none of what was never stored."""
    patches: dict[str, bytes]
    request: str
    waiting: str
    emergency: str
    search: int
    watch: int
    hit: int
    entry: int
    proposed: int

    @property
    def span(self) -> dict[str, Any]:
        """A range that holds every read."""
        return {
            "captured_from": self.captured_at - timedelta(hours=1),
            "captured_until": self.captured_at + timedelta(hours=1),
        }


def make_world(people: SimpleNamespace, case: Callable[..., Any], store: ReadStore) -> World:
    """The world, in this process's records and `store`."""
    captured_at = timezone.now().replace(microsecond=0) - timedelta(hours=2)
    register_camera(
        "tests",
        camera_id=CAMERA,
        name="Mill Lane",
        latitude=52.2,
        longitude=0.12,
        heading_degrees=45,
        purpose="tests",
        owner="tests",
    )
    case()
    stolen_list(people)
    entry = wanted(people, WANTED)
    watch = access.grant_watch(people.authoriser, people.operator, LIST, 8)
    read_ids, patches = _stored(store, captured_at)
    (hit,) = hotlists.match(store.since(0, 100))
    number, waiting = _request(people), _request(people, reach_days=180)
    emergency = access.open_emergency(
        people.investigator, reason="A man took his daughter and says that he will drive into the harbour."
    )
    world = World(
        people=people,
        captured_at=captured_at,
        read_ids=read_ids,
        patches=patches,
        request=number,
        waiting=waiting,
        emergency=emergency.number,
        search=0,
        watch=watch.pk,
        hit=hit.pk,
        entry=entry.pk,
        proposed=_proposed(people),
    )
    found = access.search(people.investigator, number, pattern=PATTERN, **world.span)
    assert [read.plate for read in found.reads] == [SOUGHT]
    _quarantine(captured_at)
    assert Watch.objects.count() == 1
    return World(**{**_fields(world), "search": found.kept.pk})


def _fields(world: World) -> dict[str, Any]:
    return {name: getattr(world, name) for name in World.__dataclass_fields__}


def _request(people: SimpleNamespace, **facts: Any) -> str:
    return access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=(PATTERN,),
        **facts,
    ).number


def _proposed(people: SimpleNamespace) -> int:
    from tests.alert_world import propose

    return propose(people, PROPOSED).pk


def _stored(store: ReadStore, captured_at: datetime) -> tuple[dict[str, str], dict[str, bytes]]:
    plates = (WANTED, SOUGHT, UNSEEN)
    reads = tuple(
        NewRead(
            plate=plate,
            raw_text=plate,
            confidence=0.93,
            captured_at=captured_at,
            event_key=key,
            has_patch=True,
            candidates=((plate, 0.93),),
        )
        for key, plate in enumerate(plates)
    )
    (result,) = store.append([NewBatch(CAMERA, "s", "m", "turnpike", bytes(32), captured_at, reads)])
    ids = {plate: read_id for plate, (_, read_id) in zip(plates, result.stored, strict=True)}
    patches = {plate: _picture(shade) for shade, plate in enumerate(plates)}
    batch = ids[WANTED].batch
    PatchStore(config.load().patches_path).write(batch, {ids[plate].slot: patches[plate] for plate in plates})
    return {plate: read_id.text for plate, read_id in ids.items()}, patches


def _picture(shade: int) -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (120, 40), (40 * shade, 90, 20)).save(packed, "JPEG")
    return packed.getvalue()


def _quarantine(captured_at: datetime) -> None:
    """Two reads that cannot be stored, with a plate in a field that is right and in one that is not."""
    settings = config.load()
    checker = Checker(RetryHashes(settings.key("event-keys")), max_reads=10, max_bytes=1 << 20)
    good = {"plate": QUARANTINED, "captured_at": captured_at.isoformat(), "confidence": 7}
    bad = {"plate": "ok", QUARANTINED: QUARANTINED, "colour": [QUARANTINED], "direction": QUARANTINED}
    body = json.dumps({"source": {"software": "tests"}, "reads": [good, bad]}).encode()
    message = checker.check(Posted(body), camera_id=CAMERA, received_at=captured_at)
    assert len(message.put_aside) == 2
    keep([message])
