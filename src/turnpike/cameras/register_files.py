"""The register as a file: taken in whole or not at all, and given out with the same columns."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from turnpike.cameras.controllers import controller_name, controllers_now, own_controller
from turnpike.cameras.errors import CameraError, CaseError
from turnpike.cameras.models import Camera, Controllership, NecessityCase, Withholding
from turnpike.cameras.necessity import LEAST_CHARACTERS, Argument, drafted_case
from turnpike.ledger.services import AuditEvent, correct, record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Kind = TypeVar("Kind")

NEEDED = ("camera", "name", "latitude", "longitude", "heading", "purpose", "owner")
CASE = ("why_here", "need", "alternatives", "dpia", "review_on")
OPTIONAL = ("lanes", "view", "direction", "active", "controller", "place", "withheld_why", *CASE)
COLUMNS = (*NEEDED, *OPTIONAL)
MAX_BYTES = 64 * 2**20
MOST_CAMERAS = 100_000
MOST_TOLD = 50
_PUBLISHED = "published"
_DIRECTIONS = {"": "", "either": "", "towards": "towards", "away": "away"}
_YES = {"": True, "yes": True, "no": False}
_ROWS = 500


class FileRefused(CameraError):
    """The file cannot be taken, and nothing of it was; `faults` names each line and what is wrong with it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        more = f" (and {len(faults) - MOST_TOLD} more)" if len(faults) > MOST_TOLD else ""
        told = "\n".join(faults[:MOST_TOLD])
        super().__init__(f"Nothing was imported. Mend these lines and import the file again{more}:\n{told}")


@dataclass(frozen=True, slots=True)
class Imported:
    """How many cameras were registered, and for how many of them a case waits."""

    cameras: int
    cases: int


@dataclass(frozen=True, slots=True)
class _Row:
    camera: Camera
    controller: str
    case: NecessityCase | None


def import_cameras(actor: str, body: bytes) -> Imported:
    """Register every camera of a CSV file in UTF-8, or none of them.

    A line with a necessity case makes it; it waits for another person's approval.

    Raises:
        FileRefused: naming each fault by its line.
        CameraError: it is no such file.
    """
    rows, faults = _checked(actor, body)
    if faults:
        raise FileRefused(tuple(faults))
    if not rows:
        raise CameraError("The file names no camera.")
    cases = [row.case for row in rows if row.case is not None]
    told = record(
        AuditEvent.CAMERAS_IMPORTED,
        actor=actor,
        details={
            "file_sha256": hashlib.sha256(body).hexdigest(),
            "cameras": [row.camera.camera_id for row in rows],
            "cases": len(cases),
        },
    )
    own = own_controller()
    try:
        with transaction.atomic():
            Camera.objects.bulk_create([row.camera for row in rows], batch_size=_ROWS)
            NecessityCase.objects.bulk_create(cases, batch_size=_ROWS)
            others = [row for row in rows if row.controller not in ("", own)]
            Controllership.objects.bulk_create(
                [Controllership(camera=row.camera, controller=row.controller) for row in others],
                batch_size=_ROWS,
            )
    except IntegrityError as error:
        correct(told, actor=actor, file_sha256=hashlib.sha256(body).hexdigest())
        raise CameraError("A camera of this file was registered meanwhile; import it again.") from error
    return Imported(len(rows), len(cases))


def export_register() -> Iterator[str]:
    """Every camera as a line of the file that `import_cameras` takes, the names of the columns first; each ends with CRLF."""
    yield _line(COLUMNS)
    controllers, own = controllers_now(), own_controller()
    cases = {
        case.camera_id: case for case in NecessityCase.objects.filter(ended_at=None).order_by("-approved_at")
    }
    for camera in Camera.objects.iterator(chunk_size=_ROWS):
        case = cases.get(camera.camera_id)
        row: dict[str, object] = {
            "camera": camera.camera_id,
            "name": camera.name,
            "latitude": repr(camera.latitude),
            "longitude": repr(camera.longitude),
            "heading": camera.heading_degrees,
            "lanes": camera.lanes,
            "purpose": camera.purpose,
            "owner": camera.owner,
            "view": camera.view,
            "direction": camera.direction_role or "either",
            "active": "yes" if camera.active else "no",
            "controller": controllers.get(camera.camera_id, own),
            "place": camera.withheld or _PUBLISHED,
            "withheld_why": camera.withheld_why,
            **({name: getattr(case, name) for name in CASE} if case else {}),
        }
        yield _line([row.get(name, "") for name in COLUMNS])


