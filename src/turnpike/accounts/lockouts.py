"""What becomes of a user name or an address that tried too often: a sentence, and few entries in the ledger."""

from __future__ import annotations

from django.core.cache import cache

from turnpike.accounts.models import User
from turnpike.ledger.services import AuditEvent, record

ATTEMPTS, ATTEMPTS_AN_ADDRESS, MINUTES = 5, 20, 5
"""How many failures, for one user name and from one address, within how many minutes. Source: ours, in the range of NCSC's “no more than 10 attempts”."""
SENTENCE = f"Too many sign-ins failed; wait {MINUTES} minutes, or use a passkey. If it was not you, tell your administrator."

EACH_AN_HOUR, _HOUR_S = 5, 3600
"""How many failures that name nobody are each an entry, from one address within an hour. Source: ours; enough to see what goes wrong."""


def note(username: str, address: str) -> None:
    """Somebody is kept out from now on, by user name or by address; told once in that time, not at each further attempt."""
    account = known_account(username)
    if not cache.add(f"locked-out:{account or '-'}:{address}", True, timeout=MINUTES * 60):  # noqa: FBT003 - a mark
        return
    # A name that nobody has may be a password put into the wrong field, so only a known one is kept.
    details = {"account": account, "address": address} if account else {"address": address}
    record(AuditEvent.LOCKED_OUT, actor="nobody", details=details)


def times_to_tell(what: str, address: str) -> int | None:
    """How many times this has failed from this address within the hour, where this time is to be an entry; else None.

    The first few are, then the 10th, the 100th and so on: whoever sends a million leaves a dozen entries, and the last says how many at least.
    """
    key = f"failed:{what}:{address}".replace(" ", "-")
    cache.add(key, 0, timeout=_HOUR_S)
    try:
        times = cache.incr(key)
    except ValueError:
        # The hour ended in this moment.
        times = 1
    return times if times <= EACH_AN_HOUR or str(times).rstrip("0") == "1" else None


def known_account(username: str) -> str:
    """The user name as its account has it; empty where there is no such account."""
    found = User.objects.filter(username__iexact=username.strip()).values_list("username", flat=True).first()
    return found or ""
