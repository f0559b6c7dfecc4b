"""The pages of declarations and of outside decisions, and the command of professional standards."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from turnpike.access import services as access
from turnpike.access.models import OutsideMatter, Relation
from turnpike.cli.main import app

pytestmark = pytest.mark.django_db
HERS = "AB12CDE"


def body(response):
    return response.content.decode()


def declare(client, plate=HERS):
    return client.post("/declarations/", {"plate": plate, "kind": "family"})


def test_a_plate_is_shown_once_as_entered_and_never_again(client, people):
    client.force_login(people.investigator)
    answer = declare(client, "ab12 cde")
    assert answer.status_code == 200
    assert "AB12" in body(answer)
    again = body(client.get("/declarations/"))
    assert "AB12" not in again
    assert "You have declared 1 plate." in again
    assert "You had declared this before" in body(declare(client))
    assert Relation.objects.count() == 1


def test_nobody_ends_a_declaration_of_their_own(client, people):
    client.force_login(people.investigator)
    declare(client)
    assert client.delete("/declarations/").status_code == 405
    for typed in (
        {"end": HERS},
        {"plate": HERS, "kind": "family", "end": "yes"},
        {"plate": HERS, "kind": "none"},
    ):
        client.post("/declarations/", typed)
    (relation,) = Relation.objects.all()
    assert relation.ended_at is None


def test_what_is_no_plate_is_said(client, people):
    client.force_login(people.operator)
    assert declare(client, "---").status_code == 400
    assert client.post("/declarations/", {"plate": HERS}).status_code == 400


def test_the_requester_sees_neutral_words_and_the_outsider_the_reason(
    client, people, opened, store, search_for
):
    access.declare(people.investigator, HERS, access.RelationKind.HOUSEHOLD)
    with pytest.raises(access.Denied):
        search_for(opened.number, HERS)
    client.force_login(people.investigator)
    page = body(client.get(f"/requests/{opened.number}/"))
    assert "Not decided yet" in page
    assert "household" not in page.lower().replace("declarations", "")
    number = OutsideMatter.objects.get().pk
    client.force_login(people.professional_standards)
    assert f"/outside/{number}/" in body(client.get("/outside/"))
    shown = body(client.get(f"/outside/{number}/"))
    assert "Vehicle of the household, declared about the requester by themselves" in shown
    assert HERS not in shown
    assert "AB12" not in shown
    assert client.post(f"/outside/{number}/", {"refuse": "yes"}).status_code == 400
    assert client.post(f"/outside/{number}/", {"refuse": "yes", "why": "not_shown"}).status_code == 302
    client.force_login(people.investigator)
    assert "does not show why this look is needed" in body(client.get(f"/requests/{opened.number}/"))


def test_letting_it_through_by_the_page(client, people, opened, store, search_for):
    access.declare(people.investigator, HERS, access.RelationKind.HOUSEHOLD)
    with pytest.raises(access.Denied):
        search_for(opened.number, HERS)
    number = OutsideMatter.objects.get().pk
    client.force_login(people.authoriser)
    assert client.get(f"/outside/{number}/").status_code == 403
    client.force_login(people.professional_standards)
    assert client.post(f"/outside/{number}/").status_code == 302
    assert OutsideMatter.objects.get().granted
    assert client.get(f"/outside/{number}/").status_code == 302
    assert search_for(opened.number, HERS).reads == ()


def test_a_declaration_while_the_sealer_is_away_is_said_and_not_kept(client, people, monkeypatch, tmp_path):
    from turnpike import config

    changed = config.load().model_copy(update={"sealer_socket": str(tmp_path / "none.sock")})
    monkeypatch.setattr(config, "load", lambda: changed)
    client.force_login(people.investigator)
    answer = declare(client)
    assert answer.status_code == 503
    assert "sealer does not answer" in body(answer)
    assert not Relation.objects.exists()


def test_professional_standards_declares_lists_and_ends_by_command(people, monkeypatch, opened):
    monkeypatch.setattr("turnpike.cli.relation.prepare_records", lambda: None)

    def run(*arguments, typed=""):
        return CliRunner().invoke(app, ["relation", *arguments], input=typed)

    why = "Named in complaint PS/12 as his former partner"
    added = run("add", "investigator", "--kind", "family", "--why", why, typed="AB12 CDE\n")
    assert (added.exit_code, "Declared." in added.output) == (0, True)
    listed = run("list", "investigator")
    assert "shell:" in listed.output
    assert "AB12" not in added.output + listed.output
    ended = run("end", "investigator", "--why", why, typed="AB12CDE\n")
    assert "Ended." in ended.output
    assert access.all_declarations(people.investigator) == ()
    assert run("add", "investigator", "--kind", "friend", "--why", why).exit_code == 1
    assert run("list", "nobody").exit_code == 1
