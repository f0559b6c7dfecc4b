"""Lists: made, counted and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone

from turnpike.access.services import Action, Page, active_watch, authorise, grounds
from turnpike.hotlists import own_circle
from turnpike.hotlists.errors import AlreadyDecided, HotlistError, NotFound
from turnpike.hotlists.kinds import EntryState
from turnpike.hotlists.models import Entry, Hotlist
from turnpike.ledger.services import AuditEvent, correct, record, turn

if TYPE_CHECKING:
    from turnpike.access.services import Decision
    from turnpike.accounts.services import User


COUNTED = 25
"""Up to so many entries are counted one by one, without those that are withheld. Source: ours; a page of a list, which can be counted by eye."""
_BANDS = (1_000_000, 100_000, 10_000, 1_000, 100, COUNTED + 1)


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A list without its plates: how many entries alert now, and how many wait for a decision."""

    slug: str
    name: str
    purpose: str
    alerting: int
    proposed: int


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list as one person is shown it: how many entries alert, and how many wait, in words that tell nothing of a withheld one."""

    slug: str
    name: str
    purpose: str
    alerting: str
    proposed: str


def create_list(user: User, *, slug: str, name: str, purpose: str) -> Hotlist:
    """Make a list; nobody sees its alerts until a watch on it is granted.

    Raises:
        Denied: this person may not make lists.
        HotlistError: naming each value that cannot be used, or that is taken.
    """
    with turn("list", slug):
        hotlist = Hotlist(slug=slug, name=name.strip(), purpose=purpose.strip())
        check_row(hotlist, "list")
        decision = authorise(user, Action.CreateHotlist, resource=slug)
        details = {"hotlist": slug, "name": hotlist.name, "purpose": hotlist.purpose, **grounds(decision)}
        first = record(AuditEvent.HOTLIST_CREATED, actor=user.username, details=details)
        try:
            with transaction.atomic():
                hotlist.save(force_insert=True)
        except IntegrityError as error:
            correct(first, actor=user.username, hotlist=slug)
            raise AlreadyDecided("Somebody has just made a list of this name; look at it.") from error
    return hotlist


def find_list(slug: str) -> Hotlist:
    """The list of that slug.

    Raises:
        NotFound: there is none.
    """
    hotlist = Hotlist.objects.filter(slug=slug).first()
    if hotlist is None:
        raise NotFound("There is no hotlist of that name; choose one from the hotlists page.")
    return hotlist


def all_lists() -> tuple[ListSummary, ...]:
    """Every list, by name."""
    # Counted in an index that has all it takes, and in no query with the lists: a million entries take a tenth of a second.
    entries = Entry.objects.order_by().values_list("hotlist_id").annotate(Count("pk"))
    alerting = dict(entries.filter(state=EntryState.AUTHORISED, weed_at__gt=timezone.now()))
    proposed = dict(entries.filter(state=EntryState.PROPOSED))
    return tuple(
        ListSummary(slug, name, purpose, alerting.get(key, 0), proposed.get(key, 0))
        for key, slug, name, purpose in Hotlist.objects.values_list("pk", "slug", "name", "purpose")
    )


def lists_of(user: User) -> tuple[ListLine, ...]:
    """Every list, by name, as this person is shown it.

    Raises:
        SealerUnavailable, TooManyChecks: something is declared about them, and cannot be checked now.
    """
    lists = all_lists()
    withheld = own_circle.withheld_by_state(
        user, [one.slug for one in lists if max(one.alerting, one.proposed) <= COUNTED]
    )
    return tuple(
        ListLine(
            one.slug,
            one.name,
            one.purpose,
            _in_words(one.alerting, withheld.get((one.slug, EntryState.AUTHORISED), 0)),
            _in_words(one.proposed, withheld.get((one.slug, EntryState.PROPOSED), 0)),
        )
        for one in lists
    )


def _in_words(counted: int, withheld: int) -> str:
    if counted <= COUNTED:
        return str(counted - withheld)
    return f"{next(band for band in _BANDS if counted >= band):,} or more"


def list_names() -> tuple[tuple[str, str], ...]:
    """The slug and name of every list, by name."""
    return tuple(Hotlist.objects.values_list("slug", "name"))


def view_list(user: User, slug: str, cursor: str = "") -> tuple[Hotlist, Page[Entry]]:
    """A list and a page of its entries, newest first; that this person looked at them is recorded first.

    An entry of a vehicle that is close to them is left out without a word; the ledger says which.

    Raises:
        NotFound: there is no such list.
        Denied: this person may not look at it.
    """
    hotlist = find_list(slug)
    decision = may_view(user, slug)
    rows = hotlist.entries.select_related("proposed_by", "authorised_by")
    entries, withheld = own_circle.page_of(user, slug, rows, cursor)
    record(
        AuditEvent.HOTLIST_VIEWED,
        actor=user.username,
        details={
            "hotlist": slug,
            "entries": len(entries),
            **_which(entries),
            **({"withheld": [str(entry.pk) for entry in withheld]} if withheld else {}),
            **grounds(decision),
        },
    )
    return hotlist, entries


def _which(entries: Page[Entry]) -> dict[str, int]:
    """Which entries a page shows, for the ledger: all between these two that are on the list and not withheld."""
    return {"newest": entries[0].pk, "oldest": entries[-1].pk} if entries else {}


def may_view(user: User, slug: str) -> Decision:
    """The door's leave to look at a list and its entries.

    Raises:
        Denied: this person may not, perhaps because they hold no watch on it.
    """
    watching = active_watch(user, slug) is not None
    return authorise(user, Action.ViewHotlist, resource=slug, context={"watching": watching})


def check_row(row: Hotlist | Entry, what: str) -> None:
    """Refuse a row whose fields cannot be kept.

    Raises:
        HotlistError: naming each such field.
    """
    try:
        row.full_clean()
    except ValidationError as error:
        faults = "; ".join(
            f"{field.replace('_', ' ')}: {' '.join(messages)}"
            for field, messages in error.message_dict.items()
        )
        raise HotlistError(f"The {what} cannot be made: {faults}") from error
