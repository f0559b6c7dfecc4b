"""Past decisions made again: the same under the policy of their day, and otherwise under a draft that says otherwise."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from turnpike.access import services as access
from turnpike.access.models import PolicyPack, PolicyUse
from turnpike.access.policy import base_pack
from turnpike.cli.main import app

from .conftest import REASON, new_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def a_day(people, opened, stored, search_for):
    """Requests, searches, denials and a watch."""
    stored(new_read("AB12CDE"))
    search_for(opened.number, "AB12CDE")
    with pytest.raises(access.Denied):
        access.open_request(
            people.operator,
            case_reference="CR/01234/26",
            purpose="crime_investigation",
            reason=REASON,
            patterns=("AB12*",),
        )
    access.grant_watch(people.authoriser, people.operator, "stolen", 8)


@pytest.fixture
def draft(tmp_path):
    """The base pack with a stricter rule on watches, in a folder."""
    folder = tmp_path / "strict"
    folder.mkdir()
    (folder / "schema.cedarschema").write_text(base_pack().schema_text)
    text = base_pack().policy_text
    assert "context.hours <= 24" in text
    (folder / "policy.cedar").write_text(text.replace("context.hours <= 24", "context.hours <= 4"))
    return folder


@pytest.mark.usefixtures("a_day")
def test_every_decision_comes_out_the_same_under_the_policy_of_its_day():
    found = list(access.replay("tests"))
    assert {one.action for one in found} == {"OpenRequest", "Search", "GrantWatch"}
    assert any("investigators-open-requests" in one.was for one in found)
    assert all(one.is_same for one in found)


@pytest.mark.usefixtures("a_day")
def test_a_draft_shows_what_it_would_change(draft):
    others = [one for one in access.replay("tests", access.pack_in(draft)) if not one.is_same]
    (one,) = others
    assert (one.action, one.was, one.now) == ("GrantWatch", ("grant-watch",), ("watch-is-a-shift",))


@pytest.mark.usefixtures("a_day")
def test_a_pack_that_was_lost_or_altered_is_said():
    PolicyPack.objects.update(policy_text=base_pack().policy_text + " // more")
    with pytest.raises(access.PackError, match="was altered"):
        list(access.replay("tests"))
    PolicyUse.objects.all().delete()
    PolicyPack.objects.all().delete()
    with pytest.raises(access.PackError, match="No text"):
        list(access.replay("tests"))


def run(*arguments):
    return CliRunner().invoke(app, ["policy", "replay", *map(str, arguments)])


@pytest.mark.usefixtures("a_day")
def test_the_command_tells_rules_and_no_plate(draft, monkeypatch):
    monkeypatch.setattr("turnpike.cli.policy.prepare_records", lambda: None)
    same = run()
    assert same.exit_code == 0
    assert "0 of them come out otherwise." in same.output
    other = run("--draft", draft)
    assert other.exit_code == 0
    assert "GrantWatch: grant-watch -> watch-is-a-shift" in other.output
    assert "AB12CDE" not in same.output + other.output


def test_a_folder_without_a_pack_is_said(tmp_path):
    with pytest.raises(access.PackError, match="holds neither overlay"):
        access.pack_in(tmp_path)
