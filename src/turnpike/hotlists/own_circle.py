"""What of the lists a person is not shown because the vehicle is close to them: the entry itself, and its part in a count."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.services import Listed, withheld_entries
from turnpike.hotlists.kinds import EntryState
from turnpike.hotlists.models import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.accounts.services import User


def withheld_of(user: User, slug: str, entries: Sequence[Entry]) -> frozenset[int]:
    """The numbers of those of a list's entries that this person is not shown. Errors as `access.withheld_entries`."""
    return withheld_entries(
        user, slug, [Listed(entry.pk, entry.plate, entry.case_reference) for entry in entries]
    )


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
