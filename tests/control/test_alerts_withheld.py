"""An alert of a vehicle that is close to whoever would see it: withheld from them alone, without a word, and seen by somebody else."""

from __future__ import annotations

from datetime import date

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient, Client
from tests.alert_world import stolen_list, stored_read, wanted
from tests.control.walls import drive_past, open_wall

from turnpike import config
from turnpike.access import relations
from turnpike.access import services as access
from turnpike.access.flag_cache import FlagCache
from turnpike.access.models import OutsideMatter
from turnpike.access.relations import flagged_alerts
from turnpike.accounts.services import Role, Standing, create_account
from turnpike.hotlists import services as hotlists
from turnpike.hotlists.models import Hit, Withholding
from turnpike.ledger import services as ledger

pytestmark = pytest.mark.django_db

AuditEvent = ledger.AuditEvent
HERS, OTHERS = "AB12CDE", "XY99ZZZ"
NEUTRAL = "needs an outside authoriser"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """As in a process that has just begun: accounts and declarations have the same names in each of these tests."""
    monkeypatch.setattr(relations, "_alert_flags", FlagCache())


def events(kind):
    return [entry for entry in ledger.entries(limit=500) if entry.event is kind]


def hit_on(plate):
    return hotlists.match([stored_read(plate)])[0]


def declare(person, plate=HERS, kind=access.RelationKind.HOUSEHOLD):
    return access.declare(person, plate, kind)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def colleague(people):
    trained = Standing(trained_until=date.max)
    return create_account("colleague", "Col League", [Role.OPERATOR], actor="tests", standing=trained)


@pytest.fixture
def watched(people):
    """A list with two wanted vehicles, which the operator watches."""
    stolen_list(people)
    wanted(people, HERS)
    wanted(people, OTHERS)
    return access.grant_watch(people.authoriser, people.operator, "stolen", 8)


@pytest.fixture
def no_sealer(monkeypatch, tmp_path):
    changed = config.load().model_copy(update={"sealer_socket": str(tmp_path / "none.sock")})
    monkeypatch.setattr(config, "load", lambda: changed)


def test_it_is_withheld_from_that_viewer_alone(people, watched, colleague):
    access.grant_watch(people.authoriser, colleague, "stolen", 8)
    declare(people.operator)
    hers, others = hit_on(HERS), hit_on(OTHERS)

    for _ in range(2):
        page = signed_in(people.operator).get("/alerts/").content.decode()
        assert "AB12" not in page
        assert f"/alerts/{hers.pk}/" not in page
        assert f"/alerts/{others.pk}/" in page
        assert 'data-count="waiting">1<' in page
        assert NEUTRAL not in page
    page = signed_in(colleague).get("/alerts/").content.decode()
    assert f"/alerts/{hers.pk}/" in page

    assert {(entry.actor, entry.details["hit"]) for entry in events(AuditEvent.ALERT_SEEN)} == {
        ("operator", str(others.pk)),
        ("colleague", str(hers.pk)),
        ("colleague", str(others.pk)),
    }


def test_the_auditor_is_told_once_and_an_outsider_asked_but_not_why_or_which_plate(people, watched):
    declare(people.operator)
    hit = hit_on(HERS)
    for _ in range(2):
        signed_in(people.operator).get("/alerts/")
    (entry,) = events(AuditEvent.ALERT_WITHHELD)
    assert entry.actor == "system"
    assert entry.details == {
        "hit": str(hit.pk),
        "hotlist": "stolen",
        "viewer": "operator",
        "others_on_watch": 0,
    }
    (matter,) = OutsideMatter.objects.all()
    assert (matter.look, matter.is_told, matter.requester) == ("alert", False, people.operator)
    assert access.waiting_matters(people.professional_standards) == (matter,)
    _, (reason,) = access.view_matter(people.professional_standards, matter.pk)
    assert (reason.whose, reason.kind) == ("the requester", "Vehicle of the household")


def test_the_page_of_one_that_outsiders_are_asked_about_reads_well(people, watched):
    declare(people.operator)
    hit_on(HERS)
    signed_in(people.operator).get("/alerts/")
    address = f"/outside/{OutsideMatter.objects.get().pk}/"
    page = signed_in(people.professional_standards).get(address).content.decode()
    assert "An alert of a hotlist" in page
    assert "Vehicle of the household" in page


@pytest.mark.parametrize("declared", ["A812CDE", HERS])
def test_of_a_misread_the_plate_read_and_the_plate_wanted_both_count(people, watched, declared):
    declare(people.operator, declared)
    hit = hit_on("A812CDE")
    assert hit.is_near
    assert f"/alerts/{hit.pk}/" not in signed_in(people.operator).get("/alerts/").content.decode()


