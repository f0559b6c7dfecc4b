"""The hotlist pages, through the site's own routes."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from turnpike.access import services as access
from turnpike.accounts.services import Role, Standing, create_account
from turnpike.hotlists import services as hotlists
from turnpike.hotlists.models import Entry
from turnpike.ledger import services as ledger

pytestmark = pytest.mark.django_db
TRAINED = Standing(trained_until=date.max)


@pytest.fixture
def as_(client, people):
    """The client, signed in as somebody."""

    def sign_in(role):
        client.force_login(getattr(people, role) if isinstance(role, str) else role)
        return client

    return sign_in


def proposal(**changes):
    return {
        "plate": "ab12 cde",
        "case_reference": "CR/04711/26",
        "reason": "Taken from outside the owner's house",
        "legal_basis": "law-enforcement",
        "source": "Crime report 42/1187",
        "owner": "Roads policing",
        "priority": "high",
        "weed_on": str(timezone.now().date() + timedelta(days=28)),
    } | changes


def test_the_index_counts_without_showing_a_plate(as_, wanted):
    wanted()
    page = as_("operator").get(reverse("hotlists:index")).content.decode()
    assert "Stolen vehicles" in page
    assert "AB12" not in page


def test_no_lists_says_what_to_do(as_):
    assert "No hotlists yet" in as_("operator").get(reverse("hotlists:index")).content.decode()


def test_a_list_shows_its_entries_and_records_the_look(as_, wanted, propose):
    wanted()
    propose("ZZ99ZZZ")
    page = as_("investigator").get(reverse("hotlists:detail", args=["stolen"])).content.decode()
    assert "AB12 CDE" in page
    assert "Alerting" in page
    assert "Proposed" in page
    assert ledger.entries(limit=1)[0].event is ledger.AuditEvent.HOTLIST_VIEWED


def test_a_long_list_comes_in_pages(as_, wanted, django_assert_max_num_queries):
    template = wanted("AB00AAA")
    hotlists.create_list(
        template.authorised_by, slug="missing", name="Missing people", purpose="Those who are missing."
    )
    for list_id, head in ((template.hotlist_id, "AB"), (hotlists.find_list("missing").pk, "ZZ")):
        Entry.objects.bulk_create(
            Entry(
                hotlist_id=list_id,
                plate=f"{head}{number}AAA",
                reason="Taken",
                legal_basis="law-enforcement",
                source="Crime report",
                owner="Roads policing",
                priority="low",
                weed_at=template.weed_at,
                proposed_by=template.proposed_by,
            )
            for number in range(1, 60)
        )
    client, address = as_("investigator"), reverse("hotlists:detail", args=["stolen"])
    every: list[int] = []
    while address:
        with django_assert_max_num_queries(20):
            page = client.get(address).content.decode()
        shown = [
            int(pk)
            for pk in re.findall(
                r'<th scope="row"><a class="govuk-link" href="/hotlists/stolen/([0-9]+)/"', page
            )
        ]
        assert 0 < len(shown) <= 25
        every += shown
        (told,) = ledger.entries(limit=1)
        newest, oldest = told.details["newest"], told.details["oldest"]
        between = Entry.objects.filter(hotlist__slug="stolen", pk__lte=newest, pk__gte=oldest)
        assert between.count() == len(shown) == told.details["entries"]
        following = re.search(r'href="([^"]*\?after=[^"]*)"', page)
        address = html.unescape(following[1]) if following else ""
    kept = Entry.objects.filter(hotlist__slug="stolen").order_by("-pk").values_list("pk", flat=True)
    assert every == list(kept)
    assert len(every) == 60


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_others_do_not_see_lists(as_, wanted, role):
    entry = wanted()
    for name, args in (("index", []), ("detail", ["stolen"]), ("entry", ["stolen", entry.pk])):
        answer = as_(role).get(reverse(f"hotlists:{name}", args=args))
        assert answer.status_code == 403
        assert "AB12" not in answer.content.decode()


def test_what_is_missing_is_not_found(as_, stolen):
    for path in ("missing/", "missing/new", "stolen/99/", "missing/1/"):
        assert as_("investigator").get(f"/hotlists/{path}").status_code == 404


def test_an_investigator_proposes(as_, stolen):
    address = reverse("hotlists:propose", args=["stolen"])
    client = as_("investigator")
    assert client.get(address).status_code == 200
    answer = client.post(address, proposal(), follow=True)
    assert "authoriser has authorised it" in answer.content.decode()
    entry = Entry.objects.get()
    assert entry.plate == "AB12CDE"
    assert entry.weed_at.time().isoformat() == "00:00:00"
    assert (entry.weed_at.date() - timezone.now().date()).days == 28


@pytest.mark.parametrize("field", sorted(proposal()))
def test_each_field_is_required(as_, stolen, field):
    answer = as_("investigator").post(reverse("hotlists:propose", args=["stolen"]), proposal(**{field: ""}))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "There is a problem" in page
    assert f'href="#id_{field}' in page
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("plate", "—"),
        ("plate", "Ж1"),
        ("reason", "Stolen"),
        ("legal_basis", "protest"),
        ("weed_on", "tomorrow"),
        ("weed_on", 0),
        ("weed_on", 367),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(as_, stolen, field, given):
    if isinstance(given, int):
        given = str(timezone.now().date() + timedelta(days=given))
    address = reverse("hotlists:propose", args=["stolen"])
    answer = as_("investigator").post(address, proposal(**{field: given}))
    assert answer.status_code == 400
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert not Entry.objects.exists()


def test_the_last_possible_weed_date_is_taken(as_, stolen):
    weed_on = timezone.now().date() + timedelta(days=366)
    as_("investigator").post(reverse("hotlists:propose", args=["stolen"]), proposal(weed_on=str(weed_on)))
    assert Entry.objects.get().weed_at.date() == weed_on


def test_an_authoriser_decides(as_, propose):
    first, second = propose(), propose("ZZ99ZZZ")
    client = as_("authoriser")
    address = reverse("hotlists:entry", args=["stolen", first.pk])
    assert 'value="authorise"' in client.get(address).content.decode()
    page = client.post(address, {"decision": "authorise"}, follow=True).content.decode()
    assert "alerts from the next read on" in page
    assert 'value="authorise"' not in page
    assert 'value="withdraw"' in page
    address = reverse("hotlists:entry", args=["stolen", second.pk])
    answer = client.post(address, {"decision": "refuse"})
    assert answer.status_code == 400
    assert "Say why" in answer.content.decode()
    page = client.post(address, {"decision": "refuse", "why": "Too thin."}, follow=True).content.decode()
    assert "Too thin." in page
    assert {entry.state for entry in Entry.objects.all()} == {"authorised", "refused"}


def test_nobody_authorises_their_own(as_, propose):
    both = create_account(
        "both", "Both", [Role.INVESTIGATOR, Role.AUTHORISER], actor="tests", standing=TRAINED
    )
    address = reverse("hotlists:entry", args=["stolen", propose(user=both).pk])
    client = as_(both)
    page = client.get(address).content.decode()
    assert 'value="authorise"' not in page
    assert "another authoriser" in page
    answer = client.post(address, {"decision": "authorise"})
    assert answer.status_code == 403
    assert "Nobody authorises what they proposed" in answer.content.decode()
    assert Entry.objects.get().state == "proposed"


def test_an_operator_without_a_watch_is_told_whom_to_ask(as_, wanted):
    entry = wanted()
    for address in ("/hotlists/stolen/", f"/hotlists/stolen/{entry.pk}/"):
        answer = as_("operator").get(address)
        assert answer.status_code == 403
        assert "ask an authoriser" in answer.content.decode()
        assert "AB12" not in answer.content.decode()


def test_an_authoriser_makes_a_list(as_):
    client = as_("authoriser")
    assert reverse("hotlists:create") in client.get(reverse("hotlists:index")).content.decode()
    assert client.get(reverse("hotlists:create")).status_code == 200
    given = {"name": "Missing people", "purpose": "To find people who are missing from home."}
    answer = client.post(reverse("hotlists:create"), given, follow=True)
    assert answer.redirect_chain == [("/hotlists/missing-people/", 302)]
    assert hotlists.list_names() == (("missing-people", "Missing people"),)
    again = client.post(reverse("hotlists:create"), given)
    assert again.status_code == 400
    assert "already exists" in again.content.decode()


@pytest.mark.parametrize(
    "given",
    [{"name": ""}, {"name": "—"}, {"name": "x" * 81}, {"purpose": ""}, {"purpose": "Alerts"}],
    ids=str,
)
def test_a_list_that_says_too_little_is_not_made(as_, given):
    whole = {"name": "Missing people", "purpose": "To find people who are missing from home."}
    answer = as_("authoriser").post(reverse("hotlists:create"), whole | given)
    assert answer.status_code == 400
    assert f'id="id_{next(iter(given))}-error"' in answer.content.decode()
    assert hotlists.list_names() == ()


@pytest.mark.parametrize("role", ["operator", "investigator", "auditor", "administrator"])
def test_others_are_offered_no_list_to_make(as_, role):
    assert as_(role).get(reverse("hotlists:create")).status_code == 403
    assert "Make a list" not in as_(role).get(reverse("hotlists:index")).content.decode()


def test_an_operator_decides_nothing(as_, propose, people):
    address = reverse("hotlists:entry", args=["stolen", propose().pk])
    access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    client = as_("operator")
    assert 'name="decision"' not in client.get(address).content.decode()
    for decision in ("authorise", "refuse", "withdraw"):
        assert client.post(address, {"decision": decision, "why": "Because."}).status_code == 403
    assert client.post(address, {"decision": "delete"}).status_code == 400
    assert Entry.objects.get().state == "proposed"


def test_a_late_decision_is_told_so(as_, wanted, people):
    entry = wanted()
    hotlists.withdraw_entry(people.authoriser, entry.pk, why="Found.")
    address = reverse("hotlists:entry", args=["stolen", entry.pk])
    answer = as_("authoriser").post(address, {"decision": "withdraw", "why": "Found again."})
    assert answer.status_code == 409


def test_a_change_is_proposed_from_what_it_changes(as_, wanted):
    entry = wanted()
    client = as_("investigator")
    assert (
        "Propose a change"
        in client.get(reverse("hotlists:entry", args=["stolen", entry.pk])).content.decode()
    )
    address = reverse("hotlists:propose", args=["stolen"]) + f"?instead={entry.pk}"
    page = client.get(address).content.decode()
    assert 'value="AB12CDE"' in page
    assert f"Entry {entry.pk} goes on alerting" in page
    client.post(address, proposal(priority="low"))
    assert Entry.objects.get(priority="low").replaces == entry
    assert client.get(reverse("hotlists:propose", args=["stolen"]) + "?instead=99").status_code == 404


def test_looking_back_is_a_request_of_its_own_with_what_the_entry_says(as_, wanted):
    entry = wanted()
    client = as_("investigator")
    page = client.get(reverse("hotlists:entry", args=["stolen", entry.pk])).content.decode()
    assert "Open a request for its past" in page
    begun = {
        "begin": "yes",
        "case_reference": entry.case_reference,
        "reason": entry.reason,
        "patterns": entry.plate,
    }
    page = client.post("/requests/new/", begun).content.decode()
    assert "CR/04711/26" in page
    assert "AB12CDE" in page
    assert "There is a problem" not in page
    typed = {**begun, "purpose": "stolen_vehicle", "reach_days": "7"}
    del typed["begin"]
    assert client.post("/requests/new/", typed)["Location"].startswith("/search/R-")
