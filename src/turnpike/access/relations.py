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
from turnpike.access.flag_cache import FlagCache, Flagged
from turnpike.access.policy import decide
from turnpike.access.relation_kinds import LookKind
from turnpike.access.relation_models import OutsideMatter, Relation
from turnpike.ledger.services import AuditEvent, record
from turnpike.sealer.services import Asked, Declared, SealerClient, SealerUnavailable, TooManyChecks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from turnpike.access.models import Request
    from turnpike.access.policy import Action, Fact
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
        """The request's number, or the list and the case: leave for one case is none for another, nor leave to propose any to watch."""
        if self.request:
            return self.request.number
        what = "alerts" if self.kind is LookKind.ALERT else "list"
        return f"{what} {self.list_slug} {self.case_reference}".strip()

    @property
    def asker(self) -> str:
        """The user name of whoever acts, from whose budget the sealer is asked."""
        return (self.operator or self.requester).username

    @property
    def concerned(self) -> tuple[str, ...]:
        """The user names of requester, operator, and those whom the register assigns to the case; none of them is outside."""
        names = [self.requester.username, *([self.operator.username] if self.operator else [])]
        case = find_case(self.request.case_reference if self.request else self.case_reference)
        return tuple(dict.fromkeys([*names, *sorted(case.assigned if case else ())]))

    @property
    def people(self) -> tuple[str, ...]:
        """The user names whose relations count: all concerned; of an alert whoever sees it alone, since they asked for nothing.

        The colleagues on an alert's case counted when the entry was proposed.
        """
        return (self.requester.username,) if self.kind is LookKind.ALERT else self.concerned


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
        if look.kind is LookKind.ALERT:
            flagged = flagged_alerts(look, plates)
        else:
            flagged = _flagged(look, plates, config.load().outside_share)
    except TooManyChecks:
        return Standing(within_budget=False)
    except SealerUnavailable as error:
        _log.warning("Relations could not be checked: %s", error)
        return Standing(answered=False)
    found = tuple(flagged.values())
    given = _given_marks(look) if found else frozenset()
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


def flagged_alerts(look: Look, plates: Collection[str]) -> dict[str, Flagged]:
    """Which plates of alerts are flagged for whoever would see them, by plate; the sealer is asked once about those that are new.

    Chance picks nothing here, since an alert that is missed by chance would harm; what was refused this person before stays away, as from
    a pattern's reads. Where nothing is declared about them and nothing was refused, nothing can be flagged, and a sealer that does not
    answer stops no alert.

    Raises:
        SealerUnavailable, TooManyChecks: something is, and it cannot be checked now.
    """
    tokens, told = _tokens(look.people), _told_marks(look)
    known = _alert_flags.of(look.asker, tokens[look.asker], told)
    new = [plate for plate in sorted(set(plates)) if plate not in known]
    if new:
        try:
            found = _match(look, tokens, new, 0.0, told)
        except (SealerUnavailable, TooManyChecks):
            if tokens[look.asker] or told:
                raise
            return {}
        known.update((plate, found.get(plate)) for plate in new)
    return {plate: flag for plate in plates if (flag := known.get(plate)) is not None}


_alert_flags = FlagCache()


def _flagged(
    look: Look, plates: Sequence[str], share: float, picked: Sequence[bytes] = ()
) -> dict[str, Flagged]:
    return _match(look, _tokens(look.people), plates, share, picked)


def _tokens(people: Sequence[str]) -> dict[str, tuple[bytes, ...]]:
    """All that is declared about each, as the sealer knows it again."""
    held: dict[str, list[bytes]] = {person: [] for person in people}
    standing = Relation.objects.filter(person__username__in=people, ended_at=None).order_by("pk")
    for person, token in standing.values_list("person__username", "token"):
        held[person].append(bytes(token))
    return {person: tuple(theirs) for person, theirs in held.items()}


def _match(
    look: Look,
    tokens: Mapping[str, Sequence[bytes]],
    plates: Sequence[str],
    share: float,
    picked: Sequence[bytes],
) -> dict[str, Flagged]:
    asked = Asked(look.asker, tokens, tuple(plates), look.requester.username, share, picked)
    answer = sealer().match(asked)
    for person in answer.alarmed:
        # Once a day and person, before anybody's work is stopped by it.
        record(AuditEvent.RELATION_CHECKS_MANY, actor=look.asker, details={"person": person})
    return {plate: Flagged(mark, why) for plate, (mark, why) in answer.flags.items()}


def declared_with(tokens: Sequence[bytes], *, at: datetime) -> tuple[Declared, ...]:
    """The relations of these tokens that stood at an instant or were declared since, for the sealer to tell of."""
    stood = Relation.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at), token__in=tokens)
    return tuple(Declared(bytes(one.token), bytes(one.words)) for one in stood)


def _given_marks(look: Look) -> frozenset[bytes]:
    return given_marks(look.requester, [look.under])[look.under]


def given_marks(requester: User, unders: Collection[str]) -> dict[str, frozenset[bytes]]:
    """What outside authorisers have let this person look at, under each of these."""
    given: dict[str, set[bytes]] = {under: set() for under in unders}
    standing = OutsideMatter.objects.filter(
        Q(lapses_at=None) | Q(lapses_at__gt=timezone.now()),
        requester=requester,
        under__in=given.keys(),
        granted=True,
    )
    for under, mark in standing.values_list("under", "mark"):
        given[under].add(bytes(mark))
    return {under: frozenset(marks) for under, marks in given.items()}


def _told_marks(look: Look) -> tuple[bytes, ...]:
    told = OutsideMatter.objects.filter(requester=look.requester, is_told=True)
    return tuple(sorted({bytes(mark) for mark in told.values_list("mark", flat=True)}))


def sealer() -> SealerClient:
    """The way to the sealer that the settings name."""
    return SealerClient(config.load().sealer_socket_path)
