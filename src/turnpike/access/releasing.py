"""Whose reads, and which of their fields, are open to one look: another controller's only by agreement.

What is not open is left out of a search before it runs, so that nothing of it is fetched or counted, and what is said
of it depends on cameras and agreements alone, never on whether a vehicle was there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.agreement_records import pacts_with
from turnpike.access.agreement_terms import NO_AGREEMENT, SharedField
from turnpike.access.decisions import Detail, authorise
from turnpike.access.disclosure_rules import FieldRules, context_of
from turnpike.access.errors import ReadGone
from turnpike.access.policy import Action
from turnpike.cameras.services import (
    Tenure,
    controller_at,
    other_controllers,
    own_controller,
    tenures_of_others,
)
from turnpike.reads.services import CameraSpan, ReadId, ReadQuery, StoredRead, attached_store

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from turnpike.access.agreement_terms import FieldFacts, Pact, Version
    from turnpike.access.rulings import Decision
    from turnpike.accounts.services import User

_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one agreement opens of the reads that a camera took while another controller's; nothing where none does.

    `decisions` is by field; `number` is the agreement's, `none` where none has anything to say of this controller.
    """

    tenure: Tenure
    purpose: str
    number: str
    version: int
    retention_days: int
    facts: Mapping[SharedField, FieldFacts]
    decisions: Mapping[SharedField, Decision]

    @property
    def fields(self) -> frozenset[SharedField]:
        """The fields that may be shown; none at all without the text, which says which read it is."""
        if not self.decisions[SharedField.TEXT].allowed:
            return frozenset()
        return frozenset(field for field, decision in self.decisions.items() if decision.allowed)

    @property
    def is_open(self) -> bool:
        """Whether its reads may be shown."""
        return self.decisions[SharedField.TEXT].allowed

    def holds(self, read: StoredRead) -> bool:
        """Whether this is what decides about that read."""
        until = read.captured_at + timedelta(milliseconds=1)
        return self.tenure.camera_id == read.camera_id and self.tenure.overlaps(read.captured_at, until)


@dataclass(frozen=True, slots=True)
class Opening:
    """What is open to one look, of all cameras that it is about; the site's own reads are, whole."""

    grants: tuple[Grant, ...] = ()

    def narrowed(self, query: ReadQuery) -> ReadQuery:
        """The query without what is not open."""
        closed = tuple(
            CameraSpan(
                grant.tenure.camera_id, grant.tenure.since_at or _EARLIEST, grant.tenure.until_at or _LATEST
            )
            for grant in self.grants
            if not grant.is_open
        )
        return replace(query, withheld=(*query.withheld, *closed))

    def stripped(self, reads: Iterable[StoredRead]) -> tuple[StoredRead, ...]:
        """The reads that are open, each with its open fields alone."""
        return tuple(
            with_fields(read, grant.fields) if grant else read
            for read, grant in self.granted(reads)
            if grant is None or grant.is_open
        )

    def granted(self, reads: Iterable[StoredRead]) -> tuple[tuple[StoredRead, Grant | None], ...]:
        """Each read with what decides about it; None with the site's own."""
        by_camera: dict[str, list[Grant]] = {}
        for grant in self.grants:
            by_camera.setdefault(grant.tenure.camera_id, []).append(grant)
        return tuple(
            (read, next((grant for grant in by_camera.get(read.camera_id, ()) if grant.holds(read)), None))
            for read in reads
        )

    def told(self) -> dict[str, Detail]:
        """What a ledger entry says of it: which controllers' cameras were left out by which rules, and what opened others."""
        if not self.grants:
            return {}
        closed: dict[tuple[str, str], int] = {}
        for grant in self.grants:
            if not grant.is_open:
                rules = " ".join(rule.id for rule in grant.decisions[SharedField.TEXT].rules)
                key = (grant.tenure.controller, rules)
                closed[key] = closed.get(key, 0) + 1
        opened = {f"{grant.number} version {grant.version}" for grant in self.grants if grant.is_open}
        return {
            "withheld": [
                f"{number} of {whose}: {rules}" for (whose, rules), number in sorted(closed.items())
            ],
            "agreements": sorted(opened),
        }


def with_fields(read: StoredRead, fields: Collection[SharedField]) -> StoredRead:
    """The read as it is shown with these fields; Turnpike keeps no picture of a vehicle, so that there is none to take away."""
    coloured = SharedField.COLOUR_MAKE in fields
    return replace(
        read,
        colour=read.colour if coloured else "",
        make=read.make if coloured else "",
        has_patch=read.has_patch and SharedField.PLATE_PATCH in fields,
    )


