"""`turnpike feed …`: what it prints where, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from turnpike.cameras.services import register_camera
from turnpike.cli import doctor
from turnpike.cli import feed as verb
from turnpike.cli.doctor import _CHECKS
from turnpike.config import Config
from turnpike.errors import InputError, TurnpikeError
from turnpike.ingest.errors import FeedError
from turnpike.ingest.feed_directory import Directory
from turnpike.ingest.models import Feed
from turnpike.ingest.services import ConnectionState, IngestReport, SpoolState
from turnpike.ingest.spool_outage import Outage

if TYPE_CHECKING:
    from typer.testing import Result

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "prepare_records", lambda: None)
    register_camera(
        "tests", camera_id="gate", name="Gate", latitude=51.5, longitude=-0.1, heading_degrees=0,
        purpose="Tests", owner="Tests",
    )  # fmt: skip


MAPPED = ("--set", "plate=p", "--set", "captured_at=at")


def run(*arguments: str) -> Result:
    answer = CliRunner().invoke(verb.commands, list(arguments))
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer


def test_an_address_goes_to_stdout_and_the_warning_beside_it():
    answer = run("add", "north", "--adapter", "json", "--camera", "gate", *MAPPED, "--sender", "10.0.0.0/8")
    token = answer.stdout.strip().rsplit("/", 2)[-2]
    found = Directory().feeds().of_token(token)
    assert found is not None
    assert (dict(found.facts.settings), [str(one) for one in found.senders]) == (
        {"plate": "p", "captured_at": "at"},
        ["10.0.0.0/8"],
    )
    assert "cannot be shown again" in answer.stderr
    newer = run("address", "north", "--only").stdout.strip().rsplit("/", 2)[-2]
    known = Directory().feeds()
    assert known.of_token(newer)
    assert known.of_token(token) is None


def test_a_feed_is_mapped_listed_and_closed():
    run("add", "north", "--adapter", "json", *MAPPED)
    assert "Lane 2" in run("map", "north", "gate", "--source", "Lane 2").stdout
    assert len(run("password", "north", "--username", "cam-7").stdout.strip()) == 20
    told = json.loads(run("list", "--json").stdout)
    assert (told["cameras"], told["username"], told["open"]) == ({"Lane 2": "gate"}, "cam-7", True)
    assert "put aside" in run("map", "north", "", "--source", "Lane 2").stdout
    run("password", "north", "--remove")
    run("close", "north")
    assert json.loads(run("list", "--json").stdout)["open"] is False
    assert "closed" in run("list").stdout
    assert Feed.objects.get().username == ""


def test_what_cannot_be_done_is_one_sentence():
    with pytest.raises(FeedError, match="choose one of"):
        run("add", "north", "--adapter", "?")
    with pytest.raises(InputError, match="NAME=VALUE"):
        run("add", "north", "--adapter", "json", "--set", "plate")
    with pytest.raises(InputError, match="turnpike feed list"):
        run("close", "south")


def test_the_doctor_says_how_feeds_stand(configured):
    check = _CHECKS["feeds"]
    assert "none" in check()
    run("add", "north", "--adapter", "json", *MAPPED, "--certificate", "ab" * 32)
    with pytest.raises(TurnpikeError, match="feed_certificate_header"):
        check()
    configured(feed_certificate_header="X-Cert", trusted_proxies=1)
    assert check() == "1 open"
    Feed.objects.update(adapter="gone")
    with pytest.raises(TurnpikeError, match="Nothing here understands"):
        check()


NOW = datetime.now(UTC)
SPOOL = SpoolState(waiting=3, held_bytes=2_500_000, max_bytes=2 * 10**9, oldest_at=NOW, outage=None)


def told_by_the_server(monkeypatch, connections, spool=SPOOL):
    report = IngestReport(connections, spool)
    monkeypatch.setattr(doctor, "ingest_report", lambda: report)
    monkeypatch.setattr(verb, "ingest_report", lambda: report)


def test_doctor_and_list_say_how_what_is_fetched_is_connected(monkeypatch, configured):
    run("add", "north", "--adapter", "dahua-cgi", "--set", "address=192.0.2.64")
    away = ConnectionState(
        is_connected=False, since=NOW, told="The camera cannot be reached; check its address."
    )
    told_by_the_server(monkeypatch, {"north": away})
    with pytest.raises(
        TurnpikeError, match=r"1 of 1 fetched .* north since .*: The camera cannot be reached"
    ):
        _CHECKS["feeds"]()
    (line,) = run("list", "--json").stdout.splitlines()
    assert json.loads(line)["connection"]["told"] == away.told
    assert "not" in run("list").stdout
    told_by_the_server(monkeypatch, {"north": replace(away, is_connected=True, told="", lost=2)})
    assert _CHECKS["feeds"]() == "1 open, 1 fetched and connected; north lost 2 and passed over 0 messages"
    # Of a feed that was closed meanwhile nothing is asked.
    told_by_the_server(monkeypatch, {"gone": away})
    assert _CHECKS["feeds"]() == "1 open"


def test_the_doctor_says_how_full_the_spool_is(monkeypatch):
    told_by_the_server(monkeypatch, {})
    assert _CHECKS["spool"]().startswith(
        "3 messages wait to be understood in 2.5 of 2,000 MB, the oldest since 20"
    )
    told_by_the_server(monkeypatch, {}, replace(SPOOL, oldest_at=NOW - timedelta(hours=1)))
    with pytest.raises(TurnpikeError, match="not understood any more"):
        _CHECKS["spool"]()
    told_by_the_server(monkeypatch, {}, replace(SPOOL, outage=Outage("full", NOW, NOW, 1234)))
    with pytest.raises(TurnpikeError, match=r"refused since .* \(1,234 so far\)"):
        _CHECKS["spool"]()
    monkeypatch.setattr(doctor, "ingest_report", lambda: None)
    assert "no server" in _CHECKS["spool"]()


def test_a_certificate_header_without_a_proxy_is_refused():
    with pytest.raises(ValueError, match="trusted_proxies"):
        Config(feed_certificate_header="X-Cert")
