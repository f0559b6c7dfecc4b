"""Opening one read or its picture: decided and written down each time, then fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike import config
from turnpike.access.agreement_terms import SharedField
from turnpike.access.decisions import grounds
from turnpike.access.disclosing import disclose_one
from turnpike.access.errors import ReadGone
from turnpike.access.models import Disclosure
from turnpike.access.policy import Action
from turnpike.access.release_words import notices
from turnpike.access.releasing import must_open, opening_at, opening_of
from turnpike.access.requests import find_request, under_request
from turnpike.images.services import PatchStore
from turnpike.ledger.services import AuditEvent, Receipt, record
from turnpike.reads.services import ReadId, StoredRead, attached_store

if TYPE_CHECKING:
    from turnpike.access.releasing import Opening
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
    return patch_of(read_id)


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


def patch_of(read_id: str) -> bytes | None:
    """The picture that is kept of a read, for whoever has decided and recorded; no page calls this."""
    at = ReadId.parse(read_id)
    return PatchStore(config.load().patches_path).read(at.batch, at.slot)