def opening(
    user: User | None,
    purpose: str,
    captured_from: datetime,
    captured_until: datetime,
    camera_ids: Collection[str] | None = None,
) -> Opening:
    """What is open now to a look for that purpose at what these cameras (None for all) captured in `[captured_from, captured_until)`.

    `user` of None asks for anybody who may look at all. Nothing is recorded here.
    """
    tenures = [
        tenure
        for tenure in tenures_of_others(captured_from, captured_until)
        if camera_ids is None or tenure.camera_id in camera_ids
    ]
    return Opening(_granted(user, purpose, tenures))


def opening_at(user: User | None, purpose: str, camera_id: str, captured_at: datetime) -> Opening:
    """What is open now of one read, by its camera and instant."""
    controller = controller_at(camera_id, captured_at)
    if controller == own_controller():
        return Opening()
    return Opening(_granted(user, purpose, [Tenure(camera_id, controller, None, None)]))


def opening_of(user: User, purpose: str, read_id: str) -> Opening:
    """What is open now of the read of that id. Whose it is is asked of the store and told to nobody.

    Raises:
        ReadGone: the read was deleted, so that nobody can say whose it was.
    """
    if not other_controllers():
        return Opening()
    read = attached_store().place(ReadId.parse(read_id))
    if read is None:
        raise ReadGone("This read is no longer kept; only the log still shows that it was looked at.")
    return opening_at(user, purpose, read.camera_id, read.captured_at)


def must_open(user: User, found: Opening, field: SharedField) -> None:
    """Decide about one field of the one read that an opening is of.

    Raises:
        Denied: it is another controller's and not open; the denial is in the ledger.
    """
    for grant in found.grants:
        for needed in (SharedField.TEXT, field):
            if not grant.decisions[needed].allowed:
                context = context_of(needed, grant.facts[needed])
                authorise(user, Action.Disclose, resource=grant.number, context=context)


def _granted(user: User | None, purpose: str, tenures: Collection[Tenure]) -> tuple[Grant, ...]:
    if not tenures:
        return ()
    by_discloser: dict[str, list[Pact]] = {}
    for pact in pacts_with(own_controller(), {tenure.controller for tenure in tenures}):
        by_discloser.setdefault(pact.discloser, []).append(pact)
    deciding = _Deciding(user, purpose, timezone.now())
    return tuple(deciding.best(tenure, by_discloser.get(tenure.controller, ())) for tenure in tenures)


class _Deciding:
    """Decisions of one look; those about the same facts are made once, however many cameras there are."""

    def __init__(self, user: User | None, purpose: str, at: datetime) -> None:
        self._rules = FieldRules(user)
        self._purpose = purpose
        self._at = at
        self._made: dict[tuple[str, tuple[bool, ...]], Grant] = {}
        self._versions: dict[str, Version | None] = {}

    def best(self, tenure: Tenure, pacts: Iterable[Pact]) -> Grant:
        """What the agreement that opens most opens; of those that open nothing, that which fails by the fewest rules.

        One look is under one agreement: what two open in part is not put together.
        """
        found = [self._grant(tenure, pact) for pact in pacts] or [self._grant(tenure, None)]
        if len(found) == 1:
            return found[0]
        return max(
            found, key=lambda one: (len(one.fields), -len(one.decisions[SharedField.TEXT].rules), one.number)
        )

    def _grant(self, tenure: Tenure, pact: Pact | None) -> Grant:
        version = self._version(pact) if pact else None
        if pact is None or version is None:
            return self._under(tenure, None, None, (False,))
        named_in = (version.terms.cameras, *(one.cameras for one in version.terms.consultations))
        return self._under(tenure, pact, version, tuple(tenure.camera_id in cameras for cameras in named_in))

    def _version(self, pact: Pact) -> Version | None:
        if pact.number not in self._versions:
            self._versions[pact.number] = pact.version_at(self._at)
        return self._versions[pact.number]

    def _under(
        self, tenure: Tenure, pact: Pact | None, version: Version | None, named: tuple[bool, ...]
    ) -> Grant:
        """The grant; cameras that the same terms and consultations name share one, but for the tenure."""
        number = pact.number if pact else _NONE
        like = self._made.get((number, named))
        if like is None:
            facts = {
                field: pact.facts(self._at, self._purpose, tenure.camera_id, field) if pact else NO_AGREEMENT
                for field in SharedField
            }
            like = self._made[number, named] = Grant(
                tenure,
                self._purpose,
                number,
                version.number if version else 0,
                version.terms.retention_days if version else 0,
                facts,
                {field: self._rules.decide(number, field, told) for field, told in facts.items()},
            )
        return replace(like, tenure=tenure)