def _line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _checked(actor: str, body: bytes) -> tuple[list[_Row], list[str]]:
    if len(body) > MAX_BYTES:
        raise CameraError(f"The file is larger than {MAX_BYTES >> 20} MB; import it in parts.")
    try:
        reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        _check_names(names)
        reader.fieldnames = names
        taken = set(Camera.objects.values_list("camera_id", flat=True))
        rows: list[_Row] = []
        faults: list[str] = []
        for values in reader:
            try:
                rows.append(_row(actor, values, taken))
            except CameraError as error:
                faults.append(f"line {reader.line_num}: {error}")
            if len(rows) + len(faults) > MOST_CAMERAS:
                raise CameraError(f"The file has more than {MOST_CAMERAS:,} lines; import it in parts.")
    except UnicodeDecodeError as error:
        raise CameraError("The file is not in UTF-8; save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise CameraError(f"The file is no CSV from line {reader.line_num} on: {error}.") from error
    return rows, faults


def _check_names(names: list[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    unknown = [name or "(empty)" for name in names if name not in COLUMNS]
    if missing or unknown or len(set(names)) != len(names):
        said = [f"missing: {', '.join(missing)}"] if missing else []
        said += [f"unknown: {', '.join(unknown)}"] if unknown else []
        raise CameraError(
            f"Mend the first line ({'; '.join(said) or 'a column is there twice'}). The columns are: {', '.join(COLUMNS)}."
        )


def _row(actor: str, values: Mapping[str | None, str | None], taken: set[str]) -> _Row:
    if None in values or None in values.values():
        raise CameraError("it has more or fewer values than the first line has columns.")
    text = {str(name): str(value).strip() for name, value in values.items()}
    kind, why = _place(text)
    camera = Camera(
        camera_id=text["camera"],
        name=text["name"],
        latitude=_number(text, "latitude"),
        longitude=_number(text, "longitude"),
        heading_degrees=_whole(text, "heading"),
        lanes=_whole(text, "lanes") if text.get("lanes") else 1,
        purpose=text["purpose"],
        owner=text["owner"],
        view=text.get("view", ""),
        direction_role=_choice(text, "direction", _DIRECTIONS),
        active=_choice(text, "active", _YES),
        withheld=kind,
        withheld_why=why,
    )
    try:
        camera.clean_fields()
    except ValidationError as error:
        told = [f"{name.replace('_', ' ')}: {' '.join(said)}" for name, said in error.message_dict.items()]
        raise CameraError("; ".join(told)) from error
    if camera.camera_id in taken:
        raise CameraError(f"the camera {camera.camera_id} is registered already, or named twice.")
    case = None
    if any(text.get(name) for name in CASE):
        case = drafted_case(actor, camera, _argument(text))
    taken.add(camera.camera_id)
    return _Row(camera, controller_name(text.get("controller", "")), case)


def _argument(text: Mapping[str, str]) -> Argument:
    try:
        review_on = date.fromisoformat(text.get("review_on", ""))
    except ValueError as error:
        raise CaseError("review_on: give the day as YYYY-MM-DD.", "review_on") from error
    said = {name: text.get(name, "") for name in CASE if name != "review_on"}
    return Argument(**said, review_on=review_on)


def _place(text: Mapping[str, str]) -> tuple[str, str]:
    """The kind of withholding, empty where the place is published, and why."""
    kind, why = text.get("place", "") or Withholding.UNDECIDED, text.get("withheld_why", "")
    if kind == _PUBLISHED:
        return "", ""
    if kind not in Withholding.values:
        raise CameraError(f"place: write {_PUBLISHED} or one of {', '.join(Withholding.values)}.")
    if kind != Withholding.UNDECIDED and len(why) < LEAST_CHARACTERS:
        raise CameraError(f"withheld_why: say why in at least {LEAST_CHARACTERS} characters.")
    return kind, why


def _number(text: Mapping[str, str], name: str) -> float:
    try:
        return float(text[name])
    except ValueError as error:
        raise CameraError(f"{name}: give degrees as a number, like 51.5074.") from error


def _whole(text: Mapping[str, str], name: str) -> int:
    if not (text[name].isascii() and text[name].isdigit() and len(text[name]) < 6):  # noqa: PLR2004 - far above any of them
        raise CameraError(f"{name}: give a whole number.")
    return int(text[name])


def _choice(text: Mapping[str, str], name: str, choices: Mapping[str, Kind]) -> Kind:
    try:
        return choices[text.get(name, "").lower()]
    except KeyError as error:
        raise CameraError(f"{name}: write one of {', '.join(filter(None, choices))}.") from error
