"""The register and its keys: what is refused, what is recorded, what is kept of a key."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from turnpike.cameras import registering, services
from turnpike.cameras.models import Camera, CameraKey
from turnpike.cameras.services import CameraError
from turnpike.ledger.services import AuditEvent, LedgerError, entries

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_registered_camera_is_found_and_recorded(register: Callable[..., Camera]):
    camera = register()
    assert services.find_camera("north-gate") == camera
    assert services.all_cameras() == (camera,)
    (entry,) = entries()
    assert (entry.event, entry.actor) == (AuditEvent.CAMERA_REGISTERED, "tests")
    assert entry.details["camera"] == "north-gate"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"camera_id": "North"}, "camera id"),
        ({"camera_id": "a b"}, "camera id"),
        ({"camera_id": "-a"}, "camera id"),
        ({"camera_id": "a\n"}, "camera id"),
        ({"camera_id": ""}, "camera id"),
        ({"camera_id": "a" * 65}, "camera id"),
        ({"latitude": 90.1}, "latitude"),
        ({"longitude": -180.1}, "longitude"),
        ({"latitude": float("nan")}, "latitude"),
        ({"heading_degrees": 360}, "heading"),
        ({"heading_degrees": -1}, "heading"),
        ({"lanes": 0}, "lanes"),
        ({"lanes": 17}, "lanes"),
        ({"name": ""}, "name"),
        ({"purpose": ""}, "purpose"),
        ({"owner": ""}, "owner"),
    ],
)
def test_what_is_no_camera_is_refused_and_not_recorded(
    register: Callable[..., Camera], change: dict[str, Any], field: str
):
    with pytest.raises(CameraError, match=field):
        register(**change)
    assert entries() == ()


def test_an_id_is_taken_once(register: Callable[..., Camera]):
    register()
    with pytest.raises(CameraError, match="already exists"):
        register(name="Another")


def test_a_key_speaks_for_its_camera_and_only_its_hash_is_kept(register: Callable[..., Camera]):
    camera, other = register(), register("bridge")
    key = services.issue_key(camera, "tests")
    assert re.fullmatch(r"tpc_[\w-]{43}", key)
    assert services.camera_for_key(key) == camera
    assert services.camera_for_key(services.issue_key(other, "tests")) == other
    row = CameraKey.objects.get(camera=camera)
    assert bytes(row.key_sha256) == hashlib.sha256(key.encode()).digest()
    recorded = [str(entry.details) for entry in entries()]
    assert not any(key in details for details in recorded)


@pytest.mark.parametrize("wrong", ["", "tpc_", "tpc_" + "A" * 43, "\u00e9", "\x00"])
def test_no_other_text_is_a_key(register: Callable[..., Camera], wrong: str):
    services.issue_key(register(), "tests")
    assert services.camera_for_key(wrong) is None


def test_revoking_takes_all_keys_of_that_camera_and_no_other(register: Callable[..., Camera]):
    camera, other = register(), register("bridge")
    keys = [services.issue_key(camera, "tests") for _ in range(2)]
    kept = services.issue_key(other, "tests")
    assert services.revoke_keys(camera, "tests") == 2
    assert [services.camera_for_key(key) for key in (*keys, kept)] == [None, None, other]
    assert services.revoke_keys(camera, "tests") == 0
    assert services.camera_for_key(services.issue_key(camera, "tests")) == camera
    assert entries()[1].event is AuditEvent.CAMERA_KEY_REVOKED


def test_a_closed_camera_has_no_voice(register: Callable[..., Camera]):
    camera = register()
    key = services.issue_key(camera, "tests")
    Camera.objects.filter(pk=camera.pk).update(active=False)
    assert services.camera_for_key(key) is None


def test_what_cannot_be_recorded_is_not_done(
    register: Callable[..., Camera], monkeypatch: pytest.MonkeyPatch
):
    camera = register()
    key = services.issue_key(camera, "tests")

    def fail(*_: object, **__: object) -> None:
        raise LedgerError("The ledger cannot be written.")

    monkeypatch.setattr(services, "record", fail)
    monkeypatch.setattr(registering, "record", fail)
    for act in (
        lambda: register("bridge"),
        lambda: services.issue_key(camera, "tests"),
        lambda: services.revoke_keys(camera, "tests"),
    ):
        with pytest.raises(LedgerError):
            act()
    assert services.find_camera("bridge") is None
    assert CameraKey.objects.count() == 1
    assert services.camera_for_key(key) == camera
