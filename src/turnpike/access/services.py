"""The door: requests, decisions, searches and watches, for every other folder."""

from __future__ import annotations

from turnpike.access.authorities import (
    FURTHEST_DAYS,
    UNAIDED_DAYS,
    grant_authority,
    refuse_authority,
    waiting_authorities,
    waiting_authority,
)
from turnpike.access.case_import import CaseImport, import_cases
from turnpike.access.cases import all_cases, case_facts, cases_of, find_case, record_case
from turnpike.access.categories import Category, Severity, severity_of
from turnpike.access.decisions import authorise, grounds
from turnpike.access.delegations import delegate_authority, delegations_of, end_delegation, lent_to
from turnpike.access.emergencies import (
    EMERGENCY_HOURS,
    REVIEW_HOURS,
    owed_review,
    owed_reviews,
    review_emergency,
    review_is_overdue,
)
from turnpike.access.errors import (
    AuthorityError,
    CaseFileError,
    Denied,
    ExportError,
    PackError,
    RangeError,
    ReadGone,
    RegisterUnavailable,
    RequestError,
    TooManyReads,
    WatchError,
)
from turnpike.access.export_files import ExportFormat
from turnpike.access.export_scopes import ExportOffer, ExportScope, offers_of
from turnpike.access.export_sidecar import HANDLING, delete_by
from turnpike.access.exporting import ExportedFile, export_reads, exports_under, find_search, searches_under
from turnpike.access.lists import offer_lists, offered_lists
from turnpike.access.models import Authority, Delegation, EmergencyReview, Request, Search, Watch
from turnpike.access.no_grounds import refuse_no_ground
from turnpike.access.outcome_kinds import Outcome
from turnpike.access.outcomes import overdue_outcomes, owed_outcomes, tell_outcome
from turnpike.access.pages import explains_refusals
from turnpike.access.policy import Action, Fact, decide
from turnpike.access.policy_packs import pack_in
from turnpike.access.purposes import CASE_HELP, REASON_HELP, Purpose, check_case_reference
from turnpike.access.registers import CaseFacts, CaseRegister
from turnpike.access.replay import Replayed, replay
from turnpike.access.requests import (
    close_request,
    find_request,
    open_emergency,
    open_request,
    open_requests,
    past_requests,
)
from turnpike.access.rulings import Decision, Rule
from turnpike.access.scopes import Scope
from turnpike.access.searching import SearchOutcome, search
from turnpike.access.viewing import (
    check_alert,
    open_alert,
    patch_for_alert,
    see_alert,
    view_patch,
    view_read,
)
from turnpike.access.watches import (
    active_watch,
    grant_watch,
    revoke_watch,
    standing_watches,
    watch_changed,
    watch_is_active,
    watches_of,
)

__all__ = [
    "CASE_HELP",
    "EMERGENCY_HOURS",
    "FURTHEST_DAYS",
    "HANDLING",
    "REASON_HELP",
    "REVIEW_HOURS",
    "UNAIDED_DAYS",
    "Action",
    "Authority",
    "AuthorityError",
    "CaseFacts",
    "CaseFileError",
    "CaseImport",
    "CaseRegister",
    "Category",
    "Decision",
    "Delegation",
    "Denied",
    "EmergencyReview",
    "ExportError",
    "ExportFormat",
    "ExportOffer",
    "ExportScope",
    "ExportedFile",
    "Fact",
    "Outcome",
    "PackError",
    "Purpose",
    "RangeError",
    "ReadGone",
    "RegisterUnavailable",
    "Replayed",
    "Request",
    "RequestError",
    "Rule",
    "Scope",
    "Search",
    "SearchOutcome",
    "Severity",
    "TooManyReads",
    "Watch",
    "WatchError",
    "active_watch",
    "all_cases",
    "authorise",
    "case_facts",
    "cases_of",
    "check_alert",
    "check_case_reference",
    "close_request",
    "decide",
    "delegate_authority",
    "delegations_of",
    "delete_by",
    "end_delegation",
    "explains_refusals",
    "export_reads",
    "exports_under",
    "find_case",
    "find_request",
    "find_search",
    "grant_authority",
    "grant_watch",
    "grounds",
    "import_cases",
    "lent_to",
    "offer_lists",
    "offered_lists",
    "offers_of",
    "open_alert",
    "open_emergency",
    "open_request",
    "open_requests",
    "overdue_outcomes",
    "owed_outcomes",
    "owed_review",
    "owed_reviews",
    "pack_in",
    "past_requests",
    "patch_for_alert",
    "record_case",
    "refuse_authority",
    "refuse_no_ground",
    "replay",
    "review_emergency",
    "review_is_overdue",
    "revoke_watch",
    "search",
    "searches_under",
    "see_alert",
    "severity_of",
    "standing_watches",
    "tell_outcome",
    "view_patch",
    "view_read",
    "waiting_authorities",
    "waiting_authority",
    "watch_changed",
    "watch_is_active",
    "watches_of",
]