def test_whoever_tries_its_number_finds_nothing_and_the_log_says_that_they_tried(people, watched):
    declare(people.operator)
    hit = hit_on(HERS)
    client = signed_in(people.operator)
    for ask in (
        lambda: client.get(f"/alerts/{hit.pk}/"),
        lambda: client.get(f"/alerts/{hit.pk}/patch"),
        lambda: client.post(f"/alerts/{hit.pk}/", {"outcome": "confirmed"}),
    ):
        before = len(events(AuditEvent.DECISION_DENIED))
        answer = ask()
        assert answer.status_code == client.get("/alerts/999999/").status_code == 404
        assert NEUTRAL not in answer.content.decode()
        denials = events(AuditEvent.DECISION_DENIED)
        assert len(denials) == before + 1
        assert denials[0].details["rules"] == ["outside-authoriser-decides"]
    assert Hit.objects.get().actioned_at is None


def test_one_that_was_seen_before_it_was_declared_is_refused_in_the_neutral_words(people, watched):
    hit = hit_on(HERS)
    client = signed_in(people.operator)
    assert client.get(f"/alerts/{hit.pk}/").status_code == 200
    declare(people.operator)
    for answer in (
        client.get(f"/alerts/{hit.pk}/"),
        client.get(f"/alerts/{hit.pk}/patch"),
        client.post(f"/alerts/{hit.pk}/", {"outcome": "confirmed"}),
    ):
        assert answer.status_code == 403
        assert NEUTRAL in answer.content.decode()
    assert f"/alerts/{hit.pk}/" not in client.get("/alerts/").content.decode()


def test_let_through_from_outside_it_is_shown(people, watched):
    declare(people.operator)
    hit = hit_on(HERS)
    client = signed_in(people.operator)
    client.get("/alerts/")
    access.grant_outside(people.professional_standards, OutsideMatter.objects.get().pk)
    assert f"/alerts/{hit.pk}/" in client.get("/alerts/").content.decode()
    assert client.get(f"/alerts/{hit.pk}/").status_code == 200


def test_what_a_colleague_on_the_case_declared_is_no_reason_to_withhold_it(people, watched):
    """They counted when the entry was proposed; nobody on watch would be left to see it."""
    declare(people.investigator)
    hit = hit_on(HERS)
    assert f"/alerts/{hit.pk}/" in signed_in(people.operator).get("/alerts/").content.decode()


def test_chance_withholds_no_alert(people, watched, monkeypatch):
    changed = config.load().model_copy(update={"outside_share": 1.0})
    monkeypatch.setattr(config, "load", lambda: changed)
    hit = hit_on(HERS)
    client = signed_in(people.operator)
    assert f"/alerts/{hit.pk}/" in client.get("/alerts/").content.decode()
    assert client.get(f"/alerts/{hit.pk}/").status_code == 200


def test_what_nobody_on_watch_can_be_shown_is_told_to_whoever_grants_watches(people, watched, colleague):
    declare(people.operator)
    hit = hit_on(HERS)
    authoriser = signed_in(people.authoriser)
    signed_in(people.operator).get("/alerts/")

    page = authoriser.get("/watches/").content.decode()
    assert "1 alert of Stolen vehicles can be shown to nobody on watch" in page
    assert "AB12" not in page
    access.grant_watch(people.authoriser, colleague, "stolen", 8)
    assert "can be shown to nobody" not in authoriser.get("/watches/").content.decode()
    assert f"/alerts/{hit.pk}/" in signed_in(colleague).get("/alerts/").content.decode()


def test_of_one_that_is_close_to_all_on_watch_the_authoriser_is_told(people, watched, colleague):
    access.grant_watch(people.authoriser, colleague, "stolen", 8)
    for person in (people.operator, colleague):
        declare(person)
    hit_on(HERS)
    signed_in(people.operator).get("/alerts/")
    assert access.unseen_alerts() == ()
    signed_in(colleague).get("/alerts/")
    (unseen,) = access.unseen_alerts()
    assert (unseen.list_slug, unseen.alerts) == ("stolen", 1)


