"""Why a camera stands: the case that one person makes, another approves, and that ends by its review date or by a change.

Source: Surveillance Camera Code of Practice (Home Office, 2021), principles 1, 2 and 10: a specified purpose, a legitimate aim and
a pressing need, alternatives weighed, and a regular review.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from turnpike.cameras.errors import CaseError
from turnpike.cameras.models import (
    MAX_ARGUMENT_CHARACTERS,
    MAX_OWNER_CHARACTERS,
    MAX_PURPOSE_CHARACTERS,
    MAX_REFERENCE_CHARACTERS,
    Camera,
    NecessityCase,
)
from turnpike.ledger.services import AuditEvent, correct, record, turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet

    from turnpike.ledger.services import Receipt

LONGEST_REVIEW_DAYS = 731
"""Two years. Source: ours; a police data-protection assessment is commonly looked at again each year or second year."""
LEAST_CHARACTERS = 20
"""Of each argument. Source: ours; shorter than a sentence argues nothing."""
SHELL = "shell:"
_ENDS_MISSING = "There is no case of this camera to end."


@dataclass(frozen=True, slots=True)
class Argument:
    """What a necessity case says, each in plain sentences; `dpia` is the reference of the impact assessment.

    `review_on` is the last day on which it counts, at most `LONGEST_REVIEW_DAYS` ahead.
    """

    why_here: str
    need: str
    alternatives: str
    dpia: str
    review_on: date


def propose_case(
    actor: str, camera_id: str, argument: Argument, *, purpose: str = "", owner: str = ""
) -> NecessityCase:
    """Make a case, which counts once another person has approved it.

    With a `purpose` or `owner` other than the camera's, approval changes the camera's too, so that there is no gap between the
    case before and this one.

    Raises:
        CaseError: there is no such camera, one of its cases waits already, or the argument cannot be used.
    """
    with turn("camera", camera_id):
        camera = _camera(camera_id)
        case = drafted_case(actor, camera, argument, purpose=purpose, owner=owner)
        if waiting_case(camera) is not None:
            raise CaseError("A case of this camera waits already; have it approved or refused first.")
        told = record(AuditEvent.CAMERA_CASE_MADE, actor=actor, details=case_details(case))
        _done(told, actor, camera_id, case.save)
        return case


def drafted_case(
    actor: str, camera: Camera, argument: Argument, *, purpose: str = "", owner: str = ""
) -> NecessityCase:
    """A checked case that is not saved yet.

    Raises:
        CaseError: naming the first thing to mend.
    """
    texts = {name: " ".join(value.split()) for name, value in asdict(argument).items() if name != "review_on"}
    for name, words in _ASKED.items():
        if len(texts[name]) < LEAST_CHARACTERS:
            raise CaseError(f"Say {words} in at least {LEAST_CHARACTERS} characters.", name)
    if not texts["dpia"]:
        raise CaseError("Give the reference of the data-protection impact assessment.", "dpia")
    check_review(argument.review_on)
    texts |= {
        "purpose": " ".join(purpose.split()) or camera.purpose,
        "owner": " ".join(owner.split()) or camera.owner,
    }
    for name, longest in _LONGEST.items():
        if len(texts[name]) > longest:
            raise CaseError(f"Shorten “{name.replace('_', ' ')}” to {longest} characters.", name)
    return NecessityCase(camera=camera, review_on=argument.review_on, made_by=actor, **texts)


def check_review(review_on: date) -> None:
    """Raises a CaseError unless the day is one on which a case made today may be reviewed."""
    today = timezone.now().date()
    if not today < review_on <= today + timedelta(days=LONGEST_REVIEW_DAYS):
        latest = today + timedelta(days=LONGEST_REVIEW_DAYS)
        raise CaseError(f"Review it on a day after today and not after {latest}.", "review_on")


def approve_case(actor: str, case_id: int) -> NecessityCase:
    """Let a case count from now, in the place of the one before; its purpose and owner become the camera's.

    Raises:
        CaseError: it does not wait, its review day has come, or the same person made it.
    """
    with turn("camera", _waiting(case_id).camera_id):
        case = _waiting(case_id)
        if actor.startswith(SHELL):
            raise CaseError("A case is approved by a signed-in person, on the camera's page.")
        if same_person(actor, case.made_by):
            raise CaseError(
                f"You made the case of {case.camera_id} yourself; another person has to approve it."
            )
        if case.review_on <= timezone.now().date():
            raise CaseError(
                f"The review day of the case of {case.camera_id} has come; refuse it, and have a new one made."
            )
        told = record(AuditEvent.CAMERA_CASE_APPROVED, actor=actor, details=case_details(case))
        now = timezone.now()

        def change() -> None:
            former = NecessityCase.objects.filter(camera_id=case.camera_id, ended_at=None)
            former.exclude(approved_at=None).update(
                ended_at=now, ended_by=actor, ended_why=f"Replaced by case {case_id}"
            )
            waits = NecessityCase.objects.filter(pk=case_id, approved_at=None, ended_at=None)
            if not waits.update(approved_at=now, approved_by=actor):
                raise IntegrityError
            Camera.objects.filter(pk=case.camera_id).update(purpose=case.purpose, owner=case.owner)

        _done(told, actor, case.camera_id, change)
    return NecessityCase.objects.get(pk=case_id)


def refuse_case(actor: str, case_id: int, why: str) -> NecessityCase:
    """Refuse a case that waits, saying why.

    Raises:
        CaseError: it does not wait, or nothing is said of why.
    """
    with turn("camera", _waiting(case_id).camera_id):
        case = _waiting(case_id)
        _end(actor, case, why, AuditEvent.CAMERA_CASE_REFUSED)
    return case


def end_case(actor: str, camera_id: str, why: str) -> NecessityCase:
    """End the case in force: the camera's reads are refused from the next message on.

    Raises:
        CaseError: none is in force, or nothing is said of why.
    """
    with turn("camera", camera_id):
        case = standing_case(_camera(camera_id))
        if case is None:
            raise CaseError(_ENDS_MISSING)
        _end(actor, case, why, AuditEvent.CAMERA_CASE_ENDED)
    return case


def end_cases_by_change(actor: str, camera: Camera, why: str) -> None:
    """End what stands and what waits, since the camera is no longer what either was made for; within the camera's turn."""
    for case in NecessityCase.objects.filter(camera=camera, ended_at=None):
        _end(actor, case, why, AuditEvent.CAMERA_CASE_ENDED)


