"""People, what they may do, how they sign in, and the keys of systems: for every other folder."""

from __future__ import annotations

from turnpike.accounts.addresses import told_address
from turnpike.accounts.errors import AccountError, SignInExpired
from turnpike.accounts.factors import factor_names, forget_factors
from turnpike.accounts.identities import bind_identity, unbind_identities
from turnpike.accounts.models import User
from turnpike.accounts.people import (
    ONE_TIME_HOURS,
    Standing,
    all_accounts,
    change_standing,
    choose_password,
    close_account,
    create_account,
    find_account,
    issue_one_time_sign_in,
    people_with,
    redeem_one_time_sign_in,
)
from turnpike.accounts.proving import (
    fresh_sign_in,
    fresh_sign_in_to_look,
    has_second_factor,
    is_fresh,
)
from turnpike.accounts.roles import PERMISSIONS, Rank, Role
from turnpike.accounts.service_keys import (
    KeyOnList,
    Scope,
    Service,
    all_service_keys,
    issue_service_key,
    revoke_service_keys,
    service_of,
)
from turnpike.accounts.sessions import (
    SignedIn,
    end_session,
    forget_expired_sessions,
    keep_alive,
    remember_session,
    sessions_of,
    why_over,
)
from turnpike.accounts.systems import declared_scope, for_systems

__all__ = [
    "ONE_TIME_HOURS",
    "PERMISSIONS",
    "AccountError",
    "KeyOnList",
    "Rank",
    "Role",
    "Scope",
    "Service",
    "SignInExpired",
    "SignedIn",
    "Standing",
    "User",
    "all_accounts",
    "all_service_keys",
    "bind_identity",
    "change_standing",
    "choose_password",
    "close_account",
    "create_account",
    "declared_scope",
    "end_session",
    "factor_names",
    "find_account",
    "for_systems",
    "forget_expired_sessions",
    "forget_factors",
    "fresh_sign_in",
    "fresh_sign_in_to_look",
    "has_second_factor",
    "is_fresh",
    "issue_one_time_sign_in",
    "issue_service_key",
    "keep_alive",
    "people_with",
    "redeem_one_time_sign_in",
    "remember_session",
    "revoke_service_keys",
    "service_of",
    "sessions_of",
    "told_address",
    "unbind_identities",
    "why_over",
]
