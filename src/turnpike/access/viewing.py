"""Opening one read or its picture: decided and written down each time, then fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnpike import config
from turnpike.access.agreement_terms import HOTLIST_MATCHING, SharedField
from turnpike.access.decisions import Detail, authorise, grounds
from turnpike.access.disclosing import disclose_one
from turnpike.access.errors import PackError, ReadGone
from turnpike.access.models import Disclosure, Watch
from turnpike.access.policy import Action, Fact
from turnpike.access.release_words import notices
from turnpike.access.releasing import must_open, opening_at, opening_of
from turnpike.access.requests import find_request, under_request
from turnpike.cameras.services import other_controllers
from turnpike.images.services import PatchStore
from turnpike.ledger.services import AuditEvent, Receipt, record
from turnpike.reads.services import ReadId, StoredRead, attached_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from turnpike.access.releasing import Opening
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User


def view_read(user: User, number: str, read_id: str) -> tuple[StoredRead, Receipt]:
    """One read that a search returned to this person's own open request, and the receipt of this look.

    Of another controller's it has the fields that an agreement opens now.

    Raises:
        Denied: no such open request, no search under it returned this read, or no agreement opens it any more.
        ReadGone: the read was deleted since.
        LedgerError: the entry could not be written.
    """
    receipt, opened = _under_request(
        user, Action.ViewRead, AuditEvent.READ_VIEWED, number, read_id, SharedField.TEXT
    )
    (shown,) = opened.stripped([_fetch(read_id)])
    disclose_one(user, opened, SharedField.TEXT, request_number=number)
    return shown, receipt


def withheld_of(user: User, number: str, read: StoredRead) -> tuple[str, ...]:
    """Which fields of a read that was viewed under this request are not in it, and why; nothing of the site's own."""
    request = find_request(user, number)
    if request is None:
        return ()
    return notices(opening_at(user, request.purpose, read.camera_id, read.captured_at))


def view_patch(user: User, number: str, read_id: str) -> bytes | None:
    """The plate patch of such a read, as JPEG; nothing where none was kept. Errors as `view_read`."""
    _, opened = _under_request(
        user, Action.ViewPatch, AuditEvent.PATCH_VIEWED, number, read_id, SharedField.PLATE_PATCH
    )
    if not _plates_of(read_id):
        # The picture may be there for a moment longer; relations could not be asked about it.
        raise ReadGone(GONE)
    disclose_one(user, opened, SharedField.PLATE_PATCH, request_number=number)
    return _patch(read_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An alert that is looked at, in the caller's words: hotlists knows which hit came from which list and read.

    `camera_id` and `captured_at` say whose read it is; `list_slug` is the list's.
    """

    hit: str
    list_slug: str
    read_id: str
    camera_id: str
    captured_at: datetime


def see_alert(user: User, watch_id: int, seen: Seen) -> Receipt:
    """Write down that one alert is now shown to the holder of a watch; show it only when this returns.

    Raises:
        Denied: the watch is not theirs, has ended, or is on another list; or the read is another controller's, and no
            agreement opens it for matching.
        LedgerError: the entry could not be written.
    """
    return _under_watch(user, AuditEvent.ALERT_SEEN, watch_id, seen, SharedField.TEXT)


def check_alert(user: User, watch_id: int, seen: Seen) -> None:
    """Decide anew about showing an alert that this person saw before; only a denial is written down. Raises as `see_alert`."""
    _decide_under_watch(user, watch_id, seen, SharedField.TEXT)


def open_alert(user: User, watch_id: int, seen: Seen) -> Receipt:
    """Write down that the holder of a watch opens one alert's page, each time. Errors as `see_alert`."""
    return _under_watch(user, AuditEvent.READ_VIEWED, watch_id, seen, SharedField.TEXT)


def patch_for_alert(user: User, watch_id: int, seen: Seen) -> bytes | None:
    """The plate patch of the read behind an alert, as JPEG; nothing where none was kept. Errors as `see_alert`."""
    _under_watch(user, AuditEvent.PATCH_VIEWED, watch_id, seen, SharedField.PLATE_PATCH)
    return _patch(seen.read_id)


def fields_for_matching(camera_id: str, captured_at: datetime) -> frozenset[SharedField]:
    """What may be shown of a read that is held against hotlists: every field of the site's own, of another's what an agreement opens."""
    grants = opening_at(None, HOTLIST_MATCHING, camera_id, captured_at).grants
    return grants[0].fields if grants else frozenset(SharedField)


def fields_open_for_matching(places: Sequence[tuple[str, datetime]]) -> list[frozenset[SharedField]]:
    """`fields_for_matching` of many reads, each told by its camera and instant.

    While every camera is the site's own, which is one question, nothing is asked a read.
    """
    if not other_controllers():
        return [frozenset(SharedField)] * len(places)
    return [fields_for_matching(camera_id, captured_at) for camera_id, captured_at in places]


def _under_request(
    user: User, action: Action, event: AuditEvent, number: str, read_id: str, field: SharedField
) -> tuple[Receipt, Opening]:
    disclosed = Disclosure.objects.filter(
        request__number=number, request__operator=user, read_id=read_id
    ).exists()
    plates = _plates_of(read_id) if disclosed else []
    request, decision = under_request(user, action, number, lambda _: {"disclosed": disclosed}, plates)
    opened = opening_of(user, request.purpose, read_id)
    must_open(user, opened, field)
    receipt = record(
        event,
        actor=user.username,
        details={
            "read": read_id,
            "request": request.number,
            "requester": request.requester.username,
            "case_reference": request.case_reference,
            "purpose": request.purpose,
            "reason": request.reason,
            **opened.told(),
            **grounds(decision),
        },
    )
    return receipt, opened


def _under_watch(user: User, event: AuditEvent, watch_id: int, seen: Seen, field: SharedField) -> Receipt:
    watch, decision, opened = _decide_under_watch(user, watch_id, seen, field)
    told: dict[str, Detail] = {
        "hit": seen.hit,
        "hotlist": seen.list_slug,
        "read": seen.read_id,
        "watch": watch.pk,
    }
    receipt = record(event, actor=user.username, details={**told, **opened.told(), **grounds(decision)})
    disclose_one(user, opened, field)
    return receipt


def _decide_under_watch(
    user: User, watch_id: int, seen: Seen, field: SharedField
) -> tuple[Watch, Decision, Opening]:
    watch = Watch.objects.filter(pk=watch_id, operator=user).first()
    facts: dict[str, Fact] = (
        {"watch": {"active": watch.is_active, "covers": watch.list_slug == seen.list_slug}} if watch else {}
    )
    decision = authorise(user, Action.SeeAlert, resource=seen.hit, context=facts)
    if watch is None:
        raise PackError("The policy pack shows alerts without a watch; restore its rule watch-is-yours.")
    opened = opening_at(user, HOTLIST_MATCHING, seen.camera_id, seen.captured_at)
    must_open(user, opened, field)
    return watch, decision, opened


GONE = "This read is no longer kept; only the log still shows that it was looked at."


def _plates_of(read_id: str) -> list[str]:
    """The plate of a read, for the decision about it and nothing else; none where it was deleted since."""
    plate = attached_store().plate_of(ReadId.parse(read_id))
    return [plate] if plate else []


def _fetch(read_id: str) -> StoredRead:
    read = attached_store().get(ReadId.parse(read_id))
    if read is None:
        raise ReadGone(GONE)
    return read


def _patch(read_id: str) -> bytes | None:
    at = ReadId.parse(read_id)
    return PatchStore(config.load().patches_path).read(at.batch, at.slot)
