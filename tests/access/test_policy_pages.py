"""The pack reader: every rule in words beside its code, where a force differs, and which pack decided when."""

from __future__ import annotations

import html

import pytest

from turnpike import config
from turnpike.access import services as access
from turnpike.access.policy import base_pack, pack_named
from turnpike.access.policy_reading import differing, read_rules

pytestmark = pytest.mark.django_db


def body(response):
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("role", ["operator", "investigator", "authoriser", "auditor", "administrator"])
def test_whoever_is_signed_in_reads_every_rule_in_words_beside_its_code(client, people, role):
    client.force_login(getattr(people, role))
    page = body(client.get("/policy/"))
    pack = base_pack()
    assert pack.version in page
    for rule in pack.rules.values():
        assert f'id="{rule.id}"' in page
        assert rule.says in page
    for section in read_rules(pack):
        assert section.name in page
        for read in section.rules:
            assert read.code in page
    assert "an authoriser, superintendent or above" in page


def test_the_text_taken_apart_is_the_whole_text_of_its_rules():
    sections = read_rules(base_pack())
    assert [section.name for section in sections][:2] == ["Everyone", "Requests and searches"]
    codes = [rule.code for section in sections for rule in section.rules]
    assert len(codes) == len(base_pack().rules)
    assert all(code in base_pack().policy_text for code in codes)
    assert all(code.startswith("@id(") and code.endswith(";") for code in codes)
    assert not differing(sections)


def test_what_a_force_differs_in_stands_beside_the_base_with_its_source(client, people, monkeypatch):
    chosen = config.load().model_copy(update={"policy_pack": "west-yorkshire"})
    monkeypatch.setattr(config, "load", lambda: chosen)
    client.force_login(people.investigator)
    page = body(client.get("/policy/"))
    assert "West Yorkshire Police" in page
    assert "not confirmed by it" in page
    assert "westyorkshire.police.uk" in page
    assert "Nobody looks back more than a year here: ask for 366 days or less." in page
    assert "by a chief superintendent's authority." in page  # what the base says instead
    assert "A senior officer is read here as a superintendent" in page
    found = {rule.id: rule.differs for rule in differing(read_rules(pack_named("fenbridge")))}
    assert found == {"watch-is-a-shift": "replaces", "pictures-are-for-serious-cases": "adds"}


def test_a_pack_of_the_past_is_kept_to_read_and_says_that_it_decides_no_more(client, people, monkeypatch):
    chosen = config.load().model_copy(update={"policy_pack": "essex"})
    with monkeypatch.context() as patched:
        patched.setattr(config, "load", lambda: chosen)
        access.put_in_force()
    access.put_in_force()
    client.force_login(people.auditor)
    version = pack_named("essex").version
    page = body(client.get(f"/policy/{version}/"))
    assert "do not decide any more" in page
    assert version in body(client.get("/policy/"))


def test_a_pack_that_never_decided_here_has_no_page(client, people):
    client.force_login(people.auditor)
    for version in ("base@000000000000", pack_named("essex").version, "nothing"):
        assert client.get(f"/policy/{version}/").status_code == 404


def test_a_refusal_leads_to_the_rule_in_the_pack_that_decided(client, people):
    client.force_login(people.operator)
    with pytest.raises(access.Denied) as denied:
        access.authorise(people.operator, access.Action.ViewLog, resource="ledger")
    assert denied.value.decision.rules[0].id == "auditors-view-the-log"
    client.force_login(people.investigator)
    page = body(
        client.post(
            "/requests/new/",
            {
                "case_reference": "CR/09999/26",
                "purpose": "crime_investigation",
                "reason": "Burglary in Mill Lane at 02:10; a witness gave the plate",
                "reach_days": 90,
                "patterns": "AB12CDE",
            },
        )
    )
    assert f'href="/policy/{base_pack().version}/#case-is-known"' in page
