"""Policy: decisions about searches, one after another, half of them denials."""

from __future__ import annotations

import itertools

from turnpike.bench.centre import ACTOR, fresh_records, trained
from turnpike.bench.errors import BenchFailed
from turnpike.bench.models import Findings
from turnpike.bench.timing import per_s, percentile, timed_ms

SECONDS, SECONDS_SHORT = 5.0, 1.0


def measure(*, short: bool) -> Findings:
    """One thread, the base pack, a person whose roles are already loaded; nothing is recorded."""
    with fresh_records():
        from turnpike.access import services as access
        from turnpike.accounts import services as accounts

        person = accounts.create_account(
            "bench", "Bench", [accounts.Role.INVESTIGATOR], actor=ACTOR, standing=trained()
        )
        known: dict[str, access.Fact] = {
            "request": {"open": True, "emergency": False, "reach_days": 90, "authorised_days": 0},
            "register_answered": True,
            "case": {"open": True, "assigned": True, "category": "burglary", "severity": "volume"},
            "review_overdue": False,
            "longest_range_hours": 2208,
            "days_back": 3,
            "plates_in_scope": True,
            "cameras_in_scope": True,
            "relations": {
                "answered": True,
                "within_budget": True,
                "outside_needed": False,
                "outside_given": False,
            },
        }
        asked: list[dict[str, access.Fact]] = [{**known, "range_hours": hours} for hours in (24, 9000)]
        answers = [access.decide(person, access.Action.Search, "R-1", context).allowed for context in asked]
        if answers != [True, False]:
            raise BenchFailed("The policy does not decide as this benchmark expects; mend the benchmark.")
        contexts = itertools.cycle(asked)
        taken_ms = timed_ms(
            lambda: access.decide(person, access.Action.Search, "R-1", next(contexts)),
            for_s=SECONDS_SHORT if short else SECONDS,
        )
    return Findings(
        {
            "decisions_per_s": round(per_s(taken_ms), 1),
            "decision_p95_ms": round(percentile(taken_ms, 95), 3),
        }
    )
