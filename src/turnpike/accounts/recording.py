"""Sign-ins and refusals, written to the ledger as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from turnpike.accounts.sessions import begin_session
from turnpike.ledger.services import AuditEvent, record
from turnpike.web.services import permission_refused

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.accounts.models import User
    from turnpike.web.services import Permission


def connect() -> None:
    """Start listening; called once, when the application is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="turnpike.accounts")
    user_logged_out.connect(_signed_out, dispatch_uid="turnpike.accounts")
    user_login_failed.connect(_failed, dispatch_uid="turnpike.accounts")
    permission_refused.connect(_refused, dispatch_uid="turnpike.accounts")


def _signed_in(sender: object, user: User, request: HttpRequest, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    record(AuditEvent.SIGNED_IN, actor=user.username)
    begin_session(request.session)


def _signed_out(sender: object, user: User | None, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    if user is not None:
        record(AuditEvent.SIGNED_OUT, actor=user.username)


def _failed(sender: object, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    # What was typed may be a password put into the wrong field, so it is not kept.
    record(AuditEvent.SIGN_IN_FAILED, actor="nobody")


def _refused(sender: object, request: HttpRequest, permission: Permission, **_: object) -> None:  # noqa: ARG001 - the caller's signature
    route = request.resolver_match.view_name if request.resolver_match else ""
    record(
        AuditEvent.PAGE_REFUSED,
        actor=str(request.user),
        details={"permission": permission.value, "page": route},
    )
