"""The door: requests, decisions, searches and watches, for every other folder."""

from __future__ import annotations

from turnpike.access.agreement_calendar import FieldState, states_at
from turnpike.access.agreement_models import Agreement, AgreementVersion, DeletionProof, Release
from turnpike.access.agreement_records import all_consultations, pact_of
from turnpike.access.agreement_terms import (
    AGREED_PURPOSES,
    HOTLIST_MATCHING,
    Consultation,
    Pact,
    SharedField,
    Terms,
    Version,
    agreed_purpose_label,
)
from turnpike.access.agreement_words import standing as agreement_standing
from turnpike.access.agreement_words import summary
from turnpike.access.agreements import (
    all_agreements,
    decide_terms,
    end_agreement,
    find_agreement,
    propose_agreement,
    propose_terms,
    record_consultation,
    refuse_terms,
    waiting_terms,
)
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
from turnpike.access.charging_zone import DAYS as EXAMPLE_DAYS
from turnpike.access.charging_zone import INNER as EXAMPLE_INNER
from turnpike.access.charging_zone import OUTER as EXAMPLE_OUTER
from turnpike.access.charging_zone import PACT as EXAMPLE
from turnpike.access.decisions import authorise, grounds
from turnpike.access.declaring import (
    MOST_DECLARED,
    all_declarations,
    declarations_of,
    declare,
    declare_about,
    end_relation,
)
from turnpike.access.delegations import delegate_authority, delegations_of, end_delegation, lent_to
from turnpike.access.disclosing import (
    OwedProof,
    overdue_proofs,
    owed_proofs,
    proofs_under,
    record_deletion,
    releases_under,
)
from turnpike.access.emergencies import (
    EMERGENCY_HOURS,
    REVIEW_HOURS,
    owed_review,
    owed_reviews,
    review_emergency,
    review_is_overdue,
)
from turnpike.access.errors import (
    AgreementError,
    AuthorityError,
    CaseFileError,
    Denied,
    ExportError,
    PackError,
    RangeError,
    ReadGone,
    RegisterUnavailable,
    RelationError,
    RequestError,
    TooManyReads,
    WatchError,
    WhoQuestionError,
)
from turnpike.access.export_files import ExportFormat
from turnpike.access.export_scopes import ExportOffer, ExportScope, offers_of
from turnpike.access.export_sidecar import HANDLING, delete_by
from turnpike.access.exporting import ExportedFile, export_reads, exports_under, find_search, searches_under
from turnpike.access.force_packs import AboutPack, about_pack, shipped_packs, tables_of
from turnpike.access.lists import offer_lists, offered_lists
from turnpike.access.models import (
    Authority,
    Delegation,
    EmergencyReview,
    OutsideMatter,
    Request,
    Search,
    Watch,
)
from turnpike.access.no_grounds import refuse_no_ground
from turnpike.access.outcome_kinds import Outcome
from turnpike.access.outcomes import overdue_outcomes, owed_outcomes, tell_outcome
from turnpike.access.outside import (
    OutsideReason,
    find_matter,
    grant_outside,
    refuse_outside,
    told_matters,
    view_matter,
    waiting_matters,
)
from turnpike.access.pack_check import Finding, Reach, check_pack, reaches
from turnpike.access.pages import explains_refusals
from turnpike.access.paging import Page, page_by_key
from turnpike.access.policy import Action, Fact, Pack, current_pack, decide, pack_named
from turnpike.access.policy_packs import PackUse, kept_pack, pack_in, pack_uses, put_in_force
from turnpike.access.policy_reading import differing, read_rules
from turnpike.access.policy_tables import rows_for, rows_of
from turnpike.access.purposes import CASE_HELP, REASON_HELP, Purpose, check_case_reference
from turnpike.access.read_places import Place, read_place
from turnpike.access.registers import CaseFacts, CaseRegister
from turnpike.access.relation_kinds import LookKind, OutsideRefusal, RelationKind
from turnpike.access.relations import Look, authorise_look, standing
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
from turnpike.access.supposed import Supposed
from turnpike.access.viewing import (
    Seen,
    check_alert,
    fields_for_matching,
    fields_open_for_matching,
    open_alert,
    patch_for_alert,
    see_alert,
    view_patch,
    view_read,
    withheld_of,
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
from turnpike.access.who_could_see import WhoCouldSee, who_could_see, who_could_see_by_command

__all__ = [
    "AGREED_PURPOSES",
    "CASE_HELP",
    "EMERGENCY_HOURS",
    "EXAMPLE",
    "EXAMPLE_DAYS",
    "EXAMPLE_INNER",
    "EXAMPLE_OUTER",
    "FURTHEST_DAYS",
    "HANDLING",
    "HOTLIST_MATCHING",
    "MOST_DECLARED",
    "REASON_HELP",
    "REVIEW_HOURS",
    "UNAIDED_DAYS",
    "AboutPack",
    "Action",
    "Agreement",
    "AgreementError",
    "AgreementVersion",
    "Authority",
    "AuthorityError",
    "CaseFacts",
    "CaseFileError",
    "CaseImport",
    "CaseRegister",
    "Category",
    "Consultation",
    "Decision",
    "Delegation",
    "DeletionProof",
    "Denied",
    "EmergencyReview",
    "ExportError",
    "ExportFormat",
    "ExportOffer",
    "ExportScope",
    "ExportedFile",
    "Fact",
    "FieldState",
    "Finding",
    "Look",
    "LookKind",
    "Outcome",
    "OutsideMatter",
    "OutsideReason",
    "OutsideRefusal",
    "OwedProof",
    "Pack",
    "PackError",
    "PackUse",
    "Pact",
    "Page",
    "Place",
    "Purpose",
    "RangeError",
    "Reach",
    "ReadGone",
    "RegisterUnavailable",
    "RelationError",
    "RelationKind",
    "Release",
    "Replayed",
    "Request",
    "RequestError",
    "Rule",
    "Scope",
    "Search",
    "SearchOutcome",
    "Seen",
    "Severity",
    "SharedField",
    "Supposed",
    "Terms",
    "TooManyReads",
    "Version",
    "Watch",
    "WatchError",
    "WhoCouldSee",
    "WhoQuestionError",
    "about_pack",
    "active_watch",
    "agreed_purpose_label",
    "agreement_standing",
    "all_agreements",
    "all_cases",
    "all_consultations",
    "all_declarations",
    "authorise",
    "authorise_look",
    "case_facts",
    "cases_of",
    "check_alert",
    "check_case_reference",
    "check_pack",
    "close_request",
    "current_pack",
    "decide",
    "decide_terms",
    "declarations_of",
    "declare",
    "declare_about",
    "delegate_authority",
    "delegations_of",
    "delete_by",
    "differing",
    "end_agreement",
    "end_delegation",
    "end_relation",
    "explains_refusals",
    "export_reads",
    "exports_under",
    "fields_for_matching",
    "fields_open_for_matching",
    "find_agreement",
    "find_case",
    "find_matter",
    "find_request",
    "find_search",
    "grant_authority",
    "grant_outside",
    "grant_watch",
    "grounds",
    "import_cases",
    "kept_pack",
    "lent_to",
    "offer_lists",
    "offered_lists",
    "offers_of",
    "open_alert",
    "open_emergency",
    "open_request",
    "open_requests",
    "overdue_outcomes",
    "overdue_proofs",
    "owed_outcomes",
    "owed_proofs",
    "owed_review",
    "owed_reviews",
    "pack_in",
    "pack_named",
    "pack_uses",
    "pact_of",
    "page_by_key",
    "past_requests",
    "patch_for_alert",
    "proofs_under",
    "propose_agreement",
    "propose_terms",
    "put_in_force",
    "reaches",
    "read_place",
    "read_rules",
    "record_case",
    "record_consultation",
    "record_deletion",
    "refuse_authority",
    "refuse_no_ground",
    "refuse_outside",
    "refuse_terms",
    "releases_under",
    "replay",
    "review_emergency",
    "review_is_overdue",
    "revoke_watch",
    "rows_for",
    "rows_of",
    "search",
    "searches_under",
    "see_alert",
    "severity_of",
    "shipped_packs",
    "standing",
    "standing_watches",
    "states_at",
    "summary",
    "tables_of",
    "tell_outcome",
    "told_matters",
    "view_matter",
    "view_patch",
    "view_read",
    "waiting_authorities",
    "waiting_authority",
    "waiting_matters",
    "waiting_terms",
    "watch_changed",
    "watch_is_active",
    "watches_of",
    "who_could_see",
    "who_could_see_by_command",
    "withheld_of",
]
