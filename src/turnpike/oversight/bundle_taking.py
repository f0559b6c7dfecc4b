"""The copy of the log that the commissioner takes away."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from turnpike.access.services import Action, authorise, grounds
from turnpike.errors import InputError
from turnpike.ledger.services import AuditEvent, record, state, write_bundle

if TYPE_CHECKING:
    from turnpike.accounts.services import User

MOST_OPENED = 1_000
_LONGEST_DIGITS = 18


class BundleError(InputError):
    """What was typed names no entries of the log."""


def entries_named(text: str, size: int) -> tuple[int, ...]:
    """The indexes in a text like `12, 40-45`, in order, each once.

    Raises:
        BundleError: a part is neither, the log is not that long, or they are more than `MOST_OPENED`.
    """
    named: set[int] = set()
    for part in text.replace(",", " ").split():
        begin, dash, end = part.partition("-")
        if not all(
            one.isascii() and one.isdecimal() and len(one) <= _LONGEST_DIGITS for one in (begin, end or begin)
        ):
            raise BundleError("Name entries by number, such as 12, 40-45; leave it empty for none.")
        first, last = int(begin), int(end) if dash and end else int(begin)
        if (dash and not end) or first > last:
            raise BundleError(f"“{part}” is no range; give the lower number first, such as 40-45.")
        if last >= size:
            raise BundleError(f"The log has no entry {last}; its last is {size - 1}.")
        if last - first >= MOST_OPENED or len(named | set(range(first, last + 1))) > MOST_OPENED:
            raise BundleError(f"At most {MOST_OPENED:,} entries go opened in one copy; take several.")
        named |= set(range(first, last + 1))
    return tuple(sorted(named))


def take_bundle(user: User, indexes: tuple[int, ...]) -> bytes:
    """The copy as a ZIP, with these entries opened; that it is taken is an entry, written first.

    Raises:
        Denied: the person may not look at the log.
        LedgerError: the entry could not be written, or one cannot be opened.
    """
    decision = authorise(user, Action.ViewLog, resource="ledger")
    record(
        AuditEvent.BUNDLE_TAKEN,
        actor=user.username,
        details={"size": state().size, "opened": [str(index) for index in indexes], **grounds(decision)},
    )
    file = io.BytesIO()
    write_bundle(file, indexes)
    return file.getvalue()