def _end(actor: str, case: NecessityCase, why: str, event: AuditEvent) -> None:
    why = " ".join(why.split())
    if len(why) < LEAST_CHARACTERS:
        raise CaseError(f"Say why in at least {LEAST_CHARACTERS} characters.", "why")
    if len(why) > MAX_ARGUMENT_CHARACTERS:
        raise CaseError(f"Shorten why to {MAX_ARGUMENT_CHARACTERS} characters.", "why")
    told = record(event, actor=actor, details={**case_details(case), "why": why})
    case.ended_at, case.ended_by, case.ended_why = timezone.now(), actor, why
    open_ones = NecessityCase.objects.filter(pk=case.pk, ended_at=None)

    def change() -> None:
        if not open_ones.update(ended_at=case.ended_at, ended_by=actor, ended_why=why):
            raise IntegrityError

    _done(told, actor, case.camera_id, change)


def standing_case(camera: Camera) -> NecessityCase | None:
    """The case that was approved and has not ended, even where its day or a change keeps it from counting."""
    return NecessityCase.objects.filter(camera=camera, ended_at=None).exclude(approved_at=None).first()


def waiting_case(camera: Camera) -> NecessityCase | None:
    """The case that waits for another person's approval."""
    return NecessityCase.objects.filter(camera=camera, approved_at=None, ended_at=None).first()


def why_not_in_force(camera: Camera, case: NecessityCase | None, today: date) -> str:
    """Why this standing case does not let the camera's reads in, in a sentence; empty where it does."""
    if case is None:
        return "No necessity case is approved."
    if case.review_on < today:
        return f"The necessity case was to be reviewed by {case.review_on}."
    if (case.purpose, case.owner) != (camera.purpose, camera.owner):
        return "The necessity case was made for another purpose or owner."
    return ""


def waiting_cases(after: int, limit: int) -> tuple[NecessityCase, ...]:
    """The cases that wait for another person, the oldest first, from after that number on."""
    waits = NecessityCase.objects.filter(approved_at=None, ended_at=None, pk__gt=after)
    return tuple(waits.select_related("camera").order_by("pk")[:limit])


def due_for_review(until: date) -> QuerySet[NecessityCase]:
    """The approved cases of active cameras whose review day comes by then or is past, the first due first."""
    standing = NecessityCase.objects.filter(ended_at=None, review_on__lte=until, camera__active=True)
    return standing.exclude(approved_at=None).select_related("camera").order_by("review_on", "camera_id")


def find_case(case_id: int) -> NecessityCase | None:
    """The case of that number, with its camera."""
    return NecessityCase.objects.select_related("camera").filter(pk=case_id).first()


def same_person(one: str, other: str) -> bool:
    """Whether two actors may be one person: by user name, or by the server's account of that name."""
    return one.removeprefix(SHELL).casefold() == other.removeprefix(SHELL).casefold()


def case_details(case: NecessityCase) -> Mapping[str, str | bool]:
    """What the ledger says of a case."""
    return {
        "camera": case.camera_id,
        "purpose": case.purpose,
        "owner": case.owner,
        "why_here": case.why_here,
        "need": case.need,
        "alternatives": case.alternatives,
        "dpia": case.dpia,
        "review_on": case.review_on.isoformat(),
        "made_by": case.made_by,
        "carried_over": case.is_carried_over,
    }


_LONGEST = {
    "why_here": MAX_ARGUMENT_CHARACTERS,
    "need": MAX_ARGUMENT_CHARACTERS,
    "alternatives": MAX_ARGUMENT_CHARACTERS,
    "dpia": MAX_REFERENCE_CHARACTERS,
    "purpose": MAX_PURPOSE_CHARACTERS,
    "owner": MAX_OWNER_CHARACTERS,
}
_ASKED = {
    "why_here": "why the camera has to be at this place",
    "need": "which pressing need it answers",
    "alternatives": "which other ways were considered and why they do not do",
}


def _waiting(case_id: int) -> NecessityCase:
    case = find_case(case_id)
    if case is None or not case.is_waiting:
        raise CaseError("This case does not wait for a decision any more; look at its camera's page.")
    return case


def _camera(camera_id: str) -> Camera:
    camera = Camera.objects.filter(pk=camera_id).first()
    if camera is None:
        raise CaseError("No camera of that id is registered.")
    return camera


def _done(told: Receipt, actor: str, camera_id: str, change: Callable[[], object]) -> None:
    """Make what was written down true, at once and whole; another process that was first is told of in the ledger."""
    try:
        with transaction.atomic():
            change()
    except IntegrityError as error:
        correct(told, actor=actor, camera=camera_id)
        raise CaseError("Somebody else was first; look at the camera's page and try again.") from error
