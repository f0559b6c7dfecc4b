"""Which pack decides is a setting; which one decided when is kept, and a change is in the ledger before it takes effect."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from turnpike import config
from turnpike.access import services as access
from turnpike.access.models import PolicyPack, PolicyUse
from turnpike.access.policy import base_pack, current_pack, pack_named
from turnpike.access.policy_packs import packs_on
from turnpike.ledger.services import AuditEvent, LedgerError

pytestmark = pytest.mark.django_db


@pytest.fixture
def choose(monkeypatch):
    """Sets `policy_pack` for this process."""

    def choose(choice):
        chosen = config.load().model_copy(update={"policy_pack": str(choice)})
        monkeypatch.setattr(config, "load", lambda: chosen)

    return choose


def test_the_pack_in_force_was_kept_when_the_records_were_made():
    (use,) = access.pack_uses()
    assert (use.version, use.until) == (base_pack().version, None)
    assert access.kept_pack(use.version).policy_text == base_pack().policy_text


def test_the_setting_chooses_the_pack_that_decides(choose, people):
    facts: dict[str, access.Fact] = {
        "requester": "another",
        "operator": "another",
        "reach_days": 180,
        "severity": "volume",
        "lent_rank": 0,
    }
    choose("police-scotland")
    people.authoriser.rank = "chief_officer"
    decision = access.decide(people.authoriser, access.Action.AuthoriseRequest, "R-1", facts)
    assert decision.pack_version == pack_named("police-scotland").version
    assert [rule.id for rule in decision.rules] == ["a-year-of-volume-needs-a-superintendent"]
    choose("base")
    assert access.decide(people.authoriser, access.Action.AuthoriseRequest, "R-1", facts).allowed


def test_a_force_s_own_folder_can_be_chosen(choose, tmp_path):
    folder = tmp_path / "harbour"
    folder.mkdir()
    (folder / "pack.toml").write_text(
        'title = "Harbour Police"\nkind = "decided"\nabout = "Shorter watches."\n'
    )
    (folder / "overlay.cedar").write_text(
        '@id("watch-is-a-shift") @says("Six hours.") @source("Order 7 of 2026") '
        'forbid (principal, action == Action::"GrantWatch", resource) unless { context.hours <= 6 };'
    )
    choose(folder)
    assert current_pack().version.startswith("harbour@")
    assert access.about_pack(str(folder)).title == "Harbour Police"


def test_the_same_pack_again_changes_nothing(recorded):
    access.put_in_force()
    access.put_in_force()
    assert PolicyUse.objects.count() == 1
    assert recorded() == []


def test_another_pack_is_an_entry_and_the_times_follow_each_other(choose, recorded):
    choose("staffordshire")
    access.put_in_force()
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.POLICY_CHANGED, "system")
    assert details == {"before": base_pack().version, "policy": pack_named("staffordshire").version}
    choose("base")
    access.put_in_force()
    uses = access.pack_uses()
    assert [use.version.split("@")[0] for use in uses] == ["base", "staffordshire", "base"]
    assert uses[1].until == uses[0].since
    assert PolicyPack.objects.count() == 2


def test_a_change_that_cannot_be_recorded_does_not_take_place(choose, break_ledger):
    break_ledger()
    choose("essex")
    with pytest.raises(LedgerError):
        access.put_in_force()
    assert [use.version for use in access.pack_uses()] == [base_pack().version]


def test_the_packs_of_a_day_are_those_that_decided_on_any_part_of_it(choose):
    today = timezone.now()
    PolicyUse.objects.update(since=today - timedelta(days=10))
    choose("essex")
    access.put_in_force()
    PolicyUse.objects.filter(pack__version__startswith="essex").update(since=today - timedelta(days=3))

    def names(days_ago):
        return [pack.version.split("@")[0] for pack in packs_on((today - timedelta(days=days_ago)).date())]

    assert names(5) == ["base"]
    assert names(3) == ["base", "essex"]
    assert names(0) == ["essex"]
    assert names(30) == []
    assert packs_on(datetime(2100, 1, 1, tzinfo=UTC).date())


def test_deciding_asks_the_database_for_no_pack(people, django_assert_num_queries):
    assert people.authoriser.roles
    with django_assert_num_queries(0):
        access.authorise(people.authoriser, access.Action.GrantWatch, resource="stolen", context=WATCH)


WATCH: dict[str, access.Fact] = {"operator": "operator", "operator_may_watch": True, "hours": 8}


def test_a_command_under_another_setting_keeps_its_pack_and_changes_nothing_here(choose, recorded):
    """Every command brings the records up to date; only the server says which pack decides."""
    (before,) = access.pack_uses()
    for chosen in ("police-scotland", "base", "essex"):
        choose(chosen)
        call_command("migrate", verbosity=0)
    assert access.pack_uses() == (before,)
    assert [event for event, *_ in recorded()] == []
    assert access.kept_pack(pack_named("essex").version).rules


def test_the_first_pack_of_an_installation_is_noted_by_whoever_makes_it(choose):
    PolicyUse.objects.all().delete()
    choose("essex")
    call_command("migrate", verbosity=0)
    assert [use.version for use in access.pack_uses()] == [pack_named("essex").version]
