"""Sign-ins, factors and refusals, written to the ledger as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.signals import authentication_failed, authenticator_used
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from turnpike.accounts import lockouts
from turnpike.accounts.factors import KINDS, named
from turnpike.accounts.proving import ways_proven
from turnpike.accounts.sessions import begin_session
from turnpike.ledger.services import AuditEvent, record
from turnpike.web.services import permission_refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allauth.mfa.models import Authenticator
    from django.http import HttpRequest

    from turnpike.accounts.identities import Identity
    from turnpike.accounts.models import User
    from turnpike.web.services import Permission


def connect() -> None:
    """Start listening; called once, when the application is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="turnpike.accounts")
    user_logged_out.connect(_signed_out, dispatch_uid="turnpike.accounts")
    user_login_failed.connect(_failed, dispatch_uid="turnpike.accounts")
    permission_refused.connect(_refused, dispatch_uid="turnpike.accounts")
    authenticator_used.connect(_factor_used, dispatch_uid="turnpike.accounts")
    authentication_failed.connect(_code_failed, dispatch_uid="turnpike.accounts")


def factor_added(user: User, kind: str) -> None:
    """A second factor of this kind of allauth's is about to be kept."""
    record(AuditEvent.FACTOR_ADDED, actor=user.username, details={"factor": KINDS[kind]})


def factor_removed(user: User, authenticator: Authenticator) -> None:
    """A second factor is about to be taken away."""
    record(AuditEvent.FACTOR_REMOVED, actor=user.username, details={"factor": named(authenticator)})


def password_failed(user: User) -> None:
    """Somebody at this person's session typed another password than theirs for the present one."""
    record(AuditEvent.SIGN_IN_FAILED, actor="nobody", details={"account": user.username, "by": "password"})


def passkey_failed(request: HttpRequest, user: User | None) -> None:
    """What was sent as a passkey is none of this person's, or, where nobody was named, none of ours."""
    if user is None:
        _failed_by_nobody(request, "passkey")
    else:
        record(AuditEvent.SIGN_IN_FAILED, actor="nobody", details={"account": user.username, "by": "passkey"})


def provider_failed(request: HttpRequest, provider: str) -> None:
    """A provider's answer, or something that is none, named nobody."""
    _failed_by_nobody(request, f"provider {provider}")


def identity_refused(request: HttpRequest, identity: Identity) -> None:
    """A provider has named a subject, who was not let in."""
    details = {
        "by": f"provider {identity.provider_id}",
        "issuer": identity.issuer,
        "subject": identity.subject,
    }
    if request.user.is_authenticated:
        details["account"] = request.user.username
    record(AuditEvent.SIGN_IN_FAILED, actor="nobody", details=details)


def _failed_by_nobody(request: HttpRequest, by: str) -> None:
    """An entry of a failure that anybody on the network can bring about, if it is one of those that are told."""
    address = get_ip(request)
    if times := lockouts.times_to_tell(by, address):
        told = {"times": times} if times > 1 else {}
        record(AuditEvent.SIGN_IN_FAILED, actor="nobody", details={"by": by, "address": address, **told})


def locked_out(user: User, address: str) -> None:
    """Too many codes of this person's were wrong."""
    lockouts.note(user.username, address)


def proved_again(user: User, by: str) -> None:
    """A person has proven once more who they are."""
    record(AuditEvent.PROVED_AGAIN, actor=user.username, details={"by": by})


def _signed_in(sender: object, user: User, request: HttpRequest, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    by = ways_proven(request, user)
    record(AuditEvent.SIGNED_IN, actor=user.username, details={"by": by} if by else None)
    begin_session(request.session)


def _signed_out(sender: object, user: User | None, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    if user is not None:
        record(AuditEvent.SIGNED_OUT, actor=user.username)


def _failed(sender: object, credentials: Mapping[str, str], **_: object) -> None:  # noqa: ARG001 - the caller's signature
    # What was typed may be a password put into the wrong field, so only the name of an account that there is is kept.
    account = lockouts.known_account(credentials.get("username", ""))
    record(AuditEvent.SIGN_IN_FAILED, actor="nobody", details={"account": account} if account else None)


def _factor_used(sender: object, authenticator: Authenticator, user: User, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    record(AuditEvent.FACTOR_USED, actor=user.username, details={"factor": named(authenticator)})


def _code_failed(sender: object, user: User, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    record(AuditEvent.SIGN_IN_FAILED, actor="nobody", details={"account": user.username, "by": "code"})


def _refused(sender: object, request: HttpRequest, permission: Permission, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    route = request.resolver_match.view_name if request.resolver_match else ""
    record(
        AuditEvent.PAGE_REFUSED,
        actor=str(request.user),
        details={"permission": permission.value, "page": route},
    )
