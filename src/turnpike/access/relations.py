"""Relations at the door: which looks touch a plate that whoever asks, whoever acts for them, or a colleague on the case is close to.

Such a look needs an outside authoriser. So do a few that chance picks, by a lot that stays the same for a person and a plate, so that being
picked is no proof. Of what a pattern finds, such reads are left out, and whether there were any is not said. All matching is the sealer's;
from here on nobody can tell a relation from chance.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from turnpike import config
from turnpike.access.cases import find_case
from turnpike.access.decisions import authorise
from turnpike.access.errors import Denied
from turnpike.access.policy import decide
from turnpike.access.relation_models import OutsideMatter, Relation
from turnpike.sealer.services import (
    Concerned,
    Declared,
    Match,
    Matched,
    SealerClient,
    SealerUnavailable,
    TooManyChecks,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.access.models import Request
    from turnpike.access.policy import Action, Fact
    from turnpike.access.relation_kinds import LookKind
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User
    from turnpike.reads.services import StoredRead

OUTSIDE_RULE = "outside-authoriser-decides"
"""The rule of the policy pack that a matter is made for."""
LIST_DAYS = 7
"""How long a matter of a hotlist entry can be decided, and its leave be used. Source: ours."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, for whom, and under what: a request of the door, or a hotlist."""

    kind: LookKind
    requester: User
    operator: User | None = None
    request: Request | None = None
    list_slug: str = ""
    case_reference: str = ""
    """Of a hotlist entry; a request names its own."""

    @property
    def under(self) -> str:
        """The request's number, or the list and the case: leave for one case is none for another."""
        return self.request.number if self.request else f"list {self.list_slug} {self.case_reference}".strip()

    @property
    def people(self) -> tuple[str, ...]:
        """The user names whose relations count: requester, operator, and those whom the register assigns to the case."""
        names = [self.requester.username, *([self.operator.username] if self.operator else [])]
        case = find_case(self.request.case_reference if self.request else self.case_reference)
        return tuple(dict.fromkeys([*names, *sorted(case.assigned if case else ())]))


@dataclass(frozen=True, slots=True)
class Flagged:
    """A plate of a look that needs an outside authoriser: its mark, and why, sealed."""

    mark: bytes
    why: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """What relations say of one look, as far as a decision is told."""

    answered: bool = True
    within_budget: bool = True
    flagged: tuple[Flagged, ...] = ()
    waiting: tuple[Flagged, ...] = ()
    """Those of `flagged` that no outside authoriser has let through under the same request."""

    @property
    def facts(self) -> Mapping[str, Fact]:
        """For a decision's context: neither a plate nor whether it was a relation or chance."""
        return {
            "relations": {
                "answered": self.answered,
                "within_budget": self.within_budget,
                "outside_needed": bool(self.flagged),
                "outside_given": bool(self.flagged) and not self.waiting,
            }
        }


def authorise_look(
    user: User,
    action: Action,
    resource: str,
    context: Mapping[str, Fact],
    *,
    look: Look | None,
    plates: Sequence[str],
) -> Decision:
    """The decision about a look at `plates`, to allow; `context` holds all that is told but relations.

    Relations count in a second step: who is refused for anything else is told nothing of a plate, not even that it was picked, and so
    cannot try plates out unseen. Where nothing but the want of an outside authoriser denies, one is asked.

    Raises:
        Denied, LedgerError: as `authorise`.
    """
    clear = {**context, **Standing().facts}
    if look is None or not decide(user, action, resource, clear).allowed:
        return authorise(user, action, resource=resource, context=clear)
    related = standing(look, plates)
    try:
        return authorise(user, action, resource=resource, context={**context, **related.facts})
    except Denied as denied:
        if [rule.id for rule in denied.decision.rules] == [OUTSIDE_RULE]:
            ask_outside(look, related.waiting, is_told=True)
        raise


def standing(look: Look, plates: Sequence[str]) -> Standing:
    """How relations stand to a look at `plates`.

    With no plate, such as before a pattern's query, it says whether relations can be checked at all.
    """
    try:
        flagged = _flagged(look, plates, config.load().outside_share)
    except TooManyChecks:
        return Standing(within_budget=False)
    except SealerUnavailable as error:
        _log.warning("Relations could not be checked: %s", error)
        return Standing(answered=False)
    found = tuple(flagged.values())
    given = _given_marks(look)
    return Standing(flagged=found, waiting=tuple(one for one in found if one.mark not in given))


