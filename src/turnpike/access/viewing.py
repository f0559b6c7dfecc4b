"""Opening one read or its picture: decided and written down each time, then fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike import config
from turnpike.access.decisions import Detail, authorise, grounds
from turnpike.access.errors import PackError, ReadGone
from turnpike.access.models import Disclosure, Watch
from turnpike.access.policy import Action, Fact
from turnpike.access.requests import under_request
from turnpike.images.services import PatchStore
from turnpike.ledger.services import AuditEvent, Receipt, record
from turnpike.reads.services import ReadId, StoredRead, attached_store

if TYPE_CHECKING:
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User


def view_read(user: User, number: str, read_id: str) -> tuple[StoredRead, Receipt]:
    """One read that a search returned to this person's own open request, and the receipt of this look.

    Raises:
        Denied: no such open request, or no search under it returned this read.
        ReadGone: the read was deleted since.
        LedgerError: the entry could not be written.
    """
    receipt = _under_request(user, Action.ViewRead, AuditEvent.READ_VIEWED, number, read_id)
    return _fetch(read_id), receipt


def view_patch(user: User, number: str, read_id: str) -> bytes | None:
    """The plate patch of such a read, as JPEG; nothing where none was kept. Errors as `view_read`."""
    _under_request(user, Action.ViewPatch, AuditEvent.PATCH_VIEWED, number, read_id)
    return _patch(read_id)


def see_alert(user: User, watch_id: int, *, hit: str, list_slug: str, read_id: str) -> Receipt:
    """Write down that one alert is now shown to the holder of a watch; show it only when this returns.

    `hit` and `list_slug` are the caller's word: hotlists knows which hit came from which list.

    Raises:
        Denied: the watch is not theirs, has ended, or is on another list.
        LedgerError: the entry could not be written.
    """
    return _under_watch(user, AuditEvent.ALERT_SEEN, watch_id, hit=hit, list_slug=list_slug, read_id=read_id)


def check_alert(user: User, watch_id: int, *, hit: str, list_slug: str) -> None:
    """Decide anew about showing an alert that this person saw before; only a denial is written down.

    Raises:
        Denied: the watch is not theirs, has ended, or is on another list.
    """
    _decide_under_watch(user, watch_id, hit=hit, list_slug=list_slug)


def open_alert(user: User, watch_id: int, *, hit: str, list_slug: str, read_id: str) -> Receipt:
    """Write down that the holder of a watch opens one alert's page, each time. Errors as `see_alert`."""
    return _under_watch(user, AuditEvent.READ_VIEWED, watch_id, hit=hit, list_slug=list_slug, read_id=read_id)


def patch_for_alert(user: User, watch_id: int, *, hit: str, list_slug: str, read_id: str) -> bytes | None:
    """The plate patch of the read behind an alert, as JPEG; nothing where none was kept. Errors as `see_alert`."""
    _under_watch(user, AuditEvent.PATCH_VIEWED, watch_id, hit=hit, list_slug=list_slug, read_id=read_id)
    return _patch(read_id)


def _under_request(user: User, action: Action, event: AuditEvent, number: str, read_id: str) -> Receipt:
    disclosed = Disclosure.objects.filter(
        request__number=number, request__operator=user, read_id=read_id
    ).exists()
    plates = _plates_of(read_id) if disclosed else []
    request, decision = under_request(user, action, number, lambda _: {"disclosed": disclosed}, plates)
    return record(
        event,
        actor=user.username,
        details={
            "read": read_id,
            "request": request.number,
            "requester": request.requester.username,
            "case_reference": request.case_reference,
            "purpose": request.purpose,
            "reason": request.reason,
            **grounds(decision),
        },
    )


def _under_watch(
    user: User, event: AuditEvent, watch_id: int, *, hit: str, list_slug: str, read_id: str
) -> Receipt:
    watch, decision = _decide_under_watch(user, watch_id, hit=hit, list_slug=list_slug)
    return record(event, actor=user.username, details=_seen(decision, watch, hit, list_slug, read_id))


def _decide_under_watch(user: User, watch_id: int, *, hit: str, list_slug: str) -> tuple[Watch, Decision]:
    watch = Watch.objects.filter(pk=watch_id, operator=user).first()
    facts: dict[str, Fact] = (
        {"watch": {"active": watch.is_active, "covers": watch.list_slug == list_slug}} if watch else {}
    )
    decision = authorise(user, Action.SeeAlert, resource=hit, context=facts)
    if watch is None:
        raise PackError("The policy pack shows alerts without a watch; restore its rule watch-is-yours.")
    return watch, decision


def _seen(decision: Decision, watch: Watch, hit: str, list_slug: str, read_id: str) -> dict[str, Detail]:
    return {"hit": hit, "hotlist": list_slug, "read": read_id, "watch": watch.pk, **grounds(decision)}


def _plates_of(read_id: str) -> list[str]:
    """The plate of a read, for the decision about it and nothing else; none where it was deleted since."""
    read = attached_store().get(ReadId.parse(read_id))
    return [read.plate] if read else []


def _fetch(read_id: str) -> StoredRead:
    read = attached_store().get(ReadId.parse(read_id))
    if read is None:
        raise ReadGone("This read is no longer kept; only the log still shows that it was looked at.")
    return read


def _patch(read_id: str) -> bytes | None:
    at = ReadId.parse(read_id)
    return PatchStore(config.load().patches_path).read(at.batch, at.slot)
