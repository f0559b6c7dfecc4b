"""Which account a provider's subject opens: by issuer and subject alone, never by a name or an e-mail address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from turnpike import config
from turnpike.accounts.claims import claimed
from turnpike.accounts.errors import AccountError, IdentityRefused
from turnpike.accounts.models import RoleGrant
from turnpike.accounts.people import Standing, create_account, find_account
from turnpike.accounts.roles import Rank
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from turnpike.accounts.claims import Claimed
    from turnpike.accounts.models import User
    from turnpike.accounts.roles import Role
    from turnpike.config import OidcProvider


@dataclass(frozen=True, slots=True)
class Identity:
    """One subject of one issuer, with what the issuer claims of it, under the provider's name in the configuration."""

    provider_id: str
    issuer: str
    subject: str
    claims: Mapping[str, object]

    @property
    def key(self) -> str:
        """What allauth knows this subject by: 64 hex characters from the issuer and the subject, so that neither alone is enough."""
        return identity_key(self.issuer, self.subject)


def identity_key(issuer: str, subject: str) -> str:
    """SHA-256 over issuer and subject, each after its length, so that no two pairs give the same text."""
    told = f"{len(issuer)} {issuer} {len(subject)} {subject}"
    return hashlib.sha256(told.encode()).hexdigest()


def bind_identity(username: str, *, issuer: str, subject: str, actor: str) -> None:
    """Let a subject of a configured provider open this account from now on.

    Raises:
        AccountError: there is no such open account or issuer, or the subject opens an account already.
    """
    user = find_account(username)
    if user is None:
        raise AccountError("There is no open account of that name; `turnpike account list` shows all.")
    provider_id = next((name for name, one in config.load().oidc.items() if one.issuer == issuer), "")
    if not provider_id:
        raise AccountError("No provider of that issuer is configured; see docs/sign-in.md.")
    if not subject.strip():
        raise AccountError("Give the subject that the provider names the person by.")
    _bind(user, Identity(provider_id, issuer, subject, {}), actor=actor)


def unbind_identities(username: str, *, actor: str) -> int:
    """Let no provider open this account any more; how many subjects did.

    Raises:
        AccountError: there is no open account of that name.
    """
    user = find_account(username)
    if user is None:
        raise AccountError("There is no open account of that name; `turnpike account list` shows all.")
    held = SocialAccount.objects.filter(user=user)
    keys = sorted(held.values_list("uid", flat=True))
    record(AuditEvent.IDENTITY_UNBOUND, actor=actor, details={"account": username, "identities": keys})
    held.delete()
    return len(keys)


def account_for(identity: Identity) -> User:
    """The open account that this subject opens, made now where its provider may make accounts, with what it claims taken over.

    Raises:
        IdentityRefused: it opens none, or what is claimed gives it no role here.
    """
    provider = config.load().oidc[identity.provider_id]
    said = claimed(provider, identity.claims)
    bound = (
        SocialAccount.objects.filter(provider=identity.provider_id, uid=identity.key)
        .select_related("user")
        .first()
    )
    user = _created(provider, identity, said) if bound is None else bound.user
    if not user.is_active:
        raise IdentityRefused("This does not open an account here; ask your administrator.")
    if bound is not None:
        _take_over(user, said, provider_id=identity.provider_id)
    if not user.roles:
        raise IdentityRefused("Your provider gives you no role here; ask your administrator.")
    return user


def _created(provider: OidcProvider, identity: Identity, said: Claimed) -> User:
    if not provider.create_accounts:
        raise IdentityRefused("No account here is bound to you; ask your administrator to bind yours.")
    username = identity.claims.get(provider.username_claim)
    if not isinstance(username, str) or not said.roles:
        raise IdentityRefused("Your provider gives you no role or no user name here; ask your administrator.")
    name = identity.claims.get("name")
    actor = f"provider:{identity.provider_id}"
    try:
        # A name that is taken, by an open account or a closed one, is refused: it is never handed to a newcomer.
        user = create_account(
            username,
            name if isinstance(name, str) and name else username,
            said.roles,
            actor=actor,
            standing=_standing(said),
        )
    except AccountError as error:
        raise IdentityRefused(
            "No account can be made for you; ask your administrator to bind yours."
        ) from error
    _bind(user, identity, actor=actor)
    return user


def _standing(said: Claimed) -> Standing:
    return Standing(said.force or "", said.rank or Rank.STAFF, said.trained_until)


def _bind(user: User, identity: Identity, *, actor: str) -> None:
    taken = AccountError("This subject opens an account already; unbind it there first.")
    if SocialAccount.objects.filter(provider=identity.provider_id, uid=identity.key).exists():
        raise taken
    record(
        AuditEvent.IDENTITY_BOUND,
        actor=actor,
        details={"account": user.username, "issuer": identity.issuer, "subject": identity.subject},
    )
    try:
        with transaction.atomic():
            SocialAccount.objects.create(
                user=user,
                provider=identity.provider_id,
                uid=identity.key,
                extra_data={"issuer": identity.issuer, "subject": identity.subject},
            )
    except IntegrityError as error:
        raise taken from error


def _take_over(user: User, said: Claimed, *, provider_id: str) -> None:
    """Keep what the provider says now; a change is an entry first, with what was before."""
    force = user.force if said.force is None else said.force
    rank = Rank(user.rank) if said.rank is None else said.rank
    roles = user.roles if said.roles is None else said.roles
    until: date | None = said.trained_until if said.has_training else user.trained_until
    before = _told(Standing(user.force, Rank(user.rank), user.trained_until), user.roles)
    now = _told(Standing(force, rank, until), roles)
    if before == now:
        return
    record(
        AuditEvent.ACCOUNT_CHANGED,
        actor=f"provider:{provider_id}",
        details={
            "account": user.username,
            **now,
            "before": [f"{name}: {value}" for name, value in before.items() if now[name] != value],
        },
    )
    with transaction.atomic():
        user.force, user.rank, user.trained_until = force, rank, until
        user.save(update_fields=["force", "rank", "trained_until"])
        RoleGrant.objects.filter(user=user).exclude(role__in=roles).delete()
        for role in roles - user.roles:
            RoleGrant.objects.create(user=user, role=role)
    user.__dict__.pop("roles", None)


def _told(standing: Standing, roles: frozenset[Role]) -> dict[str, str]:
    return {**standing.details(), "roles": ", ".join(sorted(roles)) or "none"}