def hold_back(
    look: Look, reads: Sequence[StoredRead], *, named: bool
) -> tuple[tuple[StoredRead, ...], tuple[Flagged, ...]]:
    """What of a search's reads may be handed over, and of which plates the rest is.

    `named` is whether the search named one plate, which was decided about before. Where it did not, a plate that was ever refused this
    person stays out as well, so that a pattern does not tell chance from relation. Chance picks nothing here: reads of a pattern left out
    by chance would harm an enquiry, and nobody is told that any were.

    Raises:
        SealerUnavailable, TooManyChecks: they cannot be checked, so that none may be handed over.
    """
    told = () if named else _told_marks(look)
    flagged = _flagged(look, sorted({text for read in reads for text in _texts(read)}), 0.0, told)
    given = _given_marks(look)
    held = {plate: one for plate, one in flagged.items() if one.mark not in given}
    return tuple(read for read in reads if held.keys().isdisjoint(_texts(read))), tuple(held.values())


def _texts(read: StoredRead) -> set[str]:
    """All that a read may say: a misread of a declared plate shows its picture as well."""
    return {read.plate, *(text for text, _ in read.candidates)}


def ask_outside(look: Look, plates: Sequence[Flagged], *, is_told: bool) -> None:
    """Put a look before outside authorisers, once a plate and request; asking again changes nothing but what has lapsed."""
    now = timezone.now()
    lapses_at = None if look.request else now + timedelta(days=LIST_DAYS)
    for one in plates:
        matter, is_new = OutsideMatter.objects.get_or_create(
            requester=look.requester,
            under=look.under,
            mark=one.mark,
            defaults={
                "operator": look.operator,
                "request": look.request,
                "list_slug": look.list_slug,
                "case_reference": look.case_reference,
                "look": look.kind.value,
                "why": one.why,
                "asked_at": now,
                "lapses_at": lapses_at,
                "is_told": is_told,
            },
        )
        if not is_new:
            _ask_again(matter, is_told=is_told)


def _ask_again(matter: OutsideMatter, *, is_told: bool) -> None:
    if matter.request is None and matter.has_lapsed:
        matter.granted, matter.decided_by, matter.decided_at, matter.refusal = None, None, None, ""
        matter.asked_at = timezone.now()
        matter.lapses_at = matter.asked_at + timedelta(days=LIST_DAYS)
    matter.is_told = matter.is_told or is_told
    matter.save()


def _flagged(
    look: Look, plates: Sequence[str], share: float, picked: Sequence[bytes] = ()
) -> dict[str, Flagged]:
    people = look.people
    declared: dict[str, list[Declared]] = {person: [] for person in people}
    for one in Relation.objects.select_related("person").filter(person__username__in=people, ended_at=None):
        declared[one.person.username].append(Declared(bytes(one.token), bytes(one.words)))
    concerned = tuple(Concerned(person, tuple(theirs)) for person, theirs in declared.items())
    question = Match(concerned, tuple(plates), look.requester.username, share, tuple(picked))
    matched: Matched = sealer().match(question)
    found = zip(plates, matched.flagged, matched.marks, matched.whys, strict=True)
    return {plate: Flagged(mark, why) for plate, is_flagged, mark, why in found if is_flagged}


def _given_marks(look: Look) -> frozenset[bytes]:
    given = OutsideMatter.objects.filter(
        Q(lapses_at=None) | Q(lapses_at__gt=timezone.now()),
        requester=look.requester,
        under=look.under,
        granted=True,
    )
    return frozenset(bytes(mark) for mark in given.values_list("mark", flat=True))


def _told_marks(look: Look) -> tuple[bytes, ...]:
    told = OutsideMatter.objects.filter(requester=look.requester, is_told=True)
    return tuple({bytes(mark) for mark in told.values_list("mark", flat=True)})


def sealer() -> SealerClient:
    """The way to the sealer that the settings name."""
    return SealerClient(config.load().sealer_socket_path)
