"""Declaring the plates that somebody is close to: by themselves, or about them by whoever looks after professional standards.

A plate goes to the sealer and is gone: what is kept tells nobody which it was. Nobody ends a declaration of their own, since it would be
ended before the very search that it is there for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.errors import RelationError
from turnpike.access.purposes import check_refusal
from turnpike.access.relation_models import Relation
from turnpike.access.relations import sealer
from turnpike.ledger.services import AuditEvent, record
from turnpike.plates.services import normalise
from turnpike.sealer.services import Words

if TYPE_CHECKING:
    from turnpike.access.relation_kinds import RelationKind
    from turnpike.accounts.services import User

MOST_DECLARED = 50
"""Most declarations of one person by themselves. Source: ours; more would be a way to put colleagues' work before outsiders."""
BY_THEMSELVES = "self"


def declare(person: User, plate: str, kind: RelationKind) -> bool:
    """Declare one plate of one's own; False where that was declared before.

    Raises:
        PlateError: that is no plate.
        RelationError: they have declared too many.
        SealerUnavailable, TooManyChecks: it cannot be sealed now; nothing was kept.
        LedgerError: it could not be recorded; nothing was kept.
    """
    if len(declarations_of(person)) >= MOST_DECLARED:
        raise RelationError(
            f"You have declared {MOST_DECLARED} plates, which is the most: ask professional standards for more."
        )
    return _keep(person, plate, Words(kind.value, BY_THEMSELVES), actor=person.username)


def declare_about(person: User, plate: str, kind: RelationKind, *, why: str, actor: str) -> bool:
    """Declare a plate about somebody, who is not told; why is sealed with it, for outside authorisers. Errors as `declare`.

    Raises:
        RequestError: why says too little.
    """
    return _keep(person, plate, Words(kind.value, actor, check_refusal(why)), actor=actor)


def end_relation(person: User, plate: str, *, why: str, actor: str) -> None:
    """End what was declared of a plate, which whoever ends it has to know.

    Raises:
        RequestError: why says too little.
        RelationError: nothing of the kind is declared.
        SealerUnavailable, TooManyChecks: it cannot be told now.
    """
    why = check_refusal(why)
    token = sealer().seal(actor, person.username, normalise(plate), Words("", actor)).token
    standing = Relation.objects.filter(token=token, ended_at=None)
    if not standing.exists():
        raise RelationError("No such plate is declared of that person: check both.")
    record(
        AuditEvent.RELATION_ENDED,
        actor=actor,
        details={"person": person.username, "why": why},
    )
    standing.update(ended_at=timezone.now())


def declarations_of(person: User) -> tuple[Relation, ...]:
    """What this person has declared by themselves and what stands, newest first; of others about them it tells nothing."""
    return tuple(Relation.objects.filter(person=person, declared_by=person.username, ended_at=None))


def all_declarations(person: User) -> tuple[Relation, ...]:
    """All that stands about a person, for professional standards, newest first."""
    return tuple(Relation.objects.filter(person=person, ended_at=None))


def _keep(person: User, plate: str, words: Words, *, actor: str) -> bool:
    sealed = sealer().seal(actor, person.username, normalise(plate), words)
    if Relation.objects.filter(token=sealed.token, declared_by=actor, ended_at=None).exists():
        return False
    record(AuditEvent.RELATION_DECLARED, actor=actor, details={"person": person.username})
    facts = {"person": person, "words": sealed.words, "declared_at": timezone.now(), "ended_at": None}
    # One that was ended stands again; what somebody else declared of the same plate stays beside it, and is not told of.
    Relation.objects.update_or_create(token=sealed.token, declared_by=actor, defaults=facts)
    return True
