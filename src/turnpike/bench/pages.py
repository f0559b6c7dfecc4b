"""Pages: every page of the door over a million past requests, and the log that holds them."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from turnpike.bench.centre import fresh_records
from turnpike.bench.errors import BenchFailed
from turnpike.bench.models import Findings
from turnpike.bench.past import Past, fill
from turnpike.bench.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

REQUESTS, REQUESTS_SHORT = 1_000_000, 2_000
TIMES, TIMES_SHORT = 40, 2
_ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@dataclass(frozen=True, slots=True)
class _Seen:
    """One page: how long each load took, how many queries and how many rows became objects at most."""

    taken_ms: list[float]
    queries: int
    rows: int


def measure(*, short: bool) -> Findings:
    """Through the site's own middleware and templates in this process; the network and the server are left out."""
    requests = REQUESTS_SHORT if short else REQUESTS
    with fresh_records() as folder:
        began = time.perf_counter()
        past = fill(requests)
        figures = {"requests": float(requests), "fill_s": round(time.perf_counter() - began, 1)}
        figures |= _log_is_whole()
        seen = {name: _looked_at(who, address, short=short) for name, (who, address) in _views(past).items()}
        figures["records_mb"] = round(
            sum(one.stat().st_size for one in folder.glob("records.sqlite3*")) / 1e6, 1
        )
        figures["first_view_kb"] = _first_view_kb()
    p95_ms = {name: percentile(one.taken_ms, 95) for name, one in seen.items()}
    slowest = max(p95_ms, key=lambda name: p95_ms[name])
    figures["slowest_view_p95_ms"] = round(p95_ms[slowest], 1)
    for name, one in seen.items():
        figures[f"{name}_p95_ms"] = round(p95_ms[name], 1)
        figures[f"{name}_queries"] = one.queries
        figures[f"{name}_rows"] = one.rows
    return Findings(figures, notes=(f"The slowest page is {slowest}.",))


def _views(past: Past) -> dict[str, tuple[Any, str]]:
    """Each page of the door, the long ones far from their beginning too: who looks, and where."""
    from turnpike.access import services as access
    from turnpike.ledger import services as ledger

    open_page = access.past_requests(past.busy)
    overdue = access.overdue_outcomes()
    middle = ledger.state().size // 2
    # A cursor is an instant and a number: one of the middle leads as far as a thousand presses of "next".
    deep = f"2011-06-01T00:00:00%2B00:00~{open_page[-1].number}"
    return {
        "cases": (past.busy, "/cases/"),
        "cases_further": (past.busy, f"/cases/?after=CR/{100:07d}/26"),
        "requests": (past.busy, "/requests/"),
        "requests_further": (past.busy, f"/requests/?past={deep}"),
        "request_new": (past.busy, "/requests/new/"),
        "request": (past.busy, f"/requests/{past.crowded}/"),
        "search": (past.busy, f"/search/{past.crowded}/"),
        "queue": (past.authoriser, "/authority/"),
        "queue_further": (
            past.authoriser,
            f"/authority/?overdue=2011-06-01T00:00:00%2B00:00~{overdue[0].number}",
        ),
        "log": (past.auditor, "/log/"),
        "log_further": (past.auditor, f"/log/?before={middle}"),
        "receipts": (past.busy, "/receipts/"),
        "receipts_further": (past.busy, f"/receipts/?before={middle}"),
    }


def _looked_at(who: Any, address: str, *, short: bool) -> _Seen:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client()
    client.force_login(who)
    _load(client, address)
    with CaptureQueriesContext(connection) as asked, _rows_counted() as rows:
        _load(client, address)
    # Now, since the next request empties the list.
    queries = len(asked)
    taken_ms = []
    for _ in range(TIMES_SHORT if short else TIMES):
        began = time.perf_counter()
        _load(client, address)
        taken_ms.append((time.perf_counter() - began) * 1000)
    return _Seen(taken_ms, queries, len(rows))


def _client() -> Client:
    from django.test import Client

    return Client(SERVER_NAME="localhost")


def _load(client: Client, address: str) -> bytes:
    response = client.get(address)
    if response.status_code != 200:  # noqa: PLR2004 - HTTP's own number
        raise BenchFailed(f"{address} answers {response.status_code}: mend the benchmark.")
    return response.content


@contextlib.contextmanager
def _rows_counted() -> Iterator[list[str]]:
    """One item for each row that becomes an object within."""
    from django.db.models.signals import post_init

    counted: list[str] = []

    def count(sender: type, **_: object) -> None:
        counted.append(sender.__name__)

    post_init.connect(count)
    try:
        yield counted
    finally:
        post_init.disconnect(count)


def _log_is_whole() -> dict[str, float]:
    """That the log which was filled in is one, and what it takes to see it and to hold one receipt against it."""
    from turnpike.ledger import services as ledger

    began = time.perf_counter()
    size = ledger.verify().size
    verified = time.perf_counter()
    ledger.inclusion(size // 2)
    proven = time.perf_counter()
    return {
        "ledger_entries": float(size),
        "audit_verify_s": round(verified - began, 1),
        "audit_receipt_s": round(proven - verified, 1),
    }


def _first_view_kb() -> float:
    """The sign-in page with its styles, scripts and pictures, as they lie on the disk."""
    from turnpike.web.services import STATIC_DIR

    page = _load(_client(), "/sign-in/")
    assets = {name.removeprefix("/static/") for name in _ASSET.findall(page.decode())}
    size: int = len(page) + sum((STATIC_DIR / name).stat().st_size for name in assets)
    return round(size / 1000, 1)
