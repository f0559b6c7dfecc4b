"""Watches: for a shift, for an operator, never for oneself, over at once when revoked."""

from __future__ import annotations

import pytest
from django.utils import timezone

from turnpike.access import services as access
from turnpike.access.models import Watch
from turnpike.ledger.services import AuditEvent, LedgerError

pytestmark = pytest.mark.django_db


def broken_rules(denial):
    return {rule.id for rule in denial.value.decision.rules}


@pytest.fixture
def changes():
    """What was signalled."""
    heard = []

    def hear(sender, watch, **_):
        heard.append((watch.pk, watch.is_active))

    access.watch_changed.connect(hear)
    yield heard
    access.watch_changed.disconnect(hear)


def test_a_watch_is_recorded_then_stands_then_ends(people, changes, recorded):
    watch = access.grant_watch(people.authoriser, people.operator, "stolen", 8)

    assert access.active_watch(people.operator, "stolen") == watch
    assert access.active_watch(people.operator, "missing") is None
    assert access.watches_of(people.operator) == (watch,)
    assert access.standing_watches() == (watch,)
    assert access.watch_is_active(watch.pk)
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.WATCH_GRANTED, "authoriser")
    assert (details["operator"], details["hotlist"]) == ("operator", "stolen")

    access.revoke_watch(people.authoriser, watch.pk)

    assert access.active_watch(people.operator, "stolen") is None
    assert access.watches_of(people.operator) == access.standing_watches() == ()
    assert not access.watch_is_active(watch.pk)
    assert recorded()[-1][0] is AuditEvent.WATCH_REVOKED
    assert changes == [(watch.pk, True), (watch.pk, False)]


def test_revoking_twice_changes_nothing(people, changes, recorded):
    watch = access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    first = access.revoke_watch(people.authoriser, watch.pk).revoked_at
    assert access.revoke_watch(people.authoriser, watch.pk).revoked_at == first
    assert [event for event, *_ in recorded()].count(AuditEvent.WATCH_REVOKED) == 1
    assert len(changes) == 2


def test_a_watch_ends_by_itself(people):
    watch = access.grant_watch(people.authoriser, people.operator, "stolen", 1)
    Watch.objects.update(expires_at=timezone.now())
    assert not access.watch_is_active(watch.pk)
    assert access.active_watch(people.operator, "stolen") is None


def test_a_watch_does_not_outlast_the_role_or_the_account(people):
    watch = access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    people.operator.role_grants.all().delete()
    assert not access.watch_is_active(watch.pk)
    people.operator.role_grants.create(role="operator")
    assert access.watch_is_active(watch.pk)
    people.operator.is_active = False
    people.operator.save()
    assert not access.watch_is_active(watch.pk)


def test_nobody_grants_themselves_a_watch(people):
    people.authoriser.role_grants.create(role="operator")
    people.authoriser.__dict__.pop("roles", None)
    with pytest.raises(access.Denied) as denial:
        access.grant_watch(people.authoriser, people.authoriser, "stolen", 8)
    assert broken_rules(denial) == {"watch-is-for-another"}


@pytest.mark.parametrize(
    ("by", "to", "hours", "rules"),
    [
        ("operator", "operator", 8, {"authorisers-grant-watches", "watch-is-for-another"}),
        ("investigator", "operator", 8, {"authorisers-grant-watches"}),
        ("authoriser", "investigator", 8, {"watch-is-for-an-operator"}),
        ("authoriser", "operator", 25, {"watch-is-a-shift"}),
        ("authoriser", "operator", 0, {"watch-is-a-shift"}),
        ("authoriser", "auditor", 90, {"watch-is-for-an-operator", "watch-is-a-shift"}),
    ],
)
def test_each_broken_rule_of_a_grant_is_named(people, by, to, hours, rules):
    with pytest.raises(access.Denied) as denial:
        access.grant_watch(getattr(people, by), getattr(people, to), "stolen", hours)
    assert broken_rules(denial) == rules
    assert not Watch.objects.exists()


def test_only_an_authoriser_revokes(people):
    watch = access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    with pytest.raises(access.Denied):
        access.revoke_watch(people.operator, watch.pk)
    assert access.watch_is_active(watch.pk)


def test_what_is_no_watch_cannot_be_revoked(people):
    with pytest.raises(access.WatchError):
        access.revoke_watch(people.authoriser, 999)


def test_without_a_ledger_no_watch_is_granted_and_none_is_signalled(people, changes, break_ledger):
    break_ledger()
    with pytest.raises(LedgerError):
        access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    assert not Watch.objects.exists()
    assert changes == []
