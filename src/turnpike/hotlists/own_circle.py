"""What of the lists a person is not shown because the vehicle is close to them: the entry itself, and its part in a count."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.services import PAGE_ROWS, Listed, Page, page_by_key, withheld_entries
from turnpike.hotlists.kinds import EntryState
from turnpike.hotlists.models import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from turnpike.accounts.services import User


def withheld_of(user: User, slug: str, entries: Sequence[Entry]) -> frozenset[int]:
    """The numbers of those of a list's entries that this person is not shown. Errors as `access.withheld_entries`."""
    return withheld_entries(
        user, slug, [Listed(entry.pk, entry.plate, entry.case_reference) for entry in entries]
    )


def page_of(
    user: User, slug: str, rows: QuerySet[Entry], cursor: str
) -> tuple[Page[Entry], tuple[Entry, ...]]:
    """A page of a list's entries, newest first, that is as long as if those withheld were not there; and these.

    Errors as `access.withheld_entries`.
    """
    found = page_by_key(rows, cursor, newest_first=True)
    looked_at, withheld = list(found), set(withheld_of(user, slug, found))
    is_first, further = found.is_first, found.further
    # One more than a page holds, which tells whether there is anything to show beyond it.
    while further and len(looked_at) - len(withheld) <= PAGE_ROWS:
        found = page_by_key(rows, further, newest_first=True)
        looked_at += found
        withheld |= withheld_of(user, slug, found)
        further = found.further
    shown = [entry for entry in looked_at if entry.pk not in withheld]
    page = shown[:PAGE_ROWS]
    more = str(page[-1].pk) if len(shown) > PAGE_ROWS else ""
    between = (entry for entry in looked_at if entry.pk in withheld and (not more or entry.pk > page[-1].pk))
    return Page.of(page, more, is_first=is_first), tuple(between)


def withheld_by_state(user: User, slugs: Sequence[str]) -> Mapping[tuple[str, str], int]:
    """How many entries that alert or wait are withheld, by list and state. Errors as `access.withheld_entries`."""
    standing = Entry.objects.filter(hotlist__slug__in=slugs).select_related("hotlist")
    alerting = standing.filter(state=EntryState.AUTHORISED, weed_at__gt=timezone.now())
    by_list: dict[str, list[Entry]] = defaultdict(list)
    for entry in (*alerting, *standing.filter(state=EntryState.PROPOSED)):
        by_list[entry.hotlist.slug].append(entry)
    found: dict[tuple[str, str], int] = defaultdict(int)
    for slug, entries in by_list.items():
        withheld = withheld_of(user, slug, entries)
        for entry in entries:
            found[slug, entry.state] += entry.pk in withheld
    return found
