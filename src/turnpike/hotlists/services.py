"""Hotlists for every other folder."""

from __future__ import annotations

from turnpike.hotlists.alerts import Alert, Exchange, Subscription, alert_of, exchange
from turnpike.hotlists.entries import (
    MAX_WEED_DAYS,
    authorise_entry,
    propose_entry,
    refuse_entry,
    view_entry,
    withdraw_entry,
)
from turnpike.hotlists.errors import AlreadyDecided, Disconnected, HotlistError, NotFound
from turnpike.hotlists.hits import (
    action_hit,
    actioned_alerts,
    find_hit,
    missed_alerts,
    note_seen,
    note_withheld,
    settled_alerts,
    unseen_alerts,
    waiting_alerts,
    was_seen,
    withheld_before,
)
from turnpike.hotlists.kinds import EntryState, LegalBasis, MatchKind, Outcome, Priority
from turnpike.hotlists.lists import (
    ListSummary,
    all_lists,
    create_list,
    find_list,
    list_names,
    lists_of,
    view_list,
)
from turnpike.hotlists.matcher import Match, Matcher
from turnpike.hotlists.matching import match, match_column, prepare_matching
from turnpike.hotlists.models import Entry, Hit, Hotlist
from turnpike.hotlists.plate_columns import PlateColumn

__all__ = [
    "MAX_WEED_DAYS",
    "Alert",
    "AlreadyDecided",
    "Disconnected",
    "Entry",
    "EntryState",
    "Exchange",
    "Hit",
    "Hotlist",
    "HotlistError",
    "LegalBasis",
    "ListSummary",
    "Match",
    "MatchKind",
    "Matcher",
    "NotFound",
    "Outcome",
    "PlateColumn",
    "Priority",
    "Subscription",
    "action_hit",
    "actioned_alerts",
    "alert_of",
    "all_lists",
    "authorise_entry",
    "create_list",
    "exchange",
    "find_hit",
    "find_list",
    "list_names",
    "lists_of",
    "match",
    "match_column",
    "missed_alerts",
    "note_seen",
    "note_withheld",
    "prepare_matching",
    "propose_entry",
    "refuse_entry",
    "settled_alerts",
    "unseen_alerts",
    "view_entry",
    "view_list",
    "waiting_alerts",
    "was_seen",
    "withdraw_entry",
    "withheld_before",
]
