"""Who could see a read, and why: what the policy of a day would allow each person, and under which conditions. Shows no plate and fetches none.

Nothing is guessed: the pack that decided on that day is walked with what is known (the person's role, rank and training, the read's age)
and everything else left open. What speaks against a look whatever else holds is its reason; what depends on the rest is its condition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db.models import Q

from turnpike.access.decisions import authorise, grounds
from turnpike.access.errors import WhoQuestionError
from turnpike.access.models import Disclosure, Request
from turnpike.access.pack_walk import walked
from turnpike.access.policy import Action
from turnpike.access.policy_packs import packs_on
from turnpike.access.possibilities import known_of, standing
from turnpike.access.read_places import read_place
from turnpike.access.rulings import Rule
from turnpike.access.supposed import Supposed
from turnpike.accounts.services import Rank, all_accounts
from turnpike.ledger.services import AuditEvent, record
from turnpike.reads.services import ReadId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from turnpike.access.decisions import Detail
    from turnpike.access.policy import Pack
    from turnpike.access.read_places import Place
    from turnpike.accounts.services import User
    from turnpike.ledger.services import Receipt

Finder = Callable[[str], "Place"]

LOOKS: Mapping[Action, str] = MappingProxyType(
    {
        Action.Search: "Find it by a search",
        Action.ViewRead: "Open it",
        Action.ViewPatch: "See its picture",
        Action.ExportReads: "Take it away in a file",
        Action.SeeAlert: "Be shown it as an alert",
    }
)
"""The ways to see a read, in words."""


@dataclass(frozen=True, slots=True)
class Look:
    """One way to see a read, and what the policy says of it for one standing."""

    what: str
    possible: bool
    against: tuple[Rule, ...]
    """The rules that speak against it whatever else holds."""
    conditions: tuple[Rule, ...]
    """The rules that must not speak against it, each with the sentence of its refusal."""


@dataclass(frozen=True, slots=True)
class Group:
    """People for whom the policy says the same, as they stood: one line a person."""

    people: tuple[str, ...]
    standing: str
    """Their roles, rank and training, in words, of the first of them."""
    looks: tuple[Look, ...]

    @property
    def possible(self) -> bool:
        """Whether there is any way for them to see it."""
        return any(look.possible for look in self.looks)


@dataclass(frozen=True, slots=True)
class Holder:
    """A request that was open on the day and to which a search had returned the read."""

    request: str
    requester: str
    operator: str
    """Who may search under it beside the requester; empty where that is nobody else."""


@dataclass(frozen=True, slots=True)
class WhoCouldSee:
    """The answer. `packs` are the versions that decided on the day, in their order; the last one is walked."""

    place: Place
    day: date
    age_days: int
    packs: tuple[str, ...]
    groups: tuple[Group, ...]
    holders: tuple[Holder, ...]
    receipt: Receipt


def who_could_see(user: User, read_id: str, day: date, username: str = "") -> WhoCouldSee:
    """The answer for an auditor, about one account or all; that it was asked is an entry, written first.

    Raises:
        Denied: the person is no auditor.
        WhoQuestionError: no pack decided on that day, or there is no account of that name.
        InvalidReadId: the text is no read's id.
        LedgerError: the entry could not be written.
    """
    decision = authorise(user, Action.AskWhoCouldSee, resource="reads")
    read_id = ReadId.parse(read_id).text
    receipt = _asked(user.username, read_id, day, username, grounds(decision))
    return _answer(read_place(read_id), day, username, receipt, _holders(read_id, day))


def who_could_see_by_command(
    actor: str, read_id: str, day: date, username: str = "", *, find: Finder = read_place
) -> WhoCouldSee:
    """The same for a command: an entry in the shell's name, and no requests, which are for auditors alone. `find` asks whoever has the store.

    Raises: as `who_could_see`, but for Denied.
    """
    read_id = ReadId.parse(read_id).text
    receipt = _asked(actor, read_id, day, username, {})
    return _answer(find(read_id), day, username, receipt, ())


def _asked(actor: str, read_id: str, day: date, username: str, why: Mapping[str, Detail]) -> Receipt:
    details = {"read": read_id, "day": day.isoformat(), "about": username or "all accounts", **why}
    return record(AuditEvent.WHO_COULD_SEE_ASKED, actor=actor, details=details)


def _answer(
    place: Place, day: date, username: str, receipt: Receipt, holders: tuple[Holder, ...]
) -> WhoCouldSee:
    packs = packs_on(day)
    if not packs:
        raise WhoQuestionError("day", "No policy had decided anything here by that day: choose a later one.")
    people = [person for person in all_accounts() if username in ("", person.username)]
    if not people:
        there = "of that name: choose one of the list" if username else "here yet: make one first"
        raise WhoQuestionError("person", f"There is no account {there}.")
    age = place.age_days(day)
    groups = _groups(people, day, packs[-1], age)
    return WhoCouldSee(place, day, age, tuple(pack.version for pack in packs), groups, holders, receipt)


def _groups(people: Iterable[User], day: date, pack: Pack, age_days: int) -> tuple[Group, ...]:
    by_standing: dict[Supposed, list[str]] = {}
    for person in people:
        by_standing.setdefault(Supposed.of(person, day), []).append(person.username)
    by_looks: dict[tuple[Look, ...], list[Supposed]] = {}
    for supposed in by_standing:
        by_looks.setdefault(_looks(supposed, pack, age_days), []).append(supposed)
    groups = (
        Group(
            tuple(sorted(name for one in alike for name in by_standing[one])),
            "; ".join(dict.fromkeys(map(_in_words, alike))),
            looks,
        )
        for looks, alike in by_looks.items()
    )
    return tuple(sorted(groups, key=lambda group: (not group.possible, group.people)))


def _looks(person: Supposed, pack: Pack, age_days: int) -> tuple[Look, ...]:
    actions = walked(pack)
    found = []
    for action, what in LOOKS.items():
        if action not in actions:
            continue
        known = {**known_of(person), ("context", "days_back"): age_days}
        says = standing(actions[action], known)
        against = tuple(Rule(rule.id, rule.says) for rule in says.against)
        conditions = tuple(Rule(rule.id, rule.says) for rule in says.conditions) if says.possible else ()
        found.append(Look(what, says.possible, against, conditions))
    return tuple(found)


def _in_words(person: Supposed) -> str:
    roles = " and ".join(sorted(person.roles)) or "no role"
    trained = "trained" if person.trained else "training does not count"
    return f"{roles}, {list(Rank)[person.rank].label.lower()}, {trained}" + (
        "" if person.open else ", account closed"
    )


def _holders(read_id: str, day: date) -> tuple[Holder, ...]:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    numbers = Disclosure.objects.filter(read_id=read_id).values_list("request_id", flat=True)
    open_then = Request.objects.select_related("requester", "operator").filter(
        Q(closed_at=None) | Q(closed_at__gt=begin),
        number__in=numbers,
        opened_at__lt=begin + timedelta(days=1),
        expires_at__gt=begin,
    )
    return tuple(
        Holder(
            one.number, one.requester.username, one.operator.username if one.operator != one.requester else ""
        )
        for one in open_then
    )
