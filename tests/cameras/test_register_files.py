"""The register is imported whole or not at all, with every fault named, and comes out as it went in."""

from __future__ import annotations

import csv
import hashlib
import io
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.necessity import APPROVED_BY, argument, give_case
from typer.testing import CliRunner

from turnpike.cameras.errors import CameraError
from turnpike.cameras.models import Camera, Controllership, NecessityCase
from turnpike.cameras.register_files import CASE, COLUMNS, FileRefused, export_register, import_cameras
from turnpike.cameras.services import admitted, approve_case, controllers_now, own_controller
from turnpike.cli.camera import commands
from turnpike.ledger.services import AuditEvent, entries

pytestmark = pytest.mark.django_db
NEXT_YEAR = (datetime.now(UTC) + timedelta(days=300)).date().isoformat()


def a_row(camera: str = "gate", **changes: str) -> dict[str, str]:
    facts = {
        "camera": camera, "name": "North Gate, inbound", "latitude": "51.5", "longitude": "-0.14", "heading": "40",
        "purpose": "Stolen vehicles", "owner": "County roads",
    }  # fmt: skip
    return facts | changes


def a_file(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def a_case() -> dict[str, str]:
    said = argument()
    return {name: getattr(said, name) for name in CASE[:-1]} | {"review_on": NEXT_YEAR}


def test_a_file_registers_its_cameras_and_makes_their_cases():
    body = a_file(
        a_row(
            **a_case(),
            lanes="3",
            view="Both lanes",
            direction="towards",
            controller="Zone Authority",
            place="published",
        ),
        a_row("bridge", active="no", place="safety", withheld_why="The pole has been sawn down twice."),
        a_row("quay", controller=own_controller()),
    )
    done = import_cameras("tests", b"\xef\xbb\xbf" + body)
    assert (done.cameras, done.cases) == (3, 1)
    gate, bridge, quay = (Camera.objects.get(pk=name) for name in ("gate", "bridge", "quay"))
    assert (gate.lanes, gate.view, gate.direction_role, gate.withheld) == (3, "Both lanes", "towards", "")
    assert (bridge.active, bridge.withheld, quay.withheld) == (False, "safety", "undecided")
    assert controllers_now() == {"gate": "Zone Authority"}
    assert not admitted("gate")
    approve_case(APPROVED_BY, NecessityCase.objects.get().pk)
    assert admitted("gate")
    (entry,) = [entry for entry in entries() if entry.event is AuditEvent.CAMERAS_IMPORTED]
    assert entry.details["cameras"] == ["gate", "bridge", "quay"]
    assert entry.details["file_sha256"] == hashlib.sha256(b"\xef\xbb\xbf" + body).hexdigest()


def test_every_fault_is_named_by_its_line_and_nothing_is_imported(register):
    register("taken")
    bad = [
        a_row("Upper"), a_row("taken"), a_row("one", latitude="91"), a_row("two", latitude="north"), a_row("three", heading="-1"),
        a_row("four", lanes="many"), a_row("five", direction="up"), a_row("six", place="secret"), a_row("seven", place="safety"),
        a_row("eight", dpia="D"), a_row("nine", active="perhaps"), a_row("good"), a_row("ten", purpose=""),
        a_row("eleven", **a_case() | {"review_on": "2020-01-01"}), a_row("twelve", controller="x" * 121),
        a_row("thirteen", latitude="nan"),
    ]  # fmt: skip
    with pytest.raises(FileRefused) as refused:
        import_cameras("tests", a_file(*bad))
    wrong = [number for number, row in enumerate(bad, start=2) if row["camera"] != "good"]
    assert [int(fault.split()[1].rstrip(":")) for fault in refused.value.faults] == wrong
    assert Camera.objects.count() == 1
    assert not NecessityCase.objects.exists()
    assert not Controllership.objects.exists()
    assert not [entry for entry in entries() if entry.event is AuditEvent.CAMERAS_IMPORTED]


def test_one_camera_twice_in_a_file_is_a_fault():
    with pytest.raises(FileRefused, match=r"line 3.*named twice"):
        import_cameras("tests", a_file(a_row(), a_row()))
    assert not Camera.objects.exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "missing: camera"),
        (b"camera,name\n", "missing: latitude"),
        (a_file(a_row(colour="red")), "unknown: colour"),
        (a_file(a_row()).replace(b"owner", b"name"), "missing: owner"),
        (b"\xff\xfe", "UTF-8"),
        (a_file(a_row()).splitlines(keepends=True)[0], "names no camera"),
        (a_file(a_row()) + b"too,few\r\n", "more or fewer values"),
        (a_file(a_row()) + b'"open', "no CSV"),
    ],
)
def test_what_is_no_such_file_is_told_in_one_sentence(body, said):
    with pytest.raises(CameraError, match=said):
        import_cameras("tests", body)
    assert not Camera.objects.exists()


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=40).map(
    str.strip
).filter(bool)  # fmt: skip


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            texts,
            texts,
            st.floats(-90, 90),
            st.floats(-180, 180),
            st.integers(0, 359),
            st.sampled_from(["", "towards", "away"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_exported_is_what_was_imported(rows):
    Camera.objects.all().delete()
    sent = [
        a_row(
            f"camera-{at}", name=name, owner=owner, latitude=repr(latitude), longitude=repr(longitude), heading=str(heading),
            direction=direction,
        )
        for at, (name, owner, latitude, longitude, heading, direction) in enumerate(rows)
    ]  # fmt: skip
    import_cameras("tests", a_file(*sent))
    before = said()
    exported = "".join(export_register()).encode()
    Camera.objects.all().delete()
    import_cameras("tests", exported)
    assert said() == before


def said() -> list[dict[str, object]]:
    """What the register says of its cameras, but for when they came on it."""
    return [
        {name: value for name, value in camera.items() if name != "registered_at"}
        for camera in Camera.objects.values()
    ]


def test_thirteen_thousand_cameras_come_in_within_seconds():
    body = a_file(*(a_row(f"camera-{number}", **a_case()) for number in range(13_000)))
    begun = time.monotonic()
    assert import_cameras("tests", body).cases == 13_000
    assert time.monotonic() - begun < 60
    assert len("".join(export_register()).splitlines()) == 13_001


def test_the_commands_import_and_export(register, tmp_path):
    give_case(register().camera_id)
    file = tmp_path / "cameras.csv"
    file.write_bytes(a_file(a_row(**a_case())))
    done = CliRunner().invoke(commands, ["import", str(file)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "1 cameras registered" in done.stdout
    told = CliRunner().invoke(commands, ["export"], catch_exceptions=False).stdout
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [row["camera"] for row in rows] == ["gate", "north-gate"]
    assert tuple(rows[0]) == COLUMNS
    assert rows[1]["dpia"] == "DPIA-2026-014"