@pytest.mark.django_db(transaction=True)
def test_the_stream_passes_over_it_on_one_wall_and_not_on_another(people, watched, colleague):
    access.grant_watch(people.authoriser, colleague, "stolen", 8)
    declare(people.operator)
    ours, theirs = AsyncClient(), AsyncClient()
    ours.force_login(people.operator)
    theirs.force_login(colleague)
    missed = hit_on(HERS).pk

    @async_to_sync
    async def story() -> None:
        one, other = await open_wall(ours), await open_wall(theirs)
        for wall in (one, other):
            assert (await wall.soon()).kind == "watches"
        assert (await other.soon()).number == str(missed)
        hers, others = await drive_past(HERS), await drive_past(OTHERS)
        assert (await one.soon()).number == str(others)
        assert [(await other.soon()).number for _ in range(2)] == [str(hers), str(others)]
        await sync_to_async(hotlists.action_hit)(colleague, hers, outcome=hotlists.Outcome.MISREAD, note="")
        await sync_to_async(hotlists.action_hit)(colleague, others, outcome=hotlists.Outcome.MISREAD, note="")
        assert (await one.soon()).data["id"] == others

    story()
    assert Withholding.objects.filter(user=people.operator).count() == 2


# ---- the sealer


def test_a_page_is_one_question_and_none_when_it_is_shown_again(people, watched, sealer, monkeypatch):
    declare(people.operator)
    for number in range(10):
        wanted(people, f"AB{number:02d}XYZ")
        hit_on(f"AB{number:02d}XYZ")
    hit_on(HERS)
    asked = []
    answer = sealer.answer

    def answered(question, held):
        asked.append(question)
        return answer(question, held)

    monkeypatch.setattr(sealer, "answer", answered)

    def matches():
        found = [len(one.plates) for one in asked if hasattr(one, "plates")]
        asked.clear()
        return found

    client = signed_in(people.operator)
    client.get("/alerts/")
    assert matches() == [11]
    client.get("/alerts/")
    assert matches() == []
    hit_on(OTHERS)
    client.get("/alerts/")
    assert matches() == [1]


def test_what_was_kept_of_an_answer_ends_with_what_it_stood_on(people, watched):
    hit = hit_on(HERS)
    client = signed_in(people.operator)
    assert f"/alerts/{hit.pk}/" in client.get("/alerts/").content.decode()
    about = "Seen together by three colleagues in May"
    access.declare_about(people.operator, HERS, access.RelationKind.FAMILY, why=about, actor="shell:ps")
    assert f"/alerts/{hit.pk}/" not in client.get("/alerts/").content.decode()
    access.end_relation(people.operator, HERS, why="They have moved away in the meantime", actor="shell:ps")
    assert f"/alerts/{hit.pk}/" in client.get("/alerts/").content.decode()


def test_a_plate_that_was_refused_them_before_stays_away(people, watched, sealer):
    """Else the wall would tell the refused whether it was chance."""
    look = access.Look(access.LookKind.ALERT, people.operator, list_slug="stolen")
    declare(people.operator)
    (flag,) = flagged_alerts(look, [HERS]).values()
    OutsideMatter.objects.create(
        requester=people.operator,
        under="R-2026-000001",
        look="search",
        mark=flag.mark,
        why=flag.why,
        asked_at="2026-11-22T12:00:00Z",
        is_told=True,
    )
    access.end_relation(people.operator, HERS, why="They have moved away in the meantime", actor="shell:ps")
    assert flagged_alerts(look, [HERS, OTHERS]).keys() == {HERS}


def test_without_the_sealer_alerts_go_on_for_whoever_declared_nothing(people, watched, no_sealer):
    hit = hit_on(HERS)
    client = signed_in(people.operator)
    assert f"/alerts/{hit.pk}/" in client.get("/alerts/").content.decode()
    assert client.get(f"/alerts/{hit.pk}/").status_code == 200


def test_without_the_sealer_nothing_is_shown_to_whoever_declared_something(people, watched, request):
    declare(people.operator)
    hit = hit_on(OTHERS)
    request.getfixturevalue("no_sealer")
    client = signed_in(people.operator)
    answer = client.get("/alerts/")
    assert answer.status_code == 503
    assert "relations cannot be checked" in answer.content.decode()
    answer = client.get(f"/alerts/{hit.pk}/")
    assert answer.status_code == 403
    assert events(AuditEvent.DECISION_DENIED)[0].details["rules"] == ["relations-are-checked"]
    assert events(AuditEvent.ALERT_SEEN) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_sealer_their_stream_ends_to_be_opened_again(people, watched, request):
    declare(people.operator)
    hit_on(OTHERS)
    request.getfixturevalue("no_sealer")
    watching = AsyncClient()
    watching.force_login(people.operator)

    @async_to_sync
    async def story() -> None:
        # It ends without a word, so that the browser connects again and finds what it missed.
        assert await (await open_wall(watching)).end() == []

    story()
