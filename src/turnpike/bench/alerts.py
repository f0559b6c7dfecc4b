"""Alerts: from a camera's post to the event on a signed-in screen, through a real server."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import httpx

from turnpike import config
from turnpike.bench.centre import ACTOR, camera_key, fresh_records, serving, trained
from turnpike.bench.models import Findings
from turnpike.bench.screen import Screen
from turnpike.bench.timing import percentile

POSTS, POSTS_SHORT = 20, 5
_LIST = "bench"
_PLATE = "AB12CDE"
_WITHIN_S = 30.0


def measure(*, short: bool) -> Findings:
    """One read of the wanted vehicle at a time; each is stored durably and in the ledger before its alert."""
    with fresh_records() as folder:
        key = camera_key("bench-1")
        settings = config.load()
        headers = {"Authorization": f"Bearer {key}"}
        with (
            serving(folder),
            Screen(settings.url, _wanted_and_watched()) as screen,
            httpx.Client(
                base_url=settings.url, headers=headers, timeout=_WITHIN_S, trust_env=False
            ) as camera,
        ):
            _alert_after_ms(camera, screen, 0)  # the first warms up
            posts = range(1, 1 + (POSTS_SHORT if short else POSTS))
            taken_ms = [_alert_after_ms(camera, screen, number) for number in posts]
    return Findings(
        {
            "camera_to_screen_p95_ms": round(percentile(taken_ms, 95), 1),
            "camera_to_screen_p50_ms": round(percentile(taken_ms, 50), 1),
            "alerts": len(taken_ms),
        }
    )


def _alert_after_ms(camera: httpx.Client, screen: Screen, number: int) -> float:
    read = {
        "event_id": str(number),
        "plate": _PLATE,
        "confidence": 0.93,
        "captured_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    began = time.perf_counter()
    camera.post(
        "/api/v1/reads", json={"source": {"software": "turnpike-bench"}, "reads": [read]}
    ).raise_for_status()
    return (screen.next_alert_at_s(_WITHIN_S) - began) * 1000


def _wanted_and_watched() -> str:
    """A list with one vehicle on it, and the link that signs in an operator who may watch it."""
    from turnpike.access import services as access
    from turnpike.accounts import services as accounts
    from turnpike.hotlists import services as hotlists

    operator, investigator, authoriser = (
        accounts.create_account(role.value, role.value.title(), [role], actor=ACTOR, standing=trained())
        for role in (accounts.Role.OPERATOR, accounts.Role.INVESTIGATOR, accounts.Role.AUTHORISER)
    )
    hotlists.create_list(authoriser, slug=_LIST, name="Bench", purpose="To measure how soon an alert comes.")
    case = access.CaseFacts(
        "BENCH/1", access.Category.BURGLARY, is_open=True, assigned=frozenset({"investigator"})
    )
    access.record_case(case, actor=ACTOR)
    entry = hotlists.propose_entry(
        investigator,
        list_slug=_LIST,
        plate=_PLATE,
        case_reference=case.number,
        reason="Made up to measure how soon an alert reaches the screen.",
        legal_basis=hotlists.LegalBasis.LAW_ENFORCEMENT,
        source="Benchmark",
        owner="Nobody: a benchmark",
        priority=hotlists.Priority.HIGH,
        weed_at=datetime.now(UTC) + timedelta(days=1),
    )
    hotlists.authorise_entry(authoriser, entry.id)
    access.grant_watch(authoriser, operator, _LIST, 1)
    token = accounts.issue_one_time_sign_in(operator, actor=ACTOR)
    return f"{config.load().url}/sign-in/once/{token}/"
