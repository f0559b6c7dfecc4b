"""The wall's event stream, through the site's own routes, with real commits."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.sessions.models import Session
from django.core.handlers.asgi import ASGIHandler
from django.test import AsyncClient
from django.utils import timezone
from tests.alert_world import stolen_list, stored_read, wanted
from tests.control.walls import SOON_S, STREAM, Wall, drive_past, open_wall, seen_entries

from turnpike.access import services as access
from turnpike.access.models import Watch
from turnpike.control import alert_stream
from turnpike.hotlists import services as hotlists
from turnpike.ledger import services as ledger

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_alert_arrives_within_a_second(on_watch, signals_only):
    client, _ = on_watch

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        first = await wall.soon()
        assert first.kind == "watches"
        assert [watched["name"] for watched in first.data["lists"]] == ["Stolen vehicles"]
        hit_id = await drive_past("A812CDE")
        event = await wall.soon()
        assert (event.kind, event.number) == ("alert", str(hit_id))
        shown = event.data
        assert (shown["plate_text"], shown["read_text"]) == ("AB12 CDE", "Read as A812 CDE")
        assert (shown["priority"], shown["list"], shown["kind"]) == ("high", "stolen", "near")
        assert (shown["camera"], shown["confidence"]) == ("bridge-north", 0.94)
        assert shown["captured_at"] == "2026-11-22T14:03:07.120+00:00"

    story()


def test_headers_keep_it_from_being_buffered_or_kept(on_watch):
    client, _ = on_watch

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        assert wall.response["Content-Type"] == "text/event-stream"
        assert wall.response["Cache-Control"] == "no-store"
        assert wall.response["X-Accel-Buffering"] == "no"

    story()


def test_the_ledger_has_one_entry_before_the_event(on_watch):
    client, watch = on_watch

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        hit_id = await drive_past()
        assert await seen_entries() == []
        await wall.soon()
        assert await seen_entries() == [str(hit_id)]
        newest = (await sync_to_async(ledger.entries)(limit=1))[0]
        assert (newest.actor, newest.details["watch"]) == ("operator", watch.pk)

    story()


def test_what_the_ledger_cannot_hold_is_not_sent(on_watch, monkeypatch):
    client, _ = on_watch

    def broken(*_: object, **__: object) -> None:
        raise ledger.LedgerError("The ledger cannot be written.")

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        monkeypatch.setattr("turnpike.access.alert_viewing.record", broken)
        await drive_past()
        with pytest.raises(ledger.LedgerError):
            await wall.soon()

    story()


def test_the_stream_closes_when_the_watch_is_revoked(on_watch, signals_only, people):
    client, watch = on_watch

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        await sync_to_async(access.revoke_watch)(people.authoriser, watch.pk)
        (ended,) = await wall.end()
        assert ended.kind == "ended"
        assert "Ask an authoriser" in ended.data["why"]

    story()
    assert len(hotlists.exchange) == 0


@pytest.mark.parametrize(
    "cause", ["revoked elsewhere", "expired", "account closed", "role taken", "signed out"]
)
def test_the_stream_closes_at_the_first_look_after_any_other_end(on_watch, people, cause, monkeypatch):
    assert alert_stream.RECHECK_S <= 1
    monkeypatch.setattr(alert_stream, "RECHECK_S", 0.05)
    client, watch = on_watch

    @sync_to_async
    def end() -> None:
        """As another process would: without any signal in this one."""
        if cause == "revoked elsewhere":
            Watch.objects.filter(pk=watch.pk).update(revoked_at=timezone.now())
        elif cause == "expired":
            Watch.objects.filter(pk=watch.pk).update(expires_at=timezone.now())
        elif cause == "account closed":
            type(people.operator).objects.filter(pk=people.operator.pk).update(is_active=False)
        elif cause == "role taken":
            people.operator.role_grants.all().delete()
        else:
            Session.objects.all().delete()

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        await end()
        (ended,) = await wall.end()
        assert ended.kind == "ended"

    story()


def test_a_read_after_the_revocation_is_not_seen(on_watch, people):
    client, watch = on_watch

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        await sync_to_async(access.revoke_watch)(people.authoriser, watch.pk)
        await drive_past()
        assert [event.kind for event in await wall.end()] == ["ended"]
        assert await seen_entries() == []

    story()


def test_without_a_watch_there_is_no_stream(people):
    stolen_list(people)
    client = AsyncClient()
    client.force_login(people.operator)

    @async_to_sync
    async def story() -> None:
        for ask in (client.get, client.head):
            response = await ask(STREAM)
            assert response.status_code == 403
        assert "Ask an authoriser for a watch" in (await client.get(STREAM)).content.decode()

    story()


def test_others_have_no_stream(people):
    client = AsyncClient()

    @async_to_sync
    async def story() -> None:
        assert (await client.get(STREAM)).status_code == 302
        await client.aforce_login(people.investigator)
        assert (await client.get(STREAM)).status_code == 403

    story()


def test_another_lists_alerts_are_not_seen_until_it_is_watched(on_watch, people, signals_only):
    client, _ = on_watch
    hotlists.create_list(
        people.authoriser, slug="uninsured", name="Uninsured", purpose="Vehicles without insurance."
    )
    wanted(people, "ZZ99ZZZ", list_slug="uninsured")

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        other = await drive_past("ZZ99ZZZ")
        ours = await drive_past()
        assert (await wall.soon()).number == str(ours)
        assert await seen_entries() == [str(ours)]
        await sync_to_async(access.grant_watch)(people.authoriser, people.operator, "uninsured", 1)
        assert len((await wall.soon()).data["lists"]) == 2
        assert (await wall.soon()).number == str(other)

    story()


def test_of_two_watches_the_end_of_one_leaves_the_other(on_watch, people, signals_only):
    client, watch = on_watch
    hotlists.create_list(
        people.authoriser, slug="uninsured", name="Uninsured", purpose="Vehicles without insurance."
    )
    access.grant_watch(people.authoriser, people.operator, "uninsured", 1)

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        await sync_to_async(access.revoke_watch)(people.authoriser, watch.pk)
        event = await wall.soon()
        assert [watched["slug"] for watched in event.data["lists"]] == ["uninsured"]

    story()


def test_what_was_missed_is_replayed_once_recorded_once(on_watch, people):
    client, _ = on_watch
    first, second, third = (hotlists.match([stored_read()])[0].pk for _ in range(3))

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        assert [(await wall.soon()).number for _ in range(3)] == [str(first), str(second), str(third)]
        wall = await open_wall(client, **{"Last-Event-ID": str(first)})
        await wall.soon()
        assert [(await wall.soon()).number for _ in range(2)] == [str(second), str(third)]
        fourth = await drive_past()
        assert (await wall.soon()).number == str(fourth)
        assert await seen_entries() == [str(number) for number in (first, second, third, fourth)]

    story()


def test_what_was_never_seen_is_sent_whatever_was_seen_last(on_watch):
    """Numbers are given out before they are committed, so a lower one can come later."""
    client, _ = on_watch
    hit_id = hotlists.match([stored_read()])[0].pk

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client, **{"Last-Event-ID": str(hit_id + 100)})
        await wall.soon()
        assert (await wall.soon()).number == str(hit_id)

    story()


def test_an_alert_raised_while_the_stream_begins_is_sent_once(on_watch, signals_only):
    client, _ = on_watch

    @async_to_sync
    async def story() -> None:
        response = await client.get(STREAM)
        assert (await anext(aiter(response.streaming_content))).startswith(b"retry")
        # Subscribed by now, and the records not yet asked: this alert comes both ways.
        both_ways = await drive_past()
        wall = Wall(response)
        assert (await wall.soon()).kind == "watches"
        assert (await wall.soon()).number == str(both_ways)
        next_one = await drive_past()
        assert (await wall.soon()).number == str(next_one)

    story()


def test_what_is_settled_is_not_replayed_as_waiting(on_watch, people):
    client, _ = on_watch
    hit_id = hotlists.match([stored_read()])[0].pk
    hotlists.note_seen(people.operator, hit_id)
    hotlists.action_hit(people.operator, hit_id, outcome=hotlists.Outcome.CONFIRMED, note="")

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        assert (await wall.soon()).kind == "watches"
        event = await wall.soon()
        assert (event.kind, event.number, event.data["id"]) == ("actioned", "", hit_id)
        assert event.data["outcome_text"] == "Confirmed and passed on, by Operator"

    story()


def test_an_outcome_shows_on_every_wall(on_watch, people, signals_only):
    client, _ = on_watch

    @async_to_sync
    async def story() -> None:
        one, other = await open_wall(client), await open_wall(client)
        for wall in (one, other):
            await wall.soon()
        hit_id = await drive_past()
        for wall in (one, other):
            assert (await wall.soon()).kind == "alert"
        await sync_to_async(hotlists.action_hit)(
            people.operator, hit_id, outcome=hotlists.Outcome.MISREAD, note=""
        )
        for wall in (one, other):
            event = await wall.soon()
            assert (event.kind, event.data["id"]) == ("actioned", hit_id)

    story()


def test_a_wall_that_does_not_keep_up_is_cut_and_finds_the_rest(on_watch, monkeypatch, people):
    client, _ = on_watch
    monkeypatch.setattr(hotlists.exchange, "_capacity", 2)

    @async_to_sync
    async def story() -> None:
        wall = await open_wall(client)
        await wall.soon()
        hits = [await drive_past() for _ in range(3)]
        assert await wall.end() == []
        wall = await open_wall(client)
        await wall.soon()
        assert [(await wall.soon()).number for _ in hits] == [str(number) for number in hits]

    story()


def test_a_quiet_stream_beats(on_watch, monkeypatch):
    client, _ = on_watch
    monkeypatch.setattr(alert_stream, "RECHECK_S", 0.01)
    monkeypatch.setattr(alert_stream, "HEARTBEAT_S", 0.01)

    @async_to_sync
    async def story() -> None:
        response = await client.get(STREAM)
        stream = aiter(response.streaming_content)
        async with asyncio.timeout(SOON_S):
            while await anext(stream) != b": still here\n\n":
                pass

    story()


def test_a_browser_that_goes_away_is_forgotten(on_watch, signals_only):
    client, _ = on_watch
    scope = {
        "type": "http",
        "method": "GET",
        "path": STREAM,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"cookie", client.cookies.output(header="", sep=";").encode())],
    }

    @async_to_sync
    async def story() -> None:
        server = ApplicationCommunicator(ASGIHandler(), scope)
        await server.send_input({"type": "http.request"})
        assert (await server.receive_output(SOON_S))["status"] == 200
        while b"event: watches" not in (await server.receive_output(SOON_S))["body"]:
            pass
        assert len(hotlists.exchange) == 1
        await server.send_input({"type": "http.disconnect"})
        await server.wait(SOON_S)
        assert len(hotlists.exchange) == 0

    story()
