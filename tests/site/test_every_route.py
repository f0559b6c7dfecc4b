"""The one door, walked from outside: no route and no service hands out read data without an entry and a decision that came before.

Every address of the site and every function of `access` and `hotlists` stands in a table here; one that is new and stands in none
fails. Each is tried as every role and as nobody, first with a ledger that takes no entry, then with one that does.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import AsyncClient, Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from tests.door_world import LIST, PATTERN, PLATES, REASON, World, make_world
from tests.known_plates import plates_in

from turnpike.access import services as access
from turnpike.access.policy import base_pack, decide_again
from turnpike.accounts.services import Role
from turnpike.errors import TurnpikeError
from turnpike.hotlists import services as hotlists
from turnpike.hotlists.models import Hit
from turnpike.images.services import PatchStore
from turnpike.ingest import feeds
from turnpike.ledger import services as ledger
from turnpike.reads import services as reads

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

NOBODY = "nobody"
ACTORS = (*(role.value for role in Role), NOBODY)
Body = dict[str, str]


FEED = "mill-lane-feed"


def where(world: World) -> dict[str, list[dict[str, Any]]]:
    """Each route's arguments, once for each thing of its kind."""
    number = {"number": world.request}
    search = access.find_search(world.people.investigator, world.request, world.search)
    assert search is not None
    proposals = [one for one in ledger.entries(limit=2_000) if one.event.value.endswith("entry_proposed")]
    proposed = proposals[-1].index
    each_read = [{**number, "read_id": read_id} for read_id in world.read_ids.values()]
    entries = [{"slug": LIST, "entry_id": entry} for entry in (world.entry, world.proposed)]
    plain = (
        "home health web:governance account_login account_logout sessions choose_password alerts:wall access:cases access:requests "
        "access:new_request access:emergency access:authorities access:watches hotlists:index hotlists:create cameras:list "
        "ingest:messages ingest:replay feeds:index feeds:choose oversight:log oversight:verify oversight:who receipts:own access:agreements access:new_agreement "
        "access:new_consultation access:declarations access:outside access:policy account_reauthenticate mfa_index mfa_activate_totp "
        "mfa_deactivate_totp mfa_add_webauthn mfa_authenticate mfa_login_webauthn mfa_reauthenticate mfa_reauthenticate_webauthn "
        "mfa_generate_recovery_codes mfa_view_recovery_codes checkpoint system_health metrics ready tlog_keys oversight:search commissioner:console commissioner:check "
        "commissioner:sample commissioner:read commissioner:canaries commissioner:statistics commissioner:bundle "
        "cameras:new_camera cameras:cases cameras:approve_several cameras:map_cameras cameras:map_tiles places:camera_places places:camera_places_json"
    )
    agreement = {"number": "A-2026-001"}
    published = [{"path": path} for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1")]
    provider = {"provider_id": "force"}
    return {
        **{name: [{}] for name in plain.split()},
        "tlog": published,
        "sign_in_once": [{"token": "unknown"}],
        "end_session": [{"number": 1}],
        "alerts:stream": [],  # by `test_every_route_the_stream_too`
        "alerts:alert": [{"hit_id": world.hit}],
        "alerts:patch": [{"hit_id": world.hit}],
        "access:request": [number],
        "access:outcome": [number],
        "access:close_request": [{"number": world.emergency}],
        "access:authority": [{"number": world.waiting}],
        "access:agreement": [agreement],
        "access:new_terms": [agreement],
        "access:decide_terms": [{**agreement, "version": 1}],
        "access:end_agreement": [agreement],
        "access:matter": [{"matter_id": 1}],
        "access:policy_pack": [{"version": base_pack().version}],
        "mfa_remove_webauthn": [{"pk": 1}],
        "openid_connect_login": [provider],
        "openid_connect_callback": [provider],
        "prove_with_provider": [provider],
        "access:delegations": [{}],
        "access:end_delegation": [{"delegation_id": 10_000}],
        "access:review": [{"number": world.emergency}],
        "access:revoke_watch": [{"watch_id": 10_000}],
        "search:search": [number],
        "search:read": each_read,
        "search:patch": each_read,
        "search:export": [
            {**number, "search_id": world.search, "scope": scope} for scope in ("these", "all")
        ],
        "hotlists:detail": [{"slug": LIST}],
        "hotlists:propose": [{"slug": LIST}],
        "hotlists:entry": entries,
        **{
            name: [{"camera_id": "mill-lane"}]
            for name in (
                "cameras:camera",
                "cameras:change_camera",
                "cameras:place",
                "cameras:new_test",
                "cameras:new_case",
                "cameras:end_case",
            )
        },
        "cameras:decide_case": [{"camera_id": "mill-lane", "case_id": 1}],
        "feeds:new": [{"adapter": "json"}],
        **{
            f"feeds:{name}": [{"feed_name": FEED}]
            for name in ("feed", "change", "try_out", "camera", "secrets", "close")
        },
        # A plate that was proposed, what was asked for, and what was returned.
        "oversight:entry": [
            {"index": index} for index in (proposed, search.intent_entry, search.returned_entry)
        ],
        "receipts:slip": [{"entry": search.intent_entry}, {"entry": search.returned_entry}],
    }


def bodies(world: World) -> dict[str, list[Body]]:
    """What is posted to a route, beside nothing at all; never one of the plates that are known here."""
    span = {name: at.strftime("%Y-%m-%dT%H:%M:%S") for name, at in world.span.items()}
    return {
        "search:search": [{"pattern": PATTERN, **span}],
        "search:export": [{"form": form.value} for form in access.ExportFormat],
        "access:new_request": [
            {
                "case_reference": "CR/01234/26",
                "purpose": "crime_investigation",
                "reason": REASON,
                "reach_days": "90",
                "patterns": PATTERN,
            }
        ],
        "access:emergency": [{"reason": REASON}],
        "access:outcome": [{"outcome": "nothing", "note": ""}],
        "access:authority": [{"refuse": "", "why": "Too little is said of what happened."}],
        "access:review": [{"justified": "yes", "remarks": "Looked at the searches; they fit what was said."}],
        "alerts:alert": [{"outcome": "confirmed", "note": "Stopped in Mill Lane."}],
        "ingest:replay": [{"message": "1"}],
        "feeds:new": [{"name": "another", "time_zone": "UTC"}],
        "feeds:camera": [{"source": "Lane 2", "camera_id": "mill-lane"}],
        "feeds:try_out": [{"sample": "{}"}],
        "feeds:change": [{"time_zone": "UTC", "messages_a_minute": "60"}],
        "feeds:secrets": [{"what": "address"}, {"what": "password", "username": "cam-7"}],
        "commissioner:canaries": [{"searches": f"investigator,2026-11-22 14:03,{PATTERN}"}],
        "hotlists:entry": [{"decision": "refuse", "why": "Not enough is said."}],
    }


def queries(world: World) -> dict[str, list[str]]:
    """What is asked of a page in its address, beside nothing at all."""
    return {
        "oversight:search": ["?text="],
        "commissioner:sample": ["?seed=s&how_many=100&kind="],
        "commissioner:statistics": ["?seed=s"],
        "commissioner:read": [f"?read={read_id}" for read_id in world.read_ids.values()],
    }


LAST = ("choose_password", "end_session", "account_logout")
"""These end the session of whoever walks."""


def route_names(patterns: Iterable[Any], space: str = "") -> set[str]:
    names: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = pattern.namespace or ""
            names |= route_names(pattern.url_patterns, f"{space}{inner}:" if inner else space)
        elif isinstance(pattern, URLPattern):
            names.add(f"{space}{pattern.name}")
    return names


def calls(world: World) -> Iterator[tuple[str, str, Body]]:
    """Method, address and body of everything that can be asked of the site."""
    arguments, posted, asked = where(world), bodies(world), queries(world)
    for name in sorted(arguments, key=lambda name: (name in LAST, name)):
        for kwargs in arguments[name]:
            address = reverse(name, kwargs=kwargs)
            yield "GET", address, {}
            yield from (("GET", address + query, {}) for query in asked.get(name, ()))
            yield "HEAD", address, {}
            for body in ({}, *posted.get(name, ())):
                yield "POST", address, body


@pytest.fixture
def world(people, case, store, settings, monkeypatch) -> World:
    # Begun in a thread it would outlast the test whose records it reads.
    monkeypatch.setattr("turnpike.oversight.log_checks._start", lambda _: None)
    settings.ACCOUNT_RATE_LIMITS = {}
    made = make_world(people, case, store)
    feeds.open_feed("tests", name=FEED, adapter="json", camera_id="mill-lane")
    return made


@pytest.fixture
def clients(world) -> dict[str, Client]:
    """A signed-in browser a role, and one of nobody; an answer of 500 is an answer."""
    made = {}
    for actor in ACTORS:
        made[actor] = Client(raise_request_exception=False)
        if actor != NOBODY:
            made[actor].force_login(getattr(world.people, actor))
    return made


@contextmanager
def broken_ledger() -> Iterator[None]:
    """The database refuses every entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER refuse_entries BEFORE INSERT ON ledger_entry BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse_entries")


def shown(world: World, data: bytes) -> set[str]:
    """The plates whose text or picture is in what was handed out."""
    return plates_in(data, PLATES) | {plate for plate, patch in world.patches.items() if patch in data}


def allowed(entry: ledger.LedgerEntry, actor: str) -> bool:
    """Whether the entry is this person's and carries a decision that allowed, made again here from what it was told."""
    asked = entry.details.get("asked")
    if entry.actor != actor or not isinstance(asked, str) or not asked:
        return False
    told = json.loads(asked)
    return told["principal"]["uid"]["id"] == actor and decide_again(asked, base_pack()).allowed


def speaks_of(world: World, entry: ledger.LedgerEntry, plate: str) -> bool:
    """Whether what the entry allowed holds that plate."""
    details = entry.details
    read_id = world.read_ids.get(plate)
    listed = details.get("reads")
    if entry.event in (ledger.AuditEvent.LEDGER_VIEWED, ledger.AuditEvent.LOG_SEARCHED):
        return True
    if plate in (PLATES[0], PLATES[1]) and details.get("hotlist") == LIST:
        return True
    return details.get("read") == read_id or (isinstance(listed, list) and read_id in listed)


def justify(world: World, actor: str, plates: set[str], before: int, what: str) -> None:
    """Fail unless each plate stands in an entry written since `before`, by this person, with what allowed it."""
    size = ledger.state().size
    written = ledger.entries(limit=size - before, before=size) if size > before else ()
    # A wall shows again what its watcher was shown before; that each was shown once is in the ledger.
    own = [look.entry for look in ledger.own_looks(actor, limit=500)]
    seen = [one for one in own if one.event is ledger.AuditEvent.ALERT_SEEN]
    answers = {one.details.get("intent") for one in written}
    intents = {one.index for one in written if allowed(one, actor)}
    for plate in plates:
        fitting = [one for one in (*written, *seen) if one.actor == actor and speaks_of(world, one, plate)]
        # What was returned stands in the entry that answers the one with the decision.
        decided = [one for one in fitting if allowed(one, actor) or one.details.get("intent") in intents]
        assert decided, f"{what} as {actor} shows {plate} without an entry and a decision: {answers}"


class Watched:
    """The read store, noting what was in the ledger when it was asked for whole reads."""

    def __init__(self, store: reads.ReadStore) -> None:
        self._store = store
        self.before = 0
        self.faults: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in ("search", "get", "pick", "since", "count_matching"):
            self.check(name)
        return getattr(self._store, name)

    def check(self, name: str) -> None:
        if ledger.state().size == self.before or connection.in_atomic_block:
            self.faults.append(f"{name} ran before an entry was committed")


@pytest.fixture
def watched(store, world, monkeypatch) -> Watched:
    """Stands before the store and the pictures, from when the world is made."""
    standing = Watched(store)
    reads.attach(standing)  # type: ignore[arg-type]  # it has of the store what is asked of it
    read = PatchStore.read

    def noted(own: PatchStore, batch: int, slot: int) -> bytes | None:
        standing.check("a picture")
        return read(own, batch, slot)

    monkeypatch.setattr(PatchStore, "read", noted)
    return standing


def answer(client: Client, method: str, address: str, body: Body) -> tuple[int, bytes]:
    response = client.post(address, body) if method == "POST" else client.generic(method, address)
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    # A ZIP has to come first to be known as one.
    return response.status_code, response.content + b"\n" + headers.encode()


def test_every_route_stands_in_the_walk(world):
    assert set(where(world)) == route_names(get_resolver().url_patterns), "put the new route into `where`"


def test_every_route_shows_no_read_data_where_no_entry_can_be_written(world, clients):
    walk = list(calls(world))
    with broken_ledger():
        for actor, client in clients.items():
            for method, address, body in walk:
                status, data = answer(copy(client), method, address, body)
                assert not shown(world, data), f"{method} {address} as {actor}: {status}, and no entry"


def test_every_route_shows_read_data_only_after_an_entry_and_a_decision_that_allows(world, clients, watched):
    told: dict[str, set[str]] = {}
    for actor, client in clients.items():
        for method, address, body in calls(world):
            watched.before = before = ledger.state().size
            status, data = answer(client, method, address, body)
            assert status != 500, f"{method} {address} as {actor}"
            plates = shown(world, data)
            if plates:
                justify(world, actor, plates, before, f"{method} {address}")
                told.setdefault(actor, set()).add(address.split("/")[1])
    assert watched.faults == []
    # Else the walk would prove nothing: these do see something, each in their own places, and nobody else does.
    assert told == {
        "operator": {"alerts", "hotlists"},
        "investigator": {"search", "hotlists"},
        "authoriser": {"hotlists"},
        "auditor": {"log"},
        # In the log alone: the console's own pages hide plates.
        "commissioner": {"log"},
    }


def test_every_route_the_stream_too(world, clients):
    @async_to_sync
    async def first_events(actor: str) -> bytes:
        client = AsyncClient(raise_request_exception=False)
        client.cookies = clients[actor].cookies
        response: Any = await client.get("/alerts/stream")
        if not response.streaming:
            return bytes(response.content)
        got = b""
        async with asyncio.timeout(20):
            async for chunk in response.streaming_content:
                got += chunk
                if b"event: alert" in got or b"event: ended" in got:
                    break
        return got

    with broken_ledger():
        for actor in ACTORS:
            try:
                assert not shown(world, first_events(actor)), actor
            except ledger.LedgerError:
                continue
    told = {}
    for actor in ACTORS:
        before = ledger.state().size
        plates = shown(world, first_events(actor))
        justify(world, actor, plates, before, "/alerts/stream")
        told[actor] = bool(plates)
    assert [actor for actor, saw in told.items() if saw] == ["operator"]


# ---- services

Call = Callable[[Any, World], object]


def looks(world: World) -> dict[str, Call]:
    """Every function that can hand read data to the person it is given."""
    read_id = list(world.read_ids.values())
    csv, these = access.ExportFormat.CSV, access.ExportScope.THESE
    hit = Hit.objects.get(pk=world.hit)
    alert = access.Seen(
        hit=str(hit.pk),
        list_slug=LIST,
        read_id=hit.read_id,
        camera_id=hit.camera_id,
        captured_at=hit.captured_at,
        case_reference=hit.entry.case_reference,
        plates=(hit.entry.plate, hit.read_plate),
    )
    return {
        "access.search": lambda who, w: access.search(who, w.request, pattern=PATTERN, **w.span),
        "access.view_read": lambda who, w: tried(lambda one: access.view_read(who, w.request, one), read_id),
        "access.view_patch": lambda who, w: tried(
            lambda one: access.view_patch(who, w.request, one), read_id
        ),
        "access.export_reads": lambda who, w: access.export_reads(
            who, w.request, w.search, scope=these, form=csv
        ),
        "access.see_alert": lambda who, w: access.see_alert(who, w.watch, alert),
        "access.open_alert": lambda who, w: access.open_alert(who, w.watch, alert),
        "access.check_alert": lambda who, w: access.check_alert(who, w.watch, alert),
        "access.patch_for_alert": lambda who, w: access.patch_for_alert(who, w.watch, alert),
        "access.find_request": lambda who, w: access.find_request(who, w.request),
        "access.find_search": lambda who, w: access.find_search(who, w.request, w.search),
        "hotlists.view_list": lambda who, _: hotlists.view_list(who, LIST),
        "hotlists.view_entry": lambda who, w: hotlists.view_entry(who, LIST, w.entry),
        "hotlists.action_hit": lambda who, w: hotlists.action_hit(
            who, w.hit, outcome=hotlists.Outcome.CONFIRMED, note="In Mill Lane"
        ),
        "hotlists.authorise_entry": lambda who, w: hotlists.authorise_entry(who, w.proposed),
        "hotlists.refuse_entry": lambda who, w: hotlists.refuse_entry(who, w.proposed, why="Too little"),
        "hotlists.withdraw_entry": lambda who, w: hotlists.withdraw_entry(who, w.entry, why="Found again"),
        "hotlists.propose_entry": lambda who, _: hotlists.propose_entry(
            who,
            list_slug=LIST,
            plate="AA11AAA",
            case_reference="CR/01234/26",
            reason=REASON,
            legal_basis=hotlists.LegalBasis.LAW_ENFORCEMENT,
            source="s",
            owner="o",
            priority=hotlists.Priority.LOW,
            weed_at=timezone.now() + timedelta(days=3),
        ),
    }


NO_READS = {
    "access": {
        # Agreements and what they open: cameras, fields and days, no read.
        *[
            "agreed_purpose_label",
            "agreement_standing",
            "all_agreements",
            "all_consultations",
            "decide_terms",
            "end_agreement",
            "fields_for_matching",
            "fields_open_for_matching",
            "find_agreement",
            "overdue_proofs",
            "owed_proofs",
            "pact_of",
            "proofs_under",
            "propose_agreement",
            "propose_terms",
            "record_consultation",
            "record_deletion",
            "refuse_terms",
            "releases_under",
            "states_at",
            "summary",
            "waiting_terms",
            "withheld_of",
            "withheld_entries",
        ],
        # Relations: what is declared is sealed, and a matter tells its outside authoriser who asked and why it was picked.
        *[
            "all_declarations",
            "authorise_look",
            "declarations_of",
            "declare",
            "declare_about",
            "end_relation",
            "find_matter",
            "grant_outside",
            "refuse_outside",
            "standing",
            "told_matters",
            "view_matter",
            "waiting_matters",
            # Which alerts are withheld, by their numbers, and how many nobody sees.
            "offer_unseen",
            "others_on_watch",
            "unseen_alerts",
            "withheld_alerts",
            "withhold_alert",
        ],
        # Packs, and who could see a read: where and when it was made, never what it reads.
        *[
            "about_pack",
            "check_pack",
            "current_pack",
            "differing",
            "kept_pack",
            "pack_named",
            "pack_uses",
            "put_in_force",
            "reaches",
            "read_place",
            "read_stored_at",
            "read_rules",
            "rows_for",
            "rows_of",
            "shipped_packs",
            "tables_of",
            "who_could_see",
            "who_could_see_by_command",
        ],
        *[
            "case_facts",
            "delegate_authority",
            "delegations_of",
            "end_delegation",
            "lent_to",
            "review_is_overdue",
        ],
        # Cases, requests, authority, reviews, outcomes and watches: none of them holds a read.
        *[
            "active_watch",
            "all_cases",
            "authorise",
            "cases_of",
            "check_case_reference",
            "close_request",
            "decide",
            "delete_by",
        ],
        *[
            "explains_refusals",
            "exports_under",
            "find_case",
            "grant_authority",
            "grant_watch",
            "grounds",
            "import_cases",
        ],
        *[
            "offer_lists",
            "offered_lists",
            "offers_of",
            "open_emergency",
            "open_request",
            "open_requests",
            "overdue_outcomes",
        ],
        *[
            "owed_outcomes",
            "owed_review",
            "owed_reviews",
            "pack_in",
            "page_by_key",
            "past_requests",
            "record_case",
            "refuse_authority",
        ],
        *["refuse_no_ground", "replay", "review_emergency", "revoke_watch", "searches_under", "severity_of"],
        *[
            "standing_watches",
            "tell_outcome",
            "waiting_authorities",
            "waiting_authority",
            "watch_is_active",
            "watches_of",
        ],
    },
    # What prepares matching gives the process's matcher: of a read that is matched by it, it tells whoever has the read already.
    "hotlists": {
        "all_lists",
        "create_list",
        "find_list",
        "list_names",
        "lists_of",
        "note_seen",
        "note_withheld",
        "prepare_matching",
        "unseen_alerts",
        "was_seen",
        "withheld_before",
    },
}
INSIDE = {
    "actioned_alerts",
    "alert_of",
    "find_hit",
    "match",
    "match_column",
    "missed_alerts",
    "settled_alerts",
    "waiting_alerts",
}
"""What hands hits from one part to another and asks nobody who it is for. Only the modules below may call it, and what they do with it
is walked above."""
INSIDERS = {
    "control/alert_stream.py",
    "control/alert_views.py",
    "control/alert_wall.py",
    "ingest/committing.py",
    "bench/match.py",
}


def tried(look: Callable[[str], object], read_ids: list[str]) -> list[object]:
    """What each of the reads gave; those that were refused give nothing."""
    found: list[object] = []
    for read_id in read_ids:
        try:
            found.append(look(read_id))
        except access.Denied:
            continue
    return found


def in_bytes(result: object) -> bytes:
    """All that a result holds, to be searched."""
    if isinstance(result, bytes):
        return result
    if isinstance(result, access.ExportedFile):
        return result.contents
    if isinstance(result, (list, tuple)) and not hasattr(result, "_fields"):
        return b"\n".join(map(in_bytes, result))
    fields = getattr(result, "__dict__", {})
    return (repr(result) + repr({name: value for name, value in fields.items() if name != "_state"})).encode()


def test_every_route_of_the_services_stands_in_a_table(world):
    for folder, services in (("access", access), ("hotlists", hotlists)):
        functions = {name for name in services.__all__ if inspect.isroutine(getattr(services, name))}
        listed = {name.partition(".")[2] for name in looks(world) if name.startswith(folder)} | NO_READS[
            folder
        ]
        listed |= INSIDE if folder == "hotlists" else set()
        assert functions == listed, "say of the new function whether it hands out read data"


def test_every_route_inside_is_taken_only_by_what_is_walked():
    package = Path(access.__file__).parents[1]
    for path in package.rglob("*.py"):
        name = str(path.relative_to(package))
        if name.startswith("hotlists/") or name in INSIDERS:
            continue
        taken = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        hotlist_names = "turnpike.hotlists" in path.read_text()
        assert not (hotlist_names and taken & INSIDE), f"{name} takes {taken & INSIDE} past the door"


def persons(world: World) -> dict[str, Any]:
    return {actor: AnonymousUser() if actor == NOBODY else getattr(world.people, actor) for actor in ACTORS}


def refusals(actor: str) -> tuple[type[Exception], ...]:
    """How a service says no; whoever is nobody is not even a person to it."""
    return (Exception,) if actor == NOBODY else (TurnpikeError,)


def test_every_route_of_the_services_shows_nothing_where_no_entry_can_be_written(world):
    for name, look in looks(world).items():
        for actor, person in persons(world).items():
            with broken_ledger():
                try:
                    result = look(person, world)
                except refusals(actor):
                    continue
            assert not shown(world, in_bytes(result)), f"{name} as {actor}"


def test_every_route_of_the_services_shows_read_data_only_after_an_entry_and_a_decision(world, watched):
    told: set[tuple[str, str]] = set()
    for name, look in looks(world).items():
        for actor, person in persons(world).items():
            watched.before = before = ledger.state().size
            try:
                result = look(person, world)
            except refusals(actor):
                continue
            plates = shown(world, in_bytes(result))
            if plates:
                justify(world, actor, plates, before, name)
                told.add((name, actor))
    assert watched.faults == []
    assert {("access.search", "investigator"), ("access.export_reads", "investigator")} <= told
    assert {("hotlists.action_hit", "operator"), ("hotlists.authorise_entry", "authoriser")} <= told
    assert {("access.view_patch", "investigator"), ("access.patch_for_alert", "operator")} <= told
    assert NOBODY not in {actor for _, actor in told}
